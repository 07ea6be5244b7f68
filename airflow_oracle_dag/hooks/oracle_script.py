"""The connection that a script works on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow.providers.oracle.hooks.oracle import OracleHook

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags

if TYPE_CHECKING:
    import oracledb
    from airflow.providers.common.compat.sdk import Connection

#: Minutes between the keepalive probes of a session. Firewalls forget silent connections, often
#: after five minutes; the driver's own default is to send none.
EXPIRE_TIME = 2


class PooledConnectionRefused(OracleDagError):
    """Report a connection that leads to a pooled server (DRCP)."""


class OracleScriptHook(OracleHook):
    """Open dedicated, tagged sessions for checkpointed scripts.

    The Airflow connection is the one of the Oracle provider, with two differences: ``expire_time``
    is 2 minutes unless the extra says otherwise, and a service that stands in the Schema field only
    is used as the service and not, in addition, as the current schema.

    A pooled server (DRCP) is refused. A script's session holds its own transaction, its settings
    and its place in the checkpoint protocol between calls, so it must not be shared.

    :param oracle_conn_id: the connection's id.
    """

    hook_name = "Oracle script"

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        """Return the Airflow connection with the defaults of a script's session.

        :param conn_id: the connection's id.
        """
        connection: Connection = super().get_connection(conn_id)
        extra = {"expire_time": EXPIRE_TIME, **connection.extra_dejson}
        names_service = extra.get("service_name") or extra.get("sid") or extra.get("dsn")
        if connection.schema and not names_service:
            extra["service_name"] = connection.schema
            connection.schema = None
        connection.extra = json.dumps(extra)
        return connection

    def get_conn(self) -> oracledb.Connection:
        """Open a session of its own.

        :raises PooledConnectionRefused: when the connection asks for a pooled server.
        """
        connection = self.get_connection(self.get_conn_id())
        asks_for_pool = _pooling(connection.host, connection.extra_dejson)
        if asks_for_pool:
            raise PooledConnectionRefused(
                f"connection {self.get_conn_id()} asks for a pooled server ({asks_for_pool}); a "
                "checkpointed script needs a dedicated one: use a connection without it"
            )
        return super().get_conn()

    def session_opener(self, tags: Tags) -> OracleConnector:
        """Return what `ScriptRunner` opens its sessions with.

        :param tags: how the sessions name themselves in V$SESSION.
        """
        return OracleConnector(self.get_conn, tags)


def _pooling(host: str | None, extra: dict[str, Any]) -> str:
    """Return the part of a connection that asks for DRCP, else nothing."""
    for name in ("cclass", "pool_name", "purity"):
        if extra.get(name):
            return f"extra {name}"
    for where, text in (
        ("host", host),
        ("extra dsn", extra.get("dsn")),
        ("extra service_name", extra.get("service_name")),
    ):
        packed = str(text or "").replace(" ", "").upper()
        # Net Services Reference, SERVER: "=POOLED" in a descriptor, ":POOLED" in Easy Connect
        if "(SERVER=POOLED)" in packed or packed.endswith(":POOLED"):
            return where
    return ""
