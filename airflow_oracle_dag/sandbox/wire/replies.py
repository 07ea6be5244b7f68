"""Build the messages that answer a client.

Every answer ends with a status (9) or with an error message (4), whose number is 0 when all went
well, 1403 when a query has no more rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from airflow_oracle_dag.sandbox.session import Column, Direction, OracleError, OracleType
from airflow_oracle_dag.sandbox.wire.buffer import byte_string, integer, sized_string
from airflow_oracle_dag.sandbox.wire.constants import (
    CHARSET_UTF8,
    FIELD_VERSION,
    FORM_IMPLICIT,
    STATUS_IN_TRANSACTION,
    VERIFIER_12C,
    DataType,
    MessageType,
)
from airflow_oracle_dag.sandbox.wire.types import (
    TEXT_TYPES,
    buffer_size_of,
    data_type_of,
)

NO_DATA_FOUND = 1403
BATCH_ERRORS = 24381
_FORM_TYPES = TEXT_TYPES | {DataType.CLOB}
_COMPILE_CAPABILITIES = 55
_RUNTIME_CAPABILITIES = 11
_FIELD_VERSION_AT = 7
_TTC_AT = 6
_TTC_32K = 0x04
_COMPILATION_ERRORS = 0x20
_SCALED = frozenset(
    {
        OracleType.NUMBER,
        OracleType.TIMESTAMP,
        OracleType.TIMESTAMP_TZ,
        OracleType.TIMESTAMP_LTZ,
        OracleType.INTERVAL_DS,
    }
)
ROW_HEADER = bytes((MessageType.ROW_HEADER,)) + bytes(7)


@dataclass(frozen=True)
class Ending:
    """Hold what the last message of an answer tells.

    :param row_count: rows changed or fetched; with an error, iterations that had succeeded.
    :param batch_errors: row offset and error for each failed row of a batch.
    :param warning: an object was made, but with compilation errors.
    """

    in_transaction: bool = False
    cursor_id: int = 0
    row_count: int = 0
    error: OracleError | None = None
    end_of_rows: bool = False
    batch_errors: Sequence[tuple[int, OracleError]] = ()
    warning: bool = False


def status(*, in_transaction: bool) -> bytes:
    """Build the status message that ends a call without a cursor."""
    flags = STATUS_IN_TRANSACTION if in_transaction else 0
    return bytes((MessageType.STATUS,)) + integer(flags) + b"\x00"


def ending(end: Ending) -> bytes:
    """Build the error message that ends a call."""
    number, position, text = 0, 0, b""
    if end.error is not None:
        number, position = end.error.code, end.error.offset
        text = str(end.error).encode()
    elif end.end_of_rows:
        number, text = NO_DATA_FOUND, b"ORA-01403: no data found"
    elif end.batch_errors:
        number, text = BATCH_ERRORS, b"ORA-24381: error(s) in array DML"
    flags = STATUS_IN_TRANSACTION if end.in_transaction else 0
    parts = [
        bytes((MessageType.ERROR,)),
        integer(flags),
        b"\x00\x00",  # end-to-end sequence, current row
        integer(min(number, 0xFFFF)),
        b"\x00\x00",  # array element errors
        integer(end.cursor_id),
        integer(min(position, 0x7FFF)),
        bytes(5),  # SQL type, fatal, flags, cursor options, UPI parameter
        bytes((_COMPILATION_ERRORS if end.warning else 0,)),
        bytes(5),  # ROWID
        bytes(6),  # OS error, statement, call, padding, successful iterations, logical ROWID
        _batch_errors(end.batch_errors),
        integer(number),
        integer(end.row_count),
    ]
    if number:
        parts.append(byte_string(text))
    return b"".join(parts)


@lru_cache(maxsize=2048)
def fetched(*, in_transaction: bool, cursor_id: int, row_count: int, end_of_rows: bool) -> bytes:
    """Build the message that ends the answer to a fetch; most of these have been built before."""
    end = Ending(in_transaction, cursor_id, row_count, end_of_rows=end_of_rows)
    return ending(end)


def _batch_errors(errors: Sequence[tuple[int, OracleError]]) -> bytes:
    if not errors:
        return bytes(3)
    count = integer(len(errors))
    codes = b"".join(integer(error.code) for _, error in errors)
    offsets = b"".join(integer(offset) for offset, _ in errors)
    texts = b"".join(_batch_text(str(error).encode()) for _, error in errors)
    # The byte after each count is a packed size, which is only told apart from 254.
    return count + b"\x01" + codes + count + b"\x01" + offsets + count + b"\x01" + texts


def _batch_text(text: bytes) -> bytes:
    return integer(len(text)) + byte_string(text) + b"\x00\x00"


def describe(columns: Sequence[Column]) -> bytes:
    """Build the description of a query's columns."""
    parts = [bytes((MessageType.DESCRIBE, 0)), b"\x00", integer(len(columns))]
    if columns:
        parts.append(b"\x00")
    parts += [_column(position, column) for position, column in enumerate(columns, 1)]
    parts.append(bytes(6))  # current date, four flags, cache key
    return b"".join(parts)


