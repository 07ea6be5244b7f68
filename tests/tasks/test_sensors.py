"""Sensors and their triggers: each way to wait, and each way for the waiting to end."""

from __future__ import annotations

import asyncio
import importlib
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)
from airflow.sdk.exceptions import AirflowRescheduleException

from airflow_oracle_dag.control.table import ControlTableError, UnknownJob
from airflow_oracle_dag.core.errors import CatalogError, FieldError, ScriptError
from airflow_oracle_dag.core.jobs import JobRun
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import DatabaseError
from airflow_oracle_dag.sensors.control_table import ControlTableSensor, SkipFlagSensor
from airflow_oracle_dag.sensors.oracle_state import OracleStateSensor
from airflow_oracle_dag.triggers.watch import query_of
from tests.tasks.conftest import FRIDAY

QUICK = {"poke_interval": 0.05, "timeout": 20}


def ended(world, state, reason="", name=None, due=FRIDAY):
    """Write down how a job ended for an interval."""
    run = JobRun(
        "default", name or world.job_name, world.key(due), due.replace(tzinfo=None), State.PENDING
    )
    if state is State.SKIPPED:
        world.table.skip([JobRun(**{**vars(run), "reason": reason})])
        return
    begun = world.table.begin(run)
    if state is not State.RUNNING:
        world.table.finish(begun, state, reason)


def sensor(kind, world, **arguments):
    """Make a sensor."""
    return kind(task_id="wait", dag=world.dag, **{**QUICK, **arguments})


def job_sensor(world, **arguments):
    """Make a sensor of the world's job."""
    return sensor(ControlTableSensor, world, job_name=world.job_name, **arguments)


def deferred(waiting, context):
    """Run a deferrable sensor until it defers; return what it defers to."""
    with pytest.raises(TaskDeferred) as caught:
        waiting.execute(context)
    return caught.value


def event_of(deferral, meanwhile=None):
    """Run a trigger in a new process's stead; return its event as the task gets it."""
    path, arguments = deferral.trigger.serialize()
    module, _, name = path.rpartition(".")
    arguments = json.loads(json.dumps(arguments))
    trigger = getattr(importlib.import_module(module), name)(**arguments)

    async def first():
        looking = asyncio.ensure_future(anext(trigger.run()))
        if meanwhile is not None:
            await asyncio.sleep(0.2)
            assert not looking.done()
            await asyncio.to_thread(meanwhile)
        return await asyncio.wait_for(looking, 20)

    return asyncio.run(first()).payload


# -- jobs -----------------------------------------------------------------------------------------


def test_a_job_that_has_succeeded_is_there(world):
    """Also when the sensor could defer: it does not."""
    world.put()
    ended(world, State.SUCCEEDED)
    assert job_sensor(world).execute(world.context()) is None
    world.forget_tasks()
    assert job_sensor(world, deferrable=True).execute(world.context()) is None


def test_another_interval_does_not_count(world):
    """Yesterday's success is not today's; unless it is asked for."""
    world.put()
    thursday = FRIDAY - timedelta(days=1)
    ended(world, State.SUCCEEDED, due=thursday)
    assert not job_sensor(world).poke(world.context())
    world.forget_tasks()
    assert job_sensor(world, interval_key=world.key(thursday)).poke(world.context())


def test_a_worker_pokes_until_the_job_is_done(world):
    """The plain mode; a timeout of the sensor is Airflow's own."""
    world.put()
    ended(world, State.RUNNING)
    with pytest.raises(AirflowSensorTimeout):
        job_sensor(world, timeout=0.1).execute(world.context())


def test_reschedule_gives_the_worker_back(world):
    """Between two looks no worker is held."""
    world.put()
    context = world.context()
    context["ti"].get_first_reschedule_date = lambda context: None
    with pytest.raises(AirflowRescheduleException):
        job_sensor(world, mode="reschedule").execute(context)


