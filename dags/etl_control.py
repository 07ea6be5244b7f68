"""Load what the control table says: the jobs of RAW, then those of STG.

Which jobs run on which day, and whether, is in the rows: change RunCondition, SkipFlag or DependsOn
there, and no DAG file. Days of the past decide as they themselves would have:
``airflow backfill create --dag-id etl_control``. Tables and rows are made once:

    oracle-dag init
    oracle-dag run dags/sql/etl_control/prepare.sql --run-key etl_control/tables
    oracle-dag jobs import dags/etl_control/jobs.csv --why 'the example'
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_oracle_dag.groups.job_category import job_category_group
from airflow_oracle_dag.retry import OracleRetryPolicy

with DAG(
    dag_id="etl_control",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": OracleRetryPolicy(),
    },
    tags=["oracle", "example", "control table"],
    doc_md=__doc__,
) as dag:
    raw = job_category_group("RAW", max_concurrency=4, max_waves=1, max_batches=1)
    staged = job_category_group("STG", max_concurrency=4, max_waves=2, max_batches=1)

    raw >> staged
