"""Whether what a job depends on lets it run."""

from __future__ import annotations

from typing import Mapping, Optional

from airflow_oracle_dag.core.jobs import Job, JobRun
from airflow_oracle_dag.core.states import State

#: How the reason of a job begins that did not run because of another one. Such a job blocks those
#: behind it whatever their OnUpstreamSkip says: nobody chose to skip it.
BLOCKED = "blocked: "
#: What such a reason says when the row asked for it: that is a skip like any other, and those
#: behind it follow their own OnUpstreamSkip.
_AS_ASKED = " was skipped, and OnUpstreamSkip is BLOCK "


def why_blocked(job: Job, runs: Mapping[str, JobRun]) -> Optional[str]:
    """Say what keeps a job from running, None when nothing does.

    :param runs: by name, of the jobs that it depends on, for the same interval.
    :raises FieldError: when OnUpstreamSkip is not a known word.
    """
    runs_after_skip = job.runs_after_skipped_upstream
    skipped = None
    for name in job.upstream:
        what = _obstacle(runs.get(name), runs_after_skip=runs_after_skip)
        if what is not None and not what.startswith(_AS_ASKED):
            return f"{BLOCKED}{name}{what}"
        if what is not None and skipped is None:
            skipped = f"{BLOCKED}{name}{what}"
    return skipped


def is_blocked(run: JobRun) -> bool:
    """Tell a run that a failure before it kept from running from one that was skipped by its row.

    OnUpstreamSkip is part of the row: whom it keeps from running behind a skipped job is skipped.
    """
    blocked = run.state is State.SKIPPED and run.reason.startswith(BLOCKED)
    return blocked and _AS_ASKED not in run.reason


def _obstacle(run: Optional[JobRun], *, runs_after_skip: bool) -> Optional[str]:
    if run is None:
        return " has no run for this interval"
    if run.state is State.SUCCEEDED:
        return None
    if run.state is not State.SKIPPED:
        return f" is {run.state.value}"
    if is_blocked(run):
        return f" did not run ({run.reason})"
    return None if runs_after_skip else f"{_AS_ASKED}({run.reason})"
