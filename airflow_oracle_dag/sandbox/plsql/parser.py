"""The statement parser of PL/SQL; each statement becomes a function over a frame."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured
# ruff: noqa: ARG001, ARG002, ARG005 - the functions of a table share one signature

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, position
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql import control
from airflow_oracle_dag.sandbox.plsql.calls import Argument, call_member, call_subprogram
from airflow_oracle_dag.sandbox.plsql.control import ExitLoop, Handler, Return
from airflow_oracle_dag.sandbox.plsql.declarations import PREDEFINED_EXCEPTIONS
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, Raised, UserException, named
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.packages import MEMBERS
from airflow_oracle_dag.sandbox.plsql.scope import CursorDef, Scope, Subprogram, Variable
from airflow_oracle_dag.sandbox.plsql.sql_statements import SqlStatementParser
from airflow_oracle_dag.sandbox.plsql.types import fit
from airflow_oracle_dag.sandbox.session import Direction

_ENDS = ("END", "ELSE", "ELSIF", "EXCEPTION", "WHEN")


class PlsqlParser(SqlStatementParser):
    """Parse blocks and statements."""

    def block(self) -> Execute:
        """Parse ``[DECLARE …] BEGIN … [EXCEPTION …] END [name] ;``."""
        outer = self.scope
        self.scope = Scope(outer)
        initial = self.declarations() if self.take("DECLARE") else []
        body = self._body()
        self.must(";")
        self.scope = outer
        return control.block(initial, *body)

    def subprogram_body(self, name: str) -> Callable[[Frame], None]:
        """Parse ``[declarations] BEGIN … END [name] ;`` of a local subprogram."""
        initial = self.declarations()
        body = self._body()
        self.must(";")
        return control.subprogram(control.block(initial, *body))

    def _body(self) -> tuple[Execute, list[Handler]]:
        self.must("BEGIN")
        statements = self.statements()
        handlers: list[Handler] = []
        if self.take("EXCEPTION"):
            while self.take("WHEN"):
                handlers.append(self._handler())
            if not handlers:
                raise self.unexpected("when")
        self.must("END")
        if self.token.kind in (Kind.WORD, Kind.QUOTED):
            self.next()
        return statements, handlers

    def _handler(self) -> Handler:
        caught: list[UserException] = []
        others = False
        while True:
            if self.take("OTHERS"):
                others = True
            else:
                caught.append(self._exception_name())
            if not self.take("OR"):
                break
        self.must("THEN")
        return Handler(tuple(caught), others, self.statements())

    def _exception_name(self) -> UserException:
        offset = self.token.start
        name = self.identifier()
        if name == "STANDARD" and self.take("."):
            name = self.identifier()
        found = self.scope.find(name) or PREDEFINED_EXCEPTIONS.get(name)
        if not isinstance(found, UserException):
            raise self.undeclared(name, offset)
        return found

    def statements(self) -> Execute:
        """Parse statements up to END, ELSE, EXCEPTION or WHEN."""
        listed: list[tuple[int, Execute]] = []
        while not self.at_any(*_ENDS):
            if self.at_end():
                raise self.unexpected("a statement or END")
            line = position(self.text, self.token.start)[0]
            listed.append((line, self.statement()))
        if not listed:
            raise self.unexpected("a statement")
        return control.sequence(listed)

    def statement(self) -> Execute:
        """Parse one statement with its semicolon."""
        labels = self._labels()
        token = self.token
        if token.kind is Kind.WORD:
            simple = getattr(self, f"_do_{token.value.lower()}", None)
            if simple is not None and not (
                self.scope.find(token.value) is not None and self.peek().value in (":=", ".")
            ):
                found: Execute = (
                    simple(labels) if token.value in ("LOOP", "WHILE", "FOR") else simple()
                )
                return found
            sql = self.sql_statement()
            if sql is not None:
                return sql
        return self._assignment_or_call()

    def _labels(self) -> tuple[str, ...]:
        labels: list[str] = []
        while self.take("<<"):
            labels.append(self.identifier())
            self.must(">>")
        return tuple(labels)

    # -- simple statements --------------------------------------------------------------------

    def _do_null(self) -> Execute:
        self.must("NULL", ";")
        return lambda frame: None

    def _do_begin(self) -> Execute:
        return self.block()

    def _do_declare(self) -> Execute:
        return self.block()

    def _do_goto(self) -> Execute:
        raise unimplemented("GOTO")

    def _do_forall(self) -> Execute:
        raise unimplemented("FORALL")

    def _do_pipe(self) -> Execute:
        raise unimplemented("PIPE ROW")

    def _do_if(self) -> Execute:
        self.must("IF")
        arms: list[tuple[Expression, Execute]] = []
        while True:
            condition = self.expression()
            self.must("THEN")
            arms.append((condition, self.statements()))
            if not self.take("ELSIF"):
                break
        otherwise = self.statements() if self.take("ELSE") else None
        self.must("END", "IF", ";")
        return control.choose(arms, otherwise)

    def _do_case(self) -> Execute:
        self.must("CASE")
        subject = None if self.at("WHEN") else self.expression()
        arms: list[tuple[Expression, Execute]] = []
        while self.take("WHEN"):
            condition = self.expression()
            if subject is not None:
                condition = control.equals(subject, condition)
            self.must("THEN")
            arms.append((condition, self.statements()))
        otherwise = self.statements() if self.take("ELSE") else control.no_case
        self.must("END", "CASE", ";")
        return control.choose(arms, otherwise)

    def _do_exit(self) -> Execute:
        return self._leave("EXIT", ExitLoop)

    def _do_continue(self) -> Execute:
        return self._leave("CONTINUE", control.ContinueLoop)

    def _leave(self, word: str, kind: type[control.LoopSignal]) -> Execute:
        self.must(word)
        label = self.identifier() if self.token.kind is Kind.WORD and not self.at("WHEN") else ""
        condition = self.expression() if self.take("WHEN") else None
        self.must(";")

        def run(frame: Frame) -> None:
            if condition is None or condition.run(frame):
                raise kind(label)

        return run

    def _do_return(self) -> Execute:
        self.must("RETURN")
        value = None if self.at(";") else self.expression()
        self.must(";")

        def run(frame: Frame) -> None:
            frame.returned = (value.run(frame),) if value is not None else None
            raise Return

        return run

    def _do_raise(self) -> Execute:
        self.must("RAISE")
        if self.take(";"):
            return control.reraise
        found = self._exception_name()
        self.must(";")

        def run(frame: Frame) -> None:
            if found.code and found.name in PREDEFINED_EXCEPTIONS:
                raise named(found.code)
            code = found.code or 6510
            text = "" if found.code else "PL/SQL: unhandled user-defined exception"
            raise Raised(code, text, found)

        return run

    # -- loops --------------------------------------------------------------------------------

    def _loop_body(self) -> Execute:
        self.must("LOOP")
        body = self.statements()
        self.must("END", "LOOP")
        if self.token.kind is Kind.WORD:
            self.next()
        self.must(";")
        return body

    def _do_loop(self, labels: tuple[str, ...]) -> Execute:
        return control.loop(None, self._loop_body(), labels)

    def _do_while(self, labels: tuple[str, ...]) -> Execute:
        self.must("WHILE")
        condition = self.expression()
        return control.loop(condition, self._loop_body(), labels)

    def _do_for(self, labels: tuple[str, ...]) -> Execute:
        self.must("FOR")
        name = self.identifier()
        self.must("IN")
        outer = self.scope
        self.scope = Scope(outer)
        try:
            if self.at("(") and self._query_ahead():
                return self._for_query(name, labels)
            found = self.scope.find(self.token.value) if self.token.kind is Kind.WORD else None
            if isinstance(found, CursorDef):
                return self._for_cursor(name, found, labels)
            down = self.take("REVERSE")
            low = self.expression()
            self.must("..")
            high = self.expression()
            variable = self.add_variable(name, control.INDEX)
            variable.constant = True
            return control.count(variable.slot, low, high, down, self._loop_body(), labels)
        finally:
            self.scope = outer

    def _query_ahead(self) -> bool:
        ahead = 1
        while self.peek(ahead).value == "(":
            ahead += 1
        return self.peek(ahead).value in ("SELECT", "WITH")

    def _for_query(self, name: str, labels: tuple[str, ...]) -> Execute:
        self.must("(")
        query = self.query_until(")")
        self.must(")")
        variable = self.add_variable(name, None, record=True)
        return control.rows(query, variable.slot, self._loop_body(), labels, [])

    def _for_cursor(self, name: str, cursor: CursorDef, labels: tuple[str, ...]) -> Execute:
        self.next()
        settings = self.cursor_arguments(cursor)
        variable = self.add_variable(name, None, record=True)
        return control.rows(cursor.query, variable.slot, self._loop_body(), labels, settings)

    # -- assignments and calls ----------------------------------------------------------------

    def _assignment_or_call(self) -> Execute:
        start = self.index
        offset = self.token.start
        if self.token.kind is Kind.BIND or isinstance(self.scope.find(self.token.value), Variable):
            store = self.lvalue()
            self.must(":=")
            value = self.expression()
            self.must(";")
            run = value.run
            return lambda frame: store(frame, run(frame))
        if self.token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self.unexpected("a statement")
        name = self.identifier()
        found = self.scope.find(name)
        if isinstance(found, Subprogram):
            called = call_subprogram(self, found)
        else:
            if name == "SYS" and self.take("."):
                name = self.identifier()
            if self.take("."):
                name = f"{name}.{self.identifier()}"
            if self.at(":="):
                raise self.undeclared(name, offset)
            if name not in MEMBERS:
                if self.token.value not in ("(", ";"):
                    self.index = start + 1
                    raise self.unexpected(":= . ( % ;")
                raise self.undeclared(name, offset)
            called = call_member(self, name, offset)
        self.must(";")
        invoke = called.run

        def run_call(frame: Frame) -> None:
            invoke(frame)

        return run_call

    def lvalue(self) -> Callable[[Frame, Any], None]:
        """Parse what can be assigned to."""
        token = self.next()
        if token.kind is Kind.BIND:
            return control.store_bind(self.binds.use(token.value, Direction.OUT))
        found = self.scope.find(token.value) if token.kind in (Kind.WORD, Kind.QUOTED) else None
        if not isinstance(found, Variable):
            raise self.undeclared(token.value, token.start)
        variable = found
        if variable.constant:
            raise CompileError(
                self.text,
                token.start,
                f"PLS-00363: expression '{variable.name}' cannot be used as an assignment target",
            )
        slot = variable.slot
        if variable.record and self.take("."):
            return self._field(variable, self.identifier())

        def store(frame: Frame, value: Any) -> None:
            if isinstance(value, dict):
                frame.slots[slot] = dict(value)
            else:
                frame.slots[slot] = fit(value, variable.type, frame.convert)

        return store

    def _field(self, variable: Variable, field: str) -> Callable[[Frame, Any], None]:
        kind = (variable.fields or {}).get(field)
        slot = variable.slot

        def store(frame: Frame, value: Any) -> None:
            if frame.slots[slot] is None:
                frame.slots[slot] = {}
            frame.slots[slot][field] = fit(value, kind, frame.convert)

        return store

    def store_at(self, argument: Argument | None) -> Callable[[Frame, Any], None]:
        """Compile an actual argument again, as the target of an OUT parameter."""
        assert argument is not None
        here = self.index
        self.index = argument.start
        store = self.lvalue()
        if self.index != argument.end:
            raise CompileError(
                self.text,
                self.token.start,
                "PLS-00363: expression cannot be used as an assignment target",
            )
        self.index = here
        return store
