"""The trigger of a Glue run: rows and state, AWS out of order, and forty hours of it."""

from __future__ import annotations

import asyncio
import importlib
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from airflow_oracle_dag.runtime.access import Access
from airflow_oracle_dag.triggers import glue_log, glue_poller
from airflow_oracle_dag.triggers.glue_handover import GlueHandoverTrigger
from tests.glue.fast_clock import FastLoop
from tests.glue.stand_in import Job, StandIn
from tests.planted import PLANTED
from tests.unit.triggers.conftest import running
from tests.unit.triggers.test_handover import until


def _no_process(arguments):
    """Start a run that does nothing: tests say how it stands."""


@pytest.fixture
def aws(monkeypatch):
    """Give a stand-in with a job whose runs do nothing, and the connection to it."""
    with StandIn() as services:
        services.jobs["steps"] = Job("steps", _no_process, concurrent=1000)
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", services.connection())
        yield services
    assert glue_poller._POLLERS == {}


def begin(aws, waiting):
    """Start the run of a handed attempt."""
    token = f"{waiting['run_hash']}:{waiting['attempt']}"
    asked = {"JobName": "steps", "Arguments": {"--odag_attempt": token}}
    return aws.run(aws.start_job_run(asked)["JobRunId"])


def trigger_of(waiting, run, *, interval=0.2, **glue):
    """Make the trigger of a run as a triggerer does."""
    given = {"conn_id": "aws_default", "region": None, "job_name": "steps", **glue}
    given["run_id"] = None if run is None else run.id
    first = GlueHandoverTrigger(
        glue=given,
        conn_id="oracle_default",
        schema=None,
        waiting=waiting,
        start_timeout=600.0,
        poll_interval=interval,
    )
    path, arguments = first.serialize()
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)(**json.loads(json.dumps(arguments)))


@asynccontextmanager
async def waiting_for(*triggers):
    """Let triggers wait, until their first looks are over."""
    async with running(triggers) as tasks:
        yield tasks
    async with asyncio.timeout(10):
        while glue_poller._POLLERS:  # noqa: ASYNC110 - it ends by itself and tells nobody
            await asyncio.sleep(0.01)


def one(handed, aws):
    """Hand one attempt over, and start its run."""
    [waiting] = handed.rows(1, place="glue")
    return waiting, begin(aws, waiting)


def test_the_rows_say_that_the_work_is_done(handed, aws, capsys):
    """The run has a moment to end, too; what it wrote is in the task's log."""
    waiting, run = one(handed, aws)

    async def story():
        async with waiting_for(trigger_of(waiting, run)) as [task]:
            await until(lambda: aws.asked["GetJobRun"] >= 2)
            run.say(json.dumps({"level": "info", "message": "step 1/2 load"}))
            await asyncio.to_thread(handed.end, waiting)
            await asyncio.sleep(0.5)
            assert not task.done()
            run.say("Traceback", "error")
            run.end("SUCCEEDED")
            return await asyncio.wait_for(task, 5)

    event = asyncio.run(story())
    assert (event["status"], event["reason"]) == ("success", "ended")
    assert event["glue"]["state"] == "SUCCEEDED"
    assert (event["glue"]["run_id"], event["glue"]["log"]["shown"]) == (run.id, 2)
    log = capsys.readouterr().out
    assert f"waits for run {run.id} of Glue job steps" in log
    assert log.count("step 1/2 load") == log.count("Traceback") == 1
    assert '"level"' not in log.replace("\\", "")


@pytest.mark.parametrize("state", ["FAILED", "ERROR", "EXPIRED", "STOPPED", "TIMEOUT", "SUCCEEDED"])
def test_a_run_that_dies_before_its_first_row_shows_only_in_its_state(handed, aws, state):
    """Each state that is an end ends the waiting, once the rows were looked at again."""
    waiting, run = one(handed, aws)

    async def story():
        async with waiting_for(trigger_of(waiting, run, interval=0.1)) as [task]:
            await until(lambda: aws.asked["GetJobRun"] >= 1)
            run.end(state, "no module named x")
            return await asyncio.wait_for(task, 5)

    event = asyncio.run(story())
    assert (event["status"], event["reason"]) == ("error", "gone")
    assert f"is over and has written down no end: {state}: no module named x" in event["message"]


def test_a_run_that_nobody_knows_any_more_is_gone(handed, aws):
    """The job was deleted under our feet; a new run may take a moment to be shown."""
    waiting, run = one(handed, aws)
    del aws.jobs["steps"]

    async def story():
        async with waiting_for(trigger_of(waiting, run)) as [task]:
            return await asyncio.wait_for(task, 10)

    event = asyncio.run(story())
    assert event["reason"] == "gone"
    assert "Job steps not found" in event["message"]
    assert aws.asked["GetJobRun"] >= 3


