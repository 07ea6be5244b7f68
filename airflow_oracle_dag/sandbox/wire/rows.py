"""Encode result rows, OUT binds and RETURNING values.

The function for each column is chosen once, so that a row costs one call per value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

from airflow_oracle_dag.sandbox.session import Column, ColumnarRows, OracleError, Result, Rows
from airflow_oracle_dag.sandbox.wire import replies, scalars
from airflow_oracle_dag.sandbox.wire.buffer import byte_string, integer
from airflow_oracle_dag.sandbox.wire.constants import DataType, MessageType
from airflow_oracle_dag.sandbox.wire.lobs import Lobs
from airflow_oracle_dag.sandbox.wire.requests import Shape
from airflow_oracle_dag.sandbox.wire.texts import COLUMN_FIELDS
from airflow_oracle_dag.sandbox.wire.types import (
    LOB_TYPES,
    LONG_TYPES,
    TEXT_TYPES,
    WireType,
    data_type_of,
    encoder,
)

Field = Callable[[Any], bytes]


@dataclass(frozen=True)
class Kept:
    """Hold what the server keeps for a client and names to it by number.

    :param open_cursor: keeps a result set under a cursor id.
    """

    lobs: Lobs
    open_cursor: Callable[[Rows], int]


NULL = b"\x00"
_ROW = bytes((MessageType.ROW_DATA,))
_LONG_TAIL = bytes(2)  # NULL indicator and return code
_WHOLE = b"\x00"  # an OUT value was not cut off
_PADDED = frozenset({DataType.VARCHAR, DataType.CHAR, DataType.RAW})


def column_field(column: Column, define: WireType | None, kept: Kept) -> Field:
    """Return the function that encodes a column's values.

    :param define: what the client declared for a LOB column: a LOB or a LONG.
    """
    data_type = data_type_of(column)
    if data_type in LOB_TYPES:
        return _lob_field(define, kept)
    if data_type == DataType.CURSOR:
        return cursor_field(kept)
    if data_type == DataType.ROWID:
        return _rowid_field
    if data_type == DataType.LONG:
        return _long_field(WireType(data_type))
    return _scalar_field(WireType(data_type))


def _lob_field(define: WireType | None, kept: Kept) -> Field:
    if define is not None and define.data_type in LONG_TYPES:
        return _long_field(define)
    national = define is not None and define.national

    def field(value: Any) -> bytes:
        return NULL if value is None else kept.lobs.field(value, national=national)

    return field


def cursor_field(kept: Kept) -> Field:
    """Return the function that encodes open cursors."""

    def field(value: Rows | None) -> bytes:
        if value is None:
            return replies.cursor((), 0)
        return replies.cursor(value.columns, kept.open_cursor(value))

    return field


def _long_field(wire_type: WireType) -> Field:
    encode = encoder(wire_type)

    def field(value: Any) -> bytes:
        return byte_string(None if value is None else encode(value)) + _LONG_TAIL

    return field


def _rowid_field(value: Any) -> bytes:
    if value is None:
        return NULL
    try:
        rowid_object, file, block, row = scalars.rowid_fields(value)
    except ValueError as error:
        raise OracleError(3001, f"unimplemented feature (sandbox): {error}") from None
    numbers = integer(rowid_object) + integer(file) + NULL + integer(block) + integer(row)
    return b"\x0e" + numbers


@lru_cache(maxsize=32768)
def _number_field(value: Any) -> bytes:
    if value is None:
        return NULL
    try:
        data = encoder(WireType(DataType.NUMBER))(value)
    except OverflowError:
        raise OracleError(1426, "numeric overflow") from None
    return bytes((len(data),)) + data


def _text_field(value: Any) -> bytes:
    return NULL if value is None else byte_string(str(value).encode())


def _scalar_field(wire_type: WireType) -> Field:
    if wire_type.data_type in (DataType.NUMBER, DataType.BINARY_INTEGER):
        return _number_field
    if wire_type.data_type in TEXT_TYPES and not wire_type.national:
        return _text_field
    encode = encoder(wire_type)

    def field(value: Any) -> bytes:
        return NULL if value is None else byte_string(encode(value))

    return field


def encode_rows(rows: Sequence[Sequence[Any]], fields: Sequence[Field]) -> bytes:
    """Encode result rows, each as a message of its own."""
    parts: list[bytes] = []
    append = parts.append
    for row in rows:
        append(_ROW)
        for field, value in zip(fields, row, strict=True):
            append(field(value))
    return b"".join(parts)


class RowEncoder:
    """Encode the rows of one cursor.

    :param rows: whose columns come as text where the wire can use that.
    """

    def __init__(
        self, columns: Sequence[Column], defines: Sequence[WireType], rows: Rows, kept: Kept
    ) -> None:
        self.columns = columns
        chosen: Sequence[WireType | None] = defines or [None] * len(columns)
        pairs = list(zip(columns, chosen, strict=True))
        self._fields = [column_field(column, define, kept) for column, define in pairs]
        self._texts = [
            COLUMN_FIELDS.get(column.type) if define is None or _same(column, define) else None
            for column, define in pairs
        ]
        self._as_text = [text is not None for text in self._texts]
        self._columnar = isinstance(rows, ColumnarRows) and bool(columns)

    def fetch(self, rows: Rows, count: int) -> tuple[bytes, int]:
        """Take up to `count` rows and return their messages, and how many they are."""
        if not self._columnar:
            values = rows.fetch(count)
            return encode_rows(values, self._fields), len(values)
        columnar: Any = rows  # it is; asking each time would cost more than a row
        taken: list[list[Any]] = columnar.fetch_columns(count, self._as_text)
        encoded = [
            text(column) if text is not None else [field(value) for value in column]
            for column, text, field in zip(taken, self._texts, self._fields, strict=True)
        ]
        parts = chain.from_iterable(zip(repeat(_ROW), *encoded))
        return b"".join(parts), len(taken[0])


def _same(column: Column, define: WireType) -> bool:
    return data_type_of(column) == define.data_type and not define.national


def _bind_field(wire_type: WireType, kept: Kept) -> Field:
    if wire_type.data_type in LOB_TYPES:
        return _lob_field(wire_type, kept)
    if wire_type.data_type == DataType.CURSOR:
        return cursor_field(kept)
    field = _scalar_field(wire_type)
    if wire_type.data_type not in _PADDED:
        return field

    def bounded(value: Any) -> bytes:
        if value is not None and len(encoder(wire_type)(value)) > wire_type.size > 0:
            raise OracleError(
                6502, "PL/SQL: numeric or value error: character string buffer too small"
            )
        return field(value)

    return bounded


def encode_out(result: Result, shape: Shape, iterations: int, kept: Kept) -> bytes:
    """Encode the OUT values of a PL/SQL block, one row per iteration."""
    positions = sorted(result.out)
    if not positions:
        return b""
    columns = [(_bind_field(shape.types[p], kept), shape.types[p]) for p in positions]
    parts: list[bytes] = []
    for iteration in range(iterations):
        parts.append(_ROW)
        for position, (field, wire_type) in zip(positions, columns, strict=True):
            value = result.out[position][iteration]
            if wire_type.array:
                elements = _fitting(value or [], wire_type.elements)
                parts.append(integer(len(elements)))
                parts += [field(element) + _WHOLE for element in elements]
            else:
                parts.append(field(value) + _WHOLE)
    return b"".join(parts)


def _returned(field: Field, value: Any) -> bytes:
    try:
        return field(value) + _WHOLE
    except (TypeError, AttributeError):  # the client has declared another type
        raise OracleError(
            3001, "unimplemented feature (sandbox): RETURNING into a bind of another type"
        ) from None


def _fitting(elements: list[Any], room: int) -> list[Any]:
    if len(elements) > room > 0:
        raise OracleError(
            6513, "PL/SQL: index for PL/SQL table out of range for host language array"
        )
    return elements


def encode_returning(result: Result, shape: Shape, iterations: int, kept: Kept) -> bytes:
    """Encode the values of DML ... RETURNING, one row of lists per iteration."""
    positions = sorted(shape.returning)
    fields = [_bind_field(shape.types[p], kept) for p in positions]
    values = [list(result.out.get(p, ())) for p in positions]
    counts = list(result.returned)
    if not counts:
        counts = [len(values[0])] + [0] * (iterations - 1) if values else []
    parts: list[bytes] = []
    start = 0
    for count in counts:
        parts.append(_ROW)
        for field, column in zip(fields, values, strict=True):
            parts.append(integer(count))
            parts += [_returned(field, value) for value in column[start : start + count]]
        start += count
    return b"".join(parts)
