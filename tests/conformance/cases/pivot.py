"""PIVOT and UNPIVOT."""

from tests.conformance.record import Case, Feature, Manual, missing, raises, rows, rows_in_any_order

FEATURE = Feature(3, "PIVOT and UNPIVOT")

_PIVOT = Manual("SQL Language Reference", "SELECT, pivot_clause")
_UNPIVOT = Manual("SQL Language Reference", "SELECT, unpivot_clause")
_SALES = (
    "create table sales (region varchar2(5), quarter number, amount number)",
    (
        "insert all into sales values ('N', 1, 10) into sales values ('N', 1, 5)"
        " into sales values ('N', 2, 7) into sales values ('S', 2, 3) select 1 from dual"
    ),
)
_WIDE = (
    "create table wide (id number, q1 number, q2 number, note varchar2(5))",
    (
        "insert all into wide values (1, 10, null, 'x') into wide values (2, 5, 6, 'y')"
        " select 1 from dual"
    ),
)
_NAMES = "select column_name from user_tab_columns where table_name = 'KEPT' order by column_id"

CASES = (
    Case(
        "values become columns, the others group",
        setup=_SALES,
        run="select * from sales pivot (sum(amount) for quarter in (1, 2)) order by region",
        expect=rows(("N", 15, 7), ("S", None, 3)),
        evidence=_PIVOT,
    ),
    Case(
        "of an inline view",
        setup=_SALES,
        run="select * from (select quarter, amount from sales)"
        " pivot (max(amount) for quarter in (1 as first, 2 as second, 3 as third))",
        expect=rows((10, 7, None)),
        evidence=_PIVOT,
    ),
    Case(
        "several aggregates and columns",
        setup=_SALES,
        run="select region, a_total, b_n from (select * from sales)"
        " pivot (sum(amount) as total, count(*) as n for quarter in (1 as a, 2 as b)) p"
        " where p.a_n >= 0 order by region",
        expect=rows(("N", 15, 1), ("S", None, 1)),
        evidence=_PIVOT,
    ),
    Case(
        "headings are the values where there is no alias",
        setup=(
            *_SALES,
            (
                "create table kept as select * from (select quarter, region, amount from sales)"
                " pivot (sum(amount) for region in ('N', 'S' as south))"
            ),
        ),
        run=_NAMES,
        expect=rows(("QUARTER",), ("'N'",), ("SOUTH",)),
        evidence=_PIVOT,
    ),
    Case(
        "by two columns",
        setup=_SALES,
        run="select * from sales pivot (sum(amount) for (region, quarter)"
        " in (('N', 1) as n1, ('S', 2) as s2))",
        expect=rows((15, 3)),
        evidence=_PIVOT,
    ),
    Case(
        "the values are constants",
        setup=_SALES,
        run="select * from sales pivot (sum(amount) for quarter in (select 1 from dual))",
        expect=raises(56901),
        evidence=Manual("Database Error Messages", "ORA-56901"),
    ),
    Case(
        "what it shows is an aggregate",
        setup=_SALES,
        run="select * from sales pivot (nvl(amount, 0) for quarter in (1, 2))",
        expect=raises(56902),
        evidence=Manual("Database Error Messages", "ORA-56902"),
    ),
    Case(
        "PIVOT XML",
        setup=_SALES,
        run="select region from sales pivot xml (sum(amount) for quarter in (any)) order by 1",
        expect=rows(("N",), ("S",)),
        evidence=_PIVOT,
        sandbox=missing("PIVOT XML"),
    ),
    Case(
        "columns become rows, without the NULLs",
        setup=_WIDE,
        run="select * from wide unpivot (amount for quarter in (q1, q2)) order by id, quarter",
        expect=rows((1, "x", "Q1", 10), (2, "y", "Q1", 5), (2, "y", "Q2", 6)),
        evidence=_UNPIVOT,
    ),
    Case(
        "INCLUDE NULLS, and names of one's own",
        setup=_WIDE,
        run="select quarter, amount from wide unpivot include nulls"
        " (amount for quarter in (q1 as 'first', q2 as 'second')) u where u.id = 1",
        expect=rows_in_any_order(("first", 10), ("second", None)),
        evidence=_UNPIVOT,
    ),
    Case(
        "several columns at once",
        setup=_WIDE,
        run="select k, a, b from (select id, q1, q2 from wide)"
        " unpivot ((a, b) for k in ((id, q1) as 1, (id, q2) as 2)) order by k, a",
        expect=rows((1, 1, 10), (1, 2, 5), (2, 1, None), (2, 2, 6)),
        evidence=_UNPIVOT,
    ),
    Case(
        "the columns have one type",
        setup=_WIDE,
        run="select * from wide unpivot (v for k in (q1, note))",
        expect=raises(1790),
        evidence=Manual("Database Error Messages", "ORA-01790"),
    ),
    Case(
        "one after the other",
        setup=_WIDE,
        run="select * from (select id, q1, q2 from wide) unpivot (v for k in (q1, q2))"
        " pivot (sum(v) for k in ('Q2' as two, 'Q1' as one)) order by id",
        expect=rows((1, None, 10), (2, 6, 5)),
        evidence=_PIVOT,
    ),
    Case(
        "in a block",
        setup=_WIDE,
        run="begin for r in (select id, v from (select id, q1, q2 from wide)"
        " unpivot (v for k in (q1, q2))) loop update wide set note = r.v where id = r.id;"
        " end loop; end;",
        then="select note from wide order by id",
        expect=rows(("10",), ("6",)),
        evidence=_UNPIVOT,
    ),
    Case(
        "of a table in a view",
        setup=(*_WIDE, "create view v as select * from wide unpivot (v for k in (q1, q2))"),
        run="select count(*) from v",
        expect=rows((3,)),
        evidence=_UNPIVOT,
        sandbox=missing("select its columns in an inline view"),
    ),
)
