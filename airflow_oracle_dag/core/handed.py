"""Decide what to do about steps that were handed to a job, from what the database says of it.

Four things can be seen: the row that was written before the job was created, and three views of
the Scheduler. Whoever asks reads the views first and the row then: what the job did in between is
in the row, so a job that the views did not show and whose row has no end is dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional, Union


@dataclass(frozen=True)
class HandoverRow:
    """One job's row, see ODAG_HANDOVER; times are naive UTC."""

    run_hash: str
    attempt: int
    generation: int
    job_name: str
    job_owner: str
    place: str
    first_step: int
    last_step: int
    submitted_at: datetime
    claimed_at: Optional[datetime]
    changed_at: datetime
    session_id: Optional[str]
    sid: Optional[int]
    serial: Optional[int]
    instance: Optional[int]
    ended_at: Optional[datetime]
    ending: Optional[str]
    error_step: Optional[int]
    error_unit: Optional[int]
    error_code: Optional[str]
    error_text: Optional[str]
    error_transaction: Optional[int]
    output: Optional[str]


@dataclass(frozen=True)
class JobState:
    """What the Scheduler says of a job.

    :param state: of USER_SCHEDULER_JOBS, None when it is not there.
    :param running: USER_SCHEDULER_RUNNING_JOBS has it.
    :param runs: how many of its runs are logged; :param said: what the log says of the last one.
    """

    state: Optional[str] = None
    enabled: bool = False
    running: bool = False
    runs: int = 0
    said: str = ""


@dataclass(frozen=True)
class Attach:
    """Wait for it.

    :param running: it has begun.
    """

    running: bool


@dataclass(frozen=True)
class Submit:
    """Create the job, or let it begin: that was reserved and did not happen."""


@dataclass(frozen=True)
class Settle:
    """Take the run over: the job is over.

    :param because: why, for a log.
    """

    because: str


@dataclass(frozen=True)
class Abandon:
    """Remove the job, take the run over so that it can do nothing any more, and fail.

    :param cause: one sentence with what keeps jobs from being started.
    """

    cause: str


Decision = Union[Attach, Submit, Settle, Abandon]

#: Of a job that was created and not yet enabled; also of one that was ended and is left there.
_DISABLED = "DISABLED"
#: Seconds that may lie between the look at the views and the one at the row: what was not enabled
#: then may have been, and have begun, since.
_BETWEEN_LOOKS = 60.0
#: States of a job that will not begin by itself any more.
#:
#: Unverified: a job that its instance took along with it is shown with one of these, as DISABLED,
#: or not at all (Database Reference, ALL_SCHEDULER_JOBS; PL/SQL Packages and Types Reference,
#: DBMS_SCHEDULER, RESTART_ON_RECOVERY).
_OVER = ("SUCCEEDED", "FAILED", "STOPPED", "COMPLETED", "BROKEN")


def decide_handed(row: HandoverRow, job: JobState, now: datetime, start_timeout: float) -> Decision:
    """Say what to do about a job.

    :param row: read after `job`.
    :param now: by the clock that wrote the row, naive UTC.
    :param start_timeout: seconds that it may take to begin.
    """
    if row.ended_at is not None:
        return Settle(f"job {row.job_name} ended: {row.ending}")
    is_there = job.running or (job.state is not None and job.state not in _OVER)
    if row.claimed_at is not None:
        was_left = job.state == _DISABLED and not job.running
        if is_there and not (was_left and (now - row.claimed_at).total_seconds() > _BETWEEN_LOOKS):
            return Attach(running=True)
        return Settle(f"job {row.job_name} began and is not there any more{_said(job)}")
    if is_there:
        return _not_claimed(row, job, (now - row.submitted_at).total_seconds(), start_timeout)
    if job.state is not None or job.runs:
        return Settle(f"job {row.job_name} was run and did not begin its work{_said(job)}")
    return Submit()


def _not_claimed(row: HandoverRow, job: JobState, waited: float, start_timeout: float) -> Decision:
    """Decide about a job that is there and has not begun its work."""
    if not (job.running or job.enabled):
        return Submit()
    if job.running or waited <= start_timeout:
        return Attach(running=False)
    return Abandon(_not_started(row.job_name, waited))


def _said(job: JobState) -> str:
    return f": {job.said}" if job.said else ""


def _not_started(job_name: str, waited: float) -> str:
    return (
        f"job {job_name} was not started in {waited:.0f} s: the parameter JOB_QUEUE_PROCESSES is 0 "
        "or so many jobs run already, the Scheduler is disabled, or the service of its job class "
        "runs on no instance"
    )
