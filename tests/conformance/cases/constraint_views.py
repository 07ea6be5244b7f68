"""USER_ and ALL_ CONSTRAINTS and CONS_COLUMNS."""

from tests.conformance.record import Case, Feature, Manual, rows

FEATURE = Feature(1, "USER_ / ALL_ CONSTRAINTS and CONS_COLUMNS")

_CONSTRAINTS = Manual("Database Reference", "ALL_CONSTRAINTS")
_TABLES = (
    "create table a (id number constraint a_pk primary key, m varchar2(9) constraint a_u unique)",
    """create table b (id number constraint b_n not null,
         a_id number constraint b_fk references a on delete cascade,
         n number constraint b_c check (n > 0),
         constraint b_pk primary key (id, a_id))""",
)

CASES = (
    Case(
        "a letter for each kind",
        setup=_TABLES,
        run="select constraint_name, constraint_type from user_constraints order by 1",
        expect=rows(
            ("A_PK", "P"), ("A_U", "U"), ("B_C", "C"), ("B_FK", "R"), ("B_N", "C"), ("B_PK", "P")
        ),
        evidence=_CONSTRAINTS,
    ),
    Case(
        "a foreign key names the key that it refers to, and its rule",
        setup=_TABLES,
        run="""select table_name, r_constraint_name, delete_rule from user_constraints
               where constraint_name = 'B_FK'""",
        expect=rows(("B", "A_PK", "CASCADE")),
        evidence=_CONSTRAINTS,
    ),
    Case(
        "columns in their order",
        setup=_TABLES,
        run="""select column_name, position from user_cons_columns
               where constraint_name = 'B_PK' order by position""",
        expect=rows(("ID", 1), ("A_ID", 2)),
        evidence=Manual("Database Reference", "ALL_CONS_COLUMNS"),
    ),
    Case(
        "a name that nobody gave is the system's",
        setup=("create table a (n number check (n > 0))",),
        run="""select count(*) from user_constraints
               where constraint_name like 'SYS\\_C%' escape '\\'""",
        expect=rows((1,)),
        evidence=Manual("SQL Language Reference", "constraint"),
    ),
    Case(
        "enabled and validated",
        setup=_TABLES,
        run="select distinct status, validated, deferrable, deferred from user_constraints",
        expect=rows(("ENABLED", "VALIDATED", "NOT DEFERRABLE", "IMMEDIATE")),
        evidence=_CONSTRAINTS,
    ),
    Case(
        "a constraint that was dropped is gone",
        setup=(*_TABLES, "alter table b drop constraint b_c"),
        run="select count(*) from user_constraints where constraint_name = 'B_C'",
        expect=rows((0,)),
        evidence=Manual("SQL Language Reference", "ALTER TABLE"),
    ),
    Case(
        "a table's constraints go with it",
        setup=(*_TABLES, "drop table b purge"),
        run="select constraint_name from user_constraints order by 1",
        expect=rows(("A_PK",), ("A_U",)),
        evidence=Manual("SQL Language Reference", "DROP TABLE"),
    ),
)
