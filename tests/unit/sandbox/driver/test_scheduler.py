"""DBMS_SCHEDULER: jobs run in sessions of their own (PL/SQL Packages and Types Reference)."""

from __future__ import annotations

import datetime as dt
import itertools
import time

import oracledb
import pytest

from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.server import SandboxServer
from airflow_oracle_dag.sandbox.session import OracleError
from tests.unit.sandbox.driver.conftest import PASSWORD, Person

_NAMES = (f"JOB_{n}" for n in itertools.count(1))
_CREATE = """
begin
  dbms_scheduler.create_job(
    job_name => :name, job_type => 'PLSQL_BLOCK', job_action => :action,
    enabled => {enabled}, auto_drop => {auto_drop});
end;"""
_DETAILS = (
    "select status, error#, errors, output, additional_info from user_scheduler_job_run_details"
    " where job_name = :1 order by log_id"
)


@pytest.fixture
def name():
    """Give a name that no other test uses."""
    return next(_NAMES)


@pytest.fixture
def system(log_in):
    """Give a session of SYSTEM."""
    return log_in("system")


def connect(server):
    """Open a connection to a listener."""
    return oracledb.connect(user="demo", password=PASSWORD, dsn=f"{server.address}/FREEPDB1")


def create(person, name, action, *, enabled=True, auto_drop=True):
    """Create a job."""
    text = _CREATE.format(enabled=str(enabled).lower(), auto_drop=str(auto_drop).lower())
    person.run(text, name=name, action=action)


def eventually(person, sql, *binds):
    """Ask until a query gives rows, and return them."""
    end = time.monotonic() + 10
    while not (rows := person.rows(sql, *binds)):
        assert time.monotonic() < end, f"no rows: {sql}"
    return rows


def test_a_job_runs_without_its_client(demo, log_in, name):
    """What it did is committed, and the log has its output; a job that ran once is dropped."""
    demo.run("create table seen (sid number, who varchar2(30))")
    action = (
        "begin dbms_output.put_line('hello'); "
        "insert into seen values (sys_context('userenv', 'sid'), user); end;"
    )
    create(demo, name, action)
    demo.connection.close()
    other = log_in()
    assert eventually(other, _DETAILS, name) == [("SUCCEEDED", 0, None, "hello", None)]
    ((sid, who),) = other.rows("select sid, who from seen")
    assert who == "DEMO"
    assert sid not in (demo, other.connection.session_id)
    assert other.rows("select 1 from user_scheduler_jobs where job_name = :1", name) == []


def test_create_job_commits(demo, second, name):
    """The caller's transaction ends with it, also when the name is taken."""
    demo.run("create table t (a number)")
    demo.run("insert into t values (1)")
    create(demo, name, "begin null; end;", enabled=False)
    assert second.one("select count(*) from t") == 1
    demo.run("insert into t values (2)")
    with pytest.raises(Exception, match=rf'ORA-27477: "DEMO"."{name}" already exists'):
        create(demo, name, "begin null; end;", enabled=False)
    assert second.one("select count(*) from t") == 2


def test_a_table_may_have_the_name(demo):
    """Names of jobs are names of the schema's objects."""
    demo.run("create table t (a number)")
    with pytest.raises(Exception, match="ORA-27477"):
        create(demo, "t", "begin null; end;")


def test_a_failing_job_is_rolled_back_and_logged(demo, name):
    """The error is in the log; only what the body committed stays."""
    demo.run("create table t (a number)")
    action = "begin insert into t values (1); commit; insert into t values (1 / 0); end;"
    create(demo, name, action)
    ((status, code, errors, output, _),) = eventually(demo, _DETAILS, name)
    assert (status, code, output) == ("FAILED", 1476, None)
    assert errors.startswith("ORA-01476")
    assert demo.one("select count(*) from t") == 1


