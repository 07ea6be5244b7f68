"""Turn the bytes of one client into events.

`ServerConnection.receive` takes what came from the socket, `next_event` gives back what it means.
A request may arrive in several packets without a sign that it is complete, so it is read again,
from the last place that was understood, whenever a packet follows that could not be the last one.
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from airflow_oracle_dag.sandbox.wire import packets
from airflow_oracle_dag.sandbox.wire.buffer import Reader
from airflow_oracle_dag.sandbox.wire.constants import (
    DATA_FLAG_EOF,
    Function,
    MarkerType,
    MessageType,
    PacketType,
)
from airflow_oracle_dag.sandbox.wire.errors import Malformed, NeedMore, Refused, unimplemented
from airflow_oracle_dag.sandbox.wire.piggybacks import read_lob_call, read_piggyback
from airflow_oracle_dag.sandbox.wire.requests import (
    Auth,
    Call,
    Execute,
    Fetch,
    LobCall,
    Piggyback,
    RowReader,
    ShapeOf,
    Simple,
    read_auth,
    read_execute,
    read_reexecute,
)

DEFAULT_SDU = 8192
# What a field raises that cannot be what it should be.
_NONSENSE = (ValueError, IndexError, ArithmeticError, struct.error)
MOST_BEFORE_LOGIN = 1 << 17  # bytes of one message
MOST = 1 << 28
_PACKET_SLACK = 7  # a client sends a packet early rather than cut an integer in two
_DATA = int(PacketType.DATA)
_NO_FLAGS = b"\x00\x00"
_GLOBAL = " (two-phase commit, sessionless transactions)"
_UNKNOWN_CALLS = {103: _GLOBAL, 104: _GLOBAL}
_REEXECUTE = frozenset({Function.REEXECUTE, Function.REEXECUTE_AND_FETCH})
_SIMPLE = {Function.COMMIT, Function.ROLLBACK, Function.PING, Function.LOGOFF}


@dataclass(frozen=True)
class Connect:
    """Ask the listener for a service; `data` is the connect descriptor."""

    data: str


@dataclass(frozen=True)
class Negotiate:
    """Agree on the protocol or the data types, as the message type says."""

    message_type: MessageType


class Request(NamedTuple):
    """Make a call, with the piggybacks that came before it."""

    piggybacks: tuple[Piggyback, ...]
    call: Call


@dataclass(frozen=True)
class Rejected:
    """Stand for a request that could not be read; it wants an error for an answer."""

    error: Refused


@dataclass(frozen=True)
class Marker:
    """Interrupt, break or reset."""

    kind: MarkerType


@dataclass(frozen=True)
class Goodbye:
    """Leave for good."""


Event = Connect | Negotiate | Request | Rejected | Marker | Goodbye


class ServerConnection:
    """Understand one client, from its CONNECT to its farewell.

    :param shape_of: gives the shape of an open cursor's binds.
    """

    def __init__(self, shape_of: ShapeOf) -> None:
        self.sdu = DEFAULT_SDU
        self._shape_of = shape_of
        self._decoder = packets.PacketDecoder()
        self._events: deque[Event] = deque()
        self.limit = MOST_BEFORE_LOGIN
        self._connect_size = 0  # of connect data that follows in a packet of its own
        self._assembly = _Assembly(shape_of)
        self._draining = False

    def accept(self) -> bytes:
        """Accept the client and return the packet that says so."""
        answer = packets.accept(self.sdu)
        self._decoder.large = True
        return answer

    def receive(self, data: bytes) -> None:
        """Take bytes from the client.

        :raises Malformed: when they are no Oracle Net.
        """
        arrived = self._decoder.feed(data)
        more = len(arrived)
        for packet in arrived:
            more -= 1
            try:
                self._take(packet, last=not more and not self._decoder.rest)
            except _NONSENSE as error:
                raise Malformed(str(error)) from error

    def next_event(self) -> Event | None:
        """Return the next event, None when more bytes are needed."""
        return self._events.popleft() if self._events else None

    def discard(self) -> None:
        """Forget what a request in progress has sent so far, and whatever was not taken yet."""
        self._assembly = _Assembly(self._shape_of)
        self._events.clear()
        self._draining = False

    @property
    def breaks(self) -> bool:
        """Tell whether an interrupt or break waits among the events."""
        return any(
            isinstance(event, Marker) and event.kind != MarkerType.RESET for event in self._events
        )

    def _take(self, packet: packets.Packet, *, last: bool) -> None:
        if packet.type == _DATA:
            self._data(packet, last=last)
        elif packet.type == PacketType.MARKER:
            self._events.append(Marker(MarkerType(packet.body[2])))
        else:
            self._connect(packet)

    def _connect(self, packet: packets.Packet) -> None:
        body = packet.body
        if len(body) < 20:
            raise Malformed("CONNECT is too short")
        asked = int.from_bytes(body[6:8], "big")
        self.sdu = min(max(asked, 512), 65535) if asked else DEFAULT_SDU
        size = int.from_bytes(body[16:18], "big")
        start = int.from_bytes(body[18:20], "big") - packets.HEADER_SIZE
        data = body[start : start + size]
        if len(data) < size:
            self._connect_size = size
        else:
            self._events.append(Connect(data.decode("utf-8", "replace")))

    def _data(self, packet: packets.Packet, *, last: bool) -> None:
        flags, body = packet.body[:2], packet.body[2:]
        if flags != _NO_FLAGS and int.from_bytes(flags, "big") & DATA_FLAG_EOF:
            self._events.append(Goodbye())
            return
        if self._connect_size:
            self._connect_size = 0
            self._events.append(Connect(body.decode("utf-8", "replace")))
            return
        full = packet.size >= self.sdu - _PACKET_SLACK
        if self._draining:
            self._draining = full
            return
        self._assembly.add(body)
        if len(self._assembly.data) > self.limit:
            self._assembly = _Assembly(self._shape_of)
            self._draining = full
            self._events.append(Rejected(unimplemented(f"a request of over {self.limit} bytes")))
            return
        if full and not last:
            return  # more is here already: read it all at once
        self._assemble(full=full)

    def _assemble(self, *, full: bool) -> None:
        event: Event
        try:
            event = self._assembly.read()
        except NeedMore:
            return
        except Refused as error:
            self._draining = full
            event = Rejected(error)
        self._assembly = _Assembly(self._shape_of)
        self._events.append(event)


class _Assembly:
    """Read one request, remembering between attempts what was understood."""

    __slots__ = ("_piggybacks", "_position", "_rows", "_shape_of", "data")

    def __init__(self, shape_of: ShapeOf) -> None:
        self.data: bytes | bytearray = b""
        self._shape_of = shape_of
        self._position = 0
        self._piggybacks: list[Piggyback] = []
        self._rows: tuple[Execute, RowReader] | None = None

    def add(self, body: bytes) -> None:
        """Add the body of a packet; most requests have just one, which is not copied."""
        if not self.data:
            self.data = body
            return
        if isinstance(self.data, bytes):
            self.data = bytearray(self.data)
        self.data += body

    def read(self) -> Negotiate | Request:
        """Return the request.

        :raises NeedMore: when it is not complete.
        """
        reader = Reader(self.data, self._position)
        if self._rows is not None:
            return self._read_rows(reader, *self._rows)
        while True:
            message = reader.u8()
            if message == 0 and self._piggybacks:
                continue  # the value of an attribute set to '', announced with no length
            if message != MessageType.PIGGYBACK:
                break
            self._piggybacks.append(read_piggyback(reader))
            self._position = reader.position
        if message == MessageType.FUNCTION:
            return self._function(reader)
        if message == MessageType.PROTOCOL:
            reader.skip(2)
            reader.zero_ended()
            return Negotiate(MessageType.PROTOCOL)
        if message == MessageType.DATA_TYPES:
            _skip_data_types(reader)
            return Negotiate(MessageType.DATA_TYPES)
        raise unimplemented(f"message {message}")

    def _function(self, reader: Reader) -> Request:
        function, _sequence = reader.raw(2)
        if function in _REEXECUTE:
            execute, count = read_reexecute(reader, function, self._shape_of)
        elif function == Function.EXECUTE:
            execute, count = read_execute(reader, self._shape_of)
        else:
            return Request(tuple(self._piggybacks), self._plain(reader, function))
        rows = RowReader(execute.shape, count)
        self._rows = execute, rows
        self._position = reader.position
        return self._read_rows(reader, execute, rows)

    def _plain(self, reader: Reader, function: int) -> Fetch | Simple | Auth | LobCall:
        if function == Function.FETCH:
            cursor_id = reader.integer()
            return Fetch(cursor_id, reader.integer())
        if function in _SIMPLE:
            return Simple(Function(function))
        if function in (Function.AUTH_PHASE_ONE, Function.AUTH_PHASE_TWO):
            return read_auth(reader, Function(function))
        if function == Function.LOB_OPERATION:
            return read_lob_call(reader)
        raise unimplemented(f"call {function}{_UNKNOWN_CALLS.get(function, '')}")

    def _read_rows(self, reader: Reader, execute: Execute, rows: RowReader) -> Request:
        done = len(rows.rows)
        try:
            rows.read(reader)
        except NeedMore:
            if len(rows.rows) > done:
                self._position = rows.position
            raise
        execute.rows = rows.rows
        return Request(tuple(self._piggybacks), execute)


def _skip_data_types(reader: Reader) -> None:
    reader.skip(5)
    reader.byte_string()  # compile-time capabilities
    reader.byte_string()  # run-time capabilities
    while reader.u16be():
        reader.skip(6)
