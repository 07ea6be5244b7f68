"""Decide what to do about steps that were handed to a job, from what can be seen of it.

Two things can be seen: the row that was written before the job was begun, and what its carrier says
of it: the Scheduler's views, or AWS Glue. Whoever asks reads these first and the row then: what the
job did in between is in the row, so a job that is over and whose row has no end is dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional, Union


@dataclass(frozen=True)
class External:
    """Where an attempt runs outside of the database.

    :param run_id: of the Glue run; :param region: of AWS.
    :param is_new: it was begun by this very call, not found.
    """

    run_id: str
    region: str
    is_new: bool = True


@dataclass(frozen=True)
class HandoverRow:
    """One job's row, see ODAG_HANDOVER; times are naive UTC.

    :param stop_wishes: whether somebody wishes it to stop, of a Glue run that has not begun its
        work: then it never will.
    """

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
    external_job: Optional[str] = None
    external_id: Optional[str] = None
    external_region: Optional[str] = None
    dpu_seconds: Optional[float] = None
    time_zone: Optional[str] = None
    stop_wishes: int = 0

    @property
    def called(self) -> str:
        """Name it, for people."""
        if self.external_job is None:
            return f"job {self.job_name}"
        run = f"run {self.external_id}" if self.external_id else "the run"
        return f"{run} of Glue job {self.external_job}"


@dataclass(frozen=True)
class JobState:
    """What a job's carrier says of it: the Scheduler, or AWS Glue.

    :param state: of USER_SCHEDULER_JOBS, None when it is not there; of a Glue run that waits to be
        started, or is at work.
    :param enabled: it begins by itself.
    :param running: it is in USER_SCHEDULER_RUNNING_JOBS; a Glue run is being started, runs, or is
        being stopped.
    :param runs: how many of its runs are over; :param said: what is told of the last one.
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
        return Settle(f"{row.called} ended: {row.ending}")
    is_there = job.running or (job.state is not None and job.state not in _OVER)
    if row.claimed_at is not None:
        was_left = job.state == _DISABLED and not job.running
        if is_there and not (was_left and (now - row.claimed_at).total_seconds() > _BETWEEN_LOOKS):
            return Attach(running=True)
        return Settle(f"{row.called} began and is not there any more{_said(job)}")
    if is_there:
        return _not_claimed(row, job, (now - row.submitted_at).total_seconds(), start_timeout)
    return _not_there(row, job)


def _not_there(row: HandoverRow, job: JobState) -> Decision:
    """Decide about a job that is not there, or not any more, and has not begun its work."""
    if job.state is not None or job.runs:
        return Settle(f"{row.called} was run and did not begin its work{_said(job)}")
    if row.external_job is not None and row.stop_wishes:
        return Settle(f"{row.called} was stopped before it began")
    return Submit()


def _not_claimed(row: HandoverRow, job: JobState, waited: float, start_timeout: float) -> Decision:
    """Decide about a job that is there and has not begun its work."""
    if not (job.running or job.enabled):
        return Submit()
    if job.running or waited <= start_timeout:
        return Attach(running=False)
    return Abandon(_not_started(row, waited))


def _said(job: JobState) -> str:
    return f": {job.said}" if job.said else ""


def _not_started(row: HandoverRow, waited: float) -> str:
    if row.external_job is not None:
        return (
            f"{row.called} was queued for {waited:.0f} s and not started: the account has no room "
            "for it, see the quotas of AWS Glue"
        )
    return (
        f"{row.called} was not started in {waited:.0f} s: the parameter JOB_QUEUE_PROCESSES is 0 "
        "or so many jobs run already, the Scheduler is disabled, or the service of its job class "
        "runs on no instance"
    )
