"""What can have been committed is decided by a probe or by a person, never guessed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import (
    ConnectionLost,
    DatabaseError,
    InDoubt,
    StepFailed,
    UnknownRun,
)
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.store import CheckpointReader

COMMITS_INSIDE = """\
-- @step load
begin
  insert into t_ledger values ('inside', 1);
  commit;
  insert into t_ledger values ('open', 1);
end;
/
-- @step after
insert into t_ledger values ('after', 1);
"""


def cut_twice(faults: Any, sql: str) -> None:
    """Cut the connection during the statement, in the first try and in the recovery's."""
    faults.cut("during", sql=sql, times=None)


def test_a_block_that_commits_and_dies_is_in_doubt(bench: Any, faults: Any) -> None:
    """Its lost reply raises InDoubt; nothing is repeated, nothing is skipped."""
    cut_twice(faults, "'inside'")

    with pytest.raises(InDoubt, match="mark-done") as caught:
        bench.run(COMMITS_INSIDE)

    assert caught.value.step == "load"
    assert bench.states() == {"load": "IN_DOUBT", "after": "PENDING"}
    assert bench.ledger() == {"inside": 1}
    faults.clear()
    with pytest.raises(InDoubt):
        bench.run(COMMITS_INSIDE)
    assert bench.ledger() == {"inside": 1}


def test_a_probe_that_fails_says_how_to_go_on(bench: Any, faults: Any) -> None:
    """Nothing is decided; the mended probe answers in the next attempt."""
    faults.cut("during", sql="'inside'", times=1)
    probed = COMMITS_INSIDE.replace("load\n", "load\n-- @probe select 1 from t_nowhere\n", 1)

    with pytest.raises(StepFailed, match=r"\.sql:2: the @probe .* mend the probe"):
        bench.run(probed)

    assert bench.states()["load"] == "RUNNING"
    bench.run(probed.replace("t_nowhere", "t_ledger where entry = 'inside'"))
    assert bench.ledger() == {"inside": 1, "after": 1}


@pytest.mark.parametrize(
    ("verb", "state", "ledger"),
    [
        (verbs.mark_done, "SUCCEEDED", {"inside": 1, "after": 1}),
        (verbs.mark_pending, "PENDING", {"inside": 2, "open": 1, "after": 1}),
    ],
)
def test_a_person_may_speak_before_any_takeover(
    bench: Any, faults: Any, verb: Any, state: str, ledger: Any
) -> None:
    """Of a step that its attempt left running: doubt and answer are one transaction."""
    faults.cut("during", sql="'inside'", times=1)
    faults.raise_error(1013, sql="(?i)odag_canary.*for update", times=1)
    with pytest.raises(DatabaseError, match="ORA-01013"):
        bench.run(COMMITS_INSIDE)
    assert bench.states() == {"load": "RUNNING", "after": "PENDING"}

    said = verb(
        bench.target.connector(),
        bench.identity(),
        "load",
        who="alice",
        why="looked at the ledger",
        options=RunOptions(),
        observe=bench.events.append,
    )

    assert (said.state.value, bench.states()["load"]) == (state, state)
    bench.run(COMMITS_INSIDE)
    assert bench.ledger() == ledger


@pytest.mark.parametrize(("probed", "expected"), [("inside", 1), ("never", 2)])
def test_a_probe_answers(bench: Any, faults: Any, probed: str, expected: int) -> None:
    """A row means done: the run goes on after the step; no row means that it runs again."""
    faults.cut("during", sql="'inside'", times=1)
    script = COMMITS_INSIDE.replace(
        "-- @step load",
        f"-- @step load\n-- @probe select 1 from t_ledger where entry = '{probed}'",
    )

    result = bench.run(script)

    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 2
    assert bench.ledger()["inside"] == expected
    assert bench.ledger()["after"] == 1


def test_a_probe_added_later_answers_too(bench: Any, faults: Any) -> None:
    """The edited script of the next attempt may bring the probe."""
    cut_twice(faults, "'inside'")
    with pytest.raises(InDoubt):
        bench.run(COMMITS_INSIDE)
    faults.clear()

    result = bench.run(
        COMMITS_INSIDE.replace(
            "-- @step load",
            "-- @step load\n-- @probe select 1 from t_ledger where entry = 'inside'",
        )
    )

    assert result.resumed_at == "after"
    assert bench.ledger() == {"inside": 1, "after": 1}


