"""Time zones, holidays and cron of the real world, and calendars of a team's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from croniter import croniter

from airflow_oracle_dag.control.calendars import (
    OwnCalendar,
    find_calendar,
    find_zone,
    own_calendar,
    public_calendar,
    surroundings,
)
from airflow_oracle_dag.control.cron import CroniterDays
from airflow_oracle_dag.control.table import StoreUnavailable
from airflow_oracle_dag.core.conditions import never_true, parse_condition
from airflow_oracle_dag.core.decision import decide, decide_on
from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.core.jobs import Job

CHRISTMAS = date(2026, 12, 25)


class KeptCalendars:
    """The part of a control table that keeps calendars; counts how often it is asked."""

    def __init__(self, calendars: Mapping[str, Mapping[object, str]]) -> None:
        self.calendars = calendars
        self.asked: list[str] = []

    def calendar_days(self, name: str):
        self.asked.append(name)
        if name == "AWAY":
            raise StoreUnavailable("ORA-12541: no listener")
        return self.calendars.get(name)


def refused(name: str, *places) -> FieldError:
    """Return how a name is refused."""
    with pytest.raises(FieldError) as error:
        find_calendar(name, *places)
    assert error.value.field == "Calendar"
    assert error.value.value == name
    return error.value


# ------------------------------------------------------------------------------------- zones


def test_a_zone_is_one_of_the_iana_database():
    """Given a name of it: its rules hold, summer time too."""
    zone = find_zone("Europe/Berlin")
    assert datetime(2026, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=2)
    assert datetime(2026, 1, 1, tzinfo=zone).utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("Europe/Berlni", "write Europe/Berlin"),
        ("europe/berlin", "write Europe/Berlin"),
        ("utc", "write UTC"),
        ("Berlin", "write Europe/Berlin"),
        ("America/NewYork", "write America/New_York"),
        ("../../etc/passwd", "a name of the IANA time zone database"),
        ("/etc/localtime", "write"),
        ("localtime", "write"),
        ("Factory", "write"),
        ("+01:00", "a name of the IANA time zone database"),
        ("Europe", "write"),
        ("\x00", "a name of the IANA"),
        ("Europe/Berlin' --", "write Europe/Berlin"),
        ("Z" * 5000, "a name of the IANA"),
    ],
)
def test_a_zone_that_does_not_exist_is_refused_with_the_nearest_name(name, cure):
    """Given misspelt names, paths, offsets, and names that differ from machine to machine."""
    with pytest.raises(FieldError, match="not a known time zone") as error:
        find_zone(name)
    assert (error.value.field, error.value.value) == ("Timezone", name)
    assert cure in error.value.cure


def test_a_default_zone_that_does_not_exist_is_told_at_once():
    """Given that every row without Timezone would fail by it."""
    with pytest.raises(FieldError, match="not a known time zone"):
        surroundings("Mars/Olympus")


# --------------------------------------------------------------------------- public holidays


@pytest.mark.parametrize(
    ("name", "day", "label"),
    [
        ("DE", CHRISTMAS, "Christmas Day"),
        ("DE", date(2026, 6, 4), None),
        ("DE-BY", date(2026, 6, 4), "Corpus Christi"),
        ("US", date(2026, 11, 26), "Thanksgiving Day"),
        ("NYSE", date(2026, 4, 3), "Good Friday"),
        ("XNYS", date(2026, 11, 26), "Thanksgiving Day"),
        ("ECB", date(2026, 5, 1), "Labour Day"),
        ("GB-SCT", date(2026, 11, 30), "Saint Andrew's Day"),
    ],
)
def test_public_holidays_go_by_the_code_of_a_country_a_part_or_an_exchange(name, day, label):
    """Given codes of the holidays package; labels are in English where it has them."""
    calendar = find_calendar(name)
    assert calendar.name == name
    assert calendar.holiday(day) == label
    assert calendar.is_business_day(day) is (label is None)


def test_a_weekend_is_that_of_the_country():
    """Given Israel, whose weekend is Friday and Saturday, and a Sunday on which China works."""
    friday, sunday = date(2026, 11, 20), date(2026, 11, 22)
    israel = public_calendar("IL")
    assert israel.is_weekend(friday) and not israel.is_business_day(friday)
    assert not israel.is_weekend(sunday) and israel.is_business_day(sunday)
    china = public_calendar("CN")
    worked = min(china.days.weekend_workdays or _asked(china, date(2025, 1, 26)))
    assert china.is_weekend(worked)
    assert china.is_business_day(worked)


def _asked(calendar, day):
    calendar.holiday(day)
    return calendar.days.weekend_workdays


@pytest.mark.parametrize(
    ("name", "what", "cure"),
    [
        ("de", "no calendar of this name", "write DE"),
        ("NYSEX", "no calendar of this name", "write a name such as DE, DE-BY or NYSE"),
        ("de-by", "no calendar of this name", "write DE-BY"),
        ("Germany", "no calendar of this name", "write DE, or"),
        ("Bayern", "no calendar of this name", "write a name such as DE, DE-BY or NYSE"),
        ("Germany", "no calendar of this name", "write"),
        ("ZZ9", "no calendar of this name", "write"),
        ("HolidayBase", "no calendar of this name", "write a name such as DE, DE-BY or NYSE"),
        ("utils", "no calendar of this name", "write"),
        ("DE-BX", "DE has no part BX", "write after DE-: B"),
        ("DE-", "DE has no part", "write after DE-: BB, BE"),
        ("NYSE-NY", "NYSE has no part NY", "write after NYSE-: nothing: it has no parts"),
        ("DE;DROP", "not a name of a calendar", "letters, digits and _ . - only"),
        ("DE' OR '1'='1", "not a name of a calendar", "letters, digits"),
        ("../../etc/passwd", "not a name of a calendar", "letters, digits"),
        (".hidden", "not a name of a calendar", "letters, digits"),
        ("DE NYSE", "not a name of a calendar", "letters, digits"),
        ("\u00d6STERREICH", "not a name of a calendar", "letters, digits"),
        ("A" * 200, "not a name of a calendar", "letters, digits"),
    ],
)
def test_a_calendar_that_does_not_exist_is_refused_with_the_nearest_name(name, what, cure):
    """Given wrong codes, paths, and names of the package that are no calendars."""
    error = refused(name)
    assert what in error.message
    assert cure in error.cure


def test_years_beyond_the_package_are_refused():
    """Given that it would say: no holidays."""
    calendar = public_calendar("DE")
    with pytest.raises(FieldError, match="says nothing about 2101") as error:
        calendar.is_business_day(date(2101, 1, 4))
    assert error.value.cure == "decide days of 1991 to 2100"
    assert (calendar.years[0], calendar.years[-1]) == (2001, 2100)


def test_every_public_calendar_answers_for_this_decade():
    """Given every code that the package has, and its first part."""
    from airflow_oracle_dag.control.calendars import _public_names

    asked = 0
    for name in sorted(_public_names()):
        if len(name) != 2 and not name.startswith("X"):
            continue  # other codes are aliases of these
        calendar = public_calendar(name)
        parts = calendar.days.subdivisions
        for one in [calendar, *(public_calendar(f"{name}-{part}") for part in parts[:1])]:
            first, last = one.years[0], one.years[-1]
            if first <= 2026 <= last:
                one.is_business_day(CHRISTMAS)
                asked += 1
    assert asked > 250


# ------------------------------------------------------------------------------ own calendars


def test_own_days_are_holidays_and_others_are_not():
    """Given days as a table has them, as a file has them, and with a time of day."""
    calendar = own_calendar(
        "PLANT",
        [
            (date(2026, 8, 3), " Summer "),
            ("2026-08-04", ""),
            (datetime(2026, 8, 5, 13, tzinfo=UTC), "Stocktaking"),
            (" 2027-01-01 ", "New Year"),
        ],
    )
    assert calendar.holiday(date(2026, 8, 3)) == "Summer"
    assert calendar.holiday(date(2026, 8, 4)) == "PLANT"
    assert calendar.holiday(date(2026, 8, 5)) == "Stocktaking"
    assert calendar.holiday(date(2026, 8, 6)) is None
    assert calendar.years == (2026, 2027)
    assert calendar.is_business_day(date(2026, 8, 6))
    assert not calendar.is_business_day(date(2026, 8, 8))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("FRI-SAT", {4, 5}), ("sun", {6}), ("Sat, Sun", {5, 6}), ("SAT-MON", {5, 6, 0}), ("", set())],
)
def test_an_own_calendar_may_have_its_own_weekend(text, numbers):
    """Given a row `weekend`; nothing after it means that every day is worked."""
    calendar = own_calendar("PLANT", [("Weekend", text), ("2026-01-01", "New Year")])
    assert calendar.weekend == numbers
    assert {d for d in range(7) if calendar.is_weekend(date(2026, 11, 16 + d))} == numbers


@pytest.mark.parametrize(
    ("row", "what", "cure"),
    [
        (("01.05.2026", "May"), "a day '01.05.2026', which is not a date", "as YYYY-MM-DD"),
        (("2026-02-30", "x"), "a day '2026-02-30'", "as YYYY-MM-DD"),
        (("2026-05-01;May", ""), "a day '2026-05-01;May'", "as YYYY-MM-DD"),
        (("", "x"), "a day ''", "as YYYY-MM-DD"),
        ((None, "x"), "a day 'None'", "as YYYY-MM-DD"),
        (("x" * 500, "x"), "a day '" + "x" * 40 + "'", "as YYYY-MM-DD"),
        (("weekend", "FRI-JAN"), "its weekend is 'FRI-JAN'", "as FRI-SAT or SUN"),
        (("weekend", "Freitag"), "its weekend is 'Freitag'", "as FRI-SAT or SUN"),
        (("weekend", "WEEKENDS"), "its weekend is 'WEEKENDS'", "as FRI-SAT or SUN"),
        (("weekend", "5-6"), "its weekend is '5-6'", "as FRI-SAT or SUN"),
    ],
)
def test_a_row_of_a_calendar_that_is_no_day_is_refused(row, what, cure):
    """Given other ways to write dates, and weekends that are none."""
    with pytest.raises(FieldError) as error:
        own_calendar("PLANT", [("2026-01-01", "New Year"), row])
    assert what in error.value.message
    assert cure in error.value.cure


def test_a_year_that_nobody_entered_is_unknown():
    """Given that it would run on New Year's Day otherwise; other questions are answered."""
    calendar = OwnCalendar("PLANT", {date(2026, 1, 1): "New Year", date(2026, 12, 25): "Xmas"})
    with pytest.raises(FieldError) as error:
        calendar.is_business_day(date(2027, 1, 1))
    assert error.value.message == "it says nothing about 2027; its last day is 2026-12-25"
    assert error.value.cure == "enter the holidays of 2027"
    assert calendar.is_weekend(date(2027, 1, 2))
    with pytest.raises(FieldError, match="it has no days at all"):
        OwnCalendar("EMPTY", {}).holiday(CHRISTMAS)


