"""A job whose run key another run finished: what its task shows, and what is written of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from tests.tasks.conftest import FRIDAY

NEXT = FRIDAY + timedelta(days=7)


def run(world, due, on_done):
    """Run the job's task for a day, under one key for all days."""
    world.forget_tasks()
    load = OracleScriptOperator(
        task_id="load",
        dag=world.dag,
        script=world.script("first"),
        job_name=world.job_name,
        run_key=f"once-{world.job_name}",
        on_done=on_done,
    )
    given = world.context(due)
    return load, given


@pytest.mark.parametrize(
    ("on_done", "error", "state"),
    [
        ("skip", AirflowSkipException, State.SKIPPED),
        ("fail", AirflowFailException, State.FAILED),
        ("success", None, State.SUCCEEDED),
    ],
)
def test_what_another_run_finished_is_written_down(world, on_done, error, state):
    """The control table says the same as Airflow, with who finished it as the reason."""
    world.put()
    load, given = run(world, FRIDAY, "fail")
    load.execute(given)
    load, given = run(world, NEXT, on_done)
    if error is None:
        said = load.execute(given)["finished_by"]
    else:
        with pytest.raises(error, match="by DAG run scheduled__"):
            load.execute(given)
        said = world.run(NEXT).reason
    assert f"scheduled__{FRIDAY.isoformat()}" in said
    assert world.run(NEXT).state is state
    assert world.effects() == ["first"]
    if on_done == "skip":
        assert given["ti"].pushed["return_value"]["finished_by"] == said
