"""Types of PL/SQL variables: what an assignment does to a value."""

# ruff: noqa: C901, PLR0911 - a grammar's alternatives read best in one place

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from airflow_oracle_dag.sandbox.dialect.types import SqlType
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_types import PaddedText
from airflow_oracle_dag.sandbox.plsql import lobs
from airflow_oracle_dag.sandbox.plsql.errors import value_error
from airflow_oracle_dag.sandbox.session import BindType, OracleError, OracleType

CONTEXT = Context(prec=40, rounding=ROUND_HALF_UP)
Convert = Callable[[Any, OracleType], Any]  # asks PostgreSQL for conversions that need its formats

_KINDS = {
    "NUMBER": OracleType.NUMBER,
    "INTEGER": OracleType.NUMBER,
    "INT": OracleType.NUMBER,
    "SMALLINT": OracleType.NUMBER,
    "REAL": OracleType.NUMBER,
    "VARCHAR2": OracleType.VARCHAR2,
    "CHAR": OracleType.CHAR,
    "CLOB": OracleType.CLOB,
    "BLOB": OracleType.BLOB,
    "RAW": OracleType.RAW,
    "DATE": OracleType.DATE,
    "TIMESTAMP": OracleType.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": OracleType.TIMESTAMP_TZ,
    "TIMESTAMP WITH LOCAL TIME ZONE": OracleType.TIMESTAMP_TZ,
    "INTERVAL DAY TO SECOND": OracleType.INTERVAL_DS,
    "BOOLEAN": OracleType.BOOLEAN,
    "BINARY_DOUBLE": OracleType.BINARY_DOUBLE,
    "BINARY_FLOAT": OracleType.BINARY_DOUBLE,
    "ROWID": OracleType.VARCHAR2,
    "UROWID": OracleType.VARCHAR2,
}

_TIMES = (OracleType.TIMESTAMP, OracleType.TIMESTAMP_TZ)
_TEMPORAL = (*_TIMES, OracleType.DATE, OracleType.INTERVAL_DS)


@dataclass(frozen=True)
class PlType:
    """Be the type of a variable.

    :param size: largest length of a text, 0 for no limit.
    :param scale: of a number; of a time: how many figures of a second it keeps.
    :param integer: PLS_INTEGER and its kin round to whole numbers.
    """

    kind: OracleType
    size: int = 0
    in_bytes: bool = True
    precision: int | None = None
    scale: int | None = None
    integer: bool = False
    low: int | None = None  # the smallest and the largest value of PLS_INTEGER and its subtypes
    high: int | None = None
    padded: bool = False  # comparisons of two such values disregard trailing blanks

    @property
    def bind(self) -> BindType:
        """The type as a bind of a SQL statement."""
        return BindType(self.kind)


TEXT = PlType(OracleType.VARCHAR2)
LITERAL = PlType(OracleType.VARCHAR2, padded=True)
NUMBER = PlType(OracleType.NUMBER)
_LOWEST, _HIGHEST = -(2**31), 2**31 - 1
INTEGER = PlType(OracleType.NUMBER, integer=True, low=_LOWEST, high=_HIGHEST)
BOOLEAN = PlType(OracleType.BOOLEAN)
DATE = PlType(OracleType.DATE)
TIMESTAMP = PlType(OracleType.TIMESTAMP)
TIMESTAMP_TZ = PlType(OracleType.TIMESTAMP_TZ)


def from_sql(sql_type: SqlType) -> PlType:
    """Make the type of a declaration or a column."""
    kind = _KINDS.get(sql_type.name)
    if kind is None:
        raise unimplemented(f"PL/SQL variables of type {sql_type.name}")
    size, scale = sql_type.bytes_max or sql_type.chars_max, sql_type.scale
    figures = re.search(r"\((\d+)\)$", sql_type.postgres)
    if kind is OracleType.CHAR and figures is not None:
        size = int(figures[1])
    if kind in _TIMES and figures is not None:
        scale = int(figures[1])
    return PlType(
        kind,
        size=size,
        in_bytes=not sql_type.chars_max,
        precision=sql_type.precision,
        scale=scale,
        integer=sql_type.name in ("INTEGER", "INT", "SMALLINT"),
        padded=kind is OracleType.CHAR,
    )


