"""A script whose middle a job of the database runs, and ways to hold and to kill that job."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

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


def reserved(bench: Any, text: str = MIXED, **options: Any) -> Waiting:
    """Hand steps over to a job that is not begun before `begin`."""
    bench.target.as_dba("alter system set job_queue_processes = 0")
    return handed(bench, text, **options)


def begin(bench: Any) -> None:
    """Let jobs begin again."""
    bench.target.as_dba("alter system set job_queue_processes = 20")


def blocked(bench: Any, waiting: Waiting) -> bool:
    """Tell whether a job waits for what somebody else has locked."""
    rows = bench.target.as_dba(
        "select s.blocking_session from v$session s, dba_scheduler_running_jobs r"
        f" where r.job_name = '{waiting.job_name}' and s.sid = r.session_id"
    )
    return bool(rows) and rows[0][0] is not None
