"""The connection that a script works on."""

from __future__ import annotations

import json
from unittest.mock import create_autospec, patch

import oracledb
import pytest

from airflow_oracle_dag.hooks.oracle_script import OracleScriptHook
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.errors import UnfitConnection


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
        {"extra": {"dsn": "db/SVC?pool_boundary=transaction"}},
        {"extra": {"service_name": "SVC", "server_type": "pooled"}},
        {"host": "db/SVC:pooled"},
    ],
)
def test_a_pooled_server_is_refused(connect_with, connection):
    """DRCP is refused, however the connection asks for it, before anything is opened."""
    with pytest.raises(UnfitConnection, match=r"connection warehouse: .* pooled server"):
        connect_with(**connection)


def test_opening_sessions_is_left_to_the_runtime():
    """The hook hands over a connector and opens nothing itself."""
    opener = OracleScriptHook(oracle_conn_id="absent").session_opener(Tags("dag.task", "key"))
    assert isinstance(opener, OracleConnector)


def test_a_host_alone_is_an_alias_of_tnsnames(connect_with):
    """An alias goes to the driver as it is, with the folder in which it is looked up."""
    arguments, _ = connect_with(host="dwh_high", extra={"config_dir": "/etc/oracle"})
    assert (arguments["dsn"], arguments["config_dir"]) == ("dwh_high", "/etc/oracle")


def test_a_wallet_goes_to_the_driver(connect_with):
    """Folder and password of the wallet are handed on, and the password is shown nowhere."""
    wallet = {"wallet_location": "/etc/wallet", "wallet_password": "w4llet"}
    arguments, _ = connect_with(host="dwh_high", extra=wallet)
    assert arguments.items() >= wallet.items()


def test_no_password_is_in_a_description_of_the_connection(monkeypatch):
    """Neither the user's nor the wallet's."""
    given = {"conn_type": "oracle", "host": "db", "login": "u", "password": "p4ss"}
    extra = {"service_name": "S", "wallet_password": "w4llet"}
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps({**given, "extra": extra}))
    hook = OracleScriptHook(oracle_conn_id="warehouse")
    shown = repr(hook.access(hook.get_connection("warehouse")))
    assert "p4ss" not in shown and "w4llet" not in shown and "user='u'" in shown


def test_a_proxy_user_goes_to_the_driver(connect_with):
    """As part of the login or in the extra; the driver takes both."""
    arguments, _ = connect_with(login="etl[sales]", extra={"service_name": "S"})
    assert arguments["user"] == "etl[sales]"
    arguments, _ = connect_with(login="etl", extra={"service_name": "S", "proxy_user": "sales"})
    assert (arguments["user"], arguments["proxy_user"]) == ("etl", "sales")


def test_thick_mode_is_asked_for_before_the_connection(connect_with):
    """With the folders that the connection names; the driver's own parser reads the address."""
    extra = {
        "service_name": "S",
        "thick_mode": "true",
        "thick_mode_lib_dir": "/opt/ic",
        "thick_mode_config_dir": "/etc/oracle",
    }
    with patch.object(oracledb, "init_oracle_client", autospec=True) as client:
        arguments, _ = connect_with(extra=extra)
    client.assert_called_once_with(lib_dir="/opt/ic", config_dir="/etc/oracle")
    assert arguments["thick_mode_dsn_passthrough"] is False
    assert arguments["expire_time"] == 2


def test_an_administrator_mode_goes_to_the_driver(connect_with):
    """Its name becomes the driver's own value."""
    arguments, _ = connect_with(extra={"service_name": "S", "mode": "sysdba"})
    assert arguments["mode"] is oracledb.AuthMode.SYSDBA
