"""A task whose steps run in AWS Glue: a stand-in runs the job in Python 3.9, without Airflow."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from datetime import timedelta

import pytest
from airflow.providers.common.compat.sdk import AirflowTaskTimeout

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.glue.contract import HAND_OFF_ARGUMENT, HandOff
from airflow_oracle_dag.glue.parts import SecretPlace
from airflow_oracle_dag.operators import glue_steps
from airflow_oracle_dag.operators.glue_oracle_script import GlueOracleScriptOperator
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.runtime.errors import CarrierRefused, JobLost, StepFailed
from tests.glue.python39 import python39
from tests.glue.runs import job_of
from tests.glue.stand_in import REGION, Job, StandIn, until
from tests.tasks.test_handed_over import Parked, carried_out, slow


@pytest.fixture
def aws(database, monkeypatch, tmp_path):
    """Give a stand-in with the job, the secret of the database, and the connection to it."""
    python = python39()
    host, _, service = database.dsn.partition("/")
    secret = {
        "username": database.user,
        "password": database.password,
        "host": host.partition(":")[0],
        "port": int(host.partition(":")[2]),
        "service_name": service,
    }
    with StandIn() as services:
        launch = job_of(python, services.environment(), tmp_path)
        services.jobs["steps"] = Job("steps", launch)
        services.secrets["prod/db"] = json.dumps(secret)
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", services.connection())
        monkeypatch.setattr(glue_steps, "_AGAIN", 0.2)
        yield services


def maker(world, kind=OracleScriptOperator, **arguments):
    """Return what makes the world's task, each time in a DAG that has none."""
    given = {
        "glue_job_name": "steps",
        "glue_secret_id": "prod/db",
        "run_on": "glue",
        "poll_interval": 0.2,
        **arguments,
    }

    def make():
        world.forget_tasks()
        return kind(task_id="load", dag=world.dag, **given)

    return make


def began(world, run):
    """Wait until the process of a run is at a step."""
    run_hash, _, attempt = run.arguments["--odag_attempt"].rpartition(":")
    count = """select count(*) from odag_step s where s.state = 'RUNNING'
               and s.run_hash = :run_hash and s.attempt = :attempt"""

    def is_running():
        with world.database.connect() as connection, connection.cursor() as cursor:
            cursor.execute(count, run_hash=run_hash, attempt=int(attempt))
            return cursor.fetchone() != (0,)

    assert until(is_running), run.text()


def test_two_segments_around_a_step_of_the_worker(world, aws, capsys):
    """Each is a run of its own; the result has what they cost, the log what they wrote."""
    script = world.script("first", "second", "third").replace(
        "second\n", "second run_on=worker\n", 1
    )
    context = world.context()
    parked = carried_out(maker(world, script=script), context)
    assert isinstance(parked, Parked)
    [run] = aws.runs
    assert run.asked["Timeout"] == 2880
    handed = HandOff.from_argument(run.arguments[HAND_OFF_ARGUMENT])
    assert handed.secret == SecretPlace("prod/db", REGION)  # the connection's
    assert context["ti"].pushed["glue_run"]["run_id"] == run.id
    event = parked.event()
    assert (event["status"], event["reason"]) == ("success", "ended")
    again = parked.resume(event)
    assert isinstance(again, Parked)
    result = again.resume()
    assert world.effects() == ["first", "second", "third"]
    assert [one["state"] for one in result["glue_runs"]] == ["SUCCEEDED", "SUCCEEDED"]
    assert [one["run_id"] for one in result["glue_runs"]] == [one.id for one in aws.runs][::-1]
    spent = [step["dpu_seconds"] for step in result["steps"]]
    assert spent[0] > 0 and spent[1] is None and spent[2] > 0
    assert result["dpu_seconds"] == pytest.approx(spent[0] + spent[2])
    log = capsys.readouterr().out
    assert "step 1 runs in AWS Glue as run jr_" in log
    assert f"waits for run {run.id} of Glue job steps" in log

    assert "[glue] step 1/3 first SUCCEEDED" in log


