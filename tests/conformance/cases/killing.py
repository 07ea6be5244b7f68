"""ALTER SYSTEM KILL SESSION, DISCONNECT SESSION and CANCEL SQL."""

import threading
import time

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, returns

FEATURE = Feature(1, "ALTER SYSTEM KILL SESSION")

_KILL = Manual("SQL Language Reference", "ALTER SYSTEM, KILL SESSION Clause")
_SLEEP = "begin dbms_session.sleep(20); end;"


def _place(bench: Bench) -> str:
    return f"{bench.connection.session_id},{bench.connection.serial_num}"


def _killed(bench: Bench) -> list[int]:
    bench.run("create table t (n number)")
    victim = bench.another()
    victim.run("insert into t values (1)")
    bench.dba().run(f"alter system kill session '{_place(victim)}' immediate")
    return [victim.code("select 1 from dual"), bench.one("select count(*) from t")]


def _freed(bench: Bench) -> int:
    bench.run("create table t (n number)")
    victim = bench.another()
    victim.run("lock table t in exclusive mode")
    bench.dba().run(f"alter system kill session '{_place(victim)}' immediate")
    bench.run("lock table t in exclusive mode wait 10")
    return bench.code("insert into t values (1)")


def _oneself(bench: Bench) -> int:
    dba = bench.dba()
    return dba.code(f"alter system kill session '{_place(dba)}'")


def _nobody(bench: Bench) -> list[int]:
    dba = bench.dba()
    return [
        dba.code("alter system kill session '65000,1'"),
        dba.code("alter system kill session 'who,knows'"),
    ]


def _while_running(bench: Bench, statement: str) -> int:
    victim = bench.another()
    ended: list[int] = []

    def work() -> None:
        try:
            victim.run(_SLEEP)
        except oracledb.Error as error:
            ended.append(error.args[0].code)

    thread = threading.Thread(target=work)
    thread.start()
    dba = bench.dba()
    active = "select count(*) from v$session where sid = :1 and status = 'ACTIVE'"
    deadline = time.monotonic() + 10
    while not dba.one(active, victim.connection.session_id) and time.monotonic() < deadline:
        pass
    dba.run(statement.format(_place(victim)))
    thread.join(15)
    return ended[0]


CASES = (
    Case(
        "the victim's next call is ORA-00028, its work rolled back",
        run=_killed,
        expect=returns([28, 0]),
        evidence=Manual("Database Administrator's Guide", "Terminating an Inactive Session"),
    ),
    Case("its locks are free", run=_freed, expect=returns(0), evidence=_KILL),
    Case(
        "nobody can kill the session that he is in",
        run=_oneself,
        expect=returns(27),
        evidence=Manual("Database Error Messages", "ORA-00027"),
    ),
    Case(
        "a session that is not there, and what names none",
        run=_nobody,
        expect=returns([30, 26]),
        evidence=Manual("Database Error Messages", "ORA-00030"),
    ),
    Case(
        "a call that runs ends with ORA-00028",
        run=lambda bench: _while_running(bench, "alter system kill session '{}' immediate"),
        expect=returns(28),
        evidence=Manual("Database Administrator's Guide", "Terminating an Active Session"),
    ),
    Case(
        "it wants the privilege",
        run=lambda bench: bench.user("conform_two").code("alter system kill session '1,1'"),
        expect=returns(1031),
        evidence=Manual("SQL Language Reference", "ALTER SYSTEM"),
    ),
)
