"""Stored units at work: procedures, functions and packages, compiled when they are first needed.

A header or a package's specification is compiled for those who call, the code for those who run
it. So two units may call each other. PL/SQL Language Reference, "PL/SQL Subprograms", "PL/SQL
Packages".
"""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, tokenize
from airflow_oracle_dag.sandbox.engine_live import Identity
from airflow_oracle_dag.sandbox.plsql import control
from airflow_oracle_dag.sandbox.plsql.binds import BindTable
from airflow_oracle_dag.sandbox.plsql.checks import check_names
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, noted
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Frame
from airflow_oracle_dag.sandbox.plsql.parser import PlsqlParser
from airflow_oracle_dag.sandbox.plsql.scope import (
    CursorDef,
    Item,
    Names,
    Overloads,
    Scope,
    Subprogram,
    Variable,
)
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_schema import SchemaView
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

_Suspended = tuple[int, OracleError | None, str | None, int, Identity | None]


class StoredFrame(Frame):
    """Be the frame of stored code; a package's is entered again while calls of it run."""

    def __init__(self, session: EngineSession, slots: int, label: str) -> None:
        super().__init__(session, slots, [], (), label)
        self.suspended: list[_Suspended] = []


@dataclass
class PackageState:
    """Be what one session keeps of a package.

    :param stamp: of the code that made it.
    :param stateful: whether anything is lost with it.
    """

    stamp: tuple[int, ...]
    frame: StoredFrame
    stateful: bool


@dataclass
class Text:
    """Be one stored source.

    :param stamp: another one for each compilation.
    """

    kind: str
    source: str
    stamp: int = 0
    invalid: bool = False


def _parser(text: Text, names: Names) -> PlsqlParser:
    """Begin to read a source.

    :raises CompileError: PLS-00049 for a placeholder.
    """
    tokens = tokenize(text.source)
    for token in tokens:
        if token.kind is Kind.BIND:
            detail = f"PLS-00049: bad bind variable '{token.value}'"
            raise CompileError(text.source, token.start, detail)
    parser = PlsqlParser(text.source, tokens, BindTable([]), names)
    parser.must(*text.kind.split())
    parser.take("IF", "NOT", "EXISTS")
    if parser.peek().value == ".":
        parser.index += 2
    return parser


def _finish(parser: PlsqlParser) -> None:
    parser.must(";")
    parser.take("/")
    if not parser.at_end():
        raise parser.unexpected("end-of-file")


def subprograms(items: dict[str, Item]) -> Iterator[Subprogram]:
    """List the subprograms of a scope, overloaded ones, too."""
    for item in items.values():
        if isinstance(item, Subprogram):
            yield item
        elif isinstance(item, Overloads):
            yield from item.listed


@dataclass
class Unit:
    """What procedures, functions and packages share.

    :param ready: called before code runs; it compiles, and raises ORA-04063 if that fails.
    """

    owner: str
    name: str
    ready: Callable[[Unit], None]
    invoker: bool = False
    defined: bool = False
    problem: OracleError | None = None

    @property
    def label(self) -> str:
        """How ORA-06512 names it."""
        return f'"{self.owner}.{self.name}", '

    def state(self, session: EngineSession) -> StoredFrame:
        """Return the frame to run in."""
        raise NotImplementedError

    def assume(self, session: EngineSession) -> Identity | None:
        """Go on with definer's rights: the owner's names and privileges, without roles."""
        if self.invoker:
            return None
        return session.become(Identity(self.owner, self.owner, roles=False))

    def enter(self, frame: Frame) -> Frame:
        """Begin a call: names are now the owner's (definer's rights)."""
        session = frame.session
        self.ready(self)
        callee = self.state(session)
        before = self.assume(session)
        callee.suspended.append((callee.handlers, callee.error, callee.trace, callee.line, before))
        callee.handlers, callee.error, callee.trace = frame.handlers, frame.error, frame.trace
        callee.line = 0
        session.stored += 1
        return callee

    def leave(self, callee: Frame, caller: Frame) -> None:
        """End a call."""
        assert isinstance(callee, StoredFrame)
        session = callee.session
        session.stored -= 1
        row_count = callee.row_count
        callee.handlers, callee.error, callee.trace, callee.line, before = callee.suspended.pop()
        if before is not None:
            session.become(before)
        caller.row_count = row_count


@dataclass
class Routine(Unit):
    """Be a stored procedure or function."""

    text: Text = field(default_factory=lambda: Text("PROCEDURE", ""))
    target: Subprogram | None = None
    parser: PlsqlParser | None = None  # set when the body is compiled

    def declare(self, names: Names, view: SchemaView) -> Subprogram:
        """Compile the header."""
        if self.target is None:
            parser = _parser(self.text, names)
            name = parser.identifier()
            parser.scope = Scope(routine=True)
            target = parser.header(name, function=self.text.kind == "FUNCTION")
            if not parser.at_any("IS", "AS"):
                raise parser.unexpected("; is authid as")
            check_names(parser, view)
            self.target = target
        return self.target

    def define(self, names: Names, view: SchemaView) -> PlsqlParser:
        """Compile all of it."""
        target = self.declare(names, view)
        parser = _parser(self.text, names)
        offset = parser.token.start
        name = parser.identifier()
        parser.scope.items[name] = target
        target.body = None
        parser.define(name, offset, function=target.function)
        parser.index -= 1  # its semicolon is the text's
        _finish(parser)
        check_names(parser, view)
        self.invoker = parser.invoker
        self.parser = parser
        return parser

    def state(self, session: EngineSession) -> StoredFrame:
        """Return a new frame: nothing of a call stays."""
        assert self.parser is not None
        return StoredFrame(session, self.parser.slots, self.label)


