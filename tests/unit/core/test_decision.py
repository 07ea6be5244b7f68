"""What is decided about a job for a moment, and what the decision says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import List, Optional, Tuple

import pytest

from airflow_oracle_dag.core.conditions import Calendar
from airflow_oracle_dag.core.decision import (
    Surroundings,
    check_row,
    decide,
    decide_on,
    explain_days,
)
from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.core.jobs import Job

UTC = timezone.utc
FRIDAY_NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
JOB = Job("LOAD_ORDERS", run_condition="FRIDAY")


class TurningZone(tzinfo):
    """One hour ahead until 2026-10-25 01:00 UTC, then at UTC: 01:00 to 01:59 is there twice."""

    turn = datetime(2026, 10, 25, 1)  # naive, in UTC

    def utcoffset(self, moment: Optional[datetime]) -> timedelta:
        assert moment is not None
        local = moment.replace(tzinfo=None)
        twice = self.turn <= local < self.turn + timedelta(hours=1)
        is_late = moment.fold == 1 if twice else local >= self.turn
        return timedelta(0) if is_late else timedelta(hours=1)

    def fromutc(self, moment: datetime) -> datetime:
        in_utc = moment.replace(tzinfo=None)
        if in_utc < self.turn:
            return moment + timedelta(hours=1)
        return moment.replace(fold=int(in_utc < self.turn + timedelta(hours=1)))

    def dst(self, moment: Optional[datetime]) -> timedelta:
        return timedelta(0)

    def tzname(self, moment: Optional[datetime]) -> str:
        return "Turning"


class Plant:
    """A calendar whose weekend is Friday, with one holiday; it knows 2026 and counts questions."""

    name = "PLANT"
    years = (2026,)

    def __init__(self) -> None:
        self.asked = 0

    def is_weekend(self, day: date) -> bool:
        return day.weekday() == 4

    def holiday(self, day: date) -> Optional[str]:
        self.asked += 1
        if day.year != 2026:
            raise FieldError("it knows 2026", job="", field="Calendar", value="PLANT", cure="wait")
        return "Founding Day" if day == date(2026, 11, 18) else None

    def is_business_day(self, day: date) -> bool:
        return not self.is_weekend(day) and self.holiday(day) is None


class World:
    """Makes surroundings, and counts how often a name was looked up."""

    def __init__(self) -> None:
        self.looked_up: List[str] = []
        self.plant = Plant()
        self.surroundings = Surroundings(self.zone, self.calendar, default_zone="Europe/Berlin")

    def zone(self, name: str) -> tzinfo:
        self.looked_up.append(name)
        hours = {"Europe/Berlin": 1, "America/New_York": -5, "Pacific/Kiritimati": 14, "UTC": 0}
        if name == "Turning":
            return TurningZone()
        if name not in hours:
            raise FieldError("no such zone", job="", field="Timezone", value=name, cure="write UTC")
        return timezone(timedelta(hours=hours[name]))

    def calendar(self, name: str) -> Calendar:
        self.looked_up.append(name)
        if name == "BROKEN":
            raise OSError("the store is away")
        if name != "PLANT":
            raise FieldError("unknown", job="", field="Calendar", value=name, cure="write PLANT")
        return self.plant


@pytest.fixture
def world() -> World:
    """Return a small world of its own."""
    return World()


def job(**fields: str) -> Job:
    """Return a job that runs on Fridays unless said otherwise."""
    return replace(JOB, **fields)


FRIDAY = "2026-11-20 is a Friday in Europe/Berlin"

DECISIONS = [
    (job(), True, f"{FRIDAY}; condition FRIDAY"),
    (
        job(run_condition="MONDAY, WEDNESDAY"),
        False,
        f"{FRIDAY}; condition MONDAY, WEDNESDAY",
    ),
    (job(run_condition="mon-wed or 20"), True, f"{FRIDAY}; condition MONDAY-WEDNESDAY or 20"),
    (job(run_condition=""), True, f"{FRIDAY}; condition ALL_DAYS"),
    (job(run_condition="never"), False, f"{FRIDAY}; condition NEVER"),
    (
        job(timezone="Pacific/Kiritimati"),
        False,
        "2026-11-21 is a Saturday in Pacific/Kiritimati; condition FRIDAY",
    ),
    (
        job(timezone="UTC", run_condition="LAST_DAY"),
        False,
        "2026-11-20 is a Friday in UTC; condition LAST_DAY",
    ),
    (
        job(run_condition="BUSINESS_DAYS", calendar="PLANT"),
        False,
        f"{FRIDAY}, a day off of PLANT; condition BUSINESS_DAYS",
    ),
    (job(calendar="PLANT"), True, f"{FRIDAY}; condition FRIDAY"),
    (
        job(skip_flag="YES"),
        False,
        f"SkipFlag is YES; {FRIDAY}; condition FRIDAY",
    ),
    (job(skip_flag="y"), False, f"SkipFlag is y; {FRIDAY}; condition FRIDAY"),
    (
        job(start_date="2026-11-21"),
        False,
        f"StartDate 2026-11-21 is still to come; {FRIDAY}; condition FRIDAY",
    ),
    (job(start_date="2026-11-20", end_date="2026-11-20"), True, f"{FRIDAY}; condition FRIDAY"),
    (
        job(end_date="2026-11-19"),
        False,
        f"EndDate 2026-11-19 is over; {FRIDAY}; condition FRIDAY",
    ),
    (
        job(skip_flag="1", end_date="2026-11-19", run_condition="MON"),
        False,
        f"SkipFlag is 1; {FRIDAY}; condition MONDAY",
    ),
]


@pytest.mark.parametrize(("row", "should_run", "reason"), DECISIONS)
def test_a_decision_says_whether_and_why(row, should_run, reason, world):
    """Given Friday noon in UTC."""
    decision = decide(row, FRIDAY_NOON, world.surroundings)
    assert decision.error == ""
    assert decision.reason == reason
    assert decision.should_run is should_run
    assert decision.as_fields() == {
        "JobName": "LOAD_ORDERS",
        "RunCondition": row.run_condition,
        "SkipFlag": row.skip_flag,
        "ShouldRunToday": should_run,
        "Reason": reason,
    }


def test_a_calendar_says_what_it_knows_about_the_day(world):
    """Given a holiday and a business day; a condition that needs no calendar is silent about it."""
    row = job(run_condition="HOLIDAYS", calendar="PLANT")
    holiday = decide_on(row, date(2026, 11, 18), world.surroundings)
    ordinary = decide_on(row, date(2026, 11, 19), world.surroundings)
    assert holiday.reason == (
        "2026-11-18 is a Wednesday in Europe/Berlin, a holiday of PLANT (Founding Day); "
        "condition HOLIDAYS"
    )
    assert ordinary.reason == (
        "2026-11-19 is a Thursday in Europe/Berlin, a business day of PLANT; condition HOLIDAYS"
    )
    assert (holiday.should_run, ordinary.should_run) == (True, False)


ERRORS = [
    (
        job(skip_flag="maybe"),
        "SkipFlag 'maybe': neither yes nor no",
        "write YES or NO",
    ),
    (
        job(start_date="20/11/2026"),
        "StartDate '20/11/2026': not a date",
        "write it as YYYY-MM-DD",
    ),
    (
        job(end_date="2026-02-30"),
        "EndDate '2026-02-30': no such day",
        "write a day of the calendar",
    ),
    (
        job(start_date="2026-11-20", end_date="2026-11-19"),
        "EndDate '2026-11-19': before StartDate 2026-11-20",
        "set SkipFlag to YES, or RunCondition to NEVER, for a job that is not to run",
    ),
    (
        job(timezone="Europe/Berlni"),
        "Timezone 'Europe/Berlni': no such zone",
        "write UTC",
    ),
    (
        job(calendar="PLANET"),
        "Calendar 'PLANET': unknown",
        "write PLANT",
    ),
    (
        job(run_condition="MON, LAST_BUSINES_DAY"),
        (
            "RunCondition 'MON, LAST_BUSINES_DAY': LAST_BUSINES_DAY is not a known name "
            "(did you mean LAST_BUSINESS_DAY?), at position 6"
        ),
        "write LAST_BUSINESS_DAY",
    ),
    (
        job(run_condition="MONDAY,JAN"),
        (
            "RunCondition 'MONDAY,JAN': MONDAY is a day of the week and JANUARY is a month: "
            "commas and blanks join one kind only, at position 8"
        ),
        "write MONDAY and JAN for days that are both, MONDAY or JAN for either",
    ),
    (
        job(run_condition="not LAST_BUSINESS_DAY"),
        "Calendar '': LAST_BUSINESS_DAY in RunCondition needs a calendar",
        "set Calendar, such as DE, DE-BY, NYSE or one of your own; WEEKDAYS needs none",
    ),
    (
        job(run_condition="CRON(1 * *)"),
        "RunCondition 'CRON(1 * *)': nothing here knows cron, at position 6",
        "install croniter, or write the days by their names",
    ),
    (
        job(run_condition="MON'; DELETE FROM odag_job --"),
        (
            'RunCondition "MON\'; DELETE FROM odag_job --": '
            "' has no meaning in a condition, at position 4"
        ),
        "leave the quotes out",
    ),
    (
        job(on_upstream_skip="perhaps"),
        "OnUpstreamSkip 'perhaps': not a known word",
        "write RUN or BLOCK",
    ),
    (
        job(priority="high"),
        "Priority 'high': not a whole number",
        "write one, such as 10",
    ),
    (
        job(parameters="[1]"),
        "Parameters '[1]': not a JSON object",
        'write {"name": value, ...}',
    ),
]


@pytest.mark.parametrize(("row", "what", "cure"), ERRORS)
def test_a_row_that_cannot_be_read_is_an_error_and_neither_runs_nor_is_skipped(
    row, what, cure, world
):
    """Given each field with a value that means nothing; the next job is not touched by it."""
    decision = decide(row, FRIDAY_NOON, world.surroundings)
    assert decision.error == f"job LOAD_ORDERS, {what}\n  To mend it: {cure}."
    assert decision.should_run is False
    assert decision.reason == ""
    with pytest.raises(FieldError) as refused:
        check_row(row, world.surroundings)
    assert str(refused.value) == decision.error
    assert decide(job(), FRIDAY_NOON, world.surroundings).should_run


def test_parameters_that_no_reader_can_follow_stop_their_own_job_only(world):
    """Given brackets inside brackets until Python gives up: still one row's error."""
    decision = decide(job(parameters="[" * 100_000), FRIDAY_NOON, world.surroundings)
    assert decision.should_run is False
    assert "nested too deep" in decision.error


