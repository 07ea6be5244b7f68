"""Every day of some years, in five time zones, decided twice: by the package and by hand.

Two years by default; ``ORACLE_DAG_LONG=1`` decides those from 2024 to 2030.

What is done by hand below uses `datetime` and `monthrange` only: neither a table of the package nor
zone data nor the `holidays` package, so that no mistake can be on both sides.
"""

from __future__ import annotations

import os
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from airflow_oracle_dag.control.calendars import surroundings
from airflow_oracle_dag.core.decision import Surroundings, decide, explain_days
from airflow_oracle_dag.core.jobs import Job

FIRST, LAST = date(2027, 1, 1), date(2028, 12, 31)
if os.environ.get("ORACLE_DAG_LONG"):
    FIRST, LAST = date(2024, 1, 1), date(2030, 12, 31)
DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
ONE_DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)

# ------------------------------------------------------------------------- holidays, by hand

EASTER = {
    2024: date(2024, 3, 31),
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
    2028: date(2028, 4, 16),
    2029: date(2029, 4, 1),
    2030: date(2030, 4, 21),
}


def month_length(d):
    """Return how many days the month has."""
    return monthrange(d.year, d.month)[1]


def in_germany(d):
    """Tell whether it is a holiday in all of Germany."""
    if (d.month, d.day) in {(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)}:
        return True
    return (d - EASTER[d.year]).days in {-2, 1, 39, 50}


def in_bavaria(d):
    """Tell whether it is a holiday in Bavaria."""
    if in_germany(d) or (d.month, d.day) in {(1, 6), (11, 1)}:
        return True
    return (d - EASTER[d.year]).days == 60


def at_the_stock_exchange(d):
    """Tell whether it is a holiday of the New York Stock Exchange."""
    w, m, n = d.weekday(), d.month, d.day
    if d == date(2025, 1, 9) or d == EASTER[d.year] - timedelta(days=2):
        return True
    if m == 1 and ((n == 1 and w < SAT) or (n == 2 and w == MON)):
        return True
    in_spring = m in (1, 2) and 15 <= n <= 21
    if w == MON and (in_spring or (m == 5 and n >= 25) or (m == 9 and n <= 7)):
        return True
    if w == THU and m == 11 and 22 <= n <= 28:
        return True
    return d in {observed(d.year, month, number) for month, number in ((6, 19), (7, 4), (12, 25))}


def observed(year, month, number):
    """Return when a holiday is kept that would fall on a weekend."""
    d = date(year, month, number)
    return d - ONE_DAY if d.weekday() == SAT else d + ONE_DAY if d.weekday() == SUN else d


def at_the_plant(d):
    """Tell whether the plant is closed: in the first week of August, and on Christmas Day."""
    return (d.month == 8 and d.day <= 7) or (d.month == 12 and d.day == 25)


def works_in_germany(d):
    """Tell whether it is a business day in all of Germany."""
    return d.weekday() < SAT and not in_germany(d)


def works_in_bavaria(d):
    """Tell whether it is a business day in Bavaria."""
    return d.weekday() < SAT and not in_bavaria(d)


def trades(d):
    """Tell whether the New York Stock Exchange is open."""
    return d.weekday() < SAT and not at_the_stock_exchange(d)


def plant_works(d):
    """Tell whether the plant works: its weekend is Friday and Saturday."""
    return d.weekday() not in (FRI, SAT) and not at_the_plant(d)


def last_of_month(d, works):
    """Tell whether nobody works after this day, by walking to the end of the month."""
    if not works(d):
        return False
    e = d + ONE_DAY
    while e.month == d.month:
        if works(e):
            return False
        e += ONE_DAY
    return True


def first_of_month(d, works):
    """Tell whether nobody worked before this day, by walking to the begin of the month."""
    if not works(d):
        return False
    e = d - ONE_DAY
    while e.month == d.month:
        if works(e):
            return False
        e -= ONE_DAY
    return True


# ----------------------------------------------------------------------- conditions, by hand

