"""Which store a connection leads to, and how its tables are called."""

from __future__ import annotations

import json
import sys

import pytest
from airflow.providers.common.compat.sdk import AirflowOptionalProviderFeatureException

from airflow_oracle_dag.control.oracle import OracleControlTable
from airflow_oracle_dag.control.table import ControlNames, ControlTableError, UnknownNames
from airflow_oracle_dag.hooks.control_table import ControlTableHook


@pytest.fixture
def connection(monkeypatch):
    """Return a function that defines the connection ``control``."""

    def define(**fields):
        monkeypatch.setenv("AIRFLOW_CONN_CONTROL", json.dumps(fields))

    return define


@pytest.fixture
def setting(monkeypatch):
    """Return a function that sets an option of this package."""

    def define(name, value):
        monkeypatch.setenv(f"AIRFLOW__ORACLE_DAG__{name.upper()}", value)

    return define


def test_an_oracle_connection_leads_to_oracle(connection):
    """Nothing is connected before the first question."""
    connection(conn_type="oracle", host="no-such-host", login="u", password="p")
    assert isinstance(ControlTableHook("control").get_table(), OracleControlTable)


def test_an_aws_connection_leads_to_dynamodb(connection):
    """Through the Amazon provider's hook and its resource."""
    connection(conn_type="aws", login="k", password="s", extra={"region_name": "eu-central-1"})
    table = ControlTableHook("control").get_table()
    assert type(table).__name__ == "DynamoControlTable"


def test_without_the_amazon_provider_the_extra_is_named(connection, monkeypatch):
    """The way out is one command."""
    connection(conn_type="aws")
    monkeypatch.setitem(sys.modules, "airflow.providers.amazon.aws.hooks.dynamodb", None)
    with pytest.raises(
        AirflowOptionalProviderFeatureException,
        match=r"pip install 'airflow-oracle-dag\[dynamodb\]'",
    ):
        ControlTableHook("control").get_table()


def test_another_kind_of_connection_is_refused(connection):
    """It says which kinds there are."""
    connection(conn_type="postgres")
    with pytest.raises(ControlTableError, match=r"type oracle.*type aws"):
        ControlTableHook("control").get_table()


def test_the_connection_is_the_one_that_is_named_first(setting):
    """An argument, the configuration, what the task falls back to, the default."""
    assert ControlTableHook().conn_id == "oracle_default"
    assert ControlTableHook(otherwise="warehouse").conn_id == "warehouse"
    assert not ControlTableHook(otherwise="warehouse").is_configured
    setting("control_conn_id", "control")
    assert ControlTableHook(otherwise="warehouse").conn_id == "control"
    assert ControlTableHook("other").conn_id == "other"
    assert ControlTableHook().is_configured


def test_environment_and_names_come_from_the_configuration(setting):
    """Unless they are given."""
    assert ControlTableHook().environment == "default"
    setting("environment", "production")
    setting("control_names", '{"job_table": "ETL.JOBS", "columns": {"Owner": null}}')
    hook = ControlTableHook()
    assert hook.environment == "production"
    assert hook.names == ControlNames(job_table="ETL.JOBS", columns={"Owner": None})
    assert ControlTableHook(environment="test").environment == "test"


def test_names_that_cannot_be_read_are_told_when_they_are_used(setting, connection):
    """Not while a DAG file is parsed."""
    connection(conn_type="oracle", host="no-such-host")
    setting("control_names", "JOBS")
    hook = ControlTableHook("control")
    with pytest.raises(UnknownNames, match="not JSON"):
        hook.get_table()
