"""One database for all cases: the sandbox, or the Oracle that the environment names."""

from __future__ import annotations

import os
from collections.abc import Iterator

import oracledb
import pytest

from tests.conformance.bench import Bench, Place
from tests.conformance.emptying import empty, owned


@pytest.fixture(scope="session")
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Give the database, whose schema is found and left empty."""
    if request.config.getoption("--db") == "oracle":
        yield _real_oracle()
        return
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    database = open_database(None, {"CONFORM": "case-password", "SYSTEM": "dba-password"})
    try:
        with SandboxServer(database) as server:
            dsn = f"{server.address}/{database.service_name}"

            def dba() -> oracledb.Connection:
                return oracledb.connect(user="system", password="dba-password", dsn=dsn)

            yield Place(dsn, "conform", "case-password", dba, server)
    finally:
        database.close()


def _real_oracle() -> Place:
    env = os.environ
    dsn = env["ORACLE_DSN"]

    def dba() -> oracledb.Connection:
        user, password = env["ORACLE_DBA_USER"], env["ORACLE_DBA_PASSWORD"]
        return oracledb.connect(user=user, password=password, dsn=dsn)

    named = "ORACLE_DBA_USER" in env
    return Place(dsn, env["ORACLE_USER"], env["ORACLE_PASSWORD"], dba if named else None)


@pytest.fixture(scope="session")
def housekeeper(place: Place) -> Iterator[oracledb.Connection]:
    """Keep one session that empties the schema after each case."""
    with oracledb.connect(user=place.user, password=place.password, dsn=place.dsn) as connection:
        assert owned(connection) == [], "the suite wants a schema of its own"
        yield connection


@pytest.fixture(scope="session")
def asker(place: Place) -> Iterator[Bench]:
    """Keep one session for all cases that are single queries."""
    with oracledb.connect(user=place.user, password=place.password, dsn=place.dsn) as connection:
        yield Bench(place, connection)


@pytest.fixture
def bench(
    request: pytest.FixtureRequest, place: Place, housekeeper: oracledb.Connection
) -> Iterator[Bench]:
    """Give a session in an empty schema, and leave it empty."""
    if request.node.callspec.params["case"].only_asks:
        yield request.getfixturevalue("asker")
        return
    connection = oracledb.connect(user=place.user, password=place.password, dsn=place.dsn)
    made = Bench(place, connection)
    yield made
    made.close()
    empty(housekeeper)
