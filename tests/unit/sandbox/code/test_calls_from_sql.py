"""Stored functions in SQL statements, through the driver.

Database PL/SQL Language Reference, "PL/SQL Functions that SQL Statements Can Invoke"; Error
Messages, ORA-14551 and ORA-14552.
"""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import pytest


@pytest.fixture
def f(demo):
    """Make functions: one that computes, one of a package, some with side effects."""
    demo.make("CREATE FUNCTION twice(n NUMBER) RETURN NUMBER IS BEGIN RETURN n * 2; END;")
    demo.make("CREATE PACKAGE k IS FUNCTION today RETURN DATE; FUNCTION name(n NUMBER, suffix VARCHAR2 DEFAULT '!') RETURN VARCHAR2; END;")  # fmt: skip
    demo.make("CREATE PACKAGE BODY k IS FUNCTION today RETURN DATE IS BEGIN RETURN DATE '2024-05-06'; END; FUNCTION name(n NUMBER, suffix VARCHAR2 DEFAULT '!') RETURN VARCHAR2 IS BEGIN RETURN 'n' || n || suffix; END; END;")  # fmt: skip
    demo.make("CREATE FUNCTION writes(n NUMBER) RETURN NUMBER IS BEGIN INSERT INTO log VALUES (n, 'w'); RETURN n; END;")  # fmt: skip
    demo.make("CREATE FUNCTION commits(n NUMBER) RETURN NUMBER IS BEGIN COMMIT; RETURN n; END;")
    demo.make("CREATE FUNCTION notes(n NUMBER) RETURN NUMBER IS PRAGMA AUTONOMOUS_TRANSACTION; BEGIN INSERT INTO log VALUES (n, 'n'); COMMIT; RETURN n; END;")  # fmt: skip
    return demo


def test_in_queries(f):
    """Arguments may be literals, binds and expressions; a column has the call as its name."""
    assert f.run("SELECT twice(21), k.name(3), demo.k.name(n => twice(1), suffix => '?') FROM dual") == [(42, "n3!", "n2?")]  # fmt: skip
    assert [d[0] for d in f.cursor.description][:2] == ["TWICE(21)", "K.NAME(3)"]
    assert f.run("SELECT twice(:1) + :2 + twice(:3) t FROM dual WHERE TO_CHAR(k.today(), 'DD') = :4", 1, 10, 100, "06") == [(212,)]  # fmt: skip
    assert f.run("SELECT twice(:n) FROM dual WHERE :n = 5", n=5) == [(10,)]


def test_in_dml(f):
    """Values, conditions, arrays of binds and RETURNING."""
    f.cursor.executemany(
        "INSERT INTO log VALUES (twice(:1), k.name(:2) || :3)", [(1, 2, "a"), (3, 4, "b")]
    )
    assert f.run("SELECT id, text FROM log ORDER BY 1") == [(2, "n2!a"), (6, "n4!b")]
    out = f.cursor.var(str)
    f.run(
        "UPDATE log SET text = k.name(:n) WHERE id = twice(1) RETURNING text INTO :out",
        n=9,
        out=out,
    )
    assert out.getvalue() == ["n9!"]
    f.run("DELETE FROM log WHERE id = twice(3)")
    assert f.cursor.rowcount == 1


def test_in_the_sql_of_blocks(f):
    """Variables of the block are arguments; the function runs each time."""
    assert f.ask("DECLARE v NUMBER := 4; BEGIN FOR i IN 1 .. 2 LOOP SELECT twice(v) INTO v FROM dual; END LOOP; :x := v; END;") == "16"  # fmt: skip
    f.make(
        "CREATE PROCEDURE p(n NUMBER) IS BEGIN INSERT INTO log VALUES (twice(n), k.name(n)); END;"
    )
    f.run("BEGIN p(5); END;")
    assert f.run("SELECT id, text FROM log") == [(10, "n5!")]


def test_what_they_may_not_do(f):
    """No DML in a query, no COMMIT in any statement; an autonomous transaction may."""
    assert f.fails("SELECT writes(1) FROM dual") == 14551
    assert f.fails("SELECT commits(1) FROM dual") == 14552
    assert f.fails("INSERT INTO log VALUES (commits(1), 'x')") == 14552
    assert f.run("SELECT notes(3) FROM dual") == [(3,)]
    f.connection.rollback()
    assert f.run("SELECT id FROM log") == [(3,)]


