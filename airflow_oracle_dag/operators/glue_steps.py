"""Steps of a task that run in AWS Glue: where, and how the task waits for them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowOptionalProviderFeatureException

from airflow_oracle_dag.core.handover import GLUE
from airflow_oracle_dag.operators.glue_link import GlueRunLink
from airflow_oracle_dag.operators.watched import WatchedOperator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_oracle_dag.runtime.carriers import Carrier
    from airflow_oracle_dag.runtime.results import RunOptions, Waiting

#: Minutes that a run may take: unless said otherwise, and at most (AWS Glue API, StartJobRun).
_TIMEOUT, _LONGEST = 2880, 10_080
#: Arguments of StartJobRun that are the operator's own.
_OWN = ("JobName", "JobRunId", "Timeout")
#: Seconds until it is tried again to begin a run that could not be begun: at first, and at most.
_AGAIN, _AGAIN_AT_MOST = 15.0, 600.0


class GlueStepsOperator(WatchedOperator):
    """Let steps run in a Glue job.

    :param glue_job_name: of the job that runs steps with ``run_on=glue``; made by ``oracle-dag glue
        deploy``. (templated)
    :param aws_conn_id: id of the AWS connection; None: what boto3 finds by itself. (templated)
    :param region_name: where the job is; the connection's region unless given. (templated)
    :param glue_secret_id: name or ARN of the secret of AWS Secrets Manager that tells the job how
        to connect; to the same database and schema as ``oracle_conn_id``. (templated)
    :param glue_timeout: minutes that a run may take, up to 10,080.
    :param glue_bucket: bucket for scripts that are too long for an argument. (templated)
    :param glue_prefix: what their names there begin with.
    :param glue_run_args: what else StartJobRun takes, such as ``{"JobRunQueuingEnabled": True}``.
    """

    def __init__(
        self,
        *,
        glue_job_name: str | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        glue_secret_id: str | None = None,
        glue_timeout: int = _TIMEOUT,
        glue_bucket: str | None = None,
        glue_prefix: str = "oracle-dag/handed",
        glue_run_args: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.glue_job_name = glue_job_name
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.glue_secret_id = glue_secret_id
        self.glue_timeout = glue_timeout
        self.glue_bucket = glue_bucket
        self.glue_prefix = glue_prefix
        self.glue_run_args = dict(glue_run_args or {})
        if glue_job_name is not None:
            self.operator_extra_links = (GlueRunLink(),)
        self._refuse_wrong_glue()

    def carriers(self, options: RunOptions) -> dict[str, Carrier]:
        """Return what carries steps to AWS Glue, nothing where no job is named.

        :raises AirflowOptionalProviderFeatureException: the Amazon provider is not there.
        """
        if self.glue_job_name is None or self.glue_secret_id is None:
            return {}
        try:
            # The Amazon provider is an extra, and large.
            from airflow_oracle_dag.hooks.glue_carrier import (  # noqa: PLC0415 - above
                GlueCarrier,
                GlueSettings,
            )
            from airflow_oracle_dag.hooks.glue_runs import Place  # noqa: PLC0415 - above
        except ImportError as error:
            raise AirflowOptionalProviderFeatureException(
                f"task {self.task_id}: glue_job_name needs the Amazon provider ({error}): pip "
                "install 'airflow-oracle-dag[glue]'"
            ) from error
        settings = GlueSettings(
            Place(self.aws_conn_id, self.region_name, self.glue_job_name),
            secret_id=self.glue_secret_id,
            timeout=self.glue_timeout,
            bucket=self.glue_bucket,
            prefix=self.glue_prefix,
            run_args=self.glue_run_args,
        )
        return {GLUE: GlueCarrier(settings, options)}

    def _refuse_wrong_glue(self) -> None:
        """Refuse what can be seen to be wrong while the DAG is parsed."""
        if self.glue_job_name is not None and self.glue_secret_id is None:
            raise ValueError(
                f"task {self.task_id}: with glue_job_name goes glue_secret_id, the secret of AWS "
                "Secrets Manager that tells the job how to connect"
            )
        minutes: Any = self.glue_timeout
        is_whole = isinstance(minutes, int) and not isinstance(minutes, bool)
        if not (is_whole and 1 <= minutes <= _LONGEST):
            raise ValueError(
                f"task {self.task_id}: glue_timeout is 1 to {_LONGEST} whole minutes, not "
                f"{minutes!r}"
            )
        for name in _OWN:
            if name in self.glue_run_args:
                raise ValueError(
                    f"task {self.task_id}: {name} is no part of glue_run_args; the operator gives "
                    "it itself (glue_job_name, glue_timeout)"
                )


def glue_waiting(
    task: GlueStepsOperator, waiting: Waiting, before: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the trigger of a Glue run is told of it.

    :param before: ``glue`` of the event that woke the task, {} at first.
    """
    same = bool(waiting.external_id) and before.get("run_id") == waiting.external_id
    tells: dict[str, Any] = {
        "conn_id": task.aws_conn_id,
        "region": waiting.external_region or task.region_name,
        "job_name": waiting.external_job,
        "run_id": waiting.external_id,
        "log": before.get("log") if same else None,
        "runs": [run for run in before.get("runs", ()) if run["run_id"] != waiting.external_id],
    }
    if waiting.external_id is None:
        tries = before.get("tries", 0) + 1
        seconds = min(_AGAIN_AT_MOST, _AGAIN * 2.0 ** min(tries - 1, 10))
        seconds = random.uniform(seconds / 2, seconds)  # noqa: S311 - so that not all come at once
        again_at = datetime.now(UTC) + timedelta(seconds=seconds)
        tells |= {"tries": tries, "again_at": again_at.isoformat()}
    return tells
