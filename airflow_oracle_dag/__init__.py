"""Durable execution for Oracle SQL scripts in Apache Airflow.

Nothing is imported here: `airflow_oracle_dag.core` and `airflow_oracle_dag.runtime` must load on a
Python that has no Airflow, and Airflow reads the version of every provider when it starts.
"""

from __future__ import annotations

__version__ = "0.1.0"