def test_a_skip_flag_parks_a_broken_row_and_still_tells_what_is_wrong(world):
    """Given that SkipFlag is how operations take any job out of the way."""
    decision = decide(job(skip_flag="YES", run_condition="MONDAI"), FRIDAY_NOON, world.surroundings)
    assert (decision.should_run, decision.error) == (False, "")
    assert decision.reason.startswith(
        "SkipFlag is YES; besides, RunCondition: MONDAI is not a known"
    )


SKIP_WORDS: List[Tuple[object, Optional[bool]]] = [
    *((word, False) for word in ("YES", "yes", " Y ", "true", "TRUE", "1", 1, True, "\tYes\n")),
    *((word, True) for word in ("NO", "n", " No", "false", "0", 0, False, "", "   ", None)),
    *((word, None) for word in ("2", "YES!", "ja", "NULL", "on", "-", "Y E S", "yes'--")),
]


@pytest.mark.parametrize(("word", "should_run"), SKIP_WORDS)
def test_the_skip_flag_is_yes_or_no_in_many_words_and_nothing_else(word, should_run, world):
    """Given values as stores give them: padded, in any case, as numbers, NULL."""
    row = Job.from_fields({"JobName": "A", "SkipFlag": word})
    decision = decide(row, FRIDAY_NOON, world.surroundings)
    if should_run is None:
        assert "neither yes nor no" in decision.error
    else:
        assert (decision.error, decision.should_run) == ("", should_run)


