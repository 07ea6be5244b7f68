"""The names of the language: the kind of each, which days it means, and what else it is called.

A name is a question about a day. Ranges run over rings of names: the week, the year's months, its
quarters, the days of a month. They wrap: ``FRIDAY-MONDAY`` passes the end of the week, ``28-3`` the
end of the month.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from enum import Enum
from typing import Callable, Dict, List, NamedTuple, Tuple

from airflow_oracle_dag.core.conditions.calendar import Calendar

#: Whether a day is meant.
Test = Callable[[date, Calendar], bool]


class Kind(Enum):
    """What a list joins: names of one kind only. The value says it in an error."""

    WEEKDAY = "a day of the week"
    DAY = "a day of the month"
    MONTH = "a month"
    CALENDAR = "a kind of day of the calendar"


class Word(NamedTuple):
    """A name and what it means.

    :param ring: names that a range with this one runs over, empty when it cannot begin or end one.
    :param asks_calendar: whether the answer depends on holidays.
    """

    name: str
    kind: Kind
    test: Test
    ring: Tuple[str, ...] = ()
    asks_calendar: bool = False


WEEK = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
MONTHS = (
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY"),
    *("AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
)
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
NUMBERS = tuple(str(number) for number in range(1, 32))
NTH = ("FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH")

#: Other spellings. What is printed is always the name on the right.
SYNONYMS: Dict[str, str] = {
    **{name[:3]: name for name in (*WEEK, *MONTHS)},
    "TUES": "TUESDAY",
    "THUR": "THURSDAY",
    "THURS": "THURSDAY",
    "SEPT": "SEPTEMBER",
    "WEEKDAY": "WEEKDAYS",
    "WEEKEND": "WEEKENDS",
    "BUSINESS_DAY": "BUSINESS_DAYS",
    "HOLIDAY": "HOLIDAYS",
    "MONTH_START": "FIRST_DAY",
    "MONTH_END": "LAST_DAY",
}

#: What people write for something that the language says otherwise.
HINTS: Dict[str, str] = {
    **dict.fromkeys(("ALL", "ALWAYS", "ANY", "ANYDAY", "DAILY", "EVERYDAY", "EVERY"), "ALL_DAYS"),
    **dict.fromkeys(("NO", "OFF", "DISABLED", "FALSE"), "NEVER"),
    **dict.fromkeys(("NONE", "NULL"), "NEVER for no day, ALL_DAYS for every day"),
    **dict.fromkeys(("YES", "ON", "TRUE"), "ALL_DAYS"),
    **dict.fromkeys(("WORKDAY", "WORKDAYS", "WORKING_DAYS"), "BUSINESS_DAYS or WEEKDAYS"),
    **dict.fromkeys(("EXCEPT", "BUT", "WITHOUT"), "and not"),
    **dict.fromkeys(("THROUGH", "TO", "UNTIL", "THRU"), "a range such as MON-FRI"),
    **dict.fromkeys(("EOM", "ULTIMO"), "LAST_DAY"),
    **dict.fromkeys(("QUARTER", "QUARTERLY", "EOQ"), "QUARTER_END or QUARTER_START"),
    **dict.fromkeys(("MONTHLY", "BOM"), "FIRST_DAY or LAST_DAY"),
    **dict.fromkeys(("YEARLY", "ANNUALLY", "EOY"), "YEAR_END or YEAR_START"),
    **dict.fromkeys(("FIRST", "SECOND", "THIRD", "FOURTH", "LAST"), "FIRST_MONDAY or LAST_DAY"),
}


def days_in_month(day: date) -> int:
    """Return how many days the month of a day has."""
    return monthrange(day.year, day.month)[1]


def _weekdays(*numbers: int) -> Test:
    return lambda day, _: day.weekday() in numbers


def _months(*numbers: int) -> Test:
    return lambda day, _: day.month in numbers


def _number(number: int) -> Test:
    return lambda day, _: day.day == number


def _nth(nth: int, weekday: int) -> Test:
    return lambda day, _: day.weekday() == weekday and (day.day + 6) // 7 == nth


def _last(weekday: int) -> Test:
    return lambda day, _: day.weekday() == weekday and day.day + 7 > days_in_month(day)


def _is_last_day(day: date, _: Calendar) -> bool:
    return day.day == days_in_month(day)


def _first_of(test: Test) -> Test:
    """Return whether a day is the first of its month that passes a test."""
    return lambda day, calendar: (
        test(day, calendar)
        and not any(test(day.replace(day=other), calendar) for other in range(1, day.day))
    )


def _last_of(test: Test) -> Test:
    """Return whether a day is the last of its month that passes a test."""
    return lambda day, calendar: (
        test(day, calendar)
        and not any(
            test(day.replace(day=other), calendar)
            for other in range(day.day + 1, days_in_month(day) + 1)
        )
    )


def _both(one: Test, other: Test) -> Test:
    return lambda day, calendar: one(day, calendar) and other(day, calendar)


def _is_business_day(day: date, calendar: Calendar) -> bool:
    return calendar.is_business_day(day)


def _is_holiday(day: date, calendar: Calendar) -> bool:
    return calendar.holiday(day) is not None


def _days_of_the_week() -> List[Word]:
    kind = Kind.WEEKDAY
    return [
        *(Word(name, kind, _weekdays(place), ring=WEEK) for place, name in enumerate(WEEK)),
        Word("WEEKDAYS", kind, _weekdays(0, 1, 2, 3, 4)),
        Word("WEEKENDS", kind, _weekdays(5, 6)),
    ]


def _days_of_the_month() -> List[Word]:
    kind, first = Kind.DAY, _number(1)
    weekdays = _weekdays(0, 1, 2, 3, 4)
    ends, starts = _months(3, 6, 9, 12), _months(1, 4, 7, 10)
    return [
        *(Word(name, kind, _number(int(name)), ring=NUMBERS) for name in NUMBERS),
        *(
            Word(f"{nth}_{name}", kind, _nth(count, place))
            for count, nth in enumerate(NTH, 1)
            for place, name in enumerate(WEEK)
        ),
        *(Word(f"LAST_{name}", kind, _last(place)) for place, name in enumerate(WEEK)),
        Word("FIRST_DAY", kind, first),
        Word("LAST_DAY", kind, _is_last_day),
        Word("FIRST_WEEKDAY", kind, _first_of(weekdays)),
        Word("LAST_WEEKDAY", kind, _last_of(weekdays)),
        Word("FIRST_BUSINESS_DAY", kind, _first_of(_is_business_day), asks_calendar=True),
        Word("LAST_BUSINESS_DAY", kind, _last_of(_is_business_day), asks_calendar=True),
        Word("QUARTER_START", kind, _both(starts, first)),
        Word("QUARTER_END", kind, _both(ends, _is_last_day)),
        Word("YEAR_START", kind, _both(_months(1), first)),
        Word("YEAR_END", kind, _both(_months(12), _is_last_day)),
    ]


def _all_words() -> List[Word]:
    month, calendar = Kind.MONTH, Kind.CALENDAR
    return [
        *_days_of_the_week(),
        *_days_of_the_month(),
        *(Word(name, month, _months(place), MONTHS) for place, name in enumerate(MONTHS, 1)),
        *(
            Word(name, month, _months(*range(3 * place + 1, 3 * place + 4)), QUARTERS)
            for place, name in enumerate(QUARTERS)
        ),
        Word("BUSINESS_DAYS", calendar, _is_business_day, asks_calendar=True),
        Word("HOLIDAYS", calendar, _is_holiday, asks_calendar=True),
    ]


WORDS: Dict[str, Word] = {word.name: word for word in _all_words()}
SYNONYMS.update(
    {
        f"{nth}_{short}": f"{nth}_{name}"
        for nth in (*NTH, "LAST")
        for short, name in list(SYNONYMS.items())
        if name in WEEK
    }
)


def find_word(name: str) -> Word:
    """Return the word of a name in capitals, by whichever spelling.

    :raises KeyError: when there is none.
    """
    return WORDS[SYNONYMS.get(name, name)]


def names_between(first: str, last: str) -> Tuple[str, ...]:
    """Return the names of a range, both ends with it, round the ring where it must."""
    ring = WORDS[first].ring
    begin, end = ring.index(first), ring.index(last)
    if begin <= end:
        return ring[begin : end + 1]
    return ring[begin:] + ring[: end + 1]
