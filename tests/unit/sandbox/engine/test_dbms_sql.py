"""DBMS_SQL and associative arrays (PL/SQL Packages and Types Reference, DBMS_SQL)."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import pytest


@pytest.fixture
def said(client):
    """Run a block and return what it printed."""
    client.run(
        "CREATE TABLE t (id NUMBER(10) PRIMARY KEY, v VARCHAR2(20), d DATE, ts TIMESTAMP(6), c CLOB)"
    )

    def run(declared, body):
        client.session.output.disable()
        client.session.output.enable(None)
        client.run(
            f"DECLARE c INTEGER := DBMS_SQL.OPEN_CURSOR; n NUMBER; s VARCHAR2(4000); {declared}"
            " PROCEDURE say (t VARCHAR2) IS BEGIN DBMS_OUTPUT.PUT_LINE(NVL(t, 'null')); END;"
            " PROCEDURE parse (t CLOB) IS BEGIN DBMS_SQL.PARSE(c, t, DBMS_SQL.NATIVE); END;"
            f" BEGIN {body} IF DBMS_SQL.IS_OPEN(c) THEN DBMS_SQL.CLOSE_CURSOR(c); END IF;"
            " EXCEPTION WHEN OTHERS THEN say(SQLERRM); IF c IS NOT NULL AND SQLCODE <> -29471 THEN DBMS_SQL.CLOSE_CURSOR(c); END IF; END;"
        )
        lines = []
        while (line := client.session.output.get_line())[1] == 0:
            lines.append(line[0])
        return lines

    return run


def test_values_are_bound_by_name(client, said):
    """With or without colon, at every occurrence; a NULL has the type of its variable."""
    assert said(
        "d DATE := DATE '2024-05-17'; ts TIMESTAMP;",
        "parse('INSERT INTO t (id, v, d, ts) VALUES (:id, :v || :v, :d, :ts)');"
        " DBMS_SQL.BIND_VARIABLE(c, ':v', 'x'); DBMS_SQL.BIND_VARIABLE(c, 'D', d); DBMS_SQL.BIND_VARIABLE(c, 'ts', ts);"
        " FOR i IN 1 .. 2 LOOP DBMS_SQL.BIND_VARIABLE(c, 'id', i); say(DBMS_SQL.EXECUTE(c)); END LOOP;"
        " DBMS_SQL.CLOSE_CURSOR(c); say(c);",
    ) == ["1", "1", "null"]  # fmt: skip
    rows = client.rows("SELECT id, v, TO_CHAR(d, 'YYYY-MM-DD'), ts FROM t ORDER BY id")
    assert rows == [(1, "xx", "2024-05-17", None), (2, "xx", "2024-05-17", None)]


def test_a_query_is_described_defined_and_fetched(client, said):
    """Columns come with their types, as values of their own type or as text."""
    client.run("INSERT INTO t VALUES (:1, :2, DATE '2024-05-17', NULL, 'long')", (7, "seven"))
    assert said(
        "tab DBMS_SQL.DESC_TAB2; d DATE; k CLOB; found INTEGER;",
        "parse('SELECT id, v, d, ts, c FROM t WHERE id > :low'); DBMS_SQL.BIND_VARIABLE(c, 'low', 1); DBMS_SQL.DESCRIBE_COLUMNS2(c, n, tab);"
        " FOR i IN 1 .. n LOOP say(tab(i).col_name || ' ' || tab(i).col_type || ' ' || tab(i).col_max_len); END LOOP;"
        " DBMS_SQL.DEFINE_COLUMN(c, 1, s, 4000); DBMS_SQL.DEFINE_COLUMN(c, 2, s, 3); DBMS_SQL.DEFINE_COLUMN(c, 3, d); DBMS_SQL.DEFINE_COLUMN(c, 5, k);"
        " n := DBMS_SQL.EXECUTE(c); WHILE DBMS_SQL.FETCH_ROWS(c) > 0 LOOP DBMS_SQL.COLUMN_VALUE(c, 1, s); say(s); DBMS_SQL.COLUMN_VALUE(c, 2, s, n, found);"
        " say(s || ' ' || n || ' ' || found); DBMS_SQL.COLUMN_VALUE(c, 3, d); say(TO_CHAR(d, 'YYYY')); DBMS_SQL.COLUMN_VALUE(c, 5, k); say(k); END LOOP;"
        " say(DBMS_SQL.LAST_ROW_COUNT);",
    ) == ["ID 2 22", "V 1 20", "D 12 7", "TS 180 0", "C 112 4000", "7", "sev 1406 5", "2024", "long", "1"]  # fmt: skip


def test_a_ddl_runs_when_it_is_parsed(client, said):
    """EXECUTE has nothing to do for it; what is no DDL waits for EXECUTE."""
    assert said(
        "",
        "INSERT INTO t (id) VALUES (1); parse('CREATE TABLE made (a NUMBER)');"
        " SELECT COUNT(*) INTO n FROM user_tables WHERE table_name = 'MADE'; say(n); n := DBMS_SQL.EXECUTE(c);"
        " INSERT INTO t (id) VALUES (2); parse('ROLLBACK'); SELECT COUNT(*) INTO n FROM t; say(n);"
        " n := DBMS_SQL.EXECUTE(c); SELECT COUNT(*) INTO n FROM t; say(n);"
        " parse('CREATE PROCEDURE bad IS BEGIN nonsense; END;');",
    ) == ["1", "2", "1", "ORA-24344: success with compilation error"]
    client.run("DROP PROCEDURE bad")


def test_blocks_and_returning_give_values_back(client, said):
    """VARIABLE_VALUE reads what the statement assigned."""
    client.run("INSERT INTO t (id) VALUES (3)")
    assert said(
        "",
        "parse('BEGIN :x := :y * 2; END;'); DBMS_SQL.BIND_VARIABLE(c, 'x', n); DBMS_SQL.BIND_VARIABLE(c, 'y', 21);"
        " n := DBMS_SQL.EXECUTE(c); DBMS_SQL.VARIABLE_VALUE(c, 'x', n); say(n);"
        " parse('UPDATE t SET v = :v RETURNING id INTO :r'); DBMS_SQL.BIND_VARIABLE(c, 'v', s); DBMS_SQL.BIND_VARIABLE(c, 'r', n);"
        " say(DBMS_SQL.EXECUTE(c)); DBMS_SQL.VARIABLE_VALUE(c, 'r', n); say(n);",
    ) == ["42", "1", "3"]


def test_a_cursor_variable_becomes_a_cursor(client, said):
    """TO_CURSOR_NUMBER takes what OPEN … FOR USING has bound; the variable is closed by it."""
    client.run("INSERT INTO t (id, v) VALUES (:1, :2)", (1, "a"), (2, "b"), (3, "c"))
    assert said(
        "r SYS_REFCURSOR; q CLOB := 'SELECT id, v FROM t WHERE id >= :low ORDER BY id'; tab DBMS_SQL.DESC_TAB2;",
        "OPEN r FOR q USING 2; DBMS_SQL.CLOSE_CURSOR(c); c := DBMS_SQL.TO_CURSOR_NUMBER(r); DBMS_SQL.DESCRIBE_COLUMNS2(c, n, tab);"
        " FOR i IN 1 .. n LOOP DBMS_SQL.DEFINE_COLUMN(c, i, s, 4000); END LOOP; WHILE DBMS_SQL.FETCH_ROWS(c) = 1 LOOP"
        " FOR i IN 1 .. tab.COUNT LOOP DBMS_SQL.COLUMN_VALUE(c, i, s); say(tab(i).col_name || s); END LOOP; END LOOP; CLOSE r;",
    ) == ["ID2", "Vb", "ID3", "Vc", "ORA-01001: invalid cursor"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("n := DBMS_SQL.EXECUTE(c);", 1003),
        ("parse('DELETE FROM t WHERE id = :x'); n := DBMS_SQL.EXECUTE(c);", 1008),
        ("parse('DELETE FROM t'); DBMS_SQL.BIND_VARIABLE(c, 'x', 1);", 1006),
        ("parse('SELECT id FROM t'); n := DBMS_SQL.FETCH_ROWS(c);", 1002),
        ("parse('SELECT id FROM t'); DBMS_SQL.DEFINE_COLUMN(c, 2, n);", 1007),
        ("parse('SELECT c FROM t'); DBMS_SQL.DEFINE_COLUMN(c, 1, s, 100);", 932),
        ("parse('SELECT 1 FROM DUAL'); DBMS_SQL.DEFINE_COLUMN(c, 1, s, 9); n := DBMS_SQL.EXECUTE_AND_FETCH(c); DBMS_SQL.COLUMN_VALUE(c, 1, n);", 6562),
        ("parse('SELEC 1 FROM DUAL');", 900),
        ("parse('BEGIN nonsense; END;');", 6550),
        ("n := DBMS_SQL.FETCH_ROWS(NULL);", 1001),
        ("DBMS_SQL.RETURN_RESULT(c);", 3001),
        ("FOR i IN 1 .. 300 LOOP n := DBMS_SQL.OPEN_CURSOR; END LOOP;", 1000),
    ],
)  # fmt: skip
def test_mistakes(said, body, code):
    """Each has its number."""
    (line,) = said("", body)
    assert line.startswith(f"ORA-{code:05d}: ")


def test_a_wrong_number_closes_the_package(said):
    """Whoever guesses a number uses DBMS_SQL no more, a closed one is a wrong one."""
    guess = "n := c; DBMS_SQL.CLOSE_CURSOR(c); IF DBMS_SQL.IS_OPEN(n) THEN NULL; END IF;"
    assert said("", guess) == ["ORA-29471: DBMS_SQL access denied"]
    assert said("k INTEGER;", "k := DBMS_SQL.FETCH_ROWS(c);") == [
        "ORA-29471: DBMS_SQL access denied"
    ]


def test_associative_arrays(said):
    """Elements, records, methods and copies."""
    assert said(
        "TYPE r IS RECORD (a NUMBER, b VARCHAR2(3)); TYPE rs IS TABLE OF r INDEX BY VARCHAR2(10); TYPE ns IS TABLE OF NUMBER INDEX BY PLS_INTEGER;"
        " x rs; y rs; l ns; PROCEDURE put (k VARCHAR2) IS BEGIN x(k).a := LENGTH(k); END;",
        "put('abc'); y := x; y('abc').a := 9; say(x('abc').a || y('abc').a || x.FIRST || x.COUNT); l(5) := 1; l(2) := 2;"
        " n := l.FIRST; WHILE n IS NOT NULL LOOP say(n || ':' || l(n)); n := l.NEXT(n); END LOOP; l.DELETE(5); say(l.LAST);"
        " IF NOT l.EXISTS(5) THEN l.DELETE; END IF; say(l.COUNT); x('q').b := 'four';",
    ) == ["39abc1", "2:2", "5:1", "2", "0", "ORA-06502: PL/SQL: numeric or value error: character string buffer too small"]  # fmt: skip
    assert said("TYPE ns IS TABLE OF NUMBER INDEX BY PLS_INTEGER; l ns;", "n := l(1);") == ["ORA-01403: no data found"]  # fmt: skip
