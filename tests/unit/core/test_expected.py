"""What a step takes as a rule is learned from what it took, and told once when it takes longer."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.expected import (
    FEWEST,
    Expectation,
    Overdue,
    Reminder,
    declared,
    learned,
)

TEN_MINUTES = [600.0] * FEWEST


def limit(durations: list[float]) -> float:
    """Return the seconds that are learned."""
    found = learned(durations)
    assert found is not None
    return found.seconds


def test_too_few_runs_teach_nothing() -> None:
    """Eight are asked for."""
    assert learned(TEN_MINUTES[:-1]) is None
    assert learned(TEN_MINUTES) is not None


def test_runs_that_are_all_alike_leave_room() -> None:
    """Three times a spread of a quarter: a little less than twice as long."""
    assert limit(TEN_MINUTES) == pytest.approx(600 * 1.25**3)


def test_one_bad_day_does_not_move_it() -> None:
    """The median and the distance from it are those of the others."""
    assert limit([*TEN_MINUTES, 86400.0]) == pytest.approx(limit([*TEN_MINUTES, 600.0]))


def test_runs_that_spread_are_given_more_time() -> None:
    """By factors: half and double are as far from the middle."""
    spread = [300.0, 600.0, 1200.0] * 3

    assert limit(spread) == pytest.approx(600 * math.exp(3 * 1.4826 * math.log(2)))


def test_short_steps_are_not_told_of() -> None:
    """A step of ten milliseconds that takes a second is nobody's concern."""
    assert limit([0.01] * 20) == 60
    assert limit([0.0] * 20) == 60


@given(st.lists(st.floats(0.001, 1e6), min_size=FEWEST, max_size=60), st.floats(0.01, 100.0))
def test_it_goes_with_the_unit_and_never_below_the_middle(
    durations: list[float], factor: float
) -> None:
    """All runs so many times as long: the expectation is, too, but for the least."""
    most = limit(durations)
    scaled = limit([max(one * factor, 0.001) for one in durations])
    middle = sorted(durations)[(len(durations) - 1) // 2]

    assert most >= middle
    if min(most, most * factor, scaled) > 60.001 and min(durations) * factor > 0.001:
        assert scaled == pytest.approx(most * factor, rel=1e-6)


def test_its_source_is_named() -> None:
    """So that the reader of the warning knows what to change."""
    found = learned(TEN_MINUTES)

    assert found is not None and found.source == "learned from 8 runs, 10 min as a rule"
    assert declared(90).source == "expected_minutes of the step"


def test_each_step_and_the_run_are_told_of_once() -> None:
    """While they run, and only when they take longer."""
    reminder = Reminder("k", 2, {"load": declared(60), None: declared(600, "the job")})

    assert reminder.check("load", 60) is None
    assert reminder.check("other", 9999) is None
    told = reminder.check("load", 61)
    assert told is not None and told.text == (
        "step load of run k takes longer than expected: 1 min 1 s so far, expected at most 1 min "
        "(expected_minutes of the step); it goes on"
    )
    assert reminder.check("load", 70) is None
    whole = reminder.check(None, 601)
    assert whole is not None and whole.text.startswith("run k takes longer")
    assert reminder.check(None, 700) is None


def test_what_was_told_before_is_not_told_again() -> None:
    """A deferred task that goes on knows what it told; "" is the run."""
    expectations = {"load": declared(60), "sum": declared(60), None: declared(600)}
    reminder = Reminder("k", 2, expectations, ["load", ""])

    assert list(reminder.left) == ["sum"]
    assert reminder.check("load", 99) is None and reminder.check(None, 999) is None
    assert reminder.check("sum", 99) is not None
    assert reminder.left == {} and reminder.told == ["load", None, "sum"]


def test_facts_are_what_json_knows() -> None:
    """For a callback that sends them on."""
    facts = Overdue("k", None, 3, 61.5, Expectation(60.0, "said")).facts

    assert json.loads(json.dumps(facts)) == facts
    assert (facts["step"], facts["seconds"], facts["expected_seconds"]) == (None, 61.5, 60.0)
