"""TIMESTAMP, WITH TIME ZONE and WITH LOCAL TIME ZONE."""

# ruff: noqa: E501 - a case of a list reads best on one line

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.conformance.record import Case, Feature, Manual, differs, raises, rows

FEATURE = Feature(3, "TIMESTAMP (LOCAL) TIME ZONE")

_T = dt.datetime
_ZONED = "TIMESTAMP WITH TIME ZONE Data Type"


def _is(name: str, expression: str, value: Any, section: str, **more: Any) -> Case:
    evidence = Manual("SQL Language Reference", section)
    return Case(name, f"select {expression} from dual", rows((value,)), evidence, **more)


CASES = (
    _is("fractions of a second", "to_timestamp('2024-05-07 10:11:12.345', 'YYYY-MM-DD HH24:MI:SS.FF')", _T(2024, 5, 7, 10, 11, 12, 345000), "TO_TIMESTAMP"),
    _is("timestamps differ by an interval", "timestamp '2024-01-02 00:00:00' - timestamp '2024-01-01 12:00:00'", dt.timedelta(hours=12), "Datetime/Interval Arithmetic"),
    _is("a number added makes a DATE", "to_char(timestamp '2024-01-01 00:00:00.2' + 1, 'YYYY-MM-DD HH24:MI:SS')", "2024-01-02 00:00:00", "Datetime/Interval Arithmetic"),
    _is("a cast to DATE", "cast(timestamp '2024-01-01 10:00:00.2' as date)", _T(2024, 1, 1, 10), "CAST"),
    _is("the seconds with their fraction", "extract(second from timestamp '2024-01-01 10:11:12.5')", 12.5, "EXTRACT (datetime)"),
    _is("the same moment in another zone", "to_char(timestamp '2024-07-01 12:00:00 +00:00' at time zone 'Europe/Paris', 'HH24:MI')", "14:00", "Datetime Expressions"),
    _is("moments are compared, not their zones", "case when timestamp '2024-01-01 12:00:00 +02:00' = timestamp '2024-01-01 10:00:00 +00:00' then 1 end", 1, _ZONED),
    _is("SYS_EXTRACT_UTC", "to_char(sys_extract_utc(timestamp '2024-01-01 12:00:00 +02:00'), 'HH24:MI')", "10:00", "SYS_EXTRACT_UTC"),
    _is("FROM_TZ", "to_char(sys_extract_utc(from_tz(timestamp '2024-01-01 12:00:00', '-05:00')), 'HH24:MI')", "17:00", "FROM_TZ"),
    _is(
        "the zone is kept", "to_char(timestamp '2024-01-01 12:00:00 +02:00', 'HH24:MI TZH:TZM')", "12:00 +02:00", _ZONED,
        setup=("alter session set time_zone = '+00:00'",),
        sandbox=differs("the moment is kept, not the offset", rows(("10:00 +00:00",))),
    ),
    Case(
        "LOCAL TIME ZONE shows the session's time",
        "select to_char(t, 'HH24:MI') from z",
        rows(("14:00",)),
        Manual("SQL Language Reference", "TIMESTAMP WITH LOCAL TIME ZONE Data Type"),
        setup=(
            "create table z (t timestamp with local time zone)",
            "insert into z values (timestamp '2024-07-01 12:00:00 +00:00')",
            "alter session set time_zone = 'Europe/Paris'",
        ),
    ),
    Case(
        "the session's zone",
        "select sessiontimezone from dual",
        rows(("+05:30",)),
        Manual("SQL Language Reference", "SESSIONTIMEZONE"),
        setup=("alter session set time_zone = '+05:30'",),
    ),
    Case(
        "the precision rounds",
        "select to_char(t, 'SS.FF3') from p",
        rows(("12.346",)),
        Manual("SQL Language Reference", "TIMESTAMP Data Type"),
        setup=("create table p (t timestamp(3))", "insert into p values (timestamp '2024-01-01 10:11:12.3456')"),
    ),
    Case("a region that there is not", "select timestamp '2024-01-01 12:00:00' at time zone 'Nowhere/Land' from dual", raises(1882), Manual("Database Error Messages", "ORA-01882")),
    Case(
        "LOCAL TIME ZONE takes a time without zone for the session's",
        "select to_char(t, 'HH24:MI') from z",
        rows(("10:00",)),
        Manual("SQL Language Reference", "TIMESTAMP WITH LOCAL TIME ZONE Data Type"),
        setup=(
            "create table z (t timestamp with local time zone)",
            "alter session set time_zone = '+02:00'",
            "insert into z values (timestamp '2024-07-01 12:00:00')",
            "alter session set time_zone = '+00:00'",
        ),
    ),
    Case(
        "LOCAL TIME ZONE compares moments",
        "select count(*) from z where t = timestamp '2024-07-01 14:00:00 +02:00'",
        rows((1,)),
        Manual("SQL Language Reference", "TIMESTAMP WITH LOCAL TIME ZONE Data Type"),
        setup=(
            "create table z (t timestamp with local time zone)",
            "insert into z values (timestamp '2024-07-01 12:00:00 +00:00')",
        ),
    ),
    Case(
        "LOCAL TIME ZONE at another time zone",
        "select to_char(t at time zone '+05:30', 'HH24:MI') from z",
        rows(("17:30",)),
        Manual("SQL Language Reference", "Datetime Expressions"),
        setup=(
            "create table z (t timestamp with local time zone)",
            "insert into z values (timestamp '2024-07-01 12:00:00 +00:00')",
        ),
    ),
)  # fmt: skip
