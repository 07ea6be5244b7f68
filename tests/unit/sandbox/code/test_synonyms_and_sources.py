"""Who sees which sources, and what leads through a synonym (Database Reference, ALL_SOURCE)."""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.server import SandboxServer
from tests.unit.sandbox.code.conftest import Client

_BODIES = "SELECT COUNT(*) FROM sys.all_source WHERE name = 'K' AND type = 'PACKAGE BODY'"


@pytest.fixture(scope="module")
def people() -> Iterator[dict[str, Client]]:
    """Give an owner of a package and somebody else."""
    database = open_database(None, {"DEMO": "d", "OTHER": "o"})
    try:
        with SandboxServer(database) as server:
            dsn = f"127.0.0.1:{server.port}/{database.service_name}"
            made = {
                user: Client(oracledb.connect(user=user, password=user[0], dsn=dsn))
                for user in ("demo", "other")
            }
            made["demo"].make("CREATE PACKAGE k IS PROCEDURE a; END;")
            made["demo"].make("CREATE PACKAGE BODY k IS PROCEDURE a IS BEGIN NULL; END; END;")
            yield made
            for client in made.values():
                client.connection.close()
    finally:
        database.close()


def test_a_body_is_shown_to_its_owner_and_to_who_may_debug_it(people: dict[str, Client]) -> None:
    """The specification is shown to everybody who may execute it."""
    owner, other = people["demo"], people["other"]
    assert owner.one(_BODIES) == 1
    assert other.one(_BODIES) == 0
    assert other.one(_BODIES.replace("PACKAGE BODY", "PACKAGE")) == 1

    owner.run("GRANT DEBUG ON k TO other")
    assert other.one(_BODIES) == 1

    owner.run("REVOKE DEBUG ON k FROM other")
    assert other.one(_BODIES) == 0
    assert other.fails("GRANT DEBUG ON demo.k TO other") == 1031


def test_a_synonym_is_a_dependency_and_has_dependencies(people: dict[str, Client]) -> None:
    """And it has a time that CREATE OR REPLACE moves."""
    owner = people["demo"]
    owner.run("CREATE SYNONYM s FOR k")
    owner.make("CREATE PROCEDURE p IS BEGIN s.a; END;")

    uses = "SELECT referenced_name, referenced_type FROM sys.all_dependencies WHERE name = :1"
    assert ("S", "SYNONYM") in owner.run(uses, "P")
    assert ("K", "PACKAGE") in owner.run(uses, "P")
    assert owner.run(uses, "S") == [("K", "PACKAGE")]
    timed = "SELECT COUNT(last_ddl_time) FROM all_objects WHERE object_type = 'SYNONYM'"
    assert owner.one(timed) == 1
