"""Steps that run in a job of the database: handed over once, and found again by whoever comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Callable

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import (
    CheckFailed,
    CodeNotCompiled,
    JobLost,
    StepFailed,
)
from airflow_oracle_dag.runtime.results import Waiting

MIXED = """\
-- @step first
insert into t_ledger values ('first', 1);
-- @step second run_on=database
update t_numbers set n = n where n = 1;
insert into t_ledger values ('second', 1);
begin dbms_output.put_line('said second'); end;
/
-- @step third run_on=database
begin insert into t_ledger values ('third', 1); dbms_output.put_line('said third'); end;
/
-- @step fourth
insert into t_ledger values ('fourth', 1);
"""
EVERYTHING = {"first": 1, "second": 1, "third": 1, "fourth": 1}


@pytest.fixture(autouse=True)
def _gate(bench: Any) -> None:
    """Give the row that a test may lock to hold a job where it is."""
    bench.sql("insert into t_numbers values (1)")


def handed(bench: Any, text: str = MIXED, **options: Any) -> Waiting:
    """Run until a job has the rest, and return what is waited for."""
    waiting = bench.run(text, wait_for_jobs=False, **options).waiting
    assert isinstance(waiting, Waiting)
    return waiting


def until(holds: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Ask again and again until the answer is true, and return it."""
    end = time.monotonic() + seconds
    while not (answer := holds()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
    return answer


def row(bench: Any, attempt: int) -> Any:
    """Return what an attempt's job wrote down of itself."""
    return bench.sql(
        "select claimed_at, ended_at, ending, sid from odag_handover"
        " where run_hash = :h and attempt = :a",
        h=bench.identity().digest,
        a=attempt,
    )[0]


def is_over(bench: Any, attempt: int) -> bool:
    """Tell whether a job has written down its end."""
    return row(bench, attempt)[1] is not None


def jobs(bench: Any) -> list[str]:
    """Return the jobs that there are."""
    return [name for (name,) in bench.sql("select job_name from user_scheduler_jobs")]


@contextmanager
def held(bench: Any, text: str, **binds: Any) -> Iterator[None]:
    """Keep what a statement locks from everybody else."""
    with bench.target.connect() as connection, connection.cursor() as cursor:
        cursor.execute(text, binds)
        yield
        connection.rollback()


def kill(bench: Any, waiting: Waiting) -> None:
    """End a job's session as a DBA would, and wait until the Scheduler has seen it."""
    running = f"user_scheduler_running_jobs where job_name = '{waiting.job_name}'"
    ((sid,),) = until(lambda: bench.sql(f"select session_id from {running}"))
    ((serial,),) = bench.target.as_dba(f"select serial# from v$session where sid = {sid}")
    bench.target.as_dba(f"alter system kill session '{sid},{serial}' immediate")
    until(lambda: not bench.sql(f"select 1 from {running}"))


def test_a_job_runs_what_stands_between_the_workers_steps(bench: Any) -> None:
    """Each segment is an attempt of its own; output, rows and states are as a worker has them."""
    result = bench.run(MIXED)

    assert bench.ledger() == EVERYTHING
    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 4
    assert [step.attempt for step in result.steps] == [1, 2, 2, 3]
    assert [step.rows for step in result.steps] == [1, 2, 0, 1]
    assert result.steps[1].output == ("said second",)
    assert (result.attempt, result.resumed_at, result.finished_before) == (3, None, False)
    assert jobs(bench) == []
    assert any("said third" in text for text in bench.said("output"))


def test_the_option_sends_every_step_there_and_a_step_may_say_otherwise(bench: Any) -> None:
    """A run that begins with a job has no attempt of a worker that would have to end first."""
    text = MIXED.replace(" run_on=database", "").replace(
        "@step fourth", "@step fourth run_on=worker"
    )

    result = bench.run(text, run_on="database")

    assert [step.attempt for step in result.steps] == [2, 2, 2, 3]
    assert bench.ledger() == EVERYTHING


def test_who_does_not_wait_is_told_for_what_to_wait(bench: Any) -> None:
    """And reports the rest when he comes back."""
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench, MIXED.replace("third run", "third timeout=2m run"))

        assert (waiting.first_step, waiting.last_step, waiting.attempt) == (2, 3, 2)
        assert waiting.deadlines == {3: 120.0}
        assert waiting.run_key == bench.key
        assert jobs(bench) == [waiting.job_name]
    until(lambda: is_over(bench, 2))

    result = bench.run(MIXED.replace("third run", "third timeout=2m run"), waited_for=2)

    assert result.waiting is None and not result.finished_before
    assert result.steps[2].output == ("said third",)
    assert bench.ledger() == EVERYTHING