@pytest.mark.parametrize("kind", ["throttle", "expire", "break", "cut", "lose"])
def test_aws_may_be_out_of_order(handed, aws, capsys, monkeypatch, kind):
    """It is asked less and less often; the log says it once, and that it is over."""
    monkeypatch.setattr(glue_poller, "SLOWEST", 0.5)
    waiting, run = one(handed, aws)

    async def story():
        async with waiting_for(trigger_of(waiting, run, interval=0.1)) as [task]:
            await until(lambda: aws.asked["GetJobRun"] >= 1)
            aws.fail("", kind, 6)
            await until(lambda: aws.faults[0].times == 0)
            assert not task.done()
            await asyncio.to_thread(handed.end, waiting)
            run.end("SUCCEEDED")
            assert (await asyncio.wait_for(task, 10))["reason"] == "ended"

    asyncio.run(story())
    log = capsys.readouterr().out
    assert log.count("could not look at the run, and will look again") == 1
    assert log.count("AWS answers again") == 1


def test_credentials_that_expire_are_fetched_anew(handed, aws, monkeypatch, capsys):
    """At once, and without a word: a role's last an hour, a run two days."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws.connection(role=True))
    waiting, run = one(handed, aws)

    async def story():
        async with waiting_for(trigger_of(waiting, run, interval=0.1)) as [task]:
            await until(lambda: aws.asked["GetJobRun"] >= 2)
            before = aws.asked["AssumeRole"]
            aws.expire()
            await until(lambda: aws.asked["AssumeRole"] > before)
            await asyncio.to_thread(handed.end, waiting)
            run.end("SUCCEEDED")
            assert (await asyncio.wait_for(task, 10))["reason"] == "ended"

    asyncio.run(story())
    assert "could not look" not in capsys.readouterr().out


def test_a_refusal_that_stays_is_told_to_the_task(handed, aws, monkeypatch):
    """Somebody took the policy away: after an hour the task says it better, with the cure."""
    monkeypatch.setattr(glue_poller, "PATIENCE", 0.3)
    waiting, run = one(handed, aws)
    aws.fail("GetJobRun", "deny", 1000)

    async def story():
        async with waiting_for(trigger_of(waiting, run)) as [task]:
            return await asyncio.wait_for(task, 10)

    event = asyncio.run(story())
    assert (event["status"], event["reason"]) == ("error", "away")
    assert "AccessDeniedException" in event["message"] and "docs/glue.md" in event["message"]


def test_many_runs_of_a_job_are_one_question(handed, aws):
    """One an interval; a run that is older than what that shows is asked for by itself."""
    waitings = handed.rows(20, place="glue")
    runs = [begin(aws, waitings[0])]
    for _ in range(200):
        aws.start_job_run({"JobName": "steps"})
    runs += [begin(aws, waiting) for waiting in waitings[1:]]

    async def story():
        triggers = [trigger_of(*pair) for pair in zip(waitings, runs, strict=True)]
        async with waiting_for(*triggers) as tasks:
            await until(lambda: aws.asked["GetJobRuns"] >= 3)
            asked = aws.asked["GetJobRuns"], aws.asked["GetJobRun"]
            runs[0].end("FAILED", "x")
            runs[7].end("FAILED", "x")
            for number in (0, 7):
                assert (await asyncio.wait_for(tasks[number], 10))["reason"] == "gone"
            assert sum(task.done() for task in tasks) == 2
            return asked

    looks, singly = asyncio.run(story())
    assert abs(singly - looks) <= 1


def test_a_log_that_is_too_long_is_cut(handed, aws, monkeypatch, capsys):
    """So much for each look and in all; the rest is counted, and it is said where it is."""
    monkeypatch.setattr(glue_log, "MOST", 150)
    monkeypatch.setattr(glue_poller, "LOG_INTERVAL", 0.2)
    waiting, run = one(handed, aws)
    for number in range(3000):
        run.say(f"line {number:04d} of the log {'x' * 1000}")

    async def story():
        async with waiting_for(trigger_of(waiting, run)) as [task]:
            await until(lambda: aws.asked["GetLogEvents"] >= 10)
            await asyncio.to_thread(handed.end, waiting)
            run.end("SUCCEEDED")
            return await asyncio.wait_for(task, 10)

    event = asyncio.run(story())
    log = capsys.readouterr().out
    assert log.count("of the log x") == 150 == event["glue"]["log"]["shown"]
    assert len(log) < 150 * 800
    assert "2850 lines of the run's log are not shown here: CloudWatch, log groups" in log
    assert f"/aws-glue/python-jobs/output and /aws-glue/python-jobs/error, stream {run.id}" in log


def test_a_log_that_may_not_be_read_costs_one_line(handed, aws, monkeypatch, capsys):
    """The policy lacks it: the waiting goes on all the same."""
    monkeypatch.setattr(glue_poller, "LOG_INTERVAL", 0.1)
    waiting, run = one(handed, aws)
    aws.fail("GetLogEvents", "deny", 1000)

    async def story():
        async with waiting_for(trigger_of(waiting, run, interval=0.1)) as [task]:
            await until(lambda: aws.asked["GetLogEvents"] >= 4)
            await asyncio.to_thread(handed.end, waiting)
            run.end("SUCCEEDED")
            assert (await asyncio.wait_for(task, 10))["reason"] == "ended"

    asyncio.run(story())
    assert capsys.readouterr().out.count("the run's log cannot be read") == 1


def test_what_could_not_be_begun_is_tried_again(handed, aws):
    """There is no run yet: the task is woken when it is time for that."""
    [waiting] = handed.rows(1, place="glue")
    again_at = (datetime.now(UTC) + timedelta(seconds=0.5)).isoformat()

    async def story():
        async with waiting_for(trigger_of(waiting, None, again_at=again_at, tries=3)) as [task]:
            return await asyncio.wait_for(task, 5)

    event = asyncio.run(story())
    assert (event["status"], event["reason"]) == ("success", "again")
    assert (event["glue"]["tries"], event["glue"]["run_id"]) == (3, None)
    assert aws.asked["GetJobRun"] == 0


def test_marking_the_task_stops_the_run(handed, aws, capsys):
    """By its id, or by its argument where the id was lost; what cannot be stopped is named."""
    waiting, run = one(handed, aws)
    asyncio.run(trigger_of(waiting, run).on_kill())
    assert run.state == "STOPPED"
    lost, other = one(handed, aws)
    asyncio.run(trigger_of(lost, None).on_kill())
    assert other.state == "STOPPED"
    capsys.readouterr()
    denied, third = one(handed, aws)
    aws.fail("BatchStopJobRun", "deny")
    asyncio.run(trigger_of(denied, third).on_kill())
    assert f"run {third.id} of Glue job steps may still be at work" in capsys.readouterr().out


def test_no_secret_of_the_connection_is_told(handed, aws, monkeypatch, capsys):
    """Wherever AWS is, and whatever it answers."""
    waiting, run = one(handed, aws)
    given = {**json.loads(aws.connection()), "password": f"{PLANTED}aws-4711"}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(given))
    monkeypatch.setattr(glue_poller, "PATIENCE", 0.0)
    aws.fail("GetJobRun", "deny", 1000)

    async def story():
        async with waiting_for(trigger_of(waiting, run)) as [task]:
            return await asyncio.wait_for(task, 10)

    assert PLANTED not in asyncio.run(story())["message"] + capsys.readouterr().out


def test_forty_hours(handed, aws, monkeypatch, capsys):
    """No limit of looks ends it early; keys are renewed, and the log stays as long as it may."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws.connection(role=True))
    monkeypatch.setattr(Access, "can_be_async", False)  # what threads do, the clock can wait for
    waiting, run = one(handed, aws)
    loop = FastLoop()

    async def day(hours):
        """Let the run work and write for some hours, and everything go wrong that can."""
        for hour in range(hours):
            await asyncio.sleep(3600)
            for _ in range(500):
                run.say(f"hour {hour}: {'x' * 80}")
            if hour % 8 == 0:
                aws.expire()
            kind = ("throttle", "break", "cut")[hour % 3]
            aws.fail("GetJobRun", kind, 3)

    async def story():
        begun = loop.time()
        async with waiting_for(trigger_of(waiting, run, interval=900.0)) as [task]:
            await day(40)
            await asyncio.sleep(7200)  # in which nothing goes wrong any more
            assert not task.done()
            await asyncio.to_thread(handed.end, waiting)
            run.end("SUCCEEDED")
            event = await task
        assert loop.time() - begun > 40 * 3600
        return event

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        event = runner.run(story())
    assert (event["reason"], event["glue"]["state"]) == ("ended", "SUCCEEDED")
    assert aws.asked["AssumeRole"] > 5
    assert event["glue"]["log"]["shown"] == glue_log.MOST
    log = capsys.readouterr().out
    assert log.count("hour ") == glue_log.MOST
    assert "18000 lines of the run's log are not shown here" in log
