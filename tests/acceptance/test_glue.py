"""Steps in AWS Glue, in a real Airflow: deferred, told, and what they cost."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest

from airflow_oracle_dag.core.states import State
from tests.acceptance.sizes import LONG
from tests.acceptance.test_handed_over import (
    ONCE,
    PATIENCE,
    checkpoints,
    log_of,
    wait_for_task,
)
from tests.glue.python39 import python39

SECONDS = 90  # as in the DAG's file
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not LONG, reason="part of make test-long"),
]


@pytest.fixture(scope="module")
def ledger(world):
    """Make the ledger, and give what counts each step's rows in it."""
    python39()
    world.database.change("CREATE TABLE glue_ledger (run_id VARCHAR2(250), step VARCHAR2(30))")
    for dag_id in ("glue_short", "glue_long"):
        world.airflow.unpause(dag_id, 90)

    def count(run_id):
        rows = world.database.query(
            "SELECT step FROM glue_ledger WHERE run_id = :run_id", run_id=run_id
        )
        return Counter(step for (step,) in rows)

    return count


def run_of(world, dag_id, run_id):
    """Return the Glue run that was started last for a run of the DAG."""
    run, _, _ = checkpoints(world, dag_id, run_id)
    found = [
        one for one in world.aws.runs if one.arguments["--odag_attempt"].startswith(run.run_hash)
    ]
    return found[0]


def test_a_task_defers_and_ends_in_success(world, ledger):
    """The worker goes while Glue works; its lines, the link and what it cost are in Airflow."""
    run_id = world.airflow.trigger("glue_short")
    task = wait_for_task(world, "glue_short", run_id, "success", "failed")
    assert task["state"] == "success"
    assert ledger(run_id) == ONCE
    run = run_of(world, "glue_short", run_id)
    assert run.state == "SUCCEEDED"
    where = f"/api/v2/dags/glue_short/dagRuns/{run_id}/taskInstances/work"
    links = world.airflow.get(f"{where}/links")["extra_links"]
    assert links["AWS Glue run"].endswith(f"#/job/steps/run/{run.id}")
    result = world.airflow.get(f"{where}/xcomEntries/return_value?deserialize=true")["value"]
    result = json.loads(result) if isinstance(result, str) else result
    assert result["dpu_seconds"] > 0
    assert [one["run_id"] for one in result["glue_runs"]] == [run.id]
    log = log_of(world, "glue_short", run_id)
    assert "the task waits in the triggerer" in log
    assert "[glue] step 2/3 long SUCCEEDED" in log


def test_a_task_that_is_marked_while_it_waits_ends_its_run(world, ledger):
    """The run is stopped and its step rolled back; a clear resumes at its step."""
    run_id = world.airflow.trigger("glue_long")
    wait_for_task(world, "glue_long", run_id, "deferred")
    world.airflow.wait_for(
        lambda: "waits for run jr_" in log_of(world, "glue_long", run_id),
        PATIENCE,
        "the triggerer to have taken the trigger up",
    )
    run = run_of(world, "glue_long", run_id)
    world.airflow.wait_for(
        lambda: checkpoints(world, "glue_long", run_id)[1][1].state is State.RUNNING,
        PATIENCE,
        "the Glue run to work",
    )
    world.airflow.set_state("glue_long", run_id, "work", "failed")
    assert run.ended.wait(30)
    assert ledger(run_id) == Counter(["first"])
    again = time.monotonic()
    world.airflow.clear("glue_long", run_id)
    wait_for_task(world, "glue_long", run_id, "deferred")
    assert time.monotonic() - again < SECONDS - 30  # nothing of the first run is waited for
    wait_for_task(world, "glue_long", run_id, "success", patience=SECONDS + PATIENCE)
    assert ledger(run_id) == ONCE
    _, steps, _ = checkpoints(world, "glue_long", run_id)
    assert [step.tries for step in steps] == [1, 2, 1]
