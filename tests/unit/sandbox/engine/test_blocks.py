"""PL/SQL blocks against a real database."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from airflow_oracle_dag.sandbox.session import Direction, OracleError


@pytest.fixture
def t(client):
    """Make a table with two rows."""
    client.run("CREATE TABLE t (id NUMBER PRIMARY KEY, v VARCHAR2(10))")
    client.run("INSERT INTO t VALUES (:1, :2)", (1, "a"), (2, "b"))
    client.session.commit()
    return client


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (":x := 1 + 2 * 3;", 7),
        (":x := 1 / 4;", Decimal("0.25")),
        (":x := 'a' || 1 || NULL;", "a1"),
        (":x := CASE WHEN NULL = 1 THEN 1 ELSE 2 END;", 2),
        (":x := NVL(LENGTH(''), 0);", 0),
        (":x := TRUNC(DATE '2024-05-17' + 1.5);", dt.datetime(2024, 5, 18)),
        (":x := TO_CHAR(DATE '2024-05-17', 'DD.MM.YYYY');", "17.05.2024"),
        (":x := DATE '2024-05-17' - DATE '2024-05-10';", 7),
        ("IF 2 BETWEEN 1 AND 3 AND 'abc' LIKE 'a%' AND 1 IN (2, 1) THEN :x := 1; END IF;", 1),
        ("FOR i IN REVERSE 1 .. 3 LOOP :x := :x || i; END LOOP;", "321"),
        ("WHILE NVL(:x, 0) < 5 LOOP :x := NVL(:x, 0) + 1; CONTINUE WHEN :x < 3; EXIT; END LOOP;", 3),
        ("<<o>> FOR i IN 1 .. 3 LOOP FOR j IN 1 .. 3 LOOP :x := i * 10 + j; EXIT o WHEN j = 2; END LOOP; END LOOP;", 12),
        ("CASE 2 WHEN 1 THEN :x := 'one'; WHEN 2 THEN :x := 'two'; END CASE;", "two"),
        ("SELECT v INTO :x FROM t WHERE id = 1;", "a"),
        ("FOR r IN (SELECT id, v FROM t ORDER BY id DESC) LOOP :x := :x || r.v || r.id; END LOOP;", "b2a1"),
        ("UPDATE t SET v = 'q'; :x := SQL%ROWCOUNT;", 2),
        ("DELETE t WHERE id = 2 RETURNING v INTO :x;", "b"),
        ("EXECUTE IMMEDIATE 'SELECT MAX(id) FROM t WHERE id < :1' INTO :x USING 2;", 1),
        ("EXECUTE IMMEDIATE 'BEGIN :a := :b * 2; END;' USING OUT :x, 21;", 42),
        ("SELECT v INTO :x FROM t WHERE id = 9; EXCEPTION WHEN NO_DATA_FOUND THEN :x := SQLCODE || ' ' || SQLERRM;", "100 ORA-01403: no data found"),
        ("SELECT v INTO :x FROM t; EXCEPTION WHEN TOO_MANY_ROWS THEN :x := SQLCODE;", -1422),
        ("INSERT INTO t VALUES (1, 'x'); EXCEPTION WHEN DUP_VAL_ON_INDEX THEN :x := 'dup';", "dup"),
        (":x := 1 / 0; EXCEPTION WHEN ZERO_DIVIDE THEN :x := 'zero';", "zero"),
        ("RAISE_APPLICATION_ERROR(-20001, 'mine'); EXCEPTION WHEN OTHERS THEN :x := SQLERRM;", "ORA-20001: mine"),
    ],
)  # fmt: skip
def test_statements(t, body, value):
    """A block computes what Oracle's would."""
    assert t.block(f"BEGIN {body} END;")["x"] == value