def test_a_kept_job_may_be_enabled_again(demo, name):
    """With AUTO_DROP false it stays, disabled, and says what became of it."""
    create(demo, name, "begin null; end;", enabled=False, auto_drop=False)
    state = (
        "select state, enabled, run_count, auto_drop from user_scheduler_jobs where job_name = :1"
    )
    assert demo.rows(state, name) == [("DISABLED", "FALSE", 0, "FALSE")]
    for count in (1, 2):
        demo.run("begin dbms_scheduler.enable(:1); end;", name)
        eventually(demo, f"{state} and run_count = {count}", name)
    assert demo.rows(state, name) == [("SUCCEEDED", "FALSE", 2, "FALSE")]


def test_a_running_job_is_seen_and_stopped(demo, second, name):
    """USER_SCHEDULER_RUNNING_JOBS names its session; STOP_JOB ends it and the log says who did."""
    create(demo, name, "begin dbms_session.sleep(60); end;")
    running = "select session_id from user_scheduler_running_jobs where job_name = :1"
    ((sid,),) = eventually(demo, running, name)
    assert sid != demo.connection.session_id
    assert demo.fails("begin dbms_scheduler.drop_job(:1); end;", name) == 27478
    second.run("begin dbms_scheduler.stop_job(:1); end;", name)
    ((status, _, _, _, said),) = eventually(demo, _DETAILS, name)
    assert (status, said) == ("STOPPED", "REASON=\"Stop job called by user: 'DEMO'\"")
    assert demo.rows(running, name) == []


def test_stopping_by_force_needs_a_privilege(demo, system, name):
    """MANAGE SCHEDULER, else ORA-27486; with it a job that ignores the interrupt is killed."""
    create(demo, name, "begin dbms_session.sleep(60); end;")
    eventually(demo, "select 1 from user_scheduler_running_jobs where job_name = :1", name)
    stop = "begin dbms_scheduler.stop_job(:1, force => true); end;"
    assert demo.fails(stop, name) == 27486
    system.run("grant manage scheduler to demo")
    try:
        demo.run(stop, name)
    finally:
        system.run("revoke manage scheduler from demo")
    assert [row[0] for row in eventually(demo, _DETAILS, name)] == ["STOPPED"]


def test_without_job_processes_nothing_begins(demo, system, name):
    """JOB_QUEUE_PROCESSES = 0 leaves jobs SCHEDULED; they begin when there are processes again."""
    system.run("alter system set job_queue_processes = 0")
    try:
        create(demo, name, "begin null; end;")
        state = "select state, next_run_date from user_scheduler_jobs where job_name = :1"
        ((found, due),) = demo.rows(state, name)
        assert found == "SCHEDULED"
        assert due is not None
        demo.run("begin dbms_session.sleep(0.2); end;")
        assert demo.rows(_DETAILS, name) == []
    finally:
        system.run("alter system set job_queue_processes = 20")
    assert eventually(demo, _DETAILS, name)[0][0] == "SUCCEEDED"


def test_a_job_begins_at_its_start_date(demo, name):
    """Not before."""
    demo.run(
        "begin dbms_scheduler.create_job(:1, 'PLSQL_BLOCK', 'begin null; end;',"
        " start_date => systimestamp + interval '1' second, enabled => true); end;",
        name,
    )
    assert demo.rows(_DETAILS, name) == []
    assert eventually(demo, _DETAILS, name)[0][0] == "SUCCEEDED"
    late = (
        "select 1 from user_scheduler_job_run_details where job_name = :1"
        " and actual_start_date >= req_start_date"
    )
    assert demo.rows(late, name) == [(1,)]


def test_running_a_job_in_the_session_that_asks(demo, name):
    """RUN_JOB runs it here and now unless told otherwise."""
    demo.run("create table t (sid number)")
    create(
        demo,
        name,
        "begin insert into t values (sys_context('userenv', 'sid')); end;",
        enabled=False,
        auto_drop=False,
    )
    demo.run("begin dbms_scheduler.run_job(:1); end;", name)
    assert demo.one("select sid from t") == demo.connection.session_id
    demo.run("begin dbms_scheduler.run_job(:1, use_current_session => false); end;", name)
    other = "select sid from t where sid <> :1"
    assert len(eventually(demo, other, demo.connection.session_id)) == 1


