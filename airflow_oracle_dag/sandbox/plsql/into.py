"""What stands behind INTO: a list of variables, or one record.

PL/SQL Language Reference, "SELECT INTO Statement", "RETURNING INTO Clause".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.engine_lobs import LOBS
from airflow_oracle_dag.sandbox.engine_rows import decode_rows
from airflow_oracle_dag.sandbox.plsql import lobs
from airflow_oracle_dag.sandbox.plsql.cursors import HIDDEN
from airflow_oracle_dag.sandbox.plsql.errors import named
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.shapes import RecordType, Typed
from airflow_oracle_dag.sandbox.plsql.sql import Destination, names_of
from airflow_oracle_dag.sandbox.session import OracleError


def _takes_lob(typed: Typed) -> bool:
    if isinstance(typed.shape, RecordType):
        return typed.shape.fields is None or any(map(_takes_lob, typed.shape.fields.values()))
    return typed.type is not None and typed.type.kind in LOBS


class Target:
    """Be the target of INTO: a list of variables, or one record, which takes the whole row."""

    def __init__(self, places: Sequence[Destination]) -> None:
        self.places = places
        shape = places[0].typed.shape if len(places) == 1 else None
        self._record = shape if isinstance(shape, RecordType) else None
        self.takes_lobs = any(_takes_lob(place.typed) for place in places)

    def put(self, frame: Frame, row: Sequence[Any], names: Sequence[str]) -> None:
        """Assign one row."""
        if self._record is not None:
            if self._record.fields is None:
                value: Any = dict(zip(names, row, strict=True))
            else:
                self._check(row, len(self._record.fields))
                value = dict(zip(self._record.fields, row, strict=True))
            self.places[0].put(frame, value)
            return
        self._check(row, len(self.places))
        for place, value in zip(self.places, row, strict=True):
            place.put(frame, value)

    def _check(self, row: Sequence[Any], wanted: int) -> None:
        if len(row) != wanted:
            few = len(row) < wanted
            text = "not enough values" if few else "too many values"
            raise OracleError(947 if few else 913, text)

    def put_single(
        self, frame: Frame, result: pq_abc.PGresult, names: Sequence[str] | None
    ) -> None:
        """Assign the only row of a result.

        :raises OracleError: ORA-01403 or ORA-01422.
        """
        count = result.ntuples
        frame.row_count = count if count < 2 else 1
        if count == 0:
            raise named(1403)
        rows = decode_rows(result, frame.session.database.types, 0, 1)
        if count > 1:
            raise named(1422)
        names = names or names_of(result, frame)
        placed = names[-1] == HIDDEN
        (row,) = lobs.from_rows(result, rows, frame, placed=placed)
        self.put(frame, row[:-1] if placed else row, names[:-1] if placed else names)
