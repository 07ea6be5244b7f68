"""Operators of PL/SQL on Python values; dates and intervals are left to PostgreSQL."""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names
# ruff: noqa: FBT001 - private flags

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

from airflow_oracle_dag.sandbox.engine_types import PaddedText
from airflow_oracle_dag.sandbox.plsql.errors import named
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.types import (
    BOOLEAN,
    CONTEXT,
    DATE,
    NUMBER,
    TEXT,
    PlType,
    number_text,
    tidy,
    to_number,
)
from airflow_oracle_dag.sandbox.session import OracleType

_NUMBERS = (int, Decimal)
_ODD = Context(prec=39, rounding=CONTEXT.rounding)
_TEMPORAL = (dt.datetime, dt.timedelta)


def _divide(a: Any, b: Any) -> Any:
    if b == 0:
        raise named(1476)
    if isinstance(a, float) or isinstance(b, float):
        return float(a) / float(b)
    return tidy(_rounded(CONTEXT.divide(Decimal(a), Decimal(b))))


def _rounded(value: Decimal) -> Decimal:
    """Round as NUMBER does: to 20 digits of base 100, the first of which may have one figure."""
    return value if value.adjusted() % 2 else _ODD.plus(value)


def _power(a: Any, b: Any) -> Any:
    return tidy(_rounded(CONTEXT.power(Decimal(a), Decimal(b))))


def _exact(
    function: Callable[[Decimal, Decimal], Decimal], quick: Callable[[Any, Any], Any]
) -> Callable[[Any, Any], Any]:
    def run(a: Any, b: Any) -> Any:
        if isinstance(a, int) and isinstance(b, int):
            return quick(a, b)
        if isinstance(a, float) or isinstance(b, float):
            return quick(float(a), float(b))
        return tidy(function(Decimal(a), Decimal(b)))

    return run


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": _exact(CONTEXT.add, lambda a, b: a + b),
    "-": _exact(CONTEXT.subtract, lambda a, b: a - b),
    "*": _exact(CONTEXT.multiply, lambda a, b: a * b),
    "/": _divide,
    "**": _power,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "!=": lambda a, b: bool(a != b),
    "^=": lambda a, b: bool(a != b),
    "~=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def _date_result(sign: str, left: PlType | None, right: PlType | None) -> PlType | None:
    kinds = [t.kind if t else None for t in (left, right)]
    if OracleType.DATE in kinds:
        return NUMBER if sign == "-" and kinds[0] == kinds[1] else DATE
    if kinds[0] in (OracleType.TIMESTAMP, OracleType.TIMESTAMP_TZ):
        if kinds[1] is OracleType.NUMBER:
            return DATE
        return PlType(OracleType.INTERVAL_DS) if kinds[1] == kinds[0] else left
    return None


def arithmetic(sign: str, left: Expression, right: Expression) -> Expression:
    """Compile ``a + b`` and its like."""
    compute = _ARITHMETIC[sign]
    first, second = left.run, right.run
    types = [t.type.bind if t.type else None for t in (left, right)]
    text = f"SELECT :A1 {sign} :A2 FROM DUAL"

    def run(frame: Frame) -> Any:
        a, b = first(frame), second(frame)
        if a is None or b is None:
            return None
        if isinstance(a, _TEMPORAL) or isinstance(b, _TEMPORAL):
            return frame.ask(text, [a, b], types)
        return compute(to_number(a), to_number(b))

    result = _date_result(sign, left.type, right.type)
    if result is None and not (left.type is None and right.type is None):
        known = [t for t in (left.type, right.type) if t is not None]
        result = (
            NUMBER
            if all(t.kind in (OracleType.NUMBER, OracleType.VARCHAR2) for t in known)
            and len(known) == 2
            else None
        )
    return Expression(run, result)


