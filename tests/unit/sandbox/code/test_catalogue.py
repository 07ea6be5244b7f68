"""Compilation errors and the dictionary of stored code, through the driver.

Database Reference, ALL_SOURCE, ALL_ERRORS, ALL_DEPENDENCIES, ALL_OBJECTS, ALL_ARGUMENTS; Database
Development Guide, "Understanding Schema Object Dependency".
"""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import tempfile
from pathlib import Path

import oracledb
import pytest

from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.server import SandboxServer


@pytest.mark.parametrize(
    ("source", "line", "position", "text"),
    [
        ("PROCEDURE bad IS\nBEGIN\n  nope(1);\nEND;", 3, 3, "PLS-00201: identifier 'NOPE' must be declared"),
        ("PROCEDURE bad IS\nBEGIN\n  INSERT INTO nowhere VALUES (1);\nEND;", 3, 3, 'PL/SQL: ORA-00942: table or view "DEMO"."NOWHERE" does not exist'),
        ("PROCEDURE bad IS\nBEGIN\n  UPDATE log SET colour = 1;\nEND;", 3, 3, 'PL/SQL: ORA-00904: "COLOUR": invalid identifier'),
        ("PROCEDURE bad IS\nBEGIN\n  NULL\nEND;", 4, 1, "PLS-00103"),
        ("PROCEDURE bad IS\n  n log.missing%TYPE;\nBEGIN NULL; END;", 2, 9, "PLS-00302: component 'MISSING' must be declared"),
        ("PROCEDURE bad(n nope) IS\nBEGIN NULL; END;", 1, 17, "PLS-00201: identifier 'NOPE' must be declared"),
        ("PROCEDURE bad IS\nBEGIN\n  :x := 1;\nEND;", 3, 3, "PLS-00049: bad bind variable 'X'"),
        ("FUNCTION bad RETURN NUMBER IS\n  x NUMBER := unknown;\nBEGIN RETURN 1; END;", 2, 15, "PLS-00201: identifier 'UNKNOWN'"),
        ("PACKAGE bad IS\n  n NUMBER;\n  n NUMBER;\nEND;", 3, 3, "PLS-00371"),
    ],
)  # fmt: skip
def test_compilation_errors(demo, source, line, position, text):
    """The object is made INVALID, the client is warned, USER_ERRORS has line and position."""
    demo.run(f"CREATE OR REPLACE {source}")
    warning = demo.cursor.warning
    assert warning is not None
    assert "compilation errors" in str(warning)
    name, at, column, found = demo.errors()[0]
    assert (name, at, column, text in found) == ("BAD", line, position, True), found
    assert [status for _, status in demo.status("BAD")] == ["INVALID"]


def test_calling_what_is_invalid(demo):
    """PLS-00905 in a block; it compiles by itself when what it lacked is there."""
    demo.run("CREATE PROCEDURE early IS BEGIN INSERT INTO later VALUES (1); END;")
    error = demo.error("BEGIN early; END;")
    assert (error.code, "PLS-00905: object DEMO.EARLY is invalid" in error.message) == (6550, True)
    demo.run("CREATE TABLE later (n NUMBER)")
    demo.run("BEGIN early; END;")
    assert demo.status("EARLY") == [("PROCEDURE", "VALID")]
    assert demo.errors() == [] or demo.one("SELECT n FROM later") == 1


def test_all_statements_are_looked_at(demo):
    """Every wrong SQL statement of a text has its rows."""
    demo.run("CREATE PROCEDURE bad IS\nBEGIN\n  DELETE nowhere;\n  UPDATE log SET nope = 1;\nEND;")
    assert [(line, text[:17]) for _, line, _, text in demo.errors()] == [
        (3, "PL/SQL: ORA-00942"),
        (3, "PL/SQL: SQL State"),
        (4, "PL/SQL: ORA-00904"),
        (4, "PL/SQL: SQL State"),
    ]


def test_a_good_version_takes_the_errors_away(demo):
    """CREATE OR REPLACE and ALTER … COMPILE compile again."""
    demo.run("CREATE PROCEDURE p IS BEGIN other_one; END;")
    demo.run("ALTER PROCEDURE p COMPILE")
    assert demo.cursor.warning is not None
    demo.run("CREATE PROCEDURE other_one IS BEGIN NULL; END;")
    demo.make("ALTER PROCEDURE p COMPILE")
    assert demo.errors() == []
    assert demo.fails("ALTER PROCEDURE nobody COMPILE") == 4043


