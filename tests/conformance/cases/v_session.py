"""V$SESSION: who is connected, and what they say of themselves."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, returns

FEATURE = Feature(1, "V$SESSION")

_SESSION = Manual("Database Reference", "V$SESSION")
_WHERE = "where sid = :1 and serial# = :2"


def _of(bench: Bench, columns: str) -> list[object]:
    # What a DBA sees of the case's session.
    place = [bench.connection.session_id, bench.connection.serial_num]
    return list(bench.dba().rows(f"select {columns} from v$session {_WHERE}", *place)[0])


def _plain(bench: Bench) -> list[object]:
    found = _of(bench, "username, type, status, case when audsid > 0 then 1 else 0 end")
    return [found[0] == bench.place.user.upper(), *found[1:]]


def _tagged(bench: Bench) -> list[object]:
    connection = bench.connection
    connection.module, connection.action = "loading", "orders"
    connection.client_identifier, connection.clientinfo = "run 7", "night"
    bench.one("select 1 from dual")
    return _of(bench, "module, action, client_identifier, client_info")


def _running(bench: Bench) -> list[object]:
    dba = bench.dba()
    sid = dba.connection.session_id
    return list(
        dba.rows(
            "select status, case when sql_id is not null then 1 else 0 end"
            " from v$session where sid = :1",
            sid,
        )[0]
    )


def _in_transaction(bench: Bench) -> list[object]:
    bench.run("create table t (n number)")
    before = _of(bench, "taddr")
    bench.run("insert into t values (1)")
    during = _of(bench, "taddr")
    bench.connection.commit()
    return [before == [None], during == [None], _of(bench, "taddr") == [None]]


def _gone(bench: Bench) -> int:
    other = bench.another()
    place = [other.connection.session_id, other.connection.serial_num]
    other.connection.close()
    return bench.dba().one(f"select count(*) from v$session {_WHERE}", *place)


def _denied(bench: Bench) -> list[int]:
    other = bench.user("conform_two")
    before = other.code("select count(*) from v$session")
    bench.dba().run("grant select on v_$session to conform_two")
    return [before, other.code("select count(*) from v$session")]


def _own(bench: Bench) -> bool:
    return bench.one("select sys_context('userenv', 'sid') from dual") == str(
        bench.connection.session_id
    )


CASES = (
    Case(
        "a user's session that waits for its client",
        run=_plain,
        expect=returns([True, "USER", "INACTIVE", 1]),
        evidence=_SESSION,
    ),
    Case(
        "what a client says of itself",
        run=_tagged,
        expect=returns(["loading", "orders", "run 7", "night"]),
        evidence=_SESSION,
    ),
    Case(
        "the session that asks is ACTIVE, with the statement that it runs",
        run=_running,
        expect=returns(["ACTIVE", 1]),
        evidence=_SESSION,
    ),
    Case(
        "TADDR while a transaction is open",
        run=_in_transaction,
        expect=returns([True, False, True]),
        evidence=_SESSION,
    ),
    Case(
        "a session that has left is gone",
        run=_gone,
        expect=returns(0),
        evidence=_SESSION,
    ),
    Case(
        "it is there for those only who were granted it",
        run=_denied,
        expect=returns([942, 0]),
        evidence=Manual("Database Reference", "About Dynamic Performance Views"),
    ),
    Case(
        "a session knows its own number",
        run=_own,
        expect=returns(True),
        evidence=Manual("SQL Language Reference", "SYS_CONTEXT"),
    ),
)
