"""A task whose steps take longer than expected says it once, in the worker and in the database."""

from __future__ import annotations

import time

import pytest
from airflow.sdk.observability import stats

from tests.tasks.test_handed_over import Parked, carried_out, maker, slow


@pytest.fixture
def counted(monkeypatch):
    """Give what Airflow's own metrics were given: the name, and the step."""
    taken = []
    for name in ("incr", "timing"):
        monkeypatch.setattr(
            stats, name, lambda name, *_, tags: taken.append((name, tags.get("step")))
        )
    return taken


def test_the_worker_tells_it_while_the_step_runs(world, counted):
    """The callback comes before the step's end; the metric is counted once."""
    told = []
    script = slow(world, 2.5, "expected_minutes=0.005")
    make = maker(
        world,
        script=script,
        run_on="worker",
        on_overdue=lambda facts: told.append((time.monotonic(), facts)),
    )
    carried_out(make, world.context())
    ended = time.monotonic()

    ((at, facts),) = told
    assert (facts["step"], facts["source"]) == ("slow", "expected_minutes of the step")
    assert ended - at > 0.5
    assert counted == [
        ("oracle_dag.step.overdue", "slow"),
        ("oracle_dag.step.succeeded", "slow"),
        ("oracle_dag.step.duration", "slow"),
    ]


def test_a_deferred_task_is_woken_to_tell_it(world, counted):
    """It tells, defers again, and is not woken for the same thing twice."""
    told = []
    script = slow(world, 5, "expected_minutes=0.01")
    make = maker(world, script=script, expected_minutes=10, on_overdue=told.append)
    parked = carried_out(make, world.context())
    assert parked.deferral.trigger.waiting["expected"] == {
        "slow": pytest.approx(0.6),
        "": 600.0,
    }
    event = parked.event()
    assert (event["status"], event["reason"]) == ("success", "overdue")
    again = parked.resume(event)
    assert isinstance(again, Parked)
    assert [(facts["step"], facts["attempt"]) for facts in told] == [("slow", event["attempt"])]
    assert dict(again.deferral.trigger.waiting["expected"]) == {"": 600.0}

    event = again.event()
    assert event["reason"] == "ended"
    result = again.resume(event)
    assert [step["state"] for step in result["steps"]] == ["SUCCEEDED"]
    assert len(told) == 1
    assert [name for name, _ in counted] == [
        "oracle_dag.step.overdue",
        "oracle_dag.step.succeeded",
        "oracle_dag.step.duration",
    ]


def test_a_job_s_row_says_what_its_run_takes(world, counted):
    """ExpectedMinutes is of the whole script; what its steps take is told apart from that."""
    world.put(expected_minutes="0.01")
    told = []
    script = slow(world, 2.5)
    make = maker(
        world,
        script=script,
        run_on="worker",
        job_name=world.job_name,
        on_overdue=told.append,
    )
    carried_out(make, world.context())

    (facts,) = told
    assert (facts["step"], facts["expected_seconds"]) == (None, 0.6)
    assert facts["source"] == f"ExpectedMinutes of job {world.job_name}"
    assert ("oracle_dag.run.overdue", None) in counted
