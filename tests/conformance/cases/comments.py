"""COMMENT ON, and the views that show what was said."""

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "Comments on tables and columns")

_COMMENT = Manual("SQL Language Reference", "COMMENT")
_TABLE = ("create table t (n number)", "insert into t values (1)")

CASES = (
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
        "a later one stands in the place of the one before it",
        setup=(*_TABLE, "comment on column t.n is 'first'", "comment on column t.n is 'second'"),
        run="select comments from user_col_comments where table_name = 'T'",
        expect=rows(("second",)),
        evidence=_COMMENT,
    ),
    Case(
        "on a view",
        setup=("create view v as select 1 n from dual", "comment on table v is 'one row'"),
        run="select table_name, table_type, comments from user_tab_comments",
        expect=rows(("V", "VIEW", "one row")),
        evidence=Manual("Database Reference", "ALL_TAB_COMMENTS"),
    ),
    Case(
        "a column without any is there, too",
        setup=("create table t (n number, m number)", "comment on column t.m is 'm'"),
        run="select column_name, comments from user_col_comments order by column_name",
        expect=rows(("M", "m"), ("N", None)),
        evidence=Manual("Database Reference", "ALL_COL_COMMENTS"),
    ),
    Case(
        "on a column that there is not",
        setup=_TABLE,
        run="comment on column t.nothing is 'x'",
        expect=raises(904),
        evidence=Manual("Database Error Messages", "ORA-00904"),
    ),
    Case(
        "it goes with its table",
        setup=(*_TABLE, "comment on table t is 'x'", "drop table t purge", *_TABLE),
        run="select comments from user_tab_comments where table_name = 'T'",
        expect=rows((None,)),
        evidence=_COMMENT,
    ),
)
