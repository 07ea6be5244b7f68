"""The connection to a control table, whichever store keeps it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowOptionalProviderFeatureException,
    BaseHook,
    conf,
)

from airflow_oracle_dag.control.table import ControlNames, ControlTable, ControlTableError
from airflow_oracle_dag.runtime.connector import Tags

if TYPE_CHECKING:
    from airflow_oracle_dag.core.decision import Surroundings

_SECTION = "oracle_dag"


class ControlTableHook(BaseHook):
    """Open a control table: in Oracle, or in DynamoDB through the Amazon provider.

    :param conn_id: id of an ``oracle`` or an ``aws`` connection; ``[oracle_dag] control_conn_id``
        unless given, else `otherwise`.
    :param environment: whose rows are meant; ``[oracle_dag] environment`` unless given.
    :param names: of tables and columns; ``[oracle_dag] control_names`` unless given.
    :param otherwise: id of the connection when none is named.
    :ivar is_configured: whether a connection was named, here or in the configuration.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "oracle_default"
    hook_name = "Control table"

    def __init__(
        self,
        conn_id: str | None = None,
        environment: str | None = None,
        names: ControlNames | None = None,
        *,
        otherwise: str = default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        named = conn_id or _setting("control_conn_id")
        self.conn_id = named or otherwise
        self.is_configured = bool(named)
        self.environment = environment or _setting("environment") or "default"
        self._names = names

    @cached_property
    def names(self) -> ControlNames:
        """How the tables and columns are called.

        :raises UnknownNames: when ``[oracle_dag] control_names`` cannot be read.
        """
        return self._names or ControlNames.from_json(_setting("control_names"))

    def get_conn(self) -> ControlTable:
        """Open the table, as `get_table` does."""
        return self.get_table()

    def get_table(self) -> ControlTable:
        """Return the table; it connects with its first question and must be closed.

        :raises ControlTableError: when the connection leads to another kind of store.
        """
        kind = self.get_connection(self.conn_id).conn_type
        if kind == "aws":
            return self._in_dynamodb()
        if kind == "oracle":
            return self._in_oracle()
        raise ControlTableError(
            f"connection {self.conn_id} is of type {kind!r}: a control table is kept in Oracle "
            "(type oracle) or in DynamoDB (type aws)"
        )

    def surroundings(self, zone: str, table: ControlTable | None = None) -> Surroundings:
        """Return the zones and calendars that decisions are made with.

        :param zone: of jobs that name none.
        :param table: where own calendars are looked for first, before
            ``[oracle_dag] calendar_folder``.
        """
        # Calendars of half the world take their time to import.
        from airflow_oracle_dag.control.calendars import surroundings  # noqa: PLC0415 - above

        folder = _setting("calendar_folder")
        return surroundings(zone, table, Path(folder) if folder else None)

    def _in_oracle(self) -> ControlTable:
        # The Oracle provider's hooks take their time to import, and DAG files are parsed often.
        from airflow_oracle_dag.control.oracle import OracleControlTable  # noqa: PLC0415 - above
        from airflow_oracle_dag.hooks.oracle_script import OracleScriptHook  # noqa: PLC0415 - above

        hook = OracleScriptHook(oracle_conn_id=self.conn_id)
        connector = hook.session_opener(Tags("airflow_oracle_dag.control"))
        return OracleControlTable(connector, _setting("schema") or None, self.names)

    def _in_dynamodb(self) -> ControlTable:
        try:
            # The Amazon provider is an extra, and large.
            from airflow.providers.amazon.aws.hooks.dynamodb import (  # noqa: PLC0415 - above
                DynamoDBHook,
            )

            from airflow_oracle_dag.control.dynamo import (  # noqa: PLC0415 - needs boto3
                DynamoControlTable,
            )
        except ImportError as error:
            raise AirflowOptionalProviderFeatureException(
                f"connection {self.conn_id} leads to DynamoDB, which needs the Amazon provider "
                f"({error}): pip install 'airflow-oracle-dag[dynamodb]'"
            ) from error
        return DynamoControlTable(DynamoDBHook(aws_conn_id=self.conn_id).conn, self.names)


def _setting(name: str) -> str:
    return str(conf.get(_SECTION, name, fallback="") or "")