def test_null_and_padded_values_are_read_as_people_mean_them(world):
    """Given a row of fixed-width columns, and one of nothing but NULL."""
    padded = Job.from_fields(
        {
            "JobName": "A   ",
            "RunCondition": "  FRIDAY          ",
            "SkipFlag": "N  ",
            "Timezone": " America/New_York ",
            "Calendar": " PLANT ",
            "StartDate": datetime(2026, 11, 20),
            "EndDate": " 2026-11-20 ",
        }
    )
    empty = Job.from_fields({"JobName": "B", "RunCondition": None, "Timezone": None})
    assert decide(padded, FRIDAY_NOON, world.surroundings).reason == (
        "2026-11-20 is a Friday in America/New_York; condition FRIDAY"
    )
    assert decide(empty, FRIDAY_NOON, world.surroundings).reason == f"{FRIDAY}; condition ALL_DAYS"


def test_start_and_end_count_in_the_zone_of_the_job(world):
    """Given 22:00 UTC on the 20th: the 21st on Kiritimati, still the 20th in New York."""
    due = datetime(2026, 11, 20, 22, tzinfo=UTC)
    for zone, should_run in (("Pacific/Kiritimati", True), ("America/New_York", False)):
        row = job(run_condition="", start_date="2026-11-21", timezone=zone)
        assert decide(row, due, world.surroundings).should_run is should_run


