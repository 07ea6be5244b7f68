"""WITH that refers to itself: rows, order, cycles, and the errors of its definition."""

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "WITH, plain and recursive")

_WITH = Manual("SQL Language Reference", "SELECT, subquery_factoring_clause")
_CYCLE = Manual("SQL Language Reference", "SELECT, cycle_clause")
_PARTS = (
    "create table parts (part varchar2(5), inside varchar2(5), pieces number(3))",
    "insert into parts values ('CAR', null, 1)",
    "insert into parts values ('WHEEL', 'CAR', 4)",
    "insert into parts values ('DOOR', 'CAR', 2)",
    "insert into parts values ('BOLT', 'WHEEL', 5)",
)
_TREE = (
    "with tree (part, pieces) as (select part, pieces from parts where inside is null union all"
    " select p.part, p.pieces * t.pieces from parts p join tree t on p.inside = t.part)"
)

CASES = (
    Case(
        "one query uses the one before it",
        run="with a as (select 2 n from dual), b as (select n * 3 n from a) select n from b",
        expect=rows((6,)),
        evidence=_WITH,
    ),
    Case(
        "numbers up to a limit",
        run="with r (n) as (select 1 from dual union all select n + 1 from r where n < 4)"
        " select n from r order by n",
        expect=rows((1,), (2,), (3,), (4,)),
        evidence=_WITH,
    ),
    Case(
        "the recursive branch joins the rows found so far",
        setup=_PARTS,
        run=f"{_TREE} select part, pieces from tree order by part",
        expect=rows(("BOLT", 20), ("CAR", 1), ("DOOR", 2), ("WHEEL", 4)),
        evidence=_WITH,
    ),
    Case(
        "SEARCH DEPTH FIRST numbers children before siblings",
        setup=_PARTS,
        run=f"{_TREE} search depth first by part set place select place, part from tree"
        " order by place",
        expect=rows((1, "CAR"), (2, "DOOR"), (3, "WHEEL"), (4, "BOLT")),
        evidence=Manual("SQL Language Reference", "SELECT, search_clause"),
    ),
    Case(
        "SEARCH BREADTH FIRST numbers siblings before children",
        setup=(*_PARTS, "insert into parts values ('GLASS', 'DOOR', 1)"),
        run=f"{_TREE} search breadth first by part set place select part from tree order by place",
        expect=rows(("CAR",), ("DOOR",), ("WHEEL",), ("BOLT",), ("GLASS",)),
        evidence=Manual("SQL Language Reference", "SELECT, search_clause"),
    ),
    Case(
        "a cycle without CYCLE",
        run="with r (n) as (select 1 from dual union all select mod(n, 3) + 1 from r)"
        " select n from r",
        expect=raises(32044),
        evidence=Manual("Database Error Messages", "ORA-32044"),
    ),
    Case(
        "CYCLE marks the row that was there before and goes on no further",
        run="with r (n) as (select 1 from dual union all select mod(n, 3) + 1 from r)"
        " cycle n set again to 'Y' default 'N' select n, again from r",
        expect=rows((1, "N"), (2, "N"), (3, "N"), (1, "Y")),
        evidence=_CYCLE,
    ),
    Case(
        "a recursive query names its columns",
        run="with r as (select 1 n from dual union all select n + 1 from r where n < 3)"
        " select n from r",
        expect=raises(32039),
        evidence=Manual("Database Error Messages", "ORA-32039"),
    ),
    Case(
        "the branches are joined by UNION ALL",
        run="with r (n) as (select 1 from dual union select n + 1 from r where n < 3)"
        " select n from r",
        expect=raises(32040),
        evidence=Manual("Database Error Messages", "ORA-32040"),
    ),
    Case(
        "an INSERT takes its rows from a recursive query",
        setup=("create table t (n number)",),
        run="insert into t with r (n) as (select 1 from dual union all select n + 1 from r"
        " where n < 5) select n from r",
        then="select count(*), max(n) from t",
        expect=rows((5, 5)),
        evidence=_WITH,
    ),
)
