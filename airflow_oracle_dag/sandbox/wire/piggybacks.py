"""Read piggybacks and LOB calls.

A piggyback (message 17) rides before the call it came with; a client that frees temporary LOBs
sends a LOB call as one.
"""

from __future__ import annotations

from airflow_oracle_dag.sandbox.wire.buffer import Reader
from airflow_oracle_dag.sandbox.wire.constants import Function, LobOperation, MessageType
from airflow_oracle_dag.sandbox.wire.errors import Malformed, unimplemented
from airflow_oracle_dag.sandbox.wire.requests import (
    CloseCursors,
    FreeLobs,
    LobCall,
    Piggyback,
    SetAttributes,
    SetSchema,
)


def read_piggyback(reader: Reader) -> Piggyback:
    """Read one piggyback, its message type being passed already."""
    function = reader.u8()
    reader.skip(1)  # sequence number
    if function == Function.SET_ATTRIBUTES:
        return _attributes(reader)
    if function == Function.SET_SCHEMA:
        reader.skip(1)
        return SetSchema(reader.sized_text())
    if function == Function.CLOSE_CURSORS:
        reader.skip(1)
        return CloseCursors(tuple(reader.integer() for _ in range(reader.integer())))
    if function == Function.LOB_OPERATION:
        return FreeLobs(read_lob_call(reader).locator)
    raise unimplemented(f"piggyback {function}")


def _attributes(reader: Reader) -> SetAttributes:
    reader.skip(2)
    reader.integer()  # flags: the pointers say the same
    identifier = _announced(reader)
    module = _announced(reader)
    action = _announced(reader)
    reader.skip(1)
    reader.integer()
    reader.skip(1)
    reader.integer()
    info = _announced(reader)
    reader.skip(1)
    reader.integer()
    reader.skip(1)
    reader.integer()
    operation = _announced(reader)
    values = [_text(reader, size) for size in (identifier, module, action, info, operation)]
    # The database operation only labels monitoring views, which the sandbox has not.
    return SetAttributes(*values[:4])


def _announced(reader: Reader) -> int | None:
    # None: this attribute is left alone.
    pointer = reader.u8()
    size = reader.integer()
    return size if pointer else None


def _text(reader: Reader, size: int | None) -> str | None:
    if size is None:
        return None
    if not size:
        # An empty text is sent as one, nothing at all is not; what comes next never begins with 0.
        reader.skip_if(0)
        return ""
    return (reader.byte_string() or b"").decode()


def read_lob_call(reader: Reader) -> LobCall:
    """Read a LOB call, its function code and sequence number being passed already."""
    reader.skip(1)
    size = reader.integer()
    reader.skip(1)
    reader.integer()  # length of the destination; the duration of a new LOB
    reader.integer()
    reader.integer()
    reader.skip(3)
    operation = reader.integer()
    reader.skip(2)
    offset = reader.integer()
    destination = reader.integer()
    sends_amount = bool(reader.u8())
    reader.skip(6)
    locator = reader.raw(size)
    if operation == LobOperation.CREATE_TEMPORARY:
        reader.integer()  # character set
    data = None
    if operation == LobOperation.WRITE:
        if reader.u8() != MessageType.LOB_DATA:
            raise Malformed("LOB data expected")
        data = reader.byte_string() or b""
    amount = reader.integer() if sends_amount else 0
    return LobCall(operation, locator, offset, destination, amount, sends_amount, data)
