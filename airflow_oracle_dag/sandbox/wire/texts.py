"""Encode whole columns of values that come as text, without building Python values.

A number's digits and a date's fields are pairs of decimal digits on both sides: read as hexadecimal
they give one byte a pair, which a table turns into Oracle's. That is what makes fetching many rows
bearable. See `session.ColumnarRows` for the texts, `number` and `temporal` for what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from airflow_oracle_dag.sandbox.session import OracleError, OracleType
from airflow_oracle_dag.sandbox.wire.buffer import byte_string
from airflow_oracle_dag.sandbox.wire.constants import LENGTH_MAX_SHORT
from airflow_oracle_dag.sandbox.wire.number import encode_number

Text = bytes | None
ColumnField = Callable[[Sequence[Text]], list[bytes]]

NULL = b"\x00"
_KEPT = 20_000  # encodings that are remembered by type
_MOST_PAIRS = 20
_LENGTHS = tuple(bytes((n,)) for n in range(256))


def _table(change: Callable[[int], int]) -> bytes:
    # From a pair of digits, as hexadecimal reads it, to a byte.
    table = bytearray(256)
    for pair in range(100):
        table[pair // 10 * 16 + pair % 10] = change(pair) & 0xFF
    return bytes(table)


_PLUS_0 = _table(lambda pair: pair)
_PLUS_1 = _table(lambda pair: pair + 1)
_PLUS_100 = _table(lambda pair: pair + 100)
_FROM_101 = _table(lambda pair: 101 - pair)


def _whole_number(text: bytes) -> bytes:
    negative = text[:1] == b"-"
    digits = text.lstrip(b"-0")
    if len(digits) & 1:
        digits = b"0" + digits
    pairs = bytes.fromhex(digits.decode())
    exponent = 192 + len(pairs)
    pairs = pairs.rstrip(b"\x00")
    if len(pairs) > _MOST_PAIRS or not pairs or exponent > 255:
        return _any_number(text)
    if not negative:
        return bytes((len(pairs) + 1, exponent)) + pairs.translate(_PLUS_1)
    tail = b"\x66" if len(pairs) < _MOST_PAIRS else b""
    size = len(pairs) + 1 + len(tail)
    return bytes((size, ~exponent & 0xFF)) + pairs.translate(_FROM_101) + tail


def _any_number(text: bytes) -> bytes:
    if text == b"NaN":
        raise OracleError(1722, "invalid number")
    try:
        data = encode_number(Decimal(text.decode()))
    except OverflowError:
        raise OracleError(1426, "numeric overflow") from None
    return _LENGTHS[len(data)] + data


def number(text: bytes) -> bytes:
    """Encode a number's decimal digits behind the length of the encoding.

    :raises OracleError: ORA-01722 for NaN, ORA-01426 for what no NUMBER can hold.
    """
    whole, point, fraction = text.partition(b".")
    if not point:
        return _whole_number(text) if text[-1:].isdigit() else _any_number(text)
    # Move the point by whole pairs, encode the integer, and move the exponent back.
    if len(fraction) & 1:
        fraction += b"0"
    digits = (whole + fraction).lstrip(b"-0")
    if not digits or len(digits) > 2 * _MOST_PAIRS - 2:
        return _any_number(text)
    encoded = bytearray(_whole_number((b"-" if whole[:1] == b"-" else b"") + digits))
    shift = len(fraction) // 2
    encoded[1] += shift if encoded[1] < 128 else -shift
    return bytes(encoded)


def date(text: bytes) -> bytes:
    """Encode ``YYYY-MM-DD HH:MM:SS`` in 7 bytes behind their length; a fraction is left out.

    :raises OracleError: ORA-01841 for a year that has not four digits, or that is BC.
    """
    fields = text[:19].translate(None, b"-: ")
    if len(fields) == 8:
        fields += b"000000"
    if len(fields) != 14 or not fields.isdigit() or text[19:20] not in (b"", b"."):
        raise OracleError(1841, "(full) year must be between -4713 and +9999, and not be 0")
    pairs = bytes.fromhex(fields.decode())
    day = pairs[:2].translate(_PLUS_100) + pairs[2:4].translate(_PLUS_0)
    return b"\x07" + day + pairs[4:].translate(_PLUS_1)


def timestamp(text: bytes) -> bytes:
    """Encode a timestamp: 7 bytes, or 11 when it has a fraction of a second."""
    whole = date(text)
    nanos = int(text[20:].ljust(9, b"0")) if text[19:20] == b"." else 0
    return whole if not nanos else b"\x0b" + whole[1:] + nanos.to_bytes(4, "big")


def _column(encode: Callable[[bytes], bytes]) -> ColumnField:
    known: dict[Text, bytes] = {None: NULL}
    find = known.get

    def slow(text: Text) -> bytes:
        if text is None:
            return NULL
        encoded = encode(text)
        if len(known) < _KEPT:
            known[text] = encoded
        return encoded

    def column(texts: Sequence[Text]) -> list[bytes]:
        return [find(text) or slow(text) for text in texts]

    return column


def _characters(texts: Sequence[Text]) -> list[bytes]:
    lengths = _LENGTHS
    return [
        NULL
        if text is None
        else lengths[len(text)] + text
        if len(text) <= LENGTH_MAX_SHORT
        else byte_string(text)
        for text in texts
    ]


COLUMN_FIELDS: dict[OracleType, ColumnField] = {
    OracleType.VARCHAR2: _characters,
    OracleType.CHAR: _characters,
    OracleType.NUMBER: _column(number),
    OracleType.DATE: _column(date),
    OracleType.TIMESTAMP: _column(timestamp),
}
