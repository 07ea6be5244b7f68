"""V$SESSION, and ALTER SYSTEM on other sessions (Database Reference; SQL Language Reference)."""

from __future__ import annotations

import time

import oracledb
import pytest

from airflow_oracle_dag.sandbox.engine_live import sql_id

_SLEEP = "begin dbms_session.sleep(20); end;"
_ENDLESS = "declare n number := 0; begin loop n := n + 1; end loop; end;"


@pytest.fixture
def system(log_in):
    """Give a session of SYSTEM, which may do everything."""
    return log_in("system")


@pytest.fixture
def victim(log_in):
    """Give a session of DEMO that holds a row."""
    person = log_in()
    person.run("create table t (id number primary key, v number)")
    person.run("insert into t values (1, 0)")
    person.connection.commit()
    person.run("update t set v = 5")
    return person


def _session(system, person, columns):
    (row,) = system.rows(
        f"select {columns} from v$session where sid = :1", person.connection.session_id
    )
    return row


def _until(system, person, status):
    """Wait until a session has a status."""
    end = time.monotonic() + 10
    while _session(system, person, "status") != (status,):
        assert time.monotonic() < end


def test_what_v_session_shows(system, demo):
    """Every session is there with its tags, its client and its state."""
    demo.connection.module = "load"
    demo.connection.action = "step"
    demo.connection.client_identifier = "run"
    demo.one("select 1 from dual")
    row = _session(system, demo, "serial#, username, status, module, action, client_identifier")
    assert row == (demo.connection.serial_num, "DEMO", "INACTIVE", "load", "step", "run")
    me = _session(system, system, "status, schemaname, type, server, taddr, blocking_session")
    assert me == ("ACTIVE", "SYSTEM", "USER", "DEDICATED", None, None)
    logged, now = _session(system, demo, "logon_time, sysdate")
    assert 0 <= (now - logged).total_seconds() < 60
    machine, process, program = _session(system, demo, "machine, process, program")
    assert machine
    assert process
    assert program
    sids = [row[0] for row in system.rows("select sid from gv$session where inst_id = 1")]
    assert system.connection.session_id in sids
    assert system.one("select count(*) from sys.v_$session where username = 'DEMO'") == 1


def test_the_statement_by_its_sql_id(system, victim):
    """SQL_ID is Oracle's own hash of the text, while the statement runs."""
    running = victim.later(_SLEEP)
    _until(system, victim, "ACTIVE")
    assert _session(system, victim, "sql_id") == (sql_id(_SLEEP),)
    system.run(f"alter system cancel sql '{victim.sid()}, {sql_id('select 1 from dual')}'")
    system.run(f"alter system cancel sql '{victim.sid()}, @1, {sql_id(_SLEEP)}'")
    assert str(running()).startswith("ORA-01013")
    assert _session(system, victim, "sql_id, prev_sql_id")[0] is None


def test_the_transaction(system, victim):
    """V$TRANSACTION has the sessions that changed something, with the id they know themselves."""
    own = victim.call("begin :o := dbms_transaction.local_transaction_id; end;", str)
    seen = system.one(
        "select t.xidusn || '.' || t.xidslot || '.' || t.xidsqn from v$session s"
        " join v$transaction t on t.addr = s.taddr and t.ses_addr = s.saddr where s.sid = :1",
        victim.connection.session_id,
    )
    assert seen == own
    victim.connection.commit()
    assert _session(system, victim, "taddr") == (None,)


def test_who_blocks_whom(system, victim, second):
    """BLOCKING_SESSION names the session whose row lock another one waits for."""
    waiting = second.later("update t set v = 7")
    end = time.monotonic() + 10
    while _session(system, second, "blocking_session") == (None,):
        assert time.monotonic() < end
    blocker = _session(system, second, "blocking_session, blocking_session_status")
    assert blocker == (victim.connection.session_id, "VALID")
    victim.connection.rollback()
    assert waiting() == 1


def test_own_session_through_v_mystat(system):
    """V$MYSTAT tells a session its SID."""
    assert system.one("select sid from v$mystat where rownum = 1") == system.connection.session_id


def test_it_is_seen_in_any_transaction(system, demo):
    """V$ views show the present, also in a transaction that reads as of its beginning."""
    system.run("set transaction read only")
    system.one("select count(*) from v$session")
    demo.connection.module = "later"
    demo.one("select 1 from dual")
    assert _session(system, demo, "module") == ("later",)


@pytest.mark.parametrize("option", ["", " immediate", " noreplay"])
def test_kill_an_idle_session(system, victim, option, log_in):
    """Its transaction is rolled back at once; its next call is ORA-00028, then nothing works.

    Who kills it again meets ORA-00031; the driver takes that, too, for the end of a connection.
    """
    name, sid = victim.sid(), victim.connection.session_id
    system.run(f"alter system kill session '{name}'{option}")
    assert system.rows("select v from demo.t for update nowait") == [(0,)]
    assert _session(system, victim, "status") == ("KILLED",)
    assert "ORA-00031: session marked" in log_in("system").error(
        f"alter system kill session '{name}'"
    )
    assert "ORA-00028: your session has been killed" in victim.error("select 1 from dual")
    with pytest.raises(oracledb.Error):
        victim.one("select 1 from dual")
    end = time.monotonic() + 10
    while system.rows("select 1 from v$session where sid = :1", sid):
        assert time.monotonic() < end
    assert system.fails(f"alter system kill session '{name}'") == 30


