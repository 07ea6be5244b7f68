"""What conditions mean: names, lists, ranges, words that join, and what they are printed as."""

from __future__ import annotations

from datetime import date, timedelta
from typing import List, Optional

import pytest

from airflow_oracle_dag.core.conditions import (
    ALL_DAYS,
    NO_CALENDAR,
    never_true,
    parse_condition,
)
from airflow_oracle_dag.core.conditions.tree import AllOf, AnyOf, Cron, Listed, Not, Term
from airflow_oracle_dag.core.conditions.words import SYNONYMS, WORDS


class TenthsAreHolidays:
    """A calendar with a holiday on every 10th, and Sunday alone as its weekend."""

    name = "TENTHS"
    years = (2026,)

    def is_weekend(self, day: date) -> bool:
        return day.weekday() == 6

    def holiday(self, day: date) -> Optional[str]:
        return "Tenth" if day.day == 10 else None

    def is_business_day(self, day: date) -> bool:
        return not self.is_weekend(day) and self.holiday(day) is None


class FirstDayCron:
    """Knows one expression: the first day of a month."""

    def check(self, expression: str) -> Optional[str]:
        return None if expression == "1 * *" else f"not {expression}"

    def matches(self, expression: str, day: date) -> bool:
        return day.day == 1


def days_of(text: str, month: int = 11) -> List[int]:
    """Return the days of a month of 2026 that a condition means; 2026-11-01 is a Sunday."""
    condition = parse_condition(text, FirstDayCron())
    day, found = date(2026, month, 1), []
    while day.month == month:
        if condition.matches(day, TenthsAreHolidays()):
            found.append(day.day)
        day += timedelta(days=1)
    return found


MEANINGS = [
    ("MONDAY", [2, 9, 16, 23, 30]),
    ("mOnDaY", [2, 9, 16, 23, 30]),
    (" \t mon \r\n", [2, 9, 16, 23, 30]),
    ("MON TUE", [2, 3, 9, 10, 16, 17, 23, 24, 30]),
    ("MON,TUE", [2, 3, 9, 10, 16, 17, 23, 24, 30]),
    ("MON , TUE", [2, 3, 9, 10, 16, 17, 23, 24, 30]),
    ("MON - TUE", [2, 3, 9, 10, 16, 17, 23, 24, 30]),
    ("SUN-MON", [1, 2, 8, 9, 15, 16, 22, 23, 29, 30]),
    ("MON-MON", [2, 9, 16, 23, 30]),
    ("SAT-SUN and 1-15", [1, 7, 8, 14, 15]),
    ("1,15", [1, 15]),
    ("01 15", [1, 15]),
    ("28-2", [1, 2, 28, 29, 30]),
    ("31", []),
    ("FIRST_DAY LAST_DAY", [1, 30]),
    ("MONTH_START, MONTH_END", [1, 30]),
    ("FIRST_SUN", [1]),
    ("FIFTH_MON", [30]),
    ("LAST_FRIDAY", [27]),
    ("LAST_MONDAY", [30]),
    ("FIRST_WEEKDAY, LAST_WEEKDAY", [2, 30]),
    ("BUSINESS_DAYS and 6-11", [6, 7, 9, 11]),
    ("FIRST_BUSINESS_DAY, LAST_BUSINESS_DAY", [2, 30]),
    ("HOLIDAYS", [10]),
    ("HOLIDAYS, BUSINESS_DAYS and 6-11", [6, 7, 9, 10, 11]),
    ("NOV and 5", [5]),
    ("DEC and 5", []),
    ("OCT-JAN and 5", [5]),
    ("Q4 and 5", [5]),
    ("Q3 and 5", []),
    ("Q3-Q1 and 5", [5]),
    ("QUARTER_END", []),
    ("CRON(1 * *)", [1]),
    ("cron ( 1  *\t* )", [1]),
    ("CRON(1 * *) or 3", [1, 3]),
    ("not (MON-SAT or 15)", [1, 8, 22, 29]),
    ("not MON-SAT and not 15", [1, 8, 22, 29]),
    ("SUN and 1 or 3", [1, 3]),
    ("3 or SUN and 1", [1, 3]),
    ("(3 or SUN) and 1", [1]),
    ("not SUN or 1", [day for day in range(1, 31) if day not in (8, 15, 22, 29)]),
    ("NOT(SUN)AND(1-3)", [2, 3]),
    ("NEVER or 4", [4]),
    ("ALL_DAYS and 4", [4]),
]


