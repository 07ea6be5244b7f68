"""Two runners of one run key: one works, the other waits or fails, and effects are there once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airflow_oracle_dag.runtime.errors import RunHeld, TakenOver
from airflow_oracle_dag.runtime.results import Event

SLOW = """\
-- @step one
insert into t_ledger values ('one', 1);
begin dbms_session.sleep(0.7); end;
/
-- @step two
insert into t_ledger values ('two', 1);
"""


class Listening(list[Event]):
    """Events, with a signal when a run has begun its first step."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def append(self, item: Event) -> None:
        """Keep the event; a new run says so just before its first step."""
        super().append(item)
        if "is new" in item.text:
            self.begun.set()


def started(bench: Any) -> threading.Event:
    """Return an event that is set as soon as a run was claimed."""
    bench.events = Listening()
    begun: threading.Event = bench.events.begun
    return begun


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


@pytest.mark.parametrize("when", ["is new", "step 1/2 one SUCCEEDED"])
def test_a_runner_that_was_taken_over_stops(bench: Any, when: str) -> None:
    """Its next block or mark matches no row: it changes nothing more and says so."""
    script = "-- @step one\ninsert into t_ledger values ('one', 1);\n"
    script += "-- @step two\nset transaction name 'x';\ninsert into t_ledger values ('two', 1);\n"
    runner = bench.runner(script)
    digest = bench.identity().digest

    def steal(event: Event) -> None:
        if when in event.text:
            bench.sql("update odag_step set attempt = 9 where run_hash = :h", h=digest)
            bench.sql("update odag_canary set owner = 9 where run_hash = :h", h=digest)

    runner.observe = steal

    with pytest.raises(TakenOver):
        runner.run()

    assert "two" not in bench.ledger()
    assert bench.sql("select distinct attempt from odag_step where run_hash = :h", h=digest) == [
        (9,)
    ]