def _comparable(
    a: Any, b: Any, frame: Frame, types: tuple[PlType | None, PlType | None]
) -> tuple[Any, Any]:
    if isinstance(a, str) != isinstance(b, str):
        if isinstance(a, _NUMBERS) or isinstance(b, _NUMBERS):
            return to_number(a), to_number(b)
        if isinstance(a, str):
            return frame.convert(a, types[1].kind if types[1] else OracleType.DATE), b
        return a, frame.convert(b, types[0].kind if types[0] else OracleType.DATE)
    if (
        isinstance(a, dt.datetime)
        and isinstance(b, dt.datetime)
        and (a.tzinfo is None) != (b.tzinfo is None)
    ):
        return a.replace(tzinfo=a.tzinfo or dt.UTC), b.replace(tzinfo=b.tzinfo or dt.UTC)
    return a, b


def _blank(value: Any, padded: bool) -> bool:
    """Tell whether a value's trailing blanks do not count against another such value."""
    return padded or isinstance(value, PaddedText)


def compare(sign: str, left: Expression, right: Expression) -> Expression:
    """Compile a comparison; with a NULL it is NULL."""
    test = _COMPARE[sign]
    first, second = left.run, right.run
    types = (left.type, right.type)
    pads = [kind is not None and kind.padded for kind in types]

    def run(frame: Frame) -> Any:
        a, b = first(frame), second(frame)
        if a is None or b is None:
            return None
        if type(a) is not type(b):
            a, b = _comparable(a, b, frame, types)
        if isinstance(a, str) and _blank(a, pads[0]) and _blank(b, pads[1]):
            a, b = a.rstrip(" "), b.rstrip(" ")
        return test(a, b)

    return Expression(run, BOOLEAN)


def as_text(value: Any, frame: Frame, kind: PlType | None) -> str:
    """Write a value as || does."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float, Decimal)):
        return number_text(value)
    return str(
        frame.ask("SELECT TO_CHAR(:A1) FROM DUAL", [value], [kind.bind if kind else None]) or ""
    )


def concatenate(left: Expression, right: Expression) -> Expression:
    """Compile ``a || b``."""
    first, second, kinds = left.run, right.run, (left.type, right.type)

    def run(frame: Frame) -> Any:
        return (
            as_text(first(frame), frame, kinds[0]) + as_text(second(frame), frame, kinds[1])
        ) or None

    return Expression(run, TEXT)


def both(left: Expression, right: Expression) -> Expression:
    """Compile AND with three truth values."""

    def run(frame: Frame) -> Any:
        a = left.run(frame)
        if a is False:
            return False
        b = right.run(frame)
        if b is False:
            return False
        return None if a is None or b is None else True

    return Expression(run, BOOLEAN)


def either(left: Expression, right: Expression) -> Expression:
    """Compile OR with three truth values."""

    def run(frame: Frame) -> Any:
        a = left.run(frame)
        if a is True:
            return True
        b = right.run(frame)
        if b is True:
            return True
        return None if a is None or b is None else False

    return Expression(run, BOOLEAN)


def negate(inner: Expression) -> Expression:
    """Compile NOT."""

    def run(frame: Frame) -> Any:
        value = inner.run(frame)
        return None if value is None else not value

    return Expression(run, BOOLEAN)


def minus(inner: Expression) -> Expression:
    """Compile a sign."""

    def run(frame: Frame) -> Any:
        value = inner.run(frame)
        if value is None or isinstance(value, dt.timedelta):
            return None if value is None else -value
        return -to_number(value)

    return Expression(run, inner.type or NUMBER)


def is_null(inner: Expression, wanted: bool) -> Expression:
    """Compile IS [NOT] NULL."""
    return Expression(lambda frame: (inner.run(frame) is None) is wanted, BOOLEAN)


@lru_cache(maxsize=500)
def _pattern(like: str, escape: str | None) -> re.Pattern[str]:
    parts: list[str] = []
    characters = iter(like)
    for character in characters:
        if escape is not None and character == escape:
            parts.append(re.escape(next(characters, "")))
        else:
            parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
    return re.compile("".join(parts), re.DOTALL)


def like(value: Expression, pattern: Expression, escape: Expression | None) -> Expression:
    """Compile LIKE."""

    def run(frame: Frame) -> Any:
        text, wanted = value.run(frame), pattern.run(frame)
        if text is None or wanted is None:
            return None
        mark = escape.run(frame) if escape is not None else None
        return (
            _pattern(as_text(wanted, frame, None), mark).fullmatch(as_text(text, frame, value.type))
            is not None
        )

    return Expression(run, BOOLEAN)
