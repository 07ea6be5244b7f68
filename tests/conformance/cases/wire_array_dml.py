"""executemany: row counts, batch errors, what an error leaves, RETURNING of many rows."""

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, returns, rows

FEATURE = Feature(4, "Array DML with batch errors and row counts")

_TABLE = ("create table t (n number(4) primary key, s varchar2(5))",)
_BATCH = Manual("python-oracledb documentation", "Handling Data Errors")
_COUNTS = Manual("python-oracledb documentation", "Identifying Affected Rows")
_MANY = Manual("python-oracledb documentation", "Batch Statement and Bulk Copy Operations")
_INSERT = "insert into t values (:1, :2)"


def _batch_errors(bench: Bench) -> list[tuple[int, int]]:
    with bench.connection.cursor() as cursor:
        given = [(1, "a"), (1, "b"), (2, "too long"), (3, "c")]
        cursor.executemany(_INSERT, given, batcherrors=True)
        return [(error.offset, error.code) for error in cursor.getbatcherrors()]


def _good_rows_stay_uncommitted(bench: Bench) -> list[int]:
    _batch_errors(bench)
    before = bench.another().one("select count(*) from t")
    return [before, bench.one("select count(*) from t")]


def _row_counts(bench: Bench) -> list[int]:
    with bench.connection.cursor() as cursor:
        cursor.executemany(_INSERT, [(n, "x") for n in range(6)])
        cursor.executemany("delete from t where n < :1", [(2,), (2,), (5,)], arraydmlrowcounts=True)
        return [*cursor.getarraydmlrowcounts(), cursor.rowcount]


def _counts_and_errors(bench: Bench) -> list[list[int]]:
    with bench.connection.cursor() as cursor:
        given = [(1, "a"), (1, "b"), (2, "c")]
        cursor.executemany(_INSERT, given, batcherrors=True, arraydmlrowcounts=True)
        codes = [error.code for error in cursor.getbatcherrors()]
        return [cursor.getarraydmlrowcounts(), codes]


def _stops_at_an_error(bench: Bench) -> list[int]:
    with bench.connection.cursor() as cursor:
        try:
            cursor.executemany(_INSERT, [(1, "a"), (2, "b"), (1, "c"), (3, "d")])
        except oracledb.IntegrityError as error:
            return [error.args[0].code, cursor.rowcount]
    return []


def _then_what_is_there(bench: Bench) -> list[tuple[int]]:
    _stops_at_an_error(bench)
    return bench.rows("select n from t order by n")


def _returning(bench: Bench) -> list[list[int]]:
    with bench.connection.cursor() as cursor:
        cursor.executemany(_INSERT, [(n, "x") for n in range(5)])
        out = cursor.var(int, arraysize=3)
        cursor.setinputsizes(None, out)
        cursor.executemany("delete from t where n < :1 returning n into :2", [(2,), (2,), (4,)])
        return [sorted(out.getvalue(place)) for place in range(3)]


def _block(bench: Bench) -> list[int]:
    with bench.connection.cursor() as cursor:
        out = cursor.var(int, arraysize=3)
        cursor.setinputsizes(None, out)
        cursor.executemany("declare n number := :1; begin :2 := n * 10; end;", [(1,), (2,), (3,)])
        return [out.getvalue(place) for place in range(3)]


def _nulls_and_types(bench: Bench) -> list[tuple[int, str | None]]:
    with bench.connection.cursor() as cursor:
        cursor.executemany(_INSERT, [(1, None), (2, "b"), (3, "")])
    return bench.rows("select n, s from t order by n")


CASES = (
    Case(
        "every failing row is told with its offset and number",
        setup=_TABLE, run=_batch_errors, expect=returns([(1, 1), (2, 12899)]), evidence=_BATCH,
    ),
    Case(
        "the good rows of a batch stay, and are not committed",
        setup=_TABLE, run=_good_rows_stay_uncommitted, expect=returns([0, 2]), evidence=_BATCH,
    ),
    Case(
        "row counts of each iteration, and of all",
        setup=_TABLE, run=_row_counts, expect=returns([2, 0, 3, 5]), evidence=_COUNTS,
    ),
    Case(
        "row counts beside batch errors",
        setup=_TABLE, run=_counts_and_errors, expect=returns([[1, 0, 1], [1]]), evidence=_COUNTS,
    ),
    Case(
        "without batch errors the first error ends it, and tells how many rows went before",
        setup=_TABLE, run=_stops_at_an_error, expect=returns([1, 2]), evidence=_BATCH,
    ),
    Case(
        "the rows before the failing one stay",
        setup=_TABLE, run=_then_what_is_there, expect=rows((1,), (2,)), evidence=_BATCH,
    ),
    Case(
        "RETURNING gives a list for each iteration",
        setup=_TABLE, run=_returning, expect=returns([[0, 1], [], [2, 3]]),
        evidence=Manual("python-oracledb documentation", "DML RETURNING Bind Variables"),
    ),
    Case(
        "a block is run once for each row of binds", run=_block, expect=returns([10, 20, 30]),
        evidence=_MANY,
    ),
    Case(
        "None and the empty string are NULL in any row",
        setup=_TABLE, run=_nulls_and_types, expect=rows((1, None), (2, "b"), (3, None)),
        evidence=_MANY,
    ),
)  # fmt: skip
