"""Result sets: fetched from PostgreSQL at once, decoded as the client asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.engine_types import TypeMap
from airflow_oracle_dag.sandbox.session import Column, Direction, Result, StatementKind


def describe(result: pq_abc.PGresult, types: TypeMap, names: Sequence[str] | None) -> list[Column]:
    """Return the columns of a result as Oracle describes them."""
    return list(types.layouts.of(result, None if names is None else tuple(names)).columns)


def decode_rows(
    result: pq_abc.PGresult, types: TypeMap, start: int, stop: int
) -> list[tuple[Any, ...]]:
    """Decode the rows from `start` up to `stop`."""
    decoders = [types.decoder(result.ftype(i)) for i in range(result.nfields)]
    return _decoded(result, decoders, start, stop)


def _decoded(
    result: pq_abc.PGresult, decoders: Sequence[Callable[[str], Any]], start: int, stop: int
) -> list[tuple[Any, ...]]:
    width = range(len(decoders))
    value = result.get_value
    rows = []
    for r in range(start, min(stop, result.ntuples)):
        row = []
        for c in width:
            raw = value(r, c)
            row.append(None if raw is None else decoders[c](raw.decode()))
        rows.append(tuple(row))
    return rows


class ResultRows:
    """Hand out the rows of a result; it stays readable after a commit, as in Oracle."""

    def __init__(
        self, result: pq_abc.PGresult, types: TypeMap, names: tuple[str, ...] | None
    ) -> None:
        layout = types.layouts.of(result, names)
        self.columns: Sequence[Column] = layout.columns
        self._decoders = layout.decoders
        self._result: pq_abc.PGresult | None = result
        self._place = 0

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        """Return up to `count` further rows."""
        if self._result is None:
            return []
        rows = _decoded(self._result, self._decoders, self._place, self._place + count)
        self._place += len(rows)
        return rows

    def fetch_columns(self, count: int, as_text: Sequence[bool]) -> list[list[Any]]:
        """Return up to `count` further rows by column, values as text where that is wanted."""
        result = self._result
        if result is None:
            return [[] for _ in as_text]
        rows = range(self._place, min(self._place + count, result.ntuples))
        self._place = rows.stop
        value = result.get_value
        columns: list[list[Any]] = []
        for c, is_text in enumerate(as_text):
            raws = [value(r, c) for r in rows]
            if is_text:
                columns.append(raws)
                continue
            decode = self._decoders[c]
            columns.append([None if raw is None else decode(raw.decode()) for raw in raws])
        return columns

    def close(self) -> None:
        """Release the result."""
        self._result = None


def changed_rows(result: pq_abc.PGresult) -> int:
    """Return how many rows a statement changed."""
    return int(result.command_tuples or 0)


def dml_result(
    into: Sequence[str], width: int, results: Sequence[pq_abc.PGresult], types: TypeMap
) -> Result:
    """Return the outcome of a DML that ran once per row of binds.

    :param into: the binds behind RETURNING … INTO.
    :param width: how many binds stand before them.
    """
    directions = [Direction.IN] * width + [Direction.OUT] * len(into)
    count = sum(changed_rows(result) for result in results)
    outcome = Result(StatementKind.DML, row_count=count, directions=directions)
    if into:
        outcome.returned = [result.ntuples for result in results]
        values = [row for r in results for row in decode_rows(r, types, 0, r.ntuples)]
        for place in range(len(into)):
            outcome.out[width + place] = [row[place] for row in values]
    return outcome
