"""A step in doubt is put to a person in a real Airflow, and each answer does what it says."""

from __future__ import annotations

import os
import re
import signal
import urllib.error
from collections import Counter
from types import SimpleNamespace

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.identity import RunIdentity

pytestmark = pytest.mark.timeout(420)

TASK, PATIENCE = "work", 240
#: Which run of which DAG each test answers; all begin at once.
RUNS = {
    **dict.fromkeys(("done", "again", "fail", "command line"), "doubts"),
    "timed": "doubts_timed",
}
ONCE = Counter(["first", "committed inside", "last"])


@pytest.fixture(scope="module")
def parked(world):
    """Kill each run's task in its second step; give them when all of them wait for an answer."""
    world.database.change("CREATE TABLE doubt_ledger (run_id VARCHAR2(250), step VARCHAR2(30))")
    world.database.change("CREATE TABLE doubt_gate (run_id VARCHAR2(250) NOT NULL)")
    for dag_id in dict.fromkeys(RUNS.values()):
        world.airflow.unpause(dag_id, 90)
    runs = {name: world.airflow.trigger(dag_id) for name, dag_id in RUNS.items()}
    made = SimpleNamespace(**vars(world), runs=runs)
    for name in RUNS:
        kill_in_second_step(made, name)
    made.tries = {name: reaches(made, name, "awaiting_input") for name in RUNS if name != "timed"}
    return made


def identity(parked, name):
    """Return whose run it is."""
    return RunIdentity(dag_id=RUNS[name], task_id=TASK, run_id=parked.runs[name])


def kill_in_second_step(parked, name):
    """Kill the task's process while its block waits for the gate, and let the block end."""

    def working():
        found = parked.database.checkpoints(identity(parked, name))
        return found is not None and found[1][1].state is State.RUNNING

    parked.airflow.wait_for(working, PATIENCE, f"{name} to be in its second step")
    run, _, _ = parked.database.checkpoints(identity(parked, name))
    os.kill(int(run.client.rpartition(":")[2]), signal.SIGKILL)
    gate(parked, name, "INSERT INTO doubt_gate (run_id) VALUES (:run_id)")


def gate(parked, name, statement):
    """Open or close a run's gate."""
    parked.database.change(statement, run_id=parked.runs[name])


def reaches(parked, name, state, tries=1):
    """Wait until a run's task is in a state, in one of its later tries; return that try."""

    def task():
        return parked.airflow.tasks(RUNS[name], parked.runs[name]).get(TASK, {})

    def there():
        return task().get("state") == state and task()["try_number"] >= tries

    parked.airflow.wait_for(there, PATIENCE, f"{name} to be {state} in try {tries}")
    reached = task()["try_number"]
    if state == "awaiting_input":
        scheduler_noticed(parked, name, reached)
    return reached


def scheduler_noticed(parked, name, tries):
    """Wait until the scheduler has read that the process which asks has ended.

    Airflow fails a task that is queued again before that: the end and the new beginning are of one
    try, and it takes the one for the other. A person is slower than that.
    """
    log = parked.processes.logs / "airflow.log"
    ended = re.compile(
        rf"TaskInstance Finished: dag_id={RUNS[name]}, task_id={TASK}, "
        rf"run_id={re.escape(parked.runs[name])}, .* state=awaiting_input, .* try_number={tries},"
    )
    parked.airflow.wait_for(
        lambda: ended.search(log.read_text(errors="replace")) is not None,
        PATIENCE,
        f"the scheduler to have read the end of {name}'s process in try {tries}",
    )


def question(parked, name):
    """Return what is asked."""
    return parked.airflow.question(RUNS[name], parked.runs[name], TASK)


def answer(parked, name, choice, **fields):
    """Answer as the only user there is."""
    parked.airflow.answer(RUNS[name], parked.runs[name], TASK, choice, **fields)


def ledger(parked, name):
    """Count what each step left."""
    query = "SELECT step FROM doubt_ledger WHERE run_id = :run_id"
    return Counter(step for (step,) in parked.database.query(query, run_id=parked.runs[name]))


