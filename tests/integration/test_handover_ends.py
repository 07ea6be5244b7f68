"""How the end of a job is told: to several who wait, to who edited the script, to another user."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.values import Secret
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    InDoubt,
    JobLost,
    JobNotStarted,
    RunConflict,
    StepFailed,
)
from tests.integration.handed_jobs import (
    EVERYTHING,
    MIXED,
    begin,
    handed,
    held,
    is_over,
    jobs,
    reserved,
    row,
    until,
)

FAILING = MIXED.replace(
    "begin dbms_output.put_line('said second')", "begin dbms_output.put_line(1 / 0)"
)


@pytest.fixture(autouse=True)
def _gate(bench: Any) -> Any:
    """Give the row that a test may lock to hold a job where it is; let jobs begin afterwards."""
    bench.sql("insert into t_numbers values (1)")
    yield
    if bench.target.server is not None:
        begin(bench)


def test_everybody_who_waited_is_told_of_the_failure(bench: Any) -> None:
    """One of them settles it, the other reads what it wrote; nobody runs the step again."""
    with ThreadPoolExecutor(2) as pool:
        with held(bench, "update t_numbers set n = n"):
            handed(bench, FAILING)
            both = [pool.submit(bench.run, FAILING) for _ in range(2)]
            until(lambda: len(bench.said("wait")) >= 3)
        errors = [future.exception(60) for future in both]

    assert [type(error) for error in errors] == [StepFailed, StepFailed]
    assert {error.code for error in errors if isinstance(error, StepFailed)} == {"ORA-01476"}
    assert bench.ledger() == {"first": 1}
    assert (
        len(
            bench.sql(
                "select 1 from odag_step_attempt where state = 'FAILED' and run_hash = :h",
                h=bench.identity().digest,
            )
        )
        == 1
    )


def test_who_comes_after_the_other_has_settled_it_is_told_as_well(bench: Any) -> None:
    """The job that it waited for failed; only another try runs the step again."""
    waiting = handed(bench, FAILING)
    until(lambda: is_over(bench, 2))
    with pytest.raises(StepFailed) as first:
        bench.run(FAILING, waited_for=waiting.attempt)

    with pytest.raises(StepFailed) as second:
        bench.run(FAILING, waited_for=waiting.attempt)

    assert (second.value.step, second.value.code) == (first.value.step, "ORA-01476")
    tries = "select count(*) from odag_step_attempt where state = 'FAILED' and run_hash = :h"
    assert bench.sql(tries, h=bench.identity().digest) == [(1,)]


def test_the_error_of_a_step_that_was_edited_since_names_it_as_it_was(bench: Any) -> None:
    """Nobody can point at a line of the new text; the step is run as it is now."""
    handed(bench, FAILING)
    until(lambda: is_over(bench, 2))

    with pytest.raises(StepFailed, match="script was edited since") as raised:
        bench.run(MIXED, waited_for=2)

    assert (raised.value.step, raised.value.code) == ("second", "ORA-01476")
    bench.run(MIXED)
    assert bench.ledger() == EVERYTHING


def test_a_body_that_cannot_begin_is_told(bench: Any) -> None:
    """Nothing of a step was run, so all of them are left to be resumed."""
    reserved(bench)
    bench.sql("update odag_handover set body = 'begin no_such_thing; end;' where attempt = 2")
    begin(bench)

    with pytest.raises(JobLost, match=r"(?s)before anything of a step was run.*(?i:no_such_thing)"):
        bench.run(MIXED, waited_for=2)

    assert set(bench.states().values()) == {"SUCCEEDED", "PENDING"}
    bench.run(MIXED)
    assert bench.ledger() == EVERYTHING


def test_a_secret_that_a_step_put_into_a_variable_is_not_handed_over(bench: Any) -> None:
    """It is known only then; the steps before it are done, and the worker can run the rest."""
    text = (
        "variable v varchar2(50)\n-- @step first\nbegin :v := upper(:password); end;\n/\n"
        "-- @step second run_on=database\ninsert into t_ledger values ('x', length(:v));\n"
    )
    parameters = {"password": Secret("hush-not-in-tables")}

    with pytest.raises(ScriptError, match=r"script.sql:6: the VARIABLE v .*secret"):
        bench.run(text, parameters=parameters)

    assert jobs(bench) == []
    assert bench.states() == {"first": "SUCCEEDED", "second": "PENDING"}


def test_another_script_does_not_wait_for_the_job(bench: Any) -> None:
    """It is refused at once."""
    with held(bench, "update t_numbers set n = n"):
        handed(bench)

        with pytest.raises(RunConflict, match="belongs to the script"):
            bench.run("select 1 from dual;", name="other.sql")

    bench.run(MIXED)
    assert bench.ledger() == EVERYTHING


def test_a_job_that_cannot_be_removed_is_named(bench: Any, faults: Any) -> None:
    """It is fenced all the same: whenever it begins, it does nothing."""
    waiting = reserved(bench)
    faults.raise_error(27486, "insufficient privileges", sql=r"DBMS_SCHEDULER\.DROP_JOB")

    with pytest.raises(JobNotStarted, match="could not be removed: ORA-27486"):
        bench.run(MIXED, start_timeout=0.1)

    assert jobs(bench) == [waiting.job_name]
    begin(bench)
    until(lambda: not jobs(bench))
    assert bench.ledger() == {"first": 1}
    bench.run(MIXED)
    assert bench.ledger() == EVERYTHING


def test_a_doubt_that_a_job_left_is_told_with_its_error(bench: Any) -> None:
    """A step that commits by itself and then fails, as in a worker."""
    text = MIXED.replace(
        "dbms_output.put_line('said second')", "commit; raise_application_error(-20001, 'no')"
    )

    with pytest.raises(InDoubt, match="second"):
        bench.run(text)

    assert bench.states()["second"] == "IN_DOUBT"
    assert bench.ledger() == {"first": 1, "second": 1}


def test_another_user_of_the_tables_waits_for_the_job_too(bench: Any) -> None:
    """The Scheduler shows him no such job; its session is asked."""
    dba = bench.target.as_dba
    dba("create user other identified by pw")
    dba("grant create session, create job to other")
    for grant in sql.grants("DEMO", "OTHER"):
        bench.sql(grant)
    dsn = bench.target.dsn
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench)
        until(lambda: row(bench, 2)[0])
        runner = bench.runner(MIXED, schema="DEMO", wait_for_jobs=False)
        runner.connector = OracleConnector(
            lambda: oracledb.connect(user="other", password="pw", dsn=dsn), Tags("tests")
        )

        assert runner.run().waiting == waiting
    bench.run(MIXED)
    assert bench.ledger() == EVERYTHING


def test_a_job_that_vanishes_each_time_is_given_up(bench: Any, faults: Any) -> None:
    """Nothing of it is logged: it would be created for ever."""
    bench.target.as_dba("alter system set job_queue_processes = 0")

    def remove(sid: int, name: str, text: str) -> None:
        if "FROM user_scheduler_jobs" in text:
            for job in jobs(bench):
                with bench.target.connect() as other, other.cursor() as cursor:
                    cursor.execute(f"begin dbms_scheduler.drop_job('{job}'); end;")

    faults.on_call(remove)
    with pytest.raises(JobNotStarted, match="created 3 times and vanished"):
        bench.run(MIXED)

    faults.clear()
    begin(bench)
    bench.run(MIXED)
    assert bench.ledger() == EVERYTHING


def test_who_cannot_connect_again_is_told_that_the_job_goes_on(bench: Any, faults: Any) -> None:
    """The same call later waits for it."""
    rule = faults.cut("after", sql="FROM user_scheduler_jobs", nth=3)

    def connect() -> Any:
        if rule.fired:
            raise oracledb.OperationalError("no way")
        return bench.target.connect()

    with held(bench, "update t_numbers set n = n"):
        with pytest.raises(ConnectFailed):
            bench.run(MIXED, connect=connect)
        assert any("the job goes on by itself" in text for text in bench.said("notice"))

    bench.run(MIXED)
    assert bench.ledger() == EVERYTHING
