"""The one place where calls leave the program: a dedicated session of an Oracle database.

A session is never pooled and never shared: the protocol rests on what one session's transaction
holds. Every driver error comes out as `DatabaseError` with its code, or `ConnectionLost`. One
method call is one round trip, except where a docstring says otherwise.
"""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Protocol, Sequence, Tuple

import oracledb

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.values import Timestamp
from airflow_oracle_dag.runtime import codes
from airflow_oracle_dag.runtime.advice import UNREADABLE, advice
from airflow_oracle_dag.runtime.errors import ConnectFailed, ConnectionLost, DatabaseError
from airflow_oracle_dag.runtime.severing import sever

#: Rows of a script's SELECT that are fetched together with its execution.
PREFETCHED_ROWS = 101
#: Rows of it that are looked at; no later one is fetched, whatever is in it.
SEEN_ROWS = PREFETCHED_ROWS - 1
#: Numbers that DBMS_LOCK leaves to its users; what another session has by chance is not taken.
_LOCKS = 2**30


@dataclass(frozen=True)
class Tags:
    """How a DBA sees the session in V$SESSION; the step is set as ACTION while it runs.

    Oracle keeps 48 bytes of MODULE and 64 of ACTION and CLIENT_IDENTIFIER (V$SESSION, Reference).
    """

    module: str = "airflow_oracle_dag"
    client_identifier: str = ""


@dataclass(frozen=True)
class SessionIdentity:
    """Who a session is, as stored with the attempt that uses it.

    :param session_id: DBMS_SESSION.UNIQUE_SESSION_ID.
    :param schema: the user that connected: the default owner of the checkpoint tables.
    :param client: host and process id of this side.
    :param lock: DBMS_LOCK id that it holds while it lives, None where that is not permitted.
    """

    session_id: str
    sid: int
    serial: Optional[int]
    instance: int
    db_name: str
    con_name: str
    schema: str
    client: str
    lock: Optional[int] = None


@dataclass(frozen=True)
class InOut:
    """A bind that a statement of a script may also write to.

    :param kind: type of the driver, or a Python class that it knows.
    :param size: of a text.
    """

    kind: Any
    size: int
    value: Any


@dataclass(frozen=True)
class Outcome:
    """What a statement of a script did.

    :param row_count: rows that DML changed, 0 for anything else.
    :param warning: what the database remarked, such as compilation errors of stored code.
    :param columns: of a query; `rows` are its first `SEEN_ROWS` at most.
    :param outs: what the binds that are `InOut` hold; after RETURNING it is a list.
    """

    row_count: int = 0
    warning: str = ""
    columns: Tuple[str, ...] = ()
    rows: Tuple[Tuple[Any, ...], ...] = ()
    outs: Mapping[str, Any] = field(default_factory=dict)


class Session(Protocol):
    """A session that works on one run."""

    @property
    def identity(self) -> SessionIdentity:
        """Say who the session is."""

    def execute(self, text: str, binds: Mapping[str, Any]) -> Outcome:
        """Run a statement of a script."""

    def change(
        self, text: str, rows: Sequence[Mapping[str, Any]], timestamps: Sequence[str] = ()
    ) -> int:
        """Run DML of this package once per row and return how many rows it changed in all.

        :param timestamps: the binds that are TIMESTAMP, which the driver would bind as DATE.
        """

    def query(
        self, text: str, binds: Mapping[str, Any], at_once: int = PREFETCHED_ROWS
    ) -> List[Tuple[Any, ...]]:
        """Run a SELECT of this package and return all rows.

        :param at_once: rows that come with each round trip; the first comes with the execution.
        """

    def call(self, text: str, ins: Mapping[str, Any], outs: Mapping[str, Any]) -> Dict[str, Any]:
        """Run a block of this package.

        :param ins: IN binds; one that can be NULL is given as ``(value, type)``.
        :param outs: names of OUT binds with their type: ``str``, ``int`` or a driver type.
        """

    def commit(self) -> None:
        """Commit."""

    def rollback(self) -> None:
        """Roll back."""

    def tag(self, action: str) -> None:
        """Name the step that the next calls belong to; no round trip of its own."""

    def limit(self, seconds: Optional[float]) -> None:
        """Let no further call take longer than this; no round trip."""

    def cancel(self) -> None:
        """Interrupt the running call from another thread."""

    def sever(self) -> bool:
        """Cut the connection from another thread; False: there is no way to."""

    def close(self) -> None:
        """End the session; never raises, because nothing can be done about it."""


