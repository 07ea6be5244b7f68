"""Write down the end of a job whose task died without a word.

A task whose process or machine is gone reports nothing. When Airflow gives it up it calls the
task's ``on_failure_callback`` elsewhere, in the DAG processor; that is where this runs, while the
job's run still says RUNNING.

A task with a ``job_name`` gets the callback by itself. A mapped one is made when it runs, too late
for Airflow to know: give it as ``on_failure_callback`` to ``partial``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.core.errors import OracleDagError

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class TaskLost(OracleDagError):
    """Report a task that ended without a word."""


def fail_lost_job(context: Context) -> None:
    """End the job's run as FAILED when this run of the DAG left it RUNNING; else do nothing.

    :param context: of the task that failed.
    """
    find = getattr(_operator(context), "lost_job", None)
    job_task = None if find is None else find(context)
    if job_task is not None:
        error = context.get("exception")
        if not isinstance(error, BaseException):
            error = TaskLost(str(error or "Airflow lost the task: it ended without a word"))
        job_task.failed(error)


def _operator(context: Context) -> Any:
    """Return the operator of a task; of a mapped one, the operator of its map index."""
    task: Any = context["task"]
    expand = getattr(task, "_expand_mapped_kwargs", None)
    if expand is None:
        return task
    arguments, _ = expand(context)
    return task.unmap(arguments)


def add_failure_callback(task: Any, callback: Any) -> None:
    """Let a task call something when it has failed, beside what its author wants to be called."""
    wanted = task.on_failure_callback or ()
    wanted = list(wanted) if isinstance(wanted, Collection) else [wanted]
    if callback not in wanted:
        task.on_failure_callback = [*wanted, callback]
