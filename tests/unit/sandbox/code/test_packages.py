"""Packages through the driver: state, initialisation, overloads, what becomes of them.

Database PL/SQL Language Reference, "PL/SQL Packages".
"""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import pytest

SPEC = """
CREATE OR REPLACE PACKAGE counter IS
  step CONSTANT NUMBER := 2;
  total NUMBER := step * 5;
  too_much EXCEPTION;
  TYPE pair IS RECORD (a NUMBER, b VARCHAR2(10));
  last_one pair;
  PROCEDURE add(n NUMBER DEFAULT step);
  FUNCTION get RETURN NUMBER;
  FUNCTION show(n NUMBER) RETURN VARCHAR2;
  FUNCTION show(t VARCHAR2) RETURN VARCHAR2;
  FUNCTION show(n NUMBER, t VARCHAR2) RETURN VARCHAR2;
END counter;"""
BODY = """
CREATE OR REPLACE PACKAGE BODY counter AS
  calls PLS_INTEGER := 0;
  PROCEDURE count_call IS BEGIN calls := calls + 1; END;
  PROCEDURE add(n NUMBER DEFAULT step) IS
  BEGIN
    count_call;
    total := total + n;
    last_one.a := n;
    IF total > 1000 THEN
      RAISE too_much;
    END IF;
  END add;
  FUNCTION get RETURN NUMBER IS BEGIN RETURN total * 100 + calls; END;
  FUNCTION show(n NUMBER) RETURN VARCHAR2 IS BEGIN RETURN 'number ' || n; END;
  FUNCTION show(t VARCHAR2) RETURN VARCHAR2 IS BEGIN RETURN 'text ' || t; END;
  FUNCTION show(n NUMBER, t VARCHAR2) RETURN VARCHAR2 IS BEGIN RETURN counter.show(n) || ', ' || show(t); END;
BEGIN
  SELECT COUNT(*) + total INTO total FROM log;
END counter;"""


@pytest.fixture
def counter(demo):
    """Make a package with state."""
    demo.make(SPEC)
    demo.make(BODY)
    return demo


def test_state_lives_with_the_session(counter, connect):
    """Each session has its own variables, from its first use on; COMMIT and ROLLBACK keep them."""
    counter.run("INSERT INTO log VALUES (1, 'a')")
    counter.run("BEGIN counter.add; counter.add(n => 10); demo.counter.add(100); END;")
    counter.connection.rollback()
    assert counter.ask(":x := counter.get;", int) == 12303
    second = connect()
    assert second.ask(":x := counter.get;", int) == 1000
    assert counter.ask(":x := counter.total + counter.step;") == "125"


def test_public_items(counter):
    """Variables, constants, records and exceptions of a specification are used from outside."""
    counter.run("BEGIN counter.total := 5; counter.last_one.b := 'set'; END;")
    assert counter.ask(":x := counter.total || counter.last_one.b;") == "5set"
    body = "DECLARE p counter.pair; t counter.total%TYPE; BEGIN p.b := 'own'; t := 1.5; :x := p.b || t; END;"
    assert counter.ask(body) == "own1.5"
    body = "BEGIN counter.add(5000); EXCEPTION WHEN counter.too_much THEN :x := 'too much'; END;"
    assert counter.ask(body) == "too much"
    counter.run("INSERT INTO log VALUES (1, 'x')")
    assert counter.ask("SELECT text INTO :x FROM log WHERE id < counter.step;") == "x"
    assert "PLS-00363" in counter.error("BEGIN counter.step := 1; END;").message
    assert "PLS-00302: component 'CALLS'" in counter.error("BEGIN counter.calls := 1; END;").message


def test_overloads(counter):
    """Subprograms of one name are told apart by number, names and types of their arguments."""
    assert counter.ask(":x := counter.show(1);") == "number 1"
    assert counter.ask(":x := counter.show('1');") == "text 1"
    assert counter.ask(":x := counter.show(2, 'b');") == "number 2, text b"
    assert counter.ask(":x := counter.show(t => 3);") == "text 3"
    assert "PLS-00307" in counter.error("BEGIN :x := counter.show(SYSDATE); END;", x="").message
    assert counter.fails("BEGIN :x := counter.show(:y); END;", x="", y="1") == 3001


def test_error_lines_name_the_package(counter):
    """ORA-06512 counts the lines of the package body."""
    error = counter.error("BEGIN\n  counter.add(5000);\nEND;")
    assert error.code == 6510
    assert 'ORA-06512: at "DEMO.COUNTER", line 10\nORA-06512: at line 2' in error.message


def test_replacing_discards_the_state_of_others(counter, connect):
    """ORA-04068 once in a session that holds state, then the new code with a new state.

    PL/SQL Language Reference, "Package State"; Error Messages, ORA-04061 and ORA-04068.
    """
    second = connect()
    assert second.ask(":x := counter.get;", int) == 1000
    counter.run("BEGIN counter.add(1); END;")
    counter.make(BODY.replace("total * 100", "total * 10"))
    error = second.error("BEGIN counter.add; END;")
    assert error.code == 4068
    assert 'ORA-04061: existing state of package body "DEMO.COUNTER" has been invalidated' in error.message  # fmt: skip
    assert second.ask(":x := counter.get;", int) == 100
    assert counter.ask(":x := counter.get;", int) == 100  # who compiles loses it without a word
    counter.run("ALTER PACKAGE counter COMPILE BODY")
    assert second.fails("BEGIN counter.add; END;") == 4068


