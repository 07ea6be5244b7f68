"""The statement parser of PL/SQL; each statement becomes a function over a frame."""


# ruff: noqa: ARG001, ARG002, ARG005 - the functions of a table share one signature

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, position
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql import control, paths
from airflow_oracle_dag.sandbox.plsql.assigning import check_assignment
from airflow_oracle_dag.sandbox.plsql.branches import BranchParser
from airflow_oracle_dag.sandbox.plsql.calls import call_member, call_subprogram
from airflow_oracle_dag.sandbox.plsql.control import Goto, Handler, Return
from airflow_oracle_dag.sandbox.plsql.declarations import PREDEFINED_EXCEPTIONS
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, Raised, UserException, named
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import (
    Home,
    Item,
    Overloads,
    Scope,
    Subprogram,
    Variable,
)
from airflow_oracle_dag.sandbox.plsql.shapes import settle
from airflow_oracle_dag.sandbox.plsql.sql import Destination
from airflow_oracle_dag.sandbox.plsql.targets import BindPlace
from airflow_oracle_dag.sandbox.plsql.types import fit

_LABELLED = ("LOOP", "WHILE", "FOR", "BEGIN", "DECLARE")
_ENDS = ("END", "ELSE", "ELSIF", "EXCEPTION", "WHEN")


class PlsqlParser(BranchParser):
    """Parse blocks and statements."""

    _handling = False  # the statements are those of an exception handler

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._jumps: list[tuple[str, int]] = []  # labels that a GOTO still looks for, and where

    def block(self, *, top: bool = False, labels: tuple[str, ...] = ()) -> Execute:
        """Parse ``[DECLARE …] BEGIN … [EXCEPTION …] END [name] ;``."""
        outer = self.scope
        self.scope = Scope(outer, routine=top, labels=labels)
        initial = self.declarations() if self.take("DECLARE") else []
        self._all_defined()
        run = self._routine(initial)
        self.scope = outer
        if top:
            self._no_more_jumps()
        return run

    def _all_defined(self) -> None:
        """Refuse a subprogram that was declared in front of others and never defined."""
        for item in self.scope.items.values():
            listed = item.listed if isinstance(item, Overloads) else [item]
            for target in listed:
                if isinstance(target, Subprogram) and target.body is None:
                    detail = f"PLS-00313: '{target.name}' not declared in this scope"
                    raise CompileError(self.text, self.token.start, detail)

    def _no_more_jumps(self) -> None:
        """Refuse a GOTO whose label is in no sequence around it."""
        for label, offset in self._jumps:
            detail = (
                f"PLS-00375: illegal GOTO statement; this GOTO cannot branch to label '{label}'"
            )
            raise CompileError(self.text, offset, detail)

    def call_statement(self) -> Execute:
        """Parse behind CALL: a procedure, or a function with ``INTO :bind``."""
        offset = self.token.start
        found, home, _ = self.known_item()
        if isinstance(found, (Subprogram, Overloads)):
            self.take_item()
            called = call_subprogram(self, found, home, offset)
        else:
            called = self._called(found, home, offset)
        store = self.destination().put if self.take("INTO") else None
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
        jumps, self._jumps = self._jumps, []
        loops, self.loops = self.loops, []
        initial = self.declarations()
        self._all_defined()
        body = control.subprogram(self._routine(initial))
        self._no_more_jumps()
        self._handling, self._jumps, self.loops = handling, jumps, loops
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
                if handlers and handlers[-1].others:
                    detail = "PLS-00370: OTHERS handler must be last among the exception handlers"
                    raise CompileError(self.text, self.token.start, f"{detail} of a block")
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
        places: dict[str, int] = {}
        outer, self._jumps = self._jumps, []
        while not self.at_any(*_ENDS):
            if self.at_end():
                raise self.unexpected("a statement or END")
            labels = self.labels()
            if labels and self.at_any(*_ENDS):
                raise self.unexpected("a statement")
            places.update(dict.fromkeys(labels, len(listed)))
            line = position(self.text, self.token.start)[0]
            listed.append((line, self.statement(labels)))
        if not listed:
            raise self.unexpected("a statement")
        aimed = {label for label, _ in self._jumps}
        self._jumps = [*outer, *(jump for jump in self._jumps if jump[0] not in places)]
        return control.sequence(listed, places if aimed & set(places) else {})

    def statement(self, labels: tuple[str, ...]) -> Execute:
        """Parse one statement with its semicolon."""
        token = self.token
        if token.kind is Kind.WORD:
            simple = getattr(self, f"_do_{token.value.lower()}", None)
            if simple is not None and not (
                self.scope.find(token.value) is not None and self.peek().value in (":=", ".")
            ):
                found: Execute = simple(labels) if token.value in _LABELLED else simple()
                return found
            sql = self.sql_statement()
            if sql is not None:
                return sql
        return self._assignment_or_call()

    def labels(self) -> tuple[str, ...]:
        """Take the labels in front of a statement."""
        labels: list[str] = []
        while self.take("<<"):
            labels.append(self.identifier())
            self.must(">>")
        return tuple(labels)

    # -- simple statements --------------------------------------------------------------------

    def _do_null(self) -> Execute:
        self.must("NULL", ";")
        return lambda frame: None

    def _do_begin(self, labels: tuple[str, ...]) -> Execute:
        return self.block(labels=labels)

    def _do_declare(self, labels: tuple[str, ...]) -> Execute:
        return self.block(labels=labels)

    def _do_goto(self) -> Execute:
        self.must("GOTO")
        offset, label = self.token.start, self.identifier()
        self.must(";")
        self._jumps.append((label, offset))

        def run(frame: Frame) -> None:
            frame.session.check()
            raise Goto(label)

        return run

    def _do_forall(self) -> Execute:
        return self.forall()

    def _do_pipe(self) -> Execute:
        raise unimplemented("PIPE ROW")

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

    # -- assignments and calls ----------------------------------------------------------------

    def _assignment_or_call(self) -> Execute:
        offset = self.token.start
        known, home, _ = (None, None, 0) if self.token.kind is Kind.BIND else self.known_item()
        if self.token.kind is Kind.BIND or isinstance(known, Variable):
            return self._assignment(known)
        if self.token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self.unexpected("a statement")
        called = self._called(known, home, offset)
        self.must(";")
        invoke = called.run

        def run_call(frame: Frame) -> None:
            invoke(frame)

        return run_call

    def _assignment(self, known: Item | None) -> Execute:
        if isinstance(known, Variable) and known.shape is not None and not known.constant:
            self.take_item()
            here = paths.place(self, known)
            if self.at("."):
                return paths.changing_method(self, here)
            place: Destination = here
        else:
            place = self.destination()
        self.must(":=")
        start = self.token.start
        value = self.expression()
        if not isinstance(place, BindPlace):
            check_assignment(self, value, place.typed, start)
        self.must(";")
        run, put = value.run, place.put
        if isinstance(known, Variable) and known.home is None and known.shape is None:
            return _plain_assignment(known, run)
        return lambda frame: put(frame, run(frame))

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


def _plain_assignment(variable: Variable, run: Callable[[Frame], Any]) -> Execute:
    """Assign to a scalar of the running block."""
    slot, kind = variable.slot, variable.type
    if variable.not_null:
        typed = variable.typed

        def checked(frame: Frame) -> None:
            frame.slots[slot] = settle(run(frame), typed, frame)

        return checked

    def assign(frame: Frame) -> None:
        frame.slots[slot] = fit(run(frame), kind, frame.convert)

    return assign
