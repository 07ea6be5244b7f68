"""Explicit cursors and REF CURSORs at run time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.engine_rows import decode_rows, describe
from airflow_oracle_dag.sandbox.plsql.errors import named
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.sql import Target


class OpenCursor:
    """Be an open cursor with its whole result."""

    def __init__(
        self, result: pq_abc.PGresult, frame: Frame, names: Sequence[str] | None = None
    ) -> None:
        self._result = result
        self.columns = describe(result, frame.session.database.types, names)
        self.names = [column.name for column in self.columns]
        self.count = 0
        self.size: int = result.ntuples
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
