"""A new generation begins at a step that a person names; what stands before it counts as done."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_oracle_dag.core.errors import DriftError, StateError
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    ConnectionLost,
    DatabaseError,
    InDoubt,
    RunHeld,
    StepFailed,
    UnknownRun,
)
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.store import CheckpointReader

THREE = """\
-- @always settings
alter session set nls_date_format = 'YYYY';
-- @step one
insert into t_ledger values ('one', 1);
-- @step two
insert into t_ledger values ('two-' || to_char(date '2026-01-01'), 1);
-- @step three
insert into t_ledger values ('three', 1);
"""


def restart(
    bench: Any, step: str, why: str = "late rows", identity: RunIdentity | None = None
) -> Any:
    """Say the verb as a person would."""
    return verbs.restart_from(
        bench.target.connector(),
        identity or bench.identity(),
        step,
        who="alice",
        why=why,
        options=RunOptions(orphan="fail"),
        observe=bench.events.append,
    )


def rows(bench: Any, generation: int) -> list[Any]:
    """Return the steps of a generation."""
    session = bench.target.connector().open()
    try:
        return CheckpointReader(session).steps(bench.identity().digest, generation)
    finally:
        session.close()


def runs(bench: Any) -> list[Any]:
    """Return each generation with its state."""
    return list(
        bench.sql(
            "select generation, state from odag_run where run_hash = :h order by generation",
            h=bench.identity().digest,
        )
    )


def audit(bench: Any) -> list[Any]:
    """Return what the audit kept of the bench's run."""
    return list(
        bench.sql(
            "select verb, generation, step_no, who, why from odag_audit where run_hash = :h",
            h=bench.identity().digest,
        )
    )


def test_a_finished_run_begins_again_at_a_step(bench: Any) -> None:
    """The steps before it are taken over with the reason, the settings are made, the rest runs."""
    bench.run(THREE)

    restart(bench, "two")

    assert runs(bench) == [(1, "SUCCEEDED"), (2, "FAILED")]
    made = {row.name: row for row in rows(bench, 2)}
    assert [row.state.value for row in made.values()] == [*["SUCCEEDED"] * 2, *["PENDING"] * 2]
    assert made["one"].reason == "taken over from generation 1: late rows"
    assert made["one"].row_count == 1 and made["two"].tries == 0
    assert audit(bench) == [("restart-from", 2, 3, "alice", "late rows")]

    result = bench.run(THREE, orphan="fail")

    assert (result.generation, result.resumed_at) == (2, "two")
    assert bench.ledger() == {"one": 1, "two-2026": 2, "three": 2}
    assert runs(bench) == [(1, "SUCCEEDED"), (2, "SUCCEEDED")]
    assert [row.state for row in rows(bench, 1)] == [State.SUCCEEDED] * 4


def test_a_failed_run_begins_again_before_its_failure(bench: Any) -> None:
    """The generation before keeps what it did and how it ended."""
    script = THREE.replace("('three', 1)", "('three', x)")
    with pytest.raises(StepFailed):
        bench.run(script)

    restart(bench, "one")
    bench.run(THREE)

    assert bench.ledger() == {"one": 2, "two-2026": 2, "three": 1}
    assert runs(bench) == [(1, "FAILED"), (2, "SUCCEEDED")]


def test_a_run_of_airflow_is_resumed_by_its_retry(bench: Any) -> None:
    """Acknowledged or not: the next try goes on in the new generation, and only once."""
    me = RunIdentity(dag_id="d", task_id="t", run_id=bench.key)
    began, minute = datetime.now(timezone.utc), timedelta(minutes=1)
    bench.run(THREE, identity=me, began_at=began)
    verbs.acknowledge(bench.target.connector(), me, 1, began + minute)

    restart(bench, "three", identity=me)
    again = bench.run(THREE, identity=me, began_at=began + 2 * minute)
    retry = bench.run(THREE, identity=me, began_at=began + 3 * minute)

    assert (again.generation, again.finished_before) == (2, False)
    assert (retry.generation, retry.finished_before) == (2, True)
    assert bench.ledger() == {"one": 1, "two-2026": 1, "three": 2}


