"""Steps in jobs of the database, in a real Airflow: whatever of it is killed, each runs once.

A killed part is started again in the midst of a long step. The short form does that to the
triggerer, in a step of 20 seconds; the long form to the worker, the scheduler and the API server as
well, in steps of three minutes, and lets twenty tasks wait at once.
"""

from __future__ import annotations

import os
import re
import signal
import time
import urllib.error
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.identity import RunIdentity
from demo.airflow_server import AIRFLOW
from tests.acceptance.killing import dba, schedulers
from tests.acceptance.sizes import LONG

pytestmark = pytest.mark.timeout(600)

SECONDS = 180 if LONG else 20  # as in the DAG's file
PATIENCE = 120
ONCE = Counter(["first", "before", "behind", "last"])
#: How soon a part counts as dead, and how often another one looks: half a minute by default.
SOON = {
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "8",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "4",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "8",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
}
only_long = pytest.mark.skipif(not LONG, reason="part of make test-long")


@pytest.fixture(scope="module")
def ledger(world):
    """Make the ledger, and give what counts each step's rows in it."""
    world.database.change("CREATE TABLE handed_ledger (run_id VARCHAR2(250), step VARCHAR2(30))")
    for dag_id in ("handed_short", "handed_long", "handed_dying"):
        world.airflow.unpause(dag_id, 90)

    def count(run_id):
        rows = world.database.query(
            "SELECT step FROM handed_ledger WHERE run_id = :run_id", run_id=run_id
        )
        return Counter(step for (step,) in rows)

    return count


def task_of(world, dag_id, run_id):
    """Return the task of a run as Airflow shows it."""
    return world.airflow.tasks(dag_id, run_id).get("work", {})


def wait_for_task(world, dag_id, run_id, *states, patience=PATIENCE):
    """Wait until a run's task is in one of some states; return it."""

    def there():
        with suppress(TimeoutError):  # a machine that is busy with the first task answers late
            return task_of(world, dag_id, run_id).get("state") in states
        return False

    world.airflow.wait_for(there, patience, f"{dag_id} to be one of {states}")
    return task_of(world, dag_id, run_id)


def wait_for_all(world, dag_id, run_id, state):
    """Wait until each of the twenty instances of a mapped task is in a state."""

    def there():
        return [task["state"] for task in world.airflow.instances(dag_id, run_id)] == [state] * 20

    world.airflow.wait_for(there, 300, f"twenty tasks to be {state}")


def checkpoints(world, dag_id, run_id):
    """Read what the checkpoint tables say of a run."""
    return world.database.checkpoints(RunIdentity(dag_id=dag_id, task_id="work", run_id=run_id))


def log_of(world, dag_id, run_id):
    """Read what the task has in its log, the triggerer's part included."""
    folder = world.home / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / "task_id=work"
    return "".join(path.read_text() for path in folder.iterdir())


def begin(world, dag_id="handed_long"):
    """Trigger the DAG with the long step, and wait until its job works at that."""
    run_id = world.airflow.trigger(dag_id)

    def works():
        found = checkpoints(world, dag_id, run_id)
        return found and found[0].client.startswith("job ") and found[1][1].state is State.RUNNING

    world.airflow.wait_for(works, PATIENCE, "the job to work")
    return run_id


def parts(world, name):
    """Find the processes of a part of Airflow, with what they started.

    :param name: a regular expression. A part that renames itself loses what marks it as ours, but
        stays in the session of what started it.
    """
    session = world.processes._started["airflow"].pid
    ours = set(world.processes.survivors())
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            pid = int(entry.name)
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if pid in ours or int(fields[3]) == session:
                found[pid] = (int(fields[1]), (entry / "cmdline").read_bytes())
    chosen = {pid for pid, (_, line) in found.items() if re.search(name, line)}
    while more := {pid for pid, (parent, _) in found.items() if parent in chosen} - chosen:
        chosen |= more
    return chosen


def kill(world, name):
    """Kill a part of Airflow with all that it started."""
    pids = parts(world, name)
    assert pids, f"Airflow has no {name!r}"
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def ends_once(world, ledger, run_id, dag_id="handed_long"):
    """Wait for a run's success, and hold it to that each step ran once."""
    task = wait_for_task(world, dag_id, run_id, "success", patience=SECONDS + PATIENCE)
    run, steps, _ = checkpoints(world, dag_id, run_id)
    assert ledger(run_id) == ONCE
    assert [(step.state, step.tries) for step in steps] == [(State.SUCCEEDED, 1)] * 3
    assert run.state is State.SUCCEEDED
    handed = world.database.query(
        "SELECT COUNT(*) FROM odag_handover WHERE run_hash = :hash", hash=run.run_hash
    )
    assert handed == [(1,)]  # nobody started it twice
    return task


