"""Runs of one Glue job, through the Amazon provider's hook and the connection that it is given.

Every call is one request: the SDK's own repetitions are off. A StartJobRun whose reply is lost must
not be repeated blindly, and whoever waits for hours has a back-off of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from botocore.config import Config  # type: ignore[import-untyped]  # ships no type information

from airflow_oracle_dag.glue.contract import ATTEMPT_ARGUMENT
from airflow_oracle_dag.hooks.glue_errors import GlueExpired, GlueMissing, explained

#: States of a run that is over (AWS Glue Developer Guide, AWS Glue job run statuses).
OVER = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED")
#: Runs that one GetJobRuns gives at most (AWS Glue API, GetJobRuns).
_AT_ONCE = 200
#: How far the clocks of AWS and of the database may be apart.
_MARGIN = timedelta(minutes=15)
_TIMEOUTS = {"connect_timeout": 10, "read_timeout": 20}


@dataclass(frozen=True)
class GlueRun:
    """A run as AWS shows it.

    :param state: JobRunState; :param message: ErrorMessage.
    :param token: the value of `ATTEMPT_ARGUMENT` among its arguments, "" when it has none.
    :param started_on: aware, None when AWS does not say.
    :param dpu_seconds: what it has cost, None while it runs.
    :param log_group: what the names of its log groups begin with.
    """

    id: str
    state: str
    message: str = ""
    token: str = ""
    started_on: datetime | None = None
    dpu_seconds: float | None = None
    log_group: str = "/aws-glue/python-jobs"

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended, in whatever way."""
        return self.state in OVER

    @property
    def text(self) -> str:
        """Return how it stands, in words."""
        return f"{self.state}: {self.message}" if self.message else self.state


@dataclass(frozen=True)
class Place:
    """Where a job is: the connection, the region and the name.

    :param conn_id: of the Airflow connection, None for what boto3 finds by itself.
    :param region: None: the connection's.
    """

    conn_id: str | None
    region: str | None
    job_name: str

    def __str__(self) -> str:
        """Name the job for an error."""
        region = f" in {self.region}" if self.region else ""
        return f"Glue job {self.job_name}{region} (connection {self.conn_id})"


