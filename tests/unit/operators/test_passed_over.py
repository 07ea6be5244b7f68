"""What a task passes on of its run counts the errors that its script went on after."""

from __future__ import annotations

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.operators.summary import summary_of
from airflow_oracle_dag.runtime.results import RunResult, StepResult


def test_errors_that_were_passed_over_are_counted_by_step():
    """Those of WHENEVER SQLERROR CONTINUE and of @on_error, in this attempt."""
    steps = (
        StepResult(1, "clean", State.SUCCEEDED, 1, 1, rows=3),
        StepResult(2, "drop", State.SUCCEEDED, 1, 1, rows=0, errors=2),
    )
    summary = summary_of(RunResult("key", 1, 1, steps, None, 3))
    assert [(step["name"], step["errors"]) for step in summary["steps"]] == [
        ("clean", 0),
        ("drop", 2),
    ]
