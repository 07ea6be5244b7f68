"""Implicit conversions: what becomes what, and what cannot."""

# ruff: noqa: E501 - a case of a list reads best on one line

from __future__ import annotations

from typing import Any

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "Implicit conversions")

_RULES = Manual("SQL Language Reference", "Data Type Comparison Rules, Implicit Data Conversion")
_BLANKS = Manual("SQL Language Reference", "Blank-Padded and Nonpadded Comparison Semantics")
_T = (
    "create table t (n number, v varchar2(20), d date, c char(5))",
    "insert into t values (10, '10', date '2024-05-07', 'ab')",
)


def _is(name: str, expression: str, value: Any, evidence: Manual = _RULES) -> Case:
    return Case(name, f"select {expression} from t", rows((value,)), evidence, setup=_T)


def _where(name: str, condition: str, found: int, evidence: Manual = _RULES) -> Case:
    run = f"select count(*) from t where {condition}"
    return Case(name, run, rows((found,)), evidence, setup=_T)


def _refused(name: str, expression: str, code: int) -> Case:
    return Case(name, f"select {expression} from t", raises(code), _RULES, setup=_T)


CASES = (
    _is("text in arithmetic becomes a number", "'7' + 1", 8),
    _is("both sides may be text", "'2' * '3'", 6),
    _is("a text argument of a numeric function", "round('2.5') + abs('-3')", 6),
    _is("a number joined to text", "n || v", "1010"),
    _is("a number as argument of a text function", "substr(12345, 2, 3)", "234"),
    _is("a date joined to text takes the session's format", "'' || d", "07-MAY-24"),
    _is("a text argument of a date function", "to_char(add_months('31-JAN-24', 1), 'MM-DD')", "02-29"),
    _where("a text column compared with a number becomes a number", "v = 10.0", 1),
    _where("text compared with a date becomes a date", "d = '07-MAY-24'", 1),
    _where("numbers compare as numbers", "v > 9", 1),
    _where("CHAR compares with a literal without its blanks", "c = 'ab'", 1, _BLANKS),
    _where("two literals compare without their blanks", "'a' = 'a  '", 1, _BLANKS),
    _where("VARCHAR2 compares with its blanks", "v = '10 '", 0, _BLANKS),
    _refused("text that is no number in arithmetic", "'x' + 1", 1722),
    _refused("text that is no number compared with one", "case when 'abc' > n then 1 end", 1722),
    _refused("text in another format than the session's", "case when d > '2024-01-01' then 1 end", 1861),
    _refused("a month that is none", "case when d > '01-FOO-24' then 1 end", 1843),
    Case(
        "a text inserted into a number",
        "insert into t (n) values ('12.5')",
        rows((12.5,)),
        _RULES,
        setup=_T,
        then="select max(n) from t",
    ),
    Case("what is no number inserted into one", "insert into t (n) values ('NaN')", raises(1722), _RULES, setup=_T),
    Case(
        "a date inserted into a text column",
        "insert into t (v) values (date '2024-12-31')",
        rows(("31-DEC-24",)),
        _RULES,
        setup=_T,
        then="select max(v) from t",
    ),
)  # fmt: skip
