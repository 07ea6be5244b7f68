"""DBMS_SCHEDULER: jobs that run once, in sessions of their own."""

import time

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, returns

FEATURE = Feature(1, "DBMS_SCHEDULER jobs")

_CREATE = Manual("PL/SQL Packages and Types Reference", "DBMS_SCHEDULER.CREATE_JOB Procedure")
_JOBS = Manual("Database Reference", "ALL_SCHEDULER_JOBS")
_MAKE = """begin dbms_scheduler.create_job(job_name => 'J', job_type => 'PLSQL_BLOCK',
  job_action => :action, enabled => {0}, auto_drop => {1}); end;"""
_STATE = "select state, enabled from user_scheduler_jobs where job_name = 'J'"
_SLEEP = "begin dbms_session.sleep(20); end;"


def _make(bench: Bench, action: str, *, enabled: bool = True, auto_drop: bool = False) -> None:
    bench.run(_MAKE.format(str(enabled).lower(), str(auto_drop).lower()), action=action)


def until(bench: Bench, query: str, wanted: object) -> object:
    """Ask until a query gives what is wanted, or for ten seconds; return what it gave last."""
    deadline = time.monotonic() + 10
    while (found := bench.rows(query)) != wanted and time.monotonic() < deadline:
        bench.run("begin dbms_session.sleep(0.02); end;")
    return found


def _runs(bench: Bench) -> object:
    bench.run("create table t (n number)")
    _make(bench, "begin insert into t values (1); end;")
    return until(bench, "select n from t", [(1,)])


def _outlives(bench: Bench) -> object:
    bench.run("create table t (n number)")
    other = bench.another()
    _make(other, "begin dbms_session.sleep(0.1); insert into t values (1); end;")
    other.connection.close()
    return until(bench, "select n from t", [(1,)])


def _waits(bench: Bench) -> list[object]:
    _make(bench, "null;", enabled=False)
    before = bench.rows(_STATE)
    bench.run("begin dbms_scheduler.enable('J'); end;")
    return [before, until(bench, _STATE, [("SUCCEEDED", "FALSE")])]


def _dropped_by_itself(bench: Bench) -> object:
    _make(bench, "null;", auto_drop=True)
    return until(bench, "select job_name from user_scheduler_jobs", [])


def _stopped(bench: Bench) -> list[object]:
    _make(bench, _SLEEP)
    until(bench, _STATE, [("RUNNING", "TRUE")])
    bench.run("begin dbms_scheduler.stop_job('J'); end;")
    return [until(bench, _STATE, [("STOPPED", "FALSE")])]


def _not_while_running(bench: Bench) -> list[object]:
    _make(bench, _SLEEP)
    until(bench, _STATE, [("RUNNING", "TRUE")])
    refused = bench.code("begin dbms_scheduler.drop_job('J'); end;")
    by_force = bench.code("begin dbms_scheduler.drop_job('J', force => true); end;")
    return [refused, by_force, bench.rows(_STATE)]


def _procedure(bench: Bench) -> object:
    bench.run("create table t (n number)")
    bench.run("create procedure p is begin insert into t values (2); end;")
    bench.run(
        "begin dbms_scheduler.create_job('J', 'STORED_PROCEDURE', 'P', enabled => true); end;"
    )
    return until(bench, "select n from t", [(2,)])


def _here(bench: Bench) -> list[object]:
    bench.run("create table t (sid number)")
    action = "insert into t values (sys_context('userenv', 'sid'));"
    _make(bench, f"begin {action} end;", enabled=False)
    bench.run("begin dbms_scheduler.run_job('J', use_current_session => true); end;")
    return [bench.one("select sid from t") == bench.connection.session_id]


def _errors(bench: Bench) -> list[int]:
    _make(bench, "null;", enabled=False)
    again = "begin dbms_scheduler.create_job('J', 'PLSQL_BLOCK', 'null;'); end;"
    return [
        bench.code(again),
        bench.code("begin dbms_scheduler.drop_job('NOWHERE'); end;"),
        bench.code("begin dbms_scheduler.stop_job('J'); end;"),
    ]


CASES = (
    Case(
        "a job that is enabled runs at once, and its work is committed",
        run=_runs,
        expect=returns([(1,)]),
        evidence=_CREATE,
    ),
    Case(
        "it outlives the client that made it",
        run=_outlives,
        expect=returns([(1,)]),
        evidence=Manual(
            "Database Administrator's Guide", "About Jobs and Supporting Scheduler Objects"
        ),
    ),
    Case(
        "one that is disabled waits for ENABLE",
        run=_waits,
        expect=returns([[("DISABLED", "FALSE")], [("SUCCEEDED", "FALSE")]]),
        evidence=_JOBS,
    ),
    Case(
        "AUTO_DROP removes it at its end",
        run=_dropped_by_itself,
        expect=returns([]),
        evidence=_CREATE,
    ),
    Case(
        "STOP_JOB interrupts one that runs",
        run=_stopped,
        expect=returns([[("STOPPED", "FALSE")]]),
        evidence=Manual("PL/SQL Packages and Types Reference", "DBMS_SCHEDULER.STOP_JOB Procedure"),
    ),
    Case(
        "DROP_JOB of one that runs wants force",
        run=_not_while_running,
        expect=returns([27478, 0, []]),
        evidence=Manual("PL/SQL Packages and Types Reference", "DBMS_SCHEDULER.DROP_JOB Procedure"),
    ),
    Case("a stored procedure as a job", run=_procedure, expect=returns([(2,)]), evidence=_CREATE),
    Case(
        "RUN_JOB in the session that asks",
        run=_here,
        expect=returns([True]),
        evidence=Manual("PL/SQL Packages and Types Reference", "DBMS_SCHEDULER.RUN_JOB Procedure"),
    ),
    Case(
        "a name that is taken, one that is not there, a job that does not run",
        run=_errors,
        expect=returns([27477, 27475, 27366]),
        evidence=Manual("Database Error Messages", "ORA-27366"),
    ),
)
