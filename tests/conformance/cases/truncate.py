"""TRUNCATE, RENAME and DROP of tables."""

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "TRUNCATE, RENAME and DROP")

_TRUNCATE = Manual("SQL Language Reference", "TRUNCATE TABLE")
_TABLE = ("create table t (n number)", "insert into t values (1)")

CASES = (
    Case(
        "TRUNCATE commits, and is not undone",
        setup=(*_TABLE, "truncate table t", "rollback"),
        run="select count(*) from t",
        expect=rows((0,)),
        evidence=_TRUNCATE,
    ),
    Case(
        "the options of storage change nothing",
        setup=(*_TABLE, "truncate table t drop storage"),
        run="select count(*) from t",
        expect=rows((0,)),
        evidence=_TRUNCATE,
    ),
    Case(
        "a table that an enabled foreign key refers to",
        setup=(
            "create table a (id number primary key)",
            "create table b (a_id number references a)",
        ),
        run="truncate table a",
        expect=raises(2266),
        evidence=Manual("Database Error Messages", "ORA-02266"),
    ),
    Case(
        "RENAME takes indexes and constraints with it",
        setup=("create table t (n number constraint t_pk primary key)", "rename t to u"),
        run="select table_name, constraint_name from user_constraints",
        expect=rows(("U", "T_PK")),
        evidence=Manual("SQL Language Reference", "RENAME"),
    ),
    Case(
        "a table that a foreign key refers to is not dropped without CASCADE",
        setup=(
            "create table a (id number primary key)",
            "create table b (a_id number references a)",
        ),
        run="drop table a",
        expect=raises(2449),
        evidence=Manual("Database Error Messages", "ORA-02449"),
    ),
    Case(
        "DROP of one that is not there",
        run="drop table nowhere",
        expect=raises(942),
        evidence=Manual("SQL Language Reference", "DROP TABLE"),
    ),
    Case(
        "DROP IF EXISTS",
        run="drop table if exists nowhere",
        then="select 1 from dual",
        expect=rows((1,)),
        evidence=Manual("SQL Language Reference", "DROP TABLE"),
    ),
    Case(
        "a foreign key that is disabled does not keep TRUNCATE back",
        setup=(
            "create table a (id number primary key)",
            "insert into a values (1)",
            "create table b (a_id number constraint b_fk references a)",
            "alter table b disable constraint b_fk",
            "truncate table a",
        ),
        run="select count(*) from a",
        expect=rows((0,)),
        evidence=_TRUNCATE,
    ),
    Case(
        "CASCADE empties those who refer to it by ON DELETE CASCADE",
        setup=(
            "create table a (id number primary key)",
            "insert into a values (1)",
            "create table b (a_id number references a on delete cascade)",
            "insert into b values (1)",
            "truncate table a cascade",
        ),
        run="select count(*) from b",
        expect=rows((0,)),
        evidence=_TRUNCATE,
    ),
    Case(
        "TRUNCATE fires no trigger of DELETE",
        setup=(
            *_TABLE,
            "create trigger tr before delete on t begin raise program_error; end;",
            "truncate table t",
        ),
        run="select count(*) from t",
        expect=rows((0,)),
        evidence=_TRUNCATE,
    ),
)
