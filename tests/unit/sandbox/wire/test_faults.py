"""Faults that a user's own tests ask for, with the unmodified driver."""

from __future__ import annotations

import time

import oracledb
import pytest

from airflow_oracle_dag.sandbox.session import Result, StatementKind


def test_an_answer_breaks_off_in_its_middle(connection, session, server):
    """What was asked for is done; the client is left with half a packet."""
    server.faults.cut("amid", calls=["commit"])

    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        connection.commit()

    assert session.closed.wait(5)
    assert "commit" in session.log


def test_one_statement_is_slow(connection, database, server):
    """The second INSERT waits before its answer, no other."""
    database.script["insert"] = lambda *_: Result(StatementKind.DML, row_count=1)
    rule = server.faults.delay(0.3, sql="insert", nth=2)
    cursor = connection.cursor()
    times = []
    for _ in range(3):
        start = time.monotonic()
        cursor.execute("insert into t values (1)")
        times.append(time.monotonic() - start)

    assert times[1] >= 0.3 > max(times[0], times[2])
    assert (rule.matched, rule.fired) == (3, 1)


def test_a_slow_statement_can_be_given_up(connection, database, server):
    """A time-out of the call ends the wait."""
    database.script["insert"] = lambda *_: Result(StatementKind.DML, row_count=1)
    server.faults.delay(30, sql="insert")
    connection.call_timeout = 100

    with pytest.raises(oracledb.Error, match="DPY-4024"):
        connection.cursor().execute("insert into t values (1)")
    connection.ping()


def test_log_ins_are_refused_for_so_long(connect, connection, server):
    """Who is in stays in; nobody comes in until the rule is removed."""
    rule = server.faults.refuse_log_ins()
    for _ in range(2):
        with pytest.raises(oracledb.DatabaseError, match="ORA-01033"):
            connect()
    connection.ping()

    server.faults.remove(rule)
    connect().ping()
    assert rule.fired == 2


@pytest.mark.parametrize("until", [{"times": 1}, {"seconds": 0.0}])
def test_a_refusal_ends_by_itself(connect, server, until):
    """After so many, or after so long."""
    server.faults.refuse_log_ins(28000, "The account is locked.", **until)
    if "times" in until:
        with pytest.raises(oracledb.DatabaseError, match="ORA-28000: The account is locked"):
            connect()

    connect().ping()


def test_one_user_is_refused(connect, server):
    """Others log in meanwhile, also those whose names begin alike."""
    server.faults.refuse_log_ins(user="demo")
    server.faults.refuse_log_ins(user="dem")

    with pytest.raises(oracledb.DatabaseError, match="ORA-01033"):
        connect()
    server.faults.clear()
    server.faults.refuse_log_ins(user="dem")
    connect().ping()
