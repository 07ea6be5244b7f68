"""The connection that a script works on."""

from __future__ import annotations

import json
from unittest.mock import create_autospec, patch

import oracledb
import pytest

from airflow_oracle_dag.hooks.oracle_script import OracleScriptHook, PooledConnectionRefused
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags


@pytest.fixture
def connect_with(monkeypatch):
    """Return a function that opens the hook's session and tells how the driver was called."""

    def connect(**connection):
        given = {"conn_type": "oracle", "host": "db", "login": "u", "password": "p", **connection}
        monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(given))
        session = create_autospec(oracledb.Connection, instance=True)
        with patch.object(oracledb, "connect", autospec=True, return_value=session) as driver:
            OracleScriptHook(oracle_conn_id="warehouse").get_conn()
        return driver.call_args.kwargs, session

    return connect


def test_keepalive_is_on_by_default(connect_with):
    """Sessions send a keepalive probe every two minutes unless told otherwise."""
    arguments, _ = connect_with(extra={"service_name": "SVC"})
    assert arguments["expire_time"] == 2


def test_keepalive_of_the_connection_wins(connect_with):
    """An expire_time in the connection's extra is used as it is."""
    arguments, _ = connect_with(extra={"service_name": "SVC", "expire_time": 9})
    assert arguments["expire_time"] == 9


def test_a_service_in_the_schema_field_is_only_the_service(connect_with):
    """A service named in the Schema field is not set as the current schema too."""
    arguments, session = connect_with(schema="FREEPDB1")
    assert "SERVICE_NAME=FREEPDB1" in arguments["dsn"].replace(" ", "")
    assert "current_schema" not in vars(session)


def test_a_schema_beside_a_service_is_the_current_schema(connect_with):
    """With a service in the extra, the Schema field keeps its meaning."""
    _, session = connect_with(schema="SALES", extra={"service_name": "SVC"})
    assert session.current_schema == "SALES"


@pytest.mark.parametrize(
    "connection",
    [
        {"extra": {"service_name": "SVC", "cclass": "ETL"}},
        {"extra": {"service_name": "SVC", "pool_name": "p"}},
        {"extra": {"service_name": "SVC", "purity": "new"}},
        {"extra": {"service_name": "SVC:POOLED"}},
        {"extra": {"dsn": "db/SVC:pooled"}},
        {"extra": {"dsn": "(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=S)(SERVER = POOLED)))"}},
        {"host": "db/SVC:pooled"},
    ],
)
def test_a_pooled_server_is_refused(connect_with, connection):
    """DRCP is refused, however the connection asks for it, before anything is opened."""
    with pytest.raises(PooledConnectionRefused, match="warehouse"):
        connect_with(**connection)


def test_opening_sessions_is_left_to_the_runtime():
    """The hook hands over a connector and opens nothing itself."""
    opener = OracleScriptHook(oracle_conn_id="absent").session_opener(Tags("dag.task", "key"))
    assert isinstance(opener, OracleConnector)
