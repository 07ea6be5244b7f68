"""Stored procedures and functions through the driver.

Database PL/SQL Language Reference, "PL/SQL Subprograms" and "CREATE PROCEDURE Statement".
"""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import datetime as dt

import oracledb
import pytest


@pytest.fixture
def add(demo):
    """Make a procedure with parameters of every mode, and a function."""
    demo.make(
        "CREATE OR REPLACE PROCEDURE add_log(p_id IN NUMBER, p_text VARCHAR2 DEFAULT 'none', p_count IN OUT NUMBER, p_what OUT VARCHAR2) IS\n"
        "BEGIN\n"
        "  INSERT INTO log (id, text) VALUES (p_id, p_text);\n"
        "  p_count := p_count + SQL%ROWCOUNT;\n"
        "  p_what := 'added ' || p_id;\n"
        "END add_log;"
    )
    demo.make("CREATE FUNCTION twice(n NUMBER) RETURN NUMBER IS BEGIN RETURN n * 2; END;")
    return demo


def test_callproc_and_callfunc(add):
    """The driver's own calls; IN OUT and OUT come back (Subprogram Parameter Modes)."""
    count, what = add.cursor.var(int), add.cursor.var(str)
    count.setvalue(0, 5)
    assert add.cursor.callproc("add_log", [1, "a", count, what]) == [1, "a", 6, "added 1"]
    assert add.cursor.callfunc("twice", int, [21]) == 42
    assert add.run("SELECT id, text FROM log") == [(1, "a")]


@pytest.mark.parametrize(
    ("call", "row"),
    [
        ("add_log(1, 'b', n, w);", (1, "b")),
        ("add_log(p_id => 1, p_count => n, p_what => w);", (1, "none")),
        ("add_log(1, p_what => w, p_count => n);", (1, "none")),
        ("demo.add_log(1, 'q', n, w);", (1, "q")),
        ('"DEMO"."ADD_LOG"(twice(1), twice(n => 2), n, w);', (2, "4")),
    ],
)
def test_notations(add, call, row):
    """Positional, named and mixed notation, defaults, names with their schema."""
    add.run(f"DECLARE n NUMBER := 0; w VARCHAR2(20); BEGIN {call} END;")
    assert add.run("SELECT id, text FROM log") == [row]


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ("BEGIN add_log; END;", "PLS-00306: wrong number or types of arguments in call to 'ADD_LOG'"),
        ("BEGIN :x := twice(1, 2); END;", "PLS-00306"),
        ("BEGIN :x := twice(wrong => 1); END;", "PLS-00306"),
        ("BEGIN :x := add_log(1); END;", "PLS-00222"),
        ("BEGIN twice(1); END;", "PLS-00221: 'TWICE' is not a procedure or is undefined"),
        ("DECLARE w VARCHAR2(9); BEGIN add_log(1, 'x', 5, w); END;", "PLS-00363"),
        ("BEGIN\n  missing(1);\nEND;", "line 2, column 3:\nPLS-00201: identifier 'MISSING' must be declared"),
        ("BEGIN other.missing(1); END;", "PLS-00201: identifier 'OTHER.MISSING' must be declared"),
    ],
)  # fmt: skip
def test_wrong_calls(add, block, text):
    """What does not fit is found when the block is compiled: ORA-06550 with its place."""
    values = {"x": add.cursor.var(str)} if ":x" in block else {}
    error = add.error(block, **values)
    assert (error.code, text in error.message) == (6550, True), error.message


def test_call_statement(add):
    """SQL's CALL takes procedures, and functions with INTO (SQL Language Reference, CALL)."""
    result = add.cursor.var(int)
    add.run("CALL twice(4) INTO :r", r=result)
    assert result.getvalue() == 8
    add.make("CREATE PROCEDURE note(n NUMBER) IS BEGIN INSERT INTO log VALUES (n, 'called'); END;")
    add.run("CALL note(9)")
    add.run("CALL demo.note(twice(5))")
    assert add.run("SELECT id FROM log ORDER BY 1") == [(9,), (10,)]


