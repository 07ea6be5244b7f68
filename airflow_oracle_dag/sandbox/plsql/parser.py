"""The statement parser of PL/SQL; each statement becomes a function over a frame."""


# ruff: noqa: ARG001, ARG002, ARG005 - the functions of a table share one signature

from __future__ import annotations

from collections.abc import Callable

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, position
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql import collection, control
from airflow_oracle_dag.sandbox.plsql.calls import call_member, call_subprogram
from airflow_oracle_dag.sandbox.plsql.control import ExitLoop, Handler, Return
from airflow_oracle_dag.sandbox.plsql.declarations import PREDEFINED_EXCEPTIONS
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, Raised, UserException, named
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import (
    CursorDef,
    Home,
    Item,
    Overloads,
    Scope,
    Subprogram,
    Variable,
)
from airflow_oracle_dag.sandbox.plsql.targets import TargetParser

_ENDS = ("END", "ELSE", "ELSIF", "EXCEPTION", "WHEN")


class PlsqlParser(TargetParser):
    """Parse blocks and statements."""

    _handling = False  # the statements are those of an exception handler

    def block(self, *, top: bool = False) -> Execute:
        """Parse ``[DECLARE …] BEGIN … [EXCEPTION …] END [name] ;``."""
        outer = self.scope
        self.scope = Scope(outer, routine=top)
        initial = self.declarations() if self.take("DECLARE") else []
        run = self._routine(initial)
        self.scope = outer
        return run

    def call_statement(self) -> Execute:
        """Parse behind CALL: a procedure, or a function with ``INTO :bind``."""
        offset = self.token.start
        found, home, _ = self.known_item()
        if isinstance(found, (Subprogram, Overloads)):
            self.take_item()
            called = call_subprogram(self, found, home, offset)
        else:
            called = self._called(found, home, offset)
        store = self.lvalue() if self.take("INTO") else None
        run = called.run

        def call(frame: Frame) -> None:
            frame.line = 1
            value = run(frame)
            if store is not None:
                store(frame, value)

        return call

    def subprogram_body(self, name: str) -> Callable[[Frame], None]:
        """Parse ``[declarations] BEGIN … END [name] ;`` of a local subprogram."""
        handling, self._handling = self._handling, False
        body = control.subprogram(self._routine(self.declarations()))
        self._handling = handling
        return body

    def _routine(self, initial: list[Execute]) -> Execute:
        body = self.body()
        end = position(self.text, self.tokens[self.index - 1].start)[0]
        self.must(";")
        run = control.block(initial, *body)
        return control.autonomous(run, end) if self.scope.autonomous else run

    def body(self) -> tuple[Execute, list[Handler]]:
        """Parse ``BEGIN … [EXCEPTION …] END [name]``."""
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
        handling, self._handling = self._handling, True
        body = self.statements()
        self._handling = handling
        return Handler(tuple(caught), others, body)

    def _exception_name(self) -> UserException:
        offset = self.token.start
        if self.at("STANDARD", "."):
            self.index += 2
        found = self.scope.find(self.token.value) or PREDEFINED_EXCEPTIONS.get(self.token.value)
        if isinstance(found, UserException):
            self.next()
            return found
        item, _, name = self.take_item()
        if not isinstance(item, UserException):
            raise self.undeclared(name, offset)
        return item

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
        if self.at(";"):
            if not self._handling:
                raise CompileError(self.text, self.token.start, control.NO_NAME)
            self.next()
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
        offset = self.token.start
        known, home, _ = (None, None, 0) if self.token.kind is Kind.BIND else self.known_item()
        if isinstance(known, Variable) and known.collection is not None and self.at_delete():
            self.take_item()
            self.index += 2
            removal = collection.delete(self, known)
            self.must(";")
            return removal
        if self.token.kind is Kind.BIND or isinstance(known, Variable):
            store = self.lvalue()
            self.must(":=")
            value = self.expression()
            self.must(";")
            run = value.run
            return lambda frame: store(frame, run(frame))
        if self.token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self.unexpected("a statement")
        called = self._called(known, home, offset)
        self.must(";")
        invoke = called.run

        def run_call(frame: Frame) -> None:
            invoke(frame)

        return run_call

    def at_delete(self) -> bool:
        """Tell whether ``name.DELETE`` comes next."""
        parts = self.dotted()
        return len(parts) > 1 and parts[-1] == "DELETE"

    def _called(self, known: Item | None, home: Home | None, offset: int) -> Expression:
        """Parse the call of a procedure."""
        if isinstance(known, (Subprogram, Overloads)):
            self.take_item()
            return call_subprogram(self, known, home, offset, function=False)
        member, length = self.member()
        if member and known is None:
            self.index += 2 * length - 1
            return call_member(self, member, offset)
        parts = self.dotted()
        following = self.peek(2 * len(parts) - 1)
        if following.value not in (":=", "(", ";"):
            self.next()
            raise self.unexpected(":= . ( % ;")
        raise self.undeclared(".".join(parts[:2]), offset)
