"""Cancelled calls, vanished clients and programmed faults, with the unmodified driver."""

from __future__ import annotations

import asyncio
import threading
import time

import oracledb
import pytest

from airflow_oracle_dag.sandbox.faults import Action, Call, Effect, FaultPlan
from airflow_oracle_dag.sandbox.session import (
    Column,
    OracleError,
    OracleType,
    Result,
    StatementKind,
)
from tests.unit.sandbox.wire.conftest import PASSWORD
from tests.unit.sandbox.wire.fake_session import query

SLEEP = "begin sleep; end;"


@pytest.fixture(autouse=True)
def _script(database):
    def sleep(session, types, rows):
        session.wait(3)
        session.log.append("slept")
        return Result(StatementKind.PLSQL)

    database.script["sleep"] = sleep
    database.script["from dual"] = query([Column("X", OracleType.NUMBER)], [(1,)])
    database.script["insert"] = lambda *_: Result(StatementKind.DML, row_count=1)


def test_a_call_timeout_cancels_and_the_connection_goes_on(connection, session):
    """call_timeout gives DPY-4024, the session is cancelled, and the next call works."""
    connection.call_timeout = 200
    for _ in range(3):
        with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
            connection.cursor().execute(SLEEP)
        assert connection.cursor().execute("select 1 from dual").description
    assert session.log.count("cancel") == 3
    assert "slept" not in session.log


def test_a_late_call_of_the_watcher_waits_for_nothing(connection, server):
    """Bytes that were announced may have been read already; whoever looks then must not wait."""
    running = threading.Thread(target=connection.cursor().execute, args=[SLEEP])
    running.start()
    (conversation,) = server._conversations
    while conversation._running is None:
        assert running.is_alive()
    late = threading.Thread(target=conversation._readable, daemon=True)
    late.start()
    late.join(1)
    assert not late.is_alive()
    running.join()


def test_another_thread_cancels(connection, session):
    """Connection.cancel() makes the running call fail with ORA-01013; the next one works."""
    for _ in range(3):
        timer = threading.Timer(0.15, connection.cancel)
        timer.start()
        with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
            connection.cursor().execute(SLEEP)
        timer.join()
        assert connection.cursor().execute("select 1 from dual").description


def test_a_cancel_that_fails_harms_nobody_else(connect, database):
    """When one session cannot be cancelled, others still can, and its call goes on."""
    first, second = connect(), connect()

    def broken() -> None:
        raise RuntimeError("cannot cancel")

    database.opened[0].cancel = broken
    database.script["short"] = lambda s, *_: (s.wait(0.4), Result(StatementKind.PLSQL))[1]
    for connection, statement in ((first, "begin short; end;"), (second, SLEEP)):
        timer = threading.Timer(0.1, connection.cancel)
        timer.start()
        with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
            connection.cursor().execute(statement)
        timer.join()
        connection.ping()


def test_a_cancel_without_a_call_meets_the_next_one(connection):
    """A cancel that comes too late is answered by the next call, and only by that."""
    connection.cancel()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
        connection.ping()
    connection.ping()


def test_an_asynchronous_call_times_out(server, database):
    """The asynchronous client recovers from a timeout, too."""

    async def work():
        dsn = f"{server.address}/FREEPDB1"
        async with oracledb.connect_async(user="demo", password=PASSWORD, dsn=dsn) as connection:
            connection.call_timeout = 200
            for _ in range(2):
                with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
                    await connection.cursor().execute(SLEEP)
                cursor = connection.cursor()
                await cursor.execute("select 1 from dual")
                assert cursor.description

    asyncio.run(work())


def test_a_timeout_while_the_answer_is_delayed(connection, session, server):
    """A cancel that finds the work done, but not answered, leaves the connection usable."""
    server.faults.delay_replies(400)
    connection.call_timeout = 150
    with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
        connection.cursor().execute("insert into t values (1)")
    server.faults.clear()
    connection.cursor().execute("select 1 from dual")


def test_a_vanished_clients_statement_goes_on_to_its_end(connect, database, server):
    """The statement of a client that died runs to its end; only then is the session closed."""
    connection = connect()
    session = database.opened[-1]
    session.log.clear()
    database.script["sleep"] = lambda s, *_: (
        time.sleep(0.6),
        s.log.append("slept"),
        Result(StatementKind.PLSQL),
    )[-1]
    threading.Timer(0.2, server.cut, [session.sid]).start()
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        connection.cursor().execute(SLEEP)
    assert session.log == ["parse"]
    assert not session.closed.is_set()
    assert session.closed.wait(5)
    assert session.log == ["parse", "slept", "close"]