@pytest.mark.parametrize("statement", [_SLEEP, _ENDLESS, "update t set v = 9 where id = 2"])
def test_kill_a_busy_session(system, victim, demo, statement):
    """What it runs ends with ORA-00028; no handler of a block catches that."""
    demo.run("insert into t values (2, 0)")
    demo.connection.commit()
    demo.run("update t set v = 1 where id = 2")
    running = victim.later(statement)
    _until(system, victim, "ACTIVE")
    system.run(f"alter system kill session '{victim.sid()}' immediate")
    assert "ORA-00028" in str(running())
    assert demo.one("select v from t where id = 1 for update nowait") == 0


def test_a_ping_tells_it_too(system, victim):
    """A client that only pings learns that its session was killed."""
    system.run(f"alter system kill session '{victim.sid()}'")
    with pytest.raises(oracledb.Error, match="ORA-00028"):
        victim.connection.ping()


@pytest.mark.parametrize("statement", [_SLEEP, _ENDLESS])
def test_cancel_sql(system, victim, statement):
    """The statement ends with ORA-01013; the session and its transaction go on."""
    running = victim.later(statement)
    _until(system, victim, "ACTIVE")
    system.run(f"alter system cancel sql '{victim.sid()}'")
    assert str(running()).startswith("ORA-01013")
    assert victim.one("select v from t") == 5
    system.run(f"alter system cancel sql '{victim.sid()}'")  # it runs nothing now
    assert victim.one("select v from t") == 5


def test_disconnect_now(system, victim):
    """DISCONNECT SESSION … IMMEDIATE cuts the connection without a word."""
    system.run(f"alter system disconnect session '{victim.sid()}' immediate")
    assert system.rows("select v from demo.t for update nowait") == [(0,)]
    assert "DPY-4011" in victim.error("select 1 from dual")


def test_disconnect_after_the_transaction(system, victim):
    """POST_TRANSACTION lets the transaction come to its end."""
    system.run(f"alter system disconnect session '{victim.sid()}' post_transaction")
    victim.run("update t set v = 6")
    victim.connection.commit()
    assert "DPY-4011" in victim.error("select 1 from dual")
    assert system.one("select v from demo.t") == 6


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("alter system kill session '{me}'", 27),
        ("alter system disconnect session '{me}' immediate", 27),
        ("alter system kill session '9,9'", 30),
        ("alter system kill session '{sid},1'", 30),
        ("alter system kill session '{other},@2'", 30),
        ("alter system cancel sql '9,9'", 30),
        ("alter system kill session 'x'", 26),
        ("alter system kill session 9", 26),
        ("alter system cancel sql '9'", 26),
        ("alter system disconnect session '{other}'", 922),
        ("alter system kill session '{other}' softly", 933),
        ("alter system flush shared_pool", 3001),
    ],
)
def test_what_cannot_be_ended(system, demo, statement, code):
    """Each mistake has its own number."""
    text = statement.format(me=system.sid(), other=demo.sid(), sid=demo.connection.session_id)
    assert system.fails(text) == code
    assert demo.one("select 1 from dual") == 1


def test_the_privilege_comes_first(demo, second):
    """Without ALTER SYSTEM every such statement is ORA-01031; it commits nothing."""
    demo.run("create table t (a number)")
    demo.run("insert into t values (1)")
    for statement in ("kill session '9,9'", "cancel sql 'x'", "flush shared_pool"):
        assert demo.fails(f"alter system {statement}") == 1031
    assert demo.connection.transaction_in_progress


def test_tags_outlive_a_rollback(demo):
    """What a session is called, its formats and its schema are not part of a transaction."""
    demo.run("create table t (a number)")
    demo.run("insert into t values (1)")
    demo.run("savepoint s")
    demo.run("begin dbms_application_info.set_module('m', 'a'); end;")
    demo.run("alter session set nls_date_format = 'YYYY'")
    demo.run("alter session set time_zone = '+03:00'")
    demo.run("alter session set current_schema = other")
    demo.run("rollback to s")
    ask = (
        "select sys_context('userenv', 'module'), sys_context('userenv', 'current_schema'),"
        " to_char(date '2024-05-06'), to_char(systimestamp, 'TZH') from dual"
    )
    row = demo.rows(ask)
    assert row[0][:3] == ("m", "OTHER", "2024")
    demo.connection.rollback()
    assert demo.rows(ask)[0] == row[0]
    assert demo.fails("select * from t") == 942


def test_a_lost_answer_leaves_the_transaction_open(demo, second, server):
    """What the call did is there, its locks stay; when the connection is cut it is rolled back."""
    demo.run("create table t (a number)")
    demo.run("insert into t values (1)")
    demo.connection.commit()
    server.faults.silence("after", sql="^update t", sid=demo.connection.session_id)
    demo.connection.call_timeout = 300
    with pytest.raises(oracledb.Error):
        demo.run("update t set a = 2")
    assert second.fails("select a from t for update nowait") == 54
    waiting = second.later("update t set a = a + 10")
    server.cut(demo.connection.session_id)
    assert waiting() == 1
    assert second.rows("select a from t") == [(11,)]


def test_sessions_that_vanish_leave_no_backend(demo, log_in, server, database):
    """Clients cut off amid a call: their changes go, and so do PostgreSQL's processes."""
    count = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    demo.run("create table t (a number)")
    demo.run("insert into t select level from dual connect by level <= 20")
    demo.connection.commit()
    before = database._rows(count)
    vanished = []
    for number in range(1, 21):
        person = log_in()
        person.run("update t set a = -a where a = :1", number)
        vanished.append(person.later("begin dbms_session.sleep(0.2); end;"))
        server.cut(person.connection.session_id)
    assert all("DPY-4011" in str(answer()) for answer in vanished)
    end = time.monotonic() + 20
    while database._rows(count) != before:
        assert time.monotonic() < end
    assert demo.one("select count(*) from t where a < 0") == 0
