"""A runner can be stopped from another thread at any time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airflow_oracle_dag.runtime.errors import RunStopped
from airflow_oracle_dag.runtime.stopping import stop_attempt

SLOW = """\
-- @step one
insert into t_ledger values ('one', 1);
-- @step slow
insert into t_ledger values ('slow', 1);
begin dbms_session.sleep(60); end;
/
"""


def test_cancel_interrupts_the_running_statement(bench: Any) -> None:
    """It ends within 5 seconds, rolls its step back, and the next run resumes there."""
    runner = bench.runner(SLOW)
    first_done = threading.Event()
    runner.observe = lambda event: first_done.set() if event.kind == "step" else None
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(runner.run)
        assert first_done.wait(10)
        began = time.monotonic()
        runner.cancel("the task was marked failed")
        with pytest.raises(RunStopped, match="marked failed"):
            running.result(10)
        assert time.monotonic() - began < 5

    assert [why for _, why in wishes(bench)] == ["the task was marked failed"]
    result = bench.run(SLOW.replace("60", "0"))

    assert result.resumed_at == "slow"
    assert bench.ledger() == {"one": 1, "slow": 1}


def wishes(bench: Any) -> Any:
    """Return who wanted attempts of the run to stop, and why."""
    return bench.sql(
        "select stop_by, stop_why from odag_signal where run_hash = :h and stop_by is not null",
        h=bench.identity().digest,
    )


def test_a_job_is_stopped_by_its_owner(bench: Any) -> None:
    """No privilege is needed for that but CREATE JOB; the next attempt resumes there."""
    handed = SLOW.replace("@step slow", "@step slow run_on=database")
    waiting = bench.run(handed, wait_for_jobs=False).waiting
    deadline = time.monotonic() + 30
    while bench.states().get("slow") != "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)

    began = time.monotonic()
    connector = bench.target.connector()
    stopped = stop_attempt(
        connector, None, waiting.run_hash, waiting.attempt, "alice", "it was marked failed"
    )

    assert stopped.over, stopped
    assert time.monotonic() - began < 10
    assert wishes(bench) == [("alice", "it was marked failed")]
    bench.run(handed.replace("60", "0"))
    assert bench.ledger() == {"one": 1, "slow": 1}


def test_cancel_before_the_run_begins(bench: Any) -> None:
    """Nothing is begun."""
    runner = bench.runner(SLOW)
    runner.cancel("too late")

    with pytest.raises(RunStopped):
        runner.run()

    assert bench.ledger() == {}


def test_cancel_while_waiting_for_another_attempt(bench: Any) -> None:
    """Waiting ends as soon as somebody says so."""
    holder = bench.runner(SLOW)
    waiter = bench.runner(SLOW)
    waiting = threading.Event()
    waiter.observe = lambda event: waiting.set() if event.kind == "wait" else None
    first_done = threading.Event()
    holder.observe = lambda event: first_done.set() if event.kind == "step" else None
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(holder.run)
        assert first_done.wait(10)
        waited = pool.submit(waiter.run)
        assert waiting.wait(10)
        waiter.cancel("enough")
        with pytest.raises(RunStopped):
            waited.result(10)
        holder.cancel("enough")
        with pytest.raises(RunStopped):
            held.result(10)