class Connector(Protocol):
    """Opens sessions of one database."""

    def open(self) -> Session:
        """Open a session and identify it: the log-in and one round trip.

        :raises ConnectFailed: when none can be had.
        """


class OracleConnector:
    """Open dedicated sessions with the unmodified driver.

    :param connect: makes a new connection each time it is called. It must not come from a pool.
    :param tags: how the sessions are marked for the DBA.
    """

    def __init__(self, connect: Callable[[], oracledb.Connection], tags: Tags = Tags()) -> None:
        self._connect = connect
        self._tags = tags

    def open(self) -> Session:
        """Open a session and identify it."""
        try:
            connection = self._connect()
        except (oracledb.Error, OSError) as error:
            code = codes.code_of(error)
            refused = ConnectFailed(advice(error, code), code)
            if code not in UNREADABLE:
                raise refused from error
            connection = None
        if connection is None:  # not raised above: it would carry along what `advice` leaves out
            raise refused
        connection.autocommit = False
        connection.module = _cut(self._tags.module, 48)
        if self._tags.client_identifier:
            connection.client_identifier = _cut(self._tags.client_identifier, 64)
        try:
            return OracleSession(connection)
        except BaseException:
            connection.close()
            raise


class OracleSession:
    """One connection of the driver, and what the runner does with it."""

    def __init__(self, connection: oracledb.Connection) -> None:
        self._connection = connection
        self._cursors: Dict[str, oracledb.Cursor] = {}
        self._variables: Dict[str, Dict[str, oracledb.Var]] = {}
        self._identity = self._identify()

    @property
    def identity(self) -> SessionIdentity:
        """Say who the session is."""
        return self._identity

    def _identify(self) -> SessionIdentity:
        lock = secrets.randbelow(_LOCKS)
        found = self.call(
            sql.block("open_session"),
            {"session_lock": lock},
            {
                "session_id": str,
                "sid": int,
                "instance": int,
                "db_name": str,
                "con_name": str,
                "session_user": str,
                "locked": int,
            },
        )
        return SessionIdentity(
            session_id=found["session_id"],
            sid=found["sid"],
            serial=self._serial(),
            instance=found["instance"],
            db_name=found["db_name"],
            con_name=found["con_name"] or found["db_name"],
            schema=found["session_user"],
            client=f"{socket.gethostname()}:{os.getpid()}"[:255],
            lock=lock if found["locked"] else None,
        )

    def _serial(self) -> Optional[int]:
        """Return SERIAL# of V$SESSION; thick mode has to ask, and None means nobody could say."""
        if self._connection.thin:
            return int(self._connection.serial_num)
        try:
            found = self.call(sql.block("session_serial"), {}, {"serial": int})["serial"]
        except ConnectionLost:
            raise
        except DatabaseError:
            return None
        return None if found is None else int(found)

    def execute(self, text: str, binds: Mapping[str, Any]) -> Outcome:
        """Run a statement of a script; of a query, the first rows come with it."""
        with self._reporting(), self._connection.cursor() as cursor:
            cursor.prefetchrows = PREFETCHED_ROWS
            cursor.arraysize = SEEN_ROWS
            sizes, values = _sized(binds)
            if sizes:
                cursor.setinputsizes(**sizes)
            written = {name: _in_out(cursor, v) for name, v in values.items() if _is_in_out(v)}
            values.update(written)
            cursor.execute(text, values)
            outs = {name: variable.getvalue() for name, variable in written.items()}
            if cursor.description is None:
                warning = str(cursor.warning or "")
                return Outcome(max(cursor.rowcount, 0), warning, outs=outs)
            columns = tuple(column[0] for column in cursor.description)
            rows = tuple(tuple(row) for row in cursor.fetchmany(SEEN_ROWS))
            return Outcome(columns=columns, rows=rows, outs=outs)

    def change(
        self, text: str, rows: Sequence[Mapping[str, Any]], timestamps: Sequence[str] = ()
    ) -> int:
        """Run DML of this package once per row."""
        with self._reporting(), self._connection.cursor() as cursor:
            if timestamps:
                cursor.setinputsizes(**dict.fromkeys(timestamps, oracledb.DB_TYPE_TIMESTAMP))
            cursor.executemany(text, [dict(row) for row in rows])
            return int(cursor.rowcount)

    def query(
        self, text: str, binds: Mapping[str, Any], at_once: int = PREFETCHED_ROWS
    ) -> List[Tuple[Any, ...]]:
        """Run a SELECT of this package; LOBs come as strings."""
        with self._reporting(), self._connection.cursor() as cursor:
            cursor.prefetchrows = at_once
            cursor.arraysize = at_once
            cursor.outputtypehandler = _lobs_as_strings
            cursor.execute(text, dict(binds))
            return [tuple(row) for row in cursor.fetchall()]

    def call(self, text: str, ins: Mapping[str, Any], outs: Mapping[str, Any]) -> Dict[str, Any]:
        """Run a block of this package; its cursor and its OUT variables are kept."""
        with self._reporting():
            typed = {name: _typed(value) for name, value in ins.items()}
            cursor = self._cursors.get(text)
            if cursor is None:
                cursor = self._cursors[text] = self._connection.cursor()
                kinds = {**{name: kind for name, (_, kind) in typed.items()}, **outs}
                self._variables[text] = {name: _variable(cursor, k) for name, k in kinds.items()}
            variables = self._variables[text]
            for name, variable in variables.items():
                variable.setvalue(0, typed[name][0] if name in typed else None)
            cursor.execute(text, variables)
            return {name: variables[name].getvalue() for name in outs}

    def commit(self) -> None:
        """Commit."""
        with self._reporting():
            self._connection.commit()

    def rollback(self) -> None:
        """Roll back."""
        with self._reporting():
            self._connection.rollback()

    def tag(self, action: str) -> None:
        """Name the step that the next calls belong to."""
        self._connection.action = _cut(action, 64)

    def limit(self, seconds: Optional[float]) -> None:
        """Let no further call take longer than this; less than a millisecond is one."""
        self._connection.call_timeout = 0 if seconds is None else max(1, int(seconds * 1000))

    def cancel(self) -> None:
        """Interrupt the running call from another thread."""
        try:
            self._connection.cancel()
        except (oracledb.Error, OSError):
            return  # the connection is gone, and with it the call

    def sever(self) -> bool:
        """Cut the connection from another thread, so that its call ends without an answer."""
        return sever(self._connection)

    def close(self) -> None:
        """End the session without another word to a server that may not answer."""
        try:
            self._connection.close()
        except (oracledb.Error, OSError):
            return  # it is gone already

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """Turn the driver's errors into this package's."""
        try:
            yield
        except OSError as error:  # the driver lets some errors of the socket through
            raise ConnectionLost(f"the connection broke: {error}") from error
        except oracledb.Error as error:
            code = codes.code_of(error)
            message = str(error).split("\nHelp:", 1)[0]
            lost = codes.is_session_lost(code) or not self._connection.is_healthy()
            raise (ConnectionLost if lost else DatabaseError)(message, code) from error


