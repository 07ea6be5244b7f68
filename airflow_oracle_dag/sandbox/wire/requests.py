"""Read the requests of a client.

A request is any number of piggybacks and one function call. Where its bytes end can only be told
by reading it, and reading the rows of binds needs what was said before about their cursor:
`Shape`, which the caller keeps per cursor and hands in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from airflow_oracle_dag.sandbox.session import BindType
from airflow_oracle_dag.sandbox.wire.buffer import Reader
from airflow_oracle_dag.sandbox.wire.constants import (
    EXECUTE_FLAG_ROW_COUNTS,
    EXECUTE_FLAG_SCROLLABLE,
    MAX_STRING_SIZE,
    REEXECUTE_OPTION_COMMIT,
    DataType,
    ExecuteOption,
    Function,
)
from airflow_oracle_dag.sandbox.wire.errors import Refused, unimplemented
from airflow_oracle_dag.sandbox.wire.placeholders import returning_positions
from airflow_oracle_dag.sandbox.wire.types import (
    REFERENCES,
    WireType,
    decoder,
    read_wire_type,
)

MOST_ROWS = 1 << 24
Decoder = Callable[[bytes], Any]


@dataclass(frozen=True)
class Locator:
    """Stand for a LOB that a bind refers to; the caller puts its content in."""

    data: bytes


@dataclass(frozen=True)
class CursorRef:
    """Stand for an open cursor that a bind refers to; the caller puts its rows in."""

    cursor_id: int


@dataclass(frozen=True)
class Shape:
    """Hold what rows of binds look like for one cursor.

    :param returning: positions that get RETURNING values and are never sent.
    :param out: positions that a PL/SQL block only sets; not sent again once the client knows.
    """

    types: tuple[WireType, ...] = ()
    returning: frozenset[int] = frozenset()
    out: frozenset[int] = frozenset()
    plsql: bool = False

    @cached_property
    def bind_types(self) -> tuple[BindType, ...]:
        """The declarations as the seam knows them."""
        return tuple(wire_type.bind_type for wire_type in self.types)

    @cached_property
    def refers(self) -> bool:
        """Whether a row may hold a LOB or a cursor, that is, a number of what the server keeps."""
        return any(wire_type.data_type in REFERENCES for wire_type in self.types)

    @cached_property
    def sent(self) -> tuple[tuple[int, WireType, Decoder | None], ...]:
        """The positions that a row of binds holds, in its order, and what reads a value."""
        skipped = self.returning | self.out
        sent = [i for i in range(len(self.types)) if i not in skipped]
        if not self.plsql:  # what is longer than a VARCHAR2 can be goes last
            sent.sort(key=lambda i: self.types[i].size > MAX_STRING_SIZE)
        return tuple((i, self.types[i], _scalar_decoder(self.types[i])) for i in sent)


@dataclass
class Execute:
    """Parse, bind, define, execute and fetch: any of them, as `options` says.

    :param fetches: whether rows are wanted with the answer: the option says so, or, once a client
        has defined how it wants them, a number of iterations.
    """

    options: int
    cursor_id: int
    sql: str | None
    prefetch: int
    is_query: bool
    shape: Shape
    defines: tuple[WireType, ...] = ()
    rows: list[list[Any]] = field(default_factory=list)
    fetches: bool = False
    row_counts: bool = False
    again: bool = False  # one of the short re-execute calls


@dataclass(frozen=True)
class Fetch:
    """Ask for further rows of a cursor."""

    cursor_id: int
    count: int


@dataclass(frozen=True)
class Simple:
    """Call a function without arguments: commit, rollback, ping or log off."""

    function: Function


@dataclass(frozen=True)
class Auth:
    """Send a part of the log-in.

    :param mode: bits, see `AuthMode`.
    """

    function: Function
    user: str
    pairs: dict[str, str]
    mode: int = 0


@dataclass(frozen=True)
class LobCall:
    """Work on a LOB."""

    operation: int
    locator: bytes
    offset: int
    destination: int
    amount: int
    sends_amount: bool
    data: bytes | None


@dataclass(frozen=True)
class SetAttributes:
    """Set tags of the session; None leaves one alone."""

    client_identifier: str | None
    module: str | None
    action: str | None
    client_info: str | None


@dataclass(frozen=True)
class SetSchema:
    """Set the current schema."""

    schema: str


@dataclass(frozen=True)
class CloseCursors:
    """Close cursors."""

    cursor_ids: tuple[int, ...]


@dataclass(frozen=True)
class FreeLobs:
    """Free temporary LOBs."""

    locators: bytes


Piggyback = SetAttributes | SetSchema | CloseCursors | FreeLobs
Call = Execute | Fetch | Simple | Auth | LobCall
ShapeOf = Callable[[int], Shape]


def read_execute(reader: Reader, shape_of: ShapeOf) -> tuple[Execute, int]:
    """Read an execute call without its rows of binds; gives it and the number of rows to read."""
    options = reader.integer()
    cursor_id = reader.integer()
    has_sql = reader.u8()
    reader.integer()  # length of the statement
    reader.skip(1)
    reader.integer()  # length of the vector at the end: 13
    reader.skip(2)
    reader.integer()  # prefetch buffer size
    prefetch = reader.integer()
    reader.integer()  # largest LONG
    reader.skip(1)
    bind_count = reader.integer()
    reader.skip(5)
    reader.skip(1)
    define_count = reader.integer()
    registration = reader.integer()
    reader.skip(3)
    reader.integer()
    reader.skip(1)
    reader.integer()
    registration |= reader.integer()
    reader.skip(1)
    reader.integer()
    reader.skip(1)
    sql = None
    if has_sql:
        sql = (reader.byte_string() or b"").decode("utf-8")
    vector = [reader.integer() for _ in range(13)]
    if registration:
        raise unimplemented("continuous query notification")
    if vector[9] & EXECUTE_FLAG_SCROLLABLE:
        raise unimplemented("scrollable cursors")
    is_query = bool(vector[7])
    defines = tuple(_declarations(reader, define_count)) if define_count else ()
    types: tuple[WireType, ...] = ()
    if bind_count and not define_count:
        types = tuple(_declarations(reader, bind_count))
    shape = _shape(sql, types, shape_of(cursor_id) if cursor_id else Shape(), options)
    call = Execute(options, cursor_id, sql, prefetch, is_query, shape, defines)
    call.fetches = bool(options & ExecuteOption.FETCH) or (is_query and bool(vector[1]))
    call.row_counts = bool(vector[9] & EXECUTE_FLAG_ROW_COUNTS)
    if define_count or not options & ExecuteOption.EXECUTE:
        return call, 0
    return call, 1 if is_query else vector[1]


def _shape(sql: str | None, types: tuple[WireType, ...], known: Shape, options: int) -> Shape:
    plsql = not options & ExecuteOption.NOT_PLSQL and bool(options & ExecuteOption.EXECUTE)
    if sql is not None:
        known = Shape(returning=returning_positions(sql))
    # The full call sends a value for every bind, also those that are known to be OUT.
    return Shape(types or known.types, known.returning, frozenset(), plsql)


def _declarations(reader: Reader, count: int) -> list[WireType]:
    declarations = []
    for _ in range(count):
        number, wire_type = read_wire_type(reader)
        if wire_type is None:
            raise unimplemented(f"data type {number} of a bind")
        declarations.append(wire_type)
    return declarations


def read_reexecute(reader: Reader, function: int, shape_of: ShapeOf) -> tuple[Execute, int]:
    """Read a short re-execute call without its rows of binds."""
    cursor_id = reader.integer()
    count = reader.integer()
    reader.integer()
    autocommit = reader.integer() & REEXECUTE_OPTION_COMMIT
    shape = shape_of(cursor_id)
    fetches = function == Function.REEXECUTE_AND_FETCH
    options = ExecuteOption.EXECUTE | (ExecuteOption.FETCH if fetches else 0)
    if autocommit:
        options |= ExecuteOption.COMMIT
    call = Execute(options, cursor_id, None, count if fetches else 0, fetches, shape, again=True)
    call.fetches = fetches
    return call, 1 if fetches else count


class RowReader:
    """Read rows of binds, going on where the bytes ended when more of them have come."""

    def __init__(self, shape: Shape, count: int) -> None:
        self.count = count
        self.rows: list[list[Any]] = []
        self._width = len(shape.types)
        self._columns = shape.sent

    def read(self, reader: Reader) -> int:
        """Read as many rows as are complete and return the position after the last one.

        `rows` holds `count` rows when all have been read.
        """
        if not self._columns:
            self._repeat()
        while len(self.rows) < self.count:
            reader.u8()  # message type: row data
            row: list[Any] = [None] * self._width
            for index, wire_type, decode in self._columns:
                if wire_type.array:
                    row[index] = _elements(reader, wire_type, decode)
                elif decode is None:
                    row[index] = _reference(reader, wire_type)
                else:
                    data = reader.byte_string()
                    row[index] = None if data is None else decode(data)
            self.rows.append(row)
            self.position = reader.position
        return reader.position

    def _repeat(self) -> None:
        # No row sends anything: nobody puts a value into one, so that one stands for all.
        if not 0 <= self.count <= MOST_ROWS:
            raise Refused(3001, f"unimplemented feature (sandbox): {self.count} executions at once")
        self.rows = [[None] * self._width] * self.count


def _scalar_decoder(wire_type: WireType) -> Decoder | None:
    return None if wire_type.data_type in REFERENCES else decoder(wire_type)


def _elements(reader: Reader, wire_type: WireType, decode: Decoder | None) -> list[Any]:
    count = reader.integer()
    if decode is None:
        return [_reference(reader, wire_type) for _ in range(count)]
    elements = (reader.byte_string() for _ in range(count))
    return [None if data is None else decode(data) for data in elements]


def _reference(reader: Reader, wire_type: WireType) -> Locator | CursorRef | None:
    if wire_type.data_type == DataType.CURSOR:
        is_open = reader.integer()
        cursor_id = reader.integer() if is_open else 0
        return CursorRef(cursor_id) if cursor_id else None
    locator = reader.sized_string()
    return None if locator is None else Locator(locator)


def read_auth(reader: Reader, function: Function) -> Auth:
    """Read a part of the log-in."""
    has_user = reader.u8()
    reader.integer()  # length of the name
    mode = reader.integer()
    reader.skip(1)
    count = reader.integer()
    reader.skip(2)
    user = (reader.byte_string() or b"").decode() if has_user else ""
    pairs = {}
    for _ in range(count):
        key = reader.sized_text()
        pairs[key] = reader.sized_text()
        reader.integer()  # flags
    return Auth(function, user, pairs, mode)