CONDITIONS = [
    ("", "", lambda d: True),
    ("ALL_DAYS", "", lambda d: True),
    ("never", "", lambda d: False),
    ("MONDAY", "", lambda d: d.weekday() == MON),
    ("MONDAY, WEDNESDAY", "", lambda d: d.weekday() in (MON, WED)),
    ("mon wed", "", lambda d: d.weekday() == MON or d.weekday() == WED),
    ("Mon-Fri", "", lambda d: d.weekday() <= FRI),
    ("Fri-Mon", "", lambda d: d.weekday() in (FRI, SAT, SUN, MON)),
    ("Tues-Thurs, SUN", "", lambda d: d.weekday() in (TUE, WED, THU, SUN)),
    ("WEEKDAYS", "", lambda d: d.weekday() not in (SAT, SUN)),
    ("WEEKENDS", "", lambda d: d.weekday() in (SAT, SUN)),
    ("weekends, wed", "", lambda d: d.weekday() in (SAT, SUN, WED)),
    ("not FRIDAY", "", lambda d: d.weekday() != FRI),
    ("not MON, TUE", "", lambda d: d.weekday() not in (MON, TUE)),
    ("not not SAT", "", lambda d: d.weekday() == SAT),
    ("1", "", lambda d: d.day == 1),
    ("1,15", "", lambda d: d.day in (1, 15)),
    ("1-5", "", lambda d: d.day <= 5),
    ("28-3", "", lambda d: d.day >= 28 or d.day <= 3),
    ("31", "", lambda d: d.day == 31),
    ("29 and FEB", "", lambda d: (d.month, d.day) == (2, 29)),
    ("30 and FEB", "", lambda d: False),
    ("LAST_DAY", "", lambda d: d.day == month_length(d)),
    ("15, LAST_DAY", "", lambda d: d.day in (15, month_length(d))),
    ("month_end", "", lambda d: (d + ONE_DAY).month != d.month),
    ("MONTH_START", "", lambda d: d.day == 1),
    ("FIRST_MONDAY", "", lambda d: d.weekday() == MON and d.day <= 7),
    ("SECOND_TUE", "", lambda d: d.weekday() == TUE and 8 <= d.day <= 14),
    ("THIRD_FRIDAY", "", lambda d: d.weekday() == FRI and 15 <= d.day <= 21),
    ("FOURTH_THU", "", lambda d: d.weekday() == THU and 22 <= d.day <= 28),
    ("FIFTH_SUNDAY", "", lambda d: d.weekday() == SUN and d.day >= 29),
    ("LAST_FRIDAY", "", lambda d: d.weekday() == FRI and (d + 7 * ONE_DAY).month != d.month),
    (
        "FIRST_SAT, LAST_SAT",
        "",
        lambda d: d.weekday() == SAT and (d.day < 8 or d.day > month_length(d) - 7),
    ),
    ("FIRST_WEEKDAY", "", lambda d: first_of_month(d, lambda e: e.weekday() < SAT)),
    ("LAST_WEEKDAY", "", lambda d: last_of_month(d, lambda e: e.weekday() < SAT)),
    ("JAN,JUL", "", lambda d: d.month in (1, 7)),
    ("Nov-Feb", "", lambda d: d.month in (11, 12, 1, 2)),
    ("Sept", "", lambda d: d.month == 9),
    ("Q1", "", lambda d: d.month <= 3),
    ("Q2, Q4", "", lambda d: d.month in (4, 5, 6, 10, 11, 12)),
    ("Q4-Q1", "", lambda d: d.month in (10, 11, 12, 1, 2, 3)),
    ("Q3 AUG", "", lambda d: d.month in (7, 8, 9)),
    ("QUARTER_END", "", lambda d: (d.month, d.day) in {(3, 31), (6, 30), (9, 30), (12, 31)}),
    ("QUARTER_START", "", lambda d: d.day == 1 and d.month % 3 == 1),
    ("YEAR_END", "", lambda d: (d.month, d.day) == (12, 31)),
    ("YEAR_START", "", lambda d: (d.month, d.day) == (1, 1)),
    ("MON or 1", "", lambda d: d.weekday() == MON or d.day == 1),
    ("MON and 1-7", "", lambda d: d.weekday() == MON and d.day <= 7),
    (
        "MON or TUE and JAN",
        "",
        lambda d: d.weekday() == MON or (d.weekday() == TUE and d.month == 1),
    ),
    ("(MON or TUE) and JAN", "", lambda d: d.weekday() in (MON, TUE) and d.month == 1),
    ("not MON and not 13", "", lambda d: d.weekday() != MON and d.day != 13),
    ("not (MON or 13)", "", lambda d: not (d.weekday() == MON or d.day == 13)),
    ("FRI and 13", "", lambda d: d.weekday() == FRI and d.day == 13),
    (
        "WEEKDAYS and not (AUG or LAST_DAY)",
        "",
        lambda d: d.weekday() < SAT and d.month != 8 and d.day != month_length(d),
    ),
    ("CRON(1-7 * MON)", "", lambda d: d.day <= 7 or d.weekday() == MON),
    ("CRON(* * 1-5)", "", lambda d: d.weekday() < SAT),
    ("CRON(1,15 */3 *)", "", lambda d: d.day in (1, 15) and d.month in (1, 4, 7, 10)),
    ("cron(L * *)", "", lambda d: d.day == month_length(d)),
    ("CRON(* * FRI#2)", "", lambda d: d.weekday() == FRI and 8 <= d.day <= 14),
    ("CRON(* 2 *) and not CRON(29 2 *)", "", lambda d: d.month == 2 and d.day != 29),
    ("HOLIDAYS", "DE", in_germany),
    ("BUSINESS_DAYS", "DE", works_in_germany),
    ("FIRST_BUSINESS_DAY", "DE", lambda d: first_of_month(d, works_in_germany)),
    ("LAST_BUSINESS_DAY", "DE", lambda d: last_of_month(d, works_in_germany)),
    ("WEEKDAYS and HOLIDAYS", "DE", lambda d: d.weekday() < SAT and in_germany(d)),
    ("HOLIDAYS", "DE-BY", in_bavaria),
    ("LAST_BUSINESS_DAY", "DE-BY", lambda d: last_of_month(d, works_in_bavaria)),
    ("BUSINESS_DAYS", "NYSE", trades),
    ("not BUSINESS_DAYS", "NYSE", lambda d: not trades(d)),
    (
        "LAST_BUSINESS_DAY and QUARTER_END",
        "NYSE",
        lambda d: (
            trades(d)
            and (d.month, d.day) in {(3, 31), (6, 30), (9, 30), (12, 31)}
            and last_of_month(d, trades)
        ),
    ),
    ("BUSINESS_DAYS", "PLANT", plant_works),
    ("FIRST_BUSINESS_DAY, 15", "PLANT", lambda d: d.day == 15 or first_of_month(d, plant_works)),
    ("HOLIDAYS or SUN", "PLANT", lambda d: at_the_plant(d) or d.weekday() == SUN),
]

