"""A category of jobs as a task group: decided at run time, run in waves, never too many at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow.providers.common.compat.sdk import TaskGroup, TriggerRule

from airflow_oracle_dag.compat import keep_supported
from airflow_oracle_dag.groups.batch import JobBatchOperator, batch_key
from airflow_oracle_dag.groups.decide import DecideJobsOperator
from airflow_oracle_dag.groups.job import CategoryJobOperator
from airflow_oracle_dag.groups.outcome import JobsOutcomeOperator

#: Arguments of the jobs' tasks that the group's other tasks have as well.
_SHARED = (
    "retries",
    "retry_delay",
    "retry_exponential_backoff",
    "max_retry_delay",
    "retry_policy",
    "queue",
    "executor",
    "owner",
)
#: Arguments of the operator that the group gives itself, and what to do instead.
_OWN = {
    "task_id": "give group_id",
    "group": "give group_id",
    "job_name": "the rows of the category name the jobs",
    "decision": "the group decides",
    "check_upstream": "a category always looks at DependsOn",
    "script": "write Script in the job's row",
    "run_key": "the run key carries the job's name",
    "map_index_template": "tasks are named by their job",
    "trigger_rule": "set it on what comes after the group",
}
#: An Airflow pool's name is a VARCHAR(256).
_LONGEST_POOL = 250


@dataclass(frozen=True)
class _Connections:
    oracle_conn_id: str
    control_conn_id: str | None

    def as_arguments(self) -> dict[str, Any]:
        return {"oracle_conn_id": self.oracle_conn_id, "control_conn_id": self.control_conn_id}


def job_category_group(
    category: str,
    *,
    group_id: str | None = None,
    oracle_conn_id: str = "oracle_default",
    control_conn_id: str | None = None,
    environment: str | None = None,
    due: str = "end",
    max_concurrency: int = 16,
    pool: str | None = None,
    max_waves: int = 4,
    max_batches: int = 2,
    may_be_empty: bool = False,
    **job_arguments: Any,
) -> TaskGroup:
    """Make the tasks of a category inside the current DAG.

    ``decide`` reads the rows when the DAG runs and decides each job; the jobs that run are mapped
    tasks, named by their job, in waves by DependsOn; ``outcome`` fails when a job did. Nothing is
    asked of a database while the DAG file is read.

    :param category: JobCategory of the jobs.
    :param group_id: the category's name in small letters unless given.
    :param oracle_conn_id: where the scripts run.
    :param control_conn_id: where the rows are; ``[oracle_dag] control_conn_id``, else
        ``oracle_conn_id``.
    :param environment: of the rows; ``[oracle_dag] environment`` unless given.
    :param due: which moment of the run decides: ``end``, ``start`` or ``logical_date``.
    :param max_concurrency: how many jobs of the group run at once, over all waves, batches and runs
        of the DAG: the slots of its pool.
    :param pool: an own pool, which several groups can share. It is made when it is missing.
    :param max_waves: how many jobs in a row may wait for one another.
    :param max_batches: how many batches of ``[core] max_map_length`` jobs a wave may have.
    :param may_be_empty: a category without rows is no error.
    :param job_arguments: further arguments of the jobs' `OracleScriptOperator`. Those about
        retries, and ``queue``, ``executor`` and ``owner``, hold for the group's other tasks as
        well.
    :raises ValueError: for limits below 1, or an argument that the group gives itself.
    """
    _refuse(job_arguments, max_concurrency, max_waves, max_batches)
    connections = _Connections(oracle_conn_id, control_conn_id)
    with TaskGroup(group_id or _as_id(category), tooltip=f"jobs of category {category}") as group:
        pool = pool or _pool_name(group)
        shared = {name: job_arguments[name] for name in _SHARED if name in job_arguments}
        decide = DecideJobsOperator(
            task_id="decide",
            category=category,
            environment=environment,
            due=due,
            timezone=job_arguments.get("timezone"),
            max_waves=max_waves,
            max_batches=max_batches,
            may_be_empty=may_be_empty,
            jobs_pool=pool,
            max_concurrency=max_concurrency,
            **connections.as_arguments(),
            **shared,
        )
        mapped = {
            "pool": pool,
            "environment": environment,
            "due": due,
            **connections.as_arguments(),
            **job_arguments,
        }
        jobs = _waves(group, decide, (max_waves, max_batches), mapped, shared)
        outcome = JobsOutcomeOperator(
            task_id="outcome",
            decide=decide.task_id,
            jobs={key: task.task_id for key, task in jobs.items()},
            trigger_rule=TriggerRule.ALL_DONE,
            **connections.as_arguments(),
            **shared,
        )
        [decide, *jobs.values()] >> outcome
    return group


def _waves(
    group: TaskGroup,
    decide: DecideJobsOperator,
    size: tuple[int, int],
    mapped: Mapping[str, Any],
    shared: Mapping[str, Any],
) -> dict[str, Any]:
    """Make the tasks of all waves; return the mapped ones by the key of their batch."""
    found: dict[str, Any] = {}
    before: list[Any] = []
    for wave in range(1, size[0] + 1):
        tasks = []
        for batch in range(1, size[1] + 1):
            key = batch_key(wave, batch)
            # A later wave begins whatever became of the one before: each job looks at its own
            # DependsOn.
            rule = TriggerRule.ALL_DONE if before else TriggerRule.ALL_SUCCESS
            lists = JobBatchOperator(
                task_id=key, decide=decide.task_id, batch=key, trigger_rule=rule, **shared
            )
            [decide, *before] >> lists
            found[key] = CategoryJobOperator.partial(
                task_id=f"jobs_{wave}_{batch}",
                group=group.group_id,
                check_upstream=True,
                map_index_template="{{ task.job_name }}",
                **keep_supported(dict(mapped)),
            ).expand_kwargs(lists.output)
            tasks.append(found[key])
        before = tasks
    return found


def _refuse(arguments: Mapping[str, Any], *limits: object) -> None:
    for name, cure in _OWN.items():
        if name in arguments:
            raise ValueError(f"job_category_group has no argument {name}: {cure}")
    for name, value in zip(("max_concurrency", "max_waves", "max_batches"), limits, strict=True):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name}={value!r} is too small: give a whole number from 1 on")


def _as_id(category: str) -> str:
    """Return a group id: Airflow lets an id have ASCII letters, digits, dashes and underscores."""
    name = re.sub(r"[^a-z0-9_-]+", "_", category.strip().lower()).strip("_")
    if not name:
        raise ValueError(f"category {category!r} gives no group id: give group_id")
    return name


def _pool_name(group: TaskGroup) -> str:
    name = f"{group.dag.dag_id}.{group.group_id}"
    if len(name) <= _LONGEST_POOL:
        return name
    return f"{name[: _LONGEST_POOL - 13]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
