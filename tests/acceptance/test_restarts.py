"""What a DAG run's conf and a clear do to a run that is finished, in a real Airflow."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.runtime.identity import RunIdentity

pytestmark = pytest.mark.timeout(420)

KEY = RunIdentity(run_key="acceptance/shared")
WORK = """
CREATE TABLE acceptance_work (
  run_id      VARCHAR2(250) NOT NULL,
  step        VARCHAR2(30) NOT NULL,
  written_at  DATE DEFAULT SYSDATE
)
"""


@pytest.fixture(scope="module")
def work(world):
    """Make the table that the scripts write to, where no other module did, and wake the DAG."""
    there = "SELECT COUNT(*) FROM user_tables WHERE table_name = 'ACCEPTANCE_WORK'"
    if not world.database.query(there)[0][0]:
        world.database.change(WORK)
    world.airflow.unpause("shared", 90)
    return world


def ended(world, run_id, state="success", tries=1):
    """Wait until the task of a run ended in its n-th try; return it."""

    def there():
        found = world.airflow.tasks("shared", run_id).get("two", {})
        return found.get("state") == state and found["try_number"] >= tries

    world.airflow.wait_for(there, 120, f"shared.two to be {state} in try {tries}")
    return world.airflow.tasks("shared", run_id)["two"]


def effects(world, run_id):
    """Return which steps left a row, in order."""
    query = "SELECT step FROM acceptance_work WHERE run_id = :run_id ORDER BY step"
    return [step for (step,) in world.database.query(query, run_id=run_id)]


def wishes(world):
    """Return what the audit kept of the run."""
    query = "SELECT verb, who, why FROM odag_audit WHERE run_hash = :h ORDER BY happened_at"
    return world.database.query(query, h=KEY.digest)


def test_a_conf_counts_once_for_each_clear(work):
    """A second run goes on from the step that its conf names; a clear does that once more."""
    first = work.airflow.trigger("shared")
    ended(work, first)
    assert effects(work, first) == ["first", "second"]

    plain = work.airflow.trigger("shared")
    ended(work, plain)
    assert effects(work, plain) == []

    again = work.airflow.trigger("shared", {"oracle_dag": {"from": "second"}})
    ended(work, again)
    assert effects(work, again) == ["second"]

    work.airflow.clear("shared", again)
    ended(work, again, tries=2)
    assert effects(work, again) == ["second", "second"]
    run, _, _ = work.database.checkpoints(KEY)
    assert (run.generation, run.run_id) == (3, again)
    found = wishes(work)
    assert [verb for verb, _, _ in found] == ["restart", "restart"]
    assert found[0][1].startswith(f"DAG run {again} of shared.two")
    assert found[0][2] == f"dag_run.conf of DAG run {again}"


def test_a_conf_that_is_not_understood_fails_at_once(work):
    """There are two more tries, and none of them could read it differently."""
    run_id = work.airflow.trigger("shared", {"oracle_dag": {"form": "second"}})
    assert ended(work, run_id, "failed")["try_number"] == 1
    assert effects(work, run_id) == []