def audit(parked, name):
    """Return what was audited, in order."""
    query = "SELECT verb, who, why, detail FROM odag_audit WHERE run_hash = :h ORDER BY happened_at"
    return parked.database.query(query, h=identity(parked, name).digest)


def test_the_question_shows_what_is_known(parked):
    """The place, the statement, and what each answer does; no worker waits meanwhile."""
    asked = question(parked, "done")
    assert asked["options"] == ["Done", "Run again", "Fail"]
    assert asked["subject"].startswith(f"Step commits of doubts/{TASK}//{parked.runs['done']}")
    assert "**<work>:6**: step 2, `commits`" in asked["body"]
    assert "INSERT INTO doubt_ledger" in asked["body"]
    assert "its PL/SQL may have committed by itself" in asked["body"]
    assert asked["params"]["step"]["value"] == "commits"
    assert asked["response_received"] is False


def test_done_goes_on_behind_the_step(parked):
    """In the same try; the audit knows who said so and why."""
    answer(parked, "done", "Done", step="commits", why="the row is there")
    assert reaches(parked, "done", "success") == parked.tries["done"]
    assert ledger(parked, "done") == ONCE
    user, _ = parked.airflow.login()
    assert audit(parked, "done") == [
        ("mark-done", user, "the row is there", "IN_DOUBT -> SUCCEEDED")
    ]
    run, _, _ = parked.database.checkpoints(identity(parked, "done"))
    assert run.acknowledged_at is not None


def test_run_again_begins_with_the_step_and_a_second_doubt_asks_again(parked):
    """The step is lost once more; the second question is answered like the first."""
    gate(parked, "again", "DELETE FROM doubt_gate WHERE run_id = :run_id")
    answer(parked, "again", "Run again")
    kill_in_second_step(parked, "again")
    again = reaches(parked, "again", "awaiting_input", parked.tries["again"] + 1)
    assert question(parked, "again")["response_received"] is False
    answer(parked, "again", "Run again", step="commits")
    assert reaches(parked, "again", "success") == again
    assert ledger(parked, "again") == ONCE + Counter({"committed inside": 2})
    verbs = [(verb, why) for verb, _, why, _ in audit(parked, "again")]
    assert verbs == [("mark-pending", "answered Run again in Airflow")] * 2


def test_fail_fails_for_good(parked):
    """No try is made although some are left; the step stays in doubt for a later word."""
    answer(parked, "fail", "Fail", why="nobody knows")
    assert reaches(parked, "fail", "failed") == parked.tries["fail"]
    assert [verb for verb, *_ in audit(parked, "fail")] == ["leave-in-doubt"]
    run, steps, _ = parked.database.checkpoints(identity(parked, "fail"))
    assert (run.state, steps[1].state) == (State.IN_DOUBT, State.IN_DOUBT)
    assert ledger(parked, "fail") == Counter(["first", "committed inside"])


def test_an_answer_that_comes_too_late_only_lets_the_task_go_on(parked):
    """The command line has answered before; a second answer is refused by Airflow itself."""
    key = identity(parked, "command line").key
    said = ("--run-key", key, "--step", "commits", "--why", "I looked")
    parked.database.oracle_dag("mark-done", *said)
    answer(parked, "command line", "Run again")
    with pytest.raises(urllib.error.HTTPError, match="409"):
        answer(parked, "command line", "Done")
    assert reaches(parked, "command line", "success") == parked.tries["command line"]
    assert ledger(parked, "command line") == ONCE
    assert [(verb, why) for verb, _, why, _ in audit(parked, "command line")] == [
        ("mark-done", "I looked")
    ]


def test_a_question_that_nobody_answers_in_time_fails_for_good(parked):
    """As without a question; nobody said anything, and the step stays in doubt."""
    reaches(parked, "timed", "failed")
    run, steps, _ = parked.database.checkpoints(identity(parked, "timed"))
    assert (run.state, steps[1].state) == (State.IN_DOUBT, State.IN_DOUBT)
    assert audit(parked, "timed") == []
    folder = parked.home / "logs/dag_id=doubts_timed"
    log = max(folder.rglob("attempt=*.log"), key=lambda one: one.stat().st_mtime)
    assert "nobody answered in time" in log.read_text()
