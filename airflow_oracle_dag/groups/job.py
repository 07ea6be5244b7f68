"""The task of one job of a category."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.runtime.identity import RunIdentity


class CategoryJobOperator(OracleScriptOperator):
    """Run a job under the name of its group, whichever batch it is in.

    A row that comes or goes moves jobs to another index, batch or wave when the group is cleared.
    Checkpoints know the job by DAG, group, job name and run, so that it goes on where it was.

    :param group: id of the group, which stands in the run key where other tasks have their own id.
    """

    def __init__(self, *, group: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.group = group

    def _identity(self, context: Context) -> RunIdentity:
        return replace(super()._identity(context), task_id=self.group)