def test_the_same_day_in_two_zones_is_told_apart(world):
    """Given noon, which is the same day in three zones; the second reason is not the first's."""
    for zone in ("Europe/Berlin", "America/New_York", "UTC"):
        reason = decide(job(timezone=zone), FRIDAY_NOON, world.surroundings).reason
        assert reason == f"2026-11-20 is a Friday in {zone}; condition FRIDAY"


def test_the_moment_may_be_told_in_any_zone(world):
    """Given one moment as three clocks show it."""
    for hours in (-12, 0, 14):
        due = FRIDAY_NOON.astimezone(timezone(timedelta(hours=hours)))
        assert decide(job(), due, world.surroundings).reason == f"{FRIDAY}; condition FRIDAY"


def test_the_hour_that_a_clock_shows_twice_is_two_moments(world):
    """Given two moments that are equal to Python, of which one is the next day elsewhere."""
    zone = TurningZone()
    first = datetime(2026, 10, 25, 1, 30, tzinfo=zone)
    second = first.replace(fold=1)
    assert first == second
    assert hash(first) == hash(second)
    row = job(run_condition="25", timezone="Late")
    late = timezone(timedelta(hours=-1))
    surroundings = Surroundings(lambda _: late, world.calendar)
    assert decide(row, first, surroundings).reason.startswith("2026-10-24")
    assert decide(row, second, surroundings).reason.startswith("2026-10-25")


def test_a_moment_without_a_zone_is_refused(world):
    """Given that nobody can say which day it is."""
    with pytest.raises(ValueError, match="2026-11-20 12:00:00 has no time zone"):
        decide(job(), datetime(2026, 11, 20, 12), world.surroundings)


def test_a_moment_beyond_the_calendar_is_refused(world):
    """Given the last moment that there is, in a zone that is ahead."""
    due = datetime.max.replace(tzinfo=UTC)
    with pytest.raises(ValueError, match="has no date in that time zone"):
        decide(job(), due, world.surroundings)


def test_a_store_that_is_away_decides_nothing(world):
    """Given that neither running nor skipping everything would be right."""
    with pytest.raises(OSError, match="the store is away"):
        decide(job(calendar="BROKEN"), FRIDAY_NOON, world.surroundings)


