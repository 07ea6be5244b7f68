"""The link from a task to the Glue run that works for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, TaskInstanceKey

    from airflow_oracle_dag.runtime.results import Waiting

#: The XCom in which a task keeps which run it waits for, or waited for last.
KEY = "glue_run"
#: Where the console of a partition is (AWS General Reference, AWS Management Console).
_CONSOLES = {"cn-": "amazonaws.cn", "us-gov-": "amazonaws-us-gov.com"}


class GlueRunLink(BaseOperatorLink):
    """Lead to the run in the console of AWS Glue."""

    name = "AWS Glue run"

    def get_link(
        self,
        operator: BaseOperator,  # noqa: ARG002 - Airflow's signature
        *,
        ti_key: TaskInstanceKey,
    ) -> str:
        """Return the address of the run, "" when none was begun."""
        run: Any = XCom.get_value(key=KEY, ti_key=ti_key)
        return str(run["url"]) if run else ""


def keep_run(context: Any, waiting: Waiting) -> None:
    """Keep which run a task waits for, for the link and for whoever asks.

    :param context: the task's context.
    """
    if waiting.external_id is None:
        return
    run = {
        "job_name": waiting.external_job,
        "run_id": waiting.external_id,
        "region": waiting.external_region,
        "url": url_of(
            waiting.external_region or "", waiting.external_job or "", waiting.external_id
        ),
    }
    context["ti"].xcom_push(key=KEY, value=run)


def url_of(region: str, job_name: str, run_id: str) -> str:
    """Return where the console shows a run."""
    domain = next(
        (found for begin, found in _CONSOLES.items() if region.startswith(begin)), "aws.amazon.com"
    )
    where = f"#/job/{quote(job_name, safe='')}/run/{run_id}"
    return f"https://console.{domain}/gluestudio/home?region={region}{where}"
