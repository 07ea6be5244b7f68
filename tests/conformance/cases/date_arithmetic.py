"""DATE with its time: arithmetic and date functions."""

# ruff: noqa: E501 - a case of a list reads best on one line

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.conformance.record import Case, Feature, Manual, missing, raises, rows

FEATURE = Feature(3, "DATE (with time) and date functions")

_ARITHMETIC = "Datetime/Interval Arithmetic"
_D = dt.datetime


def _is(name: str, expression: str, value: Any, section: str) -> Case:
    evidence = Manual("SQL Language Reference", section)
    return Case(name, f"select {expression} from dual", rows((value,)), evidence)


CASES = (
    _is("days are added", "date '2024-02-28' + 2", _D(2024, 3, 1), _ARITHMETIC),
    _is("hours are fractions of a day", "date '2024-01-01' + 1 / 24", _D(2024, 1, 1, 1), _ARITHMETIC),
    _is("dates differ by days", "to_date('2024-01-02 12', 'YYYY-MM-DD HH24') - date '2024-01-01'", 1.5, _ARITHMETIC),
    _is("an interval is added", "date '2024-01-01' + interval '90' minute", _D(2024, 1, 1, 1, 30), _ARITHMETIC),
    _is("a DATE keeps its time", "to_char(to_date('10:11', 'HH24:MI'), 'HH24:MI')", "10:11", "DATE Data Type"),
    _is("ADD_MONTHS of a month's last day", "add_months(date '2024-02-29', 1)", _D(2024, 3, 31), "ADD_MONTHS"),
    _is("ADD_MONTHS into a shorter month", "add_months(date '2024-01-31', 1)", _D(2024, 2, 29), "ADD_MONTHS"),
    _is("LAST_DAY", "last_day(date '2023-02-05')", _D(2023, 2, 28), "LAST_DAY"),
    _is("NEXT_DAY is later", "next_day(date '2024-01-01', 'MONDAY')", _D(2024, 1, 8), "NEXT_DAY"),
    _is("MONTHS_BETWEEN of two last days", "months_between(date '2024-03-31', date '2024-02-29')", 1, "MONTHS_BETWEEN"),
    _is("MONTHS_BETWEEN by 31 days", "round(months_between(date '1995-02-02', date '1995-01-01'), 8)", 1.03225806, "MONTHS_BETWEEN"),
    _is("TRUNC to the quarter", "trunc(date '2024-05-17', 'Q')", _D(2024, 4, 1), "ROUND and TRUNC Date Functions"),
    _is("TRUNC to the ISO week", "trunc(date '2024-05-05', 'IW')", _D(2024, 4, 29), "ROUND and TRUNC Date Functions"),
    _is("ROUND of a month from its sixteenth day", "round(date '2024-02-16', 'MM')", _D(2024, 3, 1), "ROUND and TRUNC Date Functions"),
    _is("ROUND of a year from July", "round(date '2024-07-01', 'YYYY')", _D(2025, 1, 1), "ROUND and TRUNC Date Functions"),
    _is("ROUND of a quarter", "round(date '2024-02-16', 'Q')", _D(2024, 4, 1), "ROUND and TRUNC Date Functions"),
    _is("ROUND of a day at noon", "round(to_date('2024-01-01 12', 'YYYY-MM-DD HH24'))", _D(2024, 1, 2), "ROUND (date)"),
    _is("EXTRACT", "extract(month from date '2024-05-17')", 5, "EXTRACT (datetime)"),
    _is("NEW_TIME", "new_time(to_date('2024-11-10 01:23', 'YYYY-MM-DD HH24:MI'), 'AST', 'PST')", _D(2024, 11, 9, 21, 23), "NEW_TIME"),
    Case("EXTRACT of the hour of a DATE", "select extract(hour from sysdate) from dual", raises(30076), Manual("Database Error Messages", "ORA-30076")),
    Case("a day that there is not in a literal", "select date '2023-02-29' from dual", raises(1839), Manual("Database Error Messages", "ORA-01839")),
    Case("NEXT_DAY of what is no day", "select next_day(sysdate, 'FOO') from dual", raises(1846), Manual("Database Error Messages", "ORA-01846")),
    Case("NEXT_DAY looks at the abbreviation only, and keeps the time", "select next_day(to_date('2024-01-01 13', 'YYYY-MM-DD HH24'), 'tuesdays') from dual", rows((_D(2024, 1, 2, 13),)), Manual("SQL Language Reference", "NEXT_DAY")),
    Case("EXTRACT of the region of a time zone's offset", "select extract(timezone_region from timestamp '1999-01-01 10:00:00 -08:00') from dual", rows(("UNKNOWN",)), Manual("SQL Language Reference", "EXTRACT (datetime)"), sandbox=missing("EXTRACT of TIMEZONE_REGION")),
)  # fmt: skip
