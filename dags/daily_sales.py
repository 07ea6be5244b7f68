"""Load a day's sales: five Oracle scripts, each of them resumable step by step.

A retry begins at the step that failed, on whatever worker; a day that is cleared runs anew. The
scripts delete the day before they write it, so any day may be run again, and ``catchup=True`` or
``airflow backfill create --dag-id daily_sales`` loads days of the past. The tables are made once:

    oracle-dag init
    oracle-dag run dags/sql/daily_sales/prepare.sql --run-key daily_sales/tables
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.retry import OracleRetryPolicy

with DAG(
    dag_id="daily_sales",
    # A data interval, not only a moment: the scripts bind :data_interval_start, the day they load.
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args={
        "retries": 3,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": OracleRetryPolicy(),
    },
    tags=["oracle", "example"],
    doc_md=__doc__,
) as dag:
    fetch = OracleScriptOperator(task_id="fetch", script="sql/daily_sales/fetch.sql")
    clean = OracleScriptOperator(task_id="clean", script="sql/daily_sales/clean.sql")
    transform = OracleScriptOperator(task_id="transform", script="sql/daily_sales/transform.sql")
    load = OracleScriptOperator(task_id="load", script="sql/daily_sales/load.sql")
    report = OracleScriptOperator(task_id="report", script="sql/daily_sales/report.sql")

    fetch >> [clean, transform] >> load >> report
