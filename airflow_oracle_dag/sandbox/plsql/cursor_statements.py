"""OPEN, FETCH, CLOSE and cursor FOR loops.

PL/SQL Language Reference, "Static SQL" (Cursors), "FETCH Statement".
"""

# ruff: noqa: PLC0415 - the modules of a language that nests in itself need each other

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.plsql import control
from airflow_oracle_dag.sandbox.plsql.bulk import BulkTarget
from airflow_oracle_dag.sandbox.plsql.cursors import OpenCursor, with_place
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, named, value_error
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.into import Target
from airflow_oracle_dag.sandbox.plsql.scope import CursorDef, Parameter
from airflow_oracle_dag.sandbox.plsql.shapes import (
    CursorType,
    RecordType,
    RefCursor,
    Typed,
    settle,
)
from airflow_oracle_dag.sandbox.plsql.sql import Destination, StaticSql
from airflow_oracle_dag.sandbox.plsql.sql_statements import SqlStatementParser
from airflow_oracle_dag.sandbox.plsql.targets import BindPlace
from airflow_oracle_dag.sandbox.plsql.types import to_number
from airflow_oracle_dag.sandbox.session import Direction, OracleError

Opening = Callable[[Frame], OpenCursor]


class CursorParser(SqlStatementParser):
    """Parse statements about cursors."""

    def cursor_query(self, cursor: CursorDef) -> None:
        """Parse a declared cursor's query; a locking one also fetches the place of its row."""
        start = self.index
        query = self.query_until(";")
        if self.locks(start, self.index):
            placed = self._placed(query)
            cursor.updates, query = placed is not query, placed
        cursor.query = query

    def _placed(self, query: StaticSql) -> StaticSql:
        """Return a locking query that also fetches the place of its row, where that can be."""
        placed = with_place(query.text)
        if placed is None:
            return query
        self.sql_statements.remove(query)
        return StaticSql(self, placed, query.offset, unplaced=query.text)

    def cursor_arguments(self, cursor: CursorDef) -> Callable[[Frame], list[Any]]:
        """Parse the actual arguments of OPEN or a cursor FOR loop."""
        offset = self.token.start
        actual = self.arguments()
        names = [parameter.variable.name for parameter in cursor.parameters]
        given: dict[str, Expression] = {}
        for place, argument in enumerate(actual):
            name = argument.name or (names[place] if place < len(names) else "")
            if name not in names or name in given:
                raise _wrong_arguments(self.text, offset, cursor.name)
            given[name] = argument.value
        values: list[tuple[Parameter, Expression]] = []
        for parameter in cursor.parameters:
            value = given.get(parameter.variable.name, parameter.default)
            if value is None:
                raise _wrong_arguments(self.text, offset, cursor.name)
            values.append((parameter, value))
        return lambda frame: [settle(v.run(frame), p.variable.typed, frame) for p, v in values]

    def _opening(self, cursor: CursorDef) -> Opening:
        """Compile the opening of a declared cursor."""
        settings = self.cursor_arguments(cursor)

        def run(frame: Frame) -> OpenCursor:
            holder = cursor.frame(frame)
            if holder.slots[cursor.slot] is not None:
                raise named(6511)
            defined = cursor.definition
            for parameter, value in zip(defined.parameters, settings(frame), strict=True):
                holder.slots[parameter.variable.slot] = value
            if defined.query is None:
                raise OracleError(6550, f"PLS-00323: cursor '{cursor.name}' is not defined")
            before, holder.handlers = holder.handlers, max(holder.handlers, frame.handlers)
            result = defined.query.run(holder)
            holder.handlers = before
            opened = OpenCursor(result, frame, defined.query.names(holder, result))
            holder.slots[cursor.slot] = opened
            return opened

        return run

    # -- statements ---------------------------------------------------------------------------

    def cursor_statement(self, verb: str) -> Execute:
        """Parse behind OPEN, FETCH or CLOSE."""
        offset = self.token.start
        found, _, _ = self.known_item() if self.token.kind is not Kind.BIND else (None, None, 0)
        cursor = None
        place: Destination | None = None
        if isinstance(found, CursorDef):
            self.take_item()
            cursor = found
        else:
            place = self._cursor_place(verb, offset)
        if verb == "OPEN":
            if cursor is not None:
                opening = self._opening(cursor)
                self.must(";")
                return _ignoring(opening)
            assert place is not None  # noqa: S101 - one of the two was found
            return self._open_variable(place, offset)
        state = _state(cursor, place)
        if verb == "CLOSE":
            self.must(";")
            return _closing(cursor, place, state)
        return self._fetch(state)

    def _cursor_place(self, verb: str, offset: int) -> Destination:
        """Parse a cursor variable."""
        if verb == "OPEN" or self.token.kind is Kind.BIND:
            if self.token.kind is Kind.BIND and verb != "OPEN":
                self.binds.use(self.token.value, Direction.IN)
            place = self.destination()
        else:
            place = self._readable()
        if not isinstance(place, BindPlace) and not isinstance(place.typed.shape, CursorType):
            detail = f"PLS-00456: item '{self.tokens[self.index - 1].value}' is not a cursor"
            raise CompileError(self.text, offset, detail)
        return place

    def _readable(self) -> Destination:
        """Parse a variable from which one may fetch: it may be an IN parameter."""
        from airflow_oracle_dag.sandbox.plsql import paths
        from airflow_oracle_dag.sandbox.plsql.scope import Variable

        offset = self.token.start
        found, _, name = self.take_item()
        if not isinstance(found, Variable):
            raise self.undeclared(name, offset)
        return paths.place(self, found)

    def _open_variable(self, place: Destination, offset: int) -> Execute:
        from airflow_oracle_dag.sandbox.plsql.dynamic import open_dynamic  # it parses statements

        shape = place.typed.shape
        row = shape.row if isinstance(shape, CursorType) else None
        self.must("FOR")
        if self.at_any("SELECT", "WITH") or self.at("(", "SELECT"):
            query = self.query_until(";")
            self.must(";")

            def run(frame: Frame) -> None:
                result = query.run(frame)
                _point(frame, place, OpenCursor(result, frame, query.names(frame, result)), row)

            return run
        if row is not None:
            name = self.tokens[self.index - 2].value
            detail = f"PLS-00455: cursor '{name}' cannot be used in dynamic SQL OPEN statement"
            raise CompileError(self.text, offset, detail)
        text = self.expression()
        values = self.using() if self.take("USING") else []
        self.must(";")

        def run_dynamic(frame: Frame) -> None:
            bound = [value.bound(frame) for value in values]
            _point(frame, place, open_dynamic(frame, text.run(frame), bound), None)

        return run_dynamic

    def _fetch(self, state: Callable[[Frame], OpenCursor]) -> Execute:
        many = self.take("BULK", "COLLECT")
        self.must("INTO")
        target = self.into(self._extent(";"), many=many)
        limit = self.expression() if many and self.take("LIMIT") else None
        self.must(";")
        if isinstance(target, Target):
            return lambda frame: _fetch_row(frame, state(frame), target)

        def run(frame: Frame) -> None:
            count = limit.run(frame) if limit is not None else None
            if limit is not None and (count is None or int(to_number(count)) < 1):
                raise value_error("number of rows of LIMIT must be positive")
            _fetch_rows(frame, state(frame), target, None if count is None else int(count))

        return run

    # -- loops --------------------------------------------------------------------------------

    def query_loop(self, name: str, labels: tuple[str, ...]) -> Execute:
        """Parse behind FOR r IN: a query in parentheses."""
        self.must("(")
        start = self.index
        query = self.query_until(")")
        if self.locks(start, self.index):
            query = self._placed(query)
        self.must(")")

        def opening(frame: Frame) -> OpenCursor:
            result = query.run(frame)
            return OpenCursor(result, frame, query.names(frame, result))

        return self._rows(name, opening, labels, None)

    def cursor_loop(self, name: str, cursor: CursorDef, labels: tuple[str, ...]) -> Execute:
        """Parse behind FOR r IN: a declared cursor."""
        self.take_item()
        opening = self._opening(cursor)
        loop = self._rows(name, opening, labels, cursor.row)

        def close(frame: Frame) -> None:
            cursor.frame(frame).slots[cursor.slot] = None

        def run(frame: Frame) -> None:
            if cursor.frame(frame).slots[cursor.slot] is not None:
                raise named(6511)
            control.holding(loop, close)(frame)

        return run

    def _rows(
        self, name: str, opening: Opening, labels: tuple[str, ...], row: RecordType | None
    ) -> Execute:
        variable = self.add_variable(
            name, Typed(shape=row or RecordType(f"{name}%ROWTYPE", row=True))
        )
        return control.rows(opening, variable.slot, self.loop_body(), labels)

    def loop_body(self) -> Execute:
        """Compile LOOP … END LOOP."""
        raise OracleError(600, "internal error: no statement parser")


