"""What is over for good is removed; a tombstone keeps a late retry from running it again."""

from __future__ import annotations

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    ConnectionLost,
    DatabaseError,
    StepFailed,
    UnknownRun,
)
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.purge import purge
from airflow_oracle_dag.runtime.results import RunOptions

SCRIPT = "-- @step a\ninsert into t_ledger values ('a', 1);\n-- @step b\nselect 1 from dual;\n"
MONTH, HOUR = timedelta(days=30), timedelta(hours=1)
WHOLE = (("odag_run", 1), ("odag_step", 2), ("odag_step_attempt", 2), ("odag_canary", 1))
TOMBSTONE = (("odag_run", 1), ("odag_step", 0), ("odag_step_attempt", 0), ("odag_canary", 1))


def identity(bench: Any, run_id: str = "") -> RunIdentity:
    """Return a run of a namespace of the test's own."""
    return RunIdentity(namespace=bench.key[-100:], dag_id="d", task_id="t", run_id=run_id or "r")


def finish(bench: Any, me: RunIdentity, began: datetime, *, days_ago: int = 40) -> None:
    """Run the script, let Airflow acknowledge it, and let that be long ago."""
    bench.run(SCRIPT, identity=me, began_at=began)
    verbs.acknowledge(bench.target.connector(), me, 1, datetime.now(timezone.utc))
    age(bench, me, days_ago)


def age(bench: Any, me: RunIdentity, days: int) -> None:
    """Make a run older."""
    bench.sql(
        "update odag_run set ended_at = ended_at - :d, acknowledged_at = acknowledged_at - :d "
        "where run_hash = :h",
        d=timedelta(days=days),
        h=me.digest,
    )


def say(bench: Any, me: RunIdentity, **more: Any) -> list[str]:
    """Purge what is older than a month, as a person would."""
    given = {"who": "alice", "why": "space", "observe": bench.events.append, **more}
    runs = purge(bench.target.connector(), me.namespace, MONTH, **given)
    return [run.run_id or "" for run in runs]


def kept(bench: Any, me: RunIdentity) -> tuple[Any, ...]:
    """Count what each table has of a run."""
    tables = ("odag_run", "odag_step", "odag_step_attempt", "odag_canary")
    return tuple(
        (table, bench.sql(f"select count(*) from {table} where run_hash = :h", h=me.digest)[0][0])
        for table in tables
    )


def audit(bench: Any, me: RunIdentity) -> list[Any]:
    """Return what the audit kept of a run."""
    text = "select verb, who, why, detail from odag_audit where run_hash = :h"
    return list(bench.sql(text, h=me.digest))


def test_a_late_retry_of_a_purged_run_runs_nothing(bench: Any) -> None:
    """Only the tombstone and the audit stay; clearing the task in Airflow begins anew as ever."""
    me, began = identity(bench), datetime.now(timezone.utc) - timedelta(days=41)
    finish(bench, me, began)

    assert say(bench, me) == ["r"]

    assert kept(bench, me) == TOMBSTONE
    removed = "removed 2 steps, 2 tries, 0 older generations, 0 jobs"
    assert audit(bench, me) == [("purge", "alice", "space", removed)]
    for late in (None, began):
        retry = bench.run(SCRIPT.replace("'a'", "'changed'"), identity=me, began_at=late)
        assert retry.finished_before and retry.steps == ()
    assert bench.ledger() == {"a": 1}
    assert say(bench, me) == []
    cleared = bench.run(SCRIPT, identity=me, began_at=datetime.now(timezone.utc) + HOUR)
    assert (cleared.generation, cleared.finished_before) == (2, False)
    assert bench.ledger() == {"a": 2}


def test_whoever_runs_a_purged_key_is_told(bench: Any) -> None:
    """From the command line, too, the word is that the run was finished, by whom, and purged."""
    finish(bench, identity(bench), datetime.now(timezone.utc) - timedelta(days=41))
    say(bench, identity(bench))
    key = identity(bench).key
    bench.run(SCRIPT, identity=RunIdentity(identity(bench).namespace, run_key=key))
    assert re.search(r"was finished at .*, and purged since", bench.events[-1].text)


