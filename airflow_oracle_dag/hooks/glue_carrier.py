"""Carry steps to a run of a Glue job: what `airflow_oracle_dag.runtime.carriers` asks for, by AWS.

Each run carries the attempt that it is as an argument. So a run that was started and whose reply
was lost is found again; and of two, which a reply that is lost twice can leave, one claims the
attempt and the other one ends at once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import Any

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.handed import External, HandoverRow, JobState
from airflow_oracle_dag.glue.contract import (
    ATTEMPT_ARGUMENT,
    HAND_OFF_ARGUMENT,
    MOST_INLINE,
    HandOff,
    hand_off,
)
from airflow_oracle_dag.glue.fields import HandOffError
from airflow_oracle_dag.glue.parts import Inline, SecretPlace
from airflow_oracle_dag.hooks.glue_errors import GlueMissing
from airflow_oracle_dag.hooks.glue_runs import GlueRun, GlueRuns, Place
from airflow_oracle_dag.runtime.carriers import Packed, Parcel, token
from airflow_oracle_dag.runtime.results import RunOptions

#: Minutes that a run may take: what AWS takes when nothing is said, and at most (AWS Glue API,
#: StartJobRun, Timeout).
TIMEOUT, LONGEST = 2880, 10_080
#: Seconds that a run whose work is written down gets to be over, before its cost is not known.
_TO_END = 15.0
#: How old a run can be beside the row that was written right before it.
_BEFORE = timedelta(minutes=5)


@dataclass(frozen=True)
class GlueSettings:
    """How the runs of a task are started.

    :param place: of the job.
    :param secret_id: of the secret that says how to connect, in AWS Secrets Manager.
    :param timeout: minutes that a run may take.
    :param bucket: for scripts that are too long for an argument; None: they are refused.
    :param prefix: of the names of such objects.
    :param run_args: what else StartJobRun takes; its Arguments are added to those of the run.
    """

    place: Place
    secret_id: str
    timeout: int = TIMEOUT
    bucket: str | None = None
    prefix: str = "oracle-dag/handed"
    run_args: Mapping[str, Any] = field(default_factory=dict)


class GlueCarrier:
    """Carry segments into runs of one job.

    :param options: of the runner that hands over.
    """

    def __init__(self, settings: GlueSettings, options: RunOptions) -> None:
        self.settings = settings
        self._options = options
        self._runs: dict[Place, GlueRuns] = {}

    def pack(self, parcel: Parcel) -> Packed:
        """Write the hand-off."""
        script, steps = parcel.plan.script, parcel.segment.steps
        try:
            handed = hand_off(
                script,
                parcel.plan.values,
                parcel.identity,
                replace(self._options, schema=parcel.schema),
                SecretPlace(self.settings.secret_id),
                generation=parcel.generation,
                attempt=parcel.attempt,
                first_step=steps[0].no,
                last_step=steps[-1].no,
            )
            body = handed.to_json()
        except HandOffError as error:
            raise ScriptError(
                f"the script cannot be handed to AWS Glue: {error}",
                file=script.name,
                rule="cannot-be-handed",
            ) from error
        if self.settings.bucket is None and len(handed.to_argument()) > MOST_INLINE:
            raise ScriptError(
                "the script is too long to be handed to AWS Glue as an argument of its run: packed "
                f"it has more than {MOST_INLINE} characters",
                file=script.name,
                cure="give the task glue_bucket, through which it goes then, or run_on=worker",
                rule="cannot-be-handed",
            )
        return Packed(body, self.settings.place.job_name)

    def submit(self, row: HandoverRow, body: str, *, again: bool) -> External:
        """Start a run, unless there is one."""
        runs = self._runs_of(row)
        found = self._find(row) if again or row.external_id else None
        if found is not None:
            return External(found.id, runs.region, is_new=False)
        more = dict(self.settings.run_args)
        arguments = {
            **more.pop("Arguments", {}),
            ATTEMPT_ARGUMENT: token(row.run_hash, row.attempt),
            HAND_OFF_ARGUMENT: self._argument(runs, row, body),
        }
        started = runs.start(arguments, self.settings.timeout, **more)
        return External(started, runs.region)

    def state(self, row: HandoverRow) -> JobState:
        """Say how the run stands."""
        run = self._find(row)
        if run is None:
            return JobState()
        if run.is_over:
            return JobState(runs=1, said=run.text)
        waits = run.state == "WAITING"
        return JobState(run.state, enabled=True, running=not waits)

    def drop(self, row: HandoverRow) -> str | None:
        """Stop the run before it begins its work."""
        return self.stop(row)

    def stop(self, row: HandoverRow) -> str | None:
        """Stop the run."""
        run = self._find(row)
        if run is None or run.is_over:
            return None
        return self._runs_of(row).stop(run.id) or None

    def cost(self, row: HandoverRow) -> float | None:
        """Return what the run has cost; one that is about to be over is waited for."""
        until, pause = time.monotonic() + _TO_END, 0.2
        while True:
            run = self._find(row)
            if run is None or run.is_over or time.monotonic() >= until:
                return None if run is None else run.dpu_seconds
            time.sleep(pause)  # AWS tells nobody that a run has ended
            pause = min(pause * 2, 3.0)

    def _find(self, row: HandoverRow) -> GlueRun | None:
        """Return the run of an attempt: the one that was noted, unless another one is at work."""
        runs, found = self._runs_of(row), None
        if row.external_id is not None:
            try:
                found = runs.get(row.external_id)
            except GlueMissing:
                found = None
            # One that was started twice is over at once, and the other one may have the work.
            if found is not None and not (found.is_over and _may_have_a_twin(row)):
                return found
        since = row.submitted_at.replace(tzinfo=UTC) - _BEFORE
        try:
            other = runs.find(token(row.run_hash, row.attempt), since)
        except GlueMissing:
            other = None
        return other if found is None or (other is not None and not other.is_over) else found

    def _argument(self, runs: GlueRuns, row: HandoverRow, body: str) -> str:
        """Pack the hand-off; a script that is too long goes through S3."""
        # Whether its version is the job's own is the job's to say: then another one is handed over.
        handed = HandOff.from_json(body, version=str(json.loads(body)["version"]))
        # Known only now where the connection says it; a run need not find out its own.
        handed = replace(handed, secret=replace(handed.secret, region=runs.region))
        argument = handed.to_argument()
        bucket, script = self.settings.bucket, handed.script
        if len(argument) <= MOST_INLINE or bucket is None or not isinstance(script, Inline):
            return argument
        prefix = self.settings.prefix.strip("/")
        key = f"{prefix}/{row.run_hash}/{row.attempt}.json"
        runs.put(bucket, key, handed.script_document())
        return handed.in_s3(f"s3://{bucket}/{key}").to_argument()

    def _runs_of(self, row: HandoverRow) -> GlueRuns:
        """Return the runs of the job that the row names, wherever the task would start one now."""
        own = self.settings.place
        place = replace(
            own,
            region=row.external_region or own.region,
            job_name=row.external_job or own.job_name,
        )
        return self._runs.setdefault(place, GlueRuns(place))


def _may_have_a_twin(row: HandoverRow) -> bool:
    return row.claimed_at is not None and row.ended_at is None
