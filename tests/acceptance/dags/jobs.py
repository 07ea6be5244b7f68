"""DAGs whose tasks are jobs of the control table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, BaseOperator, task

from airflow_oracle_dag.operators.lost_job import fail_lost_job
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.operators.run_condition import RunConditionOperator
from airflow_oracle_dag.retry import OracleRetryPolicy
from airflow_oracle_dag.sensors.control_table import ControlTableSensor, SkipFlagSensor
from airflow_oracle_dag.sensors.oracle_state import OracleStateSensor

START = datetime(2026, 1, 1, tzinfo=UTC)
# Airflow fails a task that is queued again before it has read that its process has ended to wait.
AGAIN = {"retries": 3, "retry_delay": timedelta(seconds=1), "timeout": 600}
WAITING = {"deferrable": True, "poke_interval": 1, **AGAIN}

with DAG("jobs", schedule=None, start_date=START):
    OracleScriptOperator(task_id="runs", job_name="ACCEPT_RUNS")
    OracleScriptOperator(task_id="skipped", job_name="ACCEPT_NEVER")
    OracleScriptOperator(
        task_id="failed",
        job_name="ACCEPT_FAILS",
        script="SELECT 1 FROM no_such_table;\n",
        retries=2,
        retry_policy=OracleRetryPolicy(),
    )
    SkipFlagSensor(task_id="flag", job_name="ACCEPT_LATE", **WAITING) >> OracleScriptOperator(
        task_id="late", job_name="ACCEPT_LATE"
    )
    ControlTableSensor(task_id="waits", job_name="ACCEPT_LATE", **WAITING)
    OracleStateSensor(
        task_id="changes",
        sql="SELECT COUNT(*) FROM acceptance_jobs WHERE job_name = 'ACCEPT_LATE'",
        mode="reschedule",
        poke_interval=10,
        **AGAIN,
    )
    (
        RunConditionOperator(task_id="decides", condition="NEVER")
        >> BaseOperator(task_id="behind")
        >> BaseOperator(task_id="far_behind")
    )
    OracleScriptOperator.partial(task_id="mapped", map_index_template="{{ task.job_name }}").expand(
        job_name=["ACCEPT_M1", "ACCEPT_M2"]
    )

with DAG("killed_job", schedule=None, start_date=START):
    OracleScriptOperator(
        task_id="slow",
        job_name="ACCEPT_KILLED",
        script="sql/jobs/slow.sql",
        retries=2,
        retry_delay=timedelta(seconds=1),
    )

with DAG("lost_jobs", schedule=None, start_date=START):
    OracleScriptOperator(task_id="slow", job_name="ACCEPT_LOST", script="sql/jobs/slow.sql")

    @task
    def names() -> list[str]:
        """Return the jobs of the mapped task, of which the second is lost."""
        return ["ACCEPT_NEVER", "ACCEPT_LOST_TOO"]

    OracleScriptOperator.partial(
        task_id="mapped", script="sql/jobs/slow.sql", on_failure_callback=fail_lost_job
    ).expand(job_name=names())
