"""A task names where a secret is; its value goes into a bind and nowhere else."""

from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime

import pytest
from airflow.providers.common.compat.sdk import DAG, redact

from airflow_oracle_dag.core.values import Secret
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.operators.secret_parameters import SecretUnavailable, with_secrets

TOKEN = "hush-4711-hush"
CONNECTION = {
    "conn_type": "http",
    "login": "robot",
    "password": TOKEN,
    "extra": {"api_key": "key-" + TOKEN, "port": 1521, "pin": "123"},
}


@pytest.fixture(autouse=True)
def sources(monkeypatch):
    """Put values where tasks look for them."""
    monkeypatch.setenv("AIRFLOW_CONN_CRM", json.dumps(CONNECTION))
    monkeypatch.setenv("AIRFLOW_CONN_EMPTY", json.dumps({"conn_type": "http"}))
    monkeypatch.setenv("AIRFLOW_VAR_CRM_TOKEN", "variable-" + TOKEN)
    monkeypatch.setenv("CRM_TOKEN", "env-" + TOKEN)
    monkeypatch.setenv("SHORT", "abc")


def operator(**arguments):
    """Make the operator under test."""
    dag = DAG("dag", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC))
    return OracleScriptOperator(task_id="load", dag=dag, script="select :t from dual;", **arguments)


def value_of(source):
    """Ask a source as the task does."""
    found = with_secrets({"other": 1}, operator(secret_parameters={"t": source})._secrets)
    assert found["other"] == 1
    return found["t"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("variable:crm_token", "variable-" + TOKEN),
        ("connection:crm", TOKEN),
        ("connection:crm.password", TOKEN),
        ("connection:crm.login", "robot"),
        ("connection:crm.extra.api_key", "key-" + TOKEN),
        ("env:CRM_TOKEN", "env-" + TOKEN),
    ],
)
def test_a_source_gives_a_secret(source, expected):
    """Of each kind; Airflow masks it in its logs from then on."""
    found = value_of(source)

    assert (found, type(found)) == (expected, Secret)
    assert expected not in redact(f"it is {expected}.", "a line of a log")


def test_a_source_is_asked_at_each_try(monkeypatch):
    """A password that was renewed between two tries is the new one."""
    task = operator(secret_parameters={"t": "env:CRM_TOKEN"})
    before = with_secrets({}, task._secrets)["t"]
    monkeypatch.setenv("CRM_TOKEN", "renewed")

    assert (before, with_secrets({}, task._secrets)["t"]) == ("env-" + TOKEN, "renewed")


def test_a_secret_replaces_a_namesake_of_the_job_s_row():
    """Whatever its case."""
    task = operator(secret_parameters={"t": "env:CRM_TOKEN"})

    assert with_secrets({"T": "of the row"}, task._secrets) == {"t": "env-" + TOKEN}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("variable:none", ":t from variable:none: there is no Variable none"),
        ("connection:none", "connection none cannot be read"),
        ("connection:empty", "connection empty has no password"),
        ("connection:crm.extra.none", "connection crm has no extra.none"),
        ("connection:crm.extra.port", "it is of type int, not a text"),
        ("env:NONE", "the worker has no environment variable NONE"),
        ("env:SHORT", "fewer than 4 characters"),
        ("connection:crm.extra.pin", "fewer than 4 characters"),
    ],
)
def test_a_source_without_a_value_says_what_to_do(source, told):
    """And shows nothing of what it has, nor does what led to the error."""
    with pytest.raises(SecretUnavailable) as caught:
        value_of(source)

    shown = "".join(traceback.format_exception(caught.value))
    assert told in shown
    assert "To mend it: " in shown
    assert caught.value.__context__ is None
    for secret in ("abc", "123", TOKEN):
        assert secret not in str(caught.value)


@pytest.mark.parametrize("source", [TOKEN, "", "vault:x", "variable:", "env:{{ x }}", 4711, None])
def test_what_names_no_source_is_refused_without_being_shown(source):
    """It may be the secret itself; the DAG does not load."""
    with pytest.raises(ValueError, match="task load: secret_parameters") as caught:
        operator(secret_parameters={"t": source})

    assert "write 'variable:NAME'" in str(caught.value)
    assert TOKEN not in str(caught.value) and "vault" not in str(caught.value)


def test_a_bind_has_one_source():
    """A name in both mappings is a mistake."""
    with pytest.raises(ValueError, match="is in parameters, too"):
        operator(parameters={"T": 1}, secret_parameters={"t": "env:CRM_TOKEN"})


def test_no_rendered_field_has_a_secret():
    """What Airflow renders and shows are the templated fields: the sources are not among them."""
    assert "secret_parameters" not in OracleScriptOperator.template_fields