def test_the_trigger_waits_for_the_job(world):
    """It sees the success as soon as it is written down."""
    world.put()
    waiting = job_sensor(world, deferrable=True)
    deferral = deferred(waiting, world.context())
    assert deferral.timeout == timedelta(seconds=20)
    event = event_of(deferral, lambda: ended(world, State.SUCCEEDED))
    assert event["status"] == "success"
    waiting.execute_complete(world.context(), event)


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_failure_ends_the_waiting_when_it_should(world, deferrable):
    """It names the job and its error, and is not retried; `soft_fail` skips instead."""
    world.put()
    ended(world, State.FAILED, "ORA-00942")
    given = {"fail_on_failure": True, "deferrable": deferrable}
    with pytest.raises(AirflowFailException, match=rf"{world.job_name} \(FAILED: ORA-00942\)"):
        job_sensor(world, **given).execute(world.context())
    world.forget_tasks()
    with pytest.raises(AirflowSkipException, match="ORA-00942"):
        job_sensor(world, soft_fail=True, **given).execute(world.context())


def test_a_failure_while_the_trigger_waits_fails_the_task(world):
    """The event says failed, and the task fails for good."""
    world.put()
    waiting = job_sensor(world, deferrable=True, fail_on_failure=True)
    deferral = deferred(waiting, world.context())
    event = event_of(deferral, lambda: ended(world, State.FAILED, "ORA-00942"))
    assert event["status"] == "failed"
    with pytest.raises(AirflowFailException, match="ORA-00942"):
        waiting.execute_complete(world.context(), event)


def test_a_category_is_done_when_each_of_its_jobs_is(world):
    """Jobs are read at each look, so that a new row counts."""
    category = world.job_name[-30:]
    names = [f"{world.job_name}_{n}" for n in range(3)]
    for name in names:
        world.put(name=name, category=category)
    waiting = sensor(ControlTableSensor, world, category=category)
    world.forget_tasks()
    strict = sensor(ControlTableSensor, world, category=category, skipped_is_done=False)
    ended(world, State.SUCCEEDED, name=names[0])
    ended(world, State.SKIPPED, "not today", name=names[1])
    assert not waiting.poke(world.context())
    ended(world, State.SUCCEEDED, name=names[2])
    assert waiting.poke(world.context())
    assert not strict.poke(world.context())


def test_a_category_without_jobs_is_an_error(world):
    """It has not succeeded: probably it is misspelled."""
    with pytest.raises(CatalogError, match="no job of category 'RAWW'"):
        sensor(ControlTableSensor, world, category="RAWW").execute(world.context())


def test_a_job_that_is_not_in_the_table_is_an_error(world):
    """Nobody waits a week for a misspelled name."""
    with pytest.raises(UnknownJob, match=world.job_name):
        job_sensor(world).execute(world.context())


def test_the_trigger_reports_what_it_cannot_look_at(world):
    """A row that goes away while the trigger waits: an error, never a success."""
    world.put()
    waiting = job_sensor(world, deferrable=True)
    deferral = deferred(waiting, world.context())
    event = event_of(
        deferral, lambda: world.sql("delete odag_job where job_name = :n", n=world.job_name)
    )
    assert event["status"] == "error"
    with pytest.raises(AirflowException, match="UnknownJob"):
        waiting.execute_complete(world.context(), event)


@pytest.mark.parametrize("arguments", [{}, {"job_name": "A", "category": "B"}])
def test_a_sensor_waits_for_names_or_for_a_category(world, arguments):
    """One of both."""
    with pytest.raises(ValueError, match="job_name or category"):
        sensor(ControlTableSensor, world, **arguments)


def test_a_store_that_is_away_for_a_while_is_looked_at_again(world, faults):
    """In the worker and in the triggerer: neither an error nor a success."""
    world.put()
    ended(world, State.SUCCEEDED)
    faults.raise_error(1034, "not available", sql="odag_job_run", times=3)
    job_sensor(world).execute(world.context())

    world.forget_tasks()
    rule = faults.raise_error(1034, "not available", sql="odag_job_run", times=None)
    waiting = job_sensor(world, deferrable=True)
    event = event_of(deferred(waiting, world.context()), lambda: faults.remove(rule))
    assert event["status"] == "success"


