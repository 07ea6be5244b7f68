"""The days of a cron expression, as croniter reads them, and so as Airflow's schedules do.

Where both day fields are given, cron means either: ``1-7 * MON`` is the first seven days of a month
and every Monday. croniter counts ``*/2`` as given. ``L``, ``15W`` and ``MON#2`` are its extensions;
``H`` and ``R`` would draw lots and are refused.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from croniter import (  # type: ignore[import-untyped]  # it has no types of its own
    CroniterBadDateError,
    CroniterError,
    croniter,
)

_NAMES = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "L", "W"}
_MONTHS = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
_ALPHABET = re.compile(r"[0-9A-Z*,/#? -]+", re.ASCII)
_LETTERS = re.compile(r"[A-Z]+", re.ASCII)


class CroniterDays:
    """Knows the days of the three day fields: day of month, month, day of week."""

    def check(self, expression: str) -> str | None:
        """Return what is wrong with it, None when nothing is.

        :param expression: in capitals.
        """
        if not _ALPHABET.fullmatch(expression):
            return "cron has digits, names, and * , - / # ? only"
        unknown = set(_LETTERS.findall(expression)) - _NAMES - _MONTHS
        if unknown:
            return f"cron does not know {min(unknown)[:20]}"
        try:
            croniter(_with_midnight(expression))
        except (CroniterError, ValueError, TypeError, KeyError) as error:
            return f"cron cannot read it: {_without_midnight(str(error))}"
        return None

    def matches(self, expression: str, day: date) -> bool:
        """Tell whether it means that day."""
        return _matches(expression, day)


@lru_cache(maxsize=20_000)
def _matches(expression: str, day: date) -> bool:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day has no zone here
    return _comes(expression) and bool(croniter.match(_with_midnight(expression), midnight))


@lru_cache(maxsize=1_000)
def _comes(expression: str) -> bool:
    """Tell whether any day is meant; croniter would look for one for years, for every day asked."""
    try:
        croniter(_with_midnight(expression), datetime(2000, 1, 1)).get_next()  # noqa: DTZ001 - the same
    except CroniterBadDateError:
        return False
    return True


def _with_midnight(expression: str) -> str:
    return f"0 0 {expression}"


def _without_midnight(text: str) -> str:
    said = text.replace("[0 0 ", "[").removeprefix("0 0 ").split("\n", maxsplit=1)[0]
    return said if len(said) <= 120 else said[:120] + "..."