def test_a_script_that_ends_in_the_database_is_finished_by_the_job(bench: Any) -> None:
    """Who comes back has nothing to take over, and reports no older success."""
    text = MIXED.replace("@step fourth", "@step fourth run_on=database")
    handed(bench, text)
    until(lambda: is_over(bench, 2))

    result = bench.run(text, waited_for=2)

    assert (result.attempt, result.finished_before) == (2, False)
    assert bench.run(text).finished_before
    assert bench.ledger() == EVERYTHING


def test_a_try_that_comes_while_the_job_runs_attaches(bench: Any) -> None:
    """Nobody starts a second job, whoever comes how often."""
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench)
        until(lambda: row(bench, 2)[0])

        assert handed(bench) == waiting
        assert handed(bench, orphan="fail") == waiting
        assert jobs(bench) == [waiting.job_name]

    assert bench.run(MIXED).attempt == 3
    assert bench.ledger() == EVERYTHING


ENDS = [
    ("insert into t_missing values (1);", StepFailed, "ORA-00942"),
    (
        "-- @check rows_loaded\nselect 0 as loaded from dual;",
        CheckFailed,
        "@check rows_loaded is not true: LOADED = 0",
    ),
    ("-- @expect rows = 3\ndelete from t_numbers;", CheckFailed, "DELETE changed 1 row"),
    (
        "begin\n  null;\n  raise_application_error(-20001, 'no');\nend;\n/",
        StepFailed,
        "ORA-20001: no",
    ),
    (
        "create procedure p_handed as begin nothing_there; end;\n/",
        CodeNotCompiled,
        "nothing_there|NOTHING_THERE",
    ),
]


@pytest.mark.parametrize(("statement", "kind", "said"), ENDS)
def test_an_error_of_the_job_is_told_as_the_workers_own(
    bench: Any, statement: str, kind: type[StepFailed], said: str
) -> None:
    """Line, step, cure and words are the same; mended, the run is resumed at that step."""
    first = "-- @step first\ninsert into t_ledger values ('first', 1);\n-- @step second"
    drops = "create" in statement
    errors = []
    for place in ("worker", "database"):
        with pytest.raises(kind, match=said) as raised:
            bench.run(f"{first} run_on={place}\n{statement}\n", key=f"{bench.key}/{place}")
        errors.append(raised.value)
        if drops:
            bench.sql("drop procedure p_handed")
    here, there = errors

    assert (there.step, there.line, there.code) == (here.step, here.line, here.code)
    told = str(there).replace("/database, attempt 2", "/worker, attempt 1")
    if "raise_application" in statement:  # a job does not know its stack
        told, shown = told.split("\n", 1)[0], str(here).split("\n", 1)[0]
    else:
        shown = str(here)
    assert told == shown
    assert bench.ledger() == {"first": 2}

    mended = f"{first} run_on=database\ninsert into t_ledger values ('mended', 1);\n"
    assert bench.run(mended, key=f"{bench.key}/database").steps[1].tries == 2
    assert bench.ledger() == {"first": 2, "mended": 1}


def reserved(bench: Any, text: str = MIXED, **options: Any) -> Waiting:
    """Hand steps over to a job that is not begun before `begin`."""
    bench.target.as_dba("alter system set job_queue_processes = 0")
    return handed(bench, text, **options)


def begin(bench: Any) -> None:
    """Let jobs begin again."""
    bench.target.as_dba("alter system set job_queue_processes = 20")


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


def blocked(bench: Any, waiting: Waiting) -> bool:
    """Tell whether a job waits for what somebody else has locked."""
    rows = bench.target.as_dba(
        "select s.blocking_session from v$session s, dba_scheduler_running_jobs r"
        f" where r.job_name = '{waiting.job_name}' and s.sid = r.session_id"
    )
    return bool(rows) and rows[0][0] is not None


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


@pytest.mark.parametrize("waited", [None, 2])
@pytest.mark.parametrize("where", POINTS)
def test_a_job_that_is_killed_is_resumed(
    bench: Any, processes: None, where: str, waited: int | None
) -> None:
    """Who waited for it is told, another try goes on; what it had not committed runs again."""
    point = POINTS[where]
    with held_at(bench, point) as waiting:
        kill(bench, waiting)

    if waited is not None:
        with pytest.raises(JobLost, match=waiting.job_name):
            bench.run(point.text, waited_for=waited)
        assert bench.states()["fourth"] == "PENDING"
    bench.run(MIXED)

    assert bench.ledger() == EVERYTHING
    assert set(bench.states().values()) == {"SUCCEEDED"}
    assert jobs(bench) == []
