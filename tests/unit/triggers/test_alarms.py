"""When waiting has lasted too long: each limit, by the clock that it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airflow_oracle_dag.triggers.alarms import Limits, next_alarm
from airflow_oracle_dag.triggers.poller import Sight

BEGAN = datetime(2026, 11, 20, 2)
NOW = BEGAN + timedelta(seconds=100)
#: Airflow's clock is an hour ahead of the database's.
AIRFLOW_NOW = (NOW + timedelta(hours=1)).replace(tzinfo=UTC)
QUEUED = Sight()
CLAIMED = Sight(claimed_at=BEGAN)
IN_STEP = Sight(claimed_at=BEGAN, step_no=3, step="load", since=BEGAN + timedelta(seconds=40))


def alarm(sight, seen_at=NOW, **limits):
    """Return the next alarm of a job that was handed over at `BEGAN`."""
    return next_alarm(Limits(BEGAN, 600.0, **limits), sight, seen_at, AIRFLOW_NOW)


def test_nothing_is_late_before_anything_was_seen():
    """A database that is away says nothing about a job that is queued."""
    assert alarm(None) is None
    assert alarm(None, seen_at=None) is None


@pytest.mark.parametrize("seconds", [50, 250])
def test_the_task_has_to_end_by_airflows_clock(seconds):
    """Whatever is seen or not: `execution_timeout` is Airflow's."""
    ends_at = AIRFLOW_NOW + timedelta(seconds=seconds)
    for sight in (None, CLAIMED):
        found = alarm(sight, ends_at=ends_at)
        assert (found.seconds, found.reason) == (seconds, "execution")


def test_a_queued_job_has_to_begin_by_the_databases_clock():
    """It was handed over 100 s ago and has 600."""
    found = alarm(QUEUED)
    assert (found.seconds, found.reason) == (500, "start")
    assert found.message == "the job has not begun within 600 s"
    assert alarm(CLAIMED) is None


def test_a_step_has_its_own_time():
    """It counts from where the step began; steps without a limit have none."""
    found = alarm(IN_STEP, deadlines={3: 45.0, 4: 1.0})
    assert (found.seconds, found.reason) == (-15, "step")
    assert found.message == "step 3 load has taken longer than 45 s"
    assert alarm(IN_STEP, deadlines={4: 1.0}) is None


def test_the_first_alarm_counts():
    """The step's time is up before the task's."""
    ends_at = AIRFLOW_NOW + timedelta(seconds=30)
    assert alarm(IN_STEP, deadlines={3: 70.0}, ends_at=ends_at).reason == "step"
    assert alarm(IN_STEP, deadlines={3: 95.0}, ends_at=ends_at).reason == "execution"


def test_what_takes_longer_than_expected_is_no_deadline():
    """The step counts from its begin, the run from the job's; others have their own time."""
    found = alarm(IN_STEP, expected={"load": 45.0, "other": 1.0})
    assert (found.seconds, found.reason) == (-15, "overdue")
    assert found.message == "step load takes longer than expected"
    found = alarm(IN_STEP, expected={"": 70.0})
    assert (found.seconds, found.message) == (-30, "the run takes longer than expected")
    assert alarm(CLAIMED, expected={"load": 1.0}) is None
