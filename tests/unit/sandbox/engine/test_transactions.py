"""Transactions, locks, cancelling and killing, over two sessions."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import threading
import time

import pytest

from airflow_oracle_dag.sandbox.session import OracleError


@pytest.fixture
def t(client):
    """Make a table with two rows."""
    client.run("CREATE TABLE t (id NUMBER PRIMARY KEY, v NUMBER)")
    client.run("INSERT INTO t VALUES (:1, 0)", (1,), (2,))
    client.session.commit()
    return client


def test_ddl_commits_before_even_when_it_fails(t, second):
    """A DDL that fails has committed what was open; one that does not parse has not."""
    t.run("UPDATE t SET v = 1 WHERE id = 1")
    assert t.fails("DROP TABL t") != 0
    assert t.session.in_transaction
    assert second.one("SELECT v FROM t WHERE id = 1") == 0
    assert t.fails("DROP TABLE nope") == 942
    assert not t.session.in_transaction
    assert second.one("SELECT v FROM t WHERE id = 1") == 1


def test_queries_begin_no_transaction(t):
    """A SELECT opens no transaction, FOR UPDATE and DML do."""
    t.rows("SELECT * FROM t")
    assert not t.session.in_transaction
    t.rows("SELECT * FROM t FOR UPDATE")
    assert t.session.in_transaction
    t.session.rollback()
    assert not t.session.in_transaction


def test_locks(t, second):
    """A locked row is ORA-00054 with NOWAIT, ORA-30006 with WAIT n, and skipped if so said."""
    t.run("UPDATE t SET v = 1 WHERE id = 1")
    assert second.fails("SELECT * FROM t WHERE id = 1 FOR UPDATE NOWAIT") == 54
    assert second.fails("SELECT * FROM t WHERE id = 1 FOR UPDATE WAIT 1") == 30006
    assert second.rows("SELECT id FROM t FOR UPDATE SKIP LOCKED") == [(2,)]
    assert second.fails("LOCK TABLE t IN EXCLUSIVE MODE NOWAIT") == 54
    assert second.fails("TRUNCATE TABLE t") == 54


def test_update_waits_and_looks_again(t, second):
    """An UPDATE that waited for a row looks at its predicate again, as READ COMMITTED demands."""
    t.run("UPDATE t SET v = 9 WHERE id = 1")
    counts = []
    waiter = threading.Thread(
        target=lambda: counts.append(
            second.run("UPDATE t SET v = 5 WHERE id = 1 AND v = 0").row_count
        )
    )
    waiter.start()
    time.sleep(0.2)
    t.session.commit()
    waiter.join(5)
    assert counts == [0]


def test_deadlock_ends_one_statement(t, second):
    """A deadlock is ORA-00060 for one session, whose earlier work stays."""
    t.run("UPDATE t SET v = 1 WHERE id = 1")
    second.run("UPDATE t SET v = 2 WHERE id = 2")
    codes = []

    def cross(client, row):
        try:
            client.run("UPDATE t SET v = 3 WHERE id = :1", (row,))
        except OracleError as error:
            codes.append(error.code)
            assert client.session.in_transaction
            client.session.rollback()

    threads = [threading.Thread(target=cross, args=a) for a in ((t, 2), (second, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert codes == [60]


def test_read_only_transaction(t):
    """SET TRANSACTION READ ONLY refuses DML (1456) and must come first (1453)."""
    t.run("SET TRANSACTION READ ONLY")
    assert t.fails("UPDATE t SET v = 1") == 1456
    assert t.fails("SET TRANSACTION READ ONLY") == 1453
    t.session.commit()
    t.run("UPDATE t SET v = 1")


def test_savepoints(t):
    """ROLLBACK TO undoes what came after the savepoint; an unknown one is ORA-01086."""
    t.run("UPDATE t SET v = 1 WHERE id = 1")
    t.run("SAVEPOINT a")
    t.run("UPDATE t SET v = 2 WHERE id = 2")
    t.run("ROLLBACK TO SAVEPOINT a")
    t.session.commit()
    assert t.rows("SELECT v FROM t ORDER BY id") == [(1,), (0,)]
    assert t.fails("ROLLBACK TO a") == 1086


def test_deferred_constraint_fails_the_commit(t):
    """A deferred constraint makes COMMIT ORA-02091, and nothing of the transaction stays."""
    t.run("CREATE TABLE d (a NUMBER CONSTRAINT d_u UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    t.run("INSERT INTO d VALUES (:1)", (1,), (1,))
    with pytest.raises(OracleError, match=r"DEMO\.D_U") as caught:
        t.session.commit()
    assert caught.value.code == 2091
    assert t.one("SELECT COUNT(*) FROM d") == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT COUNT(*) FROM (SELECT LEVEL x FROM dual CONNECT BY LEVEL <= 100000) a, (SELECT LEVEL y FROM dual CONNECT BY LEVEL <= 100000) b WHERE a.x < b.y",
        "BEGIN DBMS_SESSION.SLEEP(20); END;",
        "DECLARE n NUMBER := 0; BEGIN LOOP n := n + 1; END LOOP; END;",
        "BEGIN UPDATE t SET v = 1 WHERE id = 1; END;",
    ],
)
def test_cancel(t, second, statement):
    """A cancel ends the running call with ORA-01013; the session and its transaction go on."""
    second.run("UPDATE t SET v = 7 WHERE id = 1")
    t.run("UPDATE t SET v = 5 WHERE id = 2")
    timer = threading.Timer(0.3, t.session.cancel)
    timer.start()
    began = time.monotonic()
    assert t.fails(statement) == 1013
    assert time.monotonic() - began < 5
    assert t.one("SELECT v FROM t WHERE id = 2") == 5


def test_cancel_between_calls_hits_nothing(t):
    """A cancel without a running call has no effect on the next one."""
    t.session.cancel()
    assert t.one("SELECT 1 FROM dual") == 1


def test_kill_rolls_back(t, second):
    """A killed session loses its transaction and answers ORA-00028."""
    second.run("UPDATE t SET v = 7 WHERE id = 1")
    second.session.kill()
    assert t.rows("SELECT v FROM t WHERE id = 1 FOR UPDATE NOWAIT") == [(0,)]
    assert second.fails("SELECT 1 FROM dual") == 28


def test_kill_ends_a_running_call(t, second):
    """The call that runs in a killed session raises ORA-00028."""
    threading.Timer(0.3, second.session.kill).start()
    assert second.fails("BEGIN DBMS_SESSION.SLEEP(20); END;") == 28


def test_cross_schema(database, t):
    """Another user's tables are reached by OWNER.TABLE and by CURRENT_SCHEMA."""
    other = type(t)(database, "OTHER")
    assert other.fails("SELECT * FROM t") == 942
    assert other.one("SELECT COUNT(*) FROM demo.t") == 2
    other.run("ALTER SESSION SET CURRENT_SCHEMA = demo")
    assert other.one("SELECT COUNT(*) FROM t") == 2
    assert other.rows("SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'), USER FROM dual") == [
        ("DEMO", "OTHER")
    ]
    other.session.close()
