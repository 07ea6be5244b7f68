"""Explicit cursors and cursor variables at run time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, tokenize
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_rows import ResultRows, decode_rows, describe
from airflow_oracle_dag.sandbox.plsql import lobs
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.session import OracleError

HIDDEN = "ODAG$ROWID"  # the column that WHERE CURRENT OF needs; nobody sees it
_AT_ONCE = 50  # rows that are decoded together
_BEHIND_TABLE = ("WHERE", "FOR", "ORDER")


class OpenCursor:
    """Be an open cursor with its whole result; a client sees it as `session.Rows`."""

    def __init__(
        self, result: pq_abc.PGresult, frame: Frame, names: Sequence[str] | None = None
    ) -> None:
        self._result: pq_abc.PGresult | None = result
        self._frame = frame
        self._types = frame.session.database.types
        columns = describe(result, frame.session.database.types, names)
        self.placed = bool(columns) and columns[-1].name == HIDDEN
        self.columns = columns[:-1] if self.placed else columns
        self.names = [column.name for column in self.columns]
        self.count = 0
        self.size: int = result.ntuples
        self.found: bool | None = None
        self.place: str | None = None  # ROWID of the current row, where the cursor keeps it
        self._ahead: list[tuple[Any, ...]] = []

    def next_row(self) -> Sequence[Any] | None:
        """Return the next row, None behind the last."""
        if not self._ahead and self._result is not None:
            behind = self.count + _AT_ONCE
            rows = decode_rows(self._result, self._types, self.count, behind)
            self._ahead = lobs.from_rows(
                self._result, rows, self._frame, self.count, placed=self.placed
            )
            self._ahead.reverse()
        if not self._ahead:
            self.found, self.place = False, None
            return None
        row = self._ahead.pop()
        self.count += 1
        self.found = True
        if self.placed:
            self.place = row[-1]
            return row[:-1]
        return row

    def fetch_many(self, limit: int | None) -> list[Sequence[Any]]:
        """Return up to `limit` further rows; %FOUND tells whether there were so many."""
        rows: list[Sequence[Any]] = []
        while limit is None or len(rows) < limit:
            row = self.next_row()
            if row is None:
                break
            rows.append(row)
        self.found = bool(rows) and (limit is None or len(rows) == limit)
        return rows

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        """Return up to `count` further rows to a client.

        :raises OracleError: ORA-01001 when a block has closed the cursor.
        """
        if self._result is None:
            raise OracleError(1001, "invalid cursor")
        return [tuple(row) for row in self.fetch_many(count)]

    def close(self) -> None:
        """Release the result."""
        self._result, self._ahead = None, []


class ClientQuery(OpenCursor):
    """Be a query of the client's own, which it has handed to a block; both fetch from one place."""

    def __init__(self, rows: ResultRows) -> None:
        self._rows = rows
        self.placed = False
        self.columns = list(rows.columns)
        self.names = [column.name for column in self.columns]
        self.count = self.size = 0
        self.found = self.place = None

    def next_row(self) -> Sequence[Any] | None:
        """Return the next row, None behind the last."""
        rows = self._rows.fetch(1)
        self.found = bool(rows)
        self.count += len(rows)
        return rows[0] if rows else None

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        """Return up to `count` further rows to a client."""
        return self._rows.fetch(count)

    def close(self) -> None:
        """Release the result."""
        self._rows.close()


def current_place(frame: Frame, opened: OpenCursor | None) -> Any:
    """Return the ROWID for WHERE CURRENT OF.

    :raises OracleError: ORA-01001 for a cursor that is not open, ORA-01410 without a row.
    """
    if opened is None:
        raise OracleError(1001, "invalid cursor")
    if not opened.placed:
        raise unimplemented("WHERE CURRENT OF a row of a view")
    if opened.place is None:
        raise OracleError(1410, "invalid ROWID")
    frame.session.check()
    return opened.place


def with_place(query: str) -> str | None:
    """Add the place of the row to what a query of one table fetches."""
    tokens = tokenize(query)
    depth, index = 0, 0
    while not (depth == 0 and tokens[index].value == "FROM"):
        if tokens[index].kind is Kind.END:
            return None
        if tokens[index].kind is Kind.OP:
            depth += {"(": 1, ")": -1}.get(tokens[index].value, 0)
        index += 1
    end = index + 2
    while tokens[end].value == ".":
        end += 2
    if tokens[end].kind in (Kind.WORD, Kind.QUOTED) and tokens[end].value not in _BEHIND_TABLE:
        end += 1
    if tokens[end].value not in _BEHIND_TABLE:
        return None
    named = query[tokens[end - 1].start : tokens[end - 1].end]
    chosen = query[tokens[0].end : tokens[index].start]
    if chosen.strip() == "*":
        chosen = f" {named}.* "
    return f'SELECT {chosen}, {named}.ROWID "{HIDDEN}" {query[tokens[index].start :]}'
