"""FORALL.

PL/SQL Language Reference, "FORALL Statement".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_rows import changed_rows
from airflow_oracle_dag.sandbox.plsql import bulk
from airflow_oracle_dag.sandbox.plsql.bulk import Batch, BulkTarget, Row
from airflow_oracle_dag.sandbox.plsql.cursor_statements import CursorParser
from airflow_oracle_dag.sandbox.plsql.cursors import OpenCursor
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.frame import BulkOutcome, Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.into import Target
from airflow_oracle_dag.sandbox.plsql.scope import Scope
from airflow_oracle_dag.sandbox.plsql.shapes import CollectionType, Typed
from airflow_oracle_dag.sandbox.plsql.sql import names_of
from airflow_oracle_dag.sandbox.plsql.sql_statements import DmlStatement
from airflow_oracle_dag.sandbox.plsql.types import INTEGER
from airflow_oracle_dag.sandbox.session import OracleError


class ForallParser(CursorParser):
    """Parse FORALL."""

    def forall(self) -> Execute:
        """Parse FORALL."""
        self.must("FORALL")
        name = self.identifier()
        self.must("IN")
        outer, self.scope = self.scope, Scope(self.scope)
        try:
            places = self._forall_bounds()
            save = self.take("SAVE", "EXCEPTIONS")
            slot = self.add_variable(name, Typed(INTEGER)).slot
            if self.at("EXECUTE", "IMMEDIATE"):
                batch = Batch(_dynamic_one(self.execute_immediate(batch=True)), slot, save=save)
                return lambda frame: batch.run(frame, places(frame))
            if not self.at_any("INSERT", "UPDATE", "DELETE", "MERGE"):
                raise self.unexpected("insert update delete merge execute")
            return _forall_dml(self.dml(), slot, places, save=save)
        finally:
            self.scope = outer

    def _forall_bounds(self) -> Callable[[Frame], Any]:
        offset = self.token.start
        if self.at_any("INDICES", "VALUES") and self.peek().value == "OF":
            word = self.next().value
            self.next()
            held = self.designator()
            if not isinstance(held.shape, CollectionType):
                raise CompileError(self.text, offset, "PLS-00382: expression is of wrong type")
            if word == "VALUES":
                return bulk.elements(held)
            low = high = None
            if self.take("BETWEEN"):
                low = self.bound()
                self.must("AND")
                high = self.bound()
            return bulk.indices(held, low, high)
        low = self.expression()
        self.must("..")
        return bulk.span(low, self.expression())

    def bound(self) -> Expression:
        """Parse an operand that AND may follow."""
        return self._additive()


def _dynamic_one(execute: Callable[[Frame], None]) -> Callable[[Frame], int]:
    def run(frame: Frame) -> int:
        execute(frame)
        return frame.row_count or 0

    return run


def _at_once(
    frame: Frame, statement: DmlStatement, slot: int, places: list[int]
) -> tuple[list[Row], list[str]] | None:
    """Run all iterations in one go; what they return and the names of that.

    None where that cannot be or went wrong; nothing was done then, and one after the other will
    tell which iteration fails.
    """
    if len(places) < 2 or statement.current or not statement.sql.plain(frame):
        return None
    session = frame.session
    try:
        values = []
        for frame.slots[slot] in places:
            values.append(statement.sql.values(frame))
        with session.transaction.atomic():
            results = statement.sql.run_each(frame, values)
    except OracleError as error:
        if bulk.ends(error):
            raise
        return None
    counts = [changed_rows(result) for result in results]
    frame.bulk = BulkOutcome(dict(zip(places, counts, strict=True)))
    frame.row_count = sum(counts)
    if statement.target is None:
        return [], []
    rows = [row for result in results for row in OpenCursor(result, frame).fetch_many(None)]
    return rows, names_of(results[0], frame)


def _forall_dml(
    statement: DmlStatement, slot: int, places: Callable[[Frame], Any], *, save: bool
) -> Execute:
    if isinstance(statement.target, Target):
        raise unimplemented("FORALL with RETURNING INTO without BULK COLLECT")

    def run(frame: Frame) -> None:
        rows: list[Row] = []
        names: list[str] = []

        def one(inner: Frame) -> int:
            values = bulk.present(inner, statement.sql.values, slot)
            found, names[:], count = statement.changed(inner, values)
            rows.extend(found)
            return count

        listed = list(places(frame))
        at_once = _at_once(frame, statement, slot, listed)
        if at_once is not None:
            if isinstance(statement.target, BulkTarget):
                statement.target.put(frame, *at_once)
            return
        try:
            Batch(one, slot, save=save).run(frame, listed)
        finally:
            if isinstance(statement.target, BulkTarget):
                statement.target.put(frame, rows, names)

    return run
