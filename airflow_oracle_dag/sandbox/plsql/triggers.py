"""Triggers on tables and views: their heads, and their bodies as stored units.

PL/SQL Language Reference, "CREATE TRIGGER Statement", "PL/SQL Triggers".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token, tokenize
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql import control
from airflow_oracle_dag.sandbox.plsql.binds import BindTable
from airflow_oracle_dag.sandbox.plsql.checks import check_names
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.parser import PlsqlParser
from airflow_oracle_dag.sandbox.plsql.scope import Names, Scope
from airflow_oracle_dag.sandbox.plsql.shapes import RecordType, Typed
from airflow_oracle_dag.sandbox.plsql.type_parser import column_type
from airflow_oracle_dag.sandbox.plsql.units import StoredFrame, Text, Unit
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_schema import SchemaView
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

EVENTS = ("INSERT", "UPDATE", "DELETE")


@dataclass
class TriggerHead:
    """Be what stands in front of a trigger's body.

    :param timing: BEFORE, AFTER or INSTEAD OF.
    :param columns: of UPDATE OF; none for every column.
    :param when: token indexes of the condition, begin and end; none without one.
    :param body: index of the token at which the body begins.
    """

    timing: str = ""
    events: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    owner: str | None = None
    table: str = ""
    by_row: bool = False
    old: str = "OLD"
    new: str = "NEW"
    follows: list[str] = field(default_factory=list)
    enabled: bool = True
    when: tuple[int, int] | None = None
    body: int = 0


def read_head(cursor: TokenCursor) -> TriggerHead:
    """Read behind a trigger's name.

    :raises OracleError: ORA-04071 and its like for the syntax, ORA-03001 for compound triggers and
        those of events of the system.
    """
    head = TriggerHead()
    if cursor.at("FOR"):
        raise unimplemented("compound triggers")
    if cursor.take("INSTEAD", "OF"):
        head.timing = "INSTEAD OF"
    elif cursor.at_any("BEFORE", "AFTER"):
        head.timing = cursor.next().value
    else:
        raise cursor.error("missing BEFORE, AFTER, INSTEAD OF or COMPOUND keyword", 4071)
    _events(cursor, head)
    if not cursor.take("ON"):
        raise cursor.error("missing ON keyword", 969)
    if cursor.at_any("SCHEMA", "DATABASE") or cursor.at("NESTED"):
        raise unimplemented(f"triggers ON {cursor.token.value}")
    head.owner, head.table = cursor.qualified()
    _referencing(cursor, head)
    head.by_row = cursor.take("FOR", "EACH", "ROW") or head.timing == "INSTEAD OF"
    _options(cursor, head)
    if cursor.at("COMPOUND"):
        raise unimplemented("compound triggers")
    head.body = cursor.index
    return head


def _events(cursor: TokenCursor, head: TriggerHead) -> None:
    while True:
        if not cursor.at_any(*EVENTS):
            raise unimplemented(f"triggers {head.timing} {cursor.token.value}")
        event = cursor.next().value
        if event in head.events:
            raise cursor.error("duplicate event specification", 4076)
        head.events.append(event)
        if event == "UPDATE" and cursor.take("OF"):
            head.columns.append(cursor.name())
            while cursor.take(","):
                head.columns.append(cursor.name())
        if not cursor.take("OR"):
            return


def _referencing(cursor: TokenCursor, head: TriggerHead) -> None:
    if not cursor.take("REFERENCING"):
        return
    while cursor.at_any("OLD", "NEW", "PARENT"):
        which = cursor.next().value
        cursor.take("AS")
        name = cursor.name()
        if which == "OLD":
            head.old = name
        elif which == "NEW":
            head.new = name
        else:
            raise unimplemented("triggers of nested tables")


def _options(cursor: TokenCursor, head: TriggerHead) -> None:
    if cursor.at_any("FORWARD", "REVERSE", "CROSSEDITION"):
        raise unimplemented("crossedition triggers")
    if cursor.at("PRECEDES"):
        raise unimplemented("PRECEDES")
    if cursor.take("FOLLOWS"):
        head.follows.append(cursor.qualified()[1])
        while cursor.take(","):
            head.follows.append(cursor.qualified()[1])
    if cursor.at_any("ENABLE", "DISABLE"):
        head.enabled = cursor.next().value == "ENABLE"
    if not cursor.take("WHEN"):
        return
    if not head.by_row:
        raise cursor.error("WHEN clause cannot be used with table level triggers", 4077)
    begin = cursor.index
    cursor.skip_parenthesised()
    head.when = (begin, cursor.index)


def _uncoloned(source: str, tokens: list[Token], head: TriggerHead) -> str:
    """Make names of ``:NEW`` and ``:OLD``, each at its place.

    :raises OracleError: ORA-04082 in a trigger that has none.
    """
    text = source
    for token in tokens:
        if token.kind is not Kind.BIND:
            continue
        if token.value not in (head.old, head.new):
            detail = f"PLS-00049: bad bind variable '{token.value}'"
            raise CompileError(source, token.start, detail)
        if not head.by_row:
            raise OracleError(4082, "NEW or OLD references not allowed in table level triggers")
        text = f"{text[: token.start]} {text[token.start + 1 :]}"
    return text


@dataclass
class Trigger(Unit):
    """Be a stored trigger."""

    text: Text = field(default_factory=lambda: Text("TRIGGER", ""))
    head: TriggerHead = field(default_factory=TriggerHead)
    parser: PlsqlParser | None = None
    condition: Expression | None = None
    body: Execute | None = None
    old: int = -1  # the slots of the two records
    new: int = -1

    def define(self, names: Names, view: SchemaView) -> PlsqlParser:
        """Compile it."""
        tokens = tokenize(self.text.source)
        cursor = TokenCursor(self.text.source, tokens)
        cursor.expect("TRIGGER")
        cursor.take("IF", "NOT", "EXISTS")
        cursor.qualified()
        head = self.head = read_head(cursor)
        text = _uncoloned(self.text.source, tokens, head)
        parser = PlsqlParser(text, tokenize(text), BindTable([]), names)
        parser.scope = Scope(labels=(self.name,))
        if head.by_row:
            self._rows(parser, names)
        if head.when is not None:
            parser.index = head.when[0]
            self.condition = parser.expression()
        parser.index = head.body
        if parser.take("CALL"):
            self.body = parser.call_statement()
            parser.take(";")
        else:
            parser.labels()
            self.body = control.subprogram(parser.block(top=True))
        parser.take("/")
        if not parser.at_end():
            raise parser.unexpected("end-of-file")
        check_names(parser, view)
        self.parser = parser
        return parser

    def _rows(self, parser: PlsqlParser, names: Names) -> None:
        """Declare the old and the new row."""
        head = self.head
        columns = names.columns(head.owner, head.table)
        if columns is None:
            raise OracleError(942, "table or view does not exist")
        row = RecordType(
            f"{head.table}%ROWTYPE",
            {name: Typed(column_type(text)) for name, text in columns.items()},
            row=True,
        )
        old = parser.add_variable(head.old, Typed(shape=row))
        new = parser.add_variable(head.new, Typed(shape=row))
        old.constant = True
        new.constant = head.timing != "BEFORE"
        parser.fixed = {
            head.old: OracleError(4085, "cannot change the value of an OLD reference variable"),
            head.new: OracleError(4084, "cannot change NEW values for this trigger type"),
        }
        self.old, self.new = old.slot, new.slot

    def state(self, session: EngineSession) -> StoredFrame:
        """Return a new frame: nothing of a firing stays."""
        assert self.parser is not None  # noqa: S101 - `ready` has compiled it
        return StoredFrame(session, self.parser.slots, self.label)

    def run(self, frame: Frame) -> None:
        """Run the body, if the condition holds."""
        assert self.body is not None  # noqa: S101 - `ready` has compiled it
        if self.condition is None or self.condition.run(frame):
            self.body(frame)


__all__ = ["EVENTS", "Trigger", "TriggerHead", "read_head"]
