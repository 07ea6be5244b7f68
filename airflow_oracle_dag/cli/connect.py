"""How the command line reaches a database; a password is never an argument."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.exits import UsageError
from airflow_oracle_dag.runtime.access import Access
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.identity import RunIdentity

if TYPE_CHECKING:
    import argparse

#: What says where and as whom, and therefore cannot stand beside ``--conn-id``.
_ADDRESS = ("dsn", "user", "config_dir", "wallet_location", "thick", "lib_dir")


def connector(parsed: argparse.Namespace, client_identifier: str = "") -> OracleConnector:
    """Return what opens sessions, from ``--conn-id``, from arguments or from the environment.

    :param parsed: the verb's arguments.
    :param client_identifier: how a DBA recognises the session.
    :raises UsageError: when something is missing.
    """
    tags = Tags("oracle-dag", client_identifier)
    if not parsed.conn_id:
        return OracleConnector(_access(parsed).connect, tags)
    for name in _ADDRESS:
        if getattr(parsed, name):
            flag = name.replace("_", "-")
            raise UsageError(f"--conn-id says how to connect, and so does --{flag}: give one")
    return _from_airflow(parsed.conn_id, tags)


def _access(parsed: argparse.Namespace) -> Access:
    """Return how to connect, as the arguments and the environment say."""
    dsn, user = _given(parsed, "dsn"), _given(parsed, "user")
    thick = parsed.thick or _switch("ORACLE_THICK")
    lib_dir, wallet = _given(parsed, "lib_dir"), _given(parsed, "wallet_location")
    if not dsn or not (user or thick):
        missing = "--dsn host:port/service" if not dsn else "--user"
        raise UsageError(
            f"no connection: give {missing} (or ORACLE_DSN and ORACLE_USER), or --conn-id with "
            "Airflow"
        )
    if parsed.lib_dir and not thick:
        raise UsageError("--lib-dir names client libraries, which only --thick uses: say both")
    options: dict[str, str | None] = {}
    if wallet:
        options["wallet_location"] = wallet
        options["wallet_password"] = os.environ.get("ORACLE_WALLET_PASSWORD")
    password = None if not user or user.startswith("[") else _password(user)
    return Access(dsn, user, password, parsed.config_dir, options, thick=thick, lib_dir=lib_dir)


def _given(parsed: argparse.Namespace, name: str) -> str | None:
    """Return an argument, or what the environment has for it."""
    found: str | None = getattr(parsed, name) or os.environ.get(f"ORACLE_{name.upper()}")
    return found or None


def _switch(name: str) -> bool:
    """Read a variable of the environment that is on or off."""
    word = os.environ.get(name, "").strip().lower()
    if word not in ("", "0", "1", "true", "false"):
        raise UsageError(f"{name} is neither true nor false: set it to one of them")
    return word in ("1", "true")


def identity(parsed: argparse.Namespace) -> RunIdentity:
    """Return which run the arguments mean."""
    return RunIdentity(namespace=namespace(parsed), run_key=parsed.run_key)


def namespace(parsed: argparse.Namespace) -> str:
    """Return which installation's runs the arguments mean."""
    return parsed.namespace or os.environ.get("ORACLE_DAG_NAMESPACE") or "default"


def follow_airflow(parsed: argparse.Namespace) -> None:
    """Take from Airflow's configuration what the arguments leave open, as its tasks do.

    :param parsed: with ``--conn-id``; its namespace and the owner of the tables are filled in.
    """
    try:
        from airflow.configuration import conf
    except ImportError:
        return  # `connector` says that it is missing
    for name in ("schema", "namespace"):
        given = getattr(parsed, name, "") or ""
        if hasattr(parsed, name) and not (given or _of_shell(name)):
            setattr(parsed, name, conf.get("oracle_dag", name, fallback="") or None)


def _of_shell(name: str) -> str:
    return os.environ.get("ORACLE_DAG_NAMESPACE", "") if name == "namespace" else ""


def who() -> str:
    """Return who types, for the audit table."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _password(user: str) -> str:
    given = os.environ.get("ORACLE_PASSWORD")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UsageError("no password: set ORACLE_PASSWORD, or run it where it can be asked for")
    try:
        return getpass.getpass(f"password of {user.partition('[')[0]}: ")
    except EOFError:
        raise UsageError("no password was given") from None


def _from_airflow(conn_id: str, tags: Tags) -> OracleConnector:
    # Outside of a task Airflow looks connections up in its own database only when it is told that
    # it runs in one of its own processes.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    try:
        from airflow_oracle_dag.hooks.oracle_script import OracleScriptHook
    except ImportError as error:
        raise UsageError(f"--conn-id needs Airflow and its Oracle provider: {error}") from error
    from airflow.providers.common.compat.sdk import AirflowNotFoundException

    hook = OracleScriptHook(oracle_conn_id=conn_id)
    try:
        hook.get_connection(conn_id)
    except AirflowNotFoundException as error:
        raise UsageError(f"--conn-id {conn_id}: {error}") from None
    return hook.session_opener(tags)
