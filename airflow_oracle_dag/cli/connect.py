"""How the command line reaches a database; a password is never an argument."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.exits import UsageError
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.identity import RunIdentity

if TYPE_CHECKING:
    import argparse

#: Minutes between keepalive probes, as `OracleScriptHook` has it.
EXPIRE_TIME = 2


def connector(parsed: argparse.Namespace, client_identifier: str = "") -> OracleConnector:
    """Return what opens sessions, from ``--conn-id``, from arguments or from the environment.

    :param parsed: the verb's arguments.
    :param client_identifier: how a DBA recognises the session.
    :raises UsageError: when something is missing.
    """
    tags = Tags("oracle-dag", client_identifier)
    if parsed.conn_id:
        return _from_airflow(parsed.conn_id, tags)
    dsn = parsed.dsn or os.environ.get("ORACLE_DSN")
    user = parsed.user or os.environ.get("ORACLE_USER")
    if not dsn or not user:
        missing = "--dsn host:port/service" if not dsn else "--user"
        raise UsageError(
            f"no connection: give {missing} (or ORACLE_DSN and ORACLE_USER), or --conn-id with "
            "Airflow"
        )
    import oracledb

    connect = partial(
        oracledb.connect, user=user, password=_password(user), dsn=dsn, expire_time=EXPIRE_TIME
    )
    return OracleConnector(connect, tags)


def identity(parsed: argparse.Namespace) -> RunIdentity:
    """Return which run the arguments mean."""
    return RunIdentity(namespace=namespace(parsed), run_key=parsed.run_key)


def namespace(parsed: argparse.Namespace) -> str:
    """Return which installation's runs the arguments mean."""
    return parsed.namespace or os.environ.get("ORACLE_DAG_NAMESPACE") or "default"


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
        return getpass.getpass(f"password of {user}: ")
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