def test_only_what_is_over_for_good_is_purged(bench: Any) -> None:
    """Not the young, not the unacknowledged, not the failed, not another namespace's."""
    began = datetime.now(timezone.utc)
    runs = {name: identity(bench, name) for name in ("young", "unknown", "failed", "old", "anew")}
    finish(bench, runs["young"], began, days_ago=20)
    bench.run(SCRIPT, identity=runs["unknown"], began_at=began)
    age(bench, runs["unknown"], 40)
    with pytest.raises(StepFailed):
        bench.run(SCRIPT.replace("1 from", "x from"), identity=runs["failed"])
    finish(bench, runs["old"], began - timedelta(days=2))
    finish(bench, runs["anew"], began - timedelta(days=2))
    verbs.restart_from(
        bench.target.connector(),
        runs["anew"],
        "b",
        who="alice",
        why="late rows",
        options=RunOptions(),
        observe=bench.events.append,
    )
    other = RunIdentity(namespace="another", dag_id="d", task_id="t", run_id=bench.key)
    finish(bench, other, began - timedelta(days=2))

    assert say(bench, runs["old"], dry_run=True) == ["old"]
    assert kept(bench, runs["old"]) == WHOLE
    with pytest.raises(ValueError, match="say why"):
        say(bench, runs["old"], why=" ")
    assert say(bench, runs["old"]) == ["old"]

    for name in ("young", "unknown"):
        assert kept(bench, runs[name]) == WHOLE
    assert kept(bench, runs["failed"])[1] == ("odag_step", 2)
    assert kept(bench, runs["anew"])[:2] == (("odag_run", 2), ("odag_step", 4))
    assert kept(bench, other) == WHOLE


def test_older_generations_go_with_their_run(bench: Any) -> None:
    """One tombstone per run key, whatever the number of its generations."""
    me, began = identity(bench), datetime.now(timezone.utc) - timedelta(days=41)
    finish(bench, me, began)
    bench.run(SCRIPT, identity=me, began_at=began + timedelta(days=2))
    verbs.acknowledge(bench.target.connector(), me, 2, datetime.now(timezone.utc))
    age(bench, me, 40)

    assert say(bench, me) == ["r"]

    assert kept(bench, me) == TOMBSTONE
    assert bench.run(SCRIPT, identity=me).generation == 2


def test_a_verb_about_a_purged_run_says_so(bench: Any) -> None:
    """There is no step to restart from any more."""
    me = identity(bench)
    finish(bench, me, datetime.now(timezone.utc) - timedelta(days=41))
    say(bench, me)

    with pytest.raises(UnknownRun, match="was purged"):
        verbs.restart_from(
            bench.target.connector(),
            me,
            "a",
            who="alice",
            why="x",
            options=RunOptions(),
            observe=bench.events.append,
        )


def test_a_run_that_is_held_is_left_alone(bench: Any) -> None:
    """Whoever just takes the run over goes first."""
    me = identity(bench)
    finish(bench, me, datetime.now(timezone.utc) - timedelta(days=41))
    with bench.target.connect() as holder, holder.cursor() as cursor:
        cursor.execute("select owner from odag_canary where run_hash = :h for update", h=me.digest)
        assert say(bench, me) == []

    assert any("is held: left alone" in text for text in bench.said("notice"))
    assert kept(bench, me) == WHOLE


def test_two_at_once_and_late_retries_purge_once(bench: Any) -> None:
    """Each run is purged and audited by one of them, and no retry runs anything."""
    began = datetime.now(timezone.utc) - timedelta(days=41)
    runs = [identity(bench, f"r{number}") for number in range(4)]
    for me in runs:
        finish(bench, me, began)

    def act(number: int) -> None:
        if number % 2:
            say(bench, runs[0])
        else:
            bench.run(SCRIPT, identity=runs[number // 2], began_at=began)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(8)))
    say(bench, runs[0])

    assert [kept(bench, me) for me in runs] == [TOMBSTONE] * 4
    assert [len(audit(bench, me)) for me in runs] == [1] * 4
    assert bench.ledger() == {"a": 4}


@pytest.mark.parametrize("when", ["CUT_BEFORE", "CUT_AFTER"])
def test_a_purge_that_dies_leaves_whole_runs_or_tombstones(
    bench: Any, faults: Any, when: str
) -> None:
    """At whichever call it dies; a retry after it runs nothing either way."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    began = datetime.now(timezone.utc) - timedelta(days=41)
    me = identity(bench)
    for victim in range(40):
        me = identity(bench, f"r{victim}")
        finish(bench, me, began)
        calls: list[str] = []

        def hook(
            sid: int, name: str, sql: str, victim: int = victim, calls: list[str] = calls
        ) -> Any:
            calls.append(sql)
            return Action(Effect[when]) if len(calls) == victim + 1 else None

        faults.on_call(hook)
        with contextlib.suppress(ConnectionLost, ConnectFailed, DatabaseError):
            say(bench, me)
        faults.clear()
        assert kept(bench, me) in (WHOLE, TOMBSTONE)
        assert len(audit(bench, me)) == (kept(bench, me) == TOMBSTONE)
        assert bench.run(SCRIPT, identity=me, began_at=began).finished_before
        say(bench, me)
        assert kept(bench, me) == TOMBSTONE
        if len(calls) <= victim:
            return
    pytest.fail("the purge never ended")
