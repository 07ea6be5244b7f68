"""Who finished a run, and what becomes of an attempt that comes later: by table."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Dict, Optional

import pytest

from airflow_oracle_dag.core.finished import (
    Asker,
    Then,
    decide_finished,
    finished_by,
    is_anothers,
    is_cleared,
)
from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.core.states import State

NOON = datetime(2026, 11, 20, 12)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
ME = Asker("d", "t", None, "r", began_at=NOON + HOUR)


def run(**changes: object) -> RunRow:
    """Return a run that task t of DAG run r finished at noon, as Airflow knows."""
    made = RunRow(
        *("h", 1, "default", "k", "d", "t", None, "r", "s.sql", "x", "DB", "PDB"),
        *(State.SUCCEEDED, NOON - HOUR, NOON, NOON, 1, NOON - HOUR, NOON, None),
        *(None, None, None, None, "host:7"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("then", "now", "later", "expected"),
    [
        (None, None, SECOND, True),
        (None, None, -SECOND, False),
        # a clear raises max_tries, though the clocks of two workers differ
        ((1, 0), (2, 1), -SECOND, True),
        # cleared before, reported by its retry, and only then thawed
        ((1, 0), (2, 1), -HOUR, False),
        # a retry that waited for the attempt before it, with a clock that is ahead
        ((1, 1), (2, 1), SECOND, False),
        # a DAG run that was deleted and made again begins with its first try
        ((1, 1), (1, 1), SECOND, True),
        # retries= was lowered before the clear, so that max_tries is the same by chance
        ((1, 2), (2, 2), HOUR, True),
        ((1, 1), None, SECOND, True),
    ],
)
def test_what_counts_as_cleared(
    then: Optional[tuple[int, int]],
    now: Optional[tuple[int, int]],
    later: timedelta,
    expected: bool,
) -> None:
    """The task's own numbers (try, max_tries) go before clocks that differ a little."""
    names = ("try_number", "max_tries")
    held: Dict[str, object] = dict(zip(names, then or (None, None)))
    mine: Dict[str, object] = dict(zip(names, now or (None, None)))
    asker = replace(ME, began_at=NOON + later, **mine)  # type: ignore[arg-type]
    assert is_cleared(run(**held), asker) is expected


def test_nothing_is_cleared_before_it_was_acknowledged() -> None:
    """Airflow never took note of the success: it is reported once more."""
    asker = replace(ME, max_tries=9, try_number=9)
    assert not is_cleared(run(acknowledged_at=None, max_tries=0, try_number=1), asker)
    assert not is_cleared(run(), replace(asker, began_at=None))


@pytest.mark.parametrize(
    ("asker", "expected"),
    [
        (ME, False),
        (replace(ME, run_id="other"), False),
        (replace(ME, shares_key=True), False),
        (replace(ME, shares_key=True, run_id="other"), True),
        (replace(ME, shares_key=True, map_key="1"), True),
        (Asker(shares_key=True), True),
    ],
)
def test_whose_a_run_is(asker: Asker, expected: bool) -> None:
    """A key that the task's parts make is its own, whoever ran it; a shared one is asked about."""
    assert is_anothers(run(), asker) is expected


@pytest.mark.parametrize(
    ("on_done", "made", "expected"),
    [
        ("success", False, Then.REPORT),
        ("skip", False, Then.REPORT),
        ("restart", False, Then.ANEW),
        ("restart", True, Then.REPORT),
        ("fail", False, Then.REFUSE),
    ],
)
def test_another_run_s_success(on_done: str, made: bool, expected: Then) -> None:
    """on_done decides; a restart counts once."""
    other = replace(ME, shares_key=True, run_id="other")
    assert decide_finished(run(), other, on_done, made=made) is expected


@pytest.mark.parametrize("on_done", ["success", "skip", "restart", "fail"])
def test_one_s_own_success_is_none_of_on_done_s_business(on_done: str) -> None:
    """It is reported once, and after a clear the script runs anew."""
    mine = replace(ME, shares_key=True)
    assert decide_finished(run(acknowledged_at=None), mine, on_done, made=False) is Then.REPORT
    assert decide_finished(run(), mine, on_done, made=False) is Then.ANEW


def test_who_finished_it_is_named() -> None:
    """A DAG run with its task, or a command line with its host."""
    assert finished_by(run(map_key="3")) == (
        "finished at 2026-11-20 12:00:00 UTC by DAG run r of d.t [3], as generation 1"
    )
    assert finished_by(run(run_id=None)).endswith("from the command line, host:7, as generation 1")