def test_no_question_is_answered_by_a_restart(bench: Any, faults: Any) -> None:
    """A step before it that is not done, a doubt, a skipped or an unknown step, no reason."""
    with pytest.raises(UnknownRun):
        restart(bench, "one")
    with pytest.raises(StepFailed):
        bench.run(THREE.replace("('two-'", "(x || 'two-'"))
    with pytest.raises(StateError, match="two stands before three and is FAILED"):
        restart(bench, "three")
    with pytest.raises(UnknownRun, match="has no step four"):
        restart(bench, "four")
    with pytest.raises(ValueError, match="say why"):
        restart(bench, "one", why=" ")
    bench.key += "-doubt"
    faults.cut("during", sql="'inside'", times=None)
    text = "begin insert into t_ledger values ('inside', 1); commit; end;\n/\n"
    with pytest.raises(InDoubt):
        bench.run(f"-- @step load\n{text}")
    faults.clear()
    with pytest.raises(StateError, match="load is in doubt"):
        restart(bench, "load")
    bench.key += "-exit"
    bench.run(
        "-- @step a\ninsert into t_ledger values ('a', 1);\nexit\n-- @step b\nselect 1 from dual;\n"
    )
    with pytest.raises(StateError, match="behind an EXIT"):
        restart(bench, "b")

    assert runs(bench) == [(1, "SUCCEEDED")]
    assert audit(bench) == []


def test_what_was_taken_over_may_not_change(bench: Any) -> None:
    """A step that counts as done must be what was run; from the restart on all may be edited."""
    bench.run(THREE)
    restart(bench, "two")

    with pytest.raises(DriftError):
        bench.run(THREE.replace("('one', 1)", "('one', 2)"))
    bench.run(THREE.replace("('three', 1)", "('new', 1)"))

    assert bench.ledger() == {"one": 1, "two-2026": 2, "three": 1, "new": 1}


def test_a_run_that_works_is_not_restarted(bench: Any) -> None:
    """Whether its transaction or only its session lives: held, and nothing is written."""
    reached, go = threading.Event(), threading.Event()
    runner = bench.runner(THREE)

    def between() -> None:
        reached.set()
        assert go.wait(20)

    runner.between_steps = between
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(runner.run)
        assert reached.wait(10)
        try:
            with pytest.raises(RunHeld):
                restart(bench, "one")
        finally:
            go.set()
        first.result(30)

    assert bench.ledger() == {"one": 1, "two-2026": 1, "three": 1}
    assert runs(bench) == [(1, "SUCCEEDED")]


def test_verbs_and_runners_at_once_leave_one_line_of_generations(bench: Any) -> None:
    """Restarts and resumptions race: each generation is run once, and none is lost."""
    bench.run(THREE)

    def act(number: int) -> str:
        try:
            if number % 2:
                bench.run(THREE, orphan_timeout=60)
                return "ran"
            restart(bench, "three")
        except RunHeld:
            return "held"
        return "restarted"

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(act, range(8)))
    bench.run(THREE)

    restarts = said.count("restarted")
    generations = [generation for generation, _ in runs(bench)]
    assert generations == list(range(1, restarts + 2))
    assert len(audit(bench)) == restarts
    finished = [state for _, state in runs(bench)].count("SUCCEEDED")
    assert bench.ledger() == {"one": 1, "two-2026": 1, "three": finished}


@pytest.mark.parametrize("when", ["CUT_BEFORE", "CUT_AFTER"])
def test_a_restart_that_dies_is_made_or_not(bench: Any, faults: Any, when: str) -> None:
    """At whichever call it dies: the run is as before, or the whole new generation is there."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    for victim in range(40):
        bench.key = f"{bench.key.split('#')[0]}#{victim}"
        bench.run(THREE)
        calls: list[str] = []

        def hook(
            sid: int, name: str, sql: str, victim: int = victim, calls: list[str] = calls
        ) -> Any:
            calls.append(sql)
            return Action(Effect[when]) if len(calls) == victim + 1 else None

        faults.on_call(hook)
        with contextlib.suppress(ConnectionLost, ConnectFailed, DatabaseError):
            restart(bench, "three")
        faults.clear()
        if len(runs(bench)) == 1:
            assert audit(bench) == []
            assert bench.run(THREE).finished_before
        else:
            assert len(audit(bench)) == 1
            assert bench.run(THREE).resumed_at == "three"
        if len(calls) <= victim:
            return
    pytest.fail("the verb never ended")
