"""The first task of a category: read the rows once, decide each job, and write down what runs.

Its decisions are kept with the DAG run: a retry of a job finds them as they were. They are made
anew only when this task itself is cleared. About a wrong row nothing is decided: each try of its
job looks at the row again.
"""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator, SkipMixin, conf

from airflow_oracle_dag.compat import (
    decided_by,
    interval_of,
    keep_supported,
    skip_tasks,
    zone_name,
)
from airflow_oracle_dag.core import catalog
from airflow_oracle_dag.core.decision import decide
from airflow_oracle_dag.core.errors import CatalogError
from airflow_oracle_dag.core.jobs import Decision, Interval, Job, JobRun
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.groups.batch import JobBatchOperator, batch_key
from airflow_oracle_dag.groups.log_table import log_table
from airflow_oracle_dag.hooks.control_table import ControlTableHook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.control.table import ControlTable

#: Under which key of this task's XComs the others find what was decided.
CATALOG_KEY = "catalog"


@dataclass(frozen=True)
class _Catalog:
    """The category as it was read, and what follows from it."""

    jobs: list[Job]
    decisions: dict[str, Decision]
    batches: list[list[list[Job]]]

    def chosen(self, job: Job) -> bool:
        return _has_task(self.decisions[job.name])


def _has_task(decision: Decision) -> bool:
    """Tell whether a job gets a task: to run, or to fail because its row is wrong."""
    return decision.should_run or bool(decision.error)


