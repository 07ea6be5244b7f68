"""Functions of PL/SQL expressions: a few in Python, all others asked of PostgreSQL."""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names
# ruff: noqa: ARG001, ARG005 - the functions of a table share one signature

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from airflow_oracle_dag.sandbox.dialect.functions import ALIASES, BUILDERS, NAMED
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.errors import sqlcode, sqlerrm, sqlerrm_of
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.lobs import initial
from airflow_oracle_dag.sandbox.plsql.operators import as_text
from airflow_oracle_dag.sandbox.plsql.types import (
    CONTEXT,
    DATE,
    NUMBER,
    TEXT,
    TIMESTAMP,
    TIMESTAMP_TZ,
    PlType,
    tidy,
    to_number,
)
from airflow_oracle_dag.sandbox.session import OracleError, OracleType

UTC = dt.UTC
_RESULTS: dict[str, PlType] = {
    **dict.fromkeys(("TO_DATE", "ADD_MONTHS", "LAST_DAY", "NEXT_DAY"), DATE),
    **dict.fromkeys(("TO_TIMESTAMP", "SYS_EXTRACT_UTC"), TIMESTAMP),
    **dict.fromkeys(("TO_TIMESTAMP_TZ", "FROM_TZ"), TIMESTAMP_TZ),
    **dict.fromkeys(
        (
            "TO_CHAR",
            "SUBSTR",
            "UPPER",
            "LOWER",
            "TRIM",
            "LTRIM",
            "RTRIM",
            "LPAD",
            "RPAD",
            "REPLACE",
            "SYS_CONTEXT",
            "CHR",
            "INITCAP",
            "TRANSLATE",
        ),
        TEXT,
    ),
    **dict.fromkeys(
        (
            "TO_NUMBER",
            "LENGTH",
            "LENGTHB",
            "INSTR",
            "MOD",
            "ABS",
            "CEIL",
            "FLOOR",
            "SIGN",
            "POWER",
            "SQRT",
            "MONTHS_BETWEEN",
            "ASCII",
            "BITAND",
        ),
        NUMBER,
    ),
}
Native = Callable[[Frame, list[Any]], Any]
_LEAVE = object()  # a native function says: ask PostgreSQL


def _now(frame: Frame) -> dt.datetime:
    return dt.datetime.now(UTC)


PSEUDO: dict[str, Expression] = {
    "SYSDATE": Expression(lambda f: dt.datetime.now(UTC).replace(microsecond=0, tzinfo=None), DATE),
    "SYSTIMESTAMP": Expression(_now, TIMESTAMP_TZ),
    "CURRENT_TIMESTAMP": Expression(_now, TIMESTAMP_TZ),
    "CURRENT_DATE": Expression(lambda f: f.ask("SELECT CURRENT_DATE FROM DUAL", [], []), DATE),
    "LOCALTIMESTAMP": Expression(
        lambda f: f.ask("SELECT LOCALTIMESTAMP FROM DUAL", [], []), TIMESTAMP
    ),
    "USER": Expression(lambda f: f.session.user, TEXT),
    "UID": Expression(lambda f: f.ask("SELECT UID FROM DUAL", [], []), NUMBER),
    "SQLCODE": Expression(lambda f: sqlcode(f.error), NUMBER),
    "SQLERRM": Expression(lambda f: sqlerrm(f.error), TEXT),
}


def _number(rounding: str) -> Native:
    def run(frame: Frame, a: list[Any]) -> Any:
        if not a or isinstance(a[0], (dt.datetime, float)) or None in a:
            return None if None in a else _LEAVE
        value = to_number(a[0])
        digits = int(to_number(a[1])) if len(a) > 1 else 0
        if isinstance(value, int) and digits >= 0:
            return value
        return tidy(Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding, CONTEXT))

    return run


def _span(size: int, a: list[Any]) -> slice:
    """Return what SUBSTR takes of so many characters or bytes."""
    start = int(to_number(a[1]))
    begin = start - 1 if start > 0 else max(size + start, -1) if start < 0 else 0
    length = int(to_number(a[2])) if len(a) > 2 else size
    return slice(0, 0) if begin < 0 or length <= 0 else slice(begin, begin + length)


def _substr(frame: Frame, a: list[Any]) -> Any:
    if None in a:
        return None
    text = as_text(a[0], frame, None)
    return text[_span(len(text), a)] or None


def _substrb(frame: Frame, a: list[Any]) -> Any:
    """Cut by bytes; the bytes of a character that is cut become blanks, as in Oracle."""
    if None in a:
        return None
    data = as_text(a[0], frame, None).encode()
    piece = data[_span(len(data), a)]
    lead = next((n for n, byte in enumerate(piece) if byte & 0xC0 != 0x80), len(piece))
    whole = piece[lead:].decode("utf-8", "ignore")
    trail = len(piece) - lead - len(whole.encode())
    return " " * lead + whole + " " * trail or None


def _length(frame: Frame, a: list[Any]) -> Any:
    return None if a[0] is None else len(as_text(a[0], frame, None))


def _to_char(frame: Frame, a: list[Any]) -> Any:
    if len(a) == 1 and isinstance(a[0], (str, int, float, Decimal, type(None))):
        return as_text(a[0], frame, None) or None
    return _LEAVE


