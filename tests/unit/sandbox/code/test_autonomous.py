"""Transactions of their own, and COMMIT inside stored code, through the driver.

Database PL/SQL Language Reference, "Autonomous Transactions".
"""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import time

import pytest

NOTE = """
CREATE OR REPLACE PROCEDURE note(p_id NUMBER, p_text VARCHAR2) IS
  PRAGMA AUTONOMOUS_TRANSACTION;
BEGIN
  INSERT INTO log VALUES (p_id, p_text);
  COMMIT;
END;"""


@pytest.fixture
def note(demo):
    """Make a logger that commits for itself."""
    demo.make(NOTE)
    return demo


def test_it_commits_alone(note, connect):
    """The log stays, the caller's work is rolled back; each has its own transaction id."""
    second = connect()
    note.run(
        "BEGIN INSERT INTO log VALUES (1, 'lost'); note(2, 'kept'); note(3, 'kept, too'); END;"
    )
    assert second.run("SELECT id FROM log ORDER BY 1") == [(2,), (3,)]
    before = note.ask(":x := DBMS_TRANSACTION.LOCAL_TRANSACTION_ID;")
    note.run("BEGIN note(4, 'x'); END;")
    assert note.ask(":x := DBMS_TRANSACTION.LOCAL_TRANSACTION_ID;") == before
    note.connection.rollback()
    assert second.run("SELECT id FROM log ORDER BY 1") == [(2,), (3,), (4,)]


def test_it_does_not_see_what_the_caller_did(note):
    """It works as another session would."""
    note.make("CREATE FUNCTION seen RETURN NUMBER IS PRAGMA AUTONOMOUS_TRANSACTION; n NUMBER; BEGIN SELECT COUNT(*) INTO n FROM log; RETURN n; END;")  # fmt: skip
    assert note.ask("INSERT INTO log VALUES (1, 'a'); :x := seen;", int) == 0
    note.connection.commit()
    assert note.ask(":x := seen;", int) == 1


def test_unfinished_is_an_error(demo):
    """ORA-06519 at the END of the routine, and what it did is rolled back."""
    demo.make("CREATE PROCEDURE open_end IS\n  PRAGMA AUTONOMOUS_TRANSACTION;\nBEGIN\n  INSERT INTO log VALUES (1, 'a');\nEND;")  # fmt: skip
    error = demo.error("BEGIN INSERT INTO log VALUES (2, 'b'); open_end; END;")
    assert (error.code, 'ORA-06512: at "DEMO.OPEN_END", line 5' in error.message) == (6519, True)
    assert demo.one("SELECT COUNT(*) FROM log") == 0
    block = (
        "DECLARE\n PRAGMA AUTONOMOUS_TRANSACTION;\nBEGIN\n INSERT INTO log VALUES (1, 'a');\nEND;"
    )
    error = demo.error(block)
    assert (error.code, "ORA-06512: at line 5" in error.message) == (6519, True)
    demo.run(block.replace("END;", "COMMIT; END;"))
    assert demo.one("SELECT COUNT(*) FROM log") == 1


def test_errors_leave_it_and_roll_it_back(note):
    """An unhandled error rolls the inner transaction back and goes to the caller."""
    note.make("CREATE PROCEDURE twice IS PRAGMA AUTONOMOUS_TRANSACTION; BEGIN INSERT INTO log VALUES (1, 'a'); INSERT INTO log VALUES (1, 'b'); COMMIT; END;")  # fmt: skip
    note.run("BEGIN INSERT INTO log VALUES (5, 'mine'); twice; EXCEPTION WHEN DUP_VAL_ON_INDEX THEN note(6, 'caught'); END;")  # fmt: skip
    note.connection.commit()
    assert note.run("SELECT id FROM log ORDER BY 1") == [(5,), (6,)]


def test_inside_each_other_and_in_packages(note):
    """Local subprograms, package members and calls from one into another have their own, too."""
    note.make("CREATE PACKAGE logger IS PROCEDURE put(n NUMBER); END;")
    note.make("CREATE PACKAGE BODY logger IS PROCEDURE put(n NUMBER) IS PRAGMA AUTONOMOUS_TRANSACTION; BEGIN INSERT INTO log VALUES (n, 'outer'); note(n + 1, 'inner'); ROLLBACK; END; END;")  # fmt: skip
    note.run("DECLARE PROCEDURE mine(n NUMBER) IS PRAGMA AUTONOMOUS_TRANSACTION; BEGIN INSERT INTO log VALUES (n, 'local'); COMMIT; END; BEGIN logger.put(1); mine(7); END;")  # fmt: skip
    assert note.run("SELECT id, text FROM log ORDER BY 1") == [(2, "inner"), (7, "local")]