@dataclass
class GlueRuns:
    """Ask AWS about the runs of a job. Each call may be made in another thread.

    :param place: where the job is.
    """

    place: Place
    _clients: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def region(self) -> str:
        """Return the region in which the job is looked for."""
        return str(self._client("glue").meta.region_name)

    def get(self, run_id: str) -> GlueRun:
        """Return a run.

        :raises GlueMissing: there is none of that id, or the job is gone.
        """
        answer = self._ask(
            "glue", "get_job_run", _missing_run(), JobName=self.place.job_name, RunId=run_id
        )
        return _run_of(answer["JobRun"])

    def newest(self) -> list[GlueRun]:
        """Return the newest runs, as many as one call gives."""
        return next(self._pages())

    def find(self, token: str, since: datetime) -> GlueRun | None:
        """Return the run that was started with a token, None when there is none.

        Of two, which a lost reply can leave, the one that is at work, else the older one.

        :param since: when it can have been started at the earliest, aware.
        """
        found: list[GlueRun] = []
        for page in self._pages():
            found += [run for run in page if run.token == token]
            last = page[-1].started_on if page else None
            if last is None or last < since - _MARGIN:
                break
        at_work = [run for run in found if not run.is_over]
        return next(reversed(at_work or found), None)

    def start(self, arguments: Mapping[str, str], timeout: int, **more: Any) -> str:
        """Start a run and return its id.

        :param timeout: minutes that it may take.
        :param more: what else StartJobRun takes.
        :raises GlueMissing: there is no such job; also GlueBusy.
        """
        answer = self._ask(
            "glue",
            "start_job_run",
            _missing_job(),
            JobName=self.place.job_name,
            Arguments=dict(arguments),
            Timeout=timeout,
            **more,
        )
        return str(answer["JobRunId"])

    def stop(self, run_id: str) -> str:
        """Stop a run; return why it could not be, "" when it is being stopped or is over."""
        answer = self._ask(
            "glue",
            "batch_stop_job_run",
            _missing_job(),
            JobName=self.place.job_name,
            JobRunIds=[run_id],
        )
        for error in answer.get("Errors", ()):
            if self.get(run_id).is_over:
                return ""
            detail = error.get("ErrorDetail", {})
            return f"{detail.get('ErrorCode')}: {detail.get('ErrorMessage')}"
        return ""

    def events(
        self, group: str, stream: str, since: int, token: str | None, most: int
    ) -> tuple[list[tuple[int, str]], str | None]:
        """Return lines of a log behind a token, each with its milliseconds, and the next token.

        :param since: milliseconds; earlier lines are none.
        :param token: that came with the lines before, None: from the head.
        """
        request: dict[str, Any] = {
            "logGroupName": group,
            "logStreamName": stream,
            "startFromHead": True,
            "startTime": since,
            "limit": most,
        }
        if token is not None:
            request["nextToken"] = token
        try:
            answer = self._ask("logs", "get_log_events", "", **request)
        except GlueMissing:  # nothing was written yet
            return [], token
        lines = [(int(one["timestamp"]), str(one["message"])) for one in answer["events"]]
        return lines, answer.get("nextForwardToken") or token

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Keep an object in S3."""
        self._ask("s3", "put_object", "", Bucket=bucket, Key=key, Body=content)

    def renew(self) -> None:
        """Forget the clients: the next call asks for the connection and for credentials anew."""
        with self._lock:
            self._clients.clear()

    def _pages(self) -> Iterator[list[GlueRun]]:
        request: dict[str, Any] = {"JobName": self.place.job_name, "MaxResults": _AT_ONCE}
        while True:
            answer = self._ask("glue", "get_job_runs", _missing_job(), **request)
            yield [_run_of(one) for one in answer["JobRuns"]]
            if not answer.get("NextToken"):
                return
            request["NextToken"] = answer["NextToken"]

    def _ask(self, service: str, operation: str, missing: str, **request: Any) -> Any:
        """Make one call; with credentials that expired once more, with new ones."""
        where = f"{self.place}: {operation}"
        try:
            with explained(where, missing):
                return getattr(self._client(service), operation)(**request)
        except GlueExpired:
            self.renew()
        with explained(where, missing):
            return getattr(self._client(service), operation)(**request)

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = _client_of(self.place, service)
            return self._clients[service]


def _client_of(place: Place, service: str) -> Any:
    """Make a client of boto3 as the connection says, which repeats nothing by itself."""
    with explained(str(place)):
        hook = AwsBaseHook(aws_conn_id=place.conn_id, region_name=place.region, client_type=service)
        own = Config(retries={"total_max_attempts": 1, "mode": "standard"})
        timeouts = Config(**_TIMEOUTS)
        return hook.get_client_type(
            region_name=hook.region_name, config=timeouts.merge(hook.config).merge(own)
        )


def _run_of(shown: Mapping[str, Any]) -> GlueRun:
    return GlueRun(
        id=shown["Id"],
        state=shown.get("JobRunState", ""),
        message=shown.get("ErrorMessage") or "",
        token=(shown.get("Arguments") or {}).get(ATTEMPT_ARGUMENT, ""),
        started_on=shown.get("StartedOn"),
        dpu_seconds=_cost(shown),
        log_group=(shown.get("LogGroupName") or GlueRun.log_group).rstrip("/"),
    )


def _cost(shown: Mapping[str, Any]) -> float | None:
    """Return the DPU-seconds of a run that is over.

    AWS says them itself only of Spark jobs that scale; of others it is the time that they consumed
    resources, times their capacity (AWS Glue API, JobRun).
    """
    if shown.get("JobRunState") not in OVER:
        return None
    if shown.get("DPUSeconds") is not None:
        return float(shown["DPUSeconds"])
    capacity = shown.get("MaxCapacity") or shown.get("AllocatedCapacity")
    if capacity is None:
        return None
    return float(capacity) * float(shown.get("ExecutionTime") or 0)


def _missing_job() -> str:
    return (
        "make the job with `oracle-dag glue deploy`, or correct glue_job_name, region_name or "
        "aws_conn_id of the task"
    )


def _missing_run() -> str:
    return "see whether the job was deleted, or is in another region, and run the task again"