def _cut(text: str, size: int) -> str:
    return text.encode("utf-8")[:size].decode("utf-8", "ignore")


def _sized(binds: Mapping[str, Any]) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """Split a script's binds into driver types, where the default is not meant, and values."""
    sizes: Dict[str, Any] = {}
    values: Dict[str, Any] = {}
    for name, value in binds.items():
        if isinstance(value, Timestamp):
            sizes[name] = oracledb.DB_TYPE_TIMESTAMP
        values[name] = value.value if isinstance(value, Timestamp) else value
    return sizes, values


def _is_in_out(value: Any) -> bool:
    return isinstance(value, InOut)


def _in_out(cursor: oracledb.Cursor, bind: InOut) -> oracledb.Var:
    variable = cursor.var(bind.kind, bind.size)
    if bind.value is not None:
        variable.setvalue(0, bind.value)
    return variable


def _typed(value: Any) -> Tuple[Any, Any]:
    """Give an IN bind of our blocks its value and the type that it has in every call.

    :param value: the value, or ``(value, type)`` where it can be NULL.
    """
    if isinstance(value, tuple):
        return value[0], value[1]
    return value, str if isinstance(value, str) else int


def _variable(cursor: oracledb.Cursor, kind: Any) -> oracledb.Var:
    return cursor.var(kind, 32767 if kind is str else 0)


def _lobs_as_strings(cursor: oracledb.Cursor, metadata: Any) -> Optional[oracledb.Var]:
    if metadata.type_code is oracledb.DB_TYPE_CLOB:
        return cursor.var(oracledb.DB_TYPE_LONG, arraysize=cursor.arraysize)
    return None
