"""Say for each data type how its values look on the wire.

`WireType` is what a client declares for a bind or a define; `OracleType` is what crosses the seam.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from airflow_oracle_dag.sandbox.session import BindType, Column, OracleType
from airflow_oracle_dag.sandbox.wire import number, scalars, temporal
from airflow_oracle_dag.sandbox.wire.buffer import Reader
from airflow_oracle_dag.sandbox.wire.constants import FORM_NATIONAL, DataType

TEXT_TYPES = frozenset({DataType.VARCHAR, DataType.CHAR, DataType.LONG})
LOB_TYPES = frozenset({DataType.CLOB, DataType.BLOB})
REFERENCES = LOB_TYPES | {DataType.CURSOR}  # their binds name what the server keeps
LONG_TYPES = frozenset({DataType.LONG, DataType.LONG_RAW})

_SEAM = {
    DataType.VARCHAR: OracleType.VARCHAR2,
    DataType.CHAR: OracleType.CHAR,
    DataType.LONG: OracleType.LONG,
    DataType.NUMBER: OracleType.NUMBER,
    DataType.BINARY_INTEGER: OracleType.NUMBER,
    DataType.ROWID: OracleType.ROWID,
    DataType.UROWID: OracleType.ROWID,
    DataType.DATE: OracleType.DATE,
    DataType.RAW: OracleType.RAW,
    DataType.LONG_RAW: OracleType.RAW,
    DataType.BINARY_FLOAT: OracleType.BINARY_FLOAT,
    DataType.BINARY_DOUBLE: OracleType.BINARY_DOUBLE,
    DataType.CLOB: OracleType.CLOB,
    DataType.BLOB: OracleType.BLOB,
    DataType.TIMESTAMP: OracleType.TIMESTAMP,
    DataType.TIMESTAMP_TZ: OracleType.TIMESTAMP_TZ,
    DataType.TIMESTAMP_LTZ: OracleType.TIMESTAMP_LTZ,
    DataType.INTERVAL_DS: OracleType.INTERVAL_DS,
    DataType.INTERVAL_YM: OracleType.INTERVAL_YM,
    DataType.BOOLEAN: OracleType.BOOLEAN,
    DataType.CURSOR: OracleType.CURSOR,
}
_WIRE = {
    OracleType.VARCHAR2: DataType.VARCHAR,
    OracleType.CHAR: DataType.CHAR,
    OracleType.LONG: DataType.LONG,
    OracleType.NUMBER: DataType.NUMBER,
    OracleType.ROWID: DataType.ROWID,
    OracleType.DATE: DataType.DATE,
    OracleType.RAW: DataType.RAW,
    OracleType.BINARY_FLOAT: DataType.BINARY_FLOAT,
    OracleType.BINARY_DOUBLE: DataType.BINARY_DOUBLE,
    OracleType.CLOB: DataType.CLOB,
    OracleType.BLOB: DataType.BLOB,
    OracleType.TIMESTAMP: DataType.TIMESTAMP,
    OracleType.TIMESTAMP_TZ: DataType.TIMESTAMP_TZ,
    OracleType.TIMESTAMP_LTZ: DataType.TIMESTAMP_LTZ,
    OracleType.INTERVAL_DS: DataType.INTERVAL_DS,
    OracleType.INTERVAL_YM: DataType.INTERVAL_YM,
    OracleType.BOOLEAN: DataType.BOOLEAN,
    OracleType.CURSOR: DataType.CURSOR,
}
_SIZES = {
    DataType.NUMBER: 22,
    DataType.ROWID: 18,
    DataType.DATE: 7,
    DataType.BINARY_FLOAT: 4,
    DataType.BINARY_DOUBLE: 8,
    DataType.CLOB: 4000,
    DataType.BLOB: 4000,
    DataType.TIMESTAMP: 11,
    DataType.TIMESTAMP_TZ: 13,
    DataType.TIMESTAMP_LTZ: 11,
    DataType.INTERVAL_DS: 11,
    DataType.INTERVAL_YM: 5,
    DataType.BOOLEAN: 4,
    DataType.CURSOR: 4,
}
_DEFAULT_SIZE = 4000  # of a character or RAW column whose size nobody told

Decode = Callable[[bytes], Any]
Encode = Callable[[Any], bytes]


@dataclass(frozen=True)
class WireType:
    """Hold what a client declared for one bind or define position.

    :param size: in bytes; the largest value that the client sends or has room for.
    :param national: whether text is UTF-16 (NVARCHAR2, NCHAR, NCLOB).
    :param array: whether it is a PL/SQL index-by table, whose value is a list.
    :param elements: how many the client has room for.
    """

    data_type: DataType
    size: int = 0
    national: bool = False
    array: bool = False
    elements: int = 0

    @property
    def bind_type(self) -> BindType:
        """Return the declaration as the seam knows it."""
        return BindType(_SEAM[self.data_type], self.size, self.array)


def data_type_of(column: Column) -> DataType:
    """Return the wire's number for a column's type."""
    return _WIRE[column.type]


def buffer_size_of(column: Column) -> int:
    """Return a column's size in bytes as a describe tells it; 0 would mean "always NULL"."""
    data_type = _WIRE[column.type]
    if data_type == DataType.LONG:
        return 0
    return _SIZES.get(data_type) or column.size or _DEFAULT_SIZE


