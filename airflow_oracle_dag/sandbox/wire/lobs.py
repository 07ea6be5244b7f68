"""Keep the LOBs that one client holds locators of, and answer its LOB calls.

A fetched LOB is a value, read at the fetch; its locator is marked temporary, so that the client
tells when it lets go of it. Only LOBs that the client created itself can be written to.
"""

from __future__ import annotations

from dataclasses import dataclass

from airflow_oracle_dag.sandbox.session import OracleError
from airflow_oracle_dag.sandbox.wire import replies
from airflow_oracle_dag.sandbox.wire.buffer import byte_string, integer
from airflow_oracle_dag.sandbox.wire.constants import (
    CHARSET_UTF8,
    FORM_NATIONAL,
    LOCATOR_SIZE,
    DataType,
    LobOperation,
)
from airflow_oracle_dag.sandbox.wire.requests import LobCall

CHUNK_SIZE = 8132
_FLAG_TEMPORARY = 0x01
_OPENING = {LobOperation.OPEN, LobOperation.CLOSE}


@dataclass
class Lob:
    """Hold one LOB: a str for a CLOB, bytes for a BLOB."""

    content: str | bytes
    national: bool = False
    writable: bool = False
    is_open: bool = False

    def encoded(self, start: int, amount: int) -> bytes:
        """Return a part of the content as it travels; `start` counts from 0."""
        part = self.content[start : start + amount]
        if isinstance(part, bytes):
            return part
        return part.encode("utf-16-be" if self.national else "utf-8")

    def write(self, offset: int, data: bytes) -> None:
        """Overwrite from `offset`, which counts from 0, padding what lies before."""
        content = self.content
        if isinstance(content, bytes):
            content = content.ljust(offset, b"\x00")
            self.content = content[:offset] + data + content[offset + len(data) :]
            return
        text = data.decode("utf-16-be" if self.national else "utf-8")
        content = content.ljust(offset)
        self.content = content[:offset] + text + content[offset + len(text) :]


class Lobs:
    """Map locators to LOBs."""

    def __init__(self) -> None:
        self._lobs: dict[int, Lob] = {}
        self._last = 0

    def add(self, lob: Lob) -> bytes:
        """Keep a LOB and return its locator."""
        self._last += 1
        self._lobs[self._last] = lob
        head = (LOCATOR_SIZE - 2).to_bytes(2, "big") + b"\x00\x04\x00\x08\x00"
        locator = head + bytes((_FLAG_TEMPORARY,)) + self._last.to_bytes(8, "big")
        return locator.ljust(LOCATOR_SIZE, b"\x00")

    def field(self, value: str | bytes, *, national: bool = False) -> bytes:
        """Encode a LOB as it stands in a row: its size, chunk size and locator."""
        locator = self.add(Lob(value, national))
        return (
            integer(LOCATOR_SIZE) + integer(len(value)) + integer(CHUNK_SIZE) + byte_string(locator)
        )

    def content(self, locator: bytes) -> str | bytes:
        """Return the content of a LOB that is bound."""
        return self._find(locator).content

    def free(self, locators: bytes) -> None:
        """Forget the LOBs of any number of locators, one behind the other."""
        for start in range(0, len(locators), LOCATOR_SIZE):
            self._lobs.pop(self._number(locators[start : start + LOCATOR_SIZE]), None)

    def answer(self, call: LobCall) -> bytes:
        """Do what a LOB call asks for and return the messages before its status."""
        if call.operation == LobOperation.CREATE_TEMPORARY:
            return self._create(call)
        lob = self._find(call.locator)
        if call.operation == LobOperation.READ:
            return self._read(lob, call)
        return replies.lob_parameters(call.locator, self._work(lob, call))

    def _work(self, lob: Lob, call: LobCall) -> bytes:
        # Do what answers with a number, a flag or nothing.
        operation = call.operation
        rest = integer(call.amount) if call.sends_amount else b""
        if operation == LobOperation.WRITE:
            self._writable(lob).write(max(call.offset, 1) - 1, call.data or b"")
        elif operation == LobOperation.TRIM:
            self._writable(lob).content = lob.content[: call.amount]
        elif operation == LobOperation.GET_LENGTH:
            rest = integer(len(lob.content))
        elif operation == LobOperation.GET_CHUNK_SIZE:
            rest = integer(CHUNK_SIZE)
        elif operation == LobOperation.IS_OPEN:
            rest = bytes((lob.is_open,))
        elif operation in _OPENING:
            lob.is_open = operation == LobOperation.OPEN
        else:
            raise OracleError(
                3001, f"unimplemented feature (sandbox): LOB operation {operation:#x}"
            )
        return rest

    def _create(self, call: LobCall) -> bytes:
        empty: str | bytes = b"" if call.destination == DataType.BLOB else ""
        locator = self.add(Lob(empty, call.offset == FORM_NATIONAL, writable=True))
        return replies.lob_parameters(locator, integer(CHARSET_UTF8) + b"\x00")

    def _read(self, lob: Lob, call: LobCall) -> bytes:
        start = max(call.offset, 1) - 1
        data = lob.encoded(start, call.amount)
        count = max(0, min(call.amount, len(lob.content) - start))
        content = replies.lob_data(data) if data else b""
        return content + replies.lob_parameters(call.locator, integer(count))

    def _writable(self, lob: Lob) -> Lob:
        if not lob.writable:
            raise OracleError(
                3001, "unimplemented feature (sandbox): writing to a LOB that was fetched"
            )
        return lob

    def _find(self, locator: bytes) -> Lob:
        lob = self._lobs.get(self._number(locator))
        if lob is None:
            raise OracleError(22922, "nonexistent LOB value")
        return lob

    @staticmethod
    def _number(locator: bytes) -> int:
        return int.from_bytes(locator[8:16], "big")