def test_a_task_defers_and_ends_in_success(world, ledger):
    """The worker goes while the database works, and comes back for the last step."""
    run_id = world.airflow.trigger("handed_short")
    task = wait_for_task(world, "handed_short", run_id, "success", "failed")
    assert task["state"] == "success"
    assert ledger(run_id) == ONCE
    _, steps, _ = checkpoints(world, "handed_short", run_id)
    assert len({step.attempt for step in steps}) == 3  # two workers, and a job between them
    world.airflow.wait_for(
        lambda: checkpoints(world, "handed_short", run_id)[0].acknowledged_at is not None,
        30,
        "the success to be acknowledged",
    )
    log = log_of(world, "handed_short", run_id)
    assert "the task waits in the triggerer" in log
    assert "waits for job ODAG_" in log


def test_a_killed_triggerer_loses_nothing(world, ledger):
    """Another one goes on waiting, from what was written down when the task deferred."""
    run_id = begin(world)
    waiting = wait_for_task(world, "handed_long", run_id, "deferred")
    time.sleep(SECONDS / 4)
    kill(world, rb"\0triggerer\0")
    world.processes.start("triggerer", [AIRFLOW, "triggerer"], {**world.airflow.env, **SOON})
    task = ends_once(world, ledger, run_id)
    assert task["try_number"] == waiting["try_number"]


@only_long
def test_twenty_tasks_wait_on_one_session(world, ledger):
    """All jobs stand before one locked row; the triggerer holds no more than one session."""
    dag_id = "handed_many"
    world.database.change("CREATE TABLE handed_gate (passed NUMBER)")
    world.database.change("INSERT INTO handed_gate VALUES (0)")
    world.airflow.unpause(dag_id, 90)
    with world.database.connection() as gate, gate.cursor() as cursor:
        cursor.execute("SELECT passed FROM handed_gate FOR UPDATE")
        run_id = world.airflow.trigger(dag_id)
        wait_for_all(world, dag_id, run_id, "deferred")
        with dba(world) as asked:
            asked.execute(
                "SELECT COUNT(*) FROM v$session s WHERE s.module = 'airflow_oracle_dag.waiting'"
            )
            assert asked.fetchone() == (1,)
        gate.rollback()
    wait_for_all(world, dag_id, run_id, "success")
    assert ledger(run_id) == Counter(f"task {number}" for number in range(20))
    assert world.database.query("SELECT passed FROM handed_gate") == [(20,)]


@only_long
def test_a_worker_that_is_killed_as_it_hands_over_starts_nothing_twice(world, ledger):
    """It dies before it can defer: the next try attaches to the job that is there."""
    run_id = begin(world, "handed_dying")
    task = ends_once(world, ledger, run_id, "handed_dying")
    assert task["try_number"] == 2


@only_long
def test_a_killed_scheduler_loses_nothing(world, ledger):
    """The task waits without it; another one takes the event and lets the task go on."""
    run_id = begin(world)
    wait_for_task(world, "handed_long", run_id, "deferred")
    time.sleep(SECONDS / 4)
    for pid in schedulers(world):
        os.kill(pid, signal.SIGKILL)
    world.processes.start("scheduler-2", [AIRFLOW, "scheduler"], {**world.airflow.env, **SOON})
    ends_once(world, ledger, run_id)


@only_long
def test_a_killed_api_server_loses_nothing(world, ledger):
    """Nobody can be told for a while; the job works on, and its end is told afterwards."""
    run_id = begin(world)
    wait_for_task(world, "handed_long", run_id, "deferred")
    time.sleep(SECONDS / 4)
    kill(world, rb"api[-_]server")
    command = [AIRFLOW, "api-server", "--port", str(world.airflow.port)]
    world.processes.start("api-server", command, world.airflow.env)

    def answers():
        try:
            world.airflow.wait_until_healthy(PATIENCE)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return True

    world.airflow.wait_for(answers, PATIENCE, "the API server to answer")
    ends_once(world, ledger, run_id)


@only_long
def test_a_task_that_is_marked_while_it_waits_ends_its_job(world, ledger):
    """The statement is gone within ten seconds and rolled back; a clear resumes at its step."""
    run_id = begin(world)
    wait_for_task(world, "handed_long", run_id, "deferred")
    world.airflow.wait_for(
        lambda: "waits for job ODAG_" in log_of(world, "handed_long", run_id),
        PATIENCE,
        "the triggerer to have taken the trigger up",
    )
    world.airflow.set_state("handed_long", run_id, "work", "failed")
    marked = time.monotonic()
    name = "SELECT COUNT(*) FROM user_scheduler_running_jobs"
    world.airflow.wait_for(lambda: world.database.query(name) == [(0,)], 30, "the job to end")
    assert time.monotonic() - marked < 10
    assert ledger(run_id) == Counter(["first"])
    world.airflow.clear("handed_long", run_id)
    wait_for_task(world, "handed_long", run_id, "success", patience=SECONDS + PATIENCE)
    assert ledger(run_id) == ONCE
    _, steps, _ = checkpoints(world, "handed_long", run_id)
    assert [step.tries for step in steps] == [1, 2, 1]
