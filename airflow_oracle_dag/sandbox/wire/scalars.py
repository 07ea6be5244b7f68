"""Encode and decode BINARY_FLOAT, BINARY_DOUBLE, BOOLEAN and ROWID."""

from __future__ import annotations

import struct

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_DIGITS = {character: index for index, character in enumerate(_ALPHABET)}
_ROWID_FIELDS = ((0, 6), (6, 9), (9, 15), (15, 18))  # object, file, block, row


def _ordered(data: bytes) -> bytes:
    # Oracle's form sorts as bytes: flip the sign of positives, all bits of negatives.
    if data[0] & 0x80:
        return bytes(byte ^ 0xFF for byte in data)
    return bytes((data[0] | 0x80,)) + data[1:]


def _plain(data: bytes) -> bytes:
    if data[0] & 0x80:
        return bytes((data[0] & 0x7F,)) + data[1:]
    return bytes(byte ^ 0xFF for byte in data)


def encode_double(value: float) -> bytes:
    """Encode a BINARY_DOUBLE."""
    return _ordered(struct.pack(">d", value))


def decode_double(data: bytes) -> float:
    """Decode a BINARY_DOUBLE."""
    return float(struct.unpack(">d", _plain(data))[0])


def encode_float(value: float) -> bytes:
    """Encode a BINARY_FLOAT; beyond its range is infinity, as in Oracle."""
    try:
        packed = struct.pack(">f", value)
    except OverflowError:
        packed = struct.pack(">f", float("inf") if value > 0 else float("-inf"))
    return _ordered(packed)


def decode_float(data: bytes) -> float:
    """Decode a BINARY_FLOAT."""
    return float(struct.unpack(">f", _plain(data))[0])


def encode_boolean(value: object) -> bytes:
    """Encode a BOOLEAN."""
    return b"\x01\x01" if value else b"\x00"


def decode_boolean(data: bytes) -> bool:
    """Decode a BOOLEAN."""
    return data[0] == 1


def rowid_fields(text: str) -> tuple[int, int, int, int]:
    """Take a ROWID's 18 characters apart into object, file, block and row.

    :raises ValueError: when the text is no extended ROWID.
    """
    if len(text) != 18 or not all(character in _DIGITS for character in text):
        raise ValueError(f"not a ROWID: {text!r}")
    values = []
    for start, end in _ROWID_FIELDS:
        value = 0
        for character in text[start:end]:
            value = value * 64 + _DIGITS[character]
        values.append(value)
    rowid_object, rowid_file, block, row = values
    return rowid_object & 0xFFFFFFFF, rowid_file & 0xFFFF, block & 0xFFFFFFFF, row & 0xFFFF
