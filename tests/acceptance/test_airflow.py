"""What a user gets from a real Airflow: resume, backfill, clear, kill, stop and time-out."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime
from pathlib import Path

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.identity import RunIdentity
from demo import check

pytestmark = pytest.mark.timeout(420)

WEEK = [datetime(2026, 11, day) for day in range(1, 8)]
WORK = """
CREATE TABLE acceptance_work (
  run_id      VARCHAR2(250) NOT NULL,
  step        VARCHAR2(30) NOT NULL,
  written_at  DATE DEFAULT SYSDATE
)
"""


@pytest.fixture(scope="module")
def work(world):
    """Make the table that the interrupted scripts write to."""
    world.database.change(WORK)
    return world


def begin(world, dag_id):
    """Trigger a DAG; return the run's id."""
    world.airflow.unpause(dag_id, 90)
    return world.airflow.trigger(dag_id)


def checkpoints(world, dag_id, task_id, run_id):
    """Read what the checkpoint tables say of a task."""
    identity = RunIdentity(dag_id=dag_id, task_id=task_id, run_id=run_id)
    return world.database.checkpoints(identity)


def who_stopped(world, dag_id, run_id):
    """Read who wanted a run's attempts to stop, and why."""
    digest = RunIdentity(dag_id=dag_id, task_id="slow", run_id=run_id).digest
    return world.database.query(
        "select stop_by, stop_why from odag_signal where run_hash = :h and stop_by is not null",
        h=digest,
    )


def wait_for_step(world, dag_id, run_id, name, state):
    """Wait until a step is in a state."""

    def there():
        found = checkpoints(world, dag_id, "slow", run_id)
        return found and any(one.name == name and one.state is state for one in found[1])

    world.airflow.wait_for(there, 60, f"{name} to be {state.value}")


def wait_for_task(world, dag_id, run_id, task_id, *states):
    """Wait until a task is in one of some states; return it."""

    def there():
        state = world.airflow.tasks(dag_id, run_id).get(task_id, {}).get("state")
        assert state != "failed" or "failed" in states, f"{dag_id}.{task_id} failed"
        return state in states

    world.airflow.wait_for(there, 150, f"{dag_id}.{task_id} to be one of {states}")
    return world.airflow.tasks(dag_id, run_id)[task_id]


def effects(world, run_id):
    """Return which steps left a row, in order."""
    rows = world.database.query(
        "SELECT step FROM acceptance_work WHERE run_id = :run_id ORDER BY step", run_id=run_id
    )
    return [step for (step,) in rows]


def test_a_week_is_backfilled(world):
    """`airflow backfill create` loads seven days; each is done once and adds up."""
    world.airflow.unpause("daily_sales", 90)
    world.airflow.backfill("daily_sales", WEEK[0].date(), WEEK[-1].date())

    def backfills():
        runs = world.airflow.runs("daily_sales")
        return {
            datetime.fromisoformat(run["data_interval_start"]).replace(tzinfo=None): run
            for run in runs
            if run["run_type"] == "backfill"
        }

    def ended():
        runs = backfills()
        assert not [run for run in runs.values() if run["state"] == "failed"]
        return len(runs) == 7 and all(run["state"] == "success" for run in runs.values())

    world.airflow.wait_for(ended, 300, "the week to be loaded")
    for day, run in backfills().items():
        assert day in WEEK
        assert check.ledger_faults(world.database, day, run["dag_run_id"]) == []
        assert check.total_faults(world.database, day) == []


def test_a_cleared_day_runs_anew(world):
    """A day that is cleared after its success is a new generation of each task, and adds up."""
    run = next(
        run
        for run in world.airflow.runs("daily_sales")
        if run["data_interval_start"].startswith("2026-11-03")
    )
    run_id = run["dag_run_id"]
    world.airflow.clear("daily_sales", run_id)
    wait_for_task(world, "daily_sales", run_id, "report", "queued", "running", None)
    wait_for_task(world, "daily_sales", run_id, "report", "success")
    for task in ("fetch", "clean", "transform", "load", "report"):
        found = checkpoints(world, "daily_sales", task, run_id)
        assert found[0].generation == 2, task
    day = datetime(2026, 11, 3)
    assert check.ledger_faults(world.database, day, run_id, times=2) == []
    assert check.total_faults(world.database, day) == []


def test_a_killed_worker_is_resumed(work):
    """Task and supervisor are killed in a step; the retry resumes there, each effect once."""
    run_id = begin(work, "killed")
    wait_for_step(work, "killed", run_id, "slow", State.RUNNING)
    time.sleep(2)
    client = checkpoints(work, "killed", "slow", run_id)[0].client
    task_pid = int(client.rpartition(":")[2])
    supervisor = int(Path(f"/proc/{task_pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGKILL)
    os.kill(task_pid, signal.SIGKILL)
    task = wait_for_task(work, "killed", run_id, "slow", "success")
    assert task["try_number"] == 2
    run, steps, _ = checkpoints(work, "killed", "slow", run_id)
    assert effects(work, run_id) == ["first", "last", "second", "slow"]
    assert run.resumed_step == 3
    assert [step.tries for step in steps] == [1, 1, 2, 1]
    assert run.acknowledged_at is not None


def test_a_stopped_task_rolls_back_and_ends_in_time(work):
    """Marked as failed in the UI: the statement is cancelled, and no SIGKILL is needed."""
    run_id = begin(work, "stopped")
    wait_for_step(work, "stopped", run_id, "slow", State.RUNNING)
    time.sleep(2)
    work.airflow.set_state("stopped", run_id, "slow", "failed")
    log = task_log(work, "stopped", run_id)

    def told():
        return "Airflow asked the task to stop" in log.read_text()

    work.airflow.wait_for(told, 60, "the task to hear of it")
    time.sleep(6)
    assert "escalating" not in log.read_text()
    assert effects(work, run_id) == ["first", "second"]
    ((who, why),) = who_stopped(work, "stopped", run_id)
    assert f"DAG run {run_id} of stopped.slow" in who and who.endswith(", try 1")
    assert why == "Airflow asked the task to stop"


def test_a_timeout_cancels_the_statement(work):
    """`execution_timeout` ends a statement that is running; its step is rolled back."""
    run_id = begin(work, "timed_out")
    begun = time.monotonic()
    wait_for_task(work, "timed_out", run_id, "slow", "failed")
    assert time.monotonic() - begun < 60
    assert effects(work, run_id) == ["first", "second"]
    assert "AirflowTaskTimeout" in task_log(work, "timed_out", run_id).read_text()
    ((_, why),) = who_stopped(work, "timed_out", run_id)
    assert why == "the task was interrupted: AirflowTaskTimeout"


def test_a_run_without_an_interval_says_what_to_do(work):
    """A script that binds an absent date fails before its first step and names the cure."""
    run_id = begin(work, "no_interval")
    task = wait_for_task(work, "no_interval", run_id, "dated", "failed")
    assert task["try_number"] == 1
    log = task_log(work, "no_interval", run_id).read_text()
    assert "data_interval_start" in log
    assert "parameters" in log


def test_a_function_writes_a_script(work):
    """`@task.oracle_script` runs what the function returns, with templated parameters."""
    run_id = begin(work, "decorated")
    wait_for_task(work, "decorated", run_id, "written", "success")
    assert effects(work, run_id) == ["written"]


def task_log(world, dag_id, run_id):
    """Return the log of a run's only task."""
    folder = world.home / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}"
    return max(folder.rglob("attempt=*.log"), key=lambda log: log.stat().st_mtime)
