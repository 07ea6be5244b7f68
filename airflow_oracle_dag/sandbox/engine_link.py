"""One PostgreSQL connection, driven at libpq's level: several commands, one round trip.

psycopg's own cursors cost more Python per statement than PostgreSQL costs in all; an Oracle
statement here is RELEASE, SAVEPOINT and the statement itself, sent as one pipeline.
"""

# ruff: noqa: FBT001 - private flags

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg
from psycopg import pq
from psycopg.pq import abc as pq_abc


class LinkLost(Exception):
    """Say that the PostgreSQL backend is gone."""


@dataclass(eq=False)
class ServerError(Exception):
    """Carry a PostgreSQL error with the fields that the mapping to ORA- needs.

    :param index: which command of the batch failed.
    :param done: of array DML: how many rows had been changed by what stays.
    :param redo: of array DML: which rows were undone although they had gone well.
    :param position: 1-based character position in the statement, 0 when unknown.
    """

    sqlstate: str
    message: str
    index: int = 0
    detail: str = ""
    schema: str = ""
    table: str = ""
    column: str = ""
    constraint: str = ""
    datatype: str = ""
    position: int = 0
    redo: tuple[int, int] = (0, 0)
    done: int = 0

    def __str__(self) -> str:
        """Show what a developer of the sandbox needs."""
        return f"{self.sqlstate} {self.message} {self.detail} at {self.position}"


@dataclass(frozen=True)
class Prepare:
    """Parse a statement under a name."""

    name: bytes
    sql: bytes
    oids: Sequence[int]


@dataclass(frozen=True)
class Describe:
    """Ask for the columns of a prepared statement."""

    name: bytes


class Run(NamedTuple):
    """Run a prepared statement with values in text format."""

    name: bytes
    values: Sequence[bytes | None] = ()


@dataclass(frozen=True)
class Simple:
    """Run a statement without preparing it."""

    sql: bytes


Command = Prepare | Describe | Run | Simple
Heard = Callable[[pq_abc.PGresult], None]
_SYNC, _FATAL = pq.ExecStatus.PIPELINE_SYNC, pq.ExecStatus.FATAL_ERROR
_FIELD = pq.DiagnosticField


def _error(result: pq_abc.PGresult, index: int) -> ServerError:
    def field(which: pq.DiagnosticField) -> str:
        value = result.error_field(which)
        return value.decode(errors="replace") if value else ""

    return ServerError(
        sqlstate=field(_FIELD.SQLSTATE),
        message=field(_FIELD.MESSAGE_PRIMARY) or result.error_message.decode(errors="replace"),
        index=index,
        detail=field(_FIELD.MESSAGE_DETAIL),
        schema=field(_FIELD.SCHEMA_NAME),
        table=field(_FIELD.TABLE_NAME),
        column=field(_FIELD.COLUMN_NAME),
        constraint=field(_FIELD.CONSTRAINT_NAME),
        datatype=field(_FIELD.DATATYPE_NAME),
        position=int(field(_FIELD.STATEMENT_POSITION) or 0),
    )


