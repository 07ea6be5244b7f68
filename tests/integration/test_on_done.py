"""Several runs share a key, wish to begin anew, come back after a clear, or edit what is done."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_oracle_dag.core.errors import DriftError, StateError
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import (
    AlreadyFinished,
    ConnectFailed,
    DatabaseError,
    InDoubt,
    RunConflict,
    StepFailed,
)
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import Restart, RunOptions
from airflow_oracle_dag.runtime.store import CheckpointReader

TWO = """\
-- @step one
insert into t_ledger values ('one', 1);
-- @step two
insert into t_ledger values ('two', 1);
"""
BROKEN = TWO + "-- @step three\ninsert into t_ledger values ('three', x);\n"
NOW = datetime.now(timezone.utc)
HOUR = timedelta(hours=1)


def me(bench: Any, run_id: str, *, shared: bool = True) -> RunIdentity:
    """Return a DAG run's task, with the bench's key or with its own."""
    key = bench.key if shared else None
    return RunIdentity(dag_id="d", task_id="t", run_id=f"{run_id}-{bench.key}", run_key=key)


def generations(bench: Any, identity: RunIdentity | None = None) -> list[Any]:
    """Return the generations of a key."""
    session = bench.target.connector().open()
    try:
        return CheckpointReader(session).generations((identity or bench.identity()).digest)
    finally:
        session.close()


def audit(bench: Any) -> list[tuple[str, str, str]]:
    """Return what was kept of wishes and of what was accepted."""
    found = bench.sql(
        "select verb, who, why from odag_audit where run_hash = :h order by happened_at",
        h=bench.identity().digest,
    )
    return list(found)


def test_another_run_s_success_is_reported(bench: Any) -> None:
    """Nothing is run, and the result says who finished it."""
    bench.run(TWO, identity=me(bench, "first"))
    result = bench.run(TWO, identity=me(bench, "second"))
    assert result.finished_before and "by DAG run first-" in result.finished_by
    assert bench.ledger() == {"one": 1, "two": 1}


def test_who_finishes_a_run_owns_its_success(bench: Any) -> None:
    """A run that another one left is finished by the one that resumed it."""
    with pytest.raises(StepFailed):
        bench.run(BROKEN, identity=me(bench, "first"))
    mended = BROKEN.replace("x)", "1)")
    bench.run(mended, identity=me(bench, "second"))
    own = bench.run(mended, identity=me(bench, "second"), on_done="fail")
    assert own.finished_before and not own.finished_by
    with pytest.raises(
        AlreadyFinished, match=r"by DAG run second-.*d.t, as generation 1"
    ) as raised:
        bench.run(mended, identity=me(bench, "first"), on_done="fail")
    assert "on_done=restart" in str(raised.value)
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1}


def test_a_restart_counts_once_for_a_run_and_its_clear(bench: Any) -> None:
    """Its retry finds its own generation; a third run's takes the key on."""
    bench.run(TWO, identity=me(bench, "first"), token="1")
    wished = {"identity": me(bench, "second"), "on_done": "restart", "token": "2", "who": "bob"}
    assert bench.run(TWO, **wished).generation == 2
    assert bench.run(TWO, **wished).generation == 2
    third = {**wished, "identity": me(bench, "third"), "token": "3"}
    assert bench.run(TWO, **third).generation == 3
    assert bench.run(TWO, **wished).generation == 3  # its wish was met by generation 2
    assert bench.ledger() == {"one": 3, "two": 3}
    assert [line[:2] for line in audit(bench)] == [("restart", "bob")] * 2


def test_the_command_line_restarts_once_per_call(bench: Any) -> None:
    """Each call is a run of its own."""
    bench.run(TWO)
    for call, generation in (("a", 2), ("b", 3)):
        assert bench.run(TWO, on_done="restart", token=call).generation == generation
    with pytest.raises(AlreadyFinished, match="from the command line"):
        bench.run(TWO, on_done="fail")


def test_a_wish_is_met_once(bench: Any) -> None:
    """It ends what was left, keeps who wished it, and a retry of the same tries resumes."""
    with pytest.raises(StepFailed):
        bench.run(BROKEN, token="scheduled")
    wish = {"restart": Restart(None, "dag_run.conf of r"), "token": "manual", "who": "alice"}
    with pytest.raises(StepFailed):
        bench.run(BROKEN, **wish)
    result = bench.run(BROKEN.replace("x)", "1)"), **wish)
    assert (result.generation, result.resumed_at) == (2, "three")
    assert bench.ledger() == {"one": 2, "two": 2, "three": 1}
    assert [run.state.value for run in generations(bench)] == ["FAILED", "SUCCEEDED"]
    assert [run.restart_token for run in generations(bench)] == ["scheduled", "manual"]
    assert audit(bench) == [("restart", "alice", "dag_run.conf of r")]


