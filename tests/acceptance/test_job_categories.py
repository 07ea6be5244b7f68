"""Job categories in a real Airflow: days of the past, the cap, wrong rows, kills and changes.

Each test has a DAG of its own; all of them are begun at once and looked at one after the other.
``make test-long`` makes it 30 days and 200 jobs.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from airflow_oracle_dag.control.oracle import OracleControlTable
from airflow_oracle_dag.control.table import Audit
from airflow_oracle_dag.core.jobs import Interval, Job
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.identity import RunIdentity
from tests.acceptance.sizes import BATCH, CAP, LONG

DAYS = 30 if LONG else 5
#: Jobs of the two waves: two batches each.
WAVES = (110, 90) if LONG else (6, 4)
SLEEP = 40 if LONG else 6
PATIENCE = 2400 if LONG else 180

pytestmark = pytest.mark.timeout(PATIENCE + 300)

DAG_IDS = {"steps": "script_steps"}
WHO = Audit("tests", "acceptance")
FIRST = date(2026, 1, 19)  # a Monday
TABLES = (
    """CREATE TABLE category_work (
  run_id      VARCHAR2(250) NOT NULL,
  job         VARCHAR2(30) NOT NULL,
  at_step     VARCHAR2(30) NOT NULL,
  written_at  TIMESTAMP DEFAULT SYSTIMESTAMP)""",
    "CREATE TABLE category_gate (job VARCHAR2(30))",
)


def job(category, name, depends_on="", seconds=0, **fields):
    """Make a row whose job records when it began and ended."""
    given = {
        "script": "sql/categories/record.sql",
        "parameters": f'{{"job": "{name}", "seconds": {seconds}}}',
        **fields,
    }
    return Job(name=name, category=category, depends_on=depends_on, **given)


def cap_jobs():
    """Make two waves: each job of the second waits for one of the first."""
    first = [job("CAP", f"FIRST_{n:03}", seconds=SLEEP) for n in range(WAVES[0])]
    return first + [
        job("CAP", f"SECOND_{n:03}", first[n].name, seconds=SLEEP) for n in range(WAVES[1])
    ]


ROWS = [
    job("DAYS", "EARLY_WEEK", run_condition="MONDAY, TUESDAY"),
    job("DAYS", "MIDWEEK", run_condition="Wed-Thu"),
    job("DAYS", "ON_20", run_condition="20"),
    job("DAYS", "AFTER_20", "ON_20, MIDWEEK", run_condition="20 or SATURDAY"),
    job("DAYS", "FLAGGED", skip_flag="YES"),
    job("DAYS", "NEVER", run_condition="NEVER"),
    *cap_jobs(),
    job("RING", "RING_A", "RING_B"),
    job("RING", "RING_B", "RING_A"),
    job("RING", "RING_C", "RING_c"),
    job("RING", "RING_FREE"),
    job("DEEP", "DEEP_1"),
    job("DEEP", "DEEP_2", "DEEP_1"),
    job("DEEP", "DEEP_3", "DEEP_2"),
    *(job("WIDE", f"WIDE_{n:03}") for n in range(2 * BATCH + 1)),
    job("KILLED", "KILLED_1", seconds=300),
    job("KILLED", "KILLED_2", "KILLED_1"),
    job("KILLED", "KILLED_3"),
    job("KILLED", "KILLED_ROW", run_condition="MOONDAY"),
    job(
        "CHANGED",
        "GATED",
        script="sql/categories/gated.sql",
        parameters='{"job": "GATED"}',
    ),
]
EXPECTED = {
    "EARLY_WEEK": lambda day: day.weekday() in (0, 1),
    "MIDWEEK": lambda day: day.weekday() in (2, 3),
    "ON_20": lambda day: day.day == 20,
    "AFTER_20": lambda day: day.day == 20 or day.weekday() == 5,
}


@pytest.fixture(scope="module")
def table(database):
    """Open the control table."""
    with OracleControlTable(database.connector()) as opened:
        yield opened


@pytest.fixture(scope="module")
def begun(world, table):
    """Make tables and rows, begin a run of each DAG, and ask for the past days."""
    for text in TABLES:
        world.database.change(text)
    table.put(ROWS, WHO)
    runs = {}
    for name in ("steps", "cap", "killed", "changed", "deep", "ring", "wide", "empty"):
        dag_id = DAG_IDS.get(name, f"category_{name}")
        world.airflow.unpause(dag_id, 90)
        runs[name] = world.airflow.trigger(dag_id)
    world.airflow.unpause("category_days", 90)
    world.airflow.backfill("category_days", FIRST, FIRST + timedelta(days=DAYS - 1))
    return SimpleNamespace(
        airflow=world.airflow, database=world.database, home=world.home, runs=runs, table=table
    )


def end_of_run(world, name, *states):
    """Wait until a run is over, in one of some states; return its task instances."""
    dag_id, run_id = DAG_IDS.get(name, f"category_{name}"), world.runs[name]

    def state():
        return next(r["state"] for r in world.airflow.runs(dag_id) if r["dag_run_id"] == run_id)

    world.airflow.wait_for(
        lambda: state() in ("success", "failed"), PATIENCE, f"{dag_id} to be over"
    )
    found = world.airflow.instances(dag_id, run_id)
    assert state() in states, [(one["task_id"], one["state"]) for one in found]
    return found


def work(world, run_id):
    """Return which steps of which jobs left a row."""
    rows = world.database.query(
        "SELECT job, at_step FROM category_work WHERE run_id = :run_id", run_id=run_id
    )
    return Counter(rows)


def job_runs(world, dag_id, run_id):
    """Return the job runs of a run without an interval."""
    (run,) = [r for r in world.airflow.runs(dag_id) if r["dag_run_id"] == run_id]
    moments = [run["data_interval_start"], run["data_interval_end"], run["run_after"]]
    start, end, after = (text and datetime.fromisoformat(text) for text in moments)
    return world.table.job_runs("default", Interval(start, end, after).key)


def log_of(world, name, task_id):
    """Return the log of a task's last try."""
    folder = world.home / "logs" / f"dag_id=category_{name}" / f"run_id={world.runs[name]}"
    logs = sorted((folder / f"task_id={name}.{task_id}").rglob("attempt=*.log"))
    return logs[-1].read_text()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ring", ["RING_A -> RING_B -> RING_A", "RING_C depends on RING_c", "is RING_C meant?"]),
        ("deep", ["needs 3 waves and has tasks for 2", "DEEP_1 -> DEEP_2 -> DEEP_3"]),
        ("wide", [f"has {2 * BATCH + 1} jobs", "max_batches=3"]),
        ("empty", ["has no job of category 'EMPTY'", "it has CAP, CHANGED"]),
    ],
)
def test_rows_that_cannot_be_put_in_order_start_nothing(begun, name, told):
    """The first task fails at once with the rows' names; no job of the category begins."""
    found = {one["task_id"]: one for one in end_of_run(begun, name, "failed")}
    assert found[f"{name}.decide"]["state"] == "failed"
    assert found[f"{name}.decide"]["try_number"] == 1
    assert found[f"{name}.outcome"]["state"] == "failed"
    jobs = [one for task_id, one in found.items() if ".jobs_" in task_id]
    assert {one["state"] for one in jobs} <= {"upstream_failed", "skipped"}
    log = log_of(begun, name, "decide")
    for text in told:
        assert text in log
    assert not work(begun, begun.runs[name])
    prefix = name.upper()
    runs = job_runs(begun, f"category_{name}", begun.runs[name])
    assert not [one for one in runs if one.startswith(prefix)]


