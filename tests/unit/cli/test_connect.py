"""How the command line connects: options and environment, as they reach the driver."""

from __future__ import annotations

from unittest.mock import create_autospec, patch

import oracledb
import pytest

from airflow_oracle_dag.cli.connect import connector, follow_airflow, namespace
from airflow_oracle_dag.cli.exits import UsageError
from airflow_oracle_dag.cli.main import parser

VARIABLES = (
    *("ORACLE_DSN", "ORACLE_USER", "ORACLE_PASSWORD", "ORACLE_WALLET_LOCATION"),
    *("ORACLE_WALLET_PASSWORD", "ORACLE_THICK", "ORACLE_LIB_DIR", "ORACLE_DAG_NAMESPACE"),
)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Forget the database that the shell may know; there is a password."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ORACLE_PASSWORD", "p4ss")


@pytest.fixture
def told():
    """Return a function that gives what the driver is told, and how thick mode was begun."""

    def tell(*arguments):
        opener = connector(parser().parse_args(["status", *arguments]))
        session = create_autospec(oracledb.Connection, instance=True)
        with (
            patch.object(oracledb, "connect", autospec=True, return_value=session) as driver,
            patch.object(oracledb, "init_oracle_client", autospec=True) as client,
        ):
            opener._connect()
        return driver.call_args.kwargs, client.call_args

    return tell


def test_an_alias_and_its_folder_reach_the_driver(told):
    """TNS_ADMIN is the driver's own to read."""
    given, client = told("--dsn", "dwh_high", "--config-dir", "/etc/oracle", "--user", "etl[sales]")
    assert (given["dsn"], given["config_dir"]) == ("dwh_high", "/etc/oracle")
    assert (given["user"], given["password"]) == ("etl[sales]", "p4ss")
    assert given["expire_time"] == 2
    assert client is None


def test_a_wallet_comes_by_option_or_environment(told, monkeypatch):
    """Its password by the environment alone."""
    monkeypatch.setenv("ORACLE_WALLET_PASSWORD", "w4llet")
    address = ("--dsn", "h/s", "--user", "u")
    given, _ = told(*address, "--wallet-location", "/etc/wallet")
    assert (given["wallet_location"], given["wallet_password"]) == ("/etc/wallet", "w4llet")
    monkeypatch.setenv("ORACLE_WALLET_LOCATION", "/etc/other")
    assert told(*address)[0]["wallet_location"] == "/etc/other"


def test_thick_mode_comes_by_option_or_environment(told, monkeypatch):
    """With the folder of the client libraries."""
    address = ("--dsn", "h/s", "--user", "u")
    _, client = told(*address, "--thick", "--lib-dir", "/opt/ic")
    assert client.kwargs == {"lib_dir": "/opt/ic", "config_dir": None}
    monkeypatch.setenv("ORACLE_THICK", "true")
    monkeypatch.setenv("ORACLE_LIB_DIR", "/opt/other")
    assert told(*address)[1].kwargs["lib_dir"] == "/opt/other"


@pytest.mark.parametrize("user", [(), ("--user", "[sales]")])
def test_in_thick_mode_the_wallet_may_say_who_it_is(told, user):
    """No user, or only the target of a proxy: no password is asked for."""
    given, _ = told("--dsn", "alias", "--thick", *user)
    assert given["externalauth"] is True and given["password"] is None


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (("--user", "u"), {}, "--dsn"),
        (("--dsn", "h/s"), {}, "--user"),
        (("--dsn", "h/s", "--user", "u", "--lib-dir", "/x"), {}, "--thick"),
        (("--dsn", "h/s", "--user", "u"), {"ORACLE_THICK": "maybe"}, "ORACLE_THICK"),
        (("--conn-id", "c", "--dsn", "h/s"), {}, "--dsn"),
        (("--conn-id", "c", "--wallet-location", "/x"), {}, "--wallet-location"),
    ],
)
def test_what_contradicts_itself_is_refused(monkeypatch, arguments, variables, says):
    """Before anything is asked of a database; what to leave out or add is named."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=says):
        connector(parser().parse_args(["status", *arguments]))


def test_airflow_s_configuration_counts_with_its_connections(monkeypatch):
    """Arguments and environment go before it, as for its tasks nothing else does."""
    monkeypatch.setenv("AIRFLOW__ORACLE_DAG__NAMESPACE", "team")
    monkeypatch.setenv("AIRFLOW__ORACLE_DAG__SCHEMA", "odag")
    parsed = parser().parse_args(["status", "--conn-id", "c"])
    follow_airflow(parsed)
    assert (namespace(parsed), parsed.schema) == ("team", "odag")
    parsed = parser().parse_args(["status", "--conn-id", "c", "--namespace", "x", "--schema", "y"])
    follow_airflow(parsed)
    assert (namespace(parsed), parsed.schema) == ("x", "y")
    monkeypatch.setenv("ORACLE_DAG_NAMESPACE", "shell")
    parsed = parser().parse_args(["status", "--conn-id", "c"])
    follow_airflow(parsed)
    assert namespace(parsed) == "shell"