def test_dynamic_ddl_with_errors(demo):
    """EXECUTE IMMEDIATE of such a CREATE raises ORA-24344, and the object is there."""
    with pytest.raises(oracledb.Warning, match="ORA-24344: success with compilation error"):
        demo.run("BEGIN EXECUTE IMMEDIATE 'CREATE PROCEDURE p IS BEGIN nope; END;'; END;")
    assert demo.status("P") == [("PROCEDURE", "INVALID")]


def test_source_line_by_line(demo):
    """ALL_SOURCE has the text from the type on, each line with its end."""
    demo.make(
        "CREATE OR REPLACE EDITIONABLE\n  PROCEDURE  demo.p IS\n\nBEGIN -- here\n  NULL;\nEND;"
    )
    assert demo.run("SELECT type, line, text FROM user_source WHERE name = 'P' ORDER BY line") == [
        ("PROCEDURE", 1, "PROCEDURE  demo.p IS\n"),
        ("PROCEDURE", 2, "\n"),
        ("PROCEDURE", 3, "BEGIN -- here\n"),
        ("PROCEDURE", 4, "  NULL;\n"),
        ("PROCEDURE", 5, "END;"),
    ]
    assert demo.one("SELECT COUNT(*) FROM all_source WHERE owner = 'DEMO'") == 5


def test_dependencies(demo):
    """What a text names is listed with its kind; a view's tables, too."""
    demo.run("CREATE VIEW short_log AS SELECT id FROM log")
    demo.make("CREATE PACKAGE k IS n log.id%TYPE; FUNCTION f RETURN NUMBER; END;")
    demo.make("CREATE PACKAGE BODY k IS FUNCTION f RETURN NUMBER IS BEGIN RETURN n; END; END;")
    demo.make("CREATE PROCEDURE p IS r short_log%ROWTYPE; BEGIN DBMS_OUTPUT.PUT_LINE(k.f); SELECT MAX(s.id) INTO r.id FROM short_log s, dual; END;")  # fmt: skip
    found = demo.run("SELECT name, type, referenced_owner, referenced_name, referenced_type FROM user_dependencies")  # fmt: skip
    assert {row for row in found if row[3] != "STANDARD"} == {
        ("SHORT_LOG", "VIEW", "DEMO", "LOG", "TABLE"),
        ("K", "PACKAGE", "DEMO", "LOG", "TABLE"),
        ("K", "PACKAGE BODY", "DEMO", "K", "PACKAGE"),
        ("P", "PROCEDURE", "SYS", "DBMS_OUTPUT", "PACKAGE"),
        ("P", "PROCEDURE", "DEMO", "K", "PACKAGE"),
        ("P", "PROCEDURE", "DEMO", "SHORT_LOG", "VIEW"),
        ("P", "PROCEDURE", "SYS", "DUAL", "TABLE"),
    }


def test_dependents_become_invalid(demo):
    """A changed table or signature invalidates, through all levels; the next use compiles again."""
    demo.make("CREATE FUNCTION low RETURN NUMBER IS n NUMBER; BEGIN SELECT COUNT(*) INTO n FROM log; RETURN n; END;")  # fmt: skip
    demo.make("CREATE PROCEDURE high IS n NUMBER; BEGIN n := low; END;")
    demo.run("ALTER TABLE log ADD more NUMBER")
    assert demo.status("LOW") + demo.status("HIGH") == [("FUNCTION", "INVALID"), ("PROCEDURE", "INVALID")]  # fmt: skip
    demo.run("BEGIN high; END;")
    assert demo.status("LOW") + demo.status("HIGH") == [("FUNCTION", "VALID"), ("PROCEDURE", "VALID")]  # fmt: skip
    demo.make("CREATE OR REPLACE FUNCTION low RETURN NUMBER IS BEGIN RETURN 1; END;")
    assert demo.status("HIGH") == [("PROCEDURE", "VALID")]  # the same signature
    demo.make("CREATE OR REPLACE FUNCTION low(n NUMBER) RETURN NUMBER IS BEGIN RETURN n; END;")
    assert demo.status("HIGH") == [("PROCEDURE", "INVALID")]
    assert "PLS-00905" in demo.error("BEGIN high; END;").message
    demo.run("DROP FUNCTION low")
    assert "PLS-00905" in demo.error("BEGIN high; END;").message


