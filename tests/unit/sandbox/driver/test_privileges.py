"""Users and the privileges that matter (SQL Language Reference: GRANT, REVOKE, CREATE USER)."""

from __future__ import annotations

import oracledb
import pytest

from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.server import SandboxServer
from tests.unit.sandbox.driver.conftest import Person


@pytest.fixture
def system(log_in):
    """Give a session of SYSTEM."""
    return log_in("system")


@pytest.fixture
def poor(system, log_in):
    """Give a user who may only log in."""
    system.run("create user poor identified by p default tablespace users quota 10m on users")
    system.run("grant create session to poor")
    person = log_in("poor", "p")
    yield person
    person.connection.close()
    system.run("drop user poor cascade")


@pytest.mark.parametrize(
    "view", ["v$session", "gv$session", "v$transaction", "v$mystat", "sys.v_$session", "v$lock"]
)
def test_v_views_are_not_there_without_a_grant(demo, view):
    """They are ORA-00942, also in a block, a view and a CREATE TABLE AS."""
    assert demo.fails(f"select * from {view}") == 942
    block = f"declare n number; begin select count(*) into n from {view}; end;"
    assert "ORA-00942" in demo.error(block)
    assert demo.fails(f"create view w as select * from {view}") == 942
    assert demo.fails(f"create table w as select * from {view}") == 942


def test_granted_and_revoked(system, poor):
    """GRANT and REVOKE count from the next statement on, for one view at a time."""
    for grant in ("select on sys.v_$session", "read on v_$session", "select any dictionary"):
        system.run(f"grant {grant} to poor")
        assert poor.one("select count(*) from v$session where username = 'POOR'") == 1
        if " on " in grant:
            assert poor.fails("select * from v$transaction") == 942
        system.run(f"revoke {grant} from poor")
        assert poor.fails("select count(*) from v$session where username = 'POOR'") == 942


def test_a_view_that_the_sandbox_lacks(system):
    """Who may see it is told so: ORA-03001."""
    assert system.error("select * from v$lock").startswith("ORA-03001: unimplemented feature (san")


@pytest.mark.parametrize(
    ("privilege", "statement"),
    [
        ("create table", "create table x (a number)"),
        ("create table", "create table x as select 1 a from dual"),
        ("create view", "create view x as select 1 a from dual"),
        ("create sequence", "create sequence x"),
        ("create synonym", "create synonym x for demo.t"),
        ("create public synonym", "create public synonym x for demo.t"),
        ("resource", "create table x (a number)"),
        ("db_developer_role", "create view x as select 1 a from dual"),
        ("dba", "create table x (a number)"),
    ],
)
def test_what_may_be_created(system, poor, privilege, statement):
    """Without the privilege, directly or by a role, CREATE is ORA-01031; it has committed."""
    assert poor.error(statement).startswith("ORA-01031: insufficient privileges")
    system.run(f"grant {privilege} to poor")
    poor.run(statement)
    if "public" in statement:
        system.run("drop public synonym x")


def test_alter_system_is_granted(system, poor, second):
    """ALTER SYSTEM alone suffices to kill; DEMO, who has it not, cannot."""
    system.run("grant alter system to poor")
    poor.run(f"alter system kill session '{second.sid()}'")
    assert second.fails("select 1 from dual") == 28


def test_log_in_takes_create_session(system, log_in):
    """A user without it is ORA-01045, one who was dropped ORA-01017."""
    system.run("create user guest identified by g")
    with pytest.raises(oracledb.Error, match="ORA-01045: user GUEST lacks CREATE SESSION"):
        log_in("guest", "g")
    system.run("grant connect to guest")
    person = log_in("guest", "g")
    assert system.fails("drop user guest") == 1940
    person.connection.close()
    while system.rows("select 1 from v$session where username = 'GUEST'"):
        continue
    system.run("drop user guest")
    with pytest.raises(oracledb.Error, match="ORA-01017"):
        log_in("guest", "g")


def test_passwords(system, poor, log_in):
    """A user changes the own password, a DBA any; quoted or not, it keeps its case."""
    poor.run('alter user poor identified by "Geheim 1" replace p')
    log_in("poor", "Geheim 1").connection.close()
    system.run("alter user poor identified by Neu")
    log_in("poor", "Neu").connection.close()
    assert poor.fails("alter user demo identified by x") == 1031


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("grant create table to nobody", 1917),
        ("grant create nonsense", 994),
        ("grant make coffee to demo", 990),
        ("grant fly to demo", 1919),
        ("grant select on v$session to demo", 2030),
        ("revoke alter system from demo", 1952),
        ("revoke dba from demo", 1951),
        ("revoke select on v_$session from demo", 1927),
        ("create user demo identified by x", 1920),
        ("create user x", 922),
        ("drop user nobody", 1918),
        ("alter user nobody identified by x", 1918),
        ("create user x identified externally", 3001),
    ],
)
def test_mistakes(system, statement, code):
    """Each has its own number."""
    assert system.fails(statement) == code


@pytest.mark.parametrize(
    "statement",
    [
        "grant create table to other",
        "revoke create session from other",
        "grant select on v_$session to demo",
        "create user x identified by x",
        "drop user other cascade",
    ],
)
def test_who_may_grant(demo, statement):
    """Without DBA they are ORA-01031."""
    assert demo.fails(statement) == 1031


