"""A task that asks what became of a step in doubt: its job's rows meanwhile, and how it goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import create_autospec
from uuid import uuid4

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, task
from airflow.sdk.exceptions import TaskAwaitingInput
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import CommsDecoder, HITLDetailRequestResult

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.operators.lost_job import fail_lost_job
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.results import RunOptions


@pytest.fixture
def airflow(monkeypatch):
    """Stand in for Airflow, which shows each question as it is put."""
    comms = create_autospec(CommsDecoder, instance=True)
    comms.send.side_effect = lambda message: HITLDetailRequestResult(
        **message.model_dump(exclude={"type"})
    )
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", comms, raising=False)
    return comms


def script(world):
    """Return a script whose first step commits by itself."""
    return (
        "-- @step load\nbegin\n"
        f"  insert into t_effects values (:run_id, '{world.job_name} inside');\n"
        "  commit;\nend;\n/\n"
        f"-- @step last\ninsert into t_effects values (:run_id, '{world.job_name} last');\n"
    )


def asking(world, **arguments):
    """Make the task as each of its processes does."""
    world.forget_tasks()
    given = {"script": script(world), "job_name": world.job_name, "on_doubt": "ask", **arguments}
    return OracleScriptOperator(task_id="load", dag=world.dag, **given)


def context(world):
    """Return what Airflow gives the task."""
    given = world.context()
    given["ti"].id = uuid4()
    return given


def parked(world, faults, **arguments):
    """Let the task lose its first step for good; return what it keeps of its question."""
    faults.cut("during", sql=f"{world.job_name} inside", times=None)
    with pytest.raises(TaskAwaitingInput) as caught:
        asking(world, **arguments).execute(context(world))
    faults.clear()
    return caught.value.kwargs


def answered(world, kept, choice, **arguments):
    """Let the task go on with an answer, in another process."""
    event = {
        "chosen_options": [choice],
        "params_input": {},
        "responded_at": datetime.now(UTC),
        "responded_by_user": {"id": "ada", "name": "ada"},
    }
    return asking(world, **arguments).execute_answered(context(world), event=event, **kept)


@pytest.mark.usefixtures("airflow")
@pytest.mark.parametrize(
    ("choice", "effects"),
    [("Done", ["inside", "last"]), ("Run again", ["inside", "inside", "last"])],
    ids=["done", "again"],
)
def test_a_job_is_in_doubt_until_the_answer_lets_it_go_on(world, faults, choice, effects):
    """Its rows say so while nothing runs; then it succeeds by the decision that was made."""
    world.put()
    kept = parked(world, faults)
    run = world.run()
    assert (run.state, world.row().status_flag) == (State.IN_DOUBT, "failure")
    assert run.reason.startswith("InDoubt: <load>:2: step load of run")
    assert run.ended_at is not None

    world.change(RunCondition="MONDAY")
    result = answered(world, kept, choice)
    assert [step["state"] for step in result["steps"]] == ["SUCCEEDED", "SUCCEEDED"]
    assert world.effects() == effects
    assert (world.run().state, world.row().status_flag) == (State.SUCCEEDED, "success")
    assert (world.run().reason, world.run().ended_at is not None) == (run_kept(), True)


def run_kept():
    """Return the reason of a job that goes on by the decision of the try before."""
    return "this run of the DAG decided so when it began the job"


@pytest.mark.usefixtures("airflow")
def test_a_job_whose_answer_is_fail_stays_in_doubt(world, faults):
    """Neither the failure nor the callback of a lost job writes anything else."""
    world.put()
    kept = parked(world, faults)
    before = world.run()
    with pytest.raises(AirflowFailException, match="ada answered Fail for step load") as caught:
        answered(world, kept, "Fail")
    failed = asking(world)
    fail_lost_job({**context(world), "task": failed, "exception": caught.value})
    assert world.run() == before
    assert world.row().status_flag == "failure"


@pytest.mark.usefixtures("airflow")
def test_a_doubt_that_comes_back_is_asked_about_again(world, faults):
    """The step is lost once more in the same try: another question, for another doubt."""
    world.put()
    kept = parked(world, faults)
    faults.cut("during", sql=f"{world.job_name} inside", times=None)
    with pytest.raises(TaskAwaitingInput) as caught:
        answered(world, kept, "Run again")
    faults.clear()
    again = caught.value.kwargs
    assert again["asked"]["tries"] == kept["asked"]["tries"] + 1
    assert world.run().state is State.IN_DOUBT
    with pytest.raises(TaskAwaitingInput):
        answered(world, kept, "Done")  # of the first doubt: it is over
    answered(world, again, "Done")
    assert world.effects() == ["inside", "inside", "last"]


@pytest.mark.usefixtures("airflow")
def test_an_answer_finds_that_another_was_given(world, faults):
    """The command line said before that the step is done: it is not run again."""
    arguments = {"job_name": None}
    kept = parked(world, faults, **arguments)
    given = context(world)
    waiting = asking(world, **arguments)
    verbs.mark_done(
        world.database.connector(),
        waiting._identity(given),
        "load",
        who="grace",
        why="looked",
        options=RunOptions(orphan="fail"),
        observe=print,
    )
    result = answered(world, kept, "Run again", **arguments)
    assert [step["state"] for step in result["steps"]] == ["SUCCEEDED", "SUCCEEDED"]
    assert world.effects() == ["inside", "last"]


@pytest.mark.usefixtures("airflow")
def test_a_function_writes_its_script_again_before_it_goes_on(world, faults):
    """A decorated task has no script until its function is called, in each process."""

    def made():
        dag = DAG(world.dag.dag_id, schedule=None, start_date=world.dag.start_date)

        @task.oracle_script(on_doubt="ask", dag=dag)
        def load():
            return script(world)

        return load().operator

    faults.cut("during", sql=f"{world.job_name} inside", times=None)
    with pytest.raises(TaskAwaitingInput) as caught:
        made().execute(context(world))
    faults.clear()
    event = {"chosen_options": ["Done"], "params_input": {}, "responded_by_user": None}
    made().execute_answered(context(world), event=event, **caught.value.kwargs)
    assert world.effects() == ["inside", "last"]


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"on_doubt": "guess"}, "on_doubt is one of"),
        ({"ask_timeout": 60}, "needs on_doubt='ask'"),
        ({"on_doubt": "ask", "ask_timeout": -1}, "a number of seconds above 0, not -1"),
    ],
)
def test_wrong_arguments_are_refused_while_the_dag_is_parsed(arguments, wrong):
    """They name the task and the argument."""
    with pytest.raises(ValueError, match=f"task asks: .*{wrong}"):
        OracleScriptOperator(task_id="asks", script="select 1 from dual;", **arguments)
