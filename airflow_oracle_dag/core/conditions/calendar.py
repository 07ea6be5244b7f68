"""What a condition asks about a day that the day itself does not know: holidays and cron.

Both need libraries or tables, so both are handed in.
"""

from __future__ import annotations

from datetime import date
from typing import Dict, Optional, Protocol, Sequence, Tuple


class Calendar(Protocol):
    """Which days are holidays, weekends and business days."""

    @property
    def name(self) -> str:
        """Return its name, as the Calendar field has it; "" for no calendar."""

    @property
    def years(self) -> Sequence[int]:
        """Return the years that it knows, in order; asking about others is an error of its own."""

    def is_weekend(self, day: date) -> bool:
        """Tell whether the day is one of its weekend."""

    def holiday(self, day: date) -> Optional[str]:
        """Return what the holiday is called, None for a day that is none."""

    def is_business_day(self, day: date) -> bool:
        """Tell whether people work on that day."""


class CronDays(Protocol):
    """Which days the three day fields of a cron expression mean."""

    def check(self, expression: str) -> Optional[str]:
        """Return what is wrong with it, None when nothing is."""

    def matches(self, expression: str, day: date) -> bool:
        """Tell whether it means that day."""


def first_years_of_each_kind() -> Sequence[int]:
    """Return 14 years, one for each kind that the Gregorian calendar has.

    A year is common or leap and begins on one of seven days; two years with the same answers have
    the same days throughout. 28 years in a row without a skipped leap day show all fourteen.
    """
    kinds: Dict[Tuple[int, int], int] = {}
    for year in range(2001, 2029):
        first, last = date(year, 1, 1), date(year, 12, 31)
        kinds.setdefault((first.weekday(), last.weekday()), year)
    return tuple(sorted(kinds.values()))


class NoCalendar:
    """Saturday and Sunday are the weekend; there are no holidays."""

    name = ""
    years = first_years_of_each_kind()

    def is_weekend(self, day: date) -> bool:
        """Tell whether it is a Saturday or a Sunday."""
        return day.weekday() >= 5

    def holiday(self, day: date) -> Optional[str]:  # noqa: ARG002 - the protocol's
        """Return None."""
        return None

    def is_business_day(self, day: date) -> bool:
        """Tell whether it is one of Monday to Friday."""
        return day.weekday() < 5


#: For conditions that ask for no holidays. `airflow_oracle_dag.core.decision` refuses the others
#: when the job names no calendar: that there are no holidays is never assumed in silence.
NO_CALENDAR: Calendar = NoCalendar()
