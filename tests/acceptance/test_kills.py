"""Whatever is killed, frozen, marked or cleared in a real Airflow: each step's work is there once.

Every script writes to a ledger without a key, in the transaction of its step: what was done twice
stands there twice. The short form kills a task, freezes a worker and loses a success; the long
form does everything else.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.identity import RunIdentity
from demo.airflow_server import AIRFLOW
from tests.acceptance.killing import disconnect, is_running, schedulers
from tests.acceptance.sizes import LONG

pytestmark = pytest.mark.timeout(600)

PATIENCE = 120
#: Which run of which DAG each test interrupts; all begin at once.
SHORT_RUNS = {
    "task": "kills_gated",
    "frozen": "kills_gated",
    "unrecorded": "kills_unrecorded",
}
LONG_RUNS = {
    "supervisor": "kills_gated",
    "marked": "kills_gated",
    "cleared": "kills_gated",
    "again": "kills_gated",
    "doubtful": "kills_doubtful",
    "exhausted": "kills_failing",
}
RUNS = {**SHORT_RUNS, **(LONG_RUNS if LONG else {})}
ONCE = Counter(["first", "before the gate", "behind the gate", "last"])
FIRST, LAST = date(2026, 10, 5), date(2026, 10, 6)
#: How soon a scheduler counts as dead, and how often another one looks: minutes by default.
SOON = {
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "8",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "4",
}
only_long = pytest.mark.skipif(not LONG, reason="part of make test-long")


@pytest.fixture(scope="module")
def begun(world):
    """Make the ledger, begin a run for each test, and freeze one: Airflow takes its time there."""
    world.database.change("CREATE TABLE kill_ledger (run_id VARCHAR2(250), step VARCHAR2(30))")
    world.database.change("CREATE TABLE kill_gate (run_id VARCHAR2(250) NOT NULL)")
    for dag_id in dict.fromkeys(RUNS.values()):
        world.airflow.unpause(dag_id, 90)
    runs = {name: world.airflow.trigger(dag_id) for name, dag_id in RUNS.items()}
    begun = SimpleNamespace(**vars(world), runs=runs)
    begun.frozen = works_at(begun, "frozen", "gated")
    for pid in reversed(begun.frozen):
        os.kill(pid, signal.SIGSTOP)
    yield begun
    for pid in begun.frozen:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def checkpoints(world, name):
    """Read what the checkpoint tables say of a run."""
    return checkpoints_of(world, RUNS[name], world.runs[name])


def checkpoints_of(world, dag_id, run_id):
    """Read what the checkpoint tables say of the only task of a DAG's run."""
    identity = RunIdentity(dag_id=dag_id, task_id="work", run_id=run_id)
    return world.database.checkpoints(identity)


def works_at(world, name, step, attempt=1):
    """Wait until an attempt works at a step; return the ids of its process and its supervisor's."""

    def working():
        found = checkpoints(world, name)
        return found and any(
            one.name == step and one.state is State.RUNNING and one.attempt >= attempt
            for one in found[1]
        )

    world.airflow.wait_for(working, PATIENCE, f"{name} to work at {step}")
    task = int(checkpoints(world, name)[0].client.rpartition(":")[2])
    parent = int(Path(f"/proc/{task}/stat").read_text().rpartition(")")[2].split()[1])
    return task, parent


def task_of(world, name):
    """Return the task of a run as Airflow shows it."""
    return world.airflow.tasks(RUNS[name], world.runs[name]).get("work", {})


def wait_for_task(world, name, *states, tries=1):
    """Wait until a run's task is in one of some states, at one of its later tries."""

    def there():
        task = task_of(world, name)
        return task.get("state") in states and task["try_number"] >= tries

    what = f"{name} to be one of {states} at try {tries}"
    world.airflow.wait_for(there, PATIENCE, what)
    return task_of(world, name)


