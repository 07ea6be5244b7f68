"""Values on their way in and out of PostgreSQL, in text format, by Oracle type.

The OIDs of the types that `engine_sql/types.sql` makes are read when a database opens.
"""

# ruff: noqa: C901, PLR0911, PLR0912 - a grammar's alternatives read best in one place

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_layout import Layouts
from airflow_oracle_dag.sandbox.session import BindType, Column, Months, OracleError, OracleType

BOOL, BYTEA, INT8, INT2, INT4, TEXT, OID, TID = 16, 17, 20, 21, 23, 25, 26, 27
FLOAT4, FLOAT8, BPCHAR, VARCHAR, PGDATE = 700, 701, 1042, 1043, 1082
TIMESTAMP, TIMESTAMPTZ, INTERVAL, NUMERIC, NAME = 1114, 1184, 1186, 1700, 19
UTC = dt.UTC
_DAYS = re.compile(
    r"^(?:(-?\d+) years? ?)?(?:(-?\d+) mons? ?)?(?:([+-]?\d+) days? ?)?"
    r"(?:([+-])?(\d+):(\d+):(\d+)(?:\.(\d+))?)?$"
)


def decode_interval(text: str) -> dt.timedelta:
    """Read PostgreSQL's text of an interval without years and months."""
    found = _DAYS.match(text)
    if found is None or found.group(1) or found.group(2):
        raise unimplemented(f"INTERVAL YEAR TO MONTH values ({text})")
    days, sign, hours, minutes, seconds, fraction = found.groups()[2:]
    clock = dt.timedelta(
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        microseconds=int((fraction or "0").ljust(6, "0")),
    )
    return dt.timedelta(days=int(days or 0)) + (-clock if sign == "-" else clock)


def decode_months(text: str) -> Months:
    """Read PostgreSQL's text of an interval of years and months."""
    found = _DAYS.match(text)
    years, months = found.groups()[:2] if found is not None else (None, None)
    return Months(int(years or 0) * 12 + int(months or 0))


def decode_time(text: str) -> dt.datetime:
    """Read a timestamp, naive or aware."""
    if text.endswith("BC") or text in ("infinity", "-infinity"):
        raise OracleError(1841, "(full) year must be between -4713 and +9999, and not be 0")
    return dt.datetime.fromisoformat(text)


def decode_number(text: str) -> int | Decimal:
    """Read a NUMBER: int where there is no fraction."""
    if "." in text:
        value = Decimal(text)
        whole = int(value)
        return whole if whole == value else value
    if text == "NaN":
        raise OracleError(1722, "invalid number")
    return int(text)


def _text(value: str) -> str | None:
    return value or None


def decode_bytes(text: str) -> bytes | None:
    """Read a RAW or BLOB."""
    return bytes.fromhex(text[2:]) or None


class PaddedText(str):
    """Be the value of a CHAR column; against another CHAR its trailing blanks do not count."""

    __slots__ = ()


