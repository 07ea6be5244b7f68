"""Two runners of one run key: one works, the other waits or fails, and effects are there once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airflow_oracle_dag.runtime.errors import RunHeld, RunStopped, TakenOver
from airflow_oracle_dag.runtime.results import Event

SLOW = """\
-- @step one
insert into t_ledger values ('one', 1);
begin dbms_session.sleep(0.7); end;
/
-- @step two
insert into t_ledger values ('two', 1);
"""


def started(bench: Any) -> threading.Event:
    """Return an event that is set as soon as a run's first step was begun."""
    event = threading.Event()
    original = bench.events.append

    class Listening(list[Event]):
        def append(self, item: Event) -> None:
            original(item)
            if "new," in item.text:
                event.set()

    bench.events = Listening()
    return event


def test_the_second_waits_and_reports_the_first_ones_success(bench: Any) -> None:
    """While the first one's transaction lives nothing is repeated; then there is nothing to do."""
    begun = started(bench)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(bench.run, SLOW)
        assert begun.wait(10)
        second = pool.submit(bench.run, SLOW)

        assert not first.result(30).finished_before
        assert second.result(30).finished_before

    assert bench.ledger() == {"one": 1, "two": 1}
    assert any("waiting" in text for text in bench.said("wait"))


def test_the_second_fails_when_it_is_told_not_to_wait(bench: Any) -> None:
    """orphan=fail raises at once and names the session."""
    begun = started(bench)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(bench.run, SLOW)
        assert begun.wait(10)
        with pytest.raises(RunHeld, match="session"):
            bench.run(SLOW, orphan="fail")
        first.result(30)

    assert bench.ledger() == {"one": 1, "two": 1}


def test_the_second_gives_up_after_its_timeout(bench: Any) -> None:
    """The error says how long it waited and what a DBA can do."""
    begun = started(bench)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(bench.run, SLOW)
        assert begun.wait(10)
        with pytest.raises(RunHeld, match="KILL SESSION"):
            bench.run(SLOW, orphan_timeout=0.2)
        first.result(30)


def test_many_at_once(bench: Any) -> None:
    """Five claim the same key in the same moment; the work is done once."""
    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(lambda _: bench.run(SLOW), range(5)))

    assert sum(not result.finished_before for result in results) == 1
    assert bench.ledger() == {"one": 1, "two": 1}


def test_a_runner_that_was_taken_over_stops(bench: Any) -> None:
    """Its next block matches no row: its work is rolled back and it changes nothing more."""
    reached = threading.Event()
    resume = threading.Event()

    def connect() -> Any:
        connection = bench.target.connect()
        reached.set()
        return connection

    script = (
        "-- @step one\ninsert into t_ledger values ('one', 1);\n-- @step two\nselect 1 from dual;"
    )
    runner = bench.runner(script, connect=connect)
    steal = bench.identity().digest

    def observe(event: Event) -> None:
        if event.kind == "step":
            resume.set()
            bench.sql("update odag_step set attempt = 9 where run_hash = :h", h=steal)
            bench.sql("update odag_canary set owner = 9 where run_hash = :h and owner = 1", h=steal)

    bench.sql("insert into t_numbers values (1)")
    runner.observe = observe
    thief = threading.Timer(0, lambda: None)
    thief.start()
    with pytest.raises((TakenOver, RunStopped)):
        _run_and_steal(bench, runner, steal)

    assert resume.is_set() or reached.is_set()
    assert bench.states()["two"] in ("PENDING", "RUNNING")


def _run_and_steal(bench: Any, runner: Any, steal: str) -> None:
    """Let the run be stolen between claim and first block."""
    original = runner.observe

    def observe(event: Event) -> None:
        original(event)
        if event.kind == "decision":
            bench.sql("update odag_step set attempt = 9 where run_hash = :h", h=steal)
            bench.sql("update odag_canary set owner = 9 where run_hash = :h", h=steal)

    runner.observe = observe
    runner.run()
