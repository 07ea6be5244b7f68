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


def _before_and_after(bench: Bench) -> bool:
    before = bench.one("select rowid from t where n = 1")
    bench.run("update t set n = 10 where n = 1")
    return bool(before == bench.one("select rowid from t where n = 10"))


def _listed(bench: Bench) -> list[object]:
    places = [row[0] for row in bench.rows("select rowid from t")]
    return bench.rows("select n from t where rowid in (:1, :2) order by n", *places)


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
    ),
    Case(
        "a row that was updated is found by it",
        setup=_TABLE,
        run=_after_update,
        expect=returns([[(10,)]]),
        evidence=Manual("Database Concepts", "Rowid Data Types"),
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
    ),
    Case(
        "a group has none",
        setup=_TABLE,
        run="select rowid from (select n from t group by n)",
        expect=raises(1446),
        evidence=Manual("Database Error Messages", "ORA-01446"),
    ),
    Case(
        "an update keeps it",
        setup=_TABLE,
        run=_before_and_after,
        expect=returns(True),
        evidence=Manual("Database Concepts", "Rowid Data Types"),
        sandbox=differs("it is another one then; the row is found by either", returns(False)),
    ),
    Case(
        "a list of them finds rows",
        setup=_TABLE,
        run=_listed,
        expect=returns([(1,), (2,)]),
        evidence=_ROWID,
    ),
    Case(
        "it has 18 characters",
        setup=_TABLE,
        run="select length(rowidtochar(rowid)), length(min(rowid) over ()) from t where n = 1",
        expect=rows((18, 18)),
        evidence=Manual("SQL Language Reference", "ROWIDTOCHAR"),
    ),
    Case(
        "CHARTOROWID makes one of a text",
        setup=_TABLE,
        run="select b.n from t a, t b where b.rowid = chartorowid(a.rowid || '') and a.n = 2",
        expect=rows((2,)),
        evidence=Manual("SQL Language Reference", "CHARTOROWID"),
    ),
    Case(
        "MERGE joins rows by it",
        setup=_TABLE,
        run="merge into t using (select rowid rid, n + 5 m from t) s on (t.rowid = s.rid)"
        " when matched then update set n = s.m",
        then="select n from t order by n",
        expect=rows((6,), (7,)),
        evidence=_ROWID,
    ),
    Case(
        "a column keeps them",
        setup=(*_TABLE, "create table wrong (place rowid)"),
        run="insert into wrong select rowid from t where n > 1",
        then="select n from t, wrong where t.rowid = place",
        expect=rows((2,)),
        evidence=Manual("SQL Language Reference", "Rowid Data Types"),
    ),
    Case(
        "a block changes a row by it, twice",
        setup=_TABLE,
        run="begin for r in (select rowid place from t) loop"
        " update t set n = n + 1 where rowid = r.place;"
        " update t set n = n * 10 where rowid = r.place; end loop; end;",
        then="select n from t order by n",
        expect=rows((20,), (30,)),
        evidence=_ROWID,
    ),
    Case(
        "an inline view passes it on",
        setup=_TABLE,
        run="select count(rowid) from (select rowid, n from t where n > 1)",
        expect=rows((1,)),
        evidence=_ROWID,
    ),
    Case(
        "an inline view has that of its rows",
        setup=_TABLE,
        run="select count(rowid) from (select n from t where n > 1)",
        expect=rows((1,)),
        evidence=Manual("Database Error Messages", "ORA-01446"),
        sandbox=missing("ROWID of an inline view"),
    ),
    Case(
        "of two tables it must be told which",
        setup=_TABLE,
        run="select rowid from t a, t b",
        expect=raises(918),
        evidence=Manual("Database Error Messages", "ORA-00918"),
    ),
)