def test_attributes(demo, name):
    """The views show what SET_ATTRIBUTE said."""
    create(demo, name, "begin null; end;", enabled=False)
    for attribute in ("restartable", "restart_on_recovery", "restart_on_failure"):
        demo.run("begin dbms_scheduler.set_attribute(:1, :2, true); end;", name, attribute)
    demo.run("begin dbms_scheduler.set_attribute(:1, 'restartable', false); end;", name)
    full = "dbms_scheduler.set_attribute(:1, 'logging_level', dbms_scheduler.logging_full)"
    demo.run(f"begin {full}; end;", name)
    columns = "restartable, restart_on_recovery, restart_on_failure, logging_level"
    found = demo.rows(f"select {columns} from user_scheduler_jobs where job_name = :1", name)
    assert found == [("FALSE", "TRUE", "TRUE", "FULL")]
    longest = "dbms_scheduler.set_attribute(:1, 'max_run_duration', interval '2' hour)"
    demo.run(f"begin {longest}; end;", name)
    limit = "select max_run_duration from user_scheduler_jobs where job_name = :1"
    assert demo.one(limit, name) == dt.timedelta(hours=2)
    for attribute, value, code in (("colour", "red", 27469), ("restartable", "red", 27465)):
        wrong = "begin dbms_scheduler.set_attribute(:1, :2, :3); end;"
        assert demo.fails(wrong, name, attribute, value) == code


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("dbms_scheduler.enable('nope')", 27475),
        ("dbms_scheduler.stop_job('nope')", 27475),
        ("dbms_scheduler.create_job('a b', 'PLSQL_BLOCK', 'begin null; end;')", 27452),
        ("dbms_scheduler.create_job('j', 'EXECUTABLE', '/bin/sh')", 3001),
        ("dbms_scheduler.create_job('j', 'PLSQL_BLOCK', 'x;', repeat_interval => 'DAILY')", 3001),
    ],
)
def test_errors(demo, block, code):
    """Oracle's numbers, and ORA-03001 where the sandbox ends."""
    assert demo.fails(f"begin {block}; end;") == code


def test_a_user_without_create_job(system, log_in, name):
    """ORA-27486, and nothing is created."""
    system.run("revoke db_developer_role from other")
    system.run("grant connect to other")
    try:
        other = log_in("other")
        assert (
            other.fails(
                "begin dbms_scheduler.create_job(:1, 'PLSQL_BLOCK', 'begin null; end;'); end;", name
            )
            == 27486
        )
    finally:
        system.run("grant db_developer_role to other")