@pytest.mark.parametrize(("text", "days"), MEANINGS)
def test_a_condition_means_its_days(text, days):
    """Given November 2026, which has 30 days and begins on a Sunday."""
    assert days_of(text) == days


@pytest.mark.parametrize("text", ["", " ", "\t\r\n", "ALL_DAYS", "all_days", "(ALL_DAYS)"])
def test_nothing_means_all_days(text):
    """Given an empty field, which every store has for NULL."""
    assert parse_condition(text) is ALL_DAYS


def test_quarters_and_years_end_and_begin():
    """Given the months of 2026 in which something does."""
    assert days_of("QUARTER_END, YEAR_START", month=3) == [31]
    assert days_of("QUARTER_END or YEAR_START", month=1) == [1]
    assert days_of("YEAR_END QUARTER_START", month=12) == [31]
    assert days_of("YEAR_END QUARTER_START", month=10) == [1]


CANONICAL = [
    ("mon wed", "MONDAY, WEDNESDAY"),
    ("Fri - Mon", "FRIDAY-MONDAY"),
    ("01,2-5", "1, 2-5"),
    ("weekend weekday", "WEEKENDS, WEEKDAYS"),
    ("last_fri, month_end", "LAST_FRIDAY, LAST_DAY"),
    ("sept, q4-q1", "SEPTEMBER, Q4-Q1"),
    ("((mon)) OR ((jan))", "MONDAY or JANUARY"),
    ("mon or (tue and jan)", "MONDAY or TUESDAY and JANUARY"),
    ("(mon or tue) and jan", "(MONDAY or TUESDAY) and JANUARY"),
    ("mon or (tue or wed)", "MONDAY or (TUESDAY or WEDNESDAY)"),
    ("not not (not mon)", "not not not MONDAY"),
    ("not (mon and jan)", "not (MONDAY and JANUARY)"),
    ("not (mon, tue)", "not MONDAY, TUESDAY"),
    ("cron(1\t*  *)", "CRON(1 * *)"),
    ("", "ALL_DAYS"),
    ("never", "NEVER"),
]


@pytest.mark.parametrize(("text", "printed"), CANONICAL)
def test_a_condition_is_printed_in_one_way(text, printed):
    """Given any spelling; what was printed is read as the same condition."""
    condition = parse_condition(text, FirstDayCron())
    assert str(condition) == printed
    assert parse_condition(printed, FirstDayCron()) == condition
    assert hash(parse_condition(printed, FirstDayCron())) == hash(condition)


@pytest.mark.parametrize("name", [*WORDS, *SYNONYMS])
def test_every_name_is_read_and_printed(name):
    """Given each name of the language by itself, in small letters."""
    condition = parse_condition(name.lower())
    assert condition == Listed((Term(SYNONYMS.get(name, name)),))
    assert parse_condition(str(condition)) == condition


def test_a_condition_says_what_only_a_calendar_knows():
    """Given that a job without a calendar must be refused for it."""
    condition = parse_condition("MON or not (LAST_BUSINESS_DAY, 15 and HOLIDAYS)")
    assert condition.calendar_words == ("LAST_BUSINESS_DAY", "HOLIDAYS")
    assert parse_condition("WEEKDAYS and not LAST_DAY").calendar_words == ()
    assert parse_condition("CRON(1 * *)", FirstDayCron()).calendar_words == ()