# -------------------------------------------------------------------------- zones, by hand


def sunday(year, month, *, after=None):
    """Return the last Sunday of a month, or the first from a day on."""
    d = date(year, month, after or monthrange(year, month)[1])
    while d.weekday() != SUN:
        d += ONE_DAY if after else -ONE_DAY
    return d


def at(day, hours, minutes=0):
    """Return a moment in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
        hours=hours, minutes=minutes
    )


def european(year):
    """Return the moments of the European Union's changes: 01:00 UTC."""
    return at(sunday(year, 3), 1), at(sunday(year, 10), 1)


def american(year):
    """Return the moments of the changes in New York: 02:00 by the clock that ends."""
    return at(sunday(year, 3, after=8), 7), at(sunday(year, 11, after=1), 6)


def lord_howe(year):
    """Return the moments of the changes to summer and from it, half an hour at 02:00."""
    return at(sunday(year, 10, after=1), -8, -30), at(sunday(year, 4, after=1), -9)


#: Offset in winter, offset in summer in minutes, and when summer begins and ends in a year.
ZONES = {
    "Europe/Berlin": (60, 120, european),
    "America/New_York": (-300, -240, american),
    "Atlantic/Azores": (-60, 0, european),  # at midnight by its clock, which is there twice or not
    "Australia/Lord_Howe": (630, 660, lord_howe),
    "Asia/Kolkata": (330, 330, european),
}