def test_never_true_holds_for_the_years_that_a_calendar_knows():
    """Given an own calendar of one year and a public one of a century."""
    own = OwnCalendar("PLANT", {date(2026, 1, 1): "New Year"})
    assert never_true(parse_condition("HOLIDAYS and FEB"), own)
    assert not never_true(parse_condition("HOLIDAYS and JAN"), own)
    germany = public_calendar("DE")
    assert never_true(parse_condition("HOLIDAYS and AUG"), germany)
    assert not never_true(parse_condition("HOLIDAYS and 23 and MAR"), public_calendar("DE-BB"))


# ------------------------------------------------------------------------------ which is taken


def test_the_table_is_asked_first_then_the_folder_then_the_package(tmp_path):
    """Given a DE in all three, in two of them, and in one."""
    table = KeptCalendars({"DE": {date(2026, 1, 2): "Table"}})
    (tmp_path / "DE.csv").write_text("2026-01-02,File\n")
    assert find_calendar("DE", table, tmp_path).holiday(date(2026, 1, 2)) == "Table"
    assert find_calendar("DE", KeptCalendars({}), tmp_path).holiday(date(2026, 1, 2)) == "File"
    assert find_calendar("DE", None, tmp_path).holiday(date(2026, 1, 2)) == "File"
    assert find_calendar("DE", KeptCalendars({}), tmp_path / "no").holiday(CHRISTMAS)
    assert find_calendar("DE").holiday(date(2026, 1, 2)) is None


