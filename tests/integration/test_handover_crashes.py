"""Whatever dies while a job has the steps, the run goes on, and its effects are there once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    ConnectionLost,
    DatabaseError,
    JobLost,
)
from airflow_oracle_dag.runtime.results import Waiting
from tests.integration.handed_jobs import (
    EVERYTHING,
    MIXED,
    begin,
    blocked,
    handed,
    held,
    jobs,
    kill,
    reserved,
    until,
)


@pytest.fixture(autouse=True)
def _gate(bench: Any) -> None:
    """Give the row that a test may lock to hold a job where it is."""
    bench.sql("insert into t_numbers values (1)")


@pytest.fixture
def processes(bench: Any) -> Iterator[None]:
    """Give the jobs their processes back, whatever the test did."""
    bench.target.as_dba("alter system set job_queue_processes = 20")
    yield
    bench.target.as_dba("alter system set job_queue_processes = 20")


@dataclass(frozen=True)
class Point:
    """Where a job is held.

    :param lock: what it then waits for; :param early: it is locked before the job begins.
    """

    lock: str
    early: bool = False
    text: str = MIXED


OF_RUN = "where run_hash = :h for update"
FAILING = MIXED.replace(
    "begin dbms_output.put_line('said second'); end;\n/", "insert into t_numbers values (1);"
)
POINTS = {
    "at its claim": Point(f"select * from odag_handover {OF_RUN}", early=True),
    "behind its claim": Point(f"select * from odag_step {OF_RUN}", early=True),
    "in a step": Point("select * from t_numbers where :h is not null for update", early=True),
    "in the block between two steps": Point(f"select * from odag_step {OF_RUN}"),
    "in its last block": Point(f"select * from odag_run {OF_RUN}"),
    "as it writes its error down": Point(f"select * from odag_handover {OF_RUN}", text=FAILING),
}


@contextmanager
def held_at(bench: Any, point: Point) -> Iterator[Waiting]:
    """Begin a job and hold it at a point, where it stays as long as this lasts."""
    waiting = reserved(bench, point.text)
    gate, at_gate = "select * from t_numbers for update", ExitStack()
    with ExitStack() as locks:
        if point.early:
            locks.enter_context(held(bench, point.lock, h=waiting.run_hash))
            begin(bench)
        else:
            at_gate.enter_context(held(bench, gate))
            begin(bench)
            until(lambda: blocked(bench, waiting))
            locks.enter_context(held(bench, point.lock, h=waiting.run_hash))
            at_gate.close()
        until(lambda: blocked(bench, waiting))
        yield waiting


@pytest.mark.parametrize("where", POINTS)
def test_a_job_that_is_killed_is_resumed(bench: Any, processes: None, where: str) -> None:
    """What it had not committed runs again, in a job of the next attempt."""
    with held_at(bench, POINTS[where]) as waiting:
        kill(bench, waiting)

    bench.run(MIXED)

    assert bench.ledger() == EVERYTHING
    assert set(bench.states().values()) == {"SUCCEEDED"}
    assert jobs(bench) == []


@pytest.mark.parametrize("where", ["at its claim", "in the block between two steps"])
def test_who_waited_for_a_job_that_was_killed_is_told(
    bench: Any, processes: None, where: str
) -> None:
    """It is not begun anew behind the back of whoever killed it: the next try does that."""
    with held_at(bench, POINTS[where]) as waiting:
        kill(bench, waiting)

    with pytest.raises(JobLost, match=f"{waiting.job_name}.*nobody how it ended"):
        bench.run(MIXED, waited_for=waiting.attempt)

    assert list(bench.states().values()) == ["SUCCEEDED", *["PENDING"] * 3]
    assert bench.ledger() == {"first": 1}
    assert bench.run(MIXED).steps[3].state is State.SUCCEEDED

    assert bench.ledger() == EVERYTHING
    assert set(bench.states().values()) == {"SUCCEEDED"}
    assert jobs(bench) == []


MOMENTS = {
    "the block of the step before is sent": r"THEN 'SUCCEEDED' ELSE 'RUNNING' END",
    "the canary is reserved": r"SET c\.owner = :job_attempt",
    "the steps are reserved": r"SET s\.attempt = :job_attempt",
    "the row of the job is written": r"INSERT INTO \S+odag_handover\b",
    "its values are written": r"INSERT INTO \S+odag_handover_value",
    "the job is created": r"DBMS_SCHEDULER\.CREATE_JOB",
    "the job is let begin": r"DBMS_SCHEDULER\.ENABLE",
    "the job is looked after": r"FROM user_scheduler_jobs",
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_client_that_dies_is_replaced(bench: Any, faults: Any, moment: str, when: str) -> None:
    """Its connection is cut and no other is to be had; whoever comes next goes on from there."""
    nth = 2 if "step before" in moment else 1  # the first one starts that step
    rule = faults.cut(when, sql=MOMENTS[moment], nth=nth)
    dead = []

    def connect() -> Any:
        if rule.fired:
            dead.append(True)
            raise oracledb.OperationalError("the client is gone")
        return bench.target.connect()

    with pytest.raises((ConnectionLost, ConnectFailed)):
        bench.run(MIXED, connect=connect)
    assert rule.fired == 1
    bench.until_carried_out()

    bench.run(MIXED)

    assert bench.ledger() == EVERYTHING
    assert jobs(bench) == []
    tries = [step.tries for step in bench.run(MIXED).steps]
    was_not_sent = when == "before" and "step before" in moment
    assert tries == [1 + was_not_sent, 1, 1, 1]


@pytest.mark.parametrize("moment", ["the canary is reserved", "the job is created"])
def test_a_lost_connection_costs_a_client_nothing(bench: Any, faults: Any, moment: str) -> None:
    """It connects again and finds out how far it had come."""
    faults.cut("after", sql=MOMENTS[moment])

    result = bench.run(MIXED)

    assert [step.tries for step in result.steps] == [1] * 4
    assert bench.ledger() == EVERYTHING


def test_the_commit_of_the_reservation_may_be_lost_or_not(bench: Any, faults: Any) -> None:
    """Whether it had come is read from the tables, and one job is made in either case."""
    for when in ("before", "after"):
        faults.clear()
        faults.cut(when, calls=["commit"], nth=2)  # the first one is the claim's
        key = f"{bench.key}/{when}"

        assert [step.tries for step in bench.run(MIXED, key=key).steps] == [1] * 4

    assert bench.ledger() == dict.fromkeys(EVERYTHING, 2)


@pytest.mark.parametrize("moment", ["the job is created", "the job is let begin"])
def test_a_job_that_was_created_by_half_is_created_to_its_end(
    bench: Any, faults: Any, moment: str
) -> None:
    """The Scheduler refuses once; the next client finds the row, and a job that is not enabled."""
    faults.raise_error(27452, sql=MOMENTS[moment])
    with pytest.raises(DatabaseError, match="ORA-27452"):
        bench.run(MIXED)
    assert bench.ledger() == {"first": 1}

    result = bench.run(MIXED)

    assert [step.attempt for step in result.steps] == [1, 2, 2, 3]
    assert any("reserved and is not there" in text for text in bench.said("decision"))
    assert bench.ledger() == EVERYTHING


def test_who_waits_connects_again_and_again(bench: Any, faults: Any) -> None:
    """Each time that it has seen the job in between; a wait may take days."""
    lost = [faults.cut("after", sql="FROM user_scheduler_jobs", nth=nth) for nth in (2, 4, 6)]
    with ThreadPoolExecutor(1) as pool:
        with held(bench, "update t_numbers set n = n"):
            running = pool.submit(bench.run, MIXED)
            until(lambda: lost[-1].fired)
        assert [step.tries for step in running.result(30).steps] == [1] * 4

    assert bench.ledger() == EVERYTHING


def test_a_job_of_another_instance_is_dead_when_the_scheduler_says_so(
    bench: Any, processes: None
) -> None:
    """Its session cannot be asked from here; what is declared repeatable then runs again."""
    gate = "update t_numbers set n = n where n = 1;"
    block = f"begin commit; {gate} end;\n/"
    text = MIXED.replace("@step second", "@step second repeatable").replace(gate, block)
    with held(bench, "select * from t_numbers for update"):
        waiting = handed(bench, text)
        until(lambda: bench.states()["second"] == "RUNNING")
        kill(bench, waiting)
    bench.sql("update odag_run set instance = 2 where run_hash = :h", h=waiting.run_hash)

    result = bench.run(text)

    assert [step.tries for step in result.steps] == [1, 2, 1, 1]
    assert bench.ledger() == EVERYTHING
