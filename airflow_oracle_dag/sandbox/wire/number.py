"""Encode and decode Oracle NUMBER.

One exponent byte in excess-64 of base 100 with bit 7 for the sign, then base-100 digits plus one;
negative numbers are complemented (101 minus the digit) and closed by 102 unless they are full.
Source: Oracle Call Interface Programmer's Guide, "NUMBER" external data type.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

MAX_PAIRS = 20
_ZERO = b"\x80"
_OVERFLOW_POINT = 126
_UNDERFLOW_POINT = -129


@lru_cache(maxsize=32768)
def encode_number(value: int | Decimal) -> bytes:
    """Encode a number, rounded to the 20 base-100 digits that a NUMBER holds.

    :raises OverflowError: from 1e126 on, and for NaN and infinities.
    """
    negative, digits, point = _split(value)
    if not digits:
        return _ZERO
    if point % 2:
        digits = "0" + digits
        point += 1
    if len(digits) > MAX_PAIRS * 2:
        return encode_number(_rounded(digits, point, negative=negative))
    if point > _OVERFLOW_POINT:
        raise OverflowError(f"{value} is too large for a NUMBER")
    if point < _UNDERFLOW_POINT:
        return _ZERO
    if len(digits) % 2:
        digits += "0"
    exponent = 192 + point // 2
    pairs = [int(digits[i : i + 2]) for i in range(0, len(digits), 2)]
    if not negative:
        return bytes([exponent, *[pair + 1 for pair in pairs]])
    tail = [102] if len(pairs) < MAX_PAIRS else []
    return bytes([~exponent & 0xFF, *[101 - pair for pair in pairs], *tail])


def _split(value: int | Decimal) -> tuple[bool, str, int]:
    # Give sign, digits without zeros at either end, and where the decimal point stands in them.
    if isinstance(value, int):
        text = str(abs(value))
        return value < 0, text.rstrip("0"), len(text)
    if not value.is_finite():
        raise OverflowError(f"{value} is not a NUMBER")
    sign, figures, exponent = value.as_tuple()
    text = "".join(map(str, figures)).lstrip("0")
    return bool(sign), text.rstrip("0"), len(text) + int(exponent)


def _rounded(digits: str, point: int, *, negative: bool) -> Decimal:
    keep = MAX_PAIRS * 2
    mantissa = int(digits[:keep]) + (digits[keep] >= "5")
    return Decimal((int(negative), tuple(map(int, str(mantissa))), point - keep))


@lru_cache(maxsize=32768)
def decode_number(data: bytes) -> int | Decimal:
    """Decode a number: an int when it is whole, else a Decimal without trailing zeros."""
    positive = data[0] & 0x80
    if positive:
        exponent = data[0] - 192
        pairs = [byte - 1 for byte in data[1:]]
    else:
        exponent = (~data[0] & 0xFF) - 192
        body = data[1:-1] if data[-1] == 102 else data[1:]
        pairs = [101 - byte for byte in body]
    mantissa = 0
    for pair in pairs:
        mantissa = mantissa * 100 + pair
    scale = exponent - len(pairs)
    if scale >= 0:
        whole: int = mantissa * 100**scale
        return whole if positive else -whole
    while mantissa and mantissa % 100 == 0 and scale < 0:
        mantissa //= 100
        scale += 1
    if scale >= 0 or mantissa == 0:
        return mantissa if positive else -mantissa
    power = scale * 2
    if mantissa % 10 == 0:
        mantissa //= 10
        power += 1
    return Decimal((0 if positive else 1, tuple(map(int, str(mantissa))), power))