def _wrong_arguments(text: str, offset: int, name: str) -> CompileError:
    detail = f"PLS-00306: wrong number or types of arguments in call to '{name}'"
    return CompileError(text, offset, detail)


def _ignoring(opening: Opening) -> Execute:
    def run(frame: Frame) -> None:
        opening(frame)

    return run


def _state(cursor: CursorDef | None, place: Destination | None) -> Callable[[Frame], OpenCursor]:
    """Return what finds the open cursor.

    :raises OracleError: from it: ORA-01001.
    """

    def run(frame: Frame) -> OpenCursor:
        if cursor is not None:
            opened = cursor.frame(frame).slots[cursor.slot]
        else:
            assert place is not None  # noqa: S101 - one of the two is given
            held = place.get(frame)
            opened = held.opened if isinstance(held, RefCursor) else None
        if opened is None:
            raise named(1001)
        found: OpenCursor = opened
        return found

    return run


def _closing(
    cursor: CursorDef | None, place: Destination | None, state: Callable[[Frame], OpenCursor]
) -> Execute:
    def run(frame: Frame) -> None:
        state(frame).close()
        if cursor is not None:
            cursor.frame(frame).slots[cursor.slot] = None
        elif place is not None:
            place.get(frame).opened = None

    return run


def _point(frame: Frame, place: Destination, opened: OpenCursor, row: RecordType | None) -> None:
    """Let a cursor variable point to an open cursor; others that pointed there see it, too."""
    if row is not None and row.fields is not None and len(row.fields) != len(opened.columns):
        raise named(6504)
    held = place.get(frame)
    if isinstance(held, RefCursor):
        held.opened = opened
    else:
        place.put(frame, RefCursor(opened))


def _fetch_row(frame: Frame, opened: OpenCursor, target: Target) -> None:
    row = opened.next_row()
    if row is not None:  # behind the last row the targets keep their values
        try:
            target.put(frame, row, opened.names)
        except OracleError as error:
            if error.code in (913, 947):
                raise named(6504) from error
            raise


def _fetch_rows(frame: Frame, opened: OpenCursor, target: BulkTarget, limit: int | None) -> None:
    target.put(frame, opened.fetch_many(limit), opened.names)
