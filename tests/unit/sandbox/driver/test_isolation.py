"""Isolation levels (SQL Language Reference: SET TRANSACTION, ALTER SESSION; Database Concepts)."""

from __future__ import annotations

import pytest

_WAYS = [
    "set transaction isolation level serializable",
    "alter session set isolation_level = serializable",
]


@pytest.fixture
def t(demo):
    """Make a table with two rows."""
    demo.run("create table t (id number primary key, v number)")
    demo.run("insert into t values (1, 0)")
    demo.run("insert into t values (2, 0)")
    demo.connection.commit()
    return demo


def _change(person, v, row=1):
    person.run("update t set v = :1 where id = :2", v, row)
    person.connection.commit()


@pytest.mark.parametrize("way", _WAYS)
def test_a_serializable_transaction_sees_one_moment(t, second, way):
    """All its queries see what was committed when it began; the next transaction sees the rest."""
    t.run(way)
    assert t.one("select sum(v) from t") == 0
    _change(second, 5)
    assert t.one("select sum(v) from t") == 0
    t.connection.commit()
    assert t.one("select sum(v) from t") == 5


def test_the_moment_is_that_of_set_transaction(t, second):
    """SET TRANSACTION begins the transaction: what comes after it is not seen, nor by READ ONLY."""
    for level in ("isolation level serializable", "read only"):
        t.run(f"set transaction {level}")
        before = second.one("select v from t where id = 1")
        _change(second, before + 1)
        assert t.one("select v from t where id = 1") == before
        t.connection.commit()


@pytest.mark.parametrize("way", _WAYS)
def test_a_row_that_changed_is_ora_08177(t, second, way):
    """It undoes the statement; the transaction stays, with its work, and meets it again."""
    t.run(way)
    t.run("update t set v = 1 where id = 2")
    _change(second, 5)
    assert t.error("update t set v = 9").startswith("ORA-08177: can't serialize access for this")
    assert t.connection.transaction_in_progress
    assert t.fails("delete from t where id = 1") == 8177
    assert t.rows("select v from t order by id") == [(0,), (1,)]
    t.connection.commit()
    assert t.rows("select v from t order by id") == [(5,), (1,)]


def test_the_first_statement_meets_it_too(t, second):
    """Also a transaction that has done nothing else keeps its view until it ends."""
    t.run(_WAYS[1])
    t.one("select count(*) from t")
    _change(second, 5)
    assert t.fails("update t set v = 9 where id = 1") == 8177
    assert t.fails("update t set v = 9 where id = 1") == 8177
    t.connection.rollback()
    assert t.run("update t set v = 9 where id = 1") == 1


def test_a_waiter_meets_it_when_the_other_commits(t, second):
    """An UPDATE that waited for a row fails if the other commits and goes on if it rolls back."""
    for ending, outcome in (("rollback", 1), ("commit", "ORA-08177")):
        second.run("update t set v = 7 where id = 1")
        t.run(_WAYS[0])
        t.one("select 1 from t where id = 2")
        waiting = t.later("update t set v = 8 where id = 1")
        getattr(second.connection, ending)()
        found = waiting()
        assert found == outcome or str(found).startswith(str(outcome))
        t.connection.rollback()


def test_a_handler_may_catch_it(t, second):
    """In a block it is an exception like others."""
    t.run(_WAYS[0])
    _change(second, 5)
    caught = t.call(
        "begin update t set v = 1 where id = 2;"
        " begin update t set v = 1 where id = 1; exception when others then :o := sqlcode; end;"
        " commit; end;"
    )
    assert caught == -8177
    assert second.rows("select v from t order by id") == [(5,), (1,)]


def test_back_to_read_committed(t, second):
    """ALTER SESSION SET ISOLATION_LEVEL = READ COMMITTED ends it for further transactions."""
    t.run(_WAYS[1])
    t.run("alter session set isolation_level = read committed")
    t.run("update t set v = 1 where id = 2")
    _change(second, 5)
    assert t.run("update t set v = 9 where id = 1") == 1


def test_set_transaction_comes_first(t):
    """ORA-01453 in a transaction, for the session's level alike; a query begins none."""
    t.one("select count(*) from t")
    t.run("set transaction isolation level serializable")
    t.connection.commit()
    t.run("update t set v = 1")
    assert t.fails("set transaction read only") == 1453
    assert t.fails("set transaction isolation level read committed") == 1453
    assert t.fails("alter session set isolation_level = serializable") == 1453
    t.connection.commit()
    assert t.fails("set transaction isolation level chaos") == 2179
    assert t.fails("set transaction") == 922


def test_read_only_refuses_changes_and_locks(t):
    """DML and FOR UPDATE are ORA-01456; queries, LOCK TABLE and ALTER SESSION are not."""
    t.run("set transaction read only")
    for statement in ("update t set v = 1", "delete from t", "select * from t for update"):
        assert t.fails(statement) == 1456
    assert t.fails("begin insert into t values (3, 0); end;") == 1456
    t.run("alter session set nls_date_format = 'YYYY'")
    t.run("lock table t in share mode")
    assert t.call("begin :o := dbms_transaction.local_transaction_id; end;", str) is None
    t.connection.commit()
    t.run("update t set v = 1")


def test_the_first_change_gives_the_transaction_its_id(t):
    """SET TRANSACTION begins a transaction without an id; the first DML gives it one."""
    ask = "begin :o := dbms_transaction.local_transaction_id; end;"
    t.run("set transaction isolation level serializable")
    assert t.call(ask, str) is None
    t.run("update t set v = 1")
    first = t.call(ask, str)
    assert first
    t.run("update t set v = 2")
    assert t.call(ask, str) == first


@pytest.mark.parametrize(
    "block",
    [
        "begin commit; end;",
        "begin rollback; end;",
        "begin execute immediate 'commit'; end;",
        "begin dbms_transaction.commit; end;",
    ],
)
def test_commit_in_procedure_disabled(t, block):
    """PL/SQL may then neither COMMIT nor ROLLBACK (ORA-00034), until it is enabled again."""
    t.run("update t set v = 1")
    t.run("alter session disable commit in procedure")
    verb = "ROLLBACK" if "rollback" in block else "COMMIT"
    assert t.error(block).startswith(f"ORA-00034: cannot {verb} in current PL/SQL session")
    assert t.connection.transaction_in_progress
    t.run("commit")
    t.run("update t set v = 2")
    t.run("begin savepoint s; update t set v = 3; rollback to s; end;")
    t.run("alter session enable commit in procedure")
    t.run(block)
    assert not t.connection.transaction_in_progress