def test_repeatable_runs_again(bench: Any, faults: Any) -> None:
    """Its author said that a repetition does no harm."""
    faults.cut("during", sql="'inside'", times=1)

    bench.run(COMMITS_INSIDE.replace("@step load", "@step load repeatable"))

    assert bench.ledger()["inside"] == 2


def test_a_block_that_failed_after_its_commit_is_in_doubt(bench: Any) -> None:
    """The transaction that was marked is not the one that failed."""
    with pytest.raises(InDoubt):
        bench.run(
            "begin insert into t_ledger values ('inside', 1); commit; "
            "raise_application_error(-20001, 'late'); end;\n/\n"
        )

    assert bench.states() == {"step_1": "IN_DOUBT"}


def test_a_block_that_rolls_back_and_commits_is_in_doubt(bench: Any) -> None:
    """ROLLBACK takes the mark with it; the transaction's id still tells."""
    with pytest.raises(InDoubt):
        bench.run(
            "begin rollback; insert into t_ledger values ('inside', 1); commit; "
            "raise_application_error(-20001, 'late'); end;\n/\n"
        )

    assert bench.ledger() == {"inside": 1}


def test_an_opaque_block_that_did_not_commit_is_failed(bench: Any) -> None:
    """Its COMMIT was not reached, and the transaction's id proves it."""
    with pytest.raises(StepFailed):
        bench.run(
            "begin insert into t_ledger values ('inside', 1); "
            "raise_application_error(-20001, 'early'); commit; end;\n/\n"
        )

    assert bench.states() == {"step_1": "FAILED"}
    assert bench.ledger() == {}


def test_a_ddl_that_died_is_in_doubt_without_a_probe(bench: Any, faults: Any) -> None:
    """Its own commit carried the mark; what more than one change did, only a probe can say."""
    cut_twice(faults, "alter table t_numbers")

    with pytest.raises(InDoubt, match="it changes more than one thing"):
        bench.run("alter table t_numbers add (a number, b number);")

    assert bench.states() == {"step_1": "IN_DOUBT"}


def test_a_ddl_that_never_arrived_runs_again(bench: Any, faults: Any) -> None:
    """The cut came before the server had the statement: the mark was rolled back."""
    faults.cut("before", sql="create table t_made", times=1)

    result = bench.run("create table t_made (n number);")

    assert result.steps[0].state is State.SUCCEEDED and result.steps[0].tries == 2


def test_a_probe_decides_about_a_ddl(bench: Any, faults: Any) -> None:
    """The table is there: the step is done without a second CREATE."""
    faults.cut("during", sql="create table t_made", times=1)

    result = bench.run(
        "-- @probe select 1 from user_tables where table_name = 'T_MADE'\n"
        "create table t_made (n number);"
    )

    assert result.steps[0].state is State.SUCCEEDED and result.steps[0].tries == 1


def doubtful(bench: Any, faults: Any) -> None:
    """Leave a run whose first step is in doubt."""
    cut_twice(faults, "'inside'")
    with pytest.raises(InDoubt):
        bench.run(COMMITS_INSIDE)
    faults.clear()


def say(bench: Any, verb: Any, step: str, why: str = "looked at the ledger") -> Any:
    """Use a verb as a person would."""
    return verb(
        bench.target.connector(),
        bench.identity(),
        step,
        who="alice",
        why=why,
        options=RunOptions(),
        observe=bench.events.append,
    )


def audit(bench: Any) -> list[Any]:
    """Return what the audit kept of the bench's run."""
    return list(
        bench.sql(
            "select verb, who, why, detail from odag_audit where run_hash = :h",
            h=bench.identity().digest,
        )
    )