def test_jobs_survive_a_restart(tmp_path, name):
    """What was to run later still runs; what was running is logged as stopped, and stays so."""
    users = {"demo": PASSWORD}
    database = open_database(tmp_path, users)
    with SandboxServer(database) as server:
        person = Person(connect(server))
        person.run("create table seen (what varchar2(30))")
        person.run(
            "begin dbms_scheduler.create_job('LATER', 'PLSQL_BLOCK',"
            " 'begin insert into seen values (''later''); end;',"
            " start_date => systimestamp + interval '1' hour, enabled => true); end;"
        )
        cut = "begin insert into seen values ('cut'); dbms_session.sleep(60); end;"
        create(person, name, cut, enabled=False)
        stay = "dbms_scheduler.set_attribute(:1, 'restart_on_recovery', false)"
        person.run(f"begin {stay}; dbms_scheduler.enable(:1); end;", name)
        again = (
            "declare n number; begin select count(*) into n from seen where what = 'again';"
            " insert into seen values ('again'); commit;"
            " if n = 0 then dbms_session.sleep(60); end if; end;"
        )
        create(person, f"{name}_AGAIN", again)
        eventually(person, "select 1 from seen where what = 'again'")
        eventually(person, "select 1 from user_scheduler_running_jobs where job_name = :1", name)
    database.close()
    database = open_database(tmp_path, users)
    try:
        with SandboxServer(database) as server:
            person = Person(connect(server))
            now = "dbms_scheduler.set_attribute('LATER', 'start_date', systimestamp)"
            person.run(f"begin {now}; end;")
            assert eventually(person, _DETAILS, "LATER")[0][0] == "SUCCEEDED"
            late = eventually(person, f"{_DETAILS} offset 1 rows", f"{name}_AGAIN")
            assert late[0][0] == "SUCCEEDED"
            found = person.rows("select what from seen order by what")
            assert found == [("again",), ("again",), ("later",)]
            assert person.rows(_DETAILS, name)[0][0] == "STOPPED"
            gone = "select 1 from dual where not exists (select 1 from user_scheduler_jobs)"
            assert eventually(person, gone) == [(1,)]  # once its own run was written down
    finally:
        database.close()


def test_a_block_knows_its_job(demo, name):
    """JOB_NAME and JOB_OWNER are variables of the action; it may have its own declare section."""
    action = (
        "declare n number := 1; begin"
        " dbms_output.put_line(job_owner || '.' || job_name || n); return; end; -- the end"
    )
    create(demo, name, action)
    assert eventually(demo, _DETAILS, name) == [("SUCCEEDED", 0, None, f"DEMO.{name}1", None)]


def test_a_job_that_may_restart_begins_again(demo, name):
    """RESTART_ON_FAILURE runs a failed body once more, after a second."""
    demo.run("create table tries (n number)")
    action = (
        "declare n number; begin insert into tries values (1); commit;"
        " select count(*) into n from tries; n := 1 / (n - 1); end;"
    )
    create(demo, name, action, enabled=False)
    demo.run("begin dbms_scheduler.set_attribute(:1, 'restart_on_failure', true); end;", name)
    demo.run("begin dbms_scheduler.enable(:1); end;", name)
    eventually(demo, f"{_DETAILS} offset 1 rows", name)
    assert [row[0] for row in demo.rows(_DETAILS, name)] == ["FAILED", "SUCCEEDED"]
    assert demo.one("select count(*) from tries") == 2


def test_a_killed_job_is_stopped(demo, system, name):
    """ALTER SYSTEM KILL SESSION ends it, CANCEL SQL what it runs; its work is rolled back."""
    demo.run("create table t (a number)")
    running = "select session_id from user_scheduler_running_jobs where job_name = :1"
    for verb, status in (("kill session '{}' immediate", "STOPPED"), ("cancel sql '{}'", "FAILED")):
        job = f"{name}_{status}"
        create(demo, job, "begin insert into t values (1); dbms_session.sleep(60); end;")
        ((sid,),) = eventually(demo, running, job)
        serial = system.one("select serial# from v$session where sid = :1", sid)
        system.run(f"alter system {verb.format(f'{sid},{serial}')}")
        assert eventually(demo, _DETAILS, job)[0][0] == status
    said = demo.rows(_DETAILS, f"{name}_STOPPED")[0][4]
    assert said == 'REASON="Job slave process was terminated"'
    assert demo.rows("select a from t") == []


def test_dropping_a_running_job_by_force_stops_it(demo, name):
    """It is interrupted as STOP_JOB does without force."""
    create(demo, name, "begin dbms_session.sleep(60); end;")
    eventually(demo, "select 1 from user_scheduler_running_jobs where job_name = :1", name)
    demo.run("begin dbms_scheduler.drop_job(:1, force => true); end;", name)
    assert eventually(demo, _DETAILS, name)[0][0] == "STOPPED"
    gone = "begin dbms_scheduler.drop_job(:1); end;"
    assert demo.fails(gone, name) == 27475
    assert demo.fails("begin dbms_scheduler.stop_job(:1); end;", name) == 27475


