"""A task whose steps were handed to a job of the database: it defers, and is woken."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
    from airflow_oracle_dag.runtime.results import RunOptions, Waiting


@dataclass(frozen=True)
class Woken:
    """Why a deferred task goes on: the event of a `HandoverTrigger`.

    :param attempt: whose job was waited for.
    """

    reason: str
    message: str
    attempt: int

    @classmethod
    def by(cls, event: Mapping[str, Any]) -> Woken:
        """Read a trigger's event."""
        return cls(event["reason"], event["message"], event["attempt"])


def defer(
    task: OracleScriptOperator, context: Context, waiting: Waiting, options: RunOptions
) -> NoReturn:
    """Give the worker back until the job is over.

    Airflow's own time-out of a deferral is not used: it would fail the task and leave the job.

    :raises TaskDeferred: always.
    """
    # Airflow's triggers take their time to import, and DAG files are parsed often.
    from airflow_oracle_dag.triggers.handover import HandoverTrigger  # noqa: PLC0415 - above

    fields = asdict(waiting)
    fields["submitted_at"] = waiting.submitted_at.isoformat()
    fields["deadlines"] = {str(no): seconds for no, seconds in waiting.deadlines.items()}
    began = context["ti"].start_date
    ends_at = task.execution_timeout and (began + task.execution_timeout).isoformat()
    task.log.info("%s; the task waits in the triggerer", _told(waiting))
    task.defer(
        trigger=HandoverTrigger(
            conn_id=task.oracle_conn_id,
            schema=options.schema,
            waiting=fields,
            start_timeout=options.start_timeout,
            poll_interval=task.poll_interval,
            ends_at=ends_at or None,
        ),
        method_name="execute_complete",
    )


def _told(waiting: Waiting) -> str:
    first, last = waiting.first_step, waiting.last_step
    steps = f"step {first} runs" if first == last else f"steps {first} to {last} run"
    return f"{steps} in the database as job {waiting.job_name}"