@dataclass
class Package(Unit):
    """Be a package: its specification, its body, and the state of each session."""

    text: Text = field(default_factory=lambda: Text("PACKAGE", ""))
    body: Text | None = None
    scope: Scope | None = None
    slots: int = 0
    initial: list[Execute] = field(default_factory=list)
    start: Execute | None = None  # the initialisation section
    stateful: bool = False
    parser: PlsqlParser | None = None  # of the body, or of the specification if there is none

    @property
    def stamp(self) -> tuple[int, ...]:
        """Tell one compilation from the next."""
        return tuple(t.stamp for t in (self.text, self.body) if t is not None)

    def declare(self, names: Names, view: SchemaView) -> Scope:
        """Compile the specification."""
        if self.scope is None:
            self.define_specification(names, view)
        assert self.scope is not None
        return self.scope

    def define_specification(self, names: Names, view: SchemaView) -> PlsqlParser:
        """Compile the specification."""
        parser = _parser(self.text, names)
        self._head(parser)
        self.initial = parser.declarations()
        parser.must("END")
        self._tail(parser)
        for target in subprograms(parser.scope.items):
            if target.body is not None:
                raise parser.unexpected(";")
        check_names(parser, view)
        self.invoker = parser.invoker
        self.scope, self.slots, self.parser = parser.scope, parser.slots, parser
        self.stateful = _stateful(parser.scope)
        return parser

    def define_body(self, names: Names, view: SchemaView) -> PlsqlParser:
        """Compile the body, which sees what the specification declares."""
        declared = self.declare(names, view)
        assert self.body is not None
        parser = _parser(self.body, names)
        parser.scope = Scope(items=dict(declared.items))
        parser.slots = self.slots
        public = list(subprograms(declared.items))
        for target in public:
            target.body = None
        self._head(parser)
        initial = parser.declarations()
        if parser.at("BEGIN"):
            self.start = control.block([], *parser.body())
        else:
            parser.must("END")
        self._tail(parser)
        for target in public:
            if target.body is None:
                detail = (
                    f"PLS-00323: subprogram or cursor '{target.name}' is declared in a package"
                    " specification and must be defined in the package body"
                )
                raise CompileError(parser.text, 0, detail)
        check_names(parser, view)
        self.initial = [*self.initial, *initial]
        self.slots, self.parser = parser.slots, parser
        self.stateful = self.stateful or _stateful(parser.scope)
        return parser

    def _head(self, parser: PlsqlParser) -> None:
        parser.identifier()
        parser.clauses()
        if not parser.take("IS"):
            parser.must("AS")

    def _tail(self, parser: PlsqlParser) -> None:
        if parser.token.kind in (Kind.WORD, Kind.QUOTED):
            parser.next()
        _finish(parser)

    def enter(self, frame: Frame) -> Frame:
        """Begin a call of one of its subprograms."""
        if self.body is None:
            raise OracleError(
                4067,
                f'not executed, package body "{self.owner}.{self.name}" does not exist\n'
                "ORA-06508: PL/SQL: could not find program unit being called:"
                f' "{self.owner}.{self.name}"',
            )
        return super().enter(frame)

    def state(self, session: EngineSession) -> StoredFrame:
        """Return the session's state; it is made when the package is named for the first time.

        :raises OracleError: ORA-04068 when the code that made it has been replaced.
        """
        self.ready(self)
        key = (self.owner, self.name)
        kept = session.packages.get(key)
        if kept is not None and kept.stamp == self.stamp:
            return kept.frame
        if kept is not None and kept.stateful:
            session.packages.clear()
            raise self._discarded()
        frame = StoredFrame(session, self.slots, self.label)
        session.packages[key] = PackageState(self.stamp, frame, self.stateful)
        before = self.assume(session)
        try:
            self._initialise(frame)
        except BaseException:
            del session.packages[key]
            raise
        finally:
            if before is not None:
                session.become(before)
        return frame

    def _initialise(self, frame: StoredFrame) -> None:
        try:
            for run in self.initial:
                run(frame)
            if self.start is not None:
                self.start(frame)
        except control.Return:
            return
        except OracleError as error:
            noted(error, self.label, frame.line or 1)
            raise

    def _discarded(self) -> OracleError:
        kind = "package body" if self.body is not None else "package"
        place = f'{kind} "{self.owner}.{self.name}"'
        return OracleError(
            4068,
            "existing state of packages has been discarded\n"
            f"ORA-04061: existing state of {place} has been invalidated\n"
            f"ORA-04065: not executed, altered or dropped {place}\n"
            "ORA-06508: PL/SQL: could not find program unit being called:"
            f' "{self.owner}.{self.name}"',
        )


def _stateful(scope: Scope) -> bool:
    """Tell whether a package declares what a session keeps: a variable or a cursor."""
    return any(
        isinstance(item, CursorDef) or (isinstance(item, Variable) and not item.constant)
        for item in scope.items.values()
    )


AnyUnit = Routine | Package
__all__ = ["AnyUnit", "Package", "PackageState", "Routine", "Text", "Unit", "subprograms"]
