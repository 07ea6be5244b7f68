"""SQL statements in a block: static and dynamic SQL, cursors, transaction control."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured
# ruff: noqa: PLC0415 - the modules of a language that nests in itself need each other

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.engine_control import parse_control
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_rows import changed_rows
from airflow_oracle_dag.sandbox.plsql.bulk import BulkTarget, bulk_target
from airflow_oracle_dag.sandbox.plsql.cursors import HIDDEN, OpenCursor, with_place
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, named
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.into import Target
from airflow_oracle_dag.sandbox.plsql.paths import Place
from airflow_oracle_dag.sandbox.plsql.scope import CursorDef
from airflow_oracle_dag.sandbox.plsql.shapes import RecordType
from airflow_oracle_dag.sandbox.plsql.sql import CURRENT, Destination, StaticSql, Store
from airflow_oracle_dag.sandbox.plsql.targets import TargetParser
from airflow_oracle_dag.sandbox.session import Direction, OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.dynamic import Bound

_NAMES = (Kind.WORD, Kind.QUOTED, Kind.BIND)
_DML = ("INSERT", "UPDATE", "DELETE", "MERGE")


@dataclass(frozen=True)
class UsingArgument:
    """Be one argument of USING."""

    value: Expression
    direction: Direction
    store: Store | None

    def bound(self, frame: Frame) -> Bound:
        """Evaluate it."""
        from airflow_oracle_dag.sandbox.plsql.dynamic import Bound  # see _execute_immediate

        value = None if self.direction is Direction.OUT else self.value.run(frame)
        kind = self.value.type.bind if self.value.type is not None else None
        return Bound(value, kind, self.direction, self.store)


@dataclass(frozen=True)
class DmlStatement:
    """Be an INSERT, UPDATE, DELETE or MERGE.

    :param current: it has WHERE CURRENT OF.
    """

    sql: StaticSql
    target: Target | BulkTarget | None
    current: bool = False

    def run(self, frame: Frame) -> None:
        """Run it once."""
        rows, names, count = self.changed(frame)
        if isinstance(self.target, BulkTarget):
            self.target.put(frame, rows, names)
        elif self.target is not None:
            if len(rows) > 1:
                raise named(1422)
            if rows:
                self.target.put(frame, rows[0], names)
        frame.row_count = count

    def changed(
        self, frame: Frame, values: list[Any] | None = None
    ) -> tuple[Sequence[Sequence[Any]], Sequence[str], int]:
        """Run it; what it returns, the names of that, and how many rows it changed."""
        result = self.sql.run(frame, values)
        count = changed_rows(result)
        if self.current and count == 0:
            raise unimplemented("WHERE CURRENT OF a row that was changed after it was fetched")
        if self.target is None:
            return [], (), count
        found = OpenCursor(result, frame)
        return found.fetch_many(None), found.names, count


class SqlStatementParser(TargetParser):
    """Parse what is SQL in PL/SQL."""

    def sql_statement(self) -> Execute | None:
        """Parse a SQL statement with its semicolon; None when it is none."""
        if self.at_any("SELECT", "WITH"):
            return self._select_into()
        if self.at_any(*_DML):
            return self.dml().run
        if (
            self.at_any("COMMIT", "ROLLBACK", "SAVEPOINT")
            or self.at("SET", "TRANSACTION")
            or self.at("LOCK", "TABLE")
        ):
            return self._control()
        if self.at("EXECUTE", "IMMEDIATE"):
            return self.execute_immediate()
        if self.at_any("OPEN", "FETCH", "CLOSE") and self.peek().kind in _NAMES:
            return self.cursor_statement(self.next().value)
        if (
            self.at_any("CREATE", "DROP", "ALTER", "TRUNCATE", "GRANT", "REVOKE")
            and self.peek().kind is Kind.WORD
        ):
            raise self.unexpected("a statement that PL/SQL knows (a DDL needs EXECUTE IMMEDIATE)")
        return None

    def _extent(self, *stops: str) -> int:
        """Return the index of the token at which a statement ends."""
        index, depth = self.index, 0
        while True:
            token = self.tokens[index]
            if token.kind is Kind.END:
                raise self.unexpected(";")
            if depth == 0 and token.kind is Kind.OP and token.value in stops:
                return index
            if token.kind is Kind.OP and token.value in "()":
                depth += 1 if token.value == "(" else -1
            index += 1

    def _note_binds(self, start: int, end: int) -> None:
        for token in self.tokens[start:end]:
            if token.kind is Kind.BIND:
                self.binds.use(token.value, Direction.IN)

    def query_until(self, *stops: str) -> StaticSql:
        """Compile a query that ends before one of these."""
        start, end = self.index, self._extent(*stops)
        self._note_binds(start, end)
        self.index = end
        offset = self.tokens[start].start
        return StaticSql(self, self.text[offset : self.tokens[end - 1].end], offset)

    def _top_level(self, start: int, end: int, word: str) -> int:
        depth = 0
        for index in range(start, end):
            token = self.tokens[index]
            if token.kind is Kind.OP and token.value in "()":
                depth += 1 if token.value == "(" else -1
            elif depth == 0 and token.kind is Kind.WORD and token.value == word:
                return index
        return -1

    def places(self, end: int) -> list[Destination]:
        """Parse the list behind INTO."""
        places = [self.destination()]
        while self.index < end and self.take(","):
            places.append(self.destination())
        if len(places) > 1 and any(isinstance(p.typed.shape, RecordType) for p in places):
            detail = "PLS-00494: coercion into multiple record targets not supported"
            raise CompileError(self.text, self.token.start, detail)
        return places

    def into(self, end: int, *, many: bool) -> Target | BulkTarget:
        """Parse the list behind INTO, or behind BULK COLLECT INTO."""
        offset = self.token.start
        places = self.places(end)
        if not many:
            return Target(places)
        if not all(isinstance(place, Place) for place in places):
            raise unimplemented("BULK COLLECT INTO a placeholder")
        return bulk_target(self, [p for p in places if isinstance(p, Place)], offset)

    def _bulk_start(self, start: int, into: int, offset: int) -> int:
        """Return where ``BULK COLLECT INTO`` begins, `into` for an INTO without it."""
        if self.tokens[into - 1].value != "COLLECT":
            return into
        if into - start < 3 or self.tokens[into - 2].value != "BULK":
            raise CompileError(self.text, offset, 'PLS-00103: Encountered the symbol "COLLECT"')
        return into - 2

    def _select_into(self) -> Execute:
        start, end = self.index, self._extent(";")
        into = self._top_level(start, end, "INTO")
        offset = self.tokens[start].start
        if into < 0:
            raise self._missing_into(offset)
        stop = self._bulk_start(start, into, offset)
        self._note_binds(start, stop)
        self.index = into + 1
        target = self.into(end, many=stop < into)
        rest = self.index
        self._note_binds(rest, end)
        text = (
            self.text[offset : self.tokens[stop].start]
            + self.text[self.tokens[rest].start : self.tokens[end].start]
        )
        placed = with_place(text) if target.takes_lobs and self.locks(rest, end) else None
        query = StaticSql(self, placed or text, offset, unplaced=text if placed else None)
        self.index = end + 1

        def run(frame: Frame) -> None:
            result = query.run(frame)
            names = query.names(frame, result)
            if isinstance(target, Target):
                target.put_single(frame, result, names)
                return
            rows = OpenCursor(result, frame, names)
            target.put(frame, rows.fetch_many(None), rows.names)
            frame.row_count = rows.count

        return run

    def locks(self, start: int, end: int) -> bool:
        """Tell whether there is a FOR UPDATE between two tokens."""
        words = [token.value for token in self.tokens[start:end]]
        return ("FOR", "UPDATE") in itertools.pairwise(words)

    def _missing_into(self, offset: int) -> OracleError:
        return CompileError(
            self.text, offset, "PLS-00428: an INTO clause is expected in this SELECT statement"
        )

    def dml(self) -> DmlStatement:
        """Parse a DML statement with its semicolon."""
        start, end = self.index, self._extent(";")
        returning = max(
            self._top_level(start + 1, end, "RETURNING"), self._top_level(start + 1, end, "RETURN")
        )
        offset = self.tokens[start].start
        target: Target | BulkTarget | None = None
        tail = end
        if returning >= 0:
            into = self._top_level(returning, end, "INTO")
            if into < 0:
                detail = "PL/SQL: ORA-00925: missing INTO keyword"
                raise CompileError(self.text, self.tokens[returning].start, detail)
            tail = self._bulk_start(returning, into, offset)
            self.index = into + 1
            target = self.into(end, many=tail < into)
        self._note_binds(start, tail)
        text = self.text[offset : self.tokens[tail].start]
        cursor = self._current_of(start, tail)
        if cursor is not None:
            place = self._top_level(start, tail, "CURRENT")
            text = f"{self.text[offset : self.tokens[place].start]} ROWID = :{CURRENT}"
            text += " " + self.text[self.tokens[place + 2].end : self.tokens[tail].start]
        unplaced: str | None = None
        if target is not None:
            unplaced = f"{text} INTO :R0" if target.takes_lobs else None
            hidden = f', ROWID "{HIDDEN}"' if target.takes_lobs else ""
            text += f"{hidden} INTO :R0"
        statement = StaticSql(self, text, offset, current=cursor, unplaced=unplaced)
        self.index = end + 1
        return DmlStatement(statement, target, current=cursor is not None)

    def _current_of(self, start: int, end: int) -> CursorDef | None:
        """Look for WHERE CURRENT OF and its cursor."""
        place = self._top_level(start, end, "CURRENT")
        if place < 0 or self.tokens[place + 1].value != "OF":
            return None
        here, self.index = self.index, place + 2
        offset = self.token.start
        found, _, name = self.take_item()
        self.index = here
        if not isinstance(found, CursorDef):
            raise self.undeclared(name, offset)
        if not found.updates:
            detail = (
                f"PLS-00404: cursor '{name}' must be declared with FOR UPDATE to use with"
                " CURRENT OF"
            )
            raise CompileError(self.text, offset, detail)
        return found

    def _control(self) -> Execute:
        cursor = TokenCursor(self.text, self.tokens)
        cursor.index = self.index
        action = parse_control(cursor)
        assert action is not None
        self.index = cursor.index
        self.must(";")

        def run(frame: Frame) -> None:
            action(frame.session)
            frame.row_count = 0

        return run

    def execute_immediate(self, *, batch: bool = False) -> Callable[[Frame], None]:
        """Parse EXECUTE IMMEDIATE with its semicolon.

        :param batch: it stands in a FORALL.
        """
        from airflow_oracle_dag.sandbox.plsql.dynamic import (
            Dynamic,
        )  # it parses statements, which may be blocks

        self.must("EXECUTE", "IMMEDIATE")
        text = self.expression()
        made = Dynamic(text)
        end = self._extent(";")
        while not self.at(";"):
            many = self.take("BULK", "COLLECT")
            if self.take("INTO"):
                made.target = self.into(end, many=many)
            elif self.take("USING"):
                made.arguments = self.using()
            elif self.take("RETURNING") or self.take("RETURN"):
                many = self.take("BULK", "COLLECT")
                self.must("INTO")
                made.returning = self.into(end, many=many)
            else:
                raise self.unexpected("; into using")
        self.must(";")
        if batch and isinstance(made.returning, BulkTarget):
            raise unimplemented("RETURNING BULK COLLECT of dynamic SQL in FORALL")
        return made.run

    def using(self) -> list[UsingArgument]:
        """Parse the list behind USING."""
        listed: list[UsingArgument] = []
        while True:
            direction = Direction.IN
            if self.take("IN"):
                direction = Direction.IN_OUT if self.take("OUT") else Direction.IN
            elif self.take("OUT"):
                direction = Direction.OUT
            start = self.index
            if self.at("NULL") and self.peek().value in (",", ";", "RETURNING", "RETURN"):
                detail = "PLS-00457: expressions have to be of SQL types"
                raise CompileError(self.text, self.token.start, detail)
            value = self.expression()
            store: Store | None = None
            if direction is not Direction.IN:
                self.index = start
                store = self.destination().put
            listed.append(UsingArgument(value, direction, store))
            if not self.take(","):
                return listed

    def cursor_statement(self, verb: str) -> Execute:
        """Compile OPEN, FETCH or CLOSE."""
        raise OracleError(600, f"internal error: no cursor parser for {verb}")