def test_an_own_calendar_without_days_is_not_replaced_by_a_public_one():
    """Given a team that has named its DE and has not filled it yet."""
    calendar = find_calendar("DE", KeptCalendars({"DE": {}}))
    with pytest.raises(FieldError, match="it has no days at all"):
        calendar.holiday(CHRISTMAS)


def test_a_file_may_have_a_heading_comments_commas_and_a_byte_order_mark(tmp_path):
    """Given what spreadsheets and people write."""
    text = '\ufeffDay,Label\r\n# closed\r\n\r\n2026-08-03,"Summer, first"\r\n2026-08-04,a,b\r\n'
    (tmp_path / "PLANT.csv").write_bytes((text + "2026-08-05\r\n").encode())
    calendar = find_calendar("PLANT", None, tmp_path)
    labels = [calendar.holiday(date(2026, 8, day)) for day in (3, 4, 5, 6)]
    assert labels == ["Summer, first", "a,b", "PLANT", None]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"2026-08-03,\xff\xfe\n", "PLANT.csv cannot be read: 'utf-8' codec"),
        (b"2026-08-03;Summer\n", "it has a day '2026-08-03;Summer', which is not a date"),
        (b"3.8.2026,Summer\n", "it has a day '3.8.2026', which is not a date"),
        (b"2026-08-03,a\x00b" + b"\n2026-08-99,x\n", "it has a day '2026-08-99'"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, content, what):
    """Given other encodings, separators and dates; the next place is not tried instead."""
    (tmp_path / "PLANT.csv").write_bytes(content)
    assert what in refused("PLANT", None, tmp_path).message


