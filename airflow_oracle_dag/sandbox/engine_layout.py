"""What results that look alike have in common: columns as Oracle describes them, and their readers.

A statement that runs again gives the same fields again; asking the dictionary about each of them
would cost more than fetching a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.session import Column

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_types import TypeMap

_MOST = 2000


@dataclass(frozen=True)
class Layout:
    """Describe a result.

    :param decoders: per column what makes a value of PostgreSQL's text.
    """

    columns: tuple[Column, ...]
    decoders: tuple[Callable[[str], Any], ...]


class Layouts:
    """Keep the layouts of results by the fields that PostgreSQL describes; for any thread."""

    def __init__(self, types: TypeMap) -> None:
        self._types = types
        self._known: dict[Any, Layout] = {}

    def forget(self) -> None:
        """Ask the dictionary again from now on: after every DDL."""
        self._known = {}  # a new one: what is being looked up just now goes into the old one

    def of(self, result: pq_abc.PGresult, names: tuple[str, ...] | None) -> Layout:
        """Return the layout of a result.

        :param names: of the columns, where Oracle's differ from PostgreSQL's.
        """
        fields = tuple(
            [
                (
                    result.fname(i),
                    result.ftype(i),
                    result.fmod(i),
                    result.ftable(i),
                    result.ftablecol(i),
                )
                for i in range(result.nfields)
            ]
        )
        known = self._known
        layout = known.get((fields, names))
        if layout is None:
            layout = self._make(fields, names)
            if len(known) >= _MOST:
                known.clear()
            known[fields, names] = layout
        return layout

    def _make(
        self,
        fields: Sequence[tuple[bytes | None, int, int, int, int]],
        names: tuple[str, ...] | None,
    ) -> Layout:
        if names is None or len(names) != len(fields):
            names = tuple((field[0] or b"").decode() for field in fields)
        types = self._types
        return Layout(
            tuple(
                types.column(name, oid, modifier, (table, column))
                for name, (_, oid, modifier, table, column) in zip(names, fields, strict=True)
            ),
            tuple(types.decoder(field[1]) for field in fields),
        )
