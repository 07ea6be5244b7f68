"""A run that a job holds, and what others may do to it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime import schema, verbs
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.errors import (
    InDoubt,
    JobNotStarted,
    NotGranted,
    RunHeld,
    RunStopped,
    StepTimeout,
    UnknownRun,
)
from airflow_oracle_dag.runtime.results import RunOptions
from tests.integration.handed_jobs import (
    EVERYTHING,
    MIXED,
    begin,
    handed,
    held,
    is_over,
    jobs,
    kill,
    reserved,
    row,
    until,
)

GATE = "update t_numbers set n = n where n = 1;"


@pytest.fixture(autouse=True)
def _gate(bench: Any) -> Iterator[None]:
    """Give the row that a test may lock to hold a job where it is; let jobs begin afterwards."""
    bench.sql("insert into t_numbers values (1)")
    yield
    if bench.target.server is not None:
        begin(bench)


def verb(bench: Any, name: str, *args: str, **options: Any) -> Any:
    """Say a verb as a person would who does not wait."""
    return getattr(verbs, name)(
        bench.target.connector(),
        bench.identity(),
        *args,
        who="alice",
        why="she knows",
        options=RunOptions(orphan="fail", **options),
        observe=bench.events.append,
    )


def test_two_clients_attach_to_one_job_and_one_of_them_goes_on(bench: Any) -> None:
    """The other waits for the rest, and finds it done."""
    with ThreadPoolExecutor(2) as pool:
        with held(bench, "update t_numbers set n = n"):
            waiting = handed(bench)
            both = [pool.submit(bench.run, MIXED) for _ in range(2)]
            until(lambda: len(bench.said("wait")) >= 3)
            assert jobs(bench) == [waiting.job_name]
        results = [future.result(60) for future in both]

    assert {step.state for result in results for step in result.steps} == {State.SUCCEEDED}
    assert bench.ledger() == EVERYTHING


def test_two_clients_create_one_job(bench: Any) -> None:
    """Both find it reserved and not there; the Scheduler takes the name once."""
    bench.target.as_dba("alter system set job_queue_processes = 0")
    waiting = handed(bench)
    bench.sql(f"begin dbms_scheduler.drop_job('{waiting.job_name}'); end;")
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(handed, bench) for _ in range(2)]
        assert {future.result(60).job_name for future in both} == {waiting.job_name}
    assert jobs(bench) == [waiting.job_name]
    begin(bench)

    assert bench.run(MIXED).attempt == 3
    assert bench.ledger() == EVERYTHING


def test_a_job_that_was_fenced_ends_at_once(bench: Any) -> None:
    """It begins after somebody else took the run over, and changes nothing."""
    waiting = reserved(bench)
    for change in ("odag_canary set owner", "odag_step set attempt", "odag_run set attempt"):
        bench.sql(f"update {change} = 9 where run_hash = :h", h=waiting.run_hash)

    begin(bench)

    until(lambda: not jobs(bench))
    assert row(bench, 2)[:3] == (None, None, None)
    assert bench.ledger() == {"first": 1}


@pytest.mark.parametrize(("table", "done"), [("odag_step", 1), ("odag_run", 2)])
def test_a_job_that_is_fenced_in_the_middle_commits_nothing_more(
    bench: Any, table: str, done: int
) -> None:
    """The first of its blocks that meets such a row rolls the step back, and it ends."""
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench)
        until(lambda: bench.states()["second"] == "RUNNING")
        bench.sql(f"update {table} set attempt = 9 where run_hash = :h", h=waiting.run_hash)

    until(lambda: not jobs(bench))

    assert sorted(bench.ledger()) == ["first", "second"][:done]
    assert row(bench, 2)[1:3] == (None, None)


def test_a_job_that_nobody_starts_is_removed(bench: Any) -> None:
    """The error names the parameter; the run is left to be resumed, elsewhere if need be."""
    reserved(bench)

    with pytest.raises(JobNotStarted, match="JOB_QUEUE_PROCESSES") as raised:
        bench.run(MIXED, start_timeout=0.3)

    assert raised.value.run_key == bench.key
    assert "it was removed" in str(raised.value)
    assert jobs(bench) == []
    assert set(bench.states().values()) == {"SUCCEEDED", "PENDING"}
    here = MIXED.replace("run_on=database", "run_on=worker")
    assert [step.tries for step in bench.run(here).steps] == [1] * 4
    assert bench.ledger() == EVERYTHING


def test_steps_of_the_session_are_carried_along(bench: Any) -> None:
    """The job's session has them again, and so has the worker's behind it."""
    text = (
        "-- @always\nalter session set nls_date_format = 'YYYY/MM';\n"
        "-- @step first\ninsert into t_ledger values (to_char(date '2026-11-20') || ' 1', 1);\n"
        "-- @step second run_on=database\n"
        "insert into t_ledger values (to_char(date '2026-11-20') || ' 2', 1);\n"
        "-- @step third\ninsert into t_ledger values (to_char(date '2026-11-20') || ' 3', 1);\n"
    )

    result = bench.run(text)

    assert bench.ledger() == {f"2026/11 {no}": 1 for no in (1, 2, 3)}
    assert [(step.attempt, step.tries) for step in result.steps] == [(3, 3), (1, 1), (2, 1), (3, 1)]


def test_values_reach_the_job_as_they_are(bench: Any) -> None:
    """Binds of the run, and a VARIABLE that a step of the worker has set."""
    text = (
        "variable v number\n-- @step first\nbegin :v := 41; end;\n/\n"
        "-- @step second run_on=database\ninsert into t_ledger values (:name || :v, :amount);\n"
        "-- @step third\ninsert into t_ledger values ('third', :v + 1);\n"
    )

    result = bench.run(text, parameters={"name": "n", "amount": 1.5})

    assert bench.sql("select entry, amount from t_ledger order by entry") == [
        ("n41", 1.5),
        ("third", 42),
    ]
    assert result.variables["v"] == 41


def test_mark_done_takes_the_run_from_a_job_that_waits(bench: Any) -> None:
    """The job is withdrawn; who waited for it goes on behind the step."""
    reserved(bench)

    verb(bench, "mark_done", "second")

    assert jobs(bench) == []
    begin(bench)
    bench.run(MIXED, waited_for=2)
    assert bench.ledger() == dict.fromkeys(("first", "third", "fourth"), 1)


def test_restart_from_takes_the_run_from_a_job_that_waits(bench: Any) -> None:
    """The next attempt begins the new generation, with a job of its own."""
    reserved(bench)

    verb(bench, "restart_from", "first")

    assert jobs(bench) == []
    begin(bench)
    assert bench.run(MIXED).generation == 2
    assert bench.ledger() == {**EVERYTHING, "first": 2}


@pytest.mark.parametrize("name", ["mark_done", "mark_pending", "restart_from"])
def test_verbs_are_refused_while_the_job_runs(bench: Any, name: str) -> None:
    """Its session is alive; the error names the job."""
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench)
        until(lambda: bench.states()["second"] == "RUNNING")

        with pytest.raises(RunHeld, match=f"job {waiting.job_name}"):
            verb(bench, name, "second")

    bench.run(MIXED)
    assert bench.ledger() == EVERYTHING


def stop(bench: Any, why: str = "she needs the rows") -> Any:
    """Say `stop` as a person would."""
    schema = bench.target.user
    return verbs.stop(
        bench.target.connector(), bench.identity(), who="alice", why=why, schema=schema
    )


def test_a_person_stops_a_job_that_nobody_waits_for(bench: Any) -> None:
    """The statement ends and is rolled back, who said so is kept, and the next try resumes."""
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench)
        until(lambda: bench.states()["second"] == "RUNNING")

        stopped = stop(bench)

        assert stopped.over
        assert "stopped for alice: she needs the rows (DBMS_SCHEDULER.STOP_JOB)" in stopped.text
        until(lambda: not jobs(bench))
    wish = "select stop_by, stop_why from odag_signal where run_hash = :h and attempt = :a"
    digest = bench.identity().digest
    assert bench.sql(wish, h=digest, a=waiting.attempt) == [("alice", "she needs the rows")]
    bench.run(MIXED)
    assert bench.ledger() == EVERYTHING

    with pytest.raises(StateError, match=r"is at work: attempt \d is over.*SUCCEEDED"):
        stop(bench)


def test_what_nobody_began_or_says_why_is_not_stopped(bench: Any) -> None:
    """Each is said before anything is asked of the database's sessions."""
    with pytest.raises(UnknownRun, match="there is no run"):
        stop(bench)
    with pytest.raises(ValueError, match="say why"):
        stop(bench, " ")


