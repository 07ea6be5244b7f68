"""Show what the SELECTs of a script give, and remember the last one."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from airflow_oracle_dag.core.plan import Step
from airflow_oracle_dag.core.query_rows import QueryRows
from airflow_oracle_dag.core.script import Piece
from airflow_oracle_dag.runtime.connector import SEEN_ROWS, Outcome
from airflow_oracle_dag.runtime.results import Event, Observer


class Queries:
    """Tell the observer the first rows of each query, as it runs.

    :param script: name of the script, for queries that no file of its own holds.
    :param most: rows of each; 0: nothing is told and nothing is kept.
    """

    def __init__(self, script: str, most: int, observe: Observer) -> None:
        self._script = script
        self._most = most
        self._observe = observe
        self.last: Optional[Mapping[str, Any]] = None

    def show(self, step: Step, piece: Piece, outcome: Outcome) -> None:
        """Take note of a statement that ran; one that is no query has no columns."""
        if not self._most or not outcome.columns:
            return
        found = QueryRows(outcome.columns, outcome.rows, len(outcome.rows) < SEEN_ROWS)
        where = f"{piece.file or self._script}:{piece.first_line}"
        headline, *lines = found.table(self._most)
        self._observe(Event("output", f"{where}: {headline}"))
        for line in lines:
            self._observe(Event("output", f"  {line}"))
        self.last = {"step": step.name, "line": piece.first_line, **found.document(self._most)}
