"""What a task passes on of its run: small, and in what JSON knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_oracle_dag.core.states import State
    from airflow_oracle_dag.runtime.errors import InDoubt, StepFailed
    from airflow_oracle_dag.runtime.results import RunResult


def failure_summary(error: StepFailed | InDoubt, state: State) -> dict[str, Any]:
    """Return what the task state store shows of a run that did not end well."""
    return {
        "run_key": error.run_key,
        "step": error.step,
        "state": state.value,
        "error": str(error)[:1000],
    }


def summary_of(result: RunResult) -> dict[str, Any]:
    """Return what a task passes on of its run, in what JSON knows."""
    return {
        "run_key": result.run_key,
        "generation": result.generation,
        "attempt": result.attempt,
        "resumed_at": result.resumed_at,
        "rows": result.rows,
        "finished_by": result.finished_by or None,
        "query": dict(result.query) if result.query else None,
        "variables": dict(result.variables),
        "steps": [
            {
                "no": step.no,
                "name": step.name,
                "state": step.state.value,
                "attempt": step.attempt,
                "rows": step.rows,
                "seconds": step.seconds,
                "errors": step.errors,
            }
            for step in result.steps
        ],
    }
