"""SQL statements in a block: static and dynamic SQL, cursors, transaction control."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured
# ruff: noqa: PLC0415 - the modules of a language that nests in itself need each other

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.engine_control import parse_control
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_rows import changed_rows
from airflow_oracle_dag.sandbox.plsql.declarations import DeclarationParser
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, named
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import CursorDef, Variable
from airflow_oracle_dag.sandbox.plsql.sql import StaticSql, Store, Target
from airflow_oracle_dag.sandbox.plsql.types import fit
from airflow_oracle_dag.sandbox.session import Direction, OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.dynamic import Bound

_DML = ("INSERT", "UPDATE", "DELETE", "MERGE")


@dataclass(frozen=True)
class _Argument:
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


class SqlStatementParser(DeclarationParser):
    """Parse what is SQL in PL/SQL."""

    def sql_statement(self) -> Execute | None:
        """Parse a SQL statement with its semicolon; None when it is none."""
        if self.at_any("SELECT", "WITH"):
            return self._select_into()
        if self.at_any(*_DML):
            return self._dml()
        if (
            self.at_any("COMMIT", "ROLLBACK", "SAVEPOINT")
            or self.at("SET", "TRANSACTION")
            or self.at("LOCK", "TABLE")
        ):
            return self._control()
        if self.at("EXECUTE", "IMMEDIATE"):
            return self._execute_immediate()
        if self.at_any("OPEN", "FETCH", "CLOSE") and self.peek().kind is Kind.WORD:
            return self._cursor_statement(self.next().value)
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

    def _target(self, end: int) -> Target:
        """Parse the list behind INTO; a lone record takes the whole row."""
        stores: list[Store] = []
        record: Store | None = None
        while True:
            found = (
                self.scope.find(self.token.value)
                if self.token.kind in (Kind.WORD, Kind.QUOTED)
                else None
            )
            whole = isinstance(found, Variable) and found.record and self.peek().value != "."
            store = self.lvalue()
            if whole:
                record = store
            stores.append(store)
            if self.index >= end or not self.take(","):
                break
        if record is not None and len(stores) > 1:
            raise unimplemented("a record among other INTO targets")
        return Target(stores, record)

    def _select_into(self) -> Execute:
        start, end = self.index, self._extent(";")
        into = self._top_level(start, end, "INTO")
        offset = self.tokens[start].start
        if into < 0:
            raise self._missing_into(offset)
        if self.tokens[into - 1].value == "COLLECT":
            raise unimplemented("BULK COLLECT")
        self._note_binds(start, into)
        self.index = into + 1
        target = self._target(end)
        rest = self.index
        self._note_binds(rest, end)
        text = (
            self.text[offset : self.tokens[into].start]
            + self.text[self.tokens[rest].start : self.tokens[end].start]
        )
        query = StaticSql(self, text, offset)
        self.index = end + 1

        def run(frame: Frame) -> None:
            bound = query.bind(frame.session.view)
            target.put_single(frame, query.run(frame), bound.translation.names)

        return run

    def _missing_into(self, offset: int) -> OracleError:
        return CompileError(
            self.text, offset, "PLS-00428: an INTO clause is expected in this SELECT statement"
        )

    def _dml(self) -> Execute:
        start, end = self.index, self._extent(";")
        returning = max(
            self._top_level(start + 1, end, "RETURNING"), self._top_level(start + 1, end, "RETURN")
        )
        offset = self.tokens[start].start
        target: Target | None = None
        if returning >= 0:
            into = self._top_level(returning, end, "INTO")
            if into < 0 or self.tokens[into - 1].value == "COLLECT":
                raise unimplemented("RETURNING without INTO, or BULK COLLECT")
            self._note_binds(start, into)
            self.index = into + 1
            target = self._target(end)
            marks = ", ".join(f":R{i}" for i in range(len(target.stores)))
            text = f"{self.text[offset : self.tokens[into].end]} {marks}"
        else:
            self._note_binds(start, end)
            text = self.text[offset : self.tokens[end].start]
        statement = StaticSql(self, text, offset)
        self.index = end + 1

        def run(frame: Frame) -> None:
            result = statement.run(frame)
            count = changed_rows(result)
            if target is not None:
                if result.ntuples > 1:
                    raise named(1422)
                if result.ntuples:
                    target.put_single(frame, result, None)
            frame.row_count = count

        return run

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

    def _execute_immediate(self) -> Execute:
        from airflow_oracle_dag.sandbox.plsql.dynamic import (
            execute_immediate,
        )  # it parses statements, which may be blocks

        self.must("EXECUTE", "IMMEDIATE")
        text = self.expression()
        target: Target | None = None
        returning: Target | None = None
        arguments: list[_Argument] = []
        end = self._extent(";")
        while not self.at(";"):
            if self.at("BULK"):
                raise unimplemented("BULK COLLECT")
            if self.take("INTO"):
                target = self._target(end)
            elif self.take("USING"):
                arguments = self._using()
            elif self.take("RETURNING") or self.take("RETURN"):
                self.must("INTO")
                returning = self._target(end)
            else:
                raise self.unexpected("; into using")
        self.must(";")

        def run(frame: Frame) -> None:
            bound = [argument.bound(frame) for argument in arguments]
            execute_immediate(frame, text.run(frame), bound, target, returning)

        return run

    def _using(self) -> list[_Argument]:
        listed: list[_Argument] = []
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
                store = self.lvalue()
            listed.append(_Argument(value, direction, store))
            if not self.take(","):
                return listed

    # -- cursors ------------------------------------------------------------------------------

    def cursor_arguments(self, cursor: CursorDef) -> list[Execute]:
        """Parse the actual arguments of OPEN or a cursor FOR loop."""
        actual = self.arguments()
        settings: list[Execute] = []
        for place, parameter in enumerate(cursor.parameters):
            value = actual[place].value if place < len(actual) else parameter.default
            if value is None:
                raise self.unexpected("an argument of the cursor")
            settings.append(_setting(parameter.variable, value))
        return settings

    def _cursor_statement(self, verb: str) -> Execute:
        from airflow_oracle_dag.sandbox.plsql.cursors import fetch_into  # see _execute_immediate

        offset = self.token.start
        name = self.identifier()
        cursor = self.scope.find(name)
        if cursor is None and self.at("."):
            raise unimplemented("a package's cursor outside of it")
        if not isinstance(cursor, CursorDef):
            raise self.undeclared(name, offset)
        slot = cursor.slot
        if verb == "OPEN":
            return self._open(cursor)
        if verb == "CLOSE":
            self.must(";")
            return lambda frame: _close(frame, slot)
        if self.take("BULK"):
            raise unimplemented("BULK COLLECT")
        self.must("INTO")
        target = self._target(self._extent(";"))
        if self.take("LIMIT"):
            raise unimplemented("FETCH … LIMIT")
        self.must(";")
        return lambda frame: fetch_into(frame, slot, target)

    def _open(self, cursor: CursorDef) -> Execute:
        from airflow_oracle_dag.sandbox.plsql.cursors import OpenCursor  # see _execute_immediate
        from airflow_oracle_dag.sandbox.plsql.dynamic import open_dynamic

        slot = cursor.slot
        if self.take("FOR"):
            if self.at_any("SELECT", "WITH"):
                query = self.query_until(";")
                self.must(";")
                return lambda frame: _set_slot(frame, slot, OpenCursor(query.run(frame), frame))
            text = self.expression()
            values = self._using() if self.take("USING") else []
            self.must(";")
            return lambda frame: _set_slot(
                frame, slot, open_dynamic(frame, text.run(frame), [v.bound(frame) for v in values])
            )
        settings = self.cursor_arguments(cursor)
        self.must(";")
        query = cursor.query

        def run(frame: Frame) -> None:
            if frame.slots[slot] is not None:
                raise named(6511)
            for setting in settings:
                setting(frame)
            frame.slots[slot] = OpenCursor(query.run(frame), frame)

        return run


def _set_slot(frame: Frame, slot: int, value: Any) -> None:
    frame.slots[slot] = value


def _close(frame: Frame, slot: int) -> None:
    if frame.slots[slot] is None:
        raise named(1001)
    frame.slots[slot] = None


def _setting(variable: Variable, value: Expression) -> Execute:
    slot: int = variable.slot
    run: Callable[[Frame], Any] = value.run

    def put(frame: Frame) -> None:
        frame.slots[slot] = fit(run(frame), variable.type, frame.convert)

    return put
