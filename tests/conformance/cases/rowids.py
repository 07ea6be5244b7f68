"""ROWID."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, missing, raises, returns, rows

FEATURE = Feature(3, "ROWID")

_ROWID = Manual("SQL Language Reference", "ROWID Pseudocolumn")
_TABLE = ("create table t (n number)", "insert into t values (1)", "insert into t values (2)")


def _after_update(bench: Bench) -> list[object]:
    before = bench.one("select rowid from t where n = 1")
    bench.run("update t set n = 10 where n = 1")
    return [bench.rows("select n from t where rowid = :r", before)]


def _by_rowid(bench: Bench) -> list[object]:
    place = bench.one("select rowid from t where n = 2")
    bench.run("delete from t where rowid = :r", place)
    return bench.rows("select n from t")


CASES = (
    Case(
        "each row has one",
        setup=_TABLE,
        run="select count(distinct rowid) from t",
        expect=rows((2,)),
        evidence=_ROWID,
    ),
    Case(
        "a row is found by it",
        setup=_TABLE,
        run=_by_rowid,
        expect=returns([(1,)]),
        evidence=_ROWID,
        sandbox=missing("not a ROWID"),
    ),
    Case(
        "an update keeps it",
        setup=_TABLE,
        run=_after_update,
        expect=returns([[(10,)]]),
        evidence=Manual("Database Concepts", "Rowid Data Types"),
        sandbox=missing("not a ROWID"),
    ),
    Case(
        "duplicates are deleted by it",
        setup=(*_TABLE, "insert into t values (2)"),
        run="delete from t a where rowid > (select min(rowid) from t b where b.n = a.n)",
        then="select n from t order by n",
        expect=rows((1,), (2,)),
        evidence=_ROWID,
    ),
    Case(
        "a text that is none",
        setup=_TABLE,
        run="select n from t where rowid = 'nonsense'",
        expect=raises(1410),
        evidence=Manual("Database Error Messages", "ORA-01410"),
        sandbox=differs("the error is ORA-00932", raises(932)),
    ),
    Case(
        "a group has none",
        setup=_TABLE,
        run="select rowid from (select n from t group by n)",
        expect=raises(1446),
        evidence=Manual("Database Error Messages", "ORA-01446"),
        sandbox=differs("the error is ORA-00904", raises(904)),
    ),
)
