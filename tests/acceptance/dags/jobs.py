"""DAGs whose tasks are jobs of the control table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, BaseOperator

from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.operators.run_condition import RunConditionOperator
from airflow_oracle_dag.retry import OracleRetryPolicy
from airflow_oracle_dag.sensors.control_table import ControlTableSensor, SkipFlagSensor
from airflow_oracle_dag.sensors.oracle_state import OracleStateSensor

START = datetime(2026, 1, 1, tzinfo=UTC)
WAITING = {"deferrable": True, "poke_interval": 1, "timeout": 120}

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
        poke_interval=2,
        timeout=120,
    )
    (
        RunConditionOperator(task_id="decides", condition="NEVER")
        >> BaseOperator(task_id="behind")
        >> BaseOperator(task_id="far_behind")
    )
    OracleScriptOperator.partial(task_id="mapped", map_index_template="{{ task.job_name }}").expand(
        job_name=["ACCEPT_M1", "ACCEPT_M2"]
    )

for dag_id, retries in (("killed_job", 2), ("lost_job", 0)):
    with DAG(dag_id, schedule=None, start_date=START):
        OracleScriptOperator(
            task_id="slow",
            job_name=f"ACCEPT_{dag_id.upper()}",
            script="sql/jobs/slow.sql",
            retries=retries,
            retry_delay=timedelta(seconds=1),
        )
