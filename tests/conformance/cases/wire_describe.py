"""What a client is told about the columns of a query."""

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, returns

FEATURE = Feature(4, "Descriptions of columns")

_TABLE = (
    """create table t (n number(9) not null, d number(12, 2), f number, s varchar2(20),
                       c char(5) not null, r raw(16), w date, t timestamp(3), b clob)""",
)
_INFO = Manual("python-oracledb documentation", "API: FetchInfo Objects")


def _about(bench: Bench, query: str, *names: str) -> list[tuple[object, ...]]:
    with bench.connection.cursor() as cursor:
        cursor.execute(query)
        return [tuple(getattr(info, name) for name in names) for info in cursor.description]


def _names(bench: Bench) -> list[object]:
    query = "select n, n as other, n \"Quoted\", n + 1, 'a' from t"
    return [name for (name,) in _about(bench, query, "name")]


def _numbers(bench: Bench) -> list[object]:
    return _about(bench, "select n, d, f from t", "precision", "scale")


def _null(bench: Bench) -> list[object]:
    query = "select n, d, c, n + 1 from t"
    return [null_ok for (null_ok,) in _about(bench, query, "null_ok")]


def _sizes(bench: Bench) -> list[object]:
    return [size for (size,) in _about(bench, "select s, c, r from t", "internal_size")]


def _types(bench: Bench) -> bool:
    expected = [
        oracledb.DB_TYPE_NUMBER, oracledb.DB_TYPE_VARCHAR, oracledb.DB_TYPE_CHAR,
        oracledb.DB_TYPE_RAW, oracledb.DB_TYPE_DATE, oracledb.DB_TYPE_TIMESTAMP,
        oracledb.DB_TYPE_CLOB,
    ]  # fmt: skip
    found = _about(bench, "select n, s, c, r, w, t, b from t", "type_code")
    return [kind for (kind,) in found] == expected


def _digits(bench: Bench) -> list[object]:
    return [scale for (scale,) in _about(bench, "select t from t", "scale")]


CASES = (
    Case("names are in upper case unless quoted, expressions are their text", setup=_TABLE,
         run=_names, expect=returns(["N", "OTHER", "Quoted", "N+1", "'A'"]), evidence=_INFO),
    Case("numbers have precision and scale", setup=_TABLE, run=_numbers,
         expect=returns([(9, 0), (12, 2), (0, -127)]), evidence=_INFO),
    Case("whether NULL can come", setup=_TABLE, run=_null,
         expect=returns([False, True, False, True]), evidence=_INFO),
    Case("sizes in bytes", setup=_TABLE, run=_sizes, expect=returns([20, 5, 16]), evidence=_INFO),
    Case("each type is told", setup=_TABLE, run=_types, expect=returns(True), evidence=_INFO),
    Case("a TIMESTAMP tells its digits", setup=_TABLE, run=_digits, expect=returns([3]),
         evidence=_INFO),
)  # fmt: skip