class TypeMap:
    """Know every type of one database by OID.

    :param custom: OIDs of the types of schema ``oracle`` by name.
    """

    def __init__(self, custom: Mapping[str, int]) -> None:
        self.date = custom["odate"]
        self.months = custom["yminterval"]
        self.layouts = Layouts(self)
        self._columns: dict[tuple[str, int, int], Column] = {}
        self._required: dict[Column, Column] = {}  # the same columns as NOT NULL
        # Gives the numbers of the columns of a table that are NOT NULL.
        self.required: Callable[[int], frozenset[int]] = lambda _table: frozenset()
        self._kinds: dict[int, OracleType] = {
            BOOL: OracleType.BOOLEAN,
            BYTEA: OracleType.RAW,
            FLOAT4: OracleType.BINARY_FLOAT,
            FLOAT8: OracleType.BINARY_DOUBLE,
            BPCHAR: OracleType.CHAR,
            PGDATE: OracleType.DATE,
            TIMESTAMP: OracleType.TIMESTAMP,
            TIMESTAMPTZ: OracleType.TIMESTAMP_TZ,
            INTERVAL: OracleType.INTERVAL_DS,
            self.months: OracleType.INTERVAL_YM,
            TID: OracleType.ROWID,  # of rows whose LOBs may be written; nobody sees it
            custom["rowid"]: OracleType.ROWID,
            self.date: OracleType.DATE,
            custom["clob"]: OracleType.CLOB,
            custom["blob"]: OracleType.BLOB,
            custom["raw"]: OracleType.RAW,
            **dict.fromkeys((NUMERIC, INT2, INT4, INT8, OID), OracleType.NUMBER),
            **dict.fromkeys((TEXT, VARCHAR, NAME, custom["varchar2"]), OracleType.VARCHAR2),
        }
        self._oids: dict[OracleType, int] = {
            OracleType.NUMBER: NUMERIC,
            OracleType.BINARY_FLOAT: FLOAT8,
            OracleType.BINARY_DOUBLE: FLOAT8,
            OracleType.RAW: BYTEA,
            OracleType.BLOB: BYTEA,
            OracleType.DATE: self.date,
            OracleType.TIMESTAMP: TIMESTAMP,
            OracleType.TIMESTAMP_TZ: TIMESTAMPTZ,
            OracleType.TIMESTAMP_LTZ: TIMESTAMPTZ,
            OracleType.INTERVAL_DS: INTERVAL,
            OracleType.INTERVAL_YM: self.months,
            OracleType.BOOLEAN: BOOL,
        }
        self._decoders: dict[OracleType, Callable[[str], Any]] = {
            OracleType.NUMBER: decode_number,
            OracleType.BINARY_FLOAT: float,
            OracleType.BINARY_DOUBLE: float,
            OracleType.VARCHAR2: _text,
            OracleType.CHAR: _text,
            OracleType.CLOB: _text,
            OracleType.RAW: decode_bytes,
            OracleType.BLOB: decode_bytes,
            OracleType.DATE: decode_time,
            OracleType.TIMESTAMP: decode_time,
            OracleType.TIMESTAMP_TZ: decode_time,
            OracleType.INTERVAL_DS: decode_interval,
            OracleType.INTERVAL_YM: decode_months,
            OracleType.BOOLEAN: lambda text: text == "t",
            OracleType.ROWID: str,
        }

    def kind(self, oid: int) -> OracleType:
        """Return the Oracle type of a PostgreSQL type."""
        kind = self._kinds.get(oid)
        if kind is None:
            raise unimplemented(f"values of PostgreSQL type {oid}")
        return kind

    def decoder(self, oid: int) -> Callable[[str], Any]:
        """Return the reader of values of a PostgreSQL type."""
        return self._decoders[self.kind(oid)]

    def column(self, name: str, oid: int, modifier: int, source: tuple[int, int]) -> Column:
        """Describe a column as Oracle would.

        :param modifier: PostgreSQL's type modifier, -1 for none.
        :param source: the table and the number of the column that it shows; 0 for none.
        """
        column = self._described(name, oid, modifier)
        table, number = source
        if not table or number not in self.required(table):
            return column
        strict = self._required.get(column)
        if strict is None:
            strict = self._required[column] = replace(column, nullable=False)
        return strict

    def _described(self, name: str, oid: int, modifier: int) -> Column:
        column = self._columns.get((name, oid, modifier))
        if column is None:
            column = self._columns[name, oid, modifier] = self._column(name, oid, modifier)
        return column

    def _column(self, name: str, oid: int, modifier: int) -> Column:
        kind = self.kind(oid)
        if kind is OracleType.NUMBER and oid == NUMERIC and modifier >= 4:
            scale = (((modifier - 4) & 2047) ^ 1024) - 1024
            return Column(name, kind, 0, ((modifier - 4) >> 16) & 65535, scale)
        if kind in (OracleType.VARCHAR2, OracleType.CHAR, OracleType.RAW):
            length = modifier - 4 if modifier >= 4 else 4000
            if length > 1_000_000:  # CHAR length semantics, see dialect.ddl_types
                length = min((length - 1_000_000) * 4, 32767)
            return Column(name, kind, length, 0, 0)
        if kind in (OracleType.TIMESTAMP, OracleType.TIMESTAMP_TZ):
            return Column(name, kind, 0, 0, modifier if modifier >= 0 else 6)
        if kind is OracleType.INTERVAL_DS:
            return Column(name, kind, 0, 2, 6)
        if kind is OracleType.INTERVAL_YM:
            return Column(name, kind, 0, 2, 0)
        if kind is OracleType.ROWID:
            return Column(name, kind, 18, 0, 0)
        return Column(name, kind)

    def oid_of(self, value: Any, declared: BindType | None) -> int:
        """Choose the PostgreSQL type of a bind; 0 leaves a NULL to be inferred."""
        if value is None:
            if declared is None:
                return 0
            return self._oids.get(declared.type, 0)
        if isinstance(value, bool):
            return BOOL
        if isinstance(value, (int, Decimal)):
            if declared is not None and declared.type in (
                OracleType.BINARY_DOUBLE,
                OracleType.BINARY_FLOAT,
            ):
                return FLOAT8
            return NUMERIC
        if isinstance(value, float):
            return NUMERIC if declared and declared.type is OracleType.NUMBER else FLOAT8
        if isinstance(value, dt.datetime):
            if value.tzinfo is not None:
                return TIMESTAMPTZ
            if declared is not None:
                return self._oids.get(declared.type, self.date)
            return self.date if value.microsecond == 0 else TIMESTAMP
        if isinstance(value, dt.date):
            return self.date
        if isinstance(value, dt.timedelta):
            return INTERVAL
        if isinstance(value, Months):
            return self.months
        if isinstance(value, (bytes, bytearray, memoryview)):
            return BYTEA
        padded = declared is not None and declared.type is OracleType.CHAR
        return 0 if padded or isinstance(value, PaddedText) else TEXT

    def encode(self, value: Any, oid: int) -> bytes | None:
        """Write a bind's value in text format; an empty string is NULL."""
        if type(value) is int:
            return b"%d" % value
        if value is None or value in ("", b""):
            return None
        if isinstance(value, str):
            if "\0" in value:
                raise unimplemented("character 0 in a value")
            return value.encode()
        if isinstance(value, bool):
            return b"t" if value else b"f"
        if isinstance(value, dt.datetime):
            if oid == self.date:
                return value.replace(microsecond=0).isoformat(" ").encode()
            return value.isoformat(" ").encode()
        if isinstance(value, Months):
            return f"{value.months} mons".encode()
        if isinstance(value, dt.timedelta):
            micros = value // dt.timedelta(microseconds=1)
            return (
                f"{micros // 86_400_000_000} days {micros % 86_400_000_000} microseconds".encode()
            )
        if isinstance(value, (bytes, bytearray, memoryview)):
            return b"\\x" + bytes(value).hex().encode()
        return str(value).encode()