def test_a_killed_job_fails_its_run_and_blocks_what_depends_on_it(begun):
    """A job's process is killed and writes nothing down; the group says so, and others run."""
    run_id = begun.runs["killed"]
    identity = RunIdentity("default", "category_killed", "killed", "KILLED_1", run_id)

    def sleeping():
        found = begun.database.checkpoints(identity)
        return found and any(s.name == "sleeps" and s.state is State.RUNNING for s in found[1])

    begun.airflow.wait_for(sleeping, PATIENCE, "the job to sleep")
    client = begun.database.checkpoints(identity)[0].client
    os.kill(int(client.rpartition(":")[2]), signal.SIGKILL)
    found = end_of_run(begun, "killed", "failed")
    # By place: Airflow forgets the name of a mapped task whose process is killed.
    states = {(one["task_id"], one["map_index"]): one["state"] for one in found}
    assert {place: state for place, state in states.items() if place[1] >= 0} == {
        ("killed.jobs_1_1", 0): "failed",  # KILLED_1
        ("killed.jobs_1_1", 1): "success",  # KILLED_3
        ("killed.jobs_1_1", 2): "failed",  # KILLED_ROW
        ("killed.jobs_2_1", 0): "skipped",  # KILLED_2
    }
    runs = job_runs(begun, "category_killed", run_id)
    assert runs["KILLED_1"].state is State.FAILED
    assert "killed, or lost" in runs["KILLED_1"].reason
    assert runs["KILLED_2"].state is State.SKIPPED
    assert "KILLED_1" in runs["KILLED_2"].reason
    assert runs["KILLED_3"].state is State.SUCCEEDED
    assert runs["KILLED_ROW"].state is State.FAILED
    assert begun.table.job("default", "KILLED_1").status_flag == "failure"
    log = log_of(begun, "killed", "outcome")
    assert "3 of 4 jobs did not end well" in log
    assert "MOONDAY" in log
    assert work(begun, run_id) == {
        ("KILLED_1", "begins"): 1,
        ("KILLED_3", "begins"): 1,
        ("KILLED_3", "ends"): 1,
    }


