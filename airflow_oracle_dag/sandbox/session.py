"""The seam of the sandbox: what the wire asks of a database session.

The wire (``sandbox.wire`` and ``sandbox.server``) turns bytes into these calls and their answers
back into bytes; it knows nothing of SQL. The engine (``sandbox.engine``) implements them over
PostgreSQL; it knows nothing of packets. All methods block; one thread drives a session, and only
`Session.cancel` and `Session.kill` may be called from another one.

Values cross the seam as ``None``, ``str``, ``bytes``, ``int``, ``Decimal``, ``float``
(BINARY_FLOAT, BINARY_DOUBLE), ``bool``, ``datetime`` (naive for DATE and TIMESTAMP, aware for
TIMESTAMP WITH TIME ZONE), ``timedelta`` (INTERVAL DAY TO SECOND) and
`Months` (INTERVAL YEAR TO MONTH). An empty string is NULL, as in
Oracle. A cursor (SYS_REFCURSOR) crosses as the `Rows` that it stands on, in both directions: who
fetches from it next goes on where the other side has stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, runtime_checkable

INSTANCE_NAME = "SANDBOX"

Value = Any  # one of the types listed in the module docstring


@dataclass(frozen=True)
class Months:
    """Be an INTERVAL YEAR TO MONTH; years are twelve months each."""

    months: int


class OracleType(Enum):
    """Data types that cross the seam, by their SQL name."""

    __hash__ = object.__hash__  # each is there once; that of Enum costs a call in Python

    NUMBER = "NUMBER"
    BINARY_FLOAT = "BINARY_FLOAT"
    BINARY_DOUBLE = "BINARY_DOUBLE"
    VARCHAR2 = "VARCHAR2"
    CHAR = "CHAR"
    LONG = "LONG"
    RAW = "RAW"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    TIMESTAMP_TZ = "TIMESTAMP WITH TIME ZONE"
    TIMESTAMP_LTZ = "TIMESTAMP WITH LOCAL TIME ZONE"
    INTERVAL_DS = "INTERVAL DAY TO SECOND"
    INTERVAL_YM = "INTERVAL YEAR TO MONTH"
    CLOB = "CLOB"
    BLOB = "BLOB"
    BOOLEAN = "BOOLEAN"
    ROWID = "ROWID"
    CURSOR = "CURSOR"


class LobHome(Protocol):
    """Where the LOB of a locked row is stored; a str or bytes that has one in `home` is such."""

    def store(self, value: str | bytes) -> None:
        """Store a new value.

        :raises OracleError: ORA-22920 when the lock on the row has ended.
        """


class StatementKind(Enum):
    """How the wire frames a statement's answer."""

    QUERY = "QUERY"
    DML = "DML"
    PLSQL = "PLSQL"
    DDL = "DDL"  # also transaction and session control: no rows, no row count


class Direction(Enum):
    """Direction of a bind in a PL/SQL block or a RETURNING clause."""

    IN = 32
    OUT = 16
    IN_OUT = 48


class OracleError(Exception):
    """Report an ORA- error to the client.

    :param code: the ORA number, for example 942.
    :param message: the text without its ``ORA-00942: `` prefix.
    :param offset: 0-based character offset of a parse error in the statement, else 0.
    """

    def __init__(self, code: int, message: str, offset: int = 0) -> None:
        super().__init__(f"ORA-{code:05d}: {message}")
        self.code = code
        self.message = message
        self.offset = offset
        self.done = 0  # rows that an array DML had changed before
        self.backtrace: list[str] = []  # the calls that it has left, innermost first
        self.inner: list[str] = []  # those before it, which its message names already


class Disconnected(OracleError):
    """End the connection without an answer: ALTER SYSTEM DISCONNECT SESSION."""

    def __init__(self) -> None:
        super().__init__(3113, "end-of-file on communication channel")


@dataclass(frozen=True)
class Column:
    """Describe one column of a query.

    :param name: as Oracle reports it: upper case unless quoted.
    :param size: bytes for character and RAW types, else 0.
    :param precision: of a NUMBER, 0 when none was given.
    :param scale: of a NUMBER, -127 when neither precision nor scale was given.
    """

    name: str
    type: OracleType
    size: int = 0
    precision: int = 0
    scale: int = -127
    nullable: bool = True


@dataclass(frozen=True)
class BindType:
    """Say what the client declared for a bind position: its type and maximum size in bytes.

    :param array: it is an array, whose value is a list: an associative array of a block.
    """

    type: OracleType
    size: int = 0
    array: bool = False


