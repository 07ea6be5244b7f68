"""USER_SCHEDULER_JOB_RUN_DETAILS: how runs of jobs have ended."""

from tests.conformance.bench import Bench
from tests.conformance.cases.scheduler_jobs import until
from tests.conformance.record import Case, Feature, Manual, returns

FEATURE = Feature(1, "USER_SCHEDULER_JOB_RUN_DETAILS")

_DETAILS = Manual("Database Reference", "ALL_SCHEDULER_JOB_RUN_DETAILS")
_MAKE = """begin dbms_scheduler.create_job(job_name => :name, job_type => 'PLSQL_BLOCK',
  job_action => :action, enabled => true); end;"""


def _ended(bench: Bench, action: str, columns: str) -> object:
    name = f"J_{bench.connection.session_id}_{bench.connection.serial_num}"
    bench.run(_MAKE, name=name, action=action)
    log = f"from user_scheduler_job_run_details where job_name = '{name}'"
    until(bench, f"select count(*) {log}", [(1,)])
    return bench.rows(f"select {columns} {log}")[0]


def _not_kept(bench: Bench) -> list[object]:
    bench.run("create table t (n number)")
    action = "begin insert into t values (1); raise no_data_found; end;"
    status, code = _ended(bench, action, "status, error#")
    return [status, code, bench.one("select count(*) from t")]


def _session(bench: Bench) -> bool:
    place = f"{bench.connection.session_id},{bench.connection.serial_num}"
    (found,) = _ended(bench, "null;", "session_id")
    return found is not None and found != place


CASES = (
    Case(
        "one that has succeeded",
        run=lambda bench: _ended(bench, "null;", "status, error#, errors"),
        expect=returns(("SUCCEEDED", 0, None)),
        evidence=_DETAILS,
    ),
    Case(
        "one that has failed has rolled its work back",
        run=_not_kept,
        expect=returns(["FAILED", 1403, 0]),
        evidence=Manual("Database Concepts", "Statement-Level Rollback"),
    ),
    Case(
        "its errors",
        run=lambda bench: str(
            _ended(bench, "begin raise_application_error(-20007, 'no'); end;", "errors")[0]
        )[:14],
        expect=returns("ORA-20007: no\n"),
        evidence=_DETAILS,
    ),
    Case(
        "what it says with DBMS_OUTPUT",
        run=lambda bench: _ended(bench, "begin dbms_output.put_line('here'); end;", "output"),
        expect=returns(("here",)),
        evidence=_DETAILS,
    ),
    Case(
        "it ran in a session of its own",
        run=_session,
        expect=returns(True),
        evidence=_DETAILS,
    ),
    Case(
        "it began before it ended",
        run=lambda bench: _ended(
            bench, "null;", "case when actual_start_date <= log_date then 1 else 0 end"
        ),
        expect=returns((1,)),
        evidence=_DETAILS,
    ),
)