class Link:
    """Drive one connection; not for two threads at once, but for `cancel`.

    :ivar round_trips: how often something was sent and its answer awaited.
    """

    def __init__(self, conninfo: str) -> None:
        self._conn = pq.PGconn.connect(conninfo.encode())
        if self._conn.status != pq.ConnStatus.OK:
            raise LinkLost(self._conn.get_error_message())
        self.pid = self._conn.backend_pid
        self.round_trips = 0
        self._conn.nonblocking = 1
        self._poll = select.poll()
        self._patience: int | None = None
        self._stalled: Callable[[], bool] | None = None
        self._deadlocked = False
        self._cancel_lock = threading.Lock()
        self._heard: Heard | None = None

    def listen(self, heard: Heard | None) -> Heard | None:
        """Have notices handed to somebody; return who had them before."""
        before = self._heard
        self._heard = heard
        self._conn.notice_handler = heard
        return before

    def script(self, sql: str) -> None:
        """Run a text of several statements, outside the pipeline."""
        self._conn.nonblocking = 0
        try:
            result = self._conn.exec_(sql.encode())
        except psycopg.Error as error:
            raise LinkLost(str(error)) from error
        self._conn.nonblocking = 1
        if result.status == pq.ExecStatus.FATAL_ERROR:
            raise _error(result, 0)

    def send_text(self, sql: str) -> pq_abc.PGresult:
        """Run one statement and return its result."""
        return self.send([Simple(sql.encode())])[0]

    def send(self, commands: Sequence[Command]) -> list[pq_abc.PGresult]:
        """Run a batch in one round trip and return one result each.

        :raises ServerError: of the first command that failed; those behind it did not run.
        """
        conn = self._conn
        self.round_trips += 1
        try:
            if len(commands) == 1 and isinstance(commands[0], Run) and self._stalled is None:
                return [self._alone(commands[0])]
            conn.enter_pipeline_mode()
            for command in commands:
                if isinstance(command, Run):
                    conn.send_query_prepared(command.name, command.values)
                elif isinstance(command, Prepare):
                    conn.send_prepare(command.name, command.sql, command.oids)
                elif isinstance(command, Describe):
                    conn.send_describe_prepared(command.name)
                else:
                    conn.send_query_params(command.sql, None)
            conn.pipeline_sync()
            return self._collect(len(commands))
        except psycopg.Error as error:
            raise LinkLost(str(error)) from error

    def _alone(self, command: Run) -> pq_abc.PGresult:
        # One prepared statement: libpq itself sends, waits and reads.
        values: Any = command.values  # None is NULL here, too; the declaration leaves it out
        result = self._conn.exec_prepared(command.name, values)
        if result.status == _FATAL:
            failure = _error(result, 0)
            if self._conn.status != pq.ConnStatus.OK:
                raise LinkLost(failure.message)
            raise failure
        return result

    def _collect(self, count: int) -> list[pq_abc.PGresult]:
        conn = self._conn
        results: list[pq_abc.PGresult] = []
        failure: ServerError | None = None
        flushing = conn.flush()
        while True:
            while flushing or conn.is_busy():
                self._wait(write=bool(flushing))
                conn.consume_input()
                flushing = conn.flush() if flushing else 0
            result = conn.get_result()
            if result is None:
                continue  # the end of one command's results
            status = result.status
            if status == _SYNC:
                conn.exit_pipeline_mode()
                break
            if status == _FATAL and failure is None:
                failure = _error(result, len(results))
                if self._deadlocked:
                    failure.sqlstate, self._deadlocked = "40P01", False
                if conn.status != pq.ConnStatus.OK:
                    raise LinkLost(failure.message)
            results.append(result)
        if failure is not None:
            raise failure
        if len(results) != count:
            raise LinkLost("the answer is incomplete")
        return results

    def _wait(self, write: bool) -> None:
        events = select.POLLIN | select.POLLOUT if write else select.POLLIN
        self._poll.register(self._conn.socket, events)
        while not self._poll.poll(self._patience):
            if self._stalled is not None and self._stalled():
                self._deadlocked = True
                self.cancel()

    def watch(self, stalled: Callable[[], bool]) -> None:
        """Ask now and then, while an answer is awaited, whether it can come at all.

        :param stalled: True: it cannot; the statement fails as a deadlock does.
        """
        self._patience, self._stalled = 500, stalled

    def cancel(self) -> None:
        """Ask PostgreSQL to interrupt what runs now; for any thread."""
        with self._cancel_lock:
            try:
                self._conn.get_cancel().cancel()
            except psycopg.Error:
                return  # the connection is gone, and what ran on it with it

    def dead(self) -> bool:
        """Tell whether PostgreSQL has ended the connection; only while nothing runs on it."""
        try:
            self._poll.register(self._conn.socket, select.POLLIN)
            while self._poll.poll(0):  # a last word may come before the end
                self._conn.consume_input()
        except psycopg.Error:
            return True
        return self._conn.status != pq.ConnStatus.OK

    def close(self) -> None:
        """End the connection; PostgreSQL rolls its transaction back."""
        with self._cancel_lock:
            self._conn.finish()
