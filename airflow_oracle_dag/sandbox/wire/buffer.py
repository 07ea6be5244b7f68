"""Read and write the primitive encodings of TTC messages.

Integers ("ub2", "ub4", "ub8") are one length byte, whose bit 7 means negative, then that many
big-endian bytes. Byte strings are one length byte up to 252, else 254 and chunks closed by an
empty one; 0 and 255 are NULL.
"""

from __future__ import annotations

from airflow_oracle_dag.sandbox.wire.constants import (
    CHUNK_SIZE,
    LENGTH_ESCAPE,
    LENGTH_LONG,
    LENGTH_MAX_SHORT,
    LENGTH_NULL,
)
from airflow_oracle_dag.sandbox.wire.errors import Malformed, NeedMore

_SMALL = tuple(b"\x00" if n == 0 else bytes((1, n)) for n in range(256))
_LENGTHS = tuple(bytes((n,)) for n in range(256))


def integer(value: int) -> bytes:
    """Encode an integer of up to eight bytes; its sign is bit 7 of the length."""
    if 0 <= value < 256:
        return _SMALL[value]
    sign, magnitude = (0x80, -value) if value < 0 else (0, value)
    if magnitude <= 0xFF:
        size = 1
    elif magnitude <= 0xFFFF:
        size = 2
    elif magnitude <= 0xFFFFFFFF:
        size = 4
    else:
        size = 8
    return bytes((size | sign,)) + magnitude.to_bytes(size, "big")


def byte_string(value: bytes | None) -> bytes:
    """Encode bytes behind their length, None and the empty string as NULL."""
    if not value:
        return b"\x00"
    size = len(value)
    if size <= LENGTH_MAX_SHORT:
        return _LENGTHS[size] + value
    parts = [_LENGTHS[LENGTH_LONG]]
    for start in range(0, size, CHUNK_SIZE):
        chunk = value[start : start + CHUNK_SIZE]
        parts.append(integer(len(chunk)))
        parts.append(chunk)
    parts.append(b"\x00")
    return b"".join(parts)


def sized_string(value: bytes | None) -> bytes:
    """Encode bytes behind two lengths: an integer, then (if it is not 0) the bytes form."""
    if not value:
        return b"\x00"
    return integer(len(value)) + byte_string(value)


class Reader:
    """Read primitives from the front of a message that may not be complete yet.

    :raises NeedMore: from every method, when the bytes end too early; `position` is then
        meaningless and the caller starts again from a position it remembered.
    """

    __slots__ = ("data", "position")

    def __init__(self, data: bytes | bytearray, position: int = 0) -> None:
        self.data = data
        self.position = position

    def u8(self) -> int:
        """Read one byte."""
        position = self.position
        if position >= len(self.data):
            raise NeedMore
        self.position = position + 1
        return self.data[position]

    def raw(self, size: int) -> bytes:
        """Read `size` bytes as they are.

        :raises Malformed: for a negative size.
        """
        start = self.position
        end = start + size
        if end > len(self.data):
            raise NeedMore
        if end < start:
            raise Malformed(f"{size} bytes")
        self.position = end
        return bytes(self.data[start:end])

    def skip(self, size: int) -> None:
        """Pass over `size` bytes.

        :raises Malformed: for a negative size.
        """
        end = self.position + size
        if end > len(self.data):
            raise NeedMore
        if end < self.position:
            raise Malformed(f"{size} bytes")
        self.position = end

    def skip_if(self, value: int) -> None:
        """Pass the next byte over if it is this one."""
        if self.data[self.position : self.position + 1] == bytes((value,)):
            self.position += 1

    def u16be(self) -> int:
        """Read a big-endian 16-bit integer."""
        return int.from_bytes(self.raw(2), "big")

    def integer(self) -> int:
        """Read an integer in the universal form."""
        data, start = self.data, self.position + 1
        if start > len(data):
            raise NeedMore
        size = data[start - 1]
        if size == 0:
            self.position = start
            return 0
        negative = size & 0x80
        size &= 0x7F
        if size > 8:
            raise Malformed(f"integer of {size} bytes")
        end = start + size
        if end > len(data):
            raise NeedMore
        self.position = end
        value = int.from_bytes(data[start:end], "big")
        return -value if negative else value

    def byte_string(self) -> bytes | None:
        """Read bytes behind their length; None for NULL."""
        position = self.position
        data = self.data
        if position >= len(data):
            raise NeedMore
        size = data[position]
        if size <= LENGTH_MAX_SHORT:
            end = position + 1 + size
            if end > len(data):
                raise NeedMore
            self.position = end
            return bytes(data[position + 1 : end]) if size else None
        self.position = position + 1
        if size == LENGTH_NULL:
            return None
        if size == LENGTH_ESCAPE:  # a NULL BOOLEAN: the escape and one more byte
            self.skip(1)
            return None
        return self._chunks()

    def _chunks(self) -> bytes:
        # Find all chunks before copying one: a long value is tried once per packet it came in.
        spans: list[tuple[int, int]] = []
        while size := self.integer():
            spans.append((self.position, self.position + size))
            self.skip(size)
        return b"".join([bytes(self.data[start:end]) for start, end in spans])

    def sized_string(self) -> bytes | None:
        """Read bytes behind two lengths; None for NULL."""
        return self.byte_string() if self.integer() else None

    def sized_text(self) -> str:
        """Read UTF-8 text behind two lengths; '' for NULL."""
        value = self.sized_string()
        return value.decode() if value else ""

    def zero_ended(self) -> bytes:
        """Read bytes up to a zero byte, which is passed over."""
        end = self.data.find(0, self.position)
        if end < 0:
            raise NeedMore
        value = bytes(self.data[self.position : end])
        self.position = end + 1
        return value
