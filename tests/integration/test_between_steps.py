"""A runner asks between two steps whether it goes on; what was done stays done."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    DatabaseError,
    RunSkipped,
    RunStopped,
    StepFailed,
)
from airflow_oracle_dag.runtime.store import CheckpointReader

THREE = """\
-- @step one
insert into t_ledger values ('one', 1);
-- @step two
insert into t_ledger values ('two', 1);
-- @step three
insert into t_ledger values ('three', 1);
"""


class Flag:
    """Answer with a reason at the n-th question."""

    def __init__(self, at: int, answer: Any = "the flag is set") -> None:
        self.at = at
        self.answer = answer
        self.asked = 0

    def __call__(self) -> str | None:
        self.asked += 1
        if self.asked < self.at:
            return None
        if isinstance(self.answer, Exception):
            raise self.answer
        return str(self.answer)


def asking(bench: Any, question: Any, text: str = THREE) -> Any:
    """Make a runner that asks."""
    runner = bench.runner(text)
    runner.between_steps = question
    return runner


def recorded(bench: Any) -> Any:
    """Read the run's row."""
    session = OracleConnector(bench.target.connect, Tags()).open()
    try:
        return CheckpointReader(session).run(bench.identity().digest)
    finally:
        session.close()


@pytest.mark.parametrize(("at", "done"), [(1, ["one"]), (2, ["one", "two"])])
def test_a_reason_ends_the_attempt_between_two_steps(bench: Any, at: int, done: list[str]) -> None:
    """The step before is committed, the one after is not started, and the attempt has ended."""
    with pytest.raises(RunSkipped, match="the flag is set") as caught:
        asking(bench, Flag(at)).run()

    assert sorted(bench.ledger()) == sorted(done)
    assert caught.value.step == ["two", "three"][at - 1]
    assert list(bench.states().values()) == ["SUCCEEDED"] * at + ["PENDING"] * (3 - at)
    run = recorded(bench)
    assert (run.state.value, run.ended_at) == ("FAILED", None)
    assert run.attempt_ended_at is not None


def test_the_run_goes_on_where_it_ended(bench: Any) -> None:
    """Once nobody objects, the next attempt begins with the step that was not started."""
    with pytest.raises(RunSkipped):
        asking(bench, Flag(1)).run()

    result = bench.run(THREE)

    assert result.resumed_at == "two"
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1}
    assert [step.tries for step in result.steps] == [1, 1, 1]


def test_nothing_is_asked_before_the_first_step_and_after_the_last(bench: Any) -> None:
    """Three steps have two boundaries, one step has none."""
    question = Flag(99)
    asking(bench, question).run()

    assert question.asked == 2


def test_a_question_that_fails_costs_no_finished_step(bench: Any) -> None:
    """Its error is raised as it is, after the commit; a retry goes on from there."""
    with pytest.raises(ConnectFailed, match="no listener"):
        asking(bench, Flag(2, ConnectFailed("no listener", "ORA-12541"))).run()

    assert bench.ledger() == {"one": 1, "two": 1}
    assert bench.run(THREE).resumed_at == "three"


def test_a_database_error_of_the_question_is_not_taken_for_the_step_s(bench: Any) -> None:
    """The step that was done when the question failed is not blamed."""
    with pytest.raises(DatabaseError, match="ORA-00942"):
        asking(bench, Flag(1, DatabaseError("ORA-00942: not there", "ORA-00942"))).run()

    assert list(bench.states().values()) == ["SUCCEEDED", "PENDING", "PENDING"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_lost_while_ending_does_not_start_the_next_step(
    bench: Any, faults: Any, moment: str
) -> None:
    """Cut before or after the commit of the ending: found out, and still not gone on."""

    def question() -> str:
        faults.cut(moment, sql=":halted")
        return "the flag is set"

    with pytest.raises(RunSkipped):
        asking(bench, question).run()

    assert "two" not in bench.ledger()
    assert bench.run(THREE).resumed_at == ("one" if moment == "before" else "two")
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1}


def test_a_step_that_cannot_be_committed_has_failed_whatever_the_answer(bench: Any) -> None:
    """A deferred constraint speaks at the commit: the step is FAILED, not skipped after."""
    bench.sql("create table t_made (n number constraint t_made_n unique deferrable)")
    script = (
        "-- @step one\nset constraints all deferred;\ninsert into t_made values (1);\n"
        "insert into t_made values (1);\n-- @step two\ninsert into t_ledger values ('two', 1);\n"
    )
    with pytest.raises(StepFailed):
        asking(bench, Flag(1), script).run()

    assert bench.states() == {"one": "FAILED", "two": "PENDING"}


def test_a_wish_to_stop_that_comes_with_the_question_rolls_back(bench: Any) -> None:
    """Killed while asking: the step is not committed any more, and runs again."""
    runner = bench.runner(THREE)

    def question() -> None:
        runner.cancel("killed")

    runner.between_steps = question
    with pytest.raises(RunStopped, match="killed"):
        runner.run()

    assert bench.ledger() == {}
    assert bench.run(THREE).resumed_at == "one"


def test_a_question_costs_the_run_no_round_trip(bench: Any, faults: Any) -> None:
    """The runner's own calls are the same with and without it, and ending early adds none."""
    counts = []
    for question in (None, Flag(99), Flag(2)):
        seen: list[str] = []
        faults.on_call(lambda sid, name, sql, seen=seen: seen.append(name))
        runner = bench.runner(THREE, key=f"{bench.key}-{len(counts)}")
        runner.between_steps = question
        with contextlib.suppress(RunSkipped):
            runner.run()
        counts.append(len(seen))
    faults.on_call(None)

    assert counts[1] == counts[0]
    assert counts[2] == counts[0] - 2