def test_a_step_that_fails_there_fails_the_task(world, aws):
    """With the error that the database gave; the next try resumes at that step."""
    failing = world.script("first") + "-- @step broken\ninsert into t_nowhere values (1);\n"
    make = maker(world, GlueOracleScriptOperator, script=failing)
    parked = carried_out(make, world.context())
    with pytest.raises(StepFailed, match="ORA-00942") as caught:
        parked.resume()
    assert caught.value.step == "broken"
    assert aws.runs[0].state == "FAILED"
    mended = failing.replace(
        "t_nowhere values (1)", f"t_effects values ('x', '{world.job_name} last')"
    )
    result = carried_out(maker(world, script=mended, run_on="worker"), world.context())
    assert result["resumed_at"] == "broken"
    assert world.effects() == ["first", "last"]


def test_a_new_try_attaches_to_the_run_of_the_one_before(world, aws):
    """The worker died before it could defer: no second run is started."""
    script = slow(world, 2)
    first = carried_out(maker(world, script=script), world.context())
    second = carried_out(maker(world, script=script), world.context())
    assert second.deferral.trigger.waiting == first.deferral.trigger.waiting
    assert second.resume()["steps"][0]["state"] == "SUCCEEDED"
    assert len(aws.runs) == 1
    assert world.effects() == ["before", "behind"]


def test_a_run_whose_id_was_lost_is_found_again(world, aws):
    """The reply of StartJobRun never came: the run is known by its argument."""
    aws.fail("StartJobRun", "lose")
    parked = carried_out(maker(world, script=world.script("first")), world.context())
    assert parked.deferral.trigger.glue["run_id"] is None
    event = parked.event()
    assert event["reason"] in ("again", "ended")
    again = parked.resume(event)
    if isinstance(again, Parked):  # else it was over by then
        assert again.deferral.trigger.glue["run_id"] == aws.runs[0].id
        again = again.resume()
    assert again["rows"] == 1
    assert (len(aws.runs), world.effects()) == (1, ["first"])


def test_no_room_for_a_run_is_waited_for(world, aws, capsys):
    """ConcurrentRunsExceeded: nobody holds a worker for it, and it is tried again and again."""
    aws.jobs["steps"].concurrent = 0
    parked = carried_out(maker(world, script=world.script("first")), world.context())
    parked = parked.resume()
    assert parked.deferral.trigger.glue["tries"] == 2
    aws.jobs["steps"].concurrent = 1
    assert parked.resume().resume()["rows"] == 1
    log = capsys.readouterr().out
    assert "AWS does not begin a run of Glue job steps yet" in log
    assert "ConcurrentRunsExceededException" in log


def test_a_run_that_dies_is_settled_and_resumed(world, aws):
    """Its process is killed in the middle of a step: the step is rolled back and runs again."""
    script = world.script("first") + slow(world, 3)  # its session sleeps on, and is waited for
    parked = carried_out(maker(world, script=script), world.context())
    [run] = aws.runs
    assert until(lambda: world.effects() == ["first"]), run.text()
    began(world, run)
    run.kill()
    event = parked.event()
    assert (event["reason"], event["glue"]["state"]) == ("gone", "FAILED")
    with pytest.raises(JobLost, match="FAILED"):
        parked.resume(event)
    rest = world.script("first") + slow(world, 0)
    result = carried_out(maker(world, script=rest, run_on="worker"), world.context())
    assert result["resumed_at"] == "slow"
    assert world.effects() == ["before", "behind", "first"]


def test_the_time_of_a_run_ends_it(world, aws):
    """Glue ends it with TIMEOUT, and the task fails as after any run that died."""
    aws.minute = 6.0
    make = maker(world, script=slow(world, 60), glue_timeout=1)
    parked = carried_out(make, world.context())
    assert aws.runs[0].asked["Timeout"] == 1
    event = parked.event()
    assert (event["reason"], event["glue"]["state"]) == ("gone", "TIMEOUT")
    with pytest.raises(JobLost, match="TIMEOUT"):
        parked.resume(event)


