"""Keep the LOBs that one client holds locators of, and answer its LOB calls.

A fetched LOB is a value, read at the fetch; its locator is marked temporary, so that the client
tells when it lets go of it. LOBs that the client created itself can be written to, and those of
rows that a query has locked, which are stored with each write.
"""

from __future__ import annotations

from dataclasses import dataclass

from airflow_oracle_dag.sandbox.session import LobHome, OracleError
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
    home: LobHome | None = None

    def keep(self) -> None:
        """Store what was written, if it is stored anywhere."""
        if self.home is not None:
            self.home.store(self.content)

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
        home = getattr(value, "home", None)
        locator = self.add(Lob(value, national, writable=home is not None, home=home))
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
            self._changed(lob).write(max(call.offset, 1) - 1, call.data or b"")
            lob.keep()
        elif operation == LobOperation.TRIM:
            self._changed(lob).content = _trimmed(lob.content, call.amount)
            lob.keep()
        elif operation == LobOperation.GET_LENGTH:
            rest = integer(len(lob.content))
        elif operation == LobOperation.GET_CHUNK_SIZE:
            rest = integer(CHUNK_SIZE)
        elif operation == LobOperation.IS_OPEN:
            rest = bytes((lob.is_open,))
        elif operation in _OPENING:
            _open(lob, opens=operation == LobOperation.OPEN)
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

    def _changed(self, lob: Lob) -> Lob:
        if not lob.writable:
            raise OracleError(
                3001,
                "unimplemented feature (sandbox): writing to a LOB that was not fetched FOR UPDATE",
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


def _open(lob: Lob, *, opens: bool) -> None:
    if opens and lob.is_open:
        raise OracleError(22293, "LOB already opened in the same transaction")
    if not opens and not lob.is_open:
        raise OracleError(22289, "cannot perform CLOSE operation on an unopened file or LOB")
    lob.is_open = opens


def _trimmed(content: str | bytes, amount: int) -> str | bytes:
    if amount > len(content):
        raise OracleError(22926, "specified trim length is greater than current LOB value's length")
    return content[:amount]