def test_a_job_that_does_not_run_cannot_be_stopped(demo, name):
    """ORA-27366."""
    create(demo, name, "begin null; end;", enabled=False)
    assert demo.fails("begin dbms_scheduler.stop_job(:1); end;", name) == 27366


def test_job_classes(demo, system, name):
    """One must exist and be granted; while its service is not there, its jobs wait."""
    create(demo, name, "begin null; end;", enabled=False)
    use = "begin dbms_scheduler.set_attribute(:1, 'job_class', 'etl'); end;"
    assert demo.fails(use, name) == 27476
    make = "begin dbms_scheduler.create_job_class('etl', service => :1); end;"
    assert demo.fails(make, "batch") == 27486
    system.run(make, "batch")
    try:
        assert demo.fails(use, name) == 27486
        system.run("grant execute on sys.etl to demo")
        demo.run(use, name)
        demo.run("begin dbms_scheduler.enable(:1); dbms_session.sleep(0.2); end;", name)
        state = "select state, job_class from user_scheduler_jobs where job_name = :1"
        assert demo.rows(state, name) == [("SCHEDULED", "ETL")]
        assert system.fails("begin dbms_scheduler.drop_job_class('etl'); end;") == 27479
    finally:
        system.run("begin dbms_scheduler.drop_job_class('etl', force => true); end;")
    assert demo.rows(state, name) == [("DISABLED", "DEFAULT_JOB_CLASS")]
    demo.run("begin dbms_scheduler.enable(:1); end;", name)
    assert eventually(demo, _DETAILS, name)[0][0] == "SUCCEEDED"


def test_a_job_has_the_formats_of_its_creator(demo, name):
    """NLS settings are those of the session that created it, not of the one that enabled it."""
    demo.run("alter session set nls_date_format = 'YYYY'")
    action = "begin dbms_output.put_line(to_char(date '2024-05-17')); end;"
    create(demo, name, action, enabled=False)
    demo.run("alter session set nls_date_format = 'MM'")
    demo.run("begin dbms_scheduler.enable(:1, 'STOP_ON_FIRST_ERROR'); end;", name)
    assert eventually(demo, _DETAILS, name)[0][3] == "2024"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("create_job('j', 'PLSQL_BLOCK', rpad('--', 4001, 'x'))", 6502),
        ("create_job(rpad('j', 300, 'x'), 'PLSQL_BLOCK', 'x;')", 27452),
        ("drop_job('j', defer => true)", 3001),
        ("stop_job('j', commit_semantics => 'ABSORB_ERRORS')", 3001),
    ],
)
def test_limits(demo, call, code):
    """An action has at most 4000 bytes; what the sandbox cannot do it says."""
    assert demo.fails(f"begin dbms_scheduler.{call}; end;") == code


def test_a_job_is_struck_between_two_of_its_statements(demo, database, name):
    """What stands before is done, what comes next is told and may be refused; then none watches."""
    demo.run("create table struck (what varchar2(20))")
    action = (
        "declare procedure note is begin insert into struck values ('second'); end; begin"
        " execute immediate 'insert into struck values (''first'')'; commit; note; commit; end;"
    )
    told = []

    def watch(session, at):
        told.append((session.settings["action"], at))
        if at == "NOTE":
            raise OracleError(1652, "unable to extend temp segment")

    database.jobs.watcher = watch
    try:
        create(demo, name, action)
        assert eventually(demo, _DETAILS, name)[0][:2] == ("FAILED", 1652)
    finally:
        database.jobs.watcher = None
    assert told == [(name, at) for at in ("insert into struck values ('first')", "COMMIT", "NOTE")]
    assert demo.rows("select what from struck") == [("first",)]
    assert not demo.rows("select 1 from user_scheduler_jobs where job_name = :1", name)
