"""Number format models: TO_CHAR and TO_NUMBER."""

# ruff: noqa: E501 - a case of a list reads best on one line

from __future__ import annotations

from typing import Any

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "Number format models")

_ELEMENTS = Manual("SQL Language Reference", "Number Format Models, Number Format Elements")
_TO_NUMBER = Manual("SQL Language Reference", "TO_NUMBER")


def _shown(name: str, call: str, value: str | None) -> Case:
    return Case(name, f"select to_char({call}) from dual", rows((value,)), _ELEMENTS)


def _read(name: str, call: str, value: Any) -> Case:
    return Case(name, f"select to_number({call}) from dual", rows((value,)), _TO_NUMBER)


CASES = (
    _shown("a blank stands for the plus sign", "1234.5, '9999.99'", " 1234.50"),
    _shown("a minus sign stands before the first digit", "-5, '999'", "  -5"),
    _shown("zeros fill up", "5, '0999'", " 0005"),
    _shown("FM takes blanks and trailing zeros away", "1234.5, 'FM9,999.99'", "1,234.5"),
    _shown("what does not fit is filled with number signs", "1234, '999'", "####"),
    _shown("the dollar sign stands before the first digit", "5000, '$9,999.99'", " $5,000.00"),
    _shown("a trailing minus", "-1234.5, '9999.9MI'", "1234.5-"),
    _shown("angle brackets", "-5, '999PR'", "  <5>"),
    _shown("a sign in front", "5, 'S999'", "  +5"),
    _shown("a power of ten", "1234, '9.9EEEE'", " 1.2E+03"),
    _shown("Roman numerals", "1984, 'FMRN'", "MCMLXXXIV"),
    _shown("hexadecimal", "255, 'XXXX'", "   FF"),
    _shown("blanks for zero", "0, 'B999'", "    "),
    _shown("moved by powers of ten", "12.3, '99V999'", " 12300"),
    _shown("marks by a parameter", "12345.678, 'FM99G999D00', 'NLS_NUMERIC_CHARACTERS='',.'''", "12.345,68"),
    _shown("no format shows all digits, without a zero before the point", "-0.125", "-.125"),
    _read("groups", "'1,234.5', '9,999.9'", 1234.5),
    _read("a sign", "'-5', 'S9'", -5),
    _read("angle brackets are read", "'<5>', '9PR'", -5),
    _read("a dollar sign", "'$5.5', '$9.9'", 5.5),
    _read("hexadecimal is read", "'FF', 'XX'", 255),
    _read("a power of ten without a format", "'1e3'", 1000),
    _read("a default for what is no number", "'abc' default -1 on conversion error", -1),
    Case("a digit too many", "select to_number('1234', '99') from dual", raises(1722), _TO_NUMBER),
    Case("no number", "select to_number('12x') from dual", raises(1722), _TO_NUMBER),
    Case("what other systems take for a number", "select to_number('0x10') from dual", raises(1722), _TO_NUMBER),
    Case(
        "a format that is none",
        "select to_char(5, 'hello') from dual",
        raises(1481),
        Manual("Database Error Messages", "ORA-01481"),
    ),
)  # fmt: skip
