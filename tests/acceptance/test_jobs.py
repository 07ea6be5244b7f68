"""Jobs of the control table in a real Airflow: what it shows, and what the rows say afterwards."""

from __future__ import annotations

import json
import os
import signal
from contextlib import closing
from pathlib import Path

import oracledb
import pytest

from airflow_oracle_dag.control.oracle import OracleControlTable
from airflow_oracle_dag.control.table import Audit
from airflow_oracle_dag.core.jobs import Job
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.identity import RunIdentity
from demo.database import USER

pytestmark = pytest.mark.timeout(420)

ME = Audit("tests", "to see what happens")
LATE = "ACCEPT_LATE"
MAPPED = ("ACCEPT_M1", "ACCEPT_M2")
KILLED = "ACCEPT_KILLED"
LOST = {"slow": "ACCEPT_LOST", "mapped": "ACCEPT_LOST_TOO"}


@pytest.fixture(scope="module")
def table(world):
    """Give the control table with the jobs of the DAGs."""
    database = world.database
    database.change("CREATE TABLE acceptance_jobs (job_name VARCHAR2(60), run_id VARCHAR2(250))")

    def connect():
        return oracledb.connect(user=USER, password=database.password, dsn=database.dsn)

    def job(name, **fields):
        script, values = "sql/jobs/job.sql", json.dumps({"job_name": name})
        return Job(name=name, **{"script": script, "parameters": values, **fields})

    with closing(OracleControlTable(OracleConnector(connect))) as opened:
        opened.put(
            [
                job("ACCEPT_RUNS"),
                job("ACCEPT_NEVER", run_condition="NEVER"),
                Job(name="ACCEPT_FAILS"),
                job(LATE, skip_flag="YES"),
                *(job(name) for name in MAPPED),
                Job(name=KILLED),
                *(Job(name=name) for name in LOST.values()),
            ],
            ME,
        )
        yield opened


def run_of(table, name):
    """Return the newest run of a job, None when there is none."""
    return next(iter(table.history("default", name, 1)), None)


def said(table, name):
    """Return what the rows say of a job: its run's state and attempt, and StatusFlag."""
    run, row = run_of(table, name), table.job("default", name)
    return (run.state, run.attempt, row.status_flag)


def begin(world, dag_id):
    """Trigger a DAG; return the run's id."""
    world.airflow.unpause(dag_id, 90)
    return world.airflow.trigger(dag_id)


def kill_in_slow_step(world, dag_id, run_id, task_id, job):
    """Kill task and supervisor while the second step of a job's script runs."""
    identity = RunIdentity(dag_id=dag_id, task_id=task_id, map_key=job, run_id=run_id)

    def in_slow_step():
        found = world.database.checkpoints(identity)
        return found and found[1][1].state is State.RUNNING

    world.airflow.wait_for(in_slow_step, 60, f"{dag_id} to be in its slow step")
    client = world.database.checkpoints(identity)[0].client
    task_pid = int(client.rpartition(":")[2])
    supervisor = int(Path(f"/proc/{task_pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGKILL)
    os.kill(task_pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def killed(world, table):
    """Kill jobs, one with retries and two without, while the other tests go on."""
    runs = {dag_id: begin(world, dag_id) for dag_id in ("killed_job", "lost_jobs")}
    kill_in_slow_step(world, "killed_job", runs["killed_job"], "slow", KILLED)
    for task_id, job in LOST.items():
        kill_in_slow_step(world, "lost_jobs", runs["lost_jobs"], task_id, job)
    return runs


@pytest.fixture(scope="module")
def finished(world, table, killed):
    """Run the jobs to their end, clearing a flag on the way; return run id and states."""
    run_id = begin(world, "jobs")

    def state_of(task):
        return world.airflow.tasks("jobs", run_id).get(task, {}).get("state")

    for waiting, state in (("flag", "deferred"), ("waits", "deferred")):
        world.airflow.wait_for(
            lambda w=waiting, s=state: state_of(w) == s, 90, f"{waiting} to wait"
        )
    world.airflow.wait_for(
        lambda: state_of("changes") == "up_for_reschedule", 90, "changes to have looked"
    )
    assert run_of(table, LATE) is None
    table.change("default", LATE, {"SkipFlag": "NO"}, ME)

    def ended():
        (run,) = [run for run in world.airflow.runs("jobs") if run["dag_run_id"] == run_id]
        return run["state"] in ("success", "failed")

    world.airflow.wait_for(ended, 150, "the jobs to end")
    tasks = world.airflow.tasks("jobs", run_id)
    return run_id, {name: task["state"] for name, task in tasks.items()}


def test_airflow_shows_what_the_rows_decide(finished):
    """Skipped by its row, failed at its first try, and all that waited went on."""
    _, states = finished
    assert states == {
        "runs": "success",
        "skipped": "skipped",
        "failed": "failed",
        "flag": "success",
        "late": "success",
        "waits": "success",
        "changes": "success",
        "decides": "success",
        "behind": "skipped",
        "far_behind": "skipped",
        "mapped": "success",
    }


def test_the_rows_say_how_each_job_ended(world, table, finished):
    """State, attempt and StatusFlag; what was skipped never ran."""
    run_id, _ = finished
    assert said(table, "ACCEPT_RUNS") == (State.SUCCEEDED, 1, "success")
    assert said(table, "ACCEPT_NEVER") == (State.SKIPPED, 0, "skipped")
    assert said(table, "ACCEPT_FAILS") == (State.FAILED, 1, "failure")
    assert "ORA-00942" in run_of(table, "ACCEPT_FAILS").reason
    assert table.job("default", "ACCEPT_NEVER").last_run_timestamp is None
    effects = world.database.query(
        "SELECT job_name FROM acceptance_jobs WHERE run_id = :run_id ORDER BY 1", run_id=run_id
    )
    assert [name for (name,) in effects] == [LATE, *MAPPED, "ACCEPT_RUNS"]


def test_a_mapped_job_has_its_name_in_its_run_key(table, finished):
    """A changed list never mixes jobs up."""
    run_id, _ = finished
    for name in MAPPED:
        run = run_of(table, name)
        identity = RunIdentity(dag_id="jobs", task_id="mapped", map_key=name, run_id=run_id)
        assert (run.state, run.run_key) == (State.SUCCEEDED, identity.key)


def test_a_killed_job_is_resumed_and_its_run_ends_well(world, table, killed):
    """A kill -9 of task and supervisor: the retry is the second attempt of the same run."""
    world.airflow.wait_for(
        lambda: run_of(table, KILLED).state is State.SUCCEEDED, 120, "the retry to end"
    )
    assert said(table, KILLED) == (State.SUCCEEDED, 2, "success")
    run = run_of(table, KILLED)
    assert run.decided_by == f"killed_job/{killed['killed_job']}/2"  # retries


@pytest.mark.parametrize("task_id", LOST)
def test_a_job_whose_task_is_lost_for_good_is_ended_by_the_callback(world, table, killed, task_id):
    """No try is left to say it: Airflow's callback, in another process, writes FAILED."""
    job = LOST[task_id]
    world.airflow.wait_for(
        lambda: run_of(table, job).state is State.FAILED, 120, "the callback to write it down"
    )
    assert said(table, job) == (State.FAILED, 1, "failure")