def _to_number(frame: Frame, a: list[Any]) -> Any:
    return to_number(a[0]) if len(a) == 1 else _LEAVE


def _nvl(frame: Frame, a: list[Any]) -> Any:
    return a[0] if a[0] is not None else a[1]


def _coalesce(frame: Frame, a: list[Any]) -> Any:
    return next((v for v in a if v is not None), None)


def _extract_utc(frame: Frame, a: list[Any]) -> Any:
    if isinstance(a[0], dt.datetime) and a[0].tzinfo is not None:
        return a[0].astimezone(UTC).replace(tzinfo=None)
    return _LEAVE


def _mod(frame: Frame, a: list[Any]) -> Any:
    if None in a:
        return None
    left, right = Decimal(to_number(a[0])), Decimal(to_number(a[1]))
    return tidy(left if right == 0 else left % right)


def _chr(frame: Frame, a: list[Any]) -> Any:
    """In AL32UTF8 the number holds the bytes of the character."""
    if a[0] is None:
        return None
    number = int(to_number(a[0]))
    try:
        return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big").decode()
    except (OverflowError, UnicodeDecodeError) as error:
        raise unimplemented("CHR of half a character") from error


def _sqlerrm(frame: Frame, a: list[Any]) -> Any:
    return sqlerrm_of(int(to_number(a[0])))


NATIVE: dict[str, Native] = {
    "NVL": _nvl,
    "COALESCE": _coalesce,
    "NULLIF": lambda f, a: None if a[0] == a[1] else a[0],
    "LENGTH": _length,
    "LENGTHB": lambda f, a: None if a[0] is None else len(as_text(a[0], f, None).encode()),
    "SUBSTR": _substr,
    "SUBSTRB": _substrb,
    "UPPER": lambda f, a: None if a[0] is None else as_text(a[0], f, None).upper(),
    "LOWER": lambda f, a: None if a[0] is None else as_text(a[0], f, None).lower(),
    "TO_CHAR": _to_char,
    "TO_NUMBER": _to_number,
    "SYS_EXTRACT_UTC": _extract_utc,
    "MOD": _mod,
    "ROUND": _number(ROUND_HALF_UP),
    "TRUNC": _number(ROUND_DOWN),
    "CHR": _chr,
    "ABS": lambda f, a: None if a[0] is None else abs(to_number(a[0])),
    "SQLERRM": _sqlerrm,
    "EMPTY_CLOB": lambda f, a: initial(""),
    "EMPTY_BLOB": lambda f, a: initial(b""),
    "CONCAT": lambda f, a: (as_text(a[0], f, None) + as_text(a[1], f, None)) or None,
}
# PL/SQL Language Reference, "SQL Functions in PL/SQL Expressions".
SQL_ONLY = frozenset({
    "AVG", "BIN_TO_NUM", "COUNT", "CUME_DIST", "DECODE", "DENSE_RANK", "DUMP", "FIRST_VALUE",
    "LAG", "LAST_VALUE", "LEAD", "LISTAGG", "LNNVL", "MAX", "MEDIAN", "MIN", "NTILE",
    "PERCENT_RANK", "RANK", "RATIO_TO_REPORT", "ROWNUM", "ROW_NUMBER", "STDDEV", "SUM",
    "SYS_CONNECT_BY_PATH", "VARIANCE", "VSIZE", "WIDTH_BUCKET",
})  # fmt: skip
_ASKED = (
    frozenset(n.upper() for n in NAMED)
    | frozenset(ALIASES)
    | frozenset(BUILDERS)
    | {"DECODE", "USERENV"}
)


def _result_type(name: str, arguments: list[Expression]) -> PlType | None:
    if name in ("NVL", "COALESCE", "NULLIF", "GREATEST", "LEAST", "ABS") and arguments:
        return arguments[0].type
    if name in ("TRUNC", "ROUND") and arguments:
        first = arguments[0].type
        if first is not None and first.kind in (
            OracleType.DATE,
            OracleType.TIMESTAMP,
            OracleType.TIMESTAMP_TZ,
        ):
            return DATE
        return first
    return _RESULTS.get(name)


def known(name: str) -> bool:
    """Tell whether a built-in function of that name exists."""
    return name in NATIVE or (name in _ASKED and name != "NVL2")


def call(name: str, arguments: list[Expression]) -> Expression:
    """Compile a call of a built-in function."""
    native = NATIVE.get(name)
    runs = [a.run for a in arguments]
    types = [a.type.bind if a.type else None for a in arguments]
    listed = ", ".join(f":A{i + 1}" for i in range(len(arguments)))
    text = f"SELECT {name}({listed}) FROM DUAL"

    def run(frame: Frame) -> Any:
        values = [r(frame) for r in runs]
        if native is not None:
            try:
                found = native(frame, values)
            except IndexError as error:
                raise OracleError(
                    6553, f"PLS-306: wrong number or types of arguments in call to '{name}'"
                ) from error
            if found is not _LEAVE:
                return found
        return frame.ask(text, values, types)

    return Expression(run, _result_type(name, arguments))
