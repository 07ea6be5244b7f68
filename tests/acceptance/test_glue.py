"""Steps in AWS Glue, in a real Airflow: deferred, told, and what they cost."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.acceptance.sizes import LONG
from tests.acceptance.test_handed_over import ONCE, checkpoints, wait_for_task
from tests.glue.python39 import python39

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not LONG, reason="part of make test-long"),
]


@pytest.fixture(scope="module")
def ledger(world):
    """Make the ledger, and give what counts each step's rows in it."""
    python39()
    world.database.change("CREATE TABLE glue_ledger (run_id VARCHAR2(250), step VARCHAR2(30))")
    world.airflow.unpause("glue_short", 90)

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
    folder = world.home / "logs" / "dag_id=glue_short" / f"run_id={run_id}" / "task_id=work"
    log = "".join(path.read_text() for path in folder.iterdir())
    assert "the task waits in the triggerer" in log
    assert "[glue] step 2/3 long SUCCEEDED" in log