def open_gate(world, run_id):
    """Let the gated step of a run come to its end."""
    world.database.change("INSERT INTO kill_gate (run_id) VALUES (:run_id)", run_id=run_id)


def ledger(world, run_id):
    """Count what each step left."""
    rows = world.database.query(
        "SELECT step FROM kill_ledger WHERE run_id = :run_id", run_id=run_id
    )
    return Counter(step for (step,) in rows)


def log_of(world, name, attempt):
    """Return the log of a try."""
    folder = world.home / "logs" / f"dag_id={RUNS[name]}" / f"run_id={world.runs[name]}"
    return folder / "task_id=work" / f"attempt={attempt}.log"


def test_a_killed_task_is_resumed(begun):
    """SIGKILL for the task's process alone: its supervisor says so, and the retry resumes there."""
    task, _ = works_at(begun, "task", "gated")
    os.kill(task, signal.SIGKILL)
    open_gate(begun, begun.runs["task"])
    shown = wait_for_task(begun, "task", "success")
    run, steps, _ = checkpoints(begun, "task")
    assert shown["try_number"] == 2
    assert ledger(begun, begun.runs["task"]) == ONCE
    assert [step.tries for step in steps] == [1, 2, 1]
    assert (run.resumed_step, run.acknowledged_at is not None) == (2, True)


def test_a_success_that_nobody_recorded_is_reported_once(begun):
    """The process dies behind its script: a clear reports success, the next one runs anew."""
    run_id = begun.runs["unrecorded"]
    wait_for_task(begun, "unrecorded", "failed")
    run, _, _ = checkpoints(begun, "unrecorded")
    assert (run.state, run.acknowledged_at) == (State.SUCCEEDED, None)
    assert ledger(begun, run_id) == Counter(first=1)
    begun.airflow.clear(RUNS["unrecorded"], run_id)
    wait_for_task(begun, "unrecorded", "success", tries=2)
    begun.airflow.wait_for(
        lambda: checkpoints(begun, "unrecorded")[0].acknowledged_at is not None,
        PATIENCE,
        "the success to be acknowledged",
    )
    run, _, _ = checkpoints(begun, "unrecorded")
    assert run.generation == 1
    assert ledger(begun, run_id) == Counter(first=1)
    begun.airflow.clear(RUNS["unrecorded"], run_id)
    wait_for_task(begun, "unrecorded", "success", tries=3)
    assert checkpoints(begun, "unrecorded")[0].generation == 2
    assert ledger(begun, run_id) == Counter(first=2)


def test_a_frozen_worker_is_fenced(begun):
    """Airflow gives it up and tries again; when it awakes, it is replaced and changes nothing."""
    run_id = begun.runs["frozen"]
    zombie, _ = begun.frozen
    wait_for_task(begun, "frozen", "running", tries=2)
    # Its transaction is open: only the end of its session lets anybody else go on.
    assert ledger(begun, run_id) == Counter(["first"])
    disconnect(begun, zombie)
    works_at(begun, "frozen", "gated", attempt=2)
    for pid in begun.frozen:  # both awake, and each finds out in its own way
        os.kill(pid, signal.SIGCONT)
    open_gate(begun, run_id)
    wait_for_task(begun, "frozen", "success")
    begun.airflow.wait_for(lambda: not is_running(zombie), PATIENCE, "the zombie to stop")
    told = log_of(begun, "frozen", 1).read_text()
    assert "was taken over" in told or "Airflow asked the task to stop" in told
    run, steps, _ = checkpoints(begun, "frozen")
    assert ledger(begun, run_id) == ONCE
    assert [step.attempt for step in steps] == [1, 2, 2]
    assert run.acknowledged_at is not None