def test_recursion_and_calls_of_each_other(demo):
    """A subprogram may call itself and another one that calls it."""
    demo.make("CREATE FUNCTION fact(n NUMBER) RETURN NUMBER IS m NUMBER; BEGIN IF n < 2 THEN RETURN 1; END IF; m := fact(n - 1); RETURN n * m; END;")  # fmt: skip
    assert demo.cursor.callfunc("fact", int, [10]) == 3628800
    demo.run("CREATE FUNCTION is_odd(n NUMBER) RETURN BOOLEAN IS BEGIN RETURN CASE n WHEN 0 THEN FALSE ELSE is_even(n - 1) END; END;")  # fmt: skip
    assert demo.cursor.warning is not None  # the other one is not there yet
    demo.run("CREATE FUNCTION is_even(n NUMBER) RETURN BOOLEAN IS BEGIN RETURN CASE n WHEN 0 THEN TRUE ELSE is_odd(n - 1) END; END;")  # fmt: skip
    assert demo.ask("IF is_even(10) AND is_odd(7) THEN :x := 'yes'; END IF;") == "yes"
    assert demo.status("IS_ODD") == [("FUNCTION", "VALID")]


def test_types_of_parameters_and_results(demo):
    """%TYPE, %ROWTYPE and records pass through calls; results convert to their type."""
    demo.run("INSERT INTO log VALUES (7, 'seven')")
    demo.make("CREATE FUNCTION text_of(p_id log.id%TYPE) RETURN log.text%TYPE IS r log%ROWTYPE; BEGIN SELECT * INTO r FROM log WHERE id = p_id; RETURN r.text; END;")  # fmt: skip
    demo.make("CREATE PROCEDURE fill(r IN OUT log%ROWTYPE) IS BEGIN r.id := r.id + 1; r.text := 'filled'; END;")  # fmt: skip
    demo.make("CREATE FUNCTION day(d DATE) RETURN VARCHAR2 IS BEGIN RETURN d + 1; END;")
    assert demo.cursor.callfunc("text_of", str, [7]) == "seven"
    assert demo.ask("DECLARE r log%ROWTYPE; BEGIN r.id := 1; fill(r); :x := r.id || r.text; END;") == "2filled"  # fmt: skip
    demo.run("ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'")
    assert demo.cursor.callfunc("day", str, [dt.datetime(2024, 2, 28)]) == "2024-02-29"


def test_failures_of_calls(demo):
    """OUT values are kept only if a call succeeds; a function must return; IN is a constant."""
    demo.make("CREATE PROCEDURE half(n OUT NUMBER) IS BEGIN n := 5; RAISE VALUE_ERROR; END;")
    assert demo.ask("DECLARE n NUMBER := 1; BEGIN half(n); EXCEPTION WHEN VALUE_ERROR THEN :x := n; END;") == "1"  # fmt: skip
    demo.make("CREATE FUNCTION none RETURN NUMBER IS BEGIN NULL; END;")
    assert demo.fails("DECLARE n NUMBER; BEGIN n := none; END;") == 6503
    demo.run("CREATE PROCEDURE assigns(n NUMBER) IS BEGIN n := 1; END;")
    assert "PLS-00363" in demo.errors()[0][3]


def test_error_stack_names_every_call(demo):
    """ORA-06512 has one line per call, with the unit and its line; the backtrace has them, too."""
    demo.make("CREATE PROCEDURE inner_ IS\nBEGIN\n  RAISE_APPLICATION_ERROR(-20001, 'mine');\nEND;")
    demo.make("CREATE PROCEDURE outer_ IS\nBEGIN\n  NULL;\n  inner_;\nEND;")
    error = demo.error("BEGIN\n  outer_;\nEND;")
    assert error.code == 20001
    assert error.message.split("\nHelp")[0] == (
        "ORA-20001: mine\n"
        'ORA-06512: at "DEMO.INNER_", line 3\n'
        'ORA-06512: at "DEMO.OUTER_", line 4\n'
        "ORA-06512: at line 2"
    )
    demo.make("CREATE FUNCTION trace RETURN VARCHAR2 IS BEGIN RETURN SQLCODE || DBMS_UTILITY.FORMAT_ERROR_BACKTRACE; END;")  # fmt: skip
    got = demo.ask("\n outer_;\n EXCEPTION WHEN OTHERS THEN :x := trace;")
    assert got == '-20001ORA-06512: at "DEMO.INNER_", line 3\nORA-06512: at "DEMO.OUTER_", line 4\nORA-06512: at line 2\n'  # fmt: skip


