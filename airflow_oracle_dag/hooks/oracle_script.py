"""The connection that a script works on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import oracledb
from airflow.providers.oracle.hooks.oracle import DEFAULT_DB_PORT, OracleHook

from airflow_oracle_dag.runtime.access import DRIVER_OPTIONS, EXPIRE_TIME, POOLING, Access
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.errors import UnfitConnection

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Connection


class OracleScriptHook(OracleHook):
    """Open dedicated, tagged sessions for checkpointed scripts.

    The Airflow connection is the one of the Oracle provider, with these differences: keepalive
    probes are sent every 2 minutes unless the extra's ``expire_time`` says otherwise; a service
    that stands in the Schema field only is used as the service and not, in addition, as the current
    schema; and the extra may also hold ``config_dir``, ``proxy_user`` and what else
    `airflow_oracle_dag.runtime.access` lists.

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

        :raises UnfitConnection: when the connection asks for a pooled server.
        """
        connection = self.get_connection(self.get_conn_id())
        extra = connection.extra_dejson
        for name in ("fetch_decimals", "fetch_lobs"):
            wanted = _truth(getattr(self, name), extra.get(name))
            if wanted is not None:
                setattr(oracledb.defaults, name, wanted)
        try:
            session = self.access(connection).connect()
        except UnfitConnection as error:
            raise UnfitConnection(f"connection {self.get_conn_id()}: {error}") from None
        if connection.schema and extra.get("service_name"):
            session.current_schema = connection.schema
        return session

    def access(self, connection: Connection) -> Access:
        """Return how sessions of an Airflow connection are opened.

        :param connection: with the defaults of `get_connection`.
        """
        extra = connection.extra_dejson
        options = {name: extra.get(name) for name in (*DRIVER_OPTIONS, *POOLING)}
        mode = str(options["mode"] or "").upper()
        options["mode"] = getattr(oracledb.AuthMode, mode, None) if mode else None
        folder = self.thick_mode_config_dir or extra.get("thick_mode_config_dir")
        return Access(
            dsn=_connect_string(connection.host, connection.port, extra),
            user=connection.login or None,
            password=connection.password or None,
            config_dir=folder or extra.get("config_dir"),
            options=options,
            thick=bool(_truth(self.thick_mode, extra.get("thick_mode"))),
            lib_dir=self.thick_mode_lib_dir or extra.get("thick_mode_lib_dir"),
        )

    def session_opener(self, tags: Tags) -> OracleConnector:
        """Return what `ScriptRunner` opens its sessions with.

        :param tags: how the sessions name themselves in V$SESSION.
        """
        return OracleConnector(self.get_conn, tags)

    def own_access(self) -> Access:
        """Return how sessions of the hook's own connection are opened.

        Airflow is asked for the connection here and not when a session is opened.
        """
        return self.access(self.get_connection(self.get_conn_id()))


def _connect_string(host: str | None, port: int | None, extra: dict[str, Any]) -> str:
    """Return the connect string as the Oracle provider makes it of a connection.

    Host with a service or SID; else the extra's ``dsn``; else the host itself, which may be an
    alias.
    """
    service, sid = extra.get("service_name"), extra.get("sid")
    if host and bool(service) != bool(sid):
        kind = {"service_name": service} if service else {"sid": sid}
        return str(oracledb.makedsn(host, port or DEFAULT_DB_PORT, **kind))
    if extra.get("dsn"):
        return str(extra["dsn"])
    return (host or "") + (f":{port}" if port else "") + (f"/{service}" if service else "")


def _truth(*answers: Any) -> bool | None:
    """Return the first answer that is one; JSON and forms write it differently."""
    for answer in answers:
        word = str(answer).strip().lower()
        if word in ("true", "false"):
            return word == "true"
    return None