def test_declarations(t):
    """Constants, %TYPE, %ROWTYPE, records, cursors, exceptions and subprograms work together."""
    found = t.block(
        """
        DECLARE
          two CONSTANT PLS_INTEGER := 2;
          v t.v%TYPE;
          row t%ROWTYPE;
          TYPE pair IS RECORD (a NUMBER, b VARCHAR2(10));
          p pair;
          CURSOR c (low NUMBER) IS SELECT id FROM t WHERE id >= low ORDER BY id;
          mine EXCEPTION;
          taken EXCEPTION;
          PRAGMA EXCEPTION_INIT(taken, -1);
          total NUMBER := 0;
          n NUMBER;
          FUNCTION fact(n NUMBER) RETURN NUMBER IS BEGIN
            IF n < 2 THEN RETURN 1; END IF;
            RETURN n * fact(n - 1);
          END;
          PROCEDURE add(x IN NUMBER, sum IN OUT NUMBER) IS BEGIN sum := sum + x; END;
        BEGIN
          SELECT * INTO row FROM t WHERE id = two;
          p.a := fact(5);
          p.b := row.v;
          OPEN c(1);
          LOOP FETCH c INTO n; EXIT WHEN c%NOTFOUND; add(n, total); END LOOP;
          CLOSE c;
          BEGIN RAISE mine; EXCEPTION WHEN mine THEN :caught := SQLCODE; END;
          BEGIN INSERT INTO t VALUES (1, 'x'); EXCEPTION WHEN taken THEN :dup := SQLCODE; END;
          BEGIN v := 'longer than ten'; EXCEPTION WHEN VALUE_ERROR THEN :short := SQLCODE; END;
          :fact := p.a; :b := p.b; :total := total;
        END;
        """
    )
    assert found == {"caught": 1, "dup": -1, "short": -6502, "fact": 120, "b": "b", "total": 3}


def test_columns_win_over_variables(t):
    """In SQL a name is a column first, a variable second; in INTO it is a variable."""
    assert (
        t.block(
            "DECLARE id NUMBER := 2; n NUMBER; wanted NUMBER := 2; BEGIN SELECT COUNT(*) INTO n FROM t WHERE id = id AND id <= wanted; :x := n; END;"
        )["x"]
        == 2
    )


def test_unhandled_error_undoes_the_call_only(t):
    """An unhandled error undoes the block; what the transaction did before stays."""
    t.run("UPDATE t SET v = 'kept' WHERE id = 1")
    error = t.error(
        "BEGIN\n UPDATE t SET v = 'lost';\n RAISE_APPLICATION_ERROR(-20005, 'no');\nEND;"
    )
    assert (error.code, "ORA-06512: at line 3" in error.message) == (20005, True)
    assert t.rows("SELECT v FROM t ORDER BY id") == [("kept",), ("b",)]
    t.session.commit()
    assert t.rows("SELECT v FROM t ORDER BY id") == [("kept",), ("b",)]


def test_commit_inside_stays(t, second):
    """What a failing block committed stays, what it did afterwards does not."""
    assert (
        t.fails(
            "BEGIN UPDATE t SET v = 'c' WHERE id = 1; COMMIT WRITE IMMEDIATE WAIT; UPDATE t SET v = 'l' WHERE id = 2; RAISE NO_DATA_FOUND; END;"
        )
        == 1403
    )
    assert second.rows("SELECT v FROM t ORDER BY id") == [("c",), ("b",)]
    assert not t.session.in_transaction


def test_statement_in_a_block_is_atomic(t):
    """A handled error undoes its statement alone."""
    t.block(
        "BEGIN UPDATE t SET v = 'x' WHERE id = 1; BEGIN INSERT INTO t SELECT 4 - LEVEL, 'y' FROM dual CONNECT BY LEVEL <= 3; EXCEPTION WHEN OTHERS THEN NULL; END; INSERT INTO t VALUES (7, 'z'); END;"
    )
    assert t.rows("SELECT id, v FROM t ORDER BY id") == [(1, "x"), (2, "b"), (7, "z")]


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ("BEGIN\n  x := 1;\nEND;", "line 2, column 3:\nPLS-00201: identifier 'X' must be declared"),
        ("BEGIN NULL END;", "PLS-00103"),
        ("BEGIN INSERT INTO nope VALUES (1); END;", "PL/SQL: ORA-00942"),
        ("BEGIN UPDATE t SET nope = 1; EXCEPTION WHEN OTHERS THEN NULL; END;", "PL/SQL: ORA-00904"),
        ("BEGIN SELECT 1 FROM dual; END;", "PLS-00428"),
        ("BEGIN my_proc(1); END;", "PLS-00201: identifier 'MY_PROC' must be declared"),
        ("BEGIN DBMS_OUTPUT.PUT_LINE; END;", "PLS-00306"),
    ],
)
def test_compile_errors(t, block, text):
    """What does not compile is ORA-06550 with its place, and no handler catches it."""
    error = t.error(block)
    assert (error.code, text in error.message) == (6550, True), error


