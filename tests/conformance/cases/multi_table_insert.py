"""INSERT ALL and INSERT FIRST."""

from tests.conformance.record import Case, Feature, Manual, count, differs, raises, rows

FEATURE = Feature(3, "INSERT ALL and INSERT FIRST")

_MULTI = Manual("SQL Language Reference", "INSERT, multi_table_insert")
_TABLES = ("create table a (n number)", "create table b (n number, m number)")
_BOTH = "select 'a' t, n from a union all select 'b', n from b order by 1, 2"

CASES = (
    Case(
        "each row into each table",
        setup=_TABLES,
        run="""insert all into a values (n) into b (n, m) values (n, n * 2)
               select level n from dual connect by level <= 2""",
        then=_BOTH,
        expect=rows(("a", 1), ("a", 2), ("b", 1), ("b", 2)),
        evidence=_MULTI,
    ),
    Case(
        "rows of one table by INTO after INTO",
        setup=_TABLES,
        run="insert all into a values (1) into a values (2) select * from dual",
        then="select n from a order by n",
        expect=rows((1,), (2,)),
        evidence=_MULTI,
    ),
    Case(
        "ALL takes every condition that is true",
        setup=_TABLES,
        run="""insert all when n > 1 then into a values (n) when n > 2 then into b values (n, 0)
               select level n from dual connect by level <= 3""",
        then=_BOTH,
        expect=rows(("a", 2), ("a", 3), ("b", 3)),
        evidence=_MULTI,
    ),
    Case(
        "FIRST takes the first, ELSE the rest",
        setup=_TABLES,
        run="""insert first when n = 1 then into a values (n) when n < 3 then into b values (n, 0)
               else into a values (n * 100)
               select level n from dual connect by level <= 3""",
        then=_BOTH,
        expect=rows(("a", 1), ("a", 300), ("b", 2)),
        evidence=_MULTI,
    ),
    Case(
        "it counts all rows",
        setup=_TABLES,
        run="""insert all into a values (n) into b (n) values (n)
               select level n from dual connect by level <= 3""",
        expect=count(6),
        evidence=_MULTI,
    ),
    Case(
        "a row that fails undoes the whole statement",
        setup=(*_TABLES, "alter table b add constraint b_c check (n < 2)"),
        run=lambda bench: bench.code(
            "insert all into a values (n) into b (n) values (n)"
            " select level n from dual connect by level <= 3"
        ),
        then=_BOTH,
        expect=rows(),
        evidence=Manual("Database Concepts", "Statement-Level Rollback"),
    ),
    Case(
        "it wants a query",
        setup=_TABLES,
        run="insert all into a values (1) into b values (1, 2)",
        expect=raises(928),
        evidence=Manual("Database Error Messages", "ORA-00928"),
        sandbox=differs("the error is ORA-00936", raises(936)),
    ),
)
