"""Joins: (+), ANSI, USING, NATURAL."""

from tests.conformance.record import (
    Case,
    Feature,
    Manual,
    differs,
    raises,
    rows,
    rows_in_any_order,
)

FEATURE = Feature(3, "Joins, and outer joins with (+)")

_JOINS = Manual("SQL Language Reference", "Outer Joins")
_TABLES = (
    "create table a (id number, name varchar2(9))",
    "create table b (a_id number, v number)",
    "insert into a select level, 'n' || level from dual connect by level <= 3",
    "insert into b values (1, 10)",
    "insert into b values (3, 30)",
    "insert into b values (9, 90)",
)

CASES = (
    Case(
        "(+) keeps the rows of the other table",
        setup=_TABLES,
        run="select a.id, b.v from a, b where a.id = b.a_id (+) order by a.id",
        expect=rows((1, 10), (2, None), (3, 30)),
        evidence=_JOINS,
    ),
    Case(
        "a condition with (+) belongs to the join, one without to the result",
        setup=_TABLES,
        run="""select a.id, b.v from a, b
               where a.id = b.a_id (+) and b.v (+) > 10 and a.id < 3 order by a.id""",
        expect=rows((1, None), (2, None)),
        evidence=_JOINS,
    ),
    Case(
        "it can stand on the left",
        setup=_TABLES,
        run="select a.id, b.v from a, b where a.id (+) = b.a_id order by b.v",
        expect=rows((1, 10), (3, 30), (None, 90)),
        evidence=_JOINS,
    ),
    Case(
        "it cannot stand on both sides",
        setup=_TABLES,
        run="select a.id from a, b where a.id (+) = b.a_id (+)",
        expect=raises(1468),
        evidence=Manual("Database Error Messages", "ORA-01468"),
    ),
    Case(
        "it does not go with OR",
        setup=_TABLES,
        run="select a.id from a, b where a.id = b.a_id (+) or b.v (+) = 1",
        expect=raises(1719),
        evidence=Manual("Database Error Messages", "ORA-01719"),
    ),
    Case(
        "FULL OUTER JOIN",
        setup=_TABLES,
        run="select a.id, b.v from a full outer join b on a.id = b.a_id order by a.id, b.v",
        expect=rows((1, 10), (2, None), (3, 30), (None, 90)),
        evidence=_JOINS,
    ),
    Case(
        "a column of USING has no table's name",
        setup=_TABLES,
        run="select a.id from a join (select a_id id, v from b) b using (id)",
        expect=raises(25154),
        evidence=Manual("Database Error Messages", "ORA-25154"),
        sandbox=differs("it may have one", rows_in_any_order((1,), (3,))),
    ),
    Case(
        "a name that two tables have",
        setup=_TABLES,
        run="select id from a x, a y",
        expect=raises(918),
        evidence=Manual("Database Error Messages", "ORA-00918"),
    ),
)
