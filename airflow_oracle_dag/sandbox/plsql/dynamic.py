"""EXECUTE IMMEDIATE and OPEN … FOR a text: a statement that is compiled when the block runs it.

PL/SQL Language Reference, "EXECUTE IMMEDIATE Statement" and "PL/SQL Dynamic SQL".
"""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.engine_rows import changed_rows
from airflow_oracle_dag.sandbox.engine_statement import EngineStatement, parse_statement
from airflow_oracle_dag.sandbox.plsql.bulk import BulkTarget
from airflow_oracle_dag.sandbox.plsql.cursors import OpenCursor
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, Raised, named
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.into import Target
from airflow_oracle_dag.sandbox.plsql.operators import as_text
from airflow_oracle_dag.sandbox.session import BindType, Direction, OracleError, StatementKind

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.dialect.translate import Translation
    from airflow_oracle_dag.sandbox.plsql.frame import Expression
    from airflow_oracle_dag.sandbox.plsql.sql import Store
    from airflow_oracle_dag.sandbox.plsql.sql_statements import UsingArgument

_TOO_FEW = (1008, "not all variables bound")
_TOO_MANY = (1006, "bind variable does not exist")


@dataclass(frozen=True)
class Bound:
    """Be one argument of USING with its value.

    :param type: of the expression, None where the compiler does not know it.
    """

    value: Any
    type: BindType | None = None
    direction: Direction = Direction.IN
    store: Store | None = None


def compiled(text: Any, frame: Frame, what: str = "EXECUTE IMMEDIATE") -> EngineStatement:
    """Compile a text at run time: what is wrong with it is an exception of the block that runs it.

    :raises OracleError: ORA-06535 for a text that is NULL.
    """
    sql = as_text(text, frame, None)
    if not sql:
        raise OracleError(6535, f"statement string in {what} is NULL or 0 length")
    try:
        statement = parse_statement(sql)
        if statement.block is not None:
            statement.block.prepare(frame.session)
    except CompileError as error:
        raise Raised(error.code, error.message) from error
    return statement


@dataclass
class Dynamic:
    """Be an EXECUTE IMMEDIATE."""

    text: Expression
    arguments: Sequence[UsingArgument] = ()
    target: Target | BulkTarget | None = None
    returning: Target | BulkTarget | None = None

    def run(self, frame: Frame) -> None:
        """Run it."""
        bound = [argument.bound(frame) for argument in self.arguments]
        statement = compiled(self.text.run(frame), frame)
        frame.session.check(statement.sql)
        if statement.action is not None:
            run_action(frame, statement, len(bound))
        elif statement.block is not None:
            _block(frame, statement, bound)
        elif statement.kind is StatementKind.QUERY:
            _query(frame, statement, bound, self.target)
        else:
            _change(frame, statement, bound, self.returning)


def run_action(frame: Frame, statement: EngineStatement, arguments: int = 0) -> None:
    """Run what is neither query nor DML nor PL/SQL.

    :raises OracleError: ORA-24344 for stored code that does not compile; it is there.
    """
    assert statement.action is not None
    if statement.action.bind_names:
        raise OracleError(1027, "bind variables not allowed for data definition operations")
    if arguments:
        raise OracleError(*_TOO_MANY)
    frame.session.warned = False
    statement.action.run(frame.session)
    frame.row_count = 0
    if frame.session.warned:
        raise OracleError(24344, "success with compilation error")


def check_count(given: int, wanted: int) -> None:
    """Compare the arguments with the placeholders.

    :raises OracleError: ORA-01008 or ORA-01006.
    """
    if given != wanted:
        raise OracleError(*(_TOO_FEW if given < wanted else _TOO_MANY))