def test_mark_done_lets_the_run_go_on_after_the_step(bench: Any, faults: Any) -> None:
    """A person's word settles the doubt and is audited with who and why."""
    doubtful(bench, faults)
    bench.events.clear()

    say(bench, verbs.mark_done, "load")
    assert not bench.said("decision"), "that a person must say is said to nobody who does"
    result = bench.run(COMMITS_INSIDE)

    assert result.resumed_at == "after"
    assert bench.ledger() == {"inside": 1, "after": 1}
    assert audit(bench) == [("mark-done", "alice", "looked at the ledger", "IN_DOUBT -> SUCCEEDED")]


def test_mark_pending_lets_the_step_run_again(bench: Any, faults: Any) -> None:
    """The person undid the half and says so."""
    doubtful(bench, faults)
    bench.sql("delete from t_ledger")

    say(bench, verbs.mark_pending, "1")
    bench.run(COMMITS_INSIDE)

    assert bench.ledger() == {"inside": 1, "open": 1, "after": 1}
    assert [row[0] for row in audit(bench)] == ["mark-pending"]


def test_the_last_step_marked_done_finishes_the_run(bench: Any) -> None:
    """Nothing is left to run, so the run is a success."""
    with pytest.raises(StepFailed):
        bench.run("-- @step only\nselect x from dual;")

    say(bench, verbs.mark_done, "only")

    assert bench.run("-- @step only\nselect x from dual;").finished_before


def test_verbs_refuse_what_does_not_fit(bench: Any) -> None:
    """No run, no step, a state that forbids it, no reason: nothing is written."""
    with pytest.raises(UnknownRun):
        say(bench, verbs.mark_done, "a")
    bench.run("-- @step a\ninsert into t_ledger values ('a', 1);")
    with pytest.raises(UnknownRun, match="has no step b; it has a"):
        say(bench, verbs.mark_done, "b")
    with pytest.raises(
        StateError,
        match="step a: mark-done does not fit a step that is SUCCEEDED; possible: mark-pending",
    ):
        say(bench, verbs.mark_done, "a")
    with pytest.raises(ValueError, match="say why"):
        say(bench, verbs.mark_pending, "a", why=" ")
    assert audit(bench) == []
    assert bench.states() == {"a": "SUCCEEDED"}


def test_an_acknowledged_run_that_is_started_again_is_a_new_generation(bench: Any) -> None:
    """Only an attempt that began after the acknowledgement runs the script again."""
    me = RunIdentity(dag_id="d", task_id="t", map_key="-1", run_id=bench.key)
    script = "insert into t_ledger values ('a', 1);"
    began = datetime.now(timezone.utc)
    bench.run(script, identity=me, began_at=began)

    cleared_early = bench.run(script, identity=me, began_at=began + timedelta(minutes=1))
    assert cleared_early.finished_before and cleared_early.generation == 1

    at = began + timedelta(minutes=2)
    assert verbs.acknowledge(bench.target.connector(), me, 1, at)
    assert not verbs.acknowledge(bench.target.connector(), me, 1, at)
    zombie = bench.run(script, identity=me, began_at=began)
    assert zombie.finished_before
    command_line = bench.run(script, identity=me)
    assert command_line.finished_before

    again = bench.run(script, identity=me, began_at=at + timedelta(minutes=1))

    assert again.generation == 2 and not again.finished_before
    assert bench.ledger() == {"a": 2}


def test_history_keeps_every_try(bench: Any, faults: Any) -> None:
    """A failed, a lost and a successful try of one step are three rows, never changed."""
    script = "-- @step a\ninsert into t_numbers values (1);"
    bench.sql("insert into t_numbers (n) values (1)")
    with pytest.raises(StepFailed):
        bench.run(script)
    bench.sql("delete from t_numbers")
    faults.cut("before", sql="insert into t_numbers", times=2)
    with pytest.raises(ConnectionLost):
        bench.run(script)
    faults.clear()
    bench.run(script)

    session = bench.target.connector().open()
    try:
        history = CheckpointReader(session).attempts(bench.identity().digest, 1)
    finally:
        session.close()

    assert [row.state.value for row in history] == ["FAILED", "FAILED", "FAILED", "SUCCEEDED"]
    assert history[0].error_code == "ORA-00001" and history[1].error_code is None
    assert "nothing of this step was committed" in (history[1].reason or "")