@only_long
def test_a_killed_supervisor_leaves_a_task_that_finishes_alone(begun):
    """The orphan works on, the retry waits for it: nothing is done twice, and it is a success."""
    run_id = begun.runs["supervisor"]
    _, supervisor = works_at(begun, "supervisor", "gated")
    os.kill(supervisor, signal.SIGKILL)
    wait_for_task(begun, "supervisor", "running", tries=2)
    open_gate(begun, run_id)
    wait_for_task(begun, "supervisor", "success")
    run, _, _ = checkpoints(begun, "supervisor")
    assert ledger(begun, run_id) == ONCE
    assert (run.state, run.generation) == (State.SUCCEEDED, 1)
    assert run.acknowledged_at is not None


@only_long
def test_a_task_that_is_marked_failed_rolls_back_and_resumes(begun):
    """The statement is cancelled and rolled back; when the task is cleared, it goes on there."""
    run_id = begun.runs["marked"]
    works_at(begun, "marked", "gated")
    begun.airflow.set_state("kills_gated", run_id, "work", "failed")

    log = log_of(begun, "marked", 1)
    begun.airflow.wait_for(
        lambda: "Airflow asked the task to stop" in log.read_text(), PATIENCE, "the task to hear"
    )
    assert "is rolled back" in log.read_text()
    assert ledger(begun, run_id) == Counter(["first"])
    open_gate(begun, run_id)
    begun.airflow.clear("kills_gated", run_id)
    wait_for_task(begun, "marked", "success", tries=2)
    assert ledger(begun, run_id) == ONCE
    assert [step.tries for step in checkpoints(begun, "marked")[1]] == [1, 2, 1]


@only_long
def test_a_task_that_is_cleared_while_it_runs_resumes(begun):
    """The running try is stopped and the next one goes on where it was."""
    run_id = begun.runs["cleared"]
    works_at(begun, "cleared", "gated")
    begun.airflow.clear("kills_gated", run_id)
    works_at(begun, "cleared", "gated", attempt=2)
    assert ledger(begun, run_id) == Counter(["first"])
    open_gate(begun, run_id)
    wait_for_task(begun, "cleared", "success")
    run, steps, _ = checkpoints(begun, "cleared")
    assert ledger(begun, run_id) == ONCE
    assert (run.generation, [step.tries for step in steps]) == (1, [1, 2, 1])


@only_long
def test_a_task_that_is_cleared_after_its_success_runs_anew(begun):
    """A new generation, each of its steps once."""
    run_id = begun.runs["again"]
    open_gate(begun, run_id)
    wait_for_task(begun, "again", "success")
    assert ledger(begun, run_id) == ONCE
    begun.airflow.clear("kills_gated", run_id)
    wait_for_task(begun, "again", "success", tries=2)
    run, steps, _ = checkpoints(begun, "again")
    assert (run.generation, [step.tries for step in steps]) == (2, [1, 1, 1])
    assert ledger(begun, run_id) == ONCE + ONCE


@only_long
def test_a_killed_step_that_commits_by_itself_waits_for_a_person(begun):
    """No retry can know how far it came: it is in doubt, until a person says that it is done."""
    run_id = begun.runs["doubtful"]
    task, _ = works_at(begun, "doubtful", "commits")
    begun.airflow.wait_for(
        lambda: ledger(begun, run_id)["committed inside"], PATIENCE, "the step to commit"
    )
    os.kill(task, signal.SIGKILL)
    # The block runs on in the database, where nobody told it that its client died: it is awaited.
    wait_for_task(begun, "doubtful", "running", tries=2)
    open_gate(begun, run_id)
    shown = wait_for_task(begun, "doubtful", "failed", tries=2)
    assert shown["try_number"] == 2  # of three: it did not try in vain
    assert checkpoints(begun, "doubtful")[1][1].state is State.IN_DOUBT
    identity = RunIdentity(dag_id="kills_doubtful", task_id="work", run_id=run_id)
    begun.database.oracle_dag(
        *("mark-done", "--run-key", identity.key, "--step", "commits", "--why", "the row is there")
    )
    begun.airflow.clear("kills_doubtful", run_id)
    wait_for_task(begun, "doubtful", "success", tries=3)
    assert ledger(begun, run_id) == Counter(["first", "committed inside", "last"])


