"""Datetime format models: TO_CHAR, TO_DATE, TO_TIMESTAMP, and what is no date."""

# ruff: noqa: E501 - a case of a list reads best on one line

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "Datetime format models")

_ELEMENTS = Manual("SQL Language Reference", "Datetime Format Models, Datetime Format Elements")
_SUFFIXES = Manual(
    "SQL Language Reference", "Datetime Format Models, Datetime Format Element Suffixes"
)
_MODIFIERS = Manual("SQL Language Reference", "Format Model Modifiers")
_RULES = Manual("SQL Language Reference", "String-to-Date Conversion Rules")
_RR = Manual("SQL Language Reference", "The RR Datetime Format Element")
_MAY = "timestamp '2024-05-07 15:04:09.123456'"


def _shown(name: str, mask: str, value: str, evidence: Manual = _ELEMENTS) -> Case:
    return Case(name, f"select to_char({_MAY}, '{mask}') from dual", rows((value,)), evidence)


def _read(name: str, text: str, mask: str, value: Any, evidence: Manual = _RULES) -> Case:
    run = f"select to_date('{text}', '{mask}') from dual"
    return Case(name, run, rows((value,)), evidence)


def _refused(name: str, text: str, mask: str, code: int) -> Case:
    run = f"select to_date('{text}', '{mask}') from dual"
    return Case(name, run, raises(code), Manual("Database Error Messages", f"ORA-{code:05d}"))


_D = dt.datetime
CASES = (
    _shown("year, month, day", "YYYY-MM-DD", "2024-05-07"),
    _shown("time of day", "HH24:MI:SS HH12 AM", "15:04:09 03 PM"),
    _shown("the meridian indicator with periods", "a.m.", "p.m."),
    _shown("names are padded and follow the case of the element", 'DAY Day Mon MONTH"."', "TUESDAY   Tuesday   May MAY      ."),
    _shown("FM takes the padding away", "fmMonth DD, YYYY", "May 7, 2024", _MODIFIERS),
    _shown("a second FM brings it back", "fmDD fmDD", "7 07", _MODIFIERS),
    _shown("week, quarter, day of year and of week", "WW IW W Q DDD D", "19 19 1 2 128 3"),
    _shown("the ordinal suffix", "fmDDTH", "7TH", _SUFFIXES),
    _shown("the spelled number", "DDSP ddspth", "SEVEN seventh", _SUFFIXES),
    _shown("quoted text", 'YYYY"T"HH24', "2024T15"),
    _shown("fractions of a second", "SS.FF3 FF6", "09.123 123456"),
    _shown("a Roman month is padded", 'RM"."', "V   ."),
    _shown("seconds past midnight and the Julian day", "SSSSS J", "54249 2460438"),
    _shown("the century", "CC", "21"),
    _shown("the year in words", "YEAR", "TWENTY TWENTY-FOUR"),
    Case(
        "an unknown element",
        "select to_char(sysdate, 'FOO') from dual",
        raises(1821),
        Manual("Database Error Messages", "ORA-01821"),
    ),
    Case(
        "a DATE has no fractions of a second",
        "select to_char(sysdate, 'SS.FF') from dual",
        raises(1821),
        _ELEMENTS,
    ),
    _read("hyphens between all elements", "2019-01-02-03-04-05", "YYYY-MM-DD-HH24-MI-SS", _D(2019, 1, 2, 3, 4, 5)),
    _read("digits without the punctuation of the format", "20240507", "YYYY-MM-DD", _D(2024, 5, 7)),
    _read("other punctuation than that of the format", "2024/05/07", "YYYY-MM-DD", _D(2024, 5, 7)),
    _read("fewer digits than the element has", "2024-5-7", "YYYY-MM-DD", _D(2024, 5, 7)),
    _read("a time that is left out is midnight", "2024-05-07", "YYYY-MM-DD HH24:MI:SS", _D(2024, 5, 7)),
    _read("a full name where MON stands", "07-MAY-2024", "DD-MON-YYYY", _D(2024, 5, 7)),
    _read("a month's name where MM stands", "07-MAY-2024", "DD-MM-YYYY", _D(2024, 5, 7)),
    _read("RR of the second half of a century is the last one", "07-MAY-98", "DD-MON-RR", _D(1998, 5, 7), _RR),
    _read("RR of the first half is this century", "07-MAY-49", "DD-MON-RR", _D(2049, 5, 7), _RR),
    _read("YY is this century", "07-MAY-98", "DD-MON-YY", _D(2098, 5, 7), _ELEMENTS),
    _read("four digits where RR stands", "07-MAY-1950", "DD-MON-RR", _D(1950, 5, 7), _RULES),
    _read("the afternoon", "2024-05-07 12:30 PM", "YYYY-MM-DD HH:MI AM", _D(2024, 5, 7, 12, 30), _ELEMENTS),
    _read("the day of the year", "2024-128", "YYYY-DDD", _D(2024, 5, 7), _ELEMENTS),
    _read("the Julian day", "2460438", "J", _D(2024, 5, 7), _ELEMENTS),
    _refused("FX wants every digit", "2024-5-7", "FXYYYY-MM-DD", 1862),
    _refused("FX wants the same punctuation", "2024-05-07", "FXYYYY/MM/DD", 1861),
    _refused("a month that there is not", "2024-13-01", "YYYY-MM-DD", 1843),
    _refused("a day that no month has", "2024-05-32", "YYYY-MM-DD", 1847),
    _refused("a day that this month has not", "2023-02-29", "YYYY-MM-DD", 1839),
    _refused("an hour that there is not", "2024-05-07 24", "YYYY-MM-DD HH24", 1850),
    _refused("an hour of twelve that there is not", "2024-05-07 13", "YYYY-MM-DD HH12", 1849),
    _refused("minutes that there are not", "2024-05-07 10:60", "YYYY-MM-DD HH24:MI", 1851),
    _refused("seconds that there are not", "2024-05-07 10:11:60", "YYYY-MM-DD HH24:MI:SS", 1852),
    _refused("a text that goes on", "2024-05-07 10", "YYYY-MM-DD", 1830),
    _refused("a text that ends too early", "2024-05", "YYYY-MM-DD", 1840),
    _refused("letters where a day is expected", "2024-05-xx", "YYYY-MM-DD", 1858),
    _refused("two elements of the year", "2024 24", "YYYY YY", 1812),
    _refused("an element twice, as in HH:MM", "2004/12/14 4:29 PM", "YYYY/MM/DD HH:MM PM", 1810),
    _refused("an element that cannot be read", "2024 2", "YYYY Q", 1820),
    _refused("twenty-four hours and a meridian indicator", "10 AM", "HH24 AM", 1818),
)  # fmt: skip