async def cancelled(coroutine):
    """Cancel what has just begun, as Airflow does with `on_kill` a second later."""
    task = asyncio.ensure_future(coroutine)
    await asyncio.sleep(0.2)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_marking_a_task_that_waits_stops_run_and_session(world, aws):
    """Nothing of it is at work any more, and nothing of its step is left; a clear goes on at once.

    Nobody has a privilege against its session here: its own process hears of the wish.
    """
    parked = carried_out(maker(world, script=slow(world, 100)), world.context())
    [run] = aws.runs
    began(world, run)
    asyncio.run(cancelled(parked.trigger.on_kill()))
    assert run.ended.wait(10) and run.state in ("STOPPED", "FAILED")
    assert world.effects() == []
    again = carried_out(maker(world, script=slow(world, 0)), world.context(clears=1))
    assert again.resume()["steps"][0]["state"] == "SUCCEEDED"
    assert (len(aws.runs), world.effects()) == (2, ["before", "behind"])


def test_the_time_of_the_task_stops_the_run(world, aws):
    """`execution_timeout` counts over the deferral, and nothing runs on behind it."""
    make = maker(world, script=slow(world, 60), execution_timeout=timedelta(seconds=2))
    parked = carried_out(make, world.context())
    began(world, aws.runs[0])
    event = parked.event()
    assert event["reason"] == "execution"
    with pytest.raises(AirflowTaskTimeout, match="was asked to stop"):
        parked.resume(event)
    assert aws.runs[0].ended.wait(10) and aws.runs[0].state in ("STOPPED", "FAILED")
    assert world.effects() == []


def _no_role(aws, patch):
    aws.assumable = False
    patch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws.connection(role=True))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda aws, patch: aws.jobs.clear(), "oracle-dag glue deploy"),
        (lambda aws, patch: aws.fail("", "deny"), "docs/glue.md"),
        (_no_role, "sts:AssumeRole"),
    ],
)
def test_what_stays_wrong_is_said_with_its_cure(world, aws, monkeypatch, spoil, message):
    """The step is left so that a retry goes on with it, once it is mended."""
    jobs = dict(aws.jobs)
    with monkeypatch.context() as patch:
        spoil(aws, patch)
        with pytest.raises(CarrierRefused, match=message):
            carried_out(maker(world, script=world.script("first")), world.context())
    aws.jobs.update(jobs)
    result = carried_out(maker(world, script=world.script("first")), world.context()).resume()
    assert (result["rows"], len(aws.runs)) == (1, 1)


def test_a_script_that_is_too_long_goes_through_s3(world, aws, monkeypatch):
    """Without a bucket it is refused before anything is begun."""
    noise = "".join(f"-- {os.urandom(40).hex()}\n" for _ in range(1800))
    script = noise + world.script("first")
    with pytest.raises(ScriptError, match="glue_bucket"):
        carried_out(maker(world, script=script), world.context())
    assert aws.runs == []
    make = maker(world, script=script, glue_bucket="handed")
    result = carried_out(make, world.context()).resume()
    assert (result["rows"], world.effects()) == (1, ["first"])
    assert [name.partition("/")[0] for name in aws.objects] == ["handed"]


def test_a_step_for_glue_needs_a_job(world):
    """The line that asks for it is named, and how to mend it."""
    script = world.script("first").replace("first\n", "first run_on=glue\n", 1)
    make = maker(world, script=script, glue_job_name=None, run_on="worker")
    with pytest.raises(ScriptError, match=r":2: .*\n(.*\n)*.*glue_job_name"):
        carried_out(make, world.context())


@pytest.mark.parametrize(
    "wrong",
    [
        {"glue_job_name": None},
        {"glue_secret_id": None},
        {"glue_timeout": 0},
        {"glue_timeout": 10_081},
        {"glue_timeout": "60"},
        {"glue_run_args": {"Timeout": 5}},
    ],
)
def test_wrong_arguments_are_refused_while_the_dag_is_parsed(world, wrong):
    """Each names itself."""
    with pytest.raises(ValueError, match="glue"):
        maker(world, script="select 1 from dual;", **wrong)()
