"""A condition decides whether anything downstream runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from airflow.providers.common.compat.sdk import BaseOperator
from airflow.sdk.exceptions import DownstreamTasksSkipped

from airflow_oracle_dag.control.table import StoreUnavailable, UnknownJob
from airflow_oracle_dag.core.errors import Undecidable
from airflow_oracle_dag.operators.run_condition import RunConditionOperator
from tests.tasks.conftest import FRIDAY


def short_circuit(world, **arguments):
    """Make the operator with two tasks behind it, one after the other."""
    first = RunConditionOperator(task_id="decide", dag=world.dag, **arguments)
    (
        first
        >> BaseOperator(task_id="next", dag=world.dag)
        >> BaseOperator(task_id="last", dag=world.dag, trigger_rule="all_done")
    )
    return first


def decide(world, moment=FRIDAY, **arguments):
    """Run the operator; return its XCom and what it skips."""
    operator = short_circuit(world, **arguments)
    context = world.context(moment, task=operator)
    try:
        operator.execute(context)
    except DownstreamTasksSkipped as skipped:
        return context["ti"].pushed["return_value"], sorted(skipped.tasks)
    return context["ti"].pushed["return_value"], []


def test_what_is_downstream_runs_on_its_days(world):
    """The decision is the task's XCom."""
    assert decide(world, condition="Mon-Fri") == (
        {
            "JobName": "decide",
            "RunCondition": "Mon-Fri",
            "SkipFlag": "",
            "ShouldRunToday": True,
            "Reason": "2026-11-20 is a Friday in UTC; condition MONDAY-FRIDAY",
        },
        [],
    )


@pytest.mark.parametrize(("ignore", "skipped"), [(True, ["last", "next"]), (False, ["next"])])
def test_what_is_downstream_is_skipped_on_other_days(world, ignore, skipped):
    """All of it, or what follows at once."""
    fields, found = decide(world, condition="MONDAY", ignore_downstream_trigger_rules=ignore)
    assert (fields["ShouldRunToday"], found) == (False, skipped)


@pytest.mark.parametrize(
    ("due", "timezone", "runs"),
    [
        (datetime(2026, 11, 20, 23, tzinfo=UTC), None, True),
        (datetime(2026, 11, 20, 23, tzinfo=UTC), "Europe/Berlin", False),
        (datetime(2026, 11, 19, 23, tzinfo=UTC), "Europe/Berlin", True),
    ],
)
def test_the_day_is_that_of_a_zone(world, due, timezone, runs):
    """The DAG's, unless another one is named."""
    fields, _ = decide(world, due, condition="FRIDAY", timezone=timezone)
    assert fields["ShouldRunToday"] is runs


def test_the_start_of_the_interval_can_decide(world):
    """`due=`: the interval that ends on Friday begins on Thursday."""
    fields, _ = decide(world, condition="THURSDAY", due="start")
    assert fields["ShouldRunToday"]


def test_a_calendar_decides_about_holidays(world):
    """Unity Day in Germany, without any control table."""
    unity = datetime(2026, 10, 3, tzinfo=UTC)
    fields, _ = decide(world, unity, condition="HOLIDAYS", calendar="DE")
    assert fields["ShouldRunToday"]
    world.forget_tasks()
    fields, _ = decide(world, unity + timedelta(2), condition="HOLIDAYS", calendar="DE")
    assert not fields["ShouldRunToday"]


def test_an_own_calendar_of_the_control_table_wins(world, monkeypatch):
    """Where a control table is configured it is asked first."""
    monkeypatch.setenv("AIRFLOW__ORACLE_DAG__CONTROL_CONN_ID", "oracle_default")
    name = world.job_name[-30:]
    world.sql(
        "insert into odag_calendar_day (calendar, day, label) values (:n, date '2026-11-20', 'x')",
        n=name,
    )
    fields, _ = decide(world, condition="HOLIDAYS", calendar=name)
    assert fields["ShouldRunToday"]


def test_a_row_can_decide(world):
    """SkipFlag, dates and RunCondition of the job, read when the task runs."""
    world.put(skip_flag="YES")
    fields, skipped = decide(world, job_name=world.job_name)
    assert skipped == ["last", "next"]
    assert "SkipFlag is YES" in fields["Reason"]
    world.change(SkipFlag="NO")
    world.forget_tasks()
    fields, skipped = decide(world, job_name=world.job_name)
    assert (fields["ShouldRunToday"], skipped) == (True, [])
    assert world.run() is None


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"condition": "FRYDAY"}, Undecidable),
        ({"condition": "HOLIDAYS", "calendar": "XX-NO"}, Undecidable),
        ({"job_name": "NO_SUCH_JOB"}, UnknownJob),
    ],
)
def test_what_cannot_be_decided_is_an_error(world, arguments, error):
    """Nothing is skipped and nothing runs."""
    with pytest.raises(error):
        decide(world, **arguments)


def test_a_store_that_is_away_is_an_error(world, faults):
    """Worth another try, and no decision."""
    world.put()
    faults.raise_error(1034, "down", sql="odag_job", times=None)
    with pytest.raises(StoreUnavailable):
        decide(world, job_name=world.job_name)


@pytest.mark.parametrize("arguments", [{}, {"condition": "FRIDAY", "job_name": "A"}])
def test_one_of_both_decides(world, arguments):
    """A condition or a row."""
    with pytest.raises(ValueError, match="condition or job_name"):
        short_circuit(world, **arguments)
