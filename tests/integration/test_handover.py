"""Steps that run in a job of the database: handed over once, and found again by whoever comes."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import (
    CheckFailed,
    CodeNotCompiled,
    RunSkipped,
    StepFailed,
)
from tests.integration.handed_jobs import (
    EVERYTHING,
    MIXED,
    handed,
    held,
    is_over,
    jobs,
    row,
    until,
)


@pytest.fixture(autouse=True)
def _gate(bench: Any) -> None:
    """Give the row that a test may lock to hold a job where it is."""
    bench.sql("insert into t_numbers values (1)")


def test_a_job_runs_what_stands_between_the_workers_steps(bench: Any) -> None:
    """Each segment is an attempt of its own; output, rows and states are as a worker has them."""
    result = bench.run(MIXED)

    assert bench.ledger() == EVERYTHING
    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 4
    assert [step.attempt for step in result.steps] == [1, 2, 2, 3]
    assert [step.rows for step in result.steps] == [1, 2, 0, 1]
    assert result.steps[1].output == ("said second",)
    assert (result.attempt, result.resumed_at, result.finished_before) == (3, None, False)
    assert jobs(bench) == []
    assert any("said third" in text for text in bench.said("output"))


def test_the_option_sends_every_step_there_and_a_step_may_say_otherwise(bench: Any) -> None:
    """A run that begins with a job has no attempt of a worker that would have to end first."""
    text = MIXED.replace(" run_on=database", "").replace(
        "@step fourth", "@step fourth run_on=worker"
    )

    result = bench.run(text, run_on="database")

    assert [step.attempt for step in result.steps] == [2, 2, 2, 3]
    assert bench.ledger() == EVERYTHING


def test_who_does_not_wait_is_told_for_what_to_wait(bench: Any) -> None:
    """And reports the rest when he comes back."""
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench, MIXED.replace("third run", "third timeout=2m run"))

        assert (waiting.first_step, waiting.last_step, waiting.attempt) == (2, 3, 2)
        assert waiting.deadlines == {3: 120.0}
        assert waiting.run_key == bench.key
        assert jobs(bench) == [waiting.job_name]
    until(lambda: is_over(bench, 2))

    result = bench.run(MIXED.replace("third run", "third timeout=2m run"), waited_for=2)

    assert result.waiting is None and not result.finished_before
    assert result.steps[2].output == ("said third",)
    assert bench.ledger() == EVERYTHING


def test_a_script_that_ends_in_the_database_is_finished_by_the_job(bench: Any) -> None:
    """Who comes back has nothing to take over, and reports no older success."""
    text = MIXED.replace("@step fourth", "@step fourth run_on=database")
    handed(bench, text)
    until(lambda: is_over(bench, 2))

    result = bench.run(text, waited_for=2)

    assert (result.attempt, result.finished_before) == (2, False)
    assert bench.run(text).finished_before
    assert bench.ledger() == EVERYTHING


def test_a_try_that_comes_while_the_job_runs_attaches(bench: Any) -> None:
    """Nobody starts a second job, whoever comes how often."""
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench)
        until(lambda: row(bench, 2)[0])

        assert handed(bench) == waiting
        assert handed(bench, orphan="fail") == waiting
        assert jobs(bench) == [waiting.job_name]

    assert bench.run(MIXED).attempt == 3
    assert bench.ledger() == EVERYTHING


ENDS = [
    ("insert into t_missing values (1);", StepFailed, "ORA-00942"),
    (
        "-- @check rows_loaded\nselect 0 as loaded from dual;",
        CheckFailed,
        "@check rows_loaded is not true: LOADED = 0",
    ),
    ("-- @expect rows = 3\ndelete from t_numbers;", CheckFailed, "DELETE changed 1 row"),
    (
        "begin\n  null;\n  raise_application_error(-20001, 'no');\nend;\n/",
        StepFailed,
        "ORA-20001: no",
    ),
    (
        "create procedure p_handed as begin nothing_there; end;\n/",
        CodeNotCompiled,
        "nothing_there|NOTHING_THERE",
    ),
]


@pytest.mark.parametrize(("statement", "kind", "said"), ENDS)
def test_an_error_of_the_job_is_told_as_the_workers_own(
    bench: Any, statement: str, kind: type[StepFailed], said: str
) -> None:
    """Line, step, cure and words are the same; mended, the run is resumed at that step."""
    first = "-- @step first\ninsert into t_ledger values ('first', 1);\n-- @step second"
    drops = "create" in statement
    errors = []
    for place in ("worker", "database"):
        with pytest.raises(kind, match=said) as raised:
            bench.run(f"{first} run_on={place}\n{statement}\n", key=f"{bench.key}/{place}")
        errors.append(raised.value)
        if drops:
            bench.sql("drop procedure p_handed")
    here, there = errors

    assert (there.step, there.line, there.code) == (here.step, here.line, here.code)
    assert str(there).replace("/database, attempt 2", "/worker, attempt 1") == str(here)
    assert bench.ledger() == {"first": 2}

    mended = f"{first} run_on=database\ninsert into t_ledger values ('mended', 1);\n"
    assert bench.run(mended, key=f"{bench.key}/database").steps[1].tries == 2
    assert bench.ledger() == {"first": 2, "mended": 1}


def test_one_step_at_a_time(bench: Any) -> None:
    """A task for each step, as a group of tasks has it: each hands over no more than its own."""
    for count, name in enumerate(EVERYTHING, 1):
        result = bench.run(MIXED, until_step=name)

        assert [step.state.value for step in result.steps].count("SUCCEEDED") == count
        assert result.waiting is None
        assert sorted(bench.ledger()) == sorted(list(EVERYTHING)[:count])

    assert bench.ledger() == EVERYTHING


def test_a_run_that_ends_between_two_steps_hands_nothing_over(bench: Any) -> None:
    """It is asked before the first step of a job as before any other."""
    runner = bench.runner(MIXED)
    runner.between_steps = lambda: "the flag is set"

    with pytest.raises(RunSkipped) as raised:
        runner.run()

    assert raised.value.step == "second"
    assert jobs(bench) == []
    assert bench.ledger() == {"first": 1}


def test_places_may_alternate(bench: Any) -> None:
    """A job for each stretch of steps; each stretch is an attempt."""
    places = ["database", "worker", "database", "database", "worker", "database"]
    text = "".join(
        f"-- @step s{no} run_on={place}\ninsert into t_ledger values ('s{no}', 1);\n"
        for no, place in enumerate(places)
    )

    result = bench.run(text)

    assert [step.attempt for step in result.steps] == [2, 3, 4, 4, 5, 6]
    assert bench.ledger() == {f"s{no}": 1 for no in range(6)}
    assert len([told for told in bench.said("step") if "SUCCEEDED" in told]) == 6
