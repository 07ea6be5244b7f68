"""DAGs of job categories, for the acceptance tests."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_oracle_dag.groups.job_category import job_category_group
from airflow_oracle_dag.groups.script_steps import script_task_group

START = datetime(2026, 1, 1, tzinfo=UTC)
#: Waves and batches that each category has tasks for.
SIZES = {
    "cap": (2, 2),
    "killed": (2, 1),
    "changed": (1, 1),
    "ring": (1, 1),
    "deep": (2, 1),
    "wide": (1, 2),
    "empty": (1, 1),
}

with DAG(
    "category_days",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=START,
    catchup=False,
    max_active_runs=8,
):
    job_category_group("DAYS", max_waves=2, max_batches=1)

for name, (waves, batches) in SIZES.items():
    with DAG(f"category_{name}", schedule=None, start_date=START):
        job_category_group(
            name.upper(),
            max_concurrency=int(os.environ.get("CATEGORY_CAP", "3")),
            max_waves=waves,
            max_batches=batches,
            priority_weight=100 if name == "cap" else 1,  # so that it is busy as soon as it can be
        )

with DAG("script_steps", schedule=None, start_date=START):
    script_task_group("sql/categories/steps.sql")
