"""Connection pools of the client."""

from collections.abc import Iterator
from contextlib import contextmanager

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, returns

FEATURE = Feature(4, "Pools and the statement cache")

_POOL = Manual("python-oracledb documentation", "Connection Pooling")
_CACHE = Manual("python-oracledb documentation", "Statement Caching")
_TABLE = ("create table t (n number)",)


@contextmanager
def _pool(bench: Bench, **options: object) -> Iterator[oracledb.ConnectionPool]:
    place = bench.place
    pool = oracledb.create_pool(user=place.user, password=place.password, dsn=place.dsn, **options)
    try:
        yield pool
    finally:
        pool.close(force=True)


def _reused(bench: Bench) -> bool:
    with _pool(bench, min=1, max=1) as pool:
        with pool.acquire() as first:
            sid = first.session_id
        with pool.acquire() as second:
            return second.session_id == sid


def _rolled_back(bench: Bench) -> int:
    with _pool(bench, min=1, max=1) as pool:
        with pool.acquire() as first, first.cursor() as cursor:
            cursor.execute("insert into t values (1)")
        with pool.acquire() as second, second.cursor() as cursor:
            ((found,),) = cursor.execute("select count(*) from t").fetchall()
            return found


def _no_more_than_its_maximum(bench: Bench) -> list[object]:
    with _pool(bench, min=1, max=2, getmode=oracledb.POOL_GETMODE_NOWAIT) as pool:
        held = [pool.acquire(), pool.acquire()]
        try:
            pool.acquire()
        except oracledb.Error as error:
            return [error.args[0].full_code, pool.busy, len({c.session_id for c in held})]
        finally:
            for connection in held:
                connection.close()
    return []


def _dead_ones_are_replaced(bench: Bench) -> list[bool]:
    dba = bench.dba()
    with _pool(bench, min=1, max=1, ping_interval=0) as pool:
        with pool.acquire() as first:
            sid, serial = first.session_id, first.serial_num
        dba.run(f"alter system kill session '{sid},{serial}' immediate")
        with pool.acquire() as second:
            second.ping()
            return [(second.session_id, second.serial_num) != (sid, serial)]


def _callback(bench: Bench) -> str:
    def prepare(connection: oracledb.Connection, _tag: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("alter session set nls_date_format = 'YYYY'")

    with (
        _pool(bench, min=1, max=1, session_callback=prepare) as pool,
        pool.acquire() as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("select to_char(date '2026-01-31') from dual")
        return cursor.fetchone()[0]


def _parsed_once(bench: Bench) -> list[int]:
    values = [bench.one("select :1 + 1 from dual", n) for n in range(5)]
    bench.run("alter session set nls_date_format = 'YYYY'")
    return [*values, bench.one("select :1 + 1 from dual", 7)]


def _after_ddl(bench: Bench) -> list[tuple[object, ...]]:
    before = bench.rows("select * from t")
    bench.run("insert into t values (1)")
    bench.run("alter table t add (s varchar2(5) default 'new')")
    return [*before, *bench.rows("select * from t")]


def _bind_types_change(bench: Bench) -> list[object]:
    return [bench.one("select nvl(:1, 'none') from dual", value) for value in ("a", None, "b" * 50)]


def _without_a_cache(bench: Bench) -> int:
    connection = bench.connect(stmtcachesize=0)
    with connection.cursor() as cursor:
        found = [cursor.execute("select :1 from dual", [n]).fetchone()[0] for n in range(300)]
    return sum(found)


CASES = (
    Case("a session that was given back is used again", run=_reused, expect=returns(True),
         evidence=_POOL),
    Case("what was not committed is rolled back when a session is given back", setup=_TABLE,
         run=_rolled_back, expect=returns(0), evidence=_POOL),
    Case("a pool grows up to its maximum", run=_no_more_than_its_maximum,
         expect=returns(["DPY-4005", 2, 2]), evidence=_POOL),
    Case("a session that was killed is replaced", run=_dead_ones_are_replaced,
         expect=returns([True]),
         evidence=Manual("python-oracledb documentation", "Pool Connection Health")),
    Case("a session callback prepares a new session", run=_callback, expect=returns("2026"),
         evidence=Manual("python-oracledb documentation",
                         "Session Callbacks for Setting Pooled Connection State")),
    Case("a cached statement runs with other binds and settings", run=_parsed_once,
         expect=returns([1, 2, 3, 4, 5, 8]), evidence=_CACHE),
    Case("a cached query sees a column that was added", setup=_TABLE, run=_after_ddl,
         expect=returns([(1, "new")]), evidence=_CACHE),
    Case("a cached statement takes binds of another size, and NULL", run=_bind_types_change,
         expect=returns(["a", "none", "b" * 50]), evidence=_CACHE),
    Case("without a cache no cursor is left open", run=_without_a_cache,
         expect=returns(sum(range(300))), evidence=_CACHE),
)  # fmt: skip
