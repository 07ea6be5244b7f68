"""The job sets of ``job_sets/``: one DAG for each file, and no Python to write for another one.

    oracle-dag jobs lint dags/job_sets

checks them, with the scripts that they name. ``docs/job-sets.md`` says what a file may hold.
"""

from __future__ import annotations

from airflow_oracle_dag.job_sets import load_job_sets

load_job_sets("job_sets", globals())  # DAGs for Airflow: it only reads files with these two words
