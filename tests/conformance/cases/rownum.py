"""ROWNUM: which conditions let rows pass, and when rows are numbered."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, count, returns, rows

FEATURE = Feature(3, "ROWNUM")

_ROWNUM = Manual("SQL Language Reference", "ROWNUM Pseudocolumn")
_T = (
    "create table t (n number, d number)",
    "insert into t select level, mod(level, 2) from dual connect by level <= 6",
)


def _names(bench: Bench) -> list[str]:
    with bench.connection.cursor() as cursor:
        cursor.execute("select t.*, rownum from t")
        return [column[0] for column in cursor.description]


CASES = (
    Case(
        "a limit lets the first rows pass",
        setup=_T,
        run="select count(*) from t where rownum < 4",
        expect=rows((3,)),
        evidence=_ROWNUM,
    ),
    Case(
        "no row has a number greater than one",
        setup=_T,
        run="select n from t where rownum > 1",
        expect=rows(),
        evidence=_ROWNUM,
    ),
    Case(
        "no row is the second",
        setup=_T,
        run="select n from t where rownum = 2",
        expect=rows(),
        evidence=_ROWNUM,
    ),
    Case(
        "a range that begins with one",
        setup=_T,
        run="select count(*) from t where rownum between 1 and 2",
        expect=rows((2,)),
        evidence=_ROWNUM,
    ),
    Case(
        "rows are numbered before they are sorted",
        setup=_T,
        run="select count(*) from (select n from t where rownum <= 2 order by n desc)",
        expect=rows((2,)),
        evidence=_ROWNUM,
    ),
    Case(
        "the top rows of a sorted subquery",
        setup=_T,
        run="select n from (select n from t order by n desc) where rownum <= 2",
        expect=rows((6,), (5,)),
        evidence=_ROWNUM,
    ),
    Case(
        "a page of a sorted subquery",
        setup=_T,
        run="select n from (select q.n, rownum place from (select n from t order by n desc) q"
        " where rownum <= 4) where place >= 3",
        expect=rows((4,), (3,)),
        evidence=_ROWNUM,
    ),
    Case(
        "the limit holds before a join is grouped",
        setup=_T,
        run="select sum(c) from (select a.d, count(*) c from t a, t b where a.n = b.n"
        " and rownum <= 4 group by a.d)",
        expect=rows((4,)),
        evidence=_ROWNUM,
    ),
    Case(
        "UPDATE numbers the rows",
        setup=_T,
        run="update t set d = rownum",
        then="select count(distinct d), min(d), max(d) from t",
        expect=rows((6, 1, 6)),
        evidence=_ROWNUM,
    ),
    Case(
        "DELETE of the first rows",
        setup=_T,
        run="delete from t where rownum <= 2",
        expect=count(2),
        evidence=_ROWNUM,
    ),
    Case(
        "the limit is a bind",
        setup=_T,
        run="select count(*) from t where rownum <= :n",
        binds=(5,),
        expect=rows((5,)),
        evidence=_ROWNUM,
    ),
    Case(
        "its column has its name",
        setup=_T,
        run=_names,
        expect=returns(["N", "D", "ROWNUM"]),
        evidence=_ROWNUM,
    ),
)