def test_a_changed_catalog_never_mixes_jobs_up(begun):
    """A row that comes between two tries moves the index; each job goes on with its own work."""
    run_id = begun.runs["changed"]
    end_of_run(begun, "changed", "failed")
    assert work(begun, run_id) == {("GATED", "begins"): 1}
    # A job that stands before the other one, and everything decided anew.
    begun.table.put([job("CHANGED", "ADDED")], WHO)
    begun.airflow.clear("category_changed", run_id)
    begun.airflow.wait_for(
        lambda: work(begun, run_id)["ADDED", "ends"], PATIENCE, "the added job to be done"
    )
    found = end_of_run(begun, "changed", "failed")
    places = {one["map_index"]: one["rendered_map_index"] for one in found if one["map_index"] >= 0}
    assert places == {0: "ADDED", 1: "GATED"}
    assert work(begun, run_id) == {
        ("GATED", "begins"): 1,
        ("ADDED", "begins"): 1,
        ("ADDED", "ends"): 1,
    }
    # A retry keeps what was decided, whatever the row says by now.
    begun.table.change("default", "GATED", {"SkipFlag": "YES"}, WHO)
    begun.database.change("INSERT INTO category_gate (job) VALUES ('GATED')")
    begun.airflow.clear_tasks("category_changed", run_id, "changed.jobs_1_1")
    begun.airflow.wait_for(
        lambda: work(begun, run_id)["GATED", "ends"], PATIENCE, "the gated job to be done"
    )
    end_of_run(begun, "changed", "success")
    assert set(work(begun, run_id).values()) == {1}
    identity = RunIdentity("default", "category_changed", "changed", "GATED", run_id)
    run, steps, _ = begun.database.checkpoints(identity)
    assert (run.generation, run.resumed_step) == (1, 2)
    assert [step.tries for step in steps] == [1, 3]


def test_a_script_is_one_task_per_step(begun):
    """A failed step is its task; the retry goes on there, and each session is set up anew."""
    run_id = begun.runs["steps"]
    found = {one["task_id"]: one["state"] for one in end_of_run(begun, "steps", "failed")}
    assert found == {
        "steps.first": "success",
        "steps.gated": "failed",
        "steps.last": "upstream_failed",
    }
    begun.database.change("INSERT INTO category_gate (job) VALUES ('steps')")
    begun.airflow.clear_tasks("script_steps", run_id, "steps.gated", "steps.last")
    begun.airflow.wait_for(
        lambda: work(begun, run_id)["2026day11", "last"], PATIENCE, "the last step to be done"
    )
    end_of_run(begun, "steps", "success")
    # The name is written by the format that @always sets in each session.
    assert work(begun, run_id) == {("2026day11", step): 1 for step in ("first", "gated", "last")}
    identity = RunIdentity("default", "script_steps", "steps", "", run_id)
    run, steps, _ = begun.database.checkpoints(identity)
    assert run.acknowledged_at is not None
    assert [step.tries for step in steps] == [4, 1, 2, 1]


def test_never_more_jobs_at_once_than_the_cap(begun):
    """Over two waves of two batches each, the most jobs seen at once are exactly the cap."""
    found = end_of_run(begun, "cap", "success")
    mapped = Counter(one["task_id"] for one in found if one["map_index"] >= 0)
    assert mapped == {
        f"cap.jobs_{wave}_{batch + 1}": len(range(batch, jobs, 2))
        for wave, jobs in enumerate(WAVES, 1)
        for batch in range(2)
    }
    assert {one["pool"] for one in found if one["map_index"] >= 0} == {"category_cap.cap"}
    assert set(work(begun, begun.runs["cap"]).values()) == {1}
    rows = begun.database.query(
        "SELECT job, at_step, written_at FROM category_work WHERE run_id = :run_id",
        run_id=begun.runs["cap"],
    )
    at_once = most = 0
    for _, _, change in sorted((at, step == "begins", step) for _, step, at in rows):
        at_once += 1 if change == "begins" else -1
        most = max(most, at_once)
    assert most == CAP
    last = max(at for name, step, at in rows if name.startswith("FIRST") and step == "ends")
    first = min(at for name, step, at in rows if name.startswith("SECOND"))
    assert last < first


def test_past_days_run_the_jobs_that_their_conditions_name(begun):
    """`airflow backfill create`: each day runs what its own due date asks for, nothing else."""

    def runs():
        found = begun.airflow.runs("category_days")
        return [one for one in found if one["run_type"] == "backfill"]

    def over():
        assert not [one for one in runs() if one["state"] == "failed"]
        return len(runs()) == DAYS and all(one["state"] == "success" for one in runs())

    begun.airflow.wait_for(over, PATIENCE, "the days to be done")
    for run in runs():
        start, end = (
            datetime.fromisoformat(run[f"data_interval_{side}"]).astimezone(UTC)
            for side in ("start", "end")
        )
        wanted = {name for name, asks in EXPECTED.items() if asks(end.date())}
        found = begun.table.job_runs("default", Interval(start, end).key)
        days = {one.name for one in ROWS if one.category == "DAYS"}
        assert set(found) == days, end
        by_state = {name for name, one in found.items() if one.state is State.SUCCEEDED}
        assert by_state == wanted, end
        assert {found[name].state for name in days - wanted} <= {State.SKIPPED}
        assert work(begun, run["dag_run_id"]) == {
            (name, step): 1 for name in wanted for step in ("begins", "ends")
        }