def test_unlock_declares_a_job_dead_that_holds_no_transaction(bench: Any) -> None:
    """What it may have committed is in doubt, and it is fenced: the next steps are not its own."""
    text = MIXED.replace(GATE, "begin commit; dbms_session.sleep(2); end;\n/")
    waiting = handed(bench, text)
    until(lambda: bench.states()["second"] == "RUNNING")

    verb(bench, "unlock")

    assert bench.states()["second"] == "IN_DOUBT"
    until(lambda: not jobs(bench))
    with pytest.raises(InDoubt, match="second"):
        bench.run(text, waited_for=waiting.attempt)
    assert set(bench.ledger()) <= {"first", "second"}
    assert bench.states()["third"] == "PENDING"


def test_an_opaque_step_of_a_job_that_was_killed_is_in_doubt(bench: Any) -> None:
    """As in a worker: nobody knows what it had committed."""
    text = MIXED.replace(
        GATE,
        "begin commit; update t_numbers set n = n; end;\n/",
    )
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench, text)
        until(lambda: bench.states()["second"] == "RUNNING")
        kill(bench, waiting)

    with pytest.raises(InDoubt, match="second"):
        bench.run(text, waited_for=waiting.attempt)

    assert bench.states()["second"] == "IN_DOUBT"


def cancelled(runner: Any, text: str) -> Any:
    """Cancel a runner while it looks at the job, and with that its look."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    if "FROM user_scheduler_jobs" not in text or runner.interrupt.requested:
        return None
    runner.cancel("she has seen enough")
    return Action(Effect.RAISE, code=1013)


@pytest.mark.parametrize("looking", [False, True])
def test_who_waits_and_is_stopped_stops_the_job(bench: Any, faults: Any, looking: bool) -> None:
    """The step is rolled back, who wanted it is kept, and the next try resumes there."""
    runner = bench.runner(MIXED, who="alice")
    with held(bench, "update t_numbers set n = n"), ThreadPoolExecutor(1) as pool:
        running = pool.submit(runner.run)
        until(lambda: bench.states().get("second") == "RUNNING")
        until(lambda: any("runs" in text for text in bench.said("wait")))
        if looking:
            faults.on_call(lambda _, __, text: cancelled(runner, text))
        else:
            runner.cancel("she has seen enough")
        with pytest.raises(RunStopped):
            running.result(20)
        until(lambda: not jobs(bench))

    wish = "select stop_by, stop_why from odag_signal where run_hash = :h and attempt = 2"
    assert bench.sql(wish, h=bench.identity().digest) == [("alice", "she has seen enough")]
    bench.run(MIXED)
    assert bench.ledger() == EVERYTHING


def test_a_step_that_takes_too_long_is_stopped_by_who_waits(bench: Any) -> None:
    """It fails as it would in a worker; the next try runs it again."""
    text = MIXED.replace("@step second", "@step second timeout=1s")
    with held(bench, "update t_numbers set n = n"):
        with pytest.raises(StepTimeout, match=r"second.*longer than 1 s"):
            bench.run(text)
        assert jobs(bench) == []

    bench.run(text)
    assert bench.ledger() == EVERYTHING


def test_a_failure_that_nobody_saw_is_told_and_passed(bench: Any) -> None:
    """The next try says what became of the job, and runs the step again."""
    failing = "insert into t_numbers select 2 / count(*) from t_made;"
    text = MIXED.replace("insert into t_ledger values ('second', 1);", failing)
    bench.sql("create table t_made (n number)")
    handed(bench, text)
    until(lambda: is_over(bench, 2))
    bench.sql("insert into t_made values (1)")

    result = bench.run(text)

    assert any("second FAILED: ORA-01476" in told for told in bench.said("failure"))
    assert [step.tries for step in result.steps] == [1, 2, 1, 1]
    assert bench.ledger() == dict.fromkeys(("first", "third", "fourth"), 1)


def test_who_may_create_no_job_is_told_before_anything_starts(bench: Any) -> None:
    """With the grant; a run that needs no job, or only reports, is not asked for it."""
    dba = bench.target.as_dba
    for text in ("create user poor identified by pw", "grant create session to poor"):
        dba(text)
    for text in ("grant create table to poor", "grant unlimited tablespace to poor"):
        dba(text)
    dsn = bench.target.dsn
    poor = OracleConnector(
        lambda: oracledb.connect(user="poor", password="pw", dsn=dsn), Tags("tests")
    )
    schema.init(poor)
    runner = bench.runner("-- @step a run_on=database\nselect 1 from dual;\n")
    runner.connector = poor

    with pytest.raises(NotGranted, match="GRANT CREATE JOB TO POOR"):
        runner.run()

    assert dba("select count(*) from poor.odag_run") == [(0,)]


@pytest.mark.parametrize("package", ["DBMS_SCHEDULER", "DBMS_SQL"])
def test_a_package_that_was_taken_from_everybody_is_named(bench: Any, package: str) -> None:
    """As hardened databases do; what needs it not is run."""
    needs = "-- @step a run_on=database\nselect 1 from dual;\n"
    bench.target.as_dba(f"revoke execute on {package} from public")
    try:
        with pytest.raises(NotGranted, match=f"GRANT EXECUTE ON {package} TO DEMO"):
            bench.run(needs)
        assert bench.states() == {}
        if package == "DBMS_SQL":
            bench.run("-- @step a run_on=database\nupdate t_numbers set n = 2;\n")
    finally:
        bench.target.as_dba(f"grant execute on {package} to public")
