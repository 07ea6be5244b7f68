"""DEFAULT and DEFAULT ON NULL."""

from tests.conformance.record import Case, Feature, Manual, missing, raises, rows

FEATURE = Feature(3, "Column defaults")

_DEFAULT = Manual("SQL Language Reference", "CREATE TABLE, DEFAULT")

CASES = (
    Case(
        "a column's DEFAULT stands for what is left out, not for NULL",
        setup=(
            "create table t (a number, b number default 7)",
            "insert into t (a) values (1)",
        ),
        run="insert into t values (2, null)",
        then="select a, b from t order by a",
        expect=rows((1, 7), (2, None)),
        evidence=_DEFAULT,
    ),
    Case(
        "DEFAULT ON NULL stands for NULL, too",
        setup=("create table t (a number, b number default on null 7)",),
        run="insert into t values (2, null)",
        then="select b from t",
        expect=rows((7,)),
        evidence=_DEFAULT,
    ),
    Case(
        "UPDATE to DEFAULT",
        setup=("create table t (a number, b number default 7)", "insert into t values (1, 2)"),
        run="update t set b = default",
        then="select b from t",
        expect=rows((7,)),
        evidence=Manual("SQL Language Reference", "UPDATE, update_set_clause"),
    ),
    Case(
        "a default may be an expression of functions",
        setup=("create table t (a number, b varchar2(30) default lower(user) || '-' || 1)",),
        run="insert into t (a) values (1)",
        then="select count(*) from t where b = lower(user) || '-1'",
        expect=rows((1,)),
        evidence=_DEFAULT,
    ),
    Case(
        "the word DEFAULT stands for a column that has none, too, and is NULL",
        setup=("create table t (a number, b number default 7)",),
        run="insert into t values (default, default)",
        then="select a, b from t",
        expect=rows((None, 7)),
        evidence=Manual("SQL Language Reference", "INSERT, values_clause"),
    ),
    Case(
        "MODIFY changes it for rows to come only",
        setup=(
            "create table t (a number, b number default 7)",
            "insert into t (a) values (1)",
            "alter table t modify (b default 8)",
            "insert into t (a) values (2)",
        ),
        run="select a, b from t order by a",
        expect=rows((1, 7), (2, 8)),
        evidence=Manual("SQL Language Reference", "ALTER TABLE, modify_column_clauses"),
    ),
    Case(
        "DEFAULT NULL takes it away",
        setup=(
            "create table t (a number, b number default 7)",
            "alter table t modify (b default null)",
        ),
        run="insert into t (a) values (1)",
        then="select b from t",
        expect=rows((None,)),
        evidence=Manual("SQL Language Reference", "ALTER TABLE, modify_column_clauses"),
    ),
    Case(
        "a column that is added fills the rows that are there with its default",
        setup=("create table t (a number)", "insert into t values (1)"),
        run="alter table t add (b number default 7 not null)",
        then="select a, b from t",
        expect=rows((1, 7)),
        evidence=Manual("SQL Language Reference", "ALTER TABLE, add_column_clause"),
    ),
    Case(
        "a default may not refer to a column",
        run="create table t (a number, b number default a)",
        expect=raises(984),
        evidence=_DEFAULT,
        sandbox=missing("column reference in DEFAULT"),
    ),
)