def test_directions_and_binds(t):
    """Each bind counts once, in the order of the text, with the direction of its use."""
    statement = t.session.parse(
        "BEGIN :b := :a; :c := :c + 1; SELECT v INTO :v FROM t WHERE id = :a; END;"
    )
    assert list(statement.bind_names) == ["B", "A", "C", "V"]
    assert list(statement.block.directions) == [
        Direction.OUT,
        Direction.IN,
        Direction.IN_OUT,
        Direction.OUT,
    ]


def test_output_survives_rollback(t):
    """DBMS_OUTPUT keeps its lines over ROLLBACK, and GET_LINE ends with status 1."""
    t.block(
        "BEGIN DBMS_OUTPUT.PUT_LINE('dropped'); DBMS_OUTPUT.ENABLE(NULL); DBMS_OUTPUT.PUT('a'); DBMS_OUTPUT.PUT_LINE('b'); ROLLBACK; END;"
    )
    get = "DECLARE l VARCHAR2(100); s INTEGER; BEGIN DBMS_OUTPUT.GET_LINE(l, s); :l := l; :s := s; END;"
    assert [t.block(get) for _ in range(2)] == [{"l": "ab", "s": 0}, {"l": None, "s": 1}]


def test_transaction_id(t):
    """LOCAL_TRANSACTION_ID is NULL without a transaction, constant within one and new in the next."""
    ask = "BEGIN :i := DBMS_TRANSACTION.LOCAL_TRANSACTION_ID; END;"
    assert t.block(ask)["i"] is None
    t.run("UPDATE t SET v = 'x'")
    first = t.block(ask)["i"]
    t.run("UPDATE t SET v = 'y'")
    assert t.block(ask)["i"] == first
    t.session.commit()
    assert t.block("BEGIN :i := DBMS_TRANSACTION.LOCAL_TRANSACTION_ID(TRUE); END;")["i"] not in (
        None,
        first,
    )


def test_session_alive(t, second):
    """IS_SESSION_ALIVE knows open sessions by their unique id."""
    unique = second.block("BEGIN :u := DBMS_SESSION.UNIQUE_SESSION_ID; END;")["u"]
    ask = "BEGIN IF DBMS_SESSION.IS_SESSION_ALIVE(:u) THEN :a := 1; ELSE :a := 0; END IF; END;"
    assert t.block(ask, u=unique)["a"] == 1
    second.session.close()
    assert t.block(ask, u=unique)["a"] == 0


def test_tags(t):
    """DBMS_APPLICATION_INFO and SET_IDENTIFIER show in SYS_CONTEXT."""
    t.block(
        "BEGIN DBMS_APPLICATION_INFO.SET_MODULE('m', 'a'); DBMS_SESSION.SET_IDENTIFIER('c'); END;"
    )
    sid = t.one("SELECT TO_NUMBER(SYS_CONTEXT('USERENV', 'SID')) FROM dual")
    assert sid == t.session.sid
    assert t.fails("SELECT module FROM v$session") == 942  # nobody granted it
    assert t.one("SELECT SYS_CONTEXT('USERENV', 'MODULE') FROM dual") == "m"


def test_ddl_in_a_block(t):
    """EXECUTE IMMEDIATE of a DDL commits."""
    t.run("UPDATE t SET v = 'x'")
    t.block("BEGIN EXECUTE IMMEDIATE 'CREATE TABLE u (a NUMBER)'; END;")
    assert not t.session.in_transaction


def test_what_is_wrong_with_a_dynamic_block_can_be_handled(t):
    """It is compiled while the block that runs it runs: a package that was not granted, say."""
    body = "EXECUTE IMMEDIATE 'DECLARE a INTEGER; BEGIN a := DBMS_LOCK.RELEASE(1); END;'"
    assert t.fails(f"BEGIN {body}; END;") == 6550
    told = t.block(f"BEGIN {body}; EXCEPTION WHEN OTHERS THEN :x := SQLCODE; END;", x=None)
    assert told["x"] == -6550


def test_unhandled_user_exception(t):
    """A declared exception that nobody handles is ORA-06510."""
    assert t.fails("DECLARE e EXCEPTION; BEGIN RAISE e; END;") == 6510


def test_cancelled_block_can_be_killed(t):
    """ORA-00028 passes every handler."""
    t.session.kill()
    with pytest.raises(OracleError) as caught:
        t.block("BEGIN NULL; EXCEPTION WHEN OTHERS THEN NULL; END;")
    assert caught.value.code == 28
