"""Explicit cursors, REF CURSORs and EXECUTE IMMEDIATE at run time."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.engine_rows import changed_rows, decode_rows
from airflow_oracle_dag.sandbox.engine_statement import EngineStatement, parse_statement
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, Raised, named
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.operators import as_text
from airflow_oracle_dag.sandbox.plsql.sql import Target, names_of
from airflow_oracle_dag.sandbox.session import Direction, OracleError, StatementKind

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.sql import Store


class OpenCursor:
    """Be an open cursor with its whole result."""

    def __init__(self, result: pq_abc.PGresult, frame: Frame) -> None:
        self._result = result
        self.names = names_of(result, frame)
        self.count = 0
        self.found: bool | None = None

    def fetch(self, frame: Frame) -> Sequence[Any] | None:
        """Return the next row, None behind the last."""
        if self.count >= self._result.ntuples:
            self.found = False
            return None
        row = decode_rows(self._result, frame.session.database.types, self.count, self.count + 1)[0]
        self.count += 1
        self.found = True
        return row


def fetch_into(frame: Frame, slot: int, target: Target) -> None:
    """Run FETCH … INTO; behind the last row the targets keep their values."""
    cursor = frame.slots[slot]
    if cursor is None:
        raise named(1001)
    row = cursor.fetch(frame)
    if row is not None:
        target.put(frame, row, cursor.names)


def dynamic(
    frame: Frame,
    text: Any,
    arguments: list[tuple[Any, Direction, Store | None]],
    target: Target | None,
    returning: Target | None,
) -> None:
    """Run EXECUTE IMMEDIATE."""
    statement = _compiled(as_text(text, frame, None), frame)
    values = [value for value, _, _ in arguments]
    frame.session.check()
    if statement.action is not None:
        if statement.action.bind_names:
            raise OracleError(1027, "bind variables not allowed for data definition operations")
        frame.session.warned = False
        statement.action.run(frame.session)
        frame.row_count = 0
        if frame.session.warned:
            raise OracleError(24344, "success with compilation error")
        return
    if statement.block is not None:
        if len(values) != len(statement.block.bind_names):
            raise OracleError(
                1006 if len(values) > len(statement.block.bind_names) else 1008,
                "bind variables do not match the USING clause",
            )
        results = statement.block.run_inside(frame, values)
        for (_, direction, store), value in zip(arguments, results, strict=True):
            if direction is not Direction.IN and store is not None:
                store(frame, value)
        return
    _dynamic_sql(frame, statement, values, target, returning)


def _compiled(sql: str, frame: Frame) -> EngineStatement:
    """Compile a text at run time: what is wrong with it is an exception of the block that runs it.

    PL/SQL Language Reference, EXECUTE IMMEDIATE Statement.
    """
    try:
        statement = parse_statement(sql)
        if statement.block is not None:
            statement.block.prepare(frame.session)
    except CompileError as error:
        raise Raised(error.code, error.message) from error
    return statement


def _dynamic_sql(
    frame: Frame,
    statement: EngineStatement,
    values: list[Any],
    target: Target | None,
    returning: Target | None,
) -> None:
    translation = statement.translation
    assert translation is not None
    width = len(translation.binds)
    if len(values) < width:
        raise OracleError(1008, "not all variables bound")
    if len(values) > width:
        raise OracleError(1006, "bind variable does not exist")
    result = frame.session.run(translation, values, guard=frame.handlers > 0)
    if statement.kind is StatementKind.QUERY:
        if target is not None:
            target.put_single(frame, result, translation.names)
        return
    frame.row_count = changed_rows(result)
    if returning is not None and result.ntuples:
        rows = decode_rows(result, frame.session.database.types, 0, 1)
        returning.put(frame, rows[0], names_of(result, frame))


def open_dynamic(frame: Frame, text: Any, values: list[Any]) -> OpenCursor:
    """Run OPEN … FOR with a text."""
    statement = parse_statement(as_text(text, frame, None))
    if statement.translation is None or statement.kind is not StatementKind.QUERY:
        raise OracleError(6539, "PL/SQL: target of OPEN must be a query")
    if len(values) != len(statement.translation.binds):
        raise OracleError(1008, "not all variables bound")
    result = frame.session.run(statement.translation, values, guard=frame.handlers > 0)
    return OpenCursor(result, frame)