def test_a_store_that_stays_away_ends_with_the_sensor_s_timeout(world, faults):
    """Never with a success."""
    world.put()
    faults.raise_error(1034, "not available", sql="odag_job_run", times=None)
    with pytest.raises(AirflowSensorTimeout):
        job_sensor(world, timeout=0.3).execute(world.context())


def test_a_store_that_says_no_is_an_error(world, monkeypatch):
    """Another try would end the same way: a table that is not there."""
    names = json.dumps({"run_table": "no_such_table"})
    monkeypatch.setenv("AIRFLOW__ORACLE_DAG__CONTROL_NAMES", names)
    with pytest.raises(ControlTableError, match="a table is missing"):
        job_sensor(world).execute(world.context())


# -- flags ----------------------------------------------------------------------------------------


def test_a_flag_holds_until_it_is_cleared(world):
    """Also the trigger sees it."""
    world.put(skip_flag="Y")
    waiting = sensor(SkipFlagSensor, world, job_name=world.job_name, deferrable=True)
    deferral = deferred(waiting, world.context())
    event = event_of(deferral, lambda: world.change(SkipFlag=None))
    assert event["status"] == "success"
    world.forget_tasks()
    assert sensor(SkipFlagSensor, world, job_name=world.job_name).poke(world.context())


def test_a_flag_that_cannot_be_read_is_an_error(world):
    """Neither held nor let go."""
    world.put(skip_flag="maybe")
    with pytest.raises(FieldError, match="maybe"):
        sensor(SkipFlagSensor, world, job_name=world.job_name).execute(world.context())


# -- states ---------------------------------------------------------------------------------------


@pytest.fixture
def load(world):
    """Give a table with one row: a load and its state."""
    world.sql("create table t_load (id number, state char(10))")
    world.sql("insert into t_load values (7, 'NEW')")
    yield lambda state: world.sql("update t_load set state = :s", s=state)
    world.sql("drop table t_load")


def state_sensor(world, sql="select state from t_load where id = :id;", **arguments):
    """Make a sensor of the load's state."""
    given = {"parameters": {"id": 7}, **arguments}
    return sensor(OracleStateSensor, world, sql=sql, **given)


class Store(dict):
    """Stand in for Airflow's task state store."""

    def set(self, key, value):
        self[key] = json.loads(json.dumps(value))

    def delete(self, key):
        self.pop(key, None)


def rescheduled(world, **changes):
    """Return a context in which a sensor may reschedule."""
    context = world.context(**changes)
    context["ti"].get_first_reschedule_date = lambda context: None
    return context


def test_a_state_is_waited_for(world, load):
    """One of the values, blanks of a CHAR apart; the state is returned."""
    waiting = state_sensor(world, becomes=["DONE", "OVER"], deferrable=True)
    event = event_of(deferred(waiting, world.context()), lambda: load("DONE"))
    assert waiting.execute_complete(world.context(), event) == '["DONE"]'


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_state_can_fail_the_sensor(world, load, deferrable):
    """A value of `fails_on` ends the waiting at once."""
    load("BAD")
    with pytest.raises(AirflowFailException, match="BAD"):
        state_sensor(world, becomes="DONE", fails_on="BAD", deferrable=deferrable).execute(
            world.context()
        )


def test_any_change_from_the_first_state_is_seen_by_the_trigger(world, load):
    """The first state travels with the trigger."""
    waiting = state_sensor(world, deferrable=True)
    event = event_of(deferred(waiting, world.context()), lambda: load("OLD"))
    assert event == {
        "status": "success",
        "message": 'the state was ["NEW"] and is ["OLD"]',
        "state": '["OLD"]',
    }