def number_text(value: float | Decimal) -> str:
    """Write a number as TO_CHAR without a format does."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value).upper()
    text = format(value.normalize(CONTEXT), "f")
    if text.startswith("0."):
        return text[1:]
    return "-" + text[2:] if text.startswith("-0.") else text


def to_number(value: Any) -> Any:
    """Convert to NUMBER.

    :raises OracleError: ORA-06502 for a text that is no number.
    """
    if isinstance(value, bool):
        raise value_error("character to number conversion error")
    if isinstance(value, (int, float, Decimal)) or value is None:
        return value
    if isinstance(value, str):
        try:
            return tidy(Decimal(value.strip()))
        except InvalidOperation as error:
            raise value_error("character to number conversion error") from error
    raise value_error()


def tidy(value: Decimal) -> int | Decimal:
    """Give whole numbers as int."""
    if not value.is_finite():
        raise value_error("number precision too large")
    whole = int(value)
    return whole if whole == value else value


def _fit_number(value: Any, wanted: PlType) -> Any:
    number = to_number(value)
    if isinstance(number, float):
        number = tidy(Decimal(repr(number)))
    if wanted.integer:
        number = int(Decimal(number).to_integral_value(ROUND_HALF_UP))
        return number if wanted.low is None else _in_range(number, wanted)
    if wanted.precision is not None:
        scale = wanted.scale or 0
        if not (isinstance(number, int) and scale >= 0):
            number = tidy(
                Decimal(number).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, CONTEXT)
            )
        if abs(number) >= Decimal(10) ** (wanted.precision - scale):
            raise value_error("number precision too large")
    return number


def _in_range(number: int, wanted: PlType) -> int:
    """Hold a PLS_INTEGER within its bounds (PL/SQL Language Reference, PLS_INTEGER)."""
    if not _LOWEST <= number <= _HIGHEST:
        raise OracleError(1426, "numeric overflow")
    low, high = wanted.low, wanted.high
    if (low is not None and number < low) or (high is not None and number > high):
        raise value_error()
    return number


def _fit_text(value: Any, wanted: PlType, convert: Convert) -> Any:
    if wanted.kind is not OracleType.CLOB:
        value = lobs.plain(value)
    elif isinstance(value, lobs.LobText):
        return value
    if value is None:
        return None
    if isinstance(value, PaddedText):
        value = str(value)
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        value = number_text(value)
    elif isinstance(value, bool):
        value = "TRUE" if value else "FALSE"
    elif not isinstance(value, str):
        value = convert(value, OracleType.VARCHAR2)
    if wanted.size:
        length = len(value.encode()) if wanted.in_bytes else len(value)
        if length > wanted.size:
            raise value_error("character string buffer too small")
        if wanted.kind is OracleType.CHAR:
            value = value.ljust(wanted.size)
    return value or None


def fit(value: Any, wanted: PlType | None, convert: Convert) -> Any:
    """Convert a value to the type of what it is assigned to."""
    if value is None or (value == "" and not isinstance(value, lobs.LobText)):
        return None
    if wanted is None:
        return value
    kind = wanted.kind
    if kind is not OracleType.BLOB and isinstance(value, lobs.LobBytes):
        value = lobs.plain(value)
    if kind is OracleType.NUMBER:
        return _fit_number(value, wanted)
    if kind in (OracleType.VARCHAR2, OracleType.CHAR, OracleType.CLOB, OracleType.LONG):
        return _fit_text(value, wanted, convert)
    if kind in (OracleType.BINARY_DOUBLE, OracleType.BINARY_FLOAT):
        return float(to_number(value))
    if kind is OracleType.BOOLEAN:
        if not isinstance(value, bool):
            raise value_error()
        return value
    if kind is OracleType.DATE and isinstance(value, dt.datetime):
        return value.replace(microsecond=0, tzinfo=None)
    if kind in _TIMES and isinstance(value, dt.datetime):
        zone = None if kind is OracleType.TIMESTAMP else value.tzinfo or dt.UTC
        return _to_figures(value, wanted.scale).replace(tzinfo=zone)
    if isinstance(value, str) and (kind in _TEMPORAL or kind is OracleType.RAW):
        return _fit_other(convert(value, kind), wanted)
    return _fit_other(value, wanted)


def _fit_other(value: Any, wanted: PlType) -> Any:
    """Look at what needs no conversion any more."""
    kind = wanted.kind
    if isinstance(value, dt.datetime) and kind in _TIMES:
        return _to_figures(value, wanted.scale)
    if kind in _TEMPORAL and not isinstance(value, (dt.datetime, dt.timedelta)):
        raise OracleError(6550, "PLS-00382: expression is of wrong type")
    if kind is OracleType.RAW and wanted.size and len(value) > wanted.size:
        raise value_error("raw variable length too long")
    return value


def _to_figures(value: dt.datetime, figures: int | None) -> dt.datetime:
    """Round to so many figures of a second (SQL Language Reference, "TIMESTAMP Data Type")."""
    if figures is None or figures >= 6:
        return value
    step = 10 ** (6 - figures)
    micros = (value.microsecond + step // 2) // step * step
    return value.replace(microsecond=0) + dt.timedelta(microseconds=micros)
