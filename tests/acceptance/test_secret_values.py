"""No secret that a task is given is found in a real Airflow: not in any log, table, page or answer.

The fixtures search once more, when everything of the session is over.
"""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from tests.planted import PLANTED, in_files, in_tables

pytestmark = pytest.mark.timeout(420)

DAG_ID = "secret_values"
PATIENCE = 180
OVER = ("success", "failed")


@pytest.fixture(scope="module")
def ended(world):
    """Run the DAG to its end, and what failed once more with the gate open."""
    world.database.change("CREATE TABLE secret_work (run_id VARCHAR2(250), letters NUMBER)")
    world.database.change("CREATE TABLE secret_gate (gate NUMBER)")
    world.airflow.unpause(DAG_ID, 90)
    run_id = world.airflow.trigger(DAG_ID)

    def over(tries):
        def check():
            tasks = world.airflow.tasks(DAG_ID, run_id).values()
            return bool(tasks) and all(
                one["state"] in OVER and one["try_number"] >= tries.get(one["task_id"], 1)
                for one in tasks
            )

        return check

    world.airflow.wait_for(over({}), PATIENCE, "the tasks to be over")
    world.database.change("INSERT INTO secret_gate (gate) VALUES (1)")
    world.airflow.clear_tasks(DAG_ID, run_id, "fails")
    world.airflow.wait_for(over({"fails": 2}), PATIENCE, "the second try to be over")
    logs = world.home / "logs" / f"dag_id={DAG_ID}" / f"run_id={run_id}"
    return SimpleNamespace(**vars(world), run_id=run_id, logs=logs)


def log_of(ended, task_id, attempt=1):
    """Return the log of a try."""
    return (ended.logs / f"task_id={task_id}" / f"attempt={attempt}.log").read_text()


def test_the_values_reach_the_database(ended):
    """Whole, from a Variable and from a connection's extra."""
    assert ended.database.query("SELECT letters FROM secret_work") == [
        (len(f"{PLANTED}of-a-variable-4711") + len(f"{PLANTED}key-of-a-service-4711"),)
    ]


@pytest.mark.parametrize(
    ("task_id", "attempt", "told"),
    [
        ("tells", 1, "token *** key ***"),
        ("fails", 1, "is_open"),
        ("fails", 2, "refused: *** *** ***"),
        ("cut", 1, "xxxx***"),
        ("unavailable", 1, "connection kept_service has no extra.nothing"),
        ("wallet", 1, "wallet"),
        ("wrong", 1, "ORA-01017"),
        ("aws", 1, "127.0.0.1:1"),
    ],
)
def test_each_way_out_was_tried(ended, task_id, attempt, told):
    """And what is told says what happened, without the secret."""
    assert told in log_of(ended, task_id, attempt)


def test_no_secret_is_in_logs_or_in_any_table(ended):
    """Neither in Airflow's files and its database, nor in the tables of this package."""
    secrets = (PLANTED, ended.database.password)
    with ended.database.connection() as connection:
        assert in_tables(connection, secrets) == []
    assert (ended.home / "airflow.db").stat().st_size > 0
    for folder in (ended.home, ended.processes.logs):
        assert in_files(folder, secrets) == []


def test_no_answer_and_no_rendered_field_has_a_secret(ended):
    """What the pages show: tasks with their rendered fields, XComs, summaries, logs."""
    base = f"/api/v2/dags/{DAG_ID}/dagRuns/{ended.run_id}/taskInstances"
    call = ended.airflow.get
    tasks = call(base)
    answers = [tasks, call(f"/api/v2/dags/{DAG_ID}/details")]
    for task_id in {one["task_id"] for one in tasks["task_instances"]}:
        place = f"{base}/{task_id}"
        answers += [call(f"{place}/tries"), call(f"{place}/logs/1"), call(f"{place}/xcomEntries")]
        answers += [call(f"{place}/state-store")]
    answers.append(call(f"{base}/tells/xcomEntries/return_value"))
    text = json.dumps(answers)
    assert "kept_token" not in json.dumps(
        next(one for one in tasks["task_instances"] if one["task_id"] == "tells")["rendered_fields"]
    )
    assert '["***"' in text.replace('\\"', '"')
    for secret in (PLANTED, ended.database.password):
        assert secret not in text
