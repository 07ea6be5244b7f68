"""DAGs of job categories, for the acceptance tests."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_oracle_dag.groups.job_category import job_category_group

START = datetime(2026, 1, 1, tzinfo=UTC)

with DAG(
    "category_days",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=START,
    catchup=False,
):
    job_category_group("DAYS", max_waves=2, max_batches=1)

for name in ("cap", "killed", "changed", "ring", "deep", "wide", "empty"):
    with DAG(f"category_{name}", schedule=None, start_date=START):
        job_category_group(
            name.upper(),
            max_concurrency=int(os.environ.get("CATEGORY_CAP", "3")),
            max_waves=2,
            retries=0,
        )