def test_a_name_never_leads_out_of_the_folder(tmp_path):
    """Given a file beside the folder."""
    (tmp_path / "secret.csv").write_text("2026-08-03,x\n")
    folder = tmp_path / "calendars"
    folder.mkdir()
    for name in ("../secret", str(tmp_path / "secret"), "..", "calendars/../../secret"):
        assert refused(name, None, folder).message == "not a name of a calendar"


# ----------------------------------------------------------------------------- surroundings


def test_decisions_of_the_real_world_say_why(tmp_path: Path):
    """Given the example of a job in Berlin, a Bavarian holiday and an own calendar."""
    (tmp_path / "PLANT.csv").write_text("2026-11-20,Stocktaking\n")
    around = surroundings("Europe/Berlin", calendar_folder=tmp_path)
    due = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
    weekly = Job("A", run_condition="MONDAY, WEDNESDAY")
    own = Job("B", run_condition="BUSINESS_DAYS", calendar="PLANT")
    cron = Job("C", run_condition="CRON(15-21 * *) and FRI")
    assert decide(weekly, due, around).reason == (
        "2026-11-20 is a Friday in Europe/Berlin; condition MONDAY, WEDNESDAY"
    )
    assert decide(own, due, around).reason == (
        "2026-11-20 is a Friday in Europe/Berlin, a holiday of PLANT (Stocktaking); "
        "condition BUSINESS_DAYS"
    )
    assert decide(cron, due, around).should_run
    bavarian = Job("D", run_condition="BUSINESS_DAYS", calendar="DE-BY")
    decision = decide_on(bavarian, date(2026, 6, 4), around)
    assert "a holiday of DE-BY (Corpus Christi)" in decision.reason
    assert not decision.should_run


def test_a_wrong_name_is_an_error_of_its_own_row():
    """Given a calendar and a zone that do not exist, the calendar not even needed."""
    around = surroundings()
    due = datetime(2026, 11, 20, tzinfo=UTC)
    assert decide(Job("A", calendar="DD"), due, around).error.startswith(
        "job A, Calendar 'DD': no calendar of this name\n  To mend it: write"
    )
    assert decide(Job("B", timezone="CEST"), due, around).error.startswith(
        "job B, Timezone 'CEST': not a known time zone\n  To mend it: write"
    )
    assert decide(Job("C"), due, around).should_run