def test_the_first_state_outlives_a_reschedule(world, load):
    """A change between two looks is seen by another process; then the store is clean again."""
    store = Store()
    with pytest.raises(AirflowRescheduleException):
        state_sensor(world, mode="reschedule").execute(rescheduled(world, task_state_store=store))
    assert store
    load("OLD")
    world.forget_tasks()
    context = rescheduled(world, task_state_store=store)
    assert state_sensor(world, mode="reschedule").execute(context) == '["OLD"]'
    assert store == {}


def test_a_cleared_run_forgets_the_first_state(world, load):
    """What a cleared sensor compares with is what it sees first."""
    store = Store()
    with pytest.raises(AirflowRescheduleException):
        state_sensor(world, mode="reschedule").execute(rescheduled(world, task_state_store=store))
    load("OLD")
    world.forget_tasks()
    context = rescheduled(world, clears=1, task_state_store=store)
    with pytest.raises(AirflowRescheduleException):
        state_sensor(world, mode="reschedule").execute(context)


def test_without_a_store_reschedule_cannot_see_changes_and_says_so(world, load):
    """It names the ways out; with `becomes` nothing needs to be kept."""
    with pytest.raises(AirflowFailException, match="deferrable=True"):
        state_sensor(world, mode="reschedule").execute(rescheduled(world))
    world.forget_tasks()
    with pytest.raises(AirflowRescheduleException):
        state_sensor(world, mode="reschedule", becomes="DONE").execute(rescheduled(world))


def test_a_poking_sensor_sees_a_change_by_itself(world, load, faults):
    """No store is needed while the process lives."""
    looks = []

    def change(sid, name, sql):
        if sql and sql.startswith("select state"):
            looks.append(sql)
            if len(looks) == 3:
                load("OLD")

    faults.on_call(change)
    assert state_sensor(world).execute(world.context()) == '["OLD"]'


def test_no_row_is_a_state(world, load):
    """The row's disappearance is a change."""
    waiting = state_sensor(world, deferrable=True)
    event = event_of(deferred(waiting, world.context()), lambda: world.sql("delete t_load"))
    assert event["state"] == "no row"


@pytest.mark.parametrize(
    ("sql", "error", "said"),
    [
        ("delete from t_load", ScriptError, "no SELECT"),
        ("begin null; end;", ScriptError, "no SELECT"),
        ("", ScriptError, "no SELECT"),
        ("select 1 from dual; select 2 from dual", ScriptError, "more than one statement"),
        ("select state from t_load for update", ScriptError, "FOR UPDATE"),
        ("select 'x from dual", ScriptError, "without an end"),
        ("select 1 from dual union all select 2 from dual", ScriptError, "more than one row"),
        ("select 1, 2 from dual", ScriptError, "2 columns"),
        ("select 1 from no_such", DatabaseError, "ORA-00942"),
    ],
)
def test_what_is_no_question_about_a_state_is_refused(world, load, sql, error, said):
    """At the first look, with the way out."""
    with pytest.raises(error, match=said):
        state_sensor(world, sql=sql, parameters={}, becomes="x").execute(world.context())


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("select 1 from dual", "select 1 from dual"),
        ("-- why\n select ';' from dual ;\n", "-- why\n select ';' from dual "),
        ("(select 1 from dual)", "(select 1 from dual)"),
        ("with a as (select 1 x from dual) select x from a", None),
    ],
)
def test_a_query_keeps_its_text_without_the_semicolon(text, query):
    """Comments and quotes are no statements."""
    assert query_of(text) == (query or text)


def test_a_query_cannot_change_anything(world, load):
    """Whatever it calls, its transaction can only read: a bind cannot become SQL either."""
    waiting = state_sensor(
        world,
        sql="select count(*) from t_load where state = :s",
        parameters={"s": "x' or 1=1 --"},
        becomes=0,
    )
    assert waiting.execute(world.context()) == '["0"]'


def test_the_context_s_interval_is_enough(world):
    """A sensor in a run without an interval waits for the moment's jobs."""
    world.put()
    given = world.context(logical_date=None, data_interval_start=None, data_interval_end=None)
    assert job_sensor(world).watch(given).interval_key == "2026-11-20T00:00:00Z"
    assert SimpleNamespace(**given).run_id