def local_day(moment, zone):
    """Return the day that a clock on the wall shows."""
    winter, summer, changes = ZONES[zone]
    begin, end = changes(moment.year)
    is_summer = begin <= moment < end if begin < end else not end <= moment < begin
    return (moment + timedelta(minutes=summer if is_summer else winter)).date()


def first_moment(day, zone):
    """Return when a day begins there: at midnight, or later when a clock jumps over midnight."""
    offsets = (timedelta(minutes=minutes) for minutes in ZONES[zone][:2])
    return min(m for m in (at(day, 0) - offset for offset in offsets) if local_day(m, zone) == day)


def moments(day, zone):
    """Return one awkward moment of an ordinary day, many of a day on which a clock changes."""
    begin, end = first_moment(day, zone), first_moment(day + ONE_DAY, zone)
    kinds = [begin, end - MICROSECOND, begin + timedelta(minutes=150), at(day, 12)]
    change = [moment for moment in ZONES[zone][2](day.year) if begin <= moment <= end]
    if not change or zone == "Asia/Kolkata":
        return [kinds[day.toordinal() % 4]]
    near = [timedelta(minutes=30 * number) for number in range(-4, 5)]
    return [
        *kinds,
        begin - MICROSECOND,
        end,
        *(moment + step for moment in change for step in near),
        *(moment + MICROSECOND * sign for moment in change for sign in (-1, 1)),
    ]


# ---------------------------------------------------------------------------------- tests


@pytest.fixture(scope="module")
def around(tmp_path_factory) -> Surroundings:
    """Return the real world, with a calendar of the plant's own."""
    folder = tmp_path_factory.mktemp("calendars")
    closed = [d for d in DAYS if at_the_plant(d)]
    lines = [f"{d},Closed" for d in closed]
    (folder / "PLANT.csv").write_text("\n".join(["day,label", "weekend,FRI-SAT", *lines]))
    return surroundings("UTC", calendar_folder=folder)


@pytest.fixture(scope="module")
def by_hand() -> dict:
    """Return for every day which conditions mean it, in their order."""
    return {d: [bool(is_meant(d)) for _, _, is_meant in CONDITIONS] for d in DAYS}


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_is_decided_as_by_hand(zone, around, by_hand):
    """Given the day that a clock on the wall there shows, whatever zone the moment is told in."""
    jobs = [
        Job(f"J{number}", run_condition=text, calendar=calendar, timezone=zone)
        for number, (text, calendar, _) in enumerate(CONDITIONS)
    ]
    told_in = (UTC, ZoneInfo(zone), ZoneInfo("Asia/Tokyo"))
    seen = set()
    for number, moment in enumerate(m for d in DAYS for m in moments(d, zone)):
        day = local_day(moment, zone)
        if day not in by_hand:
            continue
        seen.add(day)
        due = moment.astimezone(told_in[number % 3])
        decisions = [decide(job, due, around) for job in jobs]
        assert [d.should_run for d in decisions] == by_hand[day], f"{day} {zone}"
        assert not any(d.error for d in decisions)
        name = day.strftime("%A")
        assert decisions[0].reason == f"{day} is a {name} in {zone}; condition ALL_DAYS"
    assert len(jobs) >= 60
    assert seen == set(DAYS)


def test_a_printed_calendar_says_the_same(around, by_hand):
    """Given `explain_days`, which decides by days and not by moments."""
    for number, (text, calendar, _) in enumerate(CONDITIONS):
        job = Job("J", run_condition=text, calendar=calendar, timezone="Atlantic/Azores")
        explained = explain_days(job, date(2027, 12, 1), date(2028, 3, 31), around)
        assert len(explained) == 31 + 31 + 29 + 31
        for day, decision in explained:
            assert decision.should_run == by_hand[day][number], f"{day} {text}"


def test_days_by_hand_are_no_constants(by_hand):
    """Given that conditions which never differ would prove nothing."""
    told_apart = {tuple(row[number] for row in by_hand.values()) for number in range(60)}
    assert len(told_apart) >= 50
