"""Wait for jobs of the control table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.compat import interval_of
from airflow_oracle_dag.sensors.watch import WatchSensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.hooks.control_table import ControlTableHook
    from airflow_oracle_dag.triggers.watch import JobRunsWatch, SkipFlagWatch


class ControlTableSensor(WatchSensor):
    """Wait until a job, or each job of a category, has succeeded for this run's data interval.

    :param job_name: JobName, or several. (templated)
    :param category: JobCategory, instead of names. (templated)
    :param fail_on_failure: fail as soon as a job has failed, is in doubt or was blocked. Else it
        may still be retried or mended, and the sensor waits.
    :param skipped_is_done: count a job that its own row skipped; unless given, a category counts
        them and a wait for named jobs does not. One that was blocked by another never counts.
    :param interval_key: of another interval than this run's, as `airflow_oracle_dag.core.jobs`
        writes it: ``2026-11-20T00:00:00Z/2026-11-21T00:00:00Z``. (templated)
    :param control_conn_id: id of the control table's connection; ``[oracle_dag] control_conn_id``,
        else ``oracle_default``. (templated)
    :param environment: whose rows are meant; ``[oracle_dag] environment`` unless given. (templated)
    """

    template_fields: Sequence[str] = (
        "job_name",
        "category",
        "interval_key",
        "control_conn_id",
        "environment",
    )
    trigger_name = "JobRunsTrigger"

    def __init__(
        self,
        *,
        job_name: str | Sequence[str] | None = None,
        category: str | None = None,
        fail_on_failure: bool = False,
        skipped_is_done: bool | None = None,
        interval_key: str | None = None,
        control_conn_id: str | None = None,
        environment: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (job_name is None) == (category is None):
            raise ValueError(f"task {self.task_id} waits for one of both: job_name or category")
        self.job_name = job_name
        self.category = category
        self.fail_on_failure = fail_on_failure
        self.skipped_is_done = category is not None if skipped_is_done is None else skipped_is_done
        self.interval_key = interval_key
        self.control_conn_id = control_conn_id
        self.environment = environment

    def watch(self, context: Context) -> JobRunsWatch:
        """Look at the runs of the jobs for one interval."""
        from airflow_oracle_dag.triggers.watch import JobRunsWatch  # noqa: PLC0415 - imports the driver

        hook = _hook(self.control_conn_id, self.environment)
        names = [self.job_name] if isinstance(self.job_name, str) else list(self.job_name or ())
        if self.category is None and not names:
            raise ValueError(f"task {self.task_id} has an empty list of jobs to wait for")
        return JobRunsWatch(
            conn_id=hook.conn_id,
            environment=hook.environment,
            interval_key=self.interval_key or interval_of(context).key,
            names=names,
            category=self.category,
            fail_on_failure=self.fail_on_failure,
            skipped_is_done=self.skipped_is_done,
        )


class SkipFlagSensor(WatchSensor):
    """Hold until a job's SkipFlag is cleared.

    :param job_name: JobName. (templated)
    :param control_conn_id: id of the control table's connection; ``[oracle_dag] control_conn_id``,
        else ``oracle_default``. (templated)
    :param environment: whose row is meant; ``[oracle_dag] environment`` unless given. (templated)
    """

    template_fields: Sequence[str] = ("job_name", "control_conn_id", "environment")
    trigger_name = "SkipFlagTrigger"

    def __init__(
        self,
        *,
        job_name: str,
        control_conn_id: str | None = None,
        environment: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_name = job_name
        self.control_conn_id = control_conn_id
        self.environment = environment

    def watch(self, context: Context) -> SkipFlagWatch:  # noqa: ARG002 - of the base class
        """Look at the job's row."""
        from airflow_oracle_dag.triggers.watch import SkipFlagWatch  # noqa: PLC0415 - imports the driver

        hook = _hook(self.control_conn_id, self.environment)
        return SkipFlagWatch(hook.conn_id, hook.environment, self.job_name)


def _hook(conn_id: str | None, environment: str | None) -> ControlTableHook:
    from airflow_oracle_dag.hooks.control_table import ControlTableHook  # noqa: PLC0415 - imports the driver

    return ControlTableHook(conn_id, environment)
