"""What is done about a job follows from its row and from what the Scheduler says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Optional

import pytest

from airflow_oracle_dag.core.handed import (
    Abandon,
    Attach,
    HandoverRow,
    JobState,
    Settle,
    Submit,
    decide_handed,
)

SUBMITTED = datetime(2026, 1, 2, 3, 4, 5)
TIMEOUT = 600.0
GONE = JobState()
QUEUED = JobState("SCHEDULED", enabled=True)
RUNNING = JobState("RUNNING", enabled=True, running=True)


def row(claimed: bool = False, ending: Optional[str] = None) -> HandoverRow:
    """Return the row of a job."""
    return HandoverRow(
        run_hash="h",
        attempt=2,
        generation=1,
        job_name="ODAG_H_2",
        job_owner="ETL",
        place="database",
        first_step=1,
        last_step=3,
        submitted_at=SUBMITTED,
        claimed_at=SUBMITTED if claimed else None,
        changed_at=SUBMITTED,
        session_id=None,
        sid=None,
        serial=None,
        instance=None,
        ended_at=SUBMITTED if ending else None,
        ending=ending,
        error_step=None,
        error_unit=None,
        error_code=None,
        error_text=None,
        error_transaction=None,
        output=None,
    )


def decided(of: HandoverRow, job: JobState, after: float) -> Any:
    """Decide some seconds after it was submitted."""
    return decide_handed(of, job, SUBMITTED + timedelta(seconds=after), TIMEOUT)


TABLE = [
    # what is there of the job, seconds, and what is done: not claimed
    (row(), GONE, 1, Submit()),
    (row(), GONE, 9999, Submit()),
    (row(), JobState("DISABLED"), 1, Submit()),
    (row(), JobState("DISABLED"), 9999, Submit()),
    (row(), QUEUED, 600, Attach(running=False)),
    (row(), RUNNING, 9999, Attach(running=False)),
    (row(), JobState(running=True), 9999, Attach(running=False)),
    # claimed
    (row(claimed=True), RUNNING, 9999, Attach(running=True)),
    (row(claimed=True), QUEUED, 9999, Attach(running=True)),
    (row(claimed=True), JobState(running=True), 9999, Attach(running=True)),
    # enabled between the two looks
    (row(claimed=True), JobState("DISABLED"), 59, Attach(running=True)),
    (row(claimed=True), JobState("DISABLED", running=True), 9999, Attach(running=True)),
]


@pytest.mark.parametrize(("of", "job", "after", "expected"), TABLE)
def test_what_is_done(of: HandoverRow, job: JobState, after: float, expected: Any) -> None:
    """Waited for while it is there, submitted where it never was; never a second time."""
    assert decided(of, job, after) == expected


SETTLED = [
    (row(claimed=True, ending="SUCCEEDED"), RUNNING, "job ODAG_H_2 ended: SUCCEEDED"),
    (row(claimed=True, ending="FAILED"), GONE, "job ODAG_H_2 ended: FAILED"),
    (row(ending="FAILED"), GONE, "job ODAG_H_2 ended: FAILED"),
    (row(claimed=True), GONE, "began and is not there any more"),
    (row(claimed=True), JobState(runs=1, said="STOPPED"), "not there any more: STOPPED"),
    (row(claimed=True), JobState("DISABLED"), "began and is not there any more"),
    (row(claimed=True), JobState("STOPPED"), "began and is not there any more"),
    (row(), JobState(runs=1, said="FAILED ORA-00942"), "begin its work: FAILED ORA-00942"),
    (row(), JobState("BROKEN"), "was run and did not begin its work"),
]


@pytest.mark.parametrize(("of", "job", "because"), SETTLED)
def test_a_job_that_is_over_is_settled(of: HandoverRow, job: JobState, because: str) -> None:
    """By what its row says, else because nobody will go on with it."""
    found = decided(of, job, 9999)

    assert isinstance(found, Settle)
    assert because in found.because


def test_a_job_that_nobody_starts_is_abandoned() -> None:
    """With what may keep the Scheduler from it."""
    found = decided(row(), QUEUED, 600.1)

    assert isinstance(found, Abandon)
    for cause in ("600 s", "JOB_QUEUE_PROCESSES", "job class"):
        assert cause in found.cause


def in_glue(claimed: bool = False, **more: Any) -> HandoverRow:
    """Return the row of a run of AWS Glue."""
    return replace(row(claimed), place="glue", external_job="etl", **more)


def test_a_glue_run_is_named_by_its_id_and_its_job() -> None:
    """By its job alone until the id is known."""
    assert in_glue().called == "the run of Glue job etl"
    assert in_glue(external_id="jr_1").called == "run jr_1 of Glue job etl"
    assert row().called == "job ODAG_H_2"


def test_a_glue_run_that_waits_too_long_is_abandoned() -> None:
    """With what keeps AWS from starting it; one that is being started may take its time."""
    found = decided(in_glue(), JobState("WAITING", enabled=True), 600.1)

    assert isinstance(found, Abandon)
    assert "quotas of AWS Glue" in found.cause
    assert decided(in_glue(), RUNNING, 9999) == Attach(running=False)


def test_what_is_to_stop_before_it_began_is_not_begun() -> None:
    """Nobody would be let claim it; what runs all the same is waited for."""
    found = decided(in_glue(stop_wishes=1), GONE, 1)

    assert isinstance(found, Settle)
    assert "stopped before it began" in found.because
    assert decided(in_glue(stop_wishes=1), RUNNING, 1) == Attach(running=False)
    assert decided(in_glue(), GONE, 1) == Submit()