def test_waiting_for_the_caller_is_a_deadlock(note):
    """It cannot get what its own caller has locked: ORA-00060."""
    note.run("INSERT INTO log VALUES (1, 'a')")
    note.connection.commit()
    note.make("CREATE PROCEDURE stuck IS PRAGMA AUTONOMOUS_TRANSACTION; BEGIN UPDATE log SET text = 'b'; COMMIT; END;")  # fmt: skip
    began = time.monotonic()
    assert note.fails("BEGIN UPDATE log SET text = 'c'; stuck; END;") == 60
    assert time.monotonic() - began < 10
    assert note.one("SELECT text FROM log") == "a"


def test_settings_reach_it(note):
    """Formats, time zone and the current schema are the session's."""
    note.run("ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'")
    note.make("CREATE PROCEDURE today IS PRAGMA AUTONOMOUS_TRANSACTION; BEGIN INSERT INTO log VALUES (1, DATE '2024-03-01'); COMMIT; END;")  # fmt: skip
    note.run("BEGIN today; END;")
    assert note.one("SELECT text FROM log") == "01.03.2024"


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ("BEGIN DECLARE PRAGMA AUTONOMOUS_TRANSACTION; BEGIN NULL; END; END;", "PLS-00710"),
        ("DECLARE PRAGMA AUTONOMOUS_TRANSACTION; BEGIN nope; END;", "PLS-00201"),
    ],
)
def test_where_it_may_stand(demo, block, text):
    """Not in a nested block."""
    error = demo.error(block)
    assert (error.code, text in error.message) == (6550, True)


def test_temporary_tables_are_refused(demo):
    """The other connection could not see their rows."""
    demo.run("CREATE GLOBAL TEMPORARY TABLE scratch (n NUMBER)")
    assert demo.fails("DECLARE PRAGMA AUTONOMOUS_TRANSACTION; BEGIN INSERT INTO scratch VALUES (1); COMMIT; END;") == 3001  # fmt: skip


def test_commit_and_rollback_inside_procedures(demo, connect):
    """They end the caller's transaction; what was committed stays when the call fails later."""
    second = connect()
    demo.make("CREATE PROCEDURE save(n NUMBER) IS BEGIN INSERT INTO log VALUES (n, 'saved'); COMMIT; INSERT INTO log VALUES (n + 1, 'lost'); RAISE VALUE_ERROR; END;")  # fmt: skip
    demo.run("INSERT INTO log VALUES (1, 'mine')")
    assert demo.fails("BEGIN save(2); END;") == 6502
    assert second.run("SELECT id FROM log ORDER BY 1") == [(1,), (2,)]
    demo.make("CREATE PROCEDURE undo IS BEGIN ROLLBACK; END;")
    demo.run("BEGIN INSERT INTO log VALUES (9, 'gone'); undo; INSERT INTO log VALUES (10, 'stays'); END;")  # fmt: skip
    demo.connection.commit()
    assert demo.run("SELECT id FROM log ORDER BY 1") == [(1,), (2,), (10,)]


def test_disable_commit_in_procedure(note):
    """ORA-00034 in procedures, autonomous ones, too (SQL Language Reference, ALTER SESSION)."""
    note.make("CREATE PROCEDURE save IS BEGIN COMMIT; END;")
    note.make("CREATE PROCEDURE undo IS BEGIN\n ROLLBACK; END;")
    note.run("INSERT INTO log VALUES (1, 'mine')")
    note.run("ALTER SESSION DISABLE COMMIT IN PROCEDURE")
    assert note.fails("BEGIN save; END;") == 34
    error = note.error("BEGIN undo; END;")
    assert error.message.startswith('ORA-00034: cannot ROLLBACK in current PL/SQL session\nORA-06512: at "DEMO.UNDO", line 2')  # fmt: skip
    assert note.fails("BEGIN note(2, 'b'); END;") == 34
    note.run("ALTER SESSION ENABLE COMMIT IN PROCEDURE")
    note.run("BEGIN note(2, 'b'); undo; END;")
    assert note.run("SELECT id FROM log") == [(2,)]


def test_killing_reaches_it(note, database, connect):
    """A killed session ends in its autonomous transaction as well."""
    sid = note.ask(":x := SYS_CONTEXT('USERENV', 'SID');", int)
    note.run("BEGIN note(1, 'a'); END;")
    for session in database.sessions():
        if session.sid == sid:
            session.kill()
    assert note.fails("BEGIN note(2, 'b'); END;") == 28
    assert connect().run("SELECT id FROM log") == [(1,)]
