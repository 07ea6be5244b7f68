"""DML: counts, RETURNING, arrays, MERGE, and errors that name what was violated."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import pytest

from airflow_oracle_dag.sandbox.session import OracleError


@pytest.fixture
def t(client):
    """Make a table with three rows."""
    client.run("CREATE TABLE t (id NUMBER(6) CONSTRAINT t_pk PRIMARY KEY, v VARCHAR2(5) NOT NULL)")
    client.run("INSERT INTO t VALUES (:1, :2)", (1, "a"), (2, "b"), (3, "c"))
    client.session.commit()
    return client


@pytest.mark.parametrize(
    ("statement", "code", "text"),
    [
        ("INSERT INTO t VALUES (1, 'x')", 1, "unique constraint (DEMO.T_PK) violated"),
        ("INSERT INTO t VALUES (9, '')", 1400, 'cannot insert NULL into ("DEMO"."T"."V")'),
        ("UPDATE t SET v = NULL", 1407, 'cannot update ("DEMO"."T"."V") to NULL'),
        ("INSERT INTO t VALUES (9, 'ééé')", 12899, '"DEMO"."T"."V" (actual: 6, maximum: 5)'),
        ("INSERT INTO t VALUES (1234567, 'x')", 1438, "larger than specified precision"),
        ("INSERT INTO t VALUES ('x', 'x')", 1722, "invalid number"),
        ("INSERT INTO t VALUES (1)", 947, "not enough values"),
        ("INSERT INTO t (id) VALUES (1, 2)", 913, "too many values"),
        ("UPDATE t SET nope = 1", 904, '"NOPE": invalid identifier'),
        ("DELETE nope", 942, "does not exist"),
    ],
)
def test_violations(t, statement, code, text):
    """An error has Oracle's number and names what it is about."""
    error = t.error(statement)
    assert (error.code, text in error.message) == (code, True), error


def test_failed_statement_is_undone_alone(t):
    """A statement that fails half way leaves nothing, what came before it stays."""
    t.run("INSERT INTO t VALUES (4, 'd')")
    assert t.fails("INSERT INTO t SELECT 5 - LEVEL, 'x' FROM dual CONNECT BY LEVEL <= 4") == 1
    assert t.one("SELECT COUNT(*) FROM t") == 4
    t.session.commit()
    assert t.one("SELECT COUNT(*) FROM t") == 4


def test_rows_before_a_failing_iteration_stay(t):
    """Array DML keeps the iterations before the one that failed."""
    with pytest.raises(OracleError) as caught:
        t.run("INSERT INTO t VALUES (:1, :2)", (10, "x"), (11, "x"), (1, "x"), (12, "x"))
    assert caught.value.code == 1
    assert t.rows("SELECT id FROM t WHERE id >= 10 ORDER BY id") == [(10,), (11,)]


def test_failure_in_a_large_array(t):
    """However far array DML came, each row before the failing one is there once."""
    rows = [(n, "x") for n in range(10, 500)]
    with pytest.raises(OracleError):
        t.run("INSERT INTO t VALUES (:1, :2)", *rows, (1, "x"), (600, "x"))
    assert t.one("SELECT COUNT(*) FROM t WHERE id >= 10") == 490


def test_many_different_statements(t):
    """A session forgets old prepared statements and goes on."""
    for number in range(600):
        assert t.one(f"SELECT {number} FROM dual") == number


def test_large_arrays(t):
    """Array DML of thousands of rows counts them all."""
    assert (
        t.run("INSERT INTO t VALUES (:1, :2)", *[(n, "x") for n in range(10, 3000)]).row_count
        == 2990
    )


def test_returning(t):
    """RETURNING … INTO gives a value for each row and how many came of each iteration."""
    result = t.run(
        "UPDATE t SET v = v || :1 WHERE id <= :2 RETURNING id, v INTO :3, :4",
        ("x", 2, None, None),
        ("y", 0, None, None),
    )
    assert list(result.returned) == [2, 0]
    assert sorted(zip(result.out[2], result.out[3], strict=True)) == [(1, "ax"), (2, "bx")]


def test_merge(t):
    """MERGE with WHERE in both branches and a DELETE updates, inserts and deletes."""
    result = t.run(
        "MERGE INTO t d USING (SELECT LEVEL n FROM dual CONNECT BY LEVEL <= 5) s ON (d.id = s.n)"
        " WHEN MATCHED THEN UPDATE SET d.v = 'm' WHERE s.n <= 2 DELETE WHERE s.n = 2"
        " WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.n, 'n') WHERE s.n = 5"
    )
    assert result.row_count == 3
    assert t.rows("SELECT id, v FROM t ORDER BY id") == [(1, "m"), (3, "c"), (5, "n")]


def test_merge_of_one_row_twice(t):
    """A MERGE that meets a row twice is ORA-30926."""
    assert (
        t.fails(
            "MERGE INTO t USING (SELECT 1 n FROM dual UNION ALL SELECT 1 FROM dual) s ON (t.id = s.n) WHEN MATCHED THEN UPDATE SET v = 'x'"
        )
        == 30926
    )


def test_insert_all_and_first(t):
    """INSERT ALL and FIRST count every row that they insert."""
    assert (
        t.run(
            "INSERT ALL INTO t VALUES (4, 'x') INTO t VALUES (5, 'y') SELECT 1 FROM dual"
        ).row_count
        == 2
    )
    count = t.run(
        "INSERT FIRST WHEN n = 1 THEN INTO t VALUES (n + 20, 'f') WHEN n <= 2 THEN INTO t VALUES (n + 30, 's')"
        " ELSE INTO t VALUES (n + 40, 'e') SELECT LEVEL n FROM dual CONNECT BY LEVEL <= 3"
    ).row_count
    assert count == 3
    assert t.rows("SELECT id, v FROM t WHERE id > 5 ORDER BY id") == [
        (21, "f"),
        (32, "s"),
        (43, "e"),
    ]


def test_rownum_in_delete(t):
    """DELETE … WHERE ROWNUM <= n takes n rows."""
    assert t.run("DELETE t WHERE ROWNUM <= 2").row_count == 2


def test_null_binds_take_the_type_of_their_place(t):
    """A NULL bind fits wherever it stands."""
    t.run("CREATE TABLE u (n NUMBER, d DATE, s TIMESTAMP)")
    t.run("INSERT INTO u VALUES (:1, :2, :3)", (None, None, None))
    assert t.rows("SELECT NVL(:1, 'x'), n FROM u WHERE :2 IS NULL", None, None) == [("x", None)]
