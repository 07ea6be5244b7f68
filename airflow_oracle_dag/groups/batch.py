"""The task that hands a batch of jobs to the tasks that are mapped over it.

Airflow maps over what a task returns and over nothing else; so each batch has a task that returns
it. A retry of a job does not come here again: what a job's task was told stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException, BaseOperator

from airflow_oracle_dag.compat import keep_supported, states_of_tasks

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


def batch_key(wave: int, batch: int) -> str:
    """Return under which key a batch is kept with the decisions; both count from 1."""
    return f"wave_{wave}_batch_{batch}"


class JobBatchOperator(BaseOperator):
    """Return the jobs of one batch, for `OracleScriptOperator` to be mapped over.

    :param decide: id of the task that decided.
    :param batch: `batch_key` of the batch.
    """

    ui_color = "#e8eef3"

    def __init__(self, *, decide: str, batch: str, **kwargs: Any) -> None:
        super().__init__(**keep_supported(kwargs))
        self.decide = decide
        self.batch = batch

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Return names and decisions; skip when nothing was decided for this batch.

        A cleared task keeps its XComs until it begins. So behind a group that is not even reached
        again, the decisions of an earlier time are still there, and are not for now.
        """
        state = states_of_tasks(context, [self.decide]).get(self.decide)
        if state != "success":
            raise AirflowSkipException(f"{self.decide} is {state or 'not over'}: no job is started")
        found = context["ti"].xcom_pull(task_ids=self.decide, key=self.batch)
        if not found:
            raise AirflowSkipException(f"{self.decide} put no job into {self.batch}")
        self.log.info("%s: %s", self.batch, ", ".join(job["job_name"] for job in found))
        return list(found)
