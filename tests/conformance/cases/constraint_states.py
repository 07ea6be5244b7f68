"""Constraints that are disabled and enabled again, and keys over an index that is there."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, raises, returns, rows

FEATURE = Feature(3, "ENABLE and DISABLE of constraints")

_CLAUSE = Manual("SQL Language Reference", "constraint, Specifying Constraint State")
_ALTER = Manual("SQL Language Reference", "ALTER TABLE, enable_disable_clause")
_TABLES = (
    "create table a (id number constraint a_pk primary key)",
    """create table b (a_id number constraint b_fk references a,
                       n number constraint b_c check (n > 0))""",
)
_STATE = (
    "select constraint_name, status, validated from user_constraints where constraint_name = '{}'"
)


def _enabled(bench: Bench) -> list[object]:
    bench.run("alter table b disable constraint b_fk")
    bench.run("insert into b values (1, 1)")
    refused = bench.code("alter table b enable constraint b_fk")
    bench.run("insert into a values (1)")
    return [
        refused,
        bench.code("alter table b enable constraint b_fk"),
        bench.code("insert into b values (2, 1)"),
    ]


def _novalidate(bench: Bench) -> list[object]:
    bench.run("alter table b disable constraint b_c")
    bench.run("insert into b values (null, -1)")
    bench.run("alter table b modify constraint b_c enable novalidate")
    return [
        bench.rows(_STATE.format("B_C")),
        bench.code("insert into b values (null, -2)"),
        bench.one("select count(*) from b"),
    ]


def _cascade(bench: Bench) -> list[object]:
    refused = bench.code("alter table a disable primary key")
    bench.run("alter table a disable primary key cascade")
    status = "select constraint_name, status from user_constraints order by 1"
    return [refused, bench.rows(status)]


def _duplicates(bench: Bench) -> list[int]:
    bench.run(
        "create table c (n number constraint c_pk primary key, m number constraint c_u unique)"
    )
    bench.run("alter table c disable constraint c_pk")
    bench.run("alter table c modify constraint c_u disable")
    bench.run("insert into c select 1, 1 from dual connect by level <= 2")
    return [
        bench.code("alter table c enable constraint c_pk"),
        bench.code("alter table c enable constraint c_u"),
    ]


CASES = (
    Case(
        "a constraint that is disabled is not looked at",
        setup=(*_TABLES, "alter table b disable constraint b_c"),
        run="insert into b values (null, -1)",
        then="select n from b",
        expect=rows((-1,)),
        evidence=_CLAUSE,
    ),
    Case(
        "USER_CONSTRAINTS shows it, and its columns are still there",
        setup=(*_TABLES, "alter table b disable constraint b_fk"),
        run="""select c.status, c.validated, c.r_constraint_name, k.column_name
               from user_constraints c join user_cons_columns k using (constraint_name)
               where constraint_name = 'B_FK'""",
        expect=rows(("DISABLED", "NOT VALIDATED", "A_PK", "A_ID")),
        evidence=Manual("Database Reference", "ALL_CONSTRAINTS"),
    ),
    Case(
        "ENABLE looks at the rows that are there",
        setup=_TABLES,
        run=_enabled,
        expect=returns([2298, 0, 2291]),
        evidence=_ALTER,
    ),
    Case(
        "ENABLE NOVALIDATE looks at new rows only",
        setup=_TABLES,
        run=_novalidate,
        expect=returns([[("B_C", "ENABLED", "NOT VALIDATED")], 2290, 1]),
        evidence=_CLAUSE,
    ),
    Case(
        "a key that is referred to takes CASCADE, which disables those who refer to it",
        setup=_TABLES,
        run=_cascade,
        expect=returns([2297, [("A_PK", "DISABLED"), ("B_C", "ENABLED"), ("B_FK", "DISABLED")]]),
        evidence=_ALTER,
    ),
    Case(
        "duplicates keep a key from being enabled",
        run=_duplicates,
        expect=returns([2437, 2299]),
        evidence=Manual("Database Error Messages", "ORA-02437"),
    ),
    Case(
        "a constraint that is not there",
        setup=_TABLES,
        run=lambda bench: [
            bench.code("alter table a disable constraint nowhere"),
            bench.code("alter table a enable constraint nowhere"),
        ],
        expect=returns([2431, 2430]),
        evidence=Manual("Database Error Messages", "ORA-02431"),
    ),
    Case(
        "a key uses the unique index of its name",
        setup=(
            "create table c (n number)",
            "create unique index c_pk on c (n)",
            "alter table c add (constraint c_pk primary key (n))",
        ),
        run="select index_name, uniqueness, constraint_index from user_indexes",
        expect=rows(("C_PK", "UNIQUE", "NO")),
        evidence=Manual("SQL Language Reference", "constraint, using_index_clause"),
        sandbox=differs(
            "the index then belongs to the key, and goes with it", rows(("C_PK", "UNIQUE", "YES"))
        ),
    ),
    Case(
        "a disabled constraint can be dropped",
        setup=(
            *_TABLES,
            "alter table b disable constraint b_c",
            "alter table b drop constraint b_c",
        ),
        run="alter table b enable constraint b_c",
        expect=raises(2430),
        evidence=_ALTER,
    ),
)
