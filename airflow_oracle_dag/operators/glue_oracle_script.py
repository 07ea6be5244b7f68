"""The operator: an Oracle script as an Airflow task, all of it in AWS Glue."""

from __future__ import annotations

from typing import Any

from airflow_oracle_dag.operators.glue_link import GlueRunLink
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator


class GlueOracleScriptOperator(OracleScriptOperator):
    """Run a script in a Glue job; a step may say ``run_on=worker`` for itself.

    It is an `OracleScriptOperator` whose ``run_on`` is ``glue`` unless given. The worker reads the
    script, hands it over and goes; the task waits in the triggerer.

    :param glue_job_name: of the job; made by ``oracle-dag glue deploy``. (templated)
    """

    operator_extra_links = (GlueRunLink(),)  # of mapped tasks Airflow reads the class's

    def __init__(self, *, glue_job_name: str, run_on: str = "glue", **kwargs: Any) -> None:
        super().__init__(glue_job_name=glue_job_name, run_on=run_on, **kwargs)
