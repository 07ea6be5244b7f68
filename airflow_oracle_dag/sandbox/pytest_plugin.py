"""Fixtures that give tests an Oracle: ``oracle_sandbox``, ``oracle_schema``, and Airflow's way in.

    def test_loading(oracle_schema):
        oracle_schema.run_script(Path("tables.sql"))
        load(oracle_schema.connection)
        assert oracle_schema.rows("select count(*) from orders") == [(2,)]

pytest loads this module in every project that has the package installed: nothing is imported here
but pytest, and it must load on every Python that the package is installed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_oracle_dag.sandbox.testing import OracleSandbox, OracleSchema

_CONNECTION = "oracle_sandbox_conn_id"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a project may set in its ini file."""
    parser.addini(
        _CONNECTION,
        "the id of the Airflow connection that oracle_airflow_connection makes",
        default="oracle_default",
    )


@pytest.fixture(scope="session")
def oracle_sandbox() -> Iterator[OracleSandbox]:
    """Serve an Oracle in this process until the tests end: ``dsn``, ``as_dba()``, ``faults``."""
    try:
        from airflow_oracle_dag.sandbox.testing import OracleSandbox  # noqa: PLC0415 - not before it is wanted
    except ImportError as error:
        pytest.fail(
            f"the sandbox cannot be imported ({error}): it wants Python 3.11 or newer and"
            " pip install 'airflow-oracle-dag[sandbox]'",
            pytrace=False,
        )
    with OracleSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def oracle_schema(oracle_sandbox: OracleSandbox) -> Iterator[OracleSchema]:
    """Give a user of the test's own: an empty schema, no faults, and nothing left of either."""
    oracle_sandbox.faults.clear()
    with oracle_sandbox.schema() as schema:
        yield schema
        oracle_sandbox.faults.clear()


@pytest.fixture
def oracle_airflow_connection(
    oracle_schema: OracleSchema, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> str:
    """Let Airflow know the schema as a connection, and return its id."""
    conn_id = str(pytestconfig.getini(_CONNECTION))
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", oracle_schema.airflow_connection)
    return conn_id
