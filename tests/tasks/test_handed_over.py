"""A task whose steps run in jobs of the database: it defers, waits in a trigger, and goes on."""

from __future__ import annotations

import asyncio
import importlib
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowTaskTimeout,
    TaskDeferred,
)

from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.decorators.oracle_script import OracleScriptDecoratedOperator
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.runtime.errors import StepFailed, StepTimeout

SLOW = """-- @step slow {options}
insert into t_effects values (:run_id, '{name} before');
begin dbms_session.sleep({seconds}); end;
/
insert into t_effects values (:run_id, '{name} behind');
"""


@dataclass
class Parked:
    """A task that has deferred.

    :param make: makes its operator anew, as each process does.
    """

    make: Any
    context: dict
    deferral: TaskDeferred

    @property
    def trigger(self):
        """Make the trigger as a triggerer does: of what was written down."""
        path, arguments = self.deferral.trigger.serialize()
        module, _, name = path.rpartition(".")
        return getattr(importlib.import_module(module), name)(**json.loads(json.dumps(arguments)))

    def event(self):
        """Wait for the trigger's event."""
        return asyncio.run(self._event())

    async def _event(self):
        run = self.trigger.run()
        try:
            async with asyncio.timeout(30):
                return (await anext(run)).payload
        finally:
            await run.aclose()

    def resume(self, event=None):
        """Let the task go on in a new process; return its result, or it parked again."""
        return carried_out(self.make, self.context, event or self.event())


def carried_out(make, context, event=None):
    """Run or resume a task until it ends or defers."""
    operator = make()
    try:
        if event is None:
            return operator.execute(context)
        return operator.execute_complete(context, event)
    except TaskDeferred as deferral:
        parked = Parked(make, context, deferral)
    assert parked.deferral.method_name == "execute_complete"
    assert parked.deferral.timeout is None  # Airflow's own would leave the job running
    return parked


def maker(world, **arguments):
    """Return what makes the world's task, each time in a DAG that has none."""
    given = {"run_on": "database", "poll_interval": 0.2, **arguments}

    def make():
        world.forget_tasks()
        return OracleScriptOperator(task_id="load", dag=world.dag, **given)

    return make


def slow(world, seconds, options=""):
    """Return a script with one step that takes its time."""
    return SLOW.format(name=world.job_name, seconds=seconds, options=options)


def jobs(world):
    """Return the names of the jobs that are there."""
    with world.database.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select job_name from user_scheduler_jobs where job_name like 'ODAG%'")
        return [name for (name,) in cursor]


def test_a_task_defers_while_its_steps_run_in_the_database(world, capsys):
    """No worker waits; the result is the one that the worker's own run would have."""
    context = world.context()
    parked = carried_out(maker(world, script=world.script("first", "second")), context)
    assert isinstance(parked, Parked)
    told = capsys.readouterr().out
    assert "steps 1 to 2 run in the database as job ODAG_" in told
    event = parked.event()
    assert (event["status"], event["reason"]) == ("success", "ended")
    result = parked.resume(event)
    assert world.effects() == ["first", "second"]
    assert [step["state"] for step in result["steps"]] == ["SUCCEEDED", "SUCCEEDED"]
    assert (result["rows"], result["attempt"]) == (2, 2)
    told = capsys.readouterr().out
    assert "step 2/2 second SUCCEEDED" in told

    world.forget_tasks()
    on_worker = maker(world, script=world.script("third"), run_on="worker", run_key=world.job_name)
    assert set(carried_out(on_worker, world.context())) == set(result)


def test_a_script_may_go_there_and_back(world):
    """Each place of a step is kept to; the task defers for each job of its own."""
    script = world.script("first", "second", "third").replace(
        "second\n", "second run_on=worker\n", 1
    )
    parked = carried_out(maker(world, script=script), world.context())
    again = parked.resume()
    assert isinstance(again, Parked)
    assert again.deferral.trigger.waiting["attempt"] > parked.deferral.trigger.waiting["attempt"]
    result = again.resume()
    assert world.effects() == ["first", "second", "third"]
    assert [step["tries"] for step in result["steps"] if "tries" in step] == []
    assert len({step["attempt"] for step in result["steps"]}) == 3


def test_a_function_writes_the_same_script_again(world):
    """A decorated task calls its function anew when it goes on."""
    called = []

    def write():
        called.append(1)
        return world.script("first")

    def make():
        world.forget_tasks()
        return OracleScriptDecoratedOperator(
            task_id="load",
            dag=world.dag,
            python_callable=write,
            op_args=[],
            op_kwargs={},
            run_on="database",
            poll_interval=0.2,
        )

    parked = carried_out(make, world.context())
    assert parked.resume()["rows"] == 1
    assert (len(called), world.effects()) == (2, ["first"])


def test_a_job_of_the_control_table_runs_where_its_row_says(world):
    """Its run says RUNNING while the task waits, and is the same one when it goes on."""
    world.put(run_on="DATABASE")
    make = maker(world, script=world.script("first"), job_name=world.job_name, run_on="worker")
    parked = carried_out(make, world.context())
    assert isinstance(parked, Parked)
    waiting = world.run()
    assert (waiting.state, waiting.attempt) == (State.RUNNING, 1)
    world.change(SkipFlag="YES")  # for the next run: what is under way is heard out
    parked.resume()
    assert (world.run().state, world.run().attempt) == (State.SUCCEEDED, 1)
    assert world.effects() == ["first"]


def test_a_row_may_keep_its_job_on_the_worker(world):
    """The row goes before what the task says for all of them."""
    world.put(run_on="worker")
    make = maker(world, script=world.script("first"), job_name=world.job_name)
    assert carried_out(make, world.context())["rows"] == 1


