"""Rows of the checkpoint tables as values, and values as binds."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, Dict, Sequence

from airflow_oracle_dag.core.plan import StepClass
from airflow_oracle_dag.core.rows import AttemptRow, RunRow, StepRow
from airflow_oracle_dag.core.states import State


def cut_bytes(text: str, size: int) -> str:
    """Cut a text so that it fits a column of `size` bytes in UTF-8."""
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


def plain_step(row: StepRow) -> Dict[str, Any]:
    """Return a step's binds, cut to the columns."""
    values = asdict(row)
    values["state"] = row.state.value
    values["step_class"] = row.step_class.value
    for column, size in (("error_text", 4000), ("reason", 1000)):
        values[column] = values[column] and cut_bytes(values[column], size)
    return values


def run_row(row: Sequence[Any]) -> RunRow:
    """Read a row of ODAG_RUN, in the order of the fields."""
    values = dict(zip((field.name for field in fields(RunRow)), row))
    values["state"] = State(values["state"])
    return RunRow(**values)


def step_row(row: Sequence[Any]) -> StepRow:
    """Read a row of ODAG_STEP, in the order of the fields."""
    values = dict(zip((field.name for field in fields(StepRow)), row))
    return StepRow(**_with_enums(values))


def attempt_row(row: Sequence[Any]) -> AttemptRow:
    """Read a row of ODAG_STEP_ATTEMPT, in the order of the fields."""
    values = dict(zip((field.name for field in fields(AttemptRow)), row))
    return AttemptRow(**_with_enums(values))


def _with_enums(values: Dict[str, Any]) -> Dict[str, Any]:
    values["state"] = State(values["state"])
    values["step_class"] = StepClass(values["step_class"])
    return values
