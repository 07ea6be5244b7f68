"""What a task passes on of its run: small, and in what JSON knows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_oracle_dag.compat import keep_summary
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import AlreadyFinished, InDoubt, StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.runtime.results import RunResult


@contextmanager
def kept_failures(context: Context, doubted: Callable[[InDoubt], BaseException]) -> Iterator[None]:
    """Keep what a run failed with where it can be seen, and fail for good what no retry mends.

    :param doubted: gives what a task ends with that has a step in doubt.
    :raises AirflowFailException: another run finished the key.
    """
    try:
        yield
    except AlreadyFinished as finished:
        raise AirflowFailException(str(finished)) from finished
    except StepFailed as failure:
        keep_summary(context, failure_summary(failure, State.FAILED))
        raise
    except InDoubt as doubt:
        keep_summary(context, failure_summary(doubt, State.IN_DOUBT))
        raise doubted(doubt) from doubt


def failure_summary(error: StepFailed | InDoubt, state: State) -> dict[str, Any]:
    """Return what the task state store shows of a run that did not end well."""
    return {
        "run_key": error.run_key,
        "step": error.step,
        "state": state.value,
        "error": str(error)[:1000],
    }


def summary_of(result: RunResult, glue: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what a task passes on of its run, in what JSON knows.

    :param glue: what the trigger of a Glue run said last, None when there was none.
    """
    return {
        "run_key": result.run_key,
        "generation": result.generation,
        "attempt": result.attempt,
        "resumed_at": result.resumed_at,
        "rows": result.rows,
        "finished_by": result.finished_by or None,
        "query": dict(result.query) if result.query else None,
        "variables": dict(result.variables),
        "dpu_seconds": result.dpu_seconds,
        "glue_runs": list((glue or {}).get("runs", ())),
        "steps": [
            {
                "no": step.no,
                "name": step.name,
                "state": step.state.value,
                "attempt": step.attempt,
                "rows": step.rows,
                "seconds": step.seconds,
                "errors": step.errors,
                "dpu_seconds": step.dpu_seconds,
            }
            for step in result.steps
        ],
    }
