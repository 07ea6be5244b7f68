"""Cursor variables as binds of a client."""

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, missing, raises, returns

FEATURE = Feature(4, "REF CURSOR binds")

_SETUP = (
    "create table t (n number, s varchar2(10))",
    "insert into t select level, 'row ' || level from dual connect by level <= 4",
    """create or replace procedure opened (c out sys_refcursor) as
       begin open c for select n, s from t order by n; end;""",
    """create or replace function next_of (c sys_refcursor) return number as
         n number; s varchar2(10);
       begin fetch c into n, s; return n; end;""",
    "create or replace procedure closed (c in out sys_refcursor) as begin close c; end;",
)
_BINDS = Manual("python-oracledb documentation", "REF CURSOR Bind Variables")
_VARIABLES = Manual("PL/SQL Language Reference", "Cursor Variables")
_ALL = [(1, "row 1"), (2, "row 2"), (3, "row 3"), (4, "row 4")]


def _opened(bench: Bench, array: int = 100) -> oracledb.Cursor:
    with bench.connection.cursor() as cursor:
        out = cursor.var(oracledb.DB_TYPE_CURSOR)
        cursor.callproc("opened", [out])
        found = out.getvalue()
    found.arraysize = found.prefetchrows = array
    return found


def _out(bench: Bench) -> list[tuple[int, str]]:
    return _opened(bench).fetchall()


def _anonymous(bench: Bench) -> list[tuple[int]]:
    with bench.connection.cursor() as cursor:
        out = cursor.var(oracledb.DB_TYPE_CURSOR)
        cursor.execute("begin open :c for select n from t where n > :n; end;", c=out, n=3)
        return out.getvalue().fetchall()


def _result(bench: Bench) -> list[str]:
    bench.run(
        """create or replace function given return sys_refcursor as c sys_refcursor;
           begin open c for select n nn, s from t; return c; end;"""
    )
    with bench.connection.cursor() as cursor:
        found = cursor.callfunc("given", oracledb.DB_TYPE_CURSOR)
        return [column.name for column in found.description]


def _handed_back(bench: Bench) -> list[object]:
    found = _opened(bench, array=1)
    first = found.fetchone()
    with bench.connection.cursor() as cursor:
        by_code = cursor.callfunc("next_of", int, [found])
    return [first, by_code, found.fetchall()]


def _query_handed_over(bench: Bench) -> int:
    with bench.connection.cursor() as query, bench.connection.cursor() as cursor:
        query.prefetchrows = 0
        query.execute("select n, s from t order by n desc")
        return cursor.callfunc("next_of", int, [query])


def _closed_by_code(bench: Bench) -> None:
    found = _opened(bench, array=1)
    found.fetchone()
    with bench.connection.cursor() as cursor:
        cursor.execute("declare c sys_refcursor := :c; begin closed(c); end;", c=found)
    found.fetchall()


def _as_of_the_opening(bench: Bench) -> int:
    found = _opened(bench, array=1)
    bench.run("delete from t")
    bench.connection.commit()
    return len(found.fetchall())


def _nested(bench: Bench) -> list[tuple[int, list[tuple[str]]]]:
    return bench.rows("select n, cursor(select s from t u where u.n = t.n) from t where n < 3")


CASES = (
    Case("an OUT parameter is fetched", setup=_SETUP, run=_out, expect=returns(_ALL),
         evidence=_BINDS),
    Case("a block opens a bind, with binds of its own", setup=_SETUP, run=_anonymous,
         expect=returns([(4,)]), evidence=_BINDS),
    Case("a function's result is described", setup=_SETUP, run=_result,
         expect=returns(["NN", "S"]), evidence=_BINDS),
    Case("a cursor that is handed back goes on where the client stands", setup=_SETUP,
         run=_handed_back, expect=returns([_ALL[0], 2, _ALL[2:]]), evidence=_BINDS),
    Case("a client's own query may be handed over", setup=_SETUP, run=_query_handed_over,
         expect=returns(4), evidence=_BINDS),
    Case("what code has closed cannot be fetched", setup=_SETUP, run=_closed_by_code,
         expect=raises(1001), evidence=Manual("PL/SQL Language Reference", "CLOSE Statement")),
    Case("the rows are those of the moment of opening", setup=_SETUP, run=_as_of_the_opening,
         expect=returns(4),
         evidence=Manual("PL/SQL Language Reference", "OPEN FOR Statement")),
    Case("CURSOR expressions give a cursor in each row", setup=_SETUP, run=_nested,
         expect=returns([(1, [("row 1",)]), (2, [("row 2",)])]),
         evidence=Manual("SQL Language Reference", "CURSOR Expressions"), sandbox=missing()),
)  # fmt: skip
