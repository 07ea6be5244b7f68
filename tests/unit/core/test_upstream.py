"""What a job does when those that it depends on did not run or failed."""

from __future__ import annotations

from datetime import datetime

import pytest

from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.core.jobs import Job, JobRun
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.upstream import is_blocked, why_blocked


def run(name, state, reason=""):
    """Make a run of a job."""
    return JobRun("default", name, "an interval", datetime(2026, 11, 20), state, reason=reason)


def behind(before, on_upstream_skip=""):
    """Return the run of a job that depends on A, whose run is given."""
    job = Job("B", depends_on="A", on_upstream_skip=on_upstream_skip)
    reason = why_blocked(job, {} if before is None else {"A": before})
    return run("B", State.SKIPPED, reason) if reason else None


@pytest.mark.parametrize("on_upstream_skip", ["", "RUN", "BLOCK"])
@pytest.mark.parametrize(
    ("before", "told"),
    [
        (None, "blocked: A has no run for this interval"),
        (run("A", State.FAILED, "ORA-00942"), "blocked: A is FAILED"),
        (run("A", State.IN_DOUBT), "blocked: A is IN_DOUBT"),
        (run("A", State.RUNNING), "blocked: A is RUNNING"),
        (
            run("A", State.SKIPPED, "blocked: X is FAILED"),
            "blocked: A did not run (blocked: X is FAILED)",
        ),
    ],
)
def test_a_failure_blocks_whatever_the_row_says(before, told, on_upstream_skip):
    """A failure, or what waits for one, keeps everything behind it from running."""
    found = behind(before, on_upstream_skip)
    assert found.reason == told
    assert is_blocked(found)


def test_a_job_that_was_skipped_lets_run_or_not_as_the_row_says():
    """RUN is the default; BLOCK skips the job as well, and that is nobody's failure."""
    skipped = run("A", State.SKIPPED, "it is a Friday")
    assert behind(skipped) is None
    assert behind(skipped, "RUN") is None
    found = behind(skipped, "BLOCK")
    assert found.reason == "blocked: A was skipped, and OnUpstreamSkip is BLOCK (it is a Friday)"
    assert not is_blocked(found)


def test_a_job_behind_one_that_was_skipped_with_another_follows_its_own_row():
    """The chain of skips ends at the first row that says RUN."""
    kept = behind(run("A", State.SKIPPED, "it is a Friday"), "BLOCK")
    again = run("A", kept.state, kept.reason)
    assert behind(again, "RUN") is None
    assert not is_blocked(behind(again, "BLOCK"))


def test_a_failure_is_told_before_a_skip():
    """Behind a skipped and a failed job, in whatever order: the failure is what blocks."""
    runs = {"A": run("A", State.SKIPPED, "not today"), "Z": run("Z", State.FAILED)}
    for names in ("A, Z", "Z, A"):
        job = Job("B", depends_on=names, on_upstream_skip="BLOCK")
        assert why_blocked(job, runs) == "blocked: Z is FAILED"


def test_success_lets_run():
    """A job that depends on nothing, or on successes only, runs."""
    assert behind(run("A", State.SUCCEEDED)) is None
    assert why_blocked(Job("B"), {}) is None


def test_a_word_that_is_not_known_is_an_error():
    """OnUpstreamSkip is read before anything is decided by it."""
    with pytest.raises(FieldError, match="write RUN or BLOCK"):
        why_blocked(Job("B", on_upstream_skip="MAYBE"), {})