def test_a_call_that_fails_is_undone_as_part_of_the_whole(demo):
    """What a procedure did stays if its caller handles the error, and goes with the call else."""
    demo.make("CREATE PROCEDURE two IS BEGIN INSERT INTO log VALUES (1, 'a'); INSERT INTO log VALUES (1, 'b'); END;")  # fmt: skip
    assert demo.fails("BEGIN two; END;") == 1
    assert demo.one("SELECT COUNT(*) FROM log") == 0
    demo.run("BEGIN two; EXCEPTION WHEN DUP_VAL_ON_INDEX THEN NULL; END;")
    assert demo.one("SELECT COUNT(*) FROM log") == 1


def test_names_are_the_owners(connect, demo):
    """Stored code sees its owner's tables; AUTHID CURRENT_USER code sees its caller's.

    PL/SQL Language Reference, "Invoker's Rights and Definer's Rights".
    """
    other = connect("other")
    other.run("CREATE TABLE log (id NUMBER, text VARCHAR2(10))")
    demo.make("CREATE PROCEDURE mine(n NUMBER) IS BEGIN INSERT INTO log VALUES (n, 'x'); ROLLBACK; INSERT INTO log VALUES (n + 1, 'y'); EXECUTE IMMEDIATE 'INSERT INTO log VALUES (:1, ''z'')' USING n + 2; END;")  # fmt: skip
    demo.make("CREATE PROCEDURE yours(n NUMBER) AUTHID CURRENT_USER IS BEGIN INSERT INTO log VALUES (n, 'x'); END;")  # fmt: skip
    other.run("BEGIN demo.mine(1); demo.yours(5); INSERT INTO log VALUES (6, 'own'); COMMIT; END;")
    assert other.run("SELECT id FROM log ORDER BY 1") == [(5,), (6,)]
    assert demo.run("SELECT id FROM log ORDER BY 1") == [(2,), (3,)]
    other.run("BEGIN demo.mine(10); END;")
    other.connection.rollback()
    assert other.run("SELECT id FROM log ORDER BY 1") == [(5,), (6,)]
    other.run("CREATE SYNONYM short FOR demo.mine")
    other.run("BEGIN short(20); COMMIT; END;")
    assert demo.one("SELECT MAX(id) FROM log") == 22


def test_deep_recursion_is_an_error(demo):
    """A recursion without end is ORA-06500, and the session goes on."""
    demo.make("CREATE PROCEDURE forever IS BEGIN forever; END;")
    assert demo.fails("BEGIN forever; END;") == 6500
    assert demo.one("SELECT 1 FROM dual") == 1


def test_a_call_can_be_cancelled(demo):
    """A time-out of the client reaches stored code."""
    demo.make("CREATE PROCEDURE wait IS BEGIN LOOP NULL; END LOOP; END;")
    demo.connection.call_timeout = 200
    with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
        demo.run("BEGIN wait; END;")
    demo.connection.call_timeout = 0
    assert demo.one("SELECT 1 FROM dual") == 1


@pytest.mark.parametrize(
    "source",
    [
        "CREATE FUNCTION f RETURN NUMBER PIPELINED IS BEGIN PIPE ROW (1); END;",
        "CREATE PROCEDURE f IS LANGUAGE JAVA NAME 'x';",
        "CREATE PACKAGE f IS PRAGMA SERIALLY_REUSABLE; END;",
        "CREATE TRIGGER f FOR INSERT ON log COMPOUND TRIGGER AFTER STATEMENT IS BEGIN NULL; END AFTER STATEMENT; END;",
    ],
)
def test_what_is_refused(demo, source):
    """What the interpreter cannot do is ORA-03001, and nothing is created."""
    assert demo.fails(source) == 3001
    assert demo.status("F") == []