def test_a_new_run_meets_the_wish_by_itself(bench: Any) -> None:
    """Its retries must not begin anew, and a step to begin at makes no sense."""
    wish = {"restart": Restart(), "token": "t"}
    with pytest.raises(StepFailed):
        bench.run(BROKEN, **wish)
    assert bench.run(BROKEN.replace("x)", "1)"), **wish).generation == 1
    with pytest.raises(StateError, match=r"nothing of run .* was ever run.*leave that out"):
        bench.run(TWO, key=f"{bench.key}-new", restart=Restart("two"), token="t")
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1}


def test_a_wish_may_name_the_step(bench: Any) -> None:
    """What stands before it keeps its result."""
    bench.run(TWO)
    result = bench.run(TWO, restart=Restart("two", "conf"), token="t", who="alice")
    assert (result.generation, result.resumed_at) == (2, "two")
    assert bench.ledger() == {"one": 1, "two": 2}
    with pytest.raises(StateError, match="has no step tow to begin at; it has one, two"):
        bench.run(TWO, restart=Restart("tow"), token="u")


def test_a_wish_passes_over_nothing_that_is_not_done(bench: Any) -> None:
    """Nothing is written; the run is where it was."""
    with pytest.raises(StepFailed):
        bench.run("-- @step zero\ninsert into t_ledger values ('zero', x);\n" + TWO)
    with pytest.raises(StateError, match="step zero stands before two and is FAILED"):
        bench.run(
            "-- @step zero\ninsert into t_ledger values ('zero', 1);\n" + TWO,
            restart=Restart("two"),
            token="t",
        )
    assert len(generations(bench)) == 1 and audit(bench) == []


def test_a_wish_answers_no_doubt(bench: Any, faults: Any) -> None:
    """What may be committed is a person's question, with the way out in the error."""
    text = "-- @step one\nbegin insert into t_ledger values ('one', 1); commit;\n"
    text += "raise_application_error(-20001, 'after'); end;\n/\n"
    with pytest.raises(InDoubt):
        bench.run(text)
    with pytest.raises(InDoubt, match="mark-done"):
        bench.run(text, restart=Restart(), token="t")
    assert len(generations(bench)) == 1
    assert bench.ledger() == {"one": 1}


@pytest.mark.parametrize(
    ("ahead", "numbers", "generation"),
    [
        # cleared; its worker's clock is behind
        (timedelta(minutes=-1), {"max_tries": 1, "try_number": 2}, 2),
        # cleared before the success was recorded, and frozen meanwhile
        (-HOUR, {"max_tries": 1, "try_number": 2}, 1),
        (timedelta(minutes=1), {"max_tries": 0, "try_number": 2}, 1),  # a retry, clock ahead
        (timedelta(minutes=1), {"max_tries": 0, "try_number": 1}, 2),  # deleted and made again
    ],
)
def test_a_clear_is_told_from_a_retry_though_clocks_differ(
    bench: Any, ahead: timedelta, numbers: dict[str, int], generation: int
) -> None:
    """Two workers' clocks differ by minutes; the task's numbers do not."""
    mine = me(bench, "r", shared=False)
    bench.run(TWO, identity=mine, began_at=NOW, max_tries=0, try_number=1)
    verbs.acknowledge(bench.target.connector(), mine, 1, NOW)
    result = bench.run(TWO, identity=mine, began_at=NOW + ahead, **numbers)
    assert result.generation == generation


def test_a_run_that_a_person_resumed_stays_the_task_s(bench: Any) -> None:
    """The command line knows the key only; the task's own retry reports success once."""
    mine = me(bench, "r", shared=False)
    with pytest.raises(StepFailed):
        bench.run(BROKEN, identity=mine)
    mended = BROKEN.replace("x)", "1)")
    bench.run(mended, identity=RunIdentity(run_key=mine.key))
    assert [(run.dag_id, run.task_id) for run in generations(bench, mine)] == [("d", "t")]
    assert not bench.run(mended, identity=mine, on_done="fail").finished_by


def test_a_file_may_be_renamed_but_not_exchanged(bench: Any) -> None:
    """A script is known by the name of its file, or by its text."""
    with pytest.raises(StepFailed):
        bench.run(BROKEN, name="etl/load.sql")
    with pytest.raises(StepFailed):
        bench.run(BROKEN, name="new/place/renamed.sql")
    with pytest.raises(StepFailed):
        bench.run(BROKEN.replace("x)", "y)"), name="C:\\etl\\load.sql")
    with pytest.raises(RunConflict, match="belongs to the script"):
        bench.run(TWO, name="other.sql")


def test_drift_shows_what_was_and_is(bench: Any) -> None:
    """With the way out; nothing is written."""
    with pytest.raises(StepFailed):
        bench.run(BROKEN)
    with pytest.raises(DriftError, match="step one is done, but its text was changed") as raised:
        bench.run(BROKEN.replace("'one', 1", "'one', 5"))
    assert raised.value.diff.splitlines()[2:] == [
        "@@ -2,1 +2,1 @@",
        "-insert into t_ledger values ('one', 1);",
        "+insert into t_ledger values ('one', 5);",
    ]
    assert "on_drift=accept" in str(raised.value)
    assert len(generations(bench)) == 1