def test_grants_on_tables_are_taken_and_mean_nothing(demo):
    """Every user reaches every schema; a GRANT commits, as any DDL."""
    demo.run("create table t (a number)")
    demo.run("insert into t values (1)")
    demo.run("grant select, insert on t to other with grant option")
    assert not demo.connection.transaction_in_progress
    demo.run("revoke insert on t from other")


def test_privileges_by_argument():
    """`open_database` can say what a user has, and nothing else."""
    users = {"etl": "e", "dba1": "d"}
    privileges = {"etl": ["create session", "SELECT ON V$SESSION"], "DBA1": ["DBA"]}
    database = open_database(None, users, privileges=privileges)
    try:
        with SandboxServer(database) as server:
            dsn = f"{server.address}/FREEPDB1"
            with oracledb.connect(user="etl", password="e", dsn=dsn) as connection:
                etl = Person(connection)
                assert etl.one("select count(*) from v$session") == 1
                assert etl.fails("create table t (a number)") == 1031
            with oracledb.connect(user="dba1", password="d", dsn=dsn) as connection:
                Person(connection).run("grant create table to etl")
    finally:
        database.close()


def test_privileges_on_tables_are_shown_to_both_sides(demo, poor):
    """ALL_TAB_PRIVS has them for owner and grantee; nothing else follows from them here."""
    demo.run("create table given (a number)")
    demo.run("grant select, insert on given to poor")
    query = (
        "select table_schema, table_name, privilege from all_tab_privs"
        " where table_name = 'GIVEN' order by privilege"
    )
    shown = [("DEMO", "GIVEN", "INSERT"), ("DEMO", "GIVEN", "SELECT")]
    assert demo.rows(query) == poor.rows(query) == shown
    assert poor.fails("revoke select on demo.given from poor") == 1031
    demo.run("revoke insert on given from poor")
    assert poor.rows(query) == shown[1:]
    demo.run("drop table given")


def test_a_proxy_connects_as_its_target(system, demo, log_in, poor):
    """With its own password, once the DBA has said so (ALTER USER, proxy_clause)."""
    with pytest.raises(oracledb.DatabaseError, match="ORA-28150"):
        log_in("poor[demo]", "p")
    assert demo.fails("alter user demo grant connect through poor") == 1031
    system.run("alter user demo grant connect through poor")
    target = log_in("poor[demo]", "p")
    for name, value in (("SESSION_USER", "DEMO"), ("PROXY_USER", "POOR")):
        assert target.one(f"select sys_context('USERENV', '{name}') from dual") == value
    target.connection.close()
    system.run("alter user demo revoke connect through poor")
    with pytest.raises(oracledb.DatabaseError, match="ORA-28150"):
        log_in("poor[demo]", "p")


def test_packages_may_be_taken_from_public(system, log_in):
    """Hardened databases leave DBMS_SQL and others to those who are granted them by name."""
    demo = log_in()
    ask = "declare n integer := dbms_sql.open_cursor; begin dbms_sql.close_cursor(n); end;"
    demo.run(ask)
    system.run("revoke execute on sys.dbms_sql from public")
    try:
        assert "PLS-00201: identifier 'DBMS_SQL' must be declared" in demo.error(ask)
        assert system.fails("grant select on dbms_sql to demo") == 2225
        system.run("grant execute on dbms_sql to demo")
        demo.run(ask)
        granted = "select table_schema, privilege from all_tab_privs where table_name = :1"
        assert demo.rows(granted, "DBMS_SQL") == [("SYS", "EXECUTE")]
        system.run("revoke execute on dbms_sql from demo")
        assert system.fails("revoke execute on dbms_sql from demo") == 1927
        assert demo.fails(ask) == 6550
    finally:
        system.run("grant execute on dbms_sql to public")
    demo.run(ask)


def test_nothing_of_a_dropped_user_is_left(system, demo, log_in):
    """Tables, code, synonyms, jobs and grants go with it; who used its code becomes invalid."""
    system.run('create user gone identified by "g"')
    system.run("grant db_developer_role to gone")
    gone = log_in("gone", "g")
    for statement in (
        "create procedure p as begin null; end;",
        "create synonym s for demo.t",
        "begin dbms_scheduler.create_job('j', 'PLSQL_BLOCK', 'null;'); end;",
    ):
        assert system.fails("drop user gone") == 1940
        gone.run(statement)
        sid = gone.sid()
        gone.connection.close()
        assert system.fails(f"alter system kill session '{sid}'") == 30
        assert system.fails("drop user gone") == 1922
        gone = log_in("gone", "g")
    demo.run("create procedure uses_it as begin gone.p; end;")
    gone.connection.close()

    system.run("drop user gone cascade")

    for view in ("all_objects", "dba_scheduler_jobs", "all_source"):
        assert system.rows(f"select * from {view} where owner = 'GONE'") == []
    assert system.rows("select * from all_tab_privs where grantee = 'GONE'") == []
    uses = "select status from user_objects where object_name = 'USES_IT'"
    assert demo.one(uses) == "INVALID"
    demo.run("drop procedure uses_it")
