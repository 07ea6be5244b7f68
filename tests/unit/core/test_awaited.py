"""Whether what somebody waits for has come."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Optional

import pytest

from airflow_oracle_dag.core.awaited import Outcome, judge_runs, judge_state, state_of
from airflow_oracle_dag.core.jobs import JobRun
from airflow_oracle_dag.core.states import State


def run(name: str, state: State, reason: str = "") -> JobRun:
    """Make a job's run."""
    return JobRun("default", name, "key", datetime(2026, 11, 20), state, reason=reason)


def judge(state: Optional[State], reason: str = "", **options: bool) -> Outcome:
    """Judge one job."""
    runs = {} if state is None else {"A": run("A", state, reason)}
    given = {"fail_on_failure": False, "skipped_is_done": False, **options}
    return judge_runs(["A"], runs, **given).outcome


@pytest.mark.parametrize(
    ("state", "reason", "plain", "failing", "skipping"),
    [
        (None, "", "waiting", "waiting", "waiting"),
        (State.RUNNING, "", "waiting", "waiting", "waiting"),
        (State.SUCCEEDED, "", "reached", "reached", "reached"),
        (State.FAILED, "x", "waiting", "failed", "waiting"),
        (State.IN_DOUBT, "x", "waiting", "failed", "waiting"),
        (State.SKIPPED, "not today", "waiting", "waiting", "reached"),
        (State.SKIPPED, "blocked: B is FAILED", "waiting", "failed", "waiting"),
    ],
)
def test_each_state_of_a_job_has_its_meaning(
    state: Optional[State], reason: str, plain: str, failing: str, skipping: str
) -> None:
    """Plainly, with `fail_on_failure`, with `skipped_is_done`."""
    assert judge(state, reason).value == plain
    assert judge(state, reason, fail_on_failure=True).value == failing
    assert judge(state, reason, skipped_is_done=True).value == skipping


def test_all_jobs_must_be_done_and_the_others_are_named() -> None:
    """The text counts them and names the first that are not."""
    runs = {"A": run("A", State.SUCCEEDED), "B": run("B", State.FAILED, "ORA-00942")}
    names = ["A", "B", *(f"C{number}" for number in range(6))]
    sight = judge_runs(names, runs, fail_on_failure=False, skipped_is_done=False)

    assert sight.outcome is Outcome.WAITING
    assert sight.text.startswith("1 of 8 jobs are done, not yet: B (FAILED: ORA-00942), C0 (no run")
    assert sight.text.endswith("and 2 more")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["READY   "], ["READY"]),
        ([1], [Decimal("1.0")]),
        ([1.5], [Decimal("1.50")]),
        ([100], [Decimal("1E+2")]),
        ([""], [None]),
        ([date(2026, 11, 20)], [datetime(2026, 11, 20)]),
    ],
)
def test_what_oracle_takes_for_the_same_is_the_same(one: list, other: list) -> None:
    """Blanks of a CHAR, forms of a number, the empty text and NULL."""
    assert state_of(one) == state_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([None], None),
        (["NULL"], [None]),
        (["no row"], None),
        (["a", "b"], ["a"]),
        (["a,b"], ["a", "b"]),
        (["ready"], ["READY"]),
    ],
)
def test_what_differs_is_written_differently(one: list, other: Optional[list]) -> None:
    """No row is no NULL, and columns cannot run together."""
    assert state_of(one) != state_of(other)


def test_without_a_value_any_change_from_the_first_state_counts() -> None:
    """The first look can only remember."""
    first = judge_state(state_of([1]), None)
    assert first.outcome is Outcome.WAITING
    assert judge_state(state_of([1]), first.state).outcome is Outcome.WAITING
    assert judge_state(state_of([2]), first.state).outcome is Outcome.REACHED
    assert judge_state(state_of(None), first.state).outcome is Outcome.REACHED


@pytest.mark.parametrize(
    ("state", "outcome"), [("DONE", "reached"), ("BAD", "failed"), ("NEW", "waiting")]
)
def test_with_values_they_decide(state: str, outcome: str) -> None:
    """What it becomes ends the waiting well, what it fails on ends it badly."""
    sight = judge_state(state_of([state]), None, becomes=["DONE", "OVER"], fails_on=["BAD"])
    assert sight.outcome.value == outcome
