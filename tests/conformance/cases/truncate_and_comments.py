"""TRUNCATE, COMMENT, RENAME and DROP of tables."""

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "TRUNCATE, comments, RENAME and DROP")

_TRUNCATE = Manual("SQL Language Reference", "TRUNCATE TABLE")
_COMMENT = Manual("SQL Language Reference", "COMMENT")
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
        "comments on a table and a column",
        setup=(
            *_TABLE,
            "comment on table t is 'what it''s for'",
            "comment on column t.n is 'a number'",
        ),
        run="""select t.comments, c.comments from user_tab_comments t
               join user_col_comments c on c.table_name = t.table_name where t.table_name = 'T'""",
        expect=rows(("what it's for", "a number")),
        evidence=_COMMENT,
    ),
    Case(
        "an empty comment takes it away",
        setup=(*_TABLE, "comment on table t is 'x'", "comment on table t is ''"),
        run="select comments from user_tab_comments where table_name = 'T'",
        expect=rows((None,)),
        evidence=_COMMENT,
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
)
