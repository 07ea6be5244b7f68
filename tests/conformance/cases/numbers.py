"""NUMBER: precision and scale, arithmetic, limits."""

# ruff: noqa: E501 - a case of a list reads best on one line

from __future__ import annotations

from typing import Any

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "NUMBER")

_NUMBER = Manual("SQL Language Reference", "NUMBER Data Type")


def _kept(name: str, kind: str, value: str, expected: Any) -> Case:
    return Case(
        name,
        f"insert into t values ({value})",
        rows((expected,)),
        _NUMBER,
        setup=(f"create table t (n {kind})",),
        then="select n from t",
    )


def _refused(name: str, kind: str, value: str, code: int) -> Case:
    evidence = Manual("Database Error Messages", f"ORA-{code:05d}")
    return Case(
        name,
        f"insert into t values ({value})",
        raises(code),
        evidence,
        setup=(f"create table t (n {kind})",),
    )


def _is(name: str, expression: str, value: Any, section: str) -> Case:
    evidence = Manual("SQL Language Reference", section)
    return Case(name, f"select {expression} from dual", rows((value,)), evidence)


CASES = (
    _kept("a value is rounded to the scale", "number(5,2)", "123.456", 123.46),
    _kept("without a scale it is rounded to a whole number", "number(5)", "123.5", 124),
    _kept("a negative scale rounds to hundreds", "number(5,-2)", "12345", 12300),
    _kept("a scale above the precision", "number(2,4)", "0.0012", 0.0012),
    _kept("INTEGER has no fraction", "integer", "1.5", 2),
    _kept("38 digits are exact", "number(38)", "12345678901234567890123456789012345678", 12345678901234567890123456789012345678),
    _refused("too many digits before the point", "number(3)", "1000", 1438),
    _refused("rounding makes it too large", "number(3,1)", "99.96", 1438),
    Case("a precision above 38", "create table t (n number(39))", raises(1727), Manual("Database Error Messages", "ORA-01727")),
    _is("division is exact decimal division", "1 / 4", 0.25, "Arithmetic Operators"),
    _is("MOD takes the sign of the dividend", "mod(-7, 3)", -1, "MOD"),
    _is("MOD by zero is the dividend", "mod(7, 0)", 7, "MOD"),
    _is("REMAINDER uses ROUND", "remainder(5, 3)", -1, "REMAINDER"),
    _is("ROUND away from zero", "round(-2.5)", -3, "ROUND (number)"),
    _is("ROUND to tens", "round(1234.5, -1)", 1230, "ROUND (number)"),
    _is("TRUNC toward zero", "trunc(-1.99, 1)", -1.9, "TRUNC (number)"),
    _is("CEIL and FLOOR of a negative number", "ceil(-1.5) * 10 + floor(-1.5)", -12, "FLOOR (number)"),
    _is("WIDTH_BUCKET", "width_bucket(35, 0, 100, 10)", 4, "WIDTH_BUCKET"),
    _is("BITAND", "bitand(12, 10)", 8, "BITAND"),
    Case("division by zero", "select 1 / 0 from dual", raises(1476), Manual("Database Error Messages", "ORA-01476")),
    Case("the root of a negative number", "select sqrt(-1) from dual", raises(1428), Manual("Database Error Messages", "ORA-01428")),
)  # fmt: skip