def _block(frame: Frame, statement: EngineStatement, arguments: Sequence[Bound]) -> None:
    block = statement.block
    assert block is not None
    check_count(len(arguments), len(block.bind_names))
    for argument, wanted in zip(arguments, block.directions, strict=True):
        _check_direction(argument, wanted)
    values = [None if a.direction is Direction.OUT else a.value for a in arguments]
    results = block.run_inside(frame, values, [a.type for a in arguments])
    frame.row_count = 1
    for argument, value in zip(arguments, results, strict=True):
        if argument.store is not None:
            argument.store(frame, value)


def _check_direction(argument: Bound, wanted: Direction) -> None:
    """Refuse a mode that is not the placeholder's.

    A placeholder that is read and written wants IN OUT here; whether Oracle takes OUT is
    unverified.
    """
    if argument.direction is Direction.IN and wanted is not Direction.IN:
        raise OracleError(6536, "IN bind variable bound to an OUT position")
    if argument.direction is Direction.OUT and wanted is not Direction.OUT:
        raise OracleError(6537, "OUT bind variable bound to an IN position")


def translation_of(frame: Frame, statement: EngineStatement) -> Translation:
    """Return the translation of a query or DML statement."""
    if statement.calls is not None:
        return statement.calls.translation(frame.session)
    assert statement.translation is not None
    return statement.translation


def run_sql(frame: Frame, statement: EngineStatement, bound: Sequence[Bound]) -> pq_abc.PGresult:
    """Run a query or DML statement with a value per placeholder."""
    values, types = [b.value for b in bound], [b.type for b in bound]
    if statement.calls is not None:
        return statement.calls.run_inside(frame, values, types)
    assert statement.translation is not None
    return frame.session.run(statement.translation, values, types, guard=frame.handlers > 0)


def _query(
    frame: Frame,
    statement: EngineStatement,
    arguments: Sequence[Bound],
    target: Target | BulkTarget | None,
) -> None:
    translation = translation_of(frame, statement)
    _check_arguments(arguments, len(translation.binds), 0)
    if target is None:  # without INTO it is never executed
        frame.session.describe(translation, [a.value for a in arguments])
        frame.row_count = 0
        return
    result = run_sql(frame, statement, arguments)
    if isinstance(target, Target):
        target.put_single(frame, result, translation.names)
        return
    rows = OpenCursor(result, frame, translation.names)
    target.put(frame, rows.fetch_many(None), rows.names)
    frame.row_count = rows.count


def _change(
    frame: Frame,
    statement: EngineStatement,
    arguments: Sequence[Bound],
    returning: Target | BulkTarget | None,
) -> None:
    translation = translation_of(frame, statement)
    width = len(translation.binds)
    _check_arguments(arguments, width, 0 if returning is not None else len(translation.into))
    result = run_sql(frame, statement, arguments[:width])
    frame.row_count = changed_rows(result)
    if isinstance(returning, BulkTarget) and translation.into:
        rows = OpenCursor(result, frame)
        returning.put(frame, rows.fetch_many(None), rows.names)
        return
    if not translation.into or not result.ntuples:
        return
    if result.ntuples > 1:
        raise named(1422)
    found = OpenCursor(result, frame)
    row = found.next_row() or ()
    if returning is not None:
        returning.put(frame, row, found.names)
        return
    for argument, value in zip(arguments[width:], row, strict=True):
        if argument.store is not None:
            argument.store(frame, value)


def _check_arguments(arguments: Sequence[Bound], width: int, into: int) -> None:
    check_count(len(arguments), width + into)
    for place, argument in enumerate(arguments):
        _check_direction(argument, Direction.IN if place < width else Direction.OUT)


def open_dynamic(frame: Frame, text: Any, arguments: Sequence[Bound]) -> OpenCursor:
    """Run OPEN … FOR with a text."""
    statement = compiled(text, frame, "OPEN")
    if statement.kind is not StatementKind.QUERY:
        raise OracleError(6539, "target of OPEN must be a query")
    translation = translation_of(frame, statement)
    _check_arguments(arguments, len(translation.binds), 0)
    frame.session.check(statement.sql)
    return OpenCursor(run_sql(frame, statement, arguments), frame, translation.names)