def test_conditions_that_cannot_be_written_cannot_be_made():
    """Given a list of two kinds, an empty one, and a joining word with one side."""
    monday = Listed((Term("MONDAY"),))
    with pytest.raises(ValueError, match="one kind"):
        Listed((Term("MONDAY"), Term("JANUARY")))
    with pytest.raises(ValueError, match="one kind"):
        Listed(())
    for kind in (AllOf, AnyOf):
        with pytest.raises(ValueError, match="two conditions"):
            kind((monday,))
    assert str(AllOf((monday, Not(monday)))) == "MONDAY and not MONDAY"


def test_cron_without_its_matcher_is_not_guessed():
    """Given a cron condition that was made without what knows cron."""
    with pytest.raises(ValueError, match=r"knows CRON\(1 \* \*\)"):
        Cron("1 * *").matches(date(2026, 1, 1), NO_CALENDAR)


def test_without_a_calendar_nothing_is_a_holiday():
    """Given the calendar of conditions that ask for none."""
    friday, sunday = date(2026, 12, 25), date(2026, 12, 27)
    assert NO_CALENDAR.holiday(friday) is None
    assert NO_CALENDAR.is_business_day(friday)
    assert NO_CALENDAR.is_weekend(sunday) and not NO_CALENDAR.is_business_day(sunday)
    assert len(NO_CALENDAR.years) == 14


NEVER_TRUE = ["NEVER", "30 and FEB", "31 and JUN", "MON and TUE", "1 and LAST_DAY", "not ALL_DAYS"]
NEVER_TRUE += ["QUARTER_END and OCT", "FIRST_MONDAY and 8-31", "FIFTH_SUN and 1-28"]
NEVER_TRUE += ["YEAR_END and not DEC", "CRON(1 * *) and 2", "FIRST_WEEKDAY and 4"]
SOMETIMES = ["", "29 and FEB", "29 and FEB and SUN", "FRI and 13", "FIFTH_WED and FEB"]
SOMETIMES += ["31 and MON and DEC", "CRON(1 * *) and SAT", "LAST_WEEKDAY and 26 and FEB"]


@pytest.mark.parametrize("text", NEVER_TRUE)
def test_what_is_never_true_is_known(text):
    """Given conditions that no day of any year fulfils."""
    assert never_true(parse_condition(text, FirstDayCron()))


@pytest.mark.parametrize("text", SOMETIMES)
def test_what_is_rare_is_not_called_never(text):
    """Given conditions that some day fulfils, though it may be one in 28 years."""
    assert not never_true(parse_condition(text, FirstDayCron()))


def test_fourteen_years_show_every_day_of_the_gregorian_cycle():
    """Given that the calendar repeats after 400 years."""

    def kinds(years):
        for year in years:
            day = date(year, 1, 1)
            while day.year == year:
                leap = (date(year, 3, 1) - timedelta(days=1)).day == 29
                yield day.month, day.day, day.weekday(), leap
                day += timedelta(days=1)

    assert set(kinds(NO_CALENDAR.years)) == set(kinds(range(2000, 2400)))


def test_a_calendar_does_not_narrow_a_condition_that_asks_for_none():
    """Given a calendar of 2026 only, in which the 29th of February is missing."""
    assert not never_true(parse_condition("29 and FEB"), TenthsAreHolidays())


def test_with_a_calendar_never_holds_for_its_years():
    """Given holidays on every 10th of a month of 2026, one of them a Monday: in August."""
    tenths = TenthsAreHolidays()
    assert never_true(parse_condition("HOLIDAYS and 11"), tenths)
    assert never_true(parse_condition("HOLIDAYS and BUSINESS_DAYS"), tenths)
    assert not never_true(parse_condition("HOLIDAYS and MON and AUG"), tenths)
    assert never_true(parse_condition("HOLIDAYS and MON and SEP"), tenths)
