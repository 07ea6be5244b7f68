"""INTERVAL YEAR TO MONTH and DAY TO SECOND."""

# ruff: noqa: E501 - a case of a list reads best on one line

from __future__ import annotations

import datetime as dt
from typing import Any

import oracledb

from tests.conformance.record import Case, Differs, Feature, Manual, differs, raises, rows

FEATURE = Feature(3, "INTERVAL")

_ARITHMETIC = "Datetime/Interval Arithmetic"
_LITERALS = "Interval Literals"
_D = dt.datetime
_TWO_DIGITS = differs("two digits", rows(("+01-02",)))


def _is(
    name: str,
    expression: str,
    value: Any,
    section: str = _ARITHMETIC,
    sandbox: Differs | None = None,
) -> Case:
    evidence = Manual("SQL Language Reference", section)
    return Case(name, f"select {expression} from dual", rows((value,)), evidence, sandbox=sandbox)


CASES = (
    _is("a month is added", "date '2024-01-15' + interval '1' month", _D(2024, 2, 15)),
    _is("years and months are taken away", "date '2024-03-15' - interval '1-2' year to month", _D(2023, 1, 15)),
    Case("the day must be there in the new month", "select date '2024-01-31' + interval '1' month from dual", raises(1839), Manual("SQL Language Reference", _ARITHMETIC)),
    _is("a timestamp keeps its time", "to_char(timestamp '2024-02-29 10:11:12' + interval '4' year, 'YYYY-MM-DD HH24:MI')", "2028-02-29 10:11"),
    _is("intervals are added and multiplied", "(interval '1-6' year to month + interval '8' month) * 2", oracledb.IntervalYM(4, 4)),
    _is("a negative interval as text", "to_char(interval '-1-2' year to month)", "-01-02", _LITERALS),
    _is("NUMTOYMINTERVAL", "numtoyminterval(14, 'MONTH')", oracledb.IntervalYM(1, 2), "NUMTOYMINTERVAL"),
    _is("NUMTOYMINTERVAL has nine digits for years", "to_char(numtoyminterval(14, 'MONTH'))", "+000000001-02", "NUMTOYMINTERVAL", _TWO_DIGITS),
    _is("NUMTODSINTERVAL has nine digits for days, too", "substr(to_char(numtodsinterval(1.5, 'DAY')), 1, 19)", "+000000001 12:00:00", "NUMTODSINTERVAL"),
    _is("TO_YMINTERVAL", "date '2024-01-15' + to_yminterval('01-02')", _D(2025, 3, 15), "TO_YMINTERVAL"),
    _is("EXTRACT of years and months", "extract(year from interval '3-5' year to month) * 100 + extract(month from interval '3-5' year to month)", 305, "EXTRACT (datetime)"),
    _is("a client gets years and months", "interval '1-2' year to month", oracledb.IntervalYM(1, 2), _LITERALS),
    Case("a column of them", "select i from t order by i", rows((oracledb.IntervalYM(0, 11),), (oracledb.IntervalYM(1, 0),)), Manual("SQL Language Reference", "INTERVAL YEAR TO MONTH Data Type"), setup=("create table t (i interval year to month)", "insert into t values (interval '1' year)", "insert into t values (numtoyminterval(11, 'MONTH'))")),
    _is("days and a time", "interval '4 5:12:10.222' day to second", dt.timedelta(days=4, hours=5, minutes=12, seconds=10, milliseconds=222), _LITERALS),
    _is("hours alone", "interval '36' hour", dt.timedelta(hours=36), _LITERALS),
    _is("NUMTODSINTERVAL", "numtodsinterval(1.5, 'DAY')", dt.timedelta(days=1, hours=12), "NUMTODSINTERVAL"),
    _is("TO_DSINTERVAL", "to_dsinterval('1 02:03:04')", dt.timedelta(days=1, hours=2, minutes=3, seconds=4), "TO_DSINTERVAL"),
    _is("EXTRACT of an hour", "extract(hour from interval '1 02:03:04' day to second)", 2, "EXTRACT (datetime)"),
    _is("an interval divided", "interval '1' day / 4", dt.timedelta(hours=6)),
    Case("an interval that is none", "select to_dsinterval('soon') from dual", raises(1867), Manual("Database Error Messages", "ORA-01867")),
    Case("dates differ by years and months where that is said", "select (date '2024-05-07' - date '2022-02-07') year to month from dual", rows((oracledb.IntervalYM(2, 3),)), Manual("SQL Language Reference", "Interval Expressions"), sandbox=differs("the error is ORA-00900", raises(900))),
)  # fmt: skip
