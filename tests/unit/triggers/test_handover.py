"""The trigger of a handed job in a real event loop, its one session and its two questions."""

from __future__ import annotations

import asyncio
import json
import os
import time
from datetime import UTC, datetime, timedelta

import oracledb
import pytest

from airflow_oracle_dag.runtime.access import Access
from airflow_oracle_dag.triggers import poller, waiting_session
from tests.planted import PLANTED
from tests.unit.triggers.conftest import Statements, event_of, running, trigger_of

STEP = """insert into odag_step (run_hash, generation, step_no, name, step_class, state, attempt,
  tries, text_hash, values_hash, first_line, last_line, started_at)
values (:run_hash, 1, 2, 'load', 'TRANSACTIONAL', 'RUNNING', 2, 1, 't', 'v', 1, 1, :began)"""
CLAIM = """update odag_handover h set h.claimed_at = :at, h.changed_at = :at
 where h.run_hash = :run_hash"""


async def until(true, seconds=10.0):
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - asks a database
            await asyncio.sleep(0.02)


def test_a_thousand_triggers_hold_one_session(handed):
    """Two questions in each interval, whoever waits; who is over is told, the others wait on."""
    waitings = handed.rows(1000)
    asked = Statements()
    handed.server.faults.on_call(asked)

    async def story():
        triggers = [trigger_of(one, interval=1.0) for one in waitings]
        async with running(triggers) as tasks:
            await until(lambda: len(asked.asked) >= 4)
            begun = time.monotonic()
            assert len(handed.waiting_sessions()) == 1
            for number in (0, 500, 999):
                await asyncio.to_thread(handed.end, waitings[number])
                written = time.monotonic()
                event = await asyncio.wait_for(tasks[number], 3)
                assert time.monotonic() - written < 1.0 + 2.0
                assert event["run_key"] == waitings[number]["run_key"]
                assert (event["status"], event["reason"]) == ("success", "ended")
            ended = time.monotonic()
            assert len(asked.between(begun, ended)) <= 2 * (ended - begun + 1)
            assert sum(task.done() for task in tasks) == 3
            assert {sid for _, sid in asked.asked} == set(handed.waiting_sessions())
        await until(lambda: handed.waiting_sessions() == [])

    asyncio.run(story())


def test_a_change_that_is_committed_late_is_seen(handed):
    """It noted its time before the last look and shows itself behind it: looks reach back."""
    first, second = handed.rows(2)

    async def story():
        async with running([trigger_of(first), trigger_of(second)]) as tasks:
            await until(lambda: bool(handed.waiting_sessions()))
            with handed.connection.cursor() as cursor:
                cursor.execute(
                    "update odag_handover h set h.ended_at = sys_extract_utc(systimestamp),"
                    " h.changed_at = sys_extract_utc(systimestamp) where h.run_hash = :run_hash",
                    run_hash=first["run_hash"],
                )
            await asyncio.sleep(1)
            assert not tasks[0].done()
            handed.connection.commit()
            assert (await asyncio.wait_for(tasks[0], 5))["reason"] == "ended"
            assert not tasks[1].done()

    asyncio.run(story())


def test_a_change_that_is_committed_very_late_is_seen_by_the_whole_look(handed, monkeypatch):
    """A commit that hung for longer than looks reach back: now and then one reaches all the way."""
    monkeypatch.setattr(poller, "WHOLE", 1.5)
    [waiting] = handed.rows(1, ago=3600)

    async def story():
        async with running([trigger_of(waiting, start_timeout=7200.0)]) as [task]:
            await until(lambda: bool(handed.waiting_sessions()))
            await asyncio.sleep(0.5)
            noted = handed.now() - timedelta(seconds=1800)
            await asyncio.to_thread(
                handed.change,
                "update odag_handover h set h.ended_at = :at, h.changed_at = :at",
                at=noted,
            )
            assert (await asyncio.wait_for(task, 5))["reason"] == "ended"

    asyncio.run(story())


def test_a_job_that_is_gone_without_a_word_is_noticed(handed):
    """Its session was killed, say: no end is written, and there is no job any more."""
    first, second = handed.rows(2)

    async def story():
        async with running([trigger_of(first), trigger_of(second)]) as tasks:
            await until(lambda: bool(handed.waiting_sessions()))
            await asyncio.to_thread(handed.drop_job, first)
            event = await asyncio.wait_for(tasks[0], 5)
            assert (event["status"], event["reason"]) == ("error", "gone")
            assert first["job_name"] in event["message"]
            assert not tasks[1].done()

    asyncio.run(story())


def test_a_row_that_is_not_there_is_no_reason_to_wait_for_ever(handed):
    """The run was purged meanwhile: the task looks for itself."""
    waiting = handed.waiting("purged", "ODAG_PURGED", handed.now())
    assert asyncio.run(asyncio.wait_for(_event(waiting), 5))["reason"] == "gone"


async def _event(waiting, **given):
    return await event_of(trigger_of(waiting, **given))