def _decode_text(data: bytes) -> str:
    return data.decode("utf-8")


def _decode_national(data: bytes) -> str:
    return data.decode("utf-16-be")


def _decode_bytes(data: bytes) -> bytes:
    return data


_DECODERS: dict[DataType, Decode] = {
    DataType.VARCHAR: _decode_text,
    DataType.CHAR: _decode_text,
    DataType.LONG: _decode_text,
    DataType.ROWID: _decode_text,
    DataType.UROWID: _decode_text,
    DataType.RAW: _decode_bytes,
    DataType.LONG_RAW: _decode_bytes,
    DataType.NUMBER: number.decode_number,
    DataType.BINARY_INTEGER: number.decode_number,
    DataType.DATE: temporal.decode_datetime,
    DataType.TIMESTAMP: temporal.decode_datetime,
    DataType.TIMESTAMP_LTZ: temporal.decode_datetime,
    DataType.TIMESTAMP_TZ: temporal.decode_timestamp_tz,
    DataType.INTERVAL_DS: temporal.decode_interval,
    DataType.INTERVAL_YM: temporal.decode_months,
    DataType.BINARY_FLOAT: scalars.decode_float,
    DataType.BINARY_DOUBLE: scalars.decode_double,
    DataType.BOOLEAN: scalars.decode_boolean,
}


def decoder(wire_type: WireType) -> Decode:
    """Return the function that turns the bytes of a non-NULL scalar into a value."""
    if wire_type.national and wire_type.data_type in TEXT_TYPES:
        return _decode_national
    return _DECODERS[wire_type.data_type]


def _text_of(value: Any) -> str:
    # Numbers become text as in Oracle; what a date would look like is the session's business.
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no text")


def _encode_text(value: Any) -> bytes:
    return _text_of(value).encode("utf-8")


def _encode_national(value: Any) -> bytes:
    return _text_of(value).encode("utf-16-be")


def _encode_number(value: Any) -> bytes:
    if isinstance(value, float):
        value = Decimal(repr(value))
    return number.encode_number(value)


def _encode_local(value: datetime) -> bytes:
    return temporal.encode_timestamp(value.replace(tzinfo=None))


_ENCODERS: dict[DataType, Encode] = {
    DataType.VARCHAR: _encode_text,
    DataType.CHAR: _encode_text,
    DataType.LONG: _encode_text,
    DataType.ROWID: _encode_text,
    DataType.UROWID: _encode_text,
    DataType.RAW: bytes,
    DataType.LONG_RAW: bytes,
    DataType.NUMBER: _encode_number,
    DataType.BINARY_INTEGER: _encode_number,
    DataType.DATE: temporal.encode_date,
    DataType.TIMESTAMP: temporal.encode_timestamp,
    DataType.TIMESTAMP_LTZ: _encode_local,
    DataType.TIMESTAMP_TZ: temporal.encode_timestamp_tz,
    DataType.INTERVAL_DS: temporal.encode_interval,
    DataType.INTERVAL_YM: temporal.encode_months,
    DataType.BINARY_FLOAT: scalars.encode_float,
    DataType.BINARY_DOUBLE: scalars.encode_double,
    DataType.BOOLEAN: scalars.encode_boolean,
}


def encoder(wire_type: WireType) -> Encode:
    """Return the function that turns a non-NULL scalar into its bytes, without their length."""
    if wire_type.national and wire_type.data_type in TEXT_TYPES:
        return _encode_national
    return _ENCODERS[wire_type.data_type]


def read_wire_type(reader: Reader) -> tuple[int, WireType | None]:
    """Read one declaration; gives its type number and None when the type is not known here."""
    number_ = reader.u8()
    flags = reader.u8()
    reader.skip(2)  # precision and scale: always 0
    size = reader.integer()
    elements = reader.integer()
    reader.integer()  # LOB prefetch flag
    reader.sized_string()  # object type
    reader.integer()  # its version
    reader.integer()  # character set
    form = reader.u8()
    reader.integer()  # LOB prefetch length
    try:
        data_type = DataType(number_)
    except ValueError:
        return number_, None
    return number_, WireType(data_type, size, form == FORM_NATIONAL, bool(flags & 0x40), elements)