def test_without_state_nothing_is_lost(demo, connect):
    """A package without variables may be replaced under running sessions."""
    second = connect()
    for text in ("one", "two"):
        demo.make("CREATE OR REPLACE PACKAGE plain IS FUNCTION say RETURN VARCHAR2; END;")
        demo.make(f"CREATE OR REPLACE PACKAGE BODY plain IS FUNCTION say RETURN VARCHAR2 IS BEGIN RETURN '{text}'; END; END;")  # fmt: skip
        assert second.ask(":x := plain.say;") == text


def test_incomplete_packages(demo):
    """No body: ORA-04067; a body with errors: ORA-04063; no specification: PLS-00304."""
    demo.make("CREATE PACKAGE part IS n NUMBER := 3; PROCEDURE go; END;")
    assert demo.ask(":x := part.n;") == "3"
    assert demo.fails("BEGIN part.go; END;") == 4067
    demo.run("CREATE PACKAGE BODY part IS PROCEDURE go IS BEGIN nope; END; END;")
    assert demo.cursor.warning is not None
    assert demo.status("PART") == [("PACKAGE", "VALID"), ("PACKAGE BODY", "INVALID")]
    error = demo.error("BEGIN part.go; END;")
    assert (error.code, 'package body "DEMO.PART" has errors' in error.message) == (4063, True)
    demo.run("CREATE OR REPLACE PACKAGE BODY part IS PROCEDURE other IS BEGIN NULL; END; END;")
    assert "PLS-00323" in demo.errors()[0][3]
    demo.run("CREATE PACKAGE BODY alone IS PROCEDURE go IS BEGIN NULL; END; END;")
    assert "PLS-00304" in demo.errors()[0][3]


def test_a_failing_initialisation(demo):
    """An error of the initialisation section goes to the caller, who may try again."""
    demo.make("CREATE PACKAGE fragile IS n NUMBER; END;")
    demo.make("CREATE PACKAGE BODY fragile IS BEGIN SELECT id INTO n FROM log; END;")
    error = demo.error("BEGIN fragile.n := 1; END;")
    assert (error.code, 'at "DEMO.FRAGILE", line 1' in error.message) == (1403, True)
    demo.run("INSERT INTO log VALUES (8, 'x')")
    assert demo.ask(":x := fragile.n;") == "8"


def test_packages_that_use_each_other(demo):
    """Bodies may call each other's specifications."""
    demo.make("CREATE PACKAGE a IS FUNCTION up(n NUMBER) RETURN NUMBER; END;")
    demo.make("CREATE PACKAGE b IS FUNCTION down(n NUMBER) RETURN NUMBER; END;")
    demo.make("CREATE PACKAGE BODY a IS FUNCTION up(n NUMBER) RETURN NUMBER IS BEGIN IF n > 5 THEN RETURN n; END IF; RETURN b.down(n + 2); END; END;")  # fmt: skip
    demo.make("CREATE PACKAGE BODY b IS FUNCTION down(n NUMBER) RETURN NUMBER IS BEGIN RETURN a.up(n - 1); END; END;")  # fmt: skip
    assert demo.ask(":x := a.up(1);") == "6"


def test_cursors_are_used_from_inside_and_outside(demo):
    """A package's cursor is open for the session: its own code and others may use it."""
    demo.make(
        "CREATE PACKAGE k IS CURSOR c IS SELECT id FROM log; FUNCTION first RETURN NUMBER; END;"
    )
    demo.make("CREATE PACKAGE BODY k IS FUNCTION first RETURN NUMBER IS n NUMBER; BEGIN OPEN c; FETCH c INTO n; CLOSE c; RETURN n; END; END;")  # fmt: skip
    demo.run("INSERT INTO log VALUES (4, 'x')")
    assert demo.ask(":x := k.first;") == "4"
    assert demo.ask("FOR r IN k.c LOOP :x := r.id; END LOOP;") == "4"
    demo.run("BEGIN OPEN k.c; END;")
    assert demo.ask("FETCH k.c INTO :x;") == "4"
    assert demo.fails("BEGIN OPEN k.c; END;") == 6511


def test_dropping(counter):
    """DROP PACKAGE BODY leaves the specification, DROP PACKAGE nothing."""
    counter.run("DROP PACKAGE BODY counter")
    assert counter.fails("BEGIN counter.add; END;") == 4067
    counter.run("DROP PACKAGE counter")
    assert counter.status("COUNTER") == []
    assert "PLS-00201" in counter.error("BEGIN counter.add; END;").message
    assert counter.fails("DROP PACKAGE counter") == 4043
