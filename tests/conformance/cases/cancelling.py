"""ALTER SYSTEM CANCEL SQL."""

from __future__ import annotations

import threading
import time

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, returns

FEATURE = Feature(1, "ALTER SYSTEM CANCEL SQL")

_CANCEL = Manual("SQL Language Reference", "ALTER SYSTEM, cancel_sql_clause")
_IN_A_SESSION = Manual("Database Administrator's Guide", "Cancelling a SQL Statement in a Session")
_SLEEP = "begin dbms_session.sleep(30); end;"
_ACTIVE = "select count(*) from v$session where sid = :1 and status = 'ACTIVE'"


def _cancel(bench: Bench, victim: Bench) -> int:
    who = victim.connection
    return bench.code(f"alter system cancel sql '{who.session_id}, {who.serial_num}'")


def _cancelled(bench: Bench, victim: Bench) -> int:
    """Let a session run a call, cancel it, and return what the call has ended with."""
    ended: list[int] = []

    def work() -> None:
        try:
            victim.run(_SLEEP)
        except oracledb.Error as error:
            ended.append(error.args[0].code)

    thread = threading.Thread(target=work)
    thread.start()
    dba = bench.dba()
    deadline = time.monotonic() + 10
    while not dba.one(_ACTIVE, victim.connection.session_id) and time.monotonic() < deadline:
        pass
    _cancel(dba, victim)
    thread.join(15)
    return ended[0]


def _goes_on(bench: Bench) -> list[object]:
    victim = bench.another()
    return [_cancelled(bench, victim), victim.one("select 1 from dual")]


def _keeps_its_work(bench: Bench) -> list[object]:
    bench.run("create table t (n number)")
    victim = bench.another()
    victim.run("insert into t values (1)")
    _cancelled(bench, victim)
    return [victim.one("select count(*) from t"), bench.one("select count(*) from t")]


def _idle(bench: Bench) -> list[int]:
    victim = bench.another()
    _cancel(bench.dba(), victim)
    return [victim.code("select 1 from dual"), victim.code("select 2 from dual")]


CASES = (
    Case(
        "the call that runs ends with ORA-01013",
        run=lambda bench: _cancelled(bench, bench.another()),
        expect=returns(1013),
        evidence=_IN_A_SESSION,
    ),
    Case("the session goes on", run=_goes_on, expect=returns([1013, 1]), evidence=_IN_A_SESSION),
    Case(
        "what the transaction did before it stays, and is not committed",
        run=_keeps_its_work,
        expect=returns([1, 0]),
        evidence=_IN_A_SESSION,
    ),
    Case(
        "of a session that does nothing the next statement is cancelled",
        run=_idle,
        expect=returns([1013, 0]),
        evidence=_CANCEL,
        sandbox=differs("nothing is cancelled", returns([0, 0])),
    ),
    Case(
        "it wants the privilege",
        run=lambda bench: _cancel(bench.user("conform_two"), bench),
        expect=returns(1031),
        evidence=Manual("SQL Language Reference", "ALTER SYSTEM"),
    ),
)
