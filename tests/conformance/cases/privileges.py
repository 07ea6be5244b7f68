"""Users, schemas, and the privileges that matter."""

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, returns

FEATURE = Feature(1, "Users, schemas and privileges")

_GRANT = Manual("SQL Language Reference", "GRANT")
_CREATE = Manual("SQL Language Reference", "CREATE USER")
_JOB = "begin dbms_scheduler.create_job('j', 'PLSQL_BLOCK', 'null;'); end;"


def _ungranted(bench: Bench) -> list[int]:
    other = bench.user("conform_two")
    return [
        other.code("create table t (n number)"),
        other.code("create view v as select 1 n from dual"),
        other.code("create procedure p is begin null; end;"),
        other.code("create sequence s"),
    ]


def _granted(bench: Bench) -> list[int]:
    other = bench.user("conform_two", "create sequence")
    before = other.code("create sequence s")
    bench.dba().run("revoke create sequence from conform_two")
    return [before, other.code("create sequence s2")]


def _job(bench: Bench) -> list[int]:
    other = bench.user("conform_two")
    before = other.code(_JOB)
    bench.dba().run("grant create job to conform_two")
    return [before, other.code(_JOB)]


def _log_in(bench: Bench, user: str, password: str) -> int:
    try:
        bench.connect(user, password)
    except oracledb.Error as error:
        return error.args[0].code
    return 0


def _no_session(bench: Bench) -> int:
    bench.user("conform_two")
    bench.dba().run("revoke create session from conform_two")
    return _log_in(bench, "conform_two", "made-Up-1")


def _password(bench: Bench) -> list[int]:
    bench.user("conform_two")
    before = _log_in(bench, "conform_two", "wrong-One-1")
    bench.dba().run('alter user conform_two identified by "other-One-2"')
    return [
        before,
        _log_in(bench, "conform_two", "made-Up-1"),
        _log_in(bench, "conform_two", "other-One-2"),
    ]


def _current_schema(bench: Bench) -> list[object]:
    other = bench.user("conform_two", "create table")
    other.run("create table t (n number)")
    other.run(f"grant select on t to {bench.place.user}")
    bench.run("alter session set current_schema = conform_two")
    names = "sys_context('userenv', 'current_schema'), sys_context('userenv', 'session_user')"
    found = bench.rows(f"select {names} from dual")[0]
    return [found[0], found[1] == bench.place.user.upper(), bench.code("select * from t")]


def _foreign_table(bench: Bench) -> list[int]:
    other = bench.user("conform_two")
    bench.run("create table t (n number)")
    ask = f"select * from {bench.place.user}.t"
    before = other.code(ask)
    bench.run("grant select on t to conform_two")
    return [before, other.code(ask)]


def _shown(bench: Bench) -> list[tuple[str]]:
    other = bench.user("conform_two", "create view")
    return other.rows("select privilege from session_privs order by privilege")


def _owns(bench: Bench) -> list[int]:
    dba = bench.dba()
    dba.run('create user conform_two identified by "made-Up-1" quota unlimited on users')
    dba.run("grant create session, create sequence to conform_two")
    other = bench.connect("conform_two", "made-Up-1")
    other.cursor().execute("create sequence s")
    codes = [dba.code("drop user conform_two cascade")]
    other.close()
    codes.append(dba.code("drop user conform_two"))
    return [*codes, dba.code("drop user conform_two cascade"), dba.code("drop user conform_two")]


CASES = (
    Case(
        "what was not granted is ORA-01031",
        run=_ungranted,
        expect=returns([1031] * 4),
        evidence=Manual("Database Error Messages", "ORA-01031"),
    ),
    Case("GRANT and REVOKE hold at once", run=_granted, expect=returns([0, 1031]), evidence=_GRANT),
    Case(
        "a job wants CREATE JOB",
        run=_job,
        expect=returns([27486, 0]),
        evidence=Manual("PL/SQL Packages and Types Reference", "DBMS_SCHEDULER Security Model"),
    ),
    Case(
        "a log-in wants CREATE SESSION",
        run=_no_session,
        expect=returns(1045),
        evidence=Manual("Database Error Messages", "ORA-01045"),
    ),
    Case(
        "ALTER USER changes the password",
        run=_password,
        expect=returns([1017, 1017, 0]),
        evidence=Manual("SQL Language Reference", "ALTER USER"),
    ),
    Case(
        "CURRENT_SCHEMA changes where names are looked for, not who asks",
        run=_current_schema,
        expect=returns(["CONFORM_TWO", True, 0]),
        evidence=Manual("SQL Language Reference", "ALTER SESSION"),
    ),
    Case(
        "another user's table wants a grant",
        run=_foreign_table,
        expect=returns([942, 0]),
        evidence=_GRANT,
        sandbox=differs("every user reaches every schema", returns([0, 0])),
    ),
    Case(
        "SESSION_PRIVS shows what a session has",
        run=_shown,
        expect=returns([("CREATE SESSION",), ("CREATE VIEW",)]),
        evidence=Manual("Database Reference", "SESSION_PRIVS"),
    ),
    Case(
        "a user is dropped when he is gone, and with CASCADE if he owns anything",
        run=_owns,
        expect=returns([1940, 1922, 0, 1918]),
        evidence=Manual("SQL Language Reference", "DROP USER"),
    ),
    Case(
        "a user that is there cannot be created",
        run=lambda bench: bench.dba().code(
            f'create user {bench.place.user} identified by "made-Up-1"'
        ),
        expect=returns(1920),
        evidence=_CREATE,
    ),
)