def test_objects_with_ids_and_times(demo):
    """OBJECT_ID and CREATED stay over CREATE OR REPLACE, LAST_DDL_TIME moves, no DATA_OBJECT_ID."""
    ask = "SELECT object_id, data_object_id, created, last_ddl_time, status, timestamp FROM user_objects WHERE object_name = 'P'"  # fmt: skip
    demo.make("CREATE PROCEDURE p IS BEGIN NULL; END;")
    first = demo.run(ask)[0]
    demo.make("CREATE OR REPLACE PROCEDURE p IS BEGIN COMMIT; END;")
    second = demo.run(ask)[0]
    assert second[:3] == first[:3]
    assert second[1] is None
    assert second[3] >= first[3]
    demo.run("DROP PROCEDURE p")
    demo.make("CREATE PROCEDURE p IS BEGIN NULL; END;")
    assert demo.run(ask)[0][0] > first[0]


def test_arguments(demo):
    """ALL_PROCEDURES and ALL_ARGUMENTS list the subprograms."""
    demo.make("CREATE PACKAGE k IS PROCEDURE p(a IN OUT NUMBER, b DATE DEFAULT SYSDATE); FUNCTION p RETURN VARCHAR2; END;")  # fmt: skip
    assert demo.run("SELECT object_name, procedure_name, overload FROM user_procedures ORDER BY subprogram_id") == [("K", "P", "1"), ("K", "P", "2")]  # fmt: skip
    assert demo.run("SELECT package_name, object_name, argument_name, position, data_type, in_out, defaulted FROM user_arguments ORDER BY subprogram_id, position") == [
        ("K", "P", "A", 1, "NUMBER", "IN/OUT", "N"),
        ("K", "P", "B", 2, "DATE", "IN", "Y"),
        ("K", "P", None, 0, "VARCHAR2", "OUT", "N"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("CREATE PROCEDURE p IS BEGIN NULL; END;", 955),
        ("CREATE OR REPLACE FUNCTION p RETURN NUMBER IS BEGIN RETURN 1; END;", 955),
        ("CREATE PACKAGE p IS END;", 955),
        ("CREATE PROCEDURE log IS BEGIN NULL; END;", 955),
        ("CREATE PROCEDURE nobody.p IS BEGIN NULL; END;", 1918),
        ("DROP FUNCTION p", 4043),
        ("DROP PROCEDURE nobody", 4043),
        ("ALTER PROCEDURE p", 905),
        ("CREATE TABLE p (n NUMBER)", 955),
        ("CREATE VIEW p AS SELECT 1 n FROM dual", 955),
    ],
)
def test_names_are_shared(demo, statement, code):
    """Procedures, functions, packages, tables and views have one namespace (Schema Objects)."""
    demo.make("CREATE PROCEDURE p IS BEGIN NULL; END;")
    assert demo.fails(statement) == code


def test_if_exists(demo):
    """IF EXISTS and IF NOT EXISTS make no error (SQL Language Reference, 23ai)."""
    demo.run("DROP PROCEDURE IF EXISTS p")
    demo.make("CREATE PROCEDURE IF NOT EXISTS p IS BEGIN INSERT INTO log VALUES (1, 'a'); END;")
    demo.make("CREATE PROCEDURE IF NOT EXISTS p IS BEGIN NULL; END;")
    demo.run("BEGIN p; END;")
    assert demo.one("SELECT COUNT(*) FROM log") == 1
    assert demo.one("SELECT text FROM user_source WHERE name = 'P'").startswith("PROCEDURE p IS")


def test_ddl_commits_around_itself(demo, connect):
    """A CREATE that parses commits before itself, also when it fails (SQL Language Reference, COMMIT)."""
    demo.make("CREATE PROCEDURE p IS BEGIN NULL; END;")
    demo.run("INSERT INTO log VALUES (1, 'a')")
    assert demo.fails("CREATE PROCEDURE p IS BEGIN NULL; END;") == 955
    assert connect().one("SELECT COUNT(*) FROM log") == 1


def test_it_survives_a_restart():
    """Code is in the data directory; state is not."""
    with tempfile.TemporaryDirectory(prefix="odag-code-") as name:
        for expected in (11, 11):
            database = open_database(Path(name), {"demo": "secret"})
            try:
                with SandboxServer(database) as server:
                    dsn = f"{server.address}/FREEPDB1"
                    with oracledb.connect(user="demo", password="secret", dsn=dsn) as connection:
                        cursor = connection.cursor()
                        cursor.execute("SELECT COUNT(*) FROM user_source")
                        if cursor.fetchone() == (0,):
                            cursor.execute(
                                "CREATE PACKAGE k IS n NUMBER := 10; FUNCTION up RETURN NUMBER; END;"
                            )
                            cursor.execute(
                                "CREATE PACKAGE BODY k IS FUNCTION up RETURN NUMBER IS BEGIN n := n + 1; RETURN n; END; END;"
                            )
                        assert cursor.callfunc("k.up", int) == expected
            finally:
                database.close()
