"""The plugin that Airflow loads through the entry point ``airflow.plugins``."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import AirflowPlugin

from airflow_oracle_dag.plugins import listener, pools


class OracleDagPlugin(AirflowPlugin):
    """Register the listeners: one acknowledges successes, one makes pools."""

    name = "oracle_dag"
    listeners = [listener, pools]  # noqa: RUF012 - Airflow declares it as an instance variable
