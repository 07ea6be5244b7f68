"""Statements that a block makes at run time (PL/SQL Language Reference, EXECUTE IMMEDIATE)."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import pytest


@pytest.fixture
def said(client):
    """Run a block and return what it printed."""
    client.run("CREATE TABLE t (id NUMBER PRIMARY KEY, v VARCHAR2(4000), d DATE, ts TIMESTAMP(6))")

    def run(text):
        client.session.output.disable()
        client.session.output.enable(None)
        client.run(text)
        lines = []
        while (line := client.session.output.get_line())[1] == 0:
            lines.append(line[0])
        return lines

    return run


def caught(body, declared=""):
    """Make a block that prints the error of a statement."""
    return f"DECLARE {declared} BEGIN {body} EXCEPTION WHEN OTHERS THEN DBMS_OUTPUT.PUT_LINE(SQLERRM); END;"


@pytest.mark.parametrize(
    ("declared", "body", "error"),
    [
        ("c CLOB;", "EXECUTE IMMEDIATE c;", "ORA-06535: statement string in EXECUTE IMMEDIATE is NULL or 0 length"),
        ("c SYS_REFCURSOR;", "OPEN c FOR '';", "ORA-06535: statement string in OPEN is NULL or 0 length"),
        ("c SYS_REFCURSOR;", "OPEN c FOR 'DELETE FROM t';", "ORA-06539: target of OPEN must be a query"),
        ("n NUMBER := 1;", "EXECUTE IMMEDIATE 'BEGIN :a := 1; END;' USING n;", "ORA-06536: IN bind variable bound to an OUT position"),
        ("n NUMBER := 1;", "EXECUTE IMMEDIATE 'BEGIN IF :a = 1 THEN NULL; END IF; END;' USING OUT n;", "ORA-06537: OUT bind variable bound to an IN position"),
        ("n NUMBER := 1;", "EXECUTE IMMEDIATE 'INSERT INTO t (id) VALUES (:a)' USING OUT n;", "ORA-06537: OUT bind variable bound to an IN position"),
        ("", "EXECUTE IMMEDIATE 'BEGIN IF :a = :b THEN NULL; END IF; END;' USING 1;", "ORA-01008: not all variables bound"),
        ("", "EXECUTE IMMEDIATE 'BEGIN NULL; END;' USING 1;", "ORA-01006: bind variable does not exist"),
        ("", "EXECUTE IMMEDIATE 'DELETE FROM t WHERE id = :a';", "ORA-01008: not all variables bound"),
        ("", "EXECUTE IMMEDIATE 'COMMIT' USING 1;", "ORA-01006: bind variable does not exist"),
        ("", "EXECUTE IMMEDIATE 'CREATE PROCEDURE bad IS BEGIN nonsense; END;';", "ORA-24344: success with compilation error"),
        ("v VARCHAR2(5);", "EXECUTE IMMEDIATE 'BEGIN :v := ''too long''; END;' USING OUT v;", "ORA-06502: PL/SQL: numeric or value error: character string buffer too small"),
        ("", "BEGIN EXECUTE IMMEDIATE 'DELETE FROM nix'; EXCEPTION WHEN OTHERS THEN RAISE_APPLICATION_ERROR(-20007, 'mine', TRUE); END;", 'ORA-20007: mine\nORA-00942: table or view "NIX" does not exist'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_can_be_caught(client, said, declared, body, error):
    """Each mistake has the number of the manual."""
    assert said(caught(body, declared)) == [error]
    if "PROCEDURE" in body:
        client.run("DROP PROCEDURE bad")


def test_null_needs_a_type(client, said):
    """USING NULL does not compile; a variable of a type carries a NULL."""
    error = client.error("BEGIN EXECUTE IMMEDIATE 'DELETE FROM t WHERE id = :a' USING NULL; END;")
    assert error.code == 6550
    assert "PLS-00457" in error.message
    said(
        "DECLARE n NUMBER; s VARCHAR2(5); d DATE; t TIMESTAMP(6); BEGIN"
        " EXECUTE IMMEDIATE 'INSERT INTO t VALUES (:a, :a, :b, :c)' USING 1, s, d, t;"
        " EXECUTE IMMEDIATE 'UPDATE t SET v = NVL(TO_CHAR(:n + 1), ''null'')' USING n; END;"
    )
    assert client.rows("SELECT id, v, d, ts FROM t") == [(1, "null", None, None)]


def test_a_clob_is_run(client, said):
    """A text longer than a VARCHAR2 is a statement, a block or a query like any other."""
    assert said(
        "DECLARE c CLOB := RPAD('--', 32000, 'x'); n NUMBER; r SYS_REFCURSOR; BEGIN c := c || c || CHR(10);"
        " EXECUTE IMMEDIATE c || 'INSERT INTO t (id) VALUES (:a)' USING 7; DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT);"
        " EXECUTE IMMEDIATE c || 'BEGIN :a := :a * :b; END;' USING IN OUT n, 2; DBMS_OUTPUT.PUT_LINE('n' || n); n := 4;"
        " EXECUTE IMMEDIATE c || 'BEGIN :a := :a * :b; END;' USING IN OUT n, 2; DBMS_OUTPUT.PUT_LINE(n);"
        " OPEN r FOR c || 'SELECT id FROM t WHERE id > :x' USING 1; FETCH r INTO n; DBMS_OUTPUT.PUT_LINE(n); CLOSE r; END;"
    ) == ["1", "n", "8", "7"]


def test_a_block_ends_transactions(client, second, said):
    """COMMIT and ROLLBACK inside are those of the session."""
    said(
        "BEGIN INSERT INTO t (id) VALUES (1); EXECUTE IMMEDIATE 'BEGIN INSERT INTO t (id) VALUES (:a); COMMIT;"
        " INSERT INTO t (id) VALUES (:a + 1); ROLLBACK; END;' USING 2; INSERT INTO t (id) VALUES (4); END;"
    )
    assert second.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,)]
    assert client.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,), (4,)]


def test_row_counts(client, said):
    """SQL%ROWCOUNT is that of the dynamic statement; 0 for what is no DML."""
    client.run("INSERT INTO t (id) VALUES (:1)", (1,), (2,))
    client.session.commit()
    assert said(
        "DECLARE n NUMBER; PROCEDURE say IS BEGIN DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT); END; BEGIN"
        " EXECUTE IMMEDIATE 'UPDATE t SET v = :a' USING 'x'; say;"
        " EXECUTE IMMEDIATE 'DELETE FROM t WHERE id = 9'; say;"
        " EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM t' INTO n; say;"
        " EXECUTE IMMEDIATE 'CREATE TABLE t2 (a NUMBER)'; say;"
        " EXECUTE IMMEDIATE 'ALTER SESSION SET NLS_DATE_FORMAT = ''YYYY'''; say; END;"
    ) == ["2", "0", "1", "0", "0"]


def test_a_query_without_into_is_not_run(client, said):
    """It is only parsed: FOR UPDATE locks nothing, what is wrong with it is an error."""
    said("BEGIN EXECUTE IMMEDIATE 'SELECT id FROM t FOR UPDATE'; END;")
    assert not client.session.in_transaction
    assert client.fails("BEGIN EXECUTE IMMEDIATE 'SELECT nix FROM t'; END;") == 904


def test_returning_into(said):
    """RETURNING gives its value by a clause of its own or by USING OUT."""
    assert said(
        "DECLARE n NUMBER; BEGIN EXECUTE IMMEDIATE 'INSERT INTO t (id) VALUES (:a) RETURNING id INTO :b' USING 5 RETURNING INTO n;"
        " DBMS_OUTPUT.PUT_LINE(n); EXECUTE IMMEDIATE 'UPDATE t SET id = id + 1 RETURNING id INTO :b' USING OUT n; DBMS_OUTPUT.PUT_LINE(n); END;"
    ) == ["5", "6"]


def test_stored_functions_in_dynamic_sql(client, said):
    """A query and a DML may call what the schema has."""
    client.run("CREATE FUNCTION twice (n NUMBER) RETURN NUMBER IS BEGIN RETURN n * 2; END;")
    assert said(
        "DECLARE n NUMBER; BEGIN EXECUTE IMMEDIATE 'SELECT twice(:x) FROM DUAL' INTO n USING 4; DBMS_OUTPUT.PUT_LINE(n);"
        " EXECUTE IMMEDIATE 'INSERT INTO t (id) VALUES (twice(:x))' USING 5; DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT); END;"
    ) == ["8", "1"]
    client.run("DROP FUNCTION twice")


def test_local_subprograms_change_outer_variables(said):
    """A procedure and a function write what is declared around them; OUT gives back at the end."""
    assert said(
        "DECLARE total NUMBER := 0; twice NUMBER; PROCEDURE add (n NUMBER, twice OUT NUMBER) IS BEGIN total := total + n; twice := n * 2; END;"
        " FUNCTION next RETURN NUMBER IS BEGIN add(1, twice); RETURN total; END; BEGIN add(5, twice); DBMS_OUTPUT.PUT_LINE(total || ' ' || twice || ' ' || next || ' ' || twice); END;"
    ) == ["5 10 6 2"]


def test_handlers_inside_handlers(said):
    """SQLCODE is that of the handler one is in; RAISE raises it again, for the block around."""
    assert said(
        "BEGIN BEGIN EXECUTE IMMEDIATE 'BEGIN RAISE_APPLICATION_ERROR(-20001, ''one''); END;'; EXCEPTION WHEN OTHERS THEN"
        " BEGIN RAISE NO_DATA_FOUND; EXCEPTION WHEN NO_DATA_FOUND THEN DBMS_OUTPUT.PUT_LINE(SQLCODE); END;"
        " DBMS_OUTPUT.PUT_LINE(SQLCODE || DBMS_UTILITY.FORMAT_ERROR_STACK || DBMS_UTILITY.FORMAT_ERROR_BACKTRACE); RAISE; END;"
        " EXCEPTION WHEN OTHERS THEN DBMS_OUTPUT.PUT_LINE('again ' || SQLCODE); END;"
    ) == ["100", "-20001ORA-20001: one\nORA-06512: at line 1\nORA-06512: at line 1\n", "again -20001"]  # fmt: skip


def test_sqlerrm_is_cut(said):
    """SQLERRM has 512 bytes, the error stack more."""
    text = "BEGIN RAISE_APPLICATION_ERROR(-20001, RPAD('x', 1500, 'x')); EXCEPTION WHEN OTHERS THEN DBMS_OUTPUT.PUT_LINE(LENGTHB(SQLERRM) || ' ' || LENGTHB(DBMS_UTILITY.FORMAT_ERROR_STACK)); END;"
    assert said(text) == ["512 1512"]


def test_control_by_dynamic_sql(client, said):
    """Transactions, locks, constraints and calls do what they say."""
    client.run("CREATE PROCEDURE put (n NUMBER) IS BEGIN INSERT INTO t (id) VALUES (n); END;")
    assert said(
        "BEGIN EXECUTE IMMEDIATE 'SAVEPOINT x'; INSERT INTO t (id) VALUES (1); EXECUTE IMMEDIATE 'ROLLBACK TO x';"
        " EXECUTE IMMEDIATE 'LOCK TABLE t IN EXCLUSIVE MODE NOWAIT'; EXECUTE IMMEDIATE 'CALL put(:n)' USING 5;"
        " EXECUTE IMMEDIATE 'SET CONSTRAINTS ALL IMMEDIATE'; EXECUTE IMMEDIATE 'SET ROLE ALL'; EXECUTE IMMEDIATE 'COMMIT';"
        " EXECUTE IMMEDIATE 'SET TRANSACTION READ ONLY'; BEGIN put(6); EXCEPTION WHEN OTHERS THEN DBMS_OUTPUT.PUT_LINE(SQLCODE); END; ROLLBACK;"
        " EXECUTE IMMEDIATE 'ALTER SESSION DISABLE COMMIT IN PROCEDURE'; BEGIN EXECUTE IMMEDIATE 'BEGIN COMMIT; END;'; EXCEPTION WHEN OTHERS THEN DBMS_OUTPUT.PUT_LINE(SQLCODE); END;"
        " EXECUTE IMMEDIATE 'ALTER SESSION ENABLE COMMIT IN PROCEDURE';"
        " BEGIN ROLLBACK TO SAVEPOINT x; EXCEPTION WHEN OTHERS THEN DBMS_OUTPUT.PUT_LINE(SQLCODE); END; END;"
    ) == ["-1456", "-34", "-1086"]
    assert client.rows("SELECT id FROM t") == [(5,)]
    client.run("DROP PROCEDURE put")


def test_a_failed_statement_is_undone_alone(client, said):
    """Of a statement that a handler catches nothing stays; what was done before does."""
    assert said(
        "BEGIN INSERT INTO t (id) VALUES (1); BEGIN EXECUTE IMMEDIATE 'INSERT INTO t (id) SELECT 3 - LEVEL FROM DUAL CONNECT BY LEVEL <= 2';"
        " EXCEPTION WHEN DUP_VAL_ON_INDEX THEN DBMS_OUTPUT.PUT_LINE('dup'); END; END;"
    ) == ["dup"]
    assert client.rows("SELECT id FROM t") == [(1,)]


def test_lobs_are_read(said):
    """DBMS_LOB reads; what it does not have says so."""
    assert said(
        "DECLARE c CLOB := 'abcabc'; BEGIN DBMS_OUTPUT.PUT_LINE(DBMS_LOB.GETLENGTH(c) || DBMS_LOB.SUBSTR(c, 2, 3) || DBMS_LOB.SUBSTR(c, offset => 5)"
        " || DBMS_LOB.INSTR(c, 'b', 1, 2) || DBMS_LOB.INSTR(c, 'x') || DBMS_LOB.COMPARE(c, 'abd')); END;"
    ) == ["6cabc50-1"]
    (error,) = said(caught("DBMS_LOB.LOADFROMFILE(c, NULL, 1);", "c CLOB;"))
    assert error == "ORA-03001: unimplemented feature (sandbox): DBMS_LOB.LOADFROMFILE"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("DECLARE PROCEDURE p IS BEGIN NULL; END; n NUMBER; BEGIN NULL; END;", "PLS-00103"),
        ("DECLARE PROCEDURE p IS BEGIN RAISE; END; BEGIN p; EXCEPTION WHEN OTHERS THEN p; END;", "PLS-00367"),
    ],
)  # fmt: skip
def test_what_does_not_compile(client, text, detail):
    """Variables stand before subprograms; RAISE alone stands in a handler."""
    assert detail in client.error(text).message


def test_subprograms_are_declared_ahead(said):
    """A header alone lets variables follow, and two procedures call each other."""
    assert said(
        "DECLARE PROCEDURE b (n NUMBER); total NUMBER := 0; PROCEDURE a (n NUMBER) IS BEGIN total := total + n; IF n > 0 THEN b(n - 1); END IF; END;"
        " PROCEDURE b (n NUMBER) IS BEGIN a(n); END; BEGIN a(3); DBMS_OUTPUT.PUT_LINE(total); END;"
    ) == ["6"]


def test_the_end_of_a_transaction_changes_no_rows(said):
    """SQL%ROWCOUNT is 0 behind COMMIT."""
    text = "BEGIN INSERT INTO t (id) VALUES (1); COMMIT; DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT); END;"
    assert said(text) == ["0"]


def test_a_package_that_is_not_here_says_so(client, said):
    """ORA-03001 names it; what nobody declared is PLS-00201."""
    assert said(caught("EXECUTE IMMEDIATE 'BEGIN utl_file.fclose_all; END;';")) == [
        "ORA-03001: unimplemented feature (sandbox): UTL_FILE.FCLOSE_ALL"
    ]
    assert client.fails("BEGIN dbms_session.reset_package; END;") == 3001
    assert "PLS-00201" in client.error("BEGIN mine.reset; END;").message
