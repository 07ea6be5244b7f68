"""Write down what an attempt cost in AWS Glue: in its row, and shared out to its steps."""

from __future__ import annotations

from typing import Dict

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.costs import shares
from airflow_oracle_dag.core.handed import HandoverRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.store import CheckpointStore


def note_cost(store: CheckpointStore, row: HandoverRow, dpu_seconds: float) -> None:
    """Keep what an attempt cost, once, whoever knows it first; in a transaction of its own.

    :param store: by a session without a transaction.
    :param row: of an attempt that is over.
    """
    attempt = {"run_hash": row.run_hash, "attempt": row.attempt}
    session = store.session
    text = sql.statement("note_cost", store.schema)
    if session.change(text, [{**attempt, "dpu_seconds": dpu_seconds}]) != 1:
        session.rollback()
        return
    key = {"run_hash": row.run_hash, "generation": row.generation}
    found = shares(dpu_seconds, _seconds(store, row))
    steps = [{**key, "step_no": no, "dpu_seconds": one} for no, one in found.items() if one]
    if steps:
        session.change(sql.statement("share_cost", store.schema), steps)
    session.commit()


def _seconds(store: CheckpointStore, row: HandoverRow) -> Dict[int, float]:
    """Return what the steps of an attempt took; where it began none, its first one has all."""
    found: Dict[int, float] = {}
    for tried in store.attempts(row.run_hash, row.generation):
        if tried.attempt == row.attempt and tried.started_at is not None:
            found[tried.step_no] = (tried.ended_at - tried.started_at).total_seconds()
    now = store.clock()
    for step in store.steps(row.run_hash, row.generation):
        is_open = step.attempt == row.attempt and step.state is State.RUNNING
        if is_open and step.started_at is not None:
            found[step.step_no] = (now - step.started_at).total_seconds()
    return found or {row.first_step: 1.0}
