"""Whose privileges count in stored code: PL/SQL Language Reference, "Invoker's Rights …"."""

from __future__ import annotations

import pytest

CONTROL = """
CREATE OR REPLACE PACKAGE keeper.control AUTHID DEFINER AS
  FUNCTION seen (for_sid IN PLS_INTEGER) RETURN VARCHAR2;
  PROCEDURE stop (for_sid IN PLS_INTEGER, for_serial IN PLS_INTEGER);
  PROCEDURE make (name IN VARCHAR2);
END control;
"""
BODY = """
CREATE OR REPLACE PACKAGE BODY keeper.control AS
  FUNCTION seen (for_sid IN PLS_INTEGER) RETURN VARCHAR2 IS
    found VARCHAR2(300);
  BEGIN
    SELECT s.username || ' ' || SYS_CONTEXT('USERENV', 'CURRENT_USER') || ' '
           || SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') || ' '
           || SYS_CONTEXT('USERENV', 'SESSION_USER')
      INTO found
      FROM sys.gv_$session s
     WHERE s.sid = for_sid AND s.username = SYS_CONTEXT('USERENV', 'SESSION_USER');
    RETURN found;
  END seen;
  PROCEDURE stop (for_sid IN PLS_INTEGER, for_serial IN PLS_INTEGER) IS
  BEGIN
    EXECUTE IMMEDIATE 'ALTER SYSTEM KILL SESSION '''
      || for_sid || ',' || for_serial || ',@1'' IMMEDIATE';
  END stop;
  PROCEDURE make (name IN VARCHAR2) IS
  BEGIN
    EXECUTE IMMEDIATE 'CREATE TABLE ' || name || ' (a NUMBER)';
  END make;
END control;
"""


@pytest.fixture
def keeper(connect):
    """Make an owner who may more than others, and cannot log in."""
    system = connect("system")
    system.run("CREATE USER keeper NO AUTHENTICATION")
    for privilege in ("ALTER SYSTEM", "SELECT ON sys.gv_$session", "CREATE TABLE"):
        system.run(f"GRANT {privilege} TO keeper")
    system.make(CONTROL)
    system.make(BODY)
    system.run("GRANT EXECUTE ON keeper.control TO demo")
    yield system
    system.run("DROP USER keeper CASCADE")


def test_definer_rights_lend_the_owners_privileges(keeper, demo, connect):
    """The caller reads no V$SESSION and ends no session but by the package."""
    other = connect()
    sid, serial = other.connection.session_id, other.connection.serial_num
    assert demo.fails("SELECT 1 FROM gv$session") == 942
    assert demo.fails(f"ALTER SYSTEM KILL SESSION '{sid},{serial}'") == 1031
    look = demo.cursor.callfunc("keeper.control.seen", str, [sid])
    assert look == "DEMO KEEPER KEEPER DEMO"
    demo.run("BEGIN keeper.control.stop(:1, :2); END;", sid, serial)
    assert other.fails("SELECT 1 FROM DUAL") == 28
    assert demo.fails("SELECT 1 FROM gv$session") == 942
    assert demo.one("SELECT SYS_CONTEXT('USERENV', 'CURRENT_USER') FROM DUAL") == "DEMO"


def test_roles_do_not_count_in_definer_rights(keeper, demo):
    """A privilege that the owner has by a role is none there; what it makes is the owner's."""
    demo.run("BEGIN keeper.control.make('made'); END;")
    assert demo.one("SELECT COUNT(*) FROM keeper.made") == 0
    keeper.run("REVOKE CREATE TABLE FROM keeper")
    keeper.run("GRANT RESOURCE TO keeper")
    assert demo.fails("BEGIN keeper.control.make('other'); END;") == 1031


def test_without_the_privilege_the_package_does_not_compile(keeper, demo):
    """What its SQL may not see is not there: ORA-00942 at compile time."""
    keeper.run("REVOKE SELECT ON sys.gv_$session FROM keeper")
    keeper.cursor.execute(BODY)
    assert keeper.cursor.warning is not None
    assert demo.fails("BEGIN keeper.control.stop(1, 1); END;") in (4063, 6550)


def test_invoker_rights_leave_the_callers(keeper, connect):
    """AUTHID CURRENT_USER code has the privileges of who calls it, and its names."""
    other = connect("other")
    keeper.make(
        "CREATE PROCEDURE keeper.ask (x OUT VARCHAR2) AUTHID CURRENT_USER IS BEGIN"
        " EXECUTE IMMEDIATE 'SELECT SYS_CONTEXT(''USERENV'', ''CURRENT_USER'') FROM DUAL' INTO x;"
        " EXECUTE IMMEDIATE 'ALTER SYSTEM SET JOB_QUEUE_PROCESSES = 20'; END;"
    )
    error = other.error("DECLARE x VARCHAR2(99); BEGIN keeper.ask(x); END;")
    assert error.code == 1031
