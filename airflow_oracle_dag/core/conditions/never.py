"""Whether a condition is true on any day at all: what a check of rows warns about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Iterator

from airflow_oracle_dag.core.conditions.calendar import NO_CALENDAR, Calendar
from airflow_oracle_dag.core.conditions.tree import RunCondition


def never_true(condition: RunCondition, calendar: Calendar = NO_CALENDAR) -> bool:
    """Tell whether there is no day that a condition means.

    Exact for conditions that ask for no holidays: whether they mean a day depends on its month, its
    number, its day of the week and the length of its month only, so the fourteen kinds of years of
    the Gregorian calendar show every case. For the others it holds for the years that the calendar
    knows: a century for public holidays, and for an own calendar the years that it has days of.
    """
    known = calendar if condition.calendar_words else NO_CALENDAR
    return not any(
        condition.matches(day, calendar) for year in known.years for day in _days_of(year)
    )


def _days_of(year: int) -> Iterator[date]:
    first, days = date(year, 1, 1), (date(year, 12, 31) - date(year, 1, 1)).days + 1
    return (first + timedelta(days=number) for number in range(days))