def test_an_error_undoes_the_statement(f):
    """What the functions of a failing statement did goes with it; the transaction stays."""
    f.run("INSERT INTO log VALUES (1, 'before')")
    assert f.fails("INSERT INTO log VALUES (writes(7), 'same id')") == 1
    assert f.run("SELECT id FROM log") == [(1,)]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT nobody(1) FROM dual", 904),
        ("SELECT k.nobody(1) FROM dual", 904),
        ("SELECT broken(1) FROM dual", 6575),
    ],
)
def test_refusals(f, statement, code):
    """A function that is not there is ORA-00904, one that does not compile ORA-06575."""
    f.run("CREATE FUNCTION broken(n NUMBER) RETURN NUMBER IS BEGIN RETURN nope; END;")
    assert f.fails(statement) == code


def test_on_columns(f):
    """Columns may be arguments wherever a value may stand, and calls may stand in calls."""
    f.cursor.executemany("INSERT INTO log VALUES (:1, :2)", [(n, f"t{n}") for n in range(1, 5)])
    assert f.run("SELECT twice(id) FROM log ORDER BY twice(id) DESC") == [(8,), (6,), (4,), (2,)]
    assert [d[0] for d in f.cursor.description] == ["TWICE(ID)"]
    assert f.run(
        "SELECT l.id FROM log l WHERE twice(l.id) > :1 AND k.name(l.id, suffix => '?') <> 'n4?'", 4
    ) == [(3,)]
    assert f.run(
        "SELECT k.name(twice(id)), SUM(twice(id) + 1) FROM log WHERE id < 3 GROUP BY k.name(twice(id)) ORDER BY 1"
    ) == [("n2!", 3), ("n4!", 5)]
    assert (
        f.ask(
            "DECLARE s NUMBER := 0; BEGIN FOR r IN (SELECT twice(id) d FROM log) LOOP s := s + r.d; END LOOP; :x := s; END;"
        )
        == "20"
    )


def test_dml_on_columns(f):
    """A statement that changes rows does it once, however often it has to be asked."""
    f.run("CREATE TABLE copy (a NUMBER NOT NULL, b VARCHAR2(20) NOT NULL)")
    f.cursor.executemany("INSERT INTO log VALUES (:1, :2)", [(n, f"t{n}") for n in range(1, 4)])
    f.run("INSERT INTO copy SELECT twice(id), k.name(id) FROM log")
    f.run("UPDATE copy SET a = twice(a) + 1, b = k.name(a) WHERE twice(a) > 4")
    assert f.cursor.rowcount == 2
    assert f.run("SELECT a, b FROM copy ORDER BY a") == [(2, "n1!"), (9, "n4!"), (13, "n6!")]
    f.run("DELETE FROM copy WHERE twice(a) = 18")
    assert f.cursor.rowcount == 1


def test_errors_of_functions_on_columns(f):
    """An error counts where its value is needed; NO_DATA_FOUND is NULL; no DML in a query."""
    f.make(
        "CREATE FUNCTION picky(n NUMBER) RETURN NUMBER IS BEGIN IF n = 2 THEN RAISE_APPLICATION_ERROR(-20002, 'two'); ELSIF n = 3 THEN RAISE NO_DATA_FOUND; END IF; RETURN n; END;"
    )
    f.cursor.executemany("INSERT INTO log VALUES (:1, 'x')", [(1,), (2,), (3,)])
    error = f.error("SELECT picky(id) FROM log")
    assert (error.code, 'at "DEMO.PICKY", line 1' in error.message) == (20002, True)
    assert f.run("SELECT picky(id) FROM log WHERE id <> 2 ORDER BY id") == [(1,), (None,)]
    assert f.fails("SELECT writes(id) FROM log") == 14551
    assert f.fails("UPDATE log SET id = commits(id)") == 14552
    f.run("UPDATE log SET text = 'kept'")
    assert f.fails("UPDATE log SET text = 'lost', id = picky(id)") == 20002
    assert f.run("SELECT DISTINCT text FROM log") == [("kept",)]