def test_a_place_that_is_none_is_refused(world):
    """By the row's field, and by the argument."""
    world.put(run_on="MOON")
    make = maker(world, script=world.script("first"), job_name=world.job_name)
    with pytest.raises(FieldError, match="write WORKER, DATABASE or GLUE"):
        carried_out(make, world.context())
    for wrong in ({"run_on": "moon"}, {"start_timeout": 0}, {"poll_interval": "10"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            maker(world, script="select 1 from dual", **wrong)()


def test_a_step_that_fails_in_its_job_fails_the_task(world):
    """With the error that the database gave; the next try resumes at that step."""
    failing = world.script("first") + "-- @step broken\ninsert into t_nowhere values (1);\n"
    parked = carried_out(maker(world, script=failing), world.context())
    with pytest.raises(StepFailed, match="ORA-00942") as caught:
        parked.resume()
    assert caught.value.step == "broken"
    mended = failing.replace(
        "t_nowhere values (1)", f"t_effects values ('x', '{world.job_name} last')"
    )
    parked = carried_out(maker(world, script=mended), world.context())
    assert parked.resume()["resumed_at"] == "broken"
    assert world.effects() == ["first", "last"]


def test_the_time_of_the_task_ends_the_job(world):
    """`execution_timeout` counts from the start of the try, and nothing runs on behind it."""
    make = maker(world, script=slow(world, 60), execution_timeout=timedelta(seconds=3))
    parked = carried_out(make, world.context())
    event = parked.event()
    assert (event["status"], event["reason"]) == ("error", "execution")
    with pytest.raises(AirflowTaskTimeout, match=r"execution_timeout allows; .*stopped"):
        parked.resume(event)
    assert (jobs(world), world.effects()) == ([], [])
    done = carried_out(maker(world, script=slow(world, 0)), world.context()).resume()
    assert done["steps"][0]["state"] == "SUCCEEDED"
    assert world.effects() == ["before", "behind"]


def test_the_time_of_a_step_ends_the_job(world):
    """As on the worker the step is rolled back and has failed; the next try runs it again."""
    parked = carried_out(maker(world, script=slow(world, 60, "timeout=2s")), world.context())
    event = parked.event()
    assert (event["reason"], event["step"]) == ("step", "slow")
    with pytest.raises(StepTimeout, match="has taken longer than 2 s") as caught:
        parked.resume(event)
    assert caught.value.step == "slow"
    assert (jobs(world), world.effects()) == ([], [])
    parked = carried_out(maker(world, script=slow(world, 0)), world.context())
    assert parked.resume()["rows"] == 2


def test_marking_a_task_that_waits_ends_the_job(world):
    """Only a person's wish does: a trigger that is ended otherwise leaves the job alone."""
    parked = carried_out(maker(world, script=slow(world, 60)), world.context())
    asyncio.run(parked.trigger.cleanup())
    assert len(jobs(world)) == 1
    until = time.monotonic() + 60
    while jobs(world) and time.monotonic() < until:  # a machine that is too busy is asked again
        asyncio.run(parked.trigger.on_kill())
        time.sleep(0.2)
    assert (jobs(world), world.effects()) == ([], [])


def test_a_new_try_attaches_to_the_job_of_the_one_before(world):
    """The worker died before it could defer: no second job is made."""
    script = slow(world, 3)
    first = carried_out(maker(world, script=script), world.context())
    second = carried_out(maker(world, script=script), world.context())
    assert isinstance(second, Parked)
    assert second.deferral.trigger.waiting == first.deferral.trigger.waiting
    assert second.resume()["steps"][0]["state"] == "SUCCEEDED"
    assert world.effects() == ["before", "behind"]


def test_the_worker_waits_where_the_triggerer_cannot(world):
    """A machine that has no way to the database: to defer again would be no use."""
    parked = carried_out(maker(world, script=slow(world, 2)), world.context())
    event = {"reason": "away", "message": "nobody can look", "attempt": 1}
    event["attempt"] = parked.deferral.trigger.waiting["attempt"]
    assert parked.resume(event)["rows"] == 2


def test_a_job_that_is_about_to_begin_gets_its_time_again(world):
    """The time was up when the trigger looked, and the job began as the task did."""
    parked = carried_out(maker(world, script=slow(world, 4), start_timeout=30), world.context())
    trigger = parked.deferral.trigger
    assert trigger.start_timeout == 30
    event = {"reason": "start", "message": "too late", "start_timeout": 30.0}
    event["attempt"] = trigger.waiting["attempt"]
    again = parked.resume(event)
    assert again.deferral.trigger.start_timeout == 60
    assert again.resume()["rows"] == 2


def test_a_step_that_ended_after_all_is_not_stopped(world):
    """Its time was up when the trigger looked; when a worker was found it was done."""
    script = slow(world, 1) + "-- @step next\nbegin dbms_session.sleep(3); end;\n/\n"
    parked = carried_out(maker(world, script=script), world.context())
    waiting = parked.deferral.trigger.waiting
    wait_for_effects(world, 2)
    event = {"reason": "step", "message": "too long", "attempt": waiting["attempt"]}
    again = parked.resume({**event, "step": "slow"})
    assert again.deferral.trigger.waiting["attempt"] == waiting["attempt"]
    assert [step["state"] for step in again.resume()["steps"]] == ["SUCCEEDED", "SUCCEEDED"]


def wait_for_effects(world, count):
    """Wait until scripts have left some rows."""
    until = time.monotonic() + 20
    while len(world.effects()) < count and time.monotonic() < until:
        time.sleep(0.05)