def test_a_session_that_is_cut_is_opened_again(handed, capsys):
    """Once is nothing to speak of; what happened meanwhile is seen."""
    [waiting] = handed.rows(1)
    asked = Statements()
    handed.server.faults.on_call(asked)

    async def story():
        async with running([trigger_of(waiting)]) as [task]:
            await until(lambda: len(asked.asked) >= 3)
            [sid] = handed.waiting_sessions()
            handed.server.cut(sid)
            await asyncio.to_thread(handed.end, waiting)
            assert (await asyncio.wait_for(task, 5))["reason"] == "ended"

    asyncio.run(story())
    assert "could not look" not in capsys.readouterr().out


def test_a_database_that_is_away_is_waited_for(handed, capsys):
    """The log tells that nobody can look, once, and that it is over; the trigger waits on."""
    [waiting] = handed.rows(1)

    async def story():
        async with running([trigger_of(waiting)]) as [task]:
            await until(lambda: bool(handed.waiting_sessions()))
            rule = handed.server.faults.raise_error(3113, sql="odag_handover", times=None)
            await until(lambda: rule.fired >= 4)
            assert not task.done()
            handed.server.faults.remove(rule)
            await asyncio.to_thread(handed.end, waiting)
            assert (await asyncio.wait_for(task, 20))["reason"] == "ended"

    asyncio.run(story())
    log = capsys.readouterr().out
    [told] = [line for line in log.splitlines() if "will look again" in line]
    assert "DPY-4011" in told  # as the driver says that the database broke the connection off
    assert log.count("the database answers again") == 1


def test_a_database_that_is_silent_is_left(handed, monkeypatch):
    """A call that nobody answers is given up, with its session; another one finds the end."""
    monkeypatch.setattr(waiting_session, "CALL_TIMEOUT", 0.5)
    [waiting] = handed.rows(1)

    async def story():
        async with running([trigger_of(waiting)]) as [task]:
            await until(lambda: bool(handed.waiting_sessions()))
            silent = handed.server.faults.silence("before", sql="odag_handover")
            await until(lambda: silent.fired >= 1)
            [left] = handed.waiting_sessions()
            await asyncio.to_thread(handed.end, waiting)
            assert (await asyncio.wait_for(task, 20))["reason"] == "ended"
            assert handed.waiting_sessions() != [left]
            handed.server.cut(left)  # as far as the server can see, it waits for its client
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others or (await asyncio.wait(others, timeout=5))[1] == set()

    asyncio.run(story())


def test_what_does_not_pass_is_told_at_once(handed):
    """A table that is not there, a wrong password: the task says better what is wrong."""
    [waiting] = handed.rows(1)
    handed.server.faults.raise_error(942, sql="odag_handover", times=None)
    event = asyncio.run(asyncio.wait_for(_event(waiting), 10))
    assert (event["status"], event["reason"]) == ("error", "away")
    assert "ORA-00942" in event["message"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"password": f"{PLANTED}wrong-4711"}, "ORA-01017"),
        ({"extra": {"dsn": f"(DESCRIPTION=(PASSWORD={PLANTED}4711"}}, "cannot be read"),
        ({"extra": {"service_name": "x", "server_type": "pooled"}}, "pooled server"),
    ],
)
def test_a_connection_that_cannot_be_had_is_told_without_its_secrets(
    handed, monkeypatch, capsys, changed, told
):
    """At once, because it stays so: a wrong password that is tried on locks the account."""
    given = {**json.loads(os.environ["AIRFLOW_CONN_ORACLE_DEFAULT"]), **changed}
    monkeypatch.setenv("AIRFLOW_CONN_ORACLE_DEFAULT", json.dumps(given))
    [waiting] = handed.rows(1)
    event = asyncio.run(asyncio.wait_for(_event(waiting), 10))
    assert event["reason"] == "away"
    assert told in event["message"]
    assert PLANTED not in event["message"] + capsys.readouterr().out


def test_patience_ends(handed, monkeypatch):
    """After an hour without an answer the task is told, and fails or is retried as it says."""
    monkeypatch.setattr(poller, "PATIENCE", 1.0)
    [waiting] = handed.rows(1)
    handed.server.faults.raise_error(3113, sql="odag_handover", times=None)
    event = asyncio.run(asyncio.wait_for(_event(waiting), 20))
    assert event["reason"] == "away"
    assert "DPY-4011" in event["message"]


def test_another_triggerer_goes_on_with_what_was_written_down(handed):
    """A restart ends the first trigger and stops no job; the second one sees the end."""
    [waiting] = handed.rows(1)

    async def first():
        trigger = trigger_of(waiting)
        async with running([trigger]) as [task]:
            await until(lambda: bool(handed.waiting_sessions()))
            task.cancel()
            await trigger.cleanup()

        await until(lambda: handed.waiting_sessions() == [])

    asyncio.run(first())
    with handed.connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from user_scheduler_jobs j where j.job_name = :name",
            name=waiting["job_name"],
        )
        assert cursor.fetchone() == (1,)
    handed.end(waiting)
    assert asyncio.run(asyncio.wait_for(_event(waiting), 5))["reason"] == "ended"