def test_a_killed_session_meets_ora_00028(connect, database, server):
    """The running call of a killed session fails and its connection ends; else its next call."""
    for idle in (False, True):
        connection = connect()
        session = database.opened[-1]
        if idle:
            server.kill(session.sid)
        else:
            threading.Timer(0.15, server.kill, [session.sid]).start()
        with pytest.raises(oracledb.DatabaseError, match="ORA-00028"):
            connection.cursor().execute(SLEEP)
        assert session.closed.wait(5)
    with pytest.raises(OracleError):
        server.kill(12345)


@pytest.mark.parametrize(
    ("when", "applied"), [("before", False), ("during", True), ("after", True)]
)
def test_a_commit_is_cut(connection, session, server, when, applied):
    """A commit that is cut has been applied or not, as the rule says; the client cannot tell."""
    rule = server.faults.cut(when, calls=["commit"])
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        connection.commit()
    assert session.closed.wait(5)
    assert ("commit" in session.log) is applied
    assert rule.fired == 1


def test_a_statement_that_commits_is_cut(connect, database, server):
    """Statements are found by a pattern, at the n-th match, also when re-executed."""
    server.faults.cut_after_commit(sql=r"commit\s+write", nth=3)
    database.script["commit write"] = lambda *_: Result(StatementKind.PLSQL)
    connection = connect()
    cursor = connection.cursor()
    cursor.execute("begin commit write; end;")
    cursor.execute("begin commit write; end;")
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        cursor.execute("begin commit write; end;")
    assert len([e for e in database.opened[-1].executed if "commit write" in e[0]]) == 3
    connect().cursor().execute("begin commit write; end;")


def test_errors_are_raised_and_sessions_killed_on_purpose(connect, database, server):
    """The n-th matching statement meets the error; a kill ends the session."""
    connection = connect()
    cursor = connection.cursor()
    server.faults.raise_error(60, "deadlock detected", sql="insert", nth=2)
    cursor.execute("insert into t values (1)")
    with pytest.raises(oracledb.DatabaseError, match="ORA-00060: deadlock"):
        cursor.execute("insert into t values (1)")
    cursor.execute("insert into t values (1)")
    server.faults.kill_session(sql="insert", sid=database.opened[-1].sid)
    with pytest.raises(oracledb.DatabaseError, match="ORA-00028"):
        cursor.execute("insert into t values (1)")


def test_a_hook_sees_every_call(connection, session, server):
    """The hook is asked with session, name and statement, and may answer with an action."""
    seen = []

    def hook(sid, name, sql):
        seen.append((sid, name, sql))
        return Action(Effect.RAISE, code=20001, message="mine") if name == "commit" else None

    server.faults.on_call(hook)
    connection.cursor().execute("select 1 from dual")
    with pytest.raises(oracledb.DatabaseError, match="ORA-20001: mine"):
        connection.commit()
    assert seen == [
        (session.sid, "execute", "select 1 from dual"),
        (session.sid, "commit", ""),
    ]


def test_replies_are_delayed(connection, server):
    """Every answer waits as long as it was told, and not when it was told no more."""
    server.faults.delay_replies(40)
    start = time.monotonic()
    for _ in range(5):
        connection.ping()
    assert 0.2 <= time.monotonic() - start < 0.6
    server.faults.delay_replies(0)
    start = time.monotonic()
    connection.ping()
    assert time.monotonic() - start < 0.04


def test_rules_fire_by_session_call_and_number():
    """Matching is about the call alone: session, name, statement and how often."""
    plan = FaultPlan()
    rule = plan.raise_error(1, sql="T_X", sid=7, nth=2, times=2)
    calls = [Call(7, "execute", "insert into t_x")] * 4
    assert [len(plan.decide(call)) for call in calls] == [0, 1, 1, 0]
    assert (rule.matched, rule.fired) == (4, 2)
    assert plan.decide(Call(8, "execute", "insert into t_x")) == []
    assert plan.decide(Call(7, "fetch", "insert into t_x")) == []
    forever = plan.cut("before", calls=["ping"], times=None)
    assert all(plan.decide(Call(1, "ping")) for _ in range(3))
    plan.remove(forever)
    assert plan.decide(Call(1, "ping")) == []


@pytest.mark.parametrize(("when", "done"), [("before", []), ("after", ["commit"])])
def test_a_lost_answer_leaves_both_sides_waiting(connect, database, server, when, done):
    """The client hears nothing, not even an end; the session stays until it is cut."""
    connection = connect()
    session = database.opened[-1]
    cursor = connection.cursor()
    cursor.execute("insert into t values (1)")
    server.faults.silence(when, calls=["commit"])
    connection.call_timeout = 200
    with pytest.raises(oracledb.Error, match=r"DPY-40(11|24)"):
        connection.commit()
    assert [entry for entry in session.log if entry == "commit"] == done
    assert [live.sid for live in server.sessions()] == [session.sid]
    server.cut(session.sid)
    for thread in threading.enumerate():
        if thread.name == "sandbox-client":
            thread.join(5)
    assert server.sessions() == []