class DecideJobsOperator(BaseOperator, SkipMixin):
    """Decide which jobs of a category run, and in which order.

    Rows that contradict each other fail this task for good, and nothing is started. A row that
    cannot be read fails its own job only.

    :param category: JobCategory of the jobs. (templated)
    :param environment: of the rows; ``[oracle_dag] environment`` unless given. (templated)
    :param due: which moment of the run decides: ``end``, ``start`` or ``logical_date``.
    :param timezone: of jobs that name none; the DAG's own unless given.
    :param max_waves: how many waves of tasks the group has.
    :param max_batches: how many batches each wave has.
    :param may_be_empty: a category without rows is no error.
    :param jobs_pool: the pool of the jobs' tasks; the scheduler reads it here to make the pool.
    :param max_concurrency: its slots.
    """

    # The scheduler sees of an operator only what is templated: so the pool is, see plugins.pools.
    template_fields: Sequence[str] = (
        "category",
        "environment",
        "oracle_conn_id",
        "control_conn_id",
        "jobs_pool",
        "max_concurrency",
    )
    inherits_from_skipmixin = True
    ui_color = "#d8e6f3"

    def __init__(
        self,
        *,
        category: str,
        environment: str | None = None,
        due: str = "end",
        timezone: str | None = None,
        max_waves: int,
        max_batches: int,
        may_be_empty: bool = False,
        jobs_pool: str,
        max_concurrency: int,
        oracle_conn_id: str = "oracle_default",
        control_conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**keep_supported(kwargs))
        self.category = category
        self.environment = environment
        self.due = due
        self.timezone = timezone
        self.max_waves = max_waves
        self.max_batches = max_batches
        self.may_be_empty = may_be_empty
        self.jobs_pool = jobs_pool
        self.max_concurrency = max_concurrency
        self.oracle_conn_id = oracle_conn_id
        self.control_conn_id = control_conn_id

    def execute(self, context: Context) -> None:
        """Decide every job, keep the decisions, write down what does not run."""
        interval = interval_of(context)
        hook = ControlTableHook(
            self.control_conn_id, self.environment, otherwise=self.oracle_conn_id
        )
        with closing(hook.get_table()) as table:
            try:
                found = self._decided(hook, table, interval, self.timezone or zone_name(context))
            except CatalogError as error:
                # Rows do not mend themselves between two tries.
                raise AirflowFailException(str(error)) from error
            self._tell(found)
            table.skip(self._skipped(found, hook.environment, interval, decided_by(context)))
        self._keep(context, found, hook.environment, interval)

    def _decided(
        self, hook: ControlTableHook, table: ControlTable, interval: Interval, zone: str
    ) -> _Catalog:
        jobs = table.jobs(hook.environment, self.category)
        if not jobs and not self.may_be_empty:
            raise CatalogError(_nothing_there(table, hook.environment, self.category))
        rows = catalog.Catalog(jobs)
        others = {job.name: job for job in table.jobs(hook.environment)} if rows.outside else {}
        rows.check(others)
        due = interval.due(self.due)
        surroundings = hook.surroundings(zone, table)
        decisions = {job.name: decide(job, due, surroundings) for job in jobs}
        chosen = [job.name for job in jobs if _has_task(decisions[job.name])]
        size = conf.getint("core", "max_map_length", fallback=1024)
        limits = catalog.Limits(self.max_waves, self.max_batches, size)
        cut = catalog.batches(rows.waves(chosen), limits, self.category)
        return _Catalog(jobs, decisions, cut)

    def _skipped(
        self, found: _Catalog, environment: str, interval: Interval, by: str
    ) -> list[JobRun]:
        due_at = interval.due(self.due).astimezone(UTC).replace(tzinfo=None)
        return [
            JobRun(
                environment=environment,
                job_name=job.name,
                interval_key=interval.key,
                due_at=due_at,
                state=State.SKIPPED,
                decided_by=by,
                reason=found.decisions[job.name].reason,
            )
            for job in found.jobs
            if not found.chosen(job)
        ]

    def _keep(
        self, context: Context, found: _Catalog, environment: str, interval: Interval
    ) -> None:
        """Hand the decisions on, and skip the batches that nothing is in."""
        instance = context["ti"]
        needed = {}
        for wave_no, wave in enumerate(found.batches, 1):
            for batch_no, batch in enumerate(wave, 1):
                key = batch_key(wave_no, batch_no)
                needed[key] = [job.name for job in batch]
                kept = [
                    {"job_name": job.name, "decision": _kept(found.decisions[job.name])}
                    for job in batch
                ]
                instance.xcom_push(key=key, value=kept)
        summary = {"environment": environment, "interval_key": interval.key, "batches": needed}
        instance.xcom_push(key=CATALOG_KEY, value=summary)
        fields = [_kept(decision) for decision in found.decisions.values()]
        instance.xcom_push(key="return_value", value=fields)
        unneeded = [
            task
            for task in sorted(self.downstream_list, key=lambda task: str(task.task_id))
            if isinstance(task, JobBatchOperator) and task.batch not in needed
        ]
        skip_tasks(self, context, unneeded)

    def _tell(self, found: _Catalog) -> None:
        waves = {
            job.name: str(number)
            for number, wave in enumerate(found.batches, 1)
            for batch in wave
            for job in batch
        }
        rows = [
            (job.name, waves.get(job.name, "-"), _why(found.decisions[job.name]))
            for job in found.jobs
        ]
        wrong = sum(bool(decision.error) for decision in found.decisions.values())
        self.log.log(
            logging.WARNING if wrong else logging.INFO,
            "category %s: %d of %d jobs run%s, in %d %s",
            self.category,
            len(waves) - wrong,
            len(rows),
            f", {wrong} cannot be decided" if wrong else "",
            len(found.batches),
            "wave" if len(found.batches) == 1 else "waves",
        )
        log_table(self.log, "what was decided", [("wave", 4)], rows)


def _kept(decision: Decision) -> dict[str, Any]:
    return {**decision.as_fields(), "Error": decision.error}


def _why(decision: Decision) -> str:
    """Return it in one line, the cure of a wrong row as well."""
    if not decision.error:
        return decision.reason
    return "WRONG ROW: " + " ".join(line.strip() for line in decision.error.splitlines())


def _nothing_there(table: ControlTable, environment: str, category: str) -> str:
    known = sorted({job.category for job in table.jobs(environment) if job.category})
    there = f"it has {', '.join(known)}" if known else "it has no categories at all"
    return (
        f"environment {environment} has no job of category {category!r}, {there}; no job was "
        "started.\n  To mend it: correct the category or the environment, or say "
        "may_be_empty=True."
    )