def cursor(columns: Sequence[Column], cursor_id: int) -> bytes:
    """Encode an open cursor as a value: its description and its number; 0 is none that is open."""
    return b"\x01" + describe(columns)[2:] + integer(cursor_id)


def implicit_results(cursors: Sequence[bytes]) -> bytes:
    """Build the message with the cursors that a block gave by DBMS_SQL.RETURN_RESULT."""
    head = bytes((MessageType.IMPLICIT_RESULTS,)) + integer(len(cursors))
    return head + b"".join(b"\x00" + value[1:] for value in cursors)


def _column(position: int, column: Column) -> bytes:
    data_type = data_type_of(column)
    size = buffer_size_of(column)
    has_scale = column.type in _SCALED
    precision = column.precision if has_scale else 0
    scale = column.scale if has_scale else 0
    has_form = data_type in _FORM_TYPES
    name = column.name.encode()
    is_text = has_form and data_type != DataType.CLOB
    return b"".join(
        (
            bytes((data_type, 0, precision & 0xFF, scale & 0xFF)),
            integer(size),
            b"\x00\x00",  # array elements, flags
            b"\x00\x00",  # object type, its version
            integer(CHARSET_UTF8 if has_form else 0),
            bytes((FORM_IMPLICIT if has_form else 0,)),
            integer(size if is_text else 0),
            bytes((1 if column.nullable else 0, min(len(name), 255))),
            sized_string(name),
            b"\x00\x00",  # schema and name of an object type
            integer(position),
            b"\x00",  # user defined storage flags
        )
    )


def parameters(row_counts: Sequence[int] | None = None) -> bytes:
    """Build the (empty) output parameters of an execute, with row counts if they were asked for."""
    empty = bytes((MessageType.PARAMETER,)) + bytes(4)
    if row_counts is None:
        return empty
    return empty + integer(len(row_counts)) + b"".join(map(integer, row_counts))


def io_vector(directions: Sequence[Direction]) -> bytes:
    """Build the message that tells a client which binds of a block go which way."""
    count = len(directions)
    return b"".join(
        (
            bytes((MessageType.IO_VECTOR, 0)),
            integer(count % 256),
            integer(count // 256),
            bytes(4),  # iterations, buffer length, bit vector, ROWID
            bytes(direction.value for direction in directions),
        )
    )


def pairs(values: Sequence[tuple[str, str, int]]) -> bytes:
    """Build the key/value parameters with which the log-in answers; the third part is flags."""
    parts = [bytes((MessageType.PARAMETER,)), integer(len(values))]
    for key, value, flags in values:
        parts += [sized_string(key.encode()), sized_string(value.encode()), integer(flags)]
    return b"".join(parts)


def protocol() -> bytes:
    """Build the answer to the protocol message: character sets and capabilities."""
    fdo = bytearray(11)
    fdo[9:11] = (2000).to_bytes(2, "big")  # national character set: AL16UTF16
    compile_capabilities = bytearray(_COMPILE_CAPABILITIES)
    compile_capabilities[_FIELD_VERSION_AT] = FIELD_VERSION
    runtime_capabilities = bytearray(_RUNTIME_CAPABILITIES)
    runtime_capabilities[_TTC_AT] = _TTC_32K
    return b"".join(
        (
            bytes((MessageType.PROTOCOL, 6, 0)),
            b"Oracle Net sandbox\x00",
            CHARSET_UTF8.to_bytes(2, "little"),
            bytes(3),  # flags, elements
            len(fdo).to_bytes(2, "big"),
            bytes(fdo),
            byte_string(bytes(compile_capabilities)),
            byte_string(bytes(runtime_capabilities)),
        )
    )


def data_types() -> bytes:
    """Build the answer to the data types message: no conversions."""
    return bytes((MessageType.DATA_TYPES,)) + bytes(2)


def lob_data(data: bytes) -> bytes:
    """Build the message that carries the content of a LOB."""
    return bytes((MessageType.LOB_DATA,)) + byte_string(data)


def lob_parameters(locator: bytes, rest: bytes = b"") -> bytes:
    """Build the output parameters of a LOB call."""
    return bytes((MessageType.PARAMETER,)) + locator + rest


def row(values: Sequence[bytes]) -> bytes:
    """Build a row from values that are encoded already."""
    return bytes((MessageType.ROW_DATA,)) + b"".join(values)


def auth_challenge(key: str, verifier: str, csk_salt: str, rounds: tuple[int, int]) -> bytes:
    """Build the answer to the first part of the log-in."""
    values: list[tuple[str, str, int]] = [
        ("AUTH_SESSKEY", key, 0),
        ("AUTH_VFR_DATA", verifier, VERIFIER_12C),
        ("AUTH_PBKDF2_CSK_SALT", csk_salt, 0),
        ("AUTH_PBKDF2_VGEN_COUNT", str(rounds[0]), 0),
        ("AUTH_PBKDF2_SDER_COUNT", str(rounds[1]), 0),
    ]
    return pairs(values) + status(in_transaction=False)


def session_parameters(values: dict[str, Any]) -> bytes:
    """Build the answer to the second part of the log-in."""
    return pairs([(key, str(value), 0) for key, value in values.items()]) + status(
        in_transaction=False
    )