def test_a_calendar_that_does_not_know_the_year_is_an_error(world):
    """Given that a year which nobody entered is not a year without holidays."""
    row = job(run_condition="BUSINESS_DAYS", calendar="PLANT")
    decision = decide_on(row, date(2027, 1, 4), world.surroundings)
    assert decision.error.startswith("job LOAD_ORDERS, Calendar 'PLANT': it knows 2026")
    assert decide_on(job(calendar="PLANT"), date(2027, 1, 8), world.surroundings).should_run


def test_a_row_is_checked_without_a_day(world):
    """Given a calendar that does not know every year: the row makes sense all the same."""
    check_row(job(run_condition="BUSINESS_DAYS", calendar="PLANT"), world.surroundings)
    check_row(job(skip_flag="YES", timezone="UTC"), world.surroundings)
    assert world.plant.asked == 0


def test_days_are_explained_one_by_one(world):
    """Given a week; both ends belong to it, and an empty range is empty."""
    row = job(run_condition="MON, FRI", end_date="2026-11-22")
    explained = explain_days(row, date(2026, 11, 16), date(2026, 11, 23), world.surroundings)
    assert [day.day for day, _ in explained] == list(range(16, 24))
    assert [day.day for day, decision in explained if decision.should_run] == [16, 20]
    assert explained[-1][1].reason.startswith("EndDate 2026-11-22 is over; 2026-11-23 is a Monday")
    assert explain_days(row, date(2026, 11, 2), date(2026, 11, 1), world.surroundings) == []


def test_days_of_a_row_that_cannot_be_read_are_explained_by_its_error(world):
    """Given a zone that does not exist: there is no day to decide, and it is said."""
    explained = explain_days(
        job(timezone="Mars"), date(2026, 11, 16), date(2026, 11, 17), world.surroundings
    )
    assert [decision.error for _, decision in explained] == [
        "job LOAD_ORDERS, Timezone 'Mars': no such zone\n  To mend it: write UTC."
    ] * 2


def test_a_long_condition_is_shortened_in_the_reason(world):
    """Given that a reason stands in a column of a table."""
    text = ", ".join(["MONDAY"] * 100)
    decision = decide(job(run_condition=text), FRIDAY_NOON, world.surroundings)
    assert len(decision.reason) < 300
    assert decision.reason.endswith("...")
    assert decision.run_condition == text


def test_ten_thousand_rows_cost_as_much_thought_as_their_conditions(world):
    """Given 10,000 rows with five conditions: each is evaluated once, each name looked up once."""
    conditions = ("FRIDAY", "BUSINESS_DAYS", "not HOLIDAYS and 20", "1-20", "MONDAI")
    rows = [
        Job(f"J{number}", run_condition=conditions[number % 5], calendar="PLANT", timezone="UTC")
        for number in range(10_000)
    ]
    decisions = [decide(row, FRIDAY_NOON, world.surroundings) for row in rows]
    assert sum(decision.should_run for decision in decisions) == 6_000
    assert {decision.job_name for decision in decisions} == {row.name for row in rows}
    assert world.looked_up == ["UTC", "PLANT"]
    assert world.plant.asked < 10


def test_an_error_is_looked_up_once_and_names_each_job(world):
    """Given 1,000 rows with the same wrong zone."""
    rows = [Job(f"J{number}", timezone="Mars") for number in range(1_000)]
    errors = [decide(row, FRIDAY_NOON, world.surroundings).error for row in rows]
    assert world.looked_up == ["Mars"]
    assert [error.split(",")[0] for error in errors] == [f"job {row.name}" for row in rows]


def test_surroundings_made_anew_see_what_has_changed(world):
    """Given that what was looked up is remembered by the one and not by the other."""
    for _ in range(2):
        surroundings = Surroundings(world.zone, world.calendar, default_zone="UTC")
        decide(job(calendar="PLANT"), FRIDAY_NOON, surroundings)
    assert world.looked_up == ["UTC", "PLANT"] * 2