def test_the_table_is_asked_once_for_a_calendar_and_never_without_one():
    """Given many rows: a query for each calendar, not for each row."""
    table = KeptCalendars({"PLANT": {date(2026, 11, 20): "Stocktaking"}})
    around = surroundings("UTC", table=table)  # type: ignore[arg-type]
    due = datetime(2026, 11, 20, tzinfo=UTC)
    rows = [Job(f"J{number}", run_condition="MON-SUN") for number in range(50)]
    for row in rows:
        decide(row, due, around)
    assert table.asked == []
    named = [
        Job(f"J{number}", calendar=("PLANT", "DE", "NONE")[number % 3]) for number in range(60)
    ]
    for row in named:
        decide(row, due, around)
    assert sorted(table.asked) == ["DE", "NONE", "PLANT"]


def test_a_store_that_is_away_decides_nothing_and_is_asked_again():
    """Given that the answer may come the next time."""
    table = KeptCalendars({})
    around = surroundings("UTC", table=table)  # type: ignore[arg-type]
    row, due = Job("A", calendar="AWAY"), datetime(2026, 11, 20, tzinfo=UTC)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="ORA-12541"):
            decide(row, due, around)
    assert table.asked == ["AWAY", "AWAY"]


# ------------------------------------------------------------------------------------- cron

GOOD = ["1-7 * MON", "* * *", "L * *", "15W * *", "* * FRI#2", "* * L5", "? JAN-MAR MON-FRI"]
GOOD += ["*/2 * *", "1,15 */3 *", "29 2 *", "31-2 * *", "* * 0", "* * 7", "* NOV-FEB SAT"]


@pytest.mark.parametrize("expression", GOOD)
def test_cron_days_are_those_of_croniter(expression):
    """Given every day of two years, and croniter walking from one to the next by itself."""
    days = CroniterDays()
    assert days.check(expression) is None
    first, last = date(2027, 12, 31), date(2029, 12, 31)
    walk = croniter(f"0 0 {expression}", datetime(2027, 12, 31, 12), ret_type=datetime)
    expected, day = set(), next(walk).date()
    while day <= last:
        expected.add(day)
        day = next(walk).date()
    every = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    assert {day for day in every if days.matches(expression, day)} == expected


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("32 * *", "cron cannot read it: [32 * *] is not acceptable, out of range"),
        ("* 13 *", "cron cannot read it"),
        ("* * 8", "cron cannot read it"),
        ("0 * *", "cron cannot read it"),
        ("MON * *", "cron cannot read it"),
        ("* * FOO", "cron does not know FOO"),
        ("R * *", "cron does not know R"),
        ("H * *", "cron does not know H"),
        ("1/0 * *", "cron cannot read it"),
        ("*/0 * *", "cron cannot read it"),
        ("- * *", "cron cannot read it"),
        (", * *", "cron cannot read it"),
        ("1;2 * *", "cron has digits, names, and * , - / # ? only"),
        ("@daily * *", "cron has digits, names"),
        ("1-" + "9" * 500 + " * *", "cron cannot read it"),
    ],
)
def test_cron_that_cannot_be_read_is_refused(expression, what):
    """Given values out of range, unknown names, lots that would be drawn, and other signs."""
    error = CroniterDays().check(expression)
    assert error is not None
    assert error.startswith(what)
    assert "0 0" not in error
    assert len(error) < 200


def test_a_cron_day_that_never_comes_is_never_true():
    """Given the 30th of February, which is no error but which a check of rows warns about."""
    days = CroniterDays()
    assert days.check("30 2 *") is None
    assert not days.matches("30 2 *", date(2028, 2, 29))
    assert never_true(parse_condition("CRON(30 2 *)", days))
    assert not never_true(parse_condition("CRON(29 2 *) and SUN", days))