def test_accepted_drift_is_kept_in_the_audit_and_accepted_once(bench: Any) -> None:
    """The run goes on; the next attempt, without the word, finds nothing to refuse."""
    with pytest.raises(StepFailed):
        bench.run(BROKEN)
    edited = BROKEN.replace("'one', 1", "'one', 5")
    with pytest.raises(StepFailed):
        bench.run(edited, on_drift="accept", who="alice")
    bench.run(edited.replace("x)", "1)"))
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1}
    said = "step one is done, but its text was changed afterwards"
    assert audit(bench) == [("accept-drift", "alice", said)]


def test_what_never_ran_cannot_be_accepted(bench: Any) -> None:
    """A step in front of what is done has no result to keep."""
    with pytest.raises(StepFailed):
        bench.run(BROKEN)
    new = "-- @step new\ninsert into t_ledger values ('new', 1);\n"
    with pytest.raises(DriftError, match="put step new behind what is done"):
        bench.run(new + BROKEN, on_drift="accept")
    result = bench.run(new + BROKEN.replace("x)", "1)"), on_drift="rerun", who="alice")
    assert (result.generation, result.resumed_at) == (2, None)
    assert bench.ledger() == {"new": 1, "one": 2, "two": 2, "three": 1}


def test_rerun_begins_at_the_first_changed_step(bench: Any) -> None:
    """Also of a run that was finished; what stands before it is taken over."""
    bench.run(TWO)
    edited = TWO.replace("'two', 1", "'two', 5")
    result = bench.run(edited, on_drift="rerun", who="alice")
    assert (result.generation, result.resumed_at) == (2, "two")
    assert bench.ledger() == {"one": 1, "two": 2}
    assert bench.run(edited, on_drift="rerun").generation == 2
    assert [line[0] for line in audit(bench)] == ["rerun-drift"]


@pytest.mark.parametrize("policy", ["accept", "rerun"])
def test_a_step_that_was_taken_out_leaves_nothing_to_rerun(bench: Any, policy: str) -> None:
    """Nothing of the script stands behind it: what is done stays done."""
    bench.run(TWO)
    shorter = TWO[: TWO.index("-- @step two")]
    result = bench.run(shorter, on_drift=policy)
    assert result.finished_before and result.generation == 1


def test_values_that_changed_are_named(bench: Any) -> None:
    """The run's own id may be another one where runs share a key."""
    text = "-- @step one\ninsert into t_ledger values (:region || :run_id, 1);\n"
    text += "-- @step two\ninsert into t_ledger values ('two', x);\n"
    for run_id in ("a", "b"):
        with pytest.raises(StepFailed):
            bench.run(text, parameters={"region": "EMEA"}, offered={"run_id": run_id})
    with pytest.raises(DriftError, match="with other values of :region\n") as raised:
        bench.run(text, parameters={"region": "APAC"}, offered={"run_id": "b"})
    assert "EMEA" not in str(raised.value) and "APAC" not in str(raised.value)


def test_a_wish_ends_what_it_takes_over(bench: Any) -> None:
    """A run that a person opened again is taken over as by any attempt, and keeps its end."""
    bench.run(TWO)
    verbs.mark_pending(
        bench.target.connector(),
        bench.identity(),
        "two",
        who="alice",
        why="late rows",
        options=RunOptions(),
        observe=bench.events.append,
    )
    result = bench.run(TWO, restart=Restart("two"), token="t")
    assert result.generation == 2
    assert [run.state.value for run in generations(bench)] == ["FAILED", "SUCCEEDED"]


@pytest.mark.parametrize("when", ["CUT_BEFORE", "CUT_AFTER"])
@pytest.mark.parametrize("edit", ["wish", "rerun"])
def test_a_new_generation_that_dies_is_made_once(
    bench: Any, faults: Any, when: str, edit: str
) -> None:
    """At whichever call its attempt dies, the next try ends with one new generation, not two."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    options: dict[str, Any] = {"restart": Restart(None, "conf"), "token": "t"}
    text = TWO
    if edit == "rerun":
        options, text = {"on_drift": "rerun"}, TWO.replace("'one', 1", "'one', 5")
    for victim in range(60):
        bench.key = f"{bench.key.split('#')[0]}#{victim}"
        bench.sql("delete from t_ledger")
        bench.run(TWO)
        calls: list[str] = []

        def hook(
            sid: int, name: str, sql: str, victim: int = victim, calls: list[str] = calls
        ) -> Any:
            calls.append(sql)
            return Action(Effect[when]) if len(calls) == victim + 1 else None

        faults.on_call(hook)
        with contextlib.suppress(ConnectFailed, DatabaseError):
            bench.run(text, **options)
        faults.clear()
        assert bench.run(text, **options).generation == 2
        assert bench.ledger() == {"one": 2, "two": 2}
        assert len(audit(bench)) == 1
        if len(calls) <= victim:
            return
    pytest.fail("the attempt never ended")