@only_long
def test_a_task_without_retries_left_is_cleared_and_resumes(begun):
    """After two tries it has failed for good; mended and cleared, it goes on where it was."""
    run_id = begun.runs["exhausted"]
    shown = wait_for_task(begun, "exhausted", "failed", tries=2)
    assert shown["try_number"] == 2
    assert ledger(begun, run_id) == Counter(["first"])
    open_gate(begun, run_id)
    begun.airflow.clear("kills_failing", run_id)
    wait_for_task(begun, "exhausted", "success", tries=3)
    run, steps, _ = checkpoints(begun, "exhausted")
    assert ledger(begun, run_id) == Counter(["first", "checked"])
    assert (run.generation, [step.tries for step in steps]) == (1, [1, 3])


@only_long
def test_days_are_processed_again(begun):
    """`--reprocess-behavior failed` resumes what failed; `completed` does all of it anew."""
    dag_id = "kills_days"
    begun.airflow.unpause(dag_id, 90)

    def runs():
        found = [one for one in begun.airflow.runs(dag_id) if one["run_type"] == "backfill"]
        return {one["logical_date"][:10]: one for one in found}

    def over(*states):
        def check():
            found = runs()
            return [found.get(str(day), {}).get("state") for day in (FIRST, LAST)] == list(states)

        return check

    def generations():
        return [checkpoints_of(begun, dag_id, ids[day])[0].generation for day in ids]

    open_gate(begun, f"backfill__{FIRST + timedelta(days=1)}T00:00:00+00:00")  # when it is due
    begun.airflow.backfill(dag_id, FIRST, LAST)
    begun.airflow.wait_for(over("success", "failed"), PATIENCE, "the days to be over")
    ids = {day: runs()[str(day)]["dag_run_id"] for day in (FIRST, LAST)}
    assert ledger(begun, ids[LAST]) == Counter(["first"])

    begun.airflow.backfill(dag_id, FIRST, LAST, reprocess="none")
    assert over("success", "failed")()
    open_gate(begun, ids[LAST])
    begun.airflow.backfill(dag_id, FIRST, LAST, reprocess="failed")
    begun.airflow.wait_for(over("success", "success"), PATIENCE, "the failed day to be mended")
    done = Counter(["first", "checked"])
    assert [ledger(begun, ids[day]) for day in (FIRST, LAST)] == [done, done]
    assert generations() == [1, 1]

    begun.airflow.backfill(dag_id, FIRST, LAST, reprocess="completed")
    begun.airflow.wait_for(
        lambda: generations() == [2, 2] and over("success", "success")(),
        PATIENCE,
        "both days to be done anew",
    )
    assert [ledger(begun, ids[day]) for day in (FIRST, LAST)] == [done + done, done + done]


@only_long
def test_a_killed_scheduler_costs_nothing(begun):
    """It is killed with a task at work and started again: each step's work is there once."""
    run_id = begun.runs["scheduler"] = begun.airflow.trigger("kills_gated")
    RUNS["scheduler"] = "kills_gated"
    works_at(begun, "scheduler", "gated")
    (scheduler,) = schedulers(begun)
    os.kill(scheduler, signal.SIGKILL)
    env = {**begun.airflow.env, **SOON}
    begun.processes.start("scheduler", [AIRFLOW, "scheduler"], env)
    # The new one takes the task from the dead one, so that the old try is stopped: a second one.
    works_at(begun, "scheduler", "gated", attempt=2)
    assert ledger(begun, run_id) == Counter(["first"])
    open_gate(begun, run_id)
    wait_for_task(begun, "scheduler", "success")
    run, steps, _ = checkpoints(begun, "scheduler")
    assert ledger(begun, run_id) == ONCE
    assert (run.generation, [step.tries for step in steps]) == (1, [1, 2, 1])
