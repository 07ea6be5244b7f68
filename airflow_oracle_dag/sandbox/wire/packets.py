"""Cut a byte stream into TNS packets and build packets for the other way.

A packet is an 8-byte header and a body. Its length is a big-endian 16-bit integer in bytes 0-1
until the connection is accepted, and a 32-bit one in bytes 0-3 after that; byte 4 is the type.
"""

from __future__ import annotations

from typing import NamedTuple

from airflow_oracle_dag.sandbox.wire.constants import (
    PROTOCOL_VERSION,
    MarkerType,
    PacketType,
)
from airflow_oracle_dag.sandbox.wire.errors import Malformed

HEADER_SIZE = 8
DATA_HEADER_SIZE = HEADER_SIZE + 2
MAX_PACKET = 0x200000
_EXPECTED = frozenset({PacketType.CONNECT, PacketType.DATA, PacketType.MARKER})


class Packet(NamedTuple):
    """Hold one packet: its type, its body and its length with the header."""

    type: int
    body: bytes
    size: int


class PacketDecoder:
    """Collect bytes and give back whole packets."""

    def __init__(self) -> None:
        self.large = False  # lengths are 32 bits wide: set once the connection is accepted
        self.rest = bytearray()  # the beginning of a packet whose end has not come yet

    def feed(self, data: bytes) -> list[Packet]:
        """Add bytes and return the packets that are complete now."""
        kept = self.rest
        if kept:
            kept += data
        source: bytes | bytearray = kept or data  # most reads bring whole packets: nothing is kept
        packets: list[Packet] = []
        start, length = 0, len(source)
        width = 4 if self.large else 2
        while length - start >= HEADER_SIZE:
            size = int.from_bytes(source[start : start + width], "big")
            kind = source[start + 4]
            if not HEADER_SIZE <= size <= MAX_PACKET or kind not in _EXPECTED:
                raise Malformed(f"packet of {size} bytes, type {kind}")
            if length - start < size:
                break
            packets.append(Packet(kind, bytes(source[start + HEADER_SIZE : start + size]), size))
            start += size
        if source is kept:
            del kept[:start]
        elif start < length:
            kept += data[start:]
        return packets


def packet(kind: PacketType, body: bytes, *, large: bool = True) -> bytes:
    """Build one packet."""
    size = HEADER_SIZE + len(body)
    length = size.to_bytes(4, "big") if large else size.to_bytes(2, "big") + b"\x00\x00"
    return length + bytes((kind, 0, 0, 0)) + body


def data_packets(message: bytes, sdu: int) -> bytes:
    """Cut a message into DATA packets of at most `sdu` bytes each."""
    room = sdu - DATA_HEADER_SIZE
    if len(message) <= room:
        return packet(PacketType.DATA, b"\x00\x00" + message)
    parts = (message[start : start + room] for start in range(0, len(message), room))
    return b"".join([packet(PacketType.DATA, b"\x00\x00" + part) for part in parts])


def marker(kind: MarkerType) -> bytes:
    """Build a MARKER packet."""
    return packet(PacketType.MARKER, bytes((1, 0, kind)))


def accept(sdu: int) -> bytes:
    """Build the ACCEPT packet: no options, no flags, the simplest dialect."""
    body = (
        PROTOCOL_VERSION.to_bytes(2, "big")
        + bytes(2)  # options: no out-of-band breaks
        + bytes(10)
        + bytes(1)  # network services are not asked for
        + bytes(9)
        + sdu.to_bytes(4, "big")
        + bytes(5)
        + bytes(4)  # flags: no fast authentication, no end-of-response markers
    )
    return packet(PacketType.ACCEPT, body, large=False)


def refuse(code: int) -> bytes:
    """Build the REFUSE packet with which a listener turns a client away."""
    text = f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={code})(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4))))"
    body = bytes(2) + len(text).to_bytes(2, "big") + text.encode("ascii")
    return packet(PacketType.REFUSE, body, large=False)
