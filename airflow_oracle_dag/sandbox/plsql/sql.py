"""SQL inside a block: variables become binds, results go into variables."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.dialect.lexer import tokenize
from airflow_oracle_dag.sandbox.dialect.translate import (
    Translation,
    Variables,
    translate,
    translate_expression,
)
from airflow_oracle_dag.sandbox.engine_rows import describe
from airflow_oracle_dag.sandbox.plsql import composites
from airflow_oracle_dag.sandbox.plsql.column_calls import ColumnCall, Rounds, asking
from airflow_oracle_dag.sandbox.plsql.cursors import current_place
from airflow_oracle_dag.sandbox.plsql.errors import COMPILE_TIME, CompileError
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.paths import field_of
from airflow_oracle_dag.sandbox.plsql.scope import CursorDef, NameProblem, Names, Scope, Variable
from airflow_oracle_dag.sandbox.plsql.shapes import Typed
from airflow_oracle_dag.sandbox.plsql.sql_calls import (
    PREFIX,
    Hoister,
    SqlCall,
    getter,
    named_as_written,
)
from airflow_oracle_dag.sandbox.session import BindType, OracleError, OracleType

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_schema import SchemaView
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser

CURRENT = "ODAG$CURRENT"  # the placeholder of WHERE CURRENT OF
_ROWID = BindType(OracleType.ROWID)
Store = Callable[[Frame, Any], None]


class Destination(Protocol):
    """What can be assigned to: a `Place`, or a placeholder."""

    @property
    def typed(self) -> Typed:
        """What a value must fit."""

    def get(self, frame: Frame) -> Any:
        """Return the value."""

    def put(self, frame: Frame, value: Any) -> None:
        """Assign a value."""


Getter = Callable[[Frame], Any]
Verify = Callable[[Translation, Sequence[BindType | None]], None]


class _Bound:
    """Be a translation for one schema, with where each of its binds comes from."""

    def __init__(
        self,
        translation: Translation,
        getters: list[tuple[Getter, BindType | None, int]],
        calls: Sequence[ColumnCall | None],
    ) -> None:
        self.translation = translation
        self.getters = getters
        self.calls = calls if any(calls) else ()
        self.plain = not calls  # it calls no stored function

    def values(self, frame: Frame) -> list[Any]:
        """Evaluate the binds."""
        return [get(frame) for get, _, _ in self.getters]

    def types(self, frame: Frame) -> list[BindType | None]:
        """Return the types of the binds."""
        return [
            frame.bind_types[bind] if 0 <= bind < len(frame.bind_types) else kind
            for _, kind, bind in self.getters
        ]

    def run(self, frame: Frame, values: list[Any] | None = None) -> pq_abc.PGresult:
        values = self.values(frame) if values is None else values
        types = self.types(frame)
        frame.session.check()
        session, translation = frame.session, self.translation
        if not self.calls:
            return session.run(translation, values, types, guard=frame.handlers > 0)
        rounds = Rounds(session, self.calls, translation.verb)
        asked = asking(translation)
        ask = None if asked is None else (lambda: session.run(asked, values, types))
        return rounds.run(lambda: session.run(translation, values, types), ask)


class StaticSql:
    """Be a SQL statement written in a block.

    :param text: the statement without its INTO clause.
    :param offset: where it stands, for ORA-06550.
    :param expression: it is an expression for ``SELECT … FROM dual``.
    :param plain: it stands in no block; its errors are those of SQL.
    :param current: the cursor whose row WHERE CURRENT OF means.
    :param unplaced: the same without the place of the row, for views, which have none.
    """

    def __init__(
        self,
        parser: ExpressionParser,
        text: str,
        offset: int,
        *,
        expression: bool = False,
        plain: bool = False,
        current: CursorDef | None = None,
        unplaced: str | None = None,
    ) -> None:
        self.text = text
        self._current = current
        self._unplaced = unplaced
        self._bare = False  # functions without parentheses may be in it
        self._source = parser.text
        self.offset = offset
        self._scope: Scope = parser.scope
        self._binds = parser.binds
        self._names = parser.names
        self._around = parser
        self._plain = plain
        self._expression = expression
        self._bound: dict[tuple[str, int, str, bool], _Bound] = {}
        parser.sql_statements.append(self)

    def bind(self, view: SchemaView) -> _Bound:
        """Translate for a schema; found again until somebody runs a DDL.

        :raises CompileError: what Oracle would find when it compiles the block.
        """
        key = (view.schema, view.database.generation, view.user, view.roles)
        bound = self._bound.get(key)
        if bound is None:
            try:
                bound = self._translate(view)
            except OracleError as error:
                raise self._compile_error(error) from error
            self._bound = {key: bound}
        return bound

    def _compile_error(self, error: OracleError) -> OracleError:
        if error.code in COMPILE_TIME and not self._plain:
            detail = f"PL/SQL: ORA-{error.code:05d}: {error.message}"
            return CompileError(self._source, self.offset, detail)
        return error

    def _translate(self, view: SchemaView) -> _Bound:
        names = self._names
        if names is None and not view.database.code.empty:
            names = view.database.code.names(view)
        variables = Variables(
            lambda record, name: self._variable(names, record, name) is not None,
            view.known_columns,
        )
        text, parts = composites.spread(
            self.text, self._scope, names, view, lambda part: self._parser(part, names)
        )
        translation, calls = self._translated(text, names, variables)
        getters = [
            self._getter(place, name, translation, calls, parts, names)
            for place, name in enumerate(translation.binds)
        ]
        if self._names is not None:
            for owner, table in translation.tables:
                self._names.refer("TABLE", owner, table)
        return _Bound(translation, getters, [call.on_columns for call in calls])

    def _getter(
        self,
        place: int,
        name: str,
        translation: Translation,
        calls: list[SqlCall],
        parts: list[Expression],
        names: Names | None,
    ) -> tuple[Getter, BindType | None, int]:
        """Return where the value of a bind comes from."""
        if name.startswith(PREFIX):
            value = calls[int(name.removeprefix(PREFIX))]
            kind = value.value.type.bind if value.value.type is not None else None
            return getter(value, translation.verb), kind, -1
        if name.startswith(composites.PREFIX):
            part = parts[int(name.removeprefix(composites.PREFIX))]
            return part.run, part.type.bind if part.type is not None else None, -1
        if name == CURRENT:
            return self._current_row, _ROWID, -1
        if place < translation.variable_from:
            return self._bind_getter(name)
        return self._variable_getter(names, name)

    def _translated(
        self, text: str, names: Names | None, variables: Variables
    ) -> tuple[Translation, list[SqlCall]]:
        make = translate_expression if self._expression else translate
        try:
            translation = make(text, variables)
        except OracleError as error:
            if error.code != 904 or names is None:
                raise
            found = self._hoisted(text, names, variables)
            if found is None:
                raise
            return found
        bare = self._hoisted(text, names, variables) if self._bare and names is not None else None
        return bare or (translation, [])

    def _hoisted(
        self, text: str, names: Names, variables: Variables
    ) -> tuple[Translation, list[SqlCall]] | None:
        """Translate with the calls of stored functions taken out; None when there are none."""
        make = translate_expression if self._expression else translate
        on_columns: frozenset[int] = frozenset()
        columns: frozenset[str] | None = frozenset() if self._bare else None
        while True:
            hoister = Hoister(names, lambda call: self._parser(call, names), on_columns, columns)
            spread = hoister.spread(text)
            if not hoister.calls:
                return None
            made = make(spread, variables)
            known = variables.known_columns(list(made.tables))
            wrong = [
                n
                for n, call in enumerate(hoister.calls)
                if call.on_columns is None and known & call.words()
            ]
            if not wrong:
                return named_as_written(made, hoister.calls), hoister.calls
            if columns is not None and any(hoister.calls[n].bare for n in wrong):
                columns |= known
            else:
                on_columns |= frozenset(wrong)

    def _again(self, error: OracleError, view: SchemaView) -> bool:
        """Look for functions without parentheses, once PostgreSQL has found no such column."""
        if self._unplaced is not None and error.code == 904 and "tableoid" in error.message:
            self.text, self._unplaced, self._bound = self._unplaced, None, {}
            return True
        if error.code != 904 or self._bare or view.database.code.empty:
            return False
        self._bare, self._bound = True, {}
        return True

    def _parser(self, text: str, names: Names | None) -> ExpressionParser:
        """Make a parser for a part of the statement, with the names around it."""
        parser = type(self._around)(text, tokenize(text), self._binds, names)
        parser.scope = self._scope
        return parser

    def _current_row(self, frame: Frame) -> Any:
        cursor = self._current
        assert cursor is not None
        return current_place(frame, cursor.frame(frame).slots[cursor.slot])

    def _bind_getter(self, name: str) -> tuple[Getter, BindType | None, int]:
        index = self._binds.names.index(name)
        return (lambda frame: frame.binds[index]), None, index

    def _variable(self, names: Names | None, record: str | None, name: str) -> Variable | None:
        """Look up a variable of the text, or one of a package."""
        local = self._scope.variable(record, name)
        if local is not None or record is None or names is None:
            return local
        try:
            found = names.find([record, name])
        except NameProblem:
            return None  # a table's alias may have the name of a package, too
        if (
            found is None
            or not isinstance(found.item, Variable)
            or found.item.shape is not None
            or found.used < 2
        ):
            return None
        return dataclasses.replace(found.item, home=found.home)

    def _variable_getter(
        self, names: Names | None, name: str
    ) -> tuple[Getter, BindType | None, int]:
        record, _, field = name.rpartition(".")
        variable = self._variable(names, record or None, field)
        assert variable is not None
        slot, slots = variable.slot, variable.slots
        if variable.record and record:
            inner = (variable.fields or {}).get(field)
            kind = inner.type.bind if inner is not None and inner.type is not None else None
            return (lambda frame: field_of(frame.slots[slot], field)), kind, -1
        kind = variable.type.bind if variable.type else None
        if variable.home is not None:
            return (lambda frame: slots(frame)[slot]), kind, -1
        return (lambda frame: frame.slots[slot]), kind, -1

    def verify(self, view: SchemaView, ask: Verify) -> None:
        """Let PostgreSQL parse it, for the columns.

        :raises CompileError: what Oracle finds when it compiles a stored unit.
        """
        bound = self.bind(view)
        try:
            ask(bound.translation, [kind for _, kind, _ in bound.getters])
        except OracleError as error:
            if self._again(error, view):
                self.verify(view, ask)
            elif error.code in COMPILE_TIME:
                raise self._compile_error(error) from error

    def values(self, frame: Frame) -> list[Any]:
        """Evaluate its binds."""
        return self.bind(frame.session.view).values(frame)

    def run(self, frame: Frame, values: list[Any] | None = None) -> pq_abc.PGresult:
        """Run it."""
        try:
            return self.bind(frame.session.view).run(frame, values)
        except CompileError:
            raise
        except OracleError as error:
            if self._again(error, frame.session.view):
                return self.run(frame)
            if error.code in COMPILE_TIME:
                raise self._compile_error(error) from error
            raise

    def run_each(self, frame: Frame, rows: list[list[Any]]) -> list[pq_abc.PGresult]:
        """Run it once for each list of values."""
        bound = self.bind(frame.session.view)
        frame.session.check()
        return frame.session.runner.run_many(bound.translation, rows, bound.types(frame))

    def plain(self, frame: Frame) -> bool:
        """Tell whether no stored code runs with it: no function, no trigger."""
        session = frame.session
        return self.bind(session.view).plain and not session.database.code.triggers

    def names(self, frame: Frame, result: pq_abc.PGresult) -> Sequence[str]:
        """Return the names of its columns as Oracle has them."""
        found = self.bind(frame.session.view).translation.names
        return found if found is not None else names_of(result, frame)


def names_of(result: pq_abc.PGresult, frame: Frame) -> list[str]:
    """Return the column names of a result."""
    return [c.name for c in describe(result, frame.session.database.types, None)]
