"""Every example of the reference of run conditions is true."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from airflow_oracle_dag.control.calendars import own_calendar, public_calendar, surroundings
from airflow_oracle_dag.control.cron import CroniterDays
from airflow_oracle_dag.core.conditions import never_true, parse_condition
from airflow_oracle_dag.core.conditions.words import SYNONYMS, WORDS
from airflow_oracle_dag.core.decision import decide
from airflow_oracle_dag.core.errors import ConditionError
from airflow_oracle_dag.core.jobs import Job

PAGE = (Path(__file__).parents[3] / "docs" / "run-conditions.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[tuple[str, ...]]:
    """Return the rows of all tables with a heading, cell by cell."""
    found: list[tuple[str, ...]] = []
    inside = False
    for line in PAGE.splitlines():
        if line == heading:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            found.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
    return found


def days(text: str) -> set[int]:
    """Read ``1-3 7``."""
    found: set[int] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


MEANINGS = rows("| Condition | Runs on | in November 2026 |")
DECISIONS = rows("| Row | Decision for Friday, 2026-11-20 |")
REFUSALS = rows("| Condition | What is said | Cure |")


def test_the_tables_are_found():
    """Given that a test over no rows would prove nothing."""
    assert (len(MEANINGS), len(DECISIONS), len(REFUSALS)) == (40, 8, 11)


@pytest.mark.parametrize(("condition", "runs_on", "november"), MEANINGS)
def test_a_condition_runs_on_the_days_that_are_shown(condition, runs_on, november):
    """Given the calendar of Bavaria."""
    calendar = public_calendar("DE-BY")
    read = parse_condition(condition.strip("`"), CroniterDays())
    shown = {day for day in range(1, 31) if read.matches(date(2026, 11, day), calendar)}
    assert shown == days(november)


@pytest.mark.parametrize(("row", "expected"), DECISIONS)
def test_a_row_is_decided_as_shown(row, expected):
    """Given fields of a row, and noon in Berlin."""
    fields = dict(part.split("=", 1) for part in row.strip("`").split("` `"))
    job = Job.from_fields({"JobName": "J", **fields})
    decision = decide(job, datetime(2026, 11, 20, 11, tzinfo=UTC), surroundings("Europe/Berlin"))
    word, _, text = expected.partition(": ")
    if word == "error":
        assert decision.error.startswith(f"job J, {text}")
    else:
        assert decision.reason == text
        assert decision.should_run is (word == "yes")


@pytest.mark.parametrize(("condition", "what", "cure"), REFUSALS)
def test_a_text_is_refused_as_shown(condition, what, cure):
    """Given what people write by mistake."""
    with pytest.raises(ConditionError) as error:
        parse_condition(condition.strip("`"), CroniterDays())
    assert f"{error.value.message}, at position {error.value.position + 1}" == what
    assert error.value.cure == cure


def test_every_name_is_on_the_page():
    """Given the names that are not made of others."""
    prefixes = ("FIRST_", "SECOND_", "THIRD_", "FOURTH_", "FIFTH_", "LAST_")
    short = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
    months = {name for name, word in WORDS.items() if word.ring and word.ring[0] == "JANUARY"}
    made = {name for name in (*WORDS, *SYNONYMS) if name.startswith(prefixes)}
    weekdays = {"TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"}
    numbers = {name for name in WORDS if name.isdigit()}
    for name in {*WORDS, *SYNONYMS} - made - short - months - weekdays - numbers:
        assert f"`{name}`" in PAGE or f"`{name}," in PAGE or f" {name}`" in PAGE, name
    for prefix in prefixes:
        assert f"`{prefix}`" in PAGE


def test_the_calendar_that_is_shown_is_read():
    """Given its lines as they stand on the page."""
    lines = PAGE.split("```csv\n")[1].split("```")[0].splitlines()[1:]
    calendar = own_calendar("PLANT", [tuple(line.split(",")) for line in lines])  # type: ignore[misc]
    assert calendar.holiday(date(2026, 8, 3)) == "Summer shutdown"
    assert calendar.weekend == {4, 5}


def test_the_condition_that_is_never_true_is_never_true():
    """Given the example of the last paragraph."""
    assert "such as `30 and FEB`" in PAGE
    assert never_true(parse_condition("30 and FEB"))