def test_the_log_follows_the_job(handed, capsys):
    """It tells when the job began and which step runs, each once."""
    [waiting] = handed.rows(1)
    began = datetime(2026, 11, 20, 2, 3, 4)

    async def story():
        async with running([trigger_of(waiting)]) as [task]:
            await until(lambda: bool(handed.waiting_sessions()))
            given = {"run_hash": waiting["run_hash"]}
            await asyncio.to_thread(handed.change, STEP, **given, began=began)
            await asyncio.to_thread(handed.change, CLAIM, **given, at=handed.now())
            await asyncio.sleep(1)
            await asyncio.to_thread(handed.end, waiting)
            await asyncio.wait_for(task, 5)

    asyncio.run(story())
    log = capsys.readouterr().out
    assert log.count("step 2 load runs since 2026-11-20 02:03:04 UTC") == 1
    assert log.count("the job began at") == 1


def test_what_takes_too_long_wakes_the_task(handed):
    """A job that does not begin, a step, and the task as a whole: each names itself."""
    queued, stepping, whole = handed.rows(3, ago=30)
    handed.change(STEP, run_hash=stepping["run_hash"], began=handed.now() - timedelta(seconds=20))
    for one in (stepping, whole):
        handed.change(CLAIM, run_hash=one["run_hash"], at=handed.now())
    stepping["deadlines"] = {"2": 21.0}
    ends_at = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()

    async def story():
        triggers = [
            trigger_of(queued, start_timeout=31.0),
            trigger_of(stepping),
            trigger_of(whole, ends_at=ends_at),
        ]
        async with running(triggers) as tasks:
            return await asyncio.wait_for(asyncio.gather(*tasks), 10)

    events = asyncio.run(story())
    assert [one["reason"] for one in events] == ["start", "step", "execution"]
    assert {one["status"] for one in events} == {"error"}
    assert "step 2 load has taken longer than 21 s" in events[1]["message"]


def test_thick_mode_waits_in_a_thread(handed, monkeypatch):
    """The driver has no asynchronous session there: one plain one, and the loop goes on."""

    def no_async(access):
        raise oracledb.NotSupportedError("DPY-3001: only in thin mode")

    monkeypatch.setattr(Access, "connect_async", no_async)
    waitings = handed.rows(20)

    async def story():
        async with running([trigger_of(one) for one in waitings]) as tasks:
            await until(lambda: bool(handed.waiting_sessions()))
            assert len(handed.waiting_sessions()) == 1
            await asyncio.to_thread(handed.end, waitings[7])
            assert (await asyncio.wait_for(tasks[7], 5))["reason"] == "ended"
        await until(lambda: handed.waiting_sessions() == [])

    asyncio.run(story())


def test_two_schemas_have_two_pollers(handed):
    """Their tables are others; each has one session."""
    waitings = handed.rows(2)

    async def story():
        triggers = [trigger_of(waitings[0]), trigger_of(waitings[1], schema="DEMO")]
        async with running(triggers) as tasks:
            await until(lambda: len(handed.waiting_sessions()) == 2)
            await asyncio.to_thread(handed.end, waitings[1])
            assert (await asyncio.wait_for(tasks[1], 5))["reason"] == "ended"
            await until(lambda: len(handed.waiting_sessions()) == 1)

    asyncio.run(story())


def test_a_step_that_ended_in_time_is_not_late(handed):
    """The trigger has not seen it yet when the time is up: only a later look can tell."""
    [waiting] = handed.rows(1)
    given = {"run_hash": waiting["run_hash"]}
    asked = Statements()

    async def story():
        began = handed.now()
        handed.change(STEP, **given, began=began)
        handed.change(CLAIM, **given, at=began)
        handed.server.faults.on_call(asked)
        waiting["deadlines"] = {"2": 2.0}
        async with running([trigger_of(waiting, interval=4.0)]) as [task]:
            await until(lambda: len(asked.asked) >= 2)
            done = "update odag_step s set s.state = 'SUCCEEDED' where s.run_hash = :run_hash"
            await asyncio.to_thread(handed.change, done, **given)
            await asyncio.to_thread(handed.change, CLAIM, **given, at=handed.now())
            await until(lambda: len(asked.asked) >= 4)
            assert (handed.now() - began).total_seconds() > 2
            await asyncio.to_thread(handed.end, waiting)
            assert (await asyncio.wait_for(task, 10))["reason"] == "ended"

    asyncio.run(story())


@pytest.mark.parametrize("interval", [0.2, 5.0])
def test_who_comes_later_is_served_by_the_same_session(handed, interval):
    """Also one whose job was over long before: its row is older than what the others ask for."""
    early, late = handed.rows(1)[0], handed.rows(1, ago=7200)[0]
    handed.change(
        "update odag_handover h set h.ended_at = :at where h.run_hash = :run_hash",
        at=handed.now() - timedelta(seconds=7000),
        run_hash=late["run_hash"],
    )

    async def story():
        async with running([trigger_of(early)]) as [first]:
            await until(lambda: bool(handed.waiting_sessions()))
            await asyncio.sleep(0.5)
            event = await asyncio.wait_for(_event(late, interval=interval), 5)
            assert event["reason"] == "ended"
            assert len(handed.waiting_sessions()) == 1
            assert not first.done()

    asyncio.run(story())