class Rows(Protocol):
    """An open result set."""

    columns: Sequence[Column]

    def fetch(self, count: int) -> list[tuple[Value, ...]]:
        """Return up to `count` further rows; fewer than `count` means that the set is exhausted."""

    def close(self) -> None:
        """Release the result set."""


@runtime_checkable
class ColumnarRows(Rows, Protocol):
    """An open result set that can leave values as text, for a wire that turns them into bytes."""

    def fetch_columns(self, count: int, as_text: Sequence[bool]) -> list[list[Value]]:
        """Return up to `count` further rows, column by column; a set without columns has no rows.

        :param as_text: per column whether its values are wanted as UTF-8 bytes: a NUMBER as
            decimal digits (``-0.5``), a DATE or TIMESTAMP as ``2026-01-31 23:59:59[.123456]``,
            text as it is; NULL is None.
        """


@dataclass
class Result:
    """The outcome of one execute call.

    :param rows: the open result set of a QUERY, else None.
    :param row_count: rows that all iterations of a DML together changed.
    :param out: per bind position (in the statement's bind order) the list of OUT values: one value
        per iteration for PL/SQL, one per returned row for DML ... RETURNING (of all iterations,
        see `returned`); positions that are not OUT are absent.
    :param returned: for DML ... RETURNING: rows returned by each iteration.
    :param implicit: of a block: the results that it gave by DBMS_SQL.RETURN_RESULT, in order.
    """

    kind: StatementKind
    rows: Rows | None = None
    row_count: int = 0
    out: dict[int, list[Value]] = field(default_factory=dict)
    directions: Sequence[Direction] = ()
    returned: Sequence[int] = ()
    implicit: Sequence[Rows] = ()
    warning: bool = False  # a CREATE made an object that has compilation errors


class Statement(Protocol):
    """A parsed statement, kept by the wire under a cursor id and executed again and again.

    `bind_names` lists the placeholders as the driver counts them: for SQL every occurrence in
    order, for PL/SQL each distinct name once, upper case without the colon.
    """

    kind: StatementKind
    bind_names: Sequence[str]
    columns: Sequence[Column]  # of a QUERY, when known before the first execution; else empty


class Session(Protocol):
    """One database session: its own transaction, its own settings."""

    sid: int
    serial: int

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open (bit 1 of the wire's call status)."""

    def parse(self, sql: str) -> Statement:
        """Parse a statement without running it; DDL is parsed only, too.

        :raises OracleError: for syntax errors.
        """

    def execute(
        self,
        statement: Statement,
        bind_types: Sequence[BindType],
        iterations: Sequence[Sequence[Value]],
        *,
        describe_only: bool = False,
    ) -> Result:
        """Run a statement once per row of binds (once, when there are none).

        :param iterations: one row of values per iteration, in the order of `bind_names`; OUT-only
            positions hold None.
        :raises OracleError: the statement's own effects are undone, the transaction stays open.
        """

    def commit(self) -> None:
        """Commit; a deferred error is raised as OracleError with the transaction rolled back."""

    def rollback(self) -> None:
        """Roll the transaction back."""

    def ping(self) -> None:
        """Do nothing; a session that was killed raises ORA-00028."""

    def set_attributes(
        self,
        *,
        module: str | None = None,
        action: str | None = None,
        client_identifier: str | None = None,
        client_info: str | None = None,
        current_schema: str | None = None,
    ) -> None:
        """Apply the tags and the current schema that piggybacks carry; None leaves one alone."""

    def cancel(self) -> None:
        """Interrupt the running call from another thread: it raises ORA-01013."""

    def kill(self) -> bool:
        """End the session as ALTER SYSTEM KILL SESSION does: the running call raises ORA-00028.

        :returns: whether its transaction has been rolled back already.
        """

    def close(self) -> None:
        """Roll back and end the session."""


class Database(Protocol):
    """What a listener needs of a database."""

    service_name: str
    version: tuple[int, int, int, int, int]  # for AUTH_VERSION_NO, for example (23, 26, 0, 0, 0)

    def password_of(self, user: str) -> str | None:
        """Return a user's password (users are upper case), None when there is no such user."""

    def open(
        self,
        user: str,
        *,
        program: str,
        machine: str,
        os_user: str,
        process: str,
        proxy: str = "",
        service: str = "",
    ) -> Session:
        """Open a session for an authenticated user, or for one as whom `proxy` may connect.

        :param service: by which the client came, '' for the database's own.
        """

    def sessions(self) -> Iterator[Session]:
        """Iterate over the sessions that are open."""

    def close(self) -> None:
        """End all sessions and stop the database."""
