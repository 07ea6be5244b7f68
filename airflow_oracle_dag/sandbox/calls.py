"""Carry out the requests of one client on its session.

The last layer that knows both sides: it keeps the cursors, asks the `Session` and builds the
answer. No sockets here either; `conversation` brings the requests and sends the answers.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from airflow_oracle_dag.sandbox.open_cursor import Cursor, carried_over
from airflow_oracle_dag.sandbox.session import (
    Direction,
    OracleError,
    Result,
    Rows,
    Session,
    Statement,
    StatementKind,
)
from airflow_oracle_dag.sandbox.wire import replies
from airflow_oracle_dag.sandbox.wire.constants import ExecuteOption, Function
from airflow_oracle_dag.sandbox.wire.errors import Refused, WireError
from airflow_oracle_dag.sandbox.wire.lobs import Lobs
from airflow_oracle_dag.sandbox.wire.replies import Ending
from airflow_oracle_dag.sandbox.wire.requests import (
    Auth,
    Call,
    CloseCursors,
    CursorRef,
    Execute,
    Fetch,
    FreeLobs,
    LobCall,
    Locator,
    Piggyback,
    SetAttributes,
    SetSchema,
    Shape,
)
from airflow_oracle_dag.sandbox.wire.rows import (
    Kept,
    RowEncoder,
    cursor_field,
    encode_out,
    encode_returning,
)

log = logging.getLogger(__name__)

MAX_CURSORS = 65535
_NOT_PARSED = OracleError(
    3001, "unimplemented feature (sandbox): its parser stumbles over this; its log says where"
)


class Calls:
    """Answer calls; every method that asks the session may raise OracleError."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cursors: dict[int, Cursor] = {}
        self._last_id = 0
        self._lobs = Lobs()
        self._kept = Kept(self._lobs, self._keep)

    def shape_of(self, cursor_id: int) -> Shape:
        """Return what the wire must know to read rows of binds for a cursor."""
        cursor = self._cursors.get(cursor_id)
        if cursor is None:
            raise Refused(1001, "invalid cursor")
        return cursor.shape

    def identify(self, call: Call) -> tuple[str, str]:
        """Return a call's name, as it is counted, and the text of its statement."""
        if isinstance(call, Execute):
            if call.again:
                return "reexecute", self._sql(call.cursor_id)
            sql = call.sql if call.sql is not None else self._sql(call.cursor_id)
            if call.defines:
                return "define", sql
            return ("execute" if call.options & ExecuteOption.EXECUTE else "parse"), sql
        if isinstance(call, Fetch):
            return "fetch", self._sql(call.cursor_id)
        if isinstance(call, LobCall):
            return "lob", ""
        return call.function.name.lower(), ""

    def _sql(self, cursor_id: int) -> str:
        cursor = self._cursors.get(cursor_id)
        return cursor.sql if cursor else ""

    def ride(self, piggybacks: Sequence[Piggyback]) -> None:
        """Carry out what came before the call itself."""
        for piggyback in piggybacks:
            if isinstance(piggyback, CloseCursors):
                for cursor_id in piggyback.cursor_ids:
                    self._close(cursor_id)
            elif isinstance(piggyback, FreeLobs):
                self._lobs.free(piggyback.locators)
            elif isinstance(piggyback, SetSchema):
                self._session.set_attributes(current_schema=piggyback.schema)
            elif isinstance(piggyback, SetAttributes):
                self._session.set_attributes(
                    module=piggyback.module,
                    action=piggyback.action,
                    client_identifier=piggyback.client_identifier,
                    client_info=piggyback.client_info,
                )

    def answer(self, call: Call) -> bytes:
        """Carry out a call and return its answer."""
        if isinstance(call, Execute):
            return self._execute(call)
        if isinstance(call, Fetch):
            cursor = self._cursor(call.cursor_id)
            return self._fetch(cursor, call.count)
        if isinstance(call, LobCall):
            return self._lobs.answer(call) + self._status()
        if isinstance(call, Auth):
            raise OracleError(3001, "unimplemented feature (sandbox): changing a password")
        if call.function == Function.COMMIT:
            self._session.commit()
        elif call.function == Function.ROLLBACK:
            self._session.rollback()
        elif call.function == Function.PING:
            self._session.ping()
        return self._status()

    def failure(self, error: OracleError, call: Call | None = None) -> bytes:
        """Build the answer to a call that failed."""
        known = isinstance(call, Execute) and call.cursor_id in self._cursors
        cursor_id = call.cursor_id if isinstance(call, Execute) and known else 0
        return self._ending(error=error, cursor_id=cursor_id, row_count=error.done)

    def close(self) -> None:
        """Release all cursors."""
        for cursor_id in list(self._cursors):
            self._close(cursor_id)

    def _status(self) -> bytes:
        return replies.status(in_transaction=self._session.in_transaction)

    def _ending(self, **parts: Any) -> bytes:
        return replies.ending(Ending(in_transaction=self._session.in_transaction, **parts))

    def _cursor(self, cursor_id: int) -> Cursor:
        cursor = self._cursors.get(cursor_id)
        if cursor is None:
            raise OracleError(1001, "invalid cursor")
        return cursor

    def _close(self, cursor_id: int) -> None:
        cursor = self._cursors.pop(cursor_id, None)
        if cursor is not None:
            cursor.close()

    def _open(self, call: Execute) -> Cursor:
        if call.sql is None:
            return self._cursor(call.cursor_id)
        statement = self._parse(call.sql)
        self._close(call.cursor_id)
        cursor_id = call.cursor_id or self._free_id()
        cursor = Cursor(cursor_id, call.sql, statement)
        self._cursors[cursor_id] = cursor
        return cursor

    def _keep(self, rows: Rows) -> int:
        # Give a cursor variable's rows a number, the one that they have if they came from here.
        for cursor in self._cursors.values():
            if cursor.rows is rows:
                return cursor.id
        cursor_id = self._free_id()
        cursor = Cursor(cursor_id, "", None, rows=rows)
        cursor.show(tuple(rows.columns))
        self._cursors[cursor_id] = cursor
        return cursor_id

    def _parse(self, sql: str) -> Statement:
        # Nothing has happened yet: what cannot be parsed costs the statement, not the session.
        try:
            return self._session.parse(sql)
        except RecursionError:
            raise OracleError(
                3001, "unimplemented feature (sandbox): a statement nested this deeply"
            ) from None
        except (OracleError, WireError):
            raise
        except Exception as error:  # whatever the parser stumbles over, it is not the client's end
            log.exception("the sandbox's parser stumbled")
            raise _NOT_PARSED from error

    def _free_id(self) -> int:
        if len(self._cursors) >= MAX_CURSORS:
            raise OracleError(1000, "maximum open cursors exceeded")
        while True:
            self._last_id = self._last_id % MAX_CURSORS + 1
            if self._last_id not in self._cursors:
                return self._last_id

    def _execute(self, call: Execute) -> bytes:
        cursor = self._open(call)
        call.cursor_id = cursor.id  # for the answer, should this fail
        if call.defines:
            cursor.defines = call.defines
            cursor.encoder = None
        if call.defines or (call.sql is None and not call.options & ExecuteOption.EXECUTE):
            if cursor.rows is not None and call.fetches:
                return self._fetch(cursor, call.prefetch)
            return self._ending(cursor_id=cursor.id)
        if not call.options & ExecuteOption.EXECUTE:
            return self._describe(cursor)
        return self._executed(cursor, call)

    def _executed(self, cursor: Cursor, call: Execute) -> bytes:
        if not call.again:
            cursor.shape = call.shape
        iterations = call.rows
        if call.shape.refers:
            iterations = [self._resolved(row) for row in iterations]
        if cursor.rows is not None:
            cursor.close()
        if call.options & ExecuteOption.BATCH_ERRORS or call.row_counts:
            return self._each(cursor, call, iterations)
        result = self._run(cursor, iterations)
        self._autocommit(call)
        if result.kind is StatementKind.QUERY and result.rows is not None:
            return self._query(cursor, call, result.rows)
        if result.kind is StatementKind.PLSQL:
            return self._plsql(cursor, result, len(iterations))
        returning = b""
        if cursor.shape.returning:
            returning = encode_returning(result, cursor.shape, len(iterations), self._kept)
        end = self._ending(cursor_id=cursor.id, row_count=result.row_count, warning=result.warning)
        return returning + replies.parameters() + end

    def _run(self, cursor: Cursor, iterations: Sequence[Sequence[Any]]) -> Result:
        return self._session.execute(cursor.statement, cursor.shape.bind_types, iterations)

    def _autocommit(self, call: Execute) -> None:
        if call.options & ExecuteOption.COMMIT:
            self._session.commit()

    def _resolved(self, row: list[Any]) -> list[Any]:
        # Put the content of LOBs in place of their locators; '' is NULL.
        for index, value in enumerate(row):
            if isinstance(value, Locator):
                row[index] = self._lobs.content(value.data) or None
            elif isinstance(value, CursorRef):
                # An OUT bind still names the cursor of the last execution, closed or not.
                cursor = self._cursors.get(value.cursor_id)
                row[index] = cursor.rows if cursor is not None else None
        return row

    def _describe(self, cursor: Cursor) -> bytes:
        if cursor.statement.kind is not StatementKind.QUERY:
            return self._ending(cursor_id=cursor.id)
        columns = tuple(cursor.statement.columns)
        if not columns:
            result = self._session.execute(cursor.statement, [], [], describe_only=True)
            columns = tuple(result.rows.columns) if result.rows is not None else ()
        cursor.show(columns)
        return replies.describe(columns) + self._ending(cursor_id=cursor.id)

    def _query(self, cursor: Cursor, call: Execute, rows: Rows) -> bytes:
        cursor.rows = rows
        cursor.fetched = 0
        columns = tuple(rows.columns)
        described = b""
        if call.sql is not None or columns != cursor.columns:
            defines = carried_over(cursor.columns, columns) if call.sql is None else ()
            cursor.show(columns, defines)
            described = replies.describe(columns)
        if not call.fetches or cursor.awaits_define:
            return described + self._ending(cursor_id=cursor.id)
        return described + self._fetch(cursor, call.prefetch)

    def _fetch(self, cursor: Cursor, count: int) -> bytes:
        if cursor.rows is None:
            raise OracleError(1002, "fetch out of sequence")
        if cursor.encoder is None:
            cursor.encoder = RowEncoder(cursor.columns, cursor.defines, cursor.rows, self._kept)
        rows, taken = cursor.encoder.fetch(cursor.rows, max(count, 0))
        cursor.fetched += taken
        done = taken < count
        if done:
            cursor.close()
        head = replies.ROW_HEADER if taken else b""
        end = replies.fetched(
            in_transaction=self._session.in_transaction,
            cursor_id=cursor.id,
            row_count=cursor.fetched,
            end_of_rows=done,
        )
        return b"".join((head, rows, end))

    def _plsql(self, cursor: Cursor, result: Result, iterations: int) -> bytes:
        head = b""
        count = len(cursor.shape.types)
        if count:
            directions = list(result.directions) or [
                Direction.IN_OUT if position in result.out else Direction.IN
                for position in range(count)
            ]
            out = frozenset(p for p, d in enumerate(directions) if d is Direction.OUT)
            cursor.shape = replace(cursor.shape, out=out)
            head = replies.io_vector(directions)
            head += encode_out(result, cursor.shape, iterations, self._kept)
        if result.implicit:
            encode = cursor_field(self._kept)
            head += replies.implicit_results([encode(rows) for rows in result.implicit])
        return head + replies.parameters() + self._ending(cursor_id=cursor.id)

    def _each(self, cursor: Cursor, call: Execute, iterations: list[list[Any]]) -> bytes:
        # Batch errors and row counts per iteration: one iteration at a time.
        collect = bool(call.options & ExecuteOption.BATCH_ERRORS)
        errors: list[tuple[int, OracleError]] = []
        counts: list[int] = []
        returning: list[bytes] = []
        for offset, row in enumerate(iterations):
            try:
                result = self._run(cursor, [row])
            except OracleError as error:
                if not collect:
                    raise
                errors.append((offset, error))
                counts.append(0)
                continue
            counts.append(result.row_count)
            if cursor.shape.returning:
                returning.append(encode_returning(result, cursor.shape, 1, self._kept))
        if not errors:
            self._autocommit(call)
        end = self._ending(cursor_id=cursor.id, row_count=sum(counts), batch_errors=errors)
        rows = b"".join(returning)
        return rows + replies.parameters(counts if call.row_counts else None) + end
