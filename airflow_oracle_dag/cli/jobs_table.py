"""How the verbs of ``jobs`` reach a control table."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli.connect import connector, who
from airflow_oracle_dag.cli.exits import UsageError
from airflow_oracle_dag.control.table import Audit, ControlNames

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from airflow_oracle_dag.control.table import ControlTable
    from airflow_oracle_dag.core.decision import Surroundings
    from airflow_oracle_dag.hooks.control_table import ControlTableHook

#: Seconds that DynamoDB has to take a connection, and to answer.
_CONNECT_SECONDS, _READ_SECONDS = 10, 60


@contextmanager
def control_table(parsed: argparse.Namespace) -> Iterator[tuple[ControlTable, str]]:
    """Open the control table that the arguments mean; give it with the environment."""
    names = control_names(parsed)
    parsed.environment = (parsed.environment or "").strip() or None
    environment = parsed.environment or os.environ.get("ORACLE_DAG_ENVIRONMENT") or "default"
    if parsed.dynamodb:
        from airflow_oracle_dag.control.dynamo import DynamoControlTable

        table: ControlTable = DynamoControlTable(dynamodb(parsed), names)
    elif _is_airflow(parsed):
        table, environment = _from_airflow(parsed, names)
    else:
        from airflow_oracle_dag.control.oracle import OracleControlTable

        table = OracleControlTable(connector(parsed), parsed.schema, names)
    try:
        yield table, environment
    finally:
        table.close()


def control_names(parsed: argparse.Namespace) -> ControlNames:
    """Read ``--names``: JSON, or a file of it."""
    text = parsed.names or ""
    if text.startswith("@"):
        try:
            text = Path(text[1:]).read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--names {text}: it cannot be read: {error.strerror}") from None
    return ControlNames.from_json(text)


def category(parsed: argparse.Namespace) -> str | None:
    """Return the category whose rows are meant, without blanks around it."""
    return None if parsed.category is None else str(parsed.category).strip()


def absent_fields(parsed: argparse.Namespace) -> frozenset[str]:
    """Return the fields that the control table has nothing for."""
    names = control_names(parsed)
    if _is_airflow(parsed) and not parsed.names:
        names = _hook(parsed, names).names
    return frozenset(field for field, name in names.columns.items() if name is None)


def dynamodb(parsed: argparse.Namespace) -> Any:
    """Return a DynamoDB resource with boto3's own chain of credentials."""
    if parsed.dsn:
        raise UsageError("--dsn leads to Oracle and --dynamodb does not: leave one of them out")
    try:
        import boto3  # type: ignore[import-untyped]  # ships no type information
        from botocore.config import Config  # type: ignore[import-untyped]  # the same
        from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]  # the same
    except ImportError as error:
        raise UsageError(
            f"--dynamodb needs boto3 ({error}): pip install 'airflow-oracle-dag[dynamodb]'"
        ) from None
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "max_attempts": 4},
    )
    try:
        return boto3.resource(
            "dynamodb",
            region_name=parsed.region,
            endpoint_url=parsed.endpoint_url,
            config=config,
        )
    except (BotoCoreError, ValueError) as error:
        raise UsageError(f"--dynamodb: {error}: check --region and --endpoint-url") from None


def surroundings(parsed: argparse.Namespace, table: ControlTable) -> Surroundings:
    """Return the zones and calendars that conditions are read with."""
    from airflow_oracle_dag.control.calendars import surroundings as found

    folder = Path(parsed.calendar_folder) if parsed.calendar_folder else None
    return found(parsed.timezone or "UTC", table, folder)


def audit(parsed: argparse.Namespace) -> Audit:
    """Return who changes something, and why.

    :raises UsageError: for a reason that says nothing.
    """
    if not parsed.why.strip():
        raise UsageError("--why is empty: say why, it is written to the audit table")
    return Audit(who(), parsed.why.strip())


def _is_airflow(parsed: argparse.Namespace) -> bool:
    return bool(parsed.conn_id and not parsed.schema and not parsed.dynamodb)


def _hook(parsed: argparse.Namespace, names: ControlNames) -> ControlTableHook:
    # See `connect`: outside of a task, connections are looked up only on this word.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    try:
        from airflow_oracle_dag.hooks.control_table import ControlTableHook
    except ImportError as error:
        raise UsageError(f"--conn-id needs Airflow and its providers: {error}") from error
    return ControlTableHook(parsed.conn_id, parsed.environment, names if parsed.names else None)


def _from_airflow(parsed: argparse.Namespace, names: ControlNames) -> tuple[ControlTable, str]:
    """Use an Airflow connection; what is not said comes from Airflow's configuration."""
    hook = _hook(parsed, names)
    from airflow.providers.common.compat.sdk import AirflowNotFoundException

    try:
        return hook.get_table(), hook.environment
    except AirflowNotFoundException as error:
        raise UsageError(f"--conn-id {parsed.conn_id}: {error}") from None
