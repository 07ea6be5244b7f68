"""Views, and what becomes of them when what they read goes or changes."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, missing, raises, returns, rows

FEATURE = Feature(3, "Views")

_CREATE = Manual("SQL Language Reference", "CREATE VIEW")
_DROP = Manual("SQL Language Reference", "DROP TABLE")
_INVALID = Manual("Database Development Guide", "Invalidation of Dependent Objects")
_TABLE = ("create table t (n number(5), s varchar2(10))", "insert into t values (1, 'one')")
_VIEW = (*_TABLE, "create view v as select n, s from t")
_CALLS = Manual("PL/SQL Language Reference", "PL/SQL Functions that SQL Statements Can Invoke")
_FUNCTION = "create function twice (a number) return number is begin return a * 2; end;"
_STATES = "select object_name, status from user_objects where object_type = 'VIEW' order by 1"


def _swapped(bench: Bench) -> list[object]:
    bench.run("rename t to t_old")
    bench.run("rename t_new to t")
    return bench.rows("select n from v")


CASES = (
    Case(
        "DROP TABLE leaves a view with errors",
        setup=(*_VIEW, "drop table t"),
        run="select * from v",
        expect=raises(4063, "has errors"),
        evidence=_DROP,
    ),
    Case(
        "it is INVALID then",
        setup=(*_VIEW, "drop table t"),
        run=_STATES,
        expect=rows(("V", "INVALID")),
        evidence=_INVALID,
    ),
    Case(
        "and so is one above it",
        setup=(*_VIEW, "create view w as select n from v", "drop table t"),
        run=_STATES,
        expect=rows(("V", "INVALID"), ("W", "INVALID")),
        evidence=_INVALID,
        sandbox=differs("it stays VALID, and has errors", rows(("V", "INVALID"), ("W", "VALID"))),
    ),
    Case(
        "it reads the next table of that name",
        setup=(
            *_VIEW,
            "drop table t",
            "create table t (s varchar2(30), n number, more date)",
            "insert into t (n, s) values (2, 'two')",
        ),
        run="select n, s from v",
        expect=rows((2, "two")),
        evidence=_INVALID,
    ),
    Case(
        "so does one above it",
        setup=(
            *_VIEW,
            "create view w as select n + 1 m from v",
            "drop table t cascade constraints",
            "create table t (s varchar2(30), n number)",
            "insert into t (n) values (2)",
        ),
        run="select m from w",
        expect=rows((3,)),
        evidence=_INVALID,
    ),
    Case(
        "RENAME does not take views along",
        setup=(*_VIEW, "create table t_new (n number, s varchar2(10))"),
        run=_swapped,
        expect=returns([]),
        evidence=Manual("SQL Language Reference", "RENAME"),
    ),
    Case(
        "a column that it reads is dropped",
        setup=(*_VIEW, "alter table t drop column s"),
        run="select n from v",
        expect=raises(4063),
        evidence=_INVALID,
    ),
    Case(
        "a column that it reads gets longer",
        setup=(
            *_VIEW,
            "alter table t modify s varchar2(50)",
            "insert into t values (2, rpad('x', 40))",
        ),
        run="select n, length(s) from v order by n",
        expect=rows((1, 3), (2, 40)),
        evidence=_INVALID,
    ),
    Case(
        "a new column is not in a view of all",
        setup=(*_TABLE, "create view v as select * from t", "alter table t add more number"),
        run="select * from v",
        expect=rows((1, "one")),
        evidence=_CREATE,
    ),
    Case(
        "CREATE OR REPLACE beneath another one",
        setup=(
            *_VIEW,
            "create view w as select n from v",
            "create or replace view v as select 'x' s, n * 10 n from t",
        ),
        run="select n from w",
        expect=rows((10,)),
        evidence=_CREATE,
    ),
    Case(
        "a comment outlives the table",
        setup=(*_VIEW, "comment on table v is 'mine'", "drop table t", _TABLE[0]),
        run="select comments from user_tab_comments where table_name = 'V'",
        expect=rows(("mine",)),
        evidence=_DROP,
    ),
    Case(
        "rows are changed through it",
        setup=_VIEW,
        run="update v set s = 'uno' where n = 1",
        then="select s from t",
        expect=rows(("uno",)),
        evidence=Manual("SQL Language Reference", "UPDATE"),
    ),
    Case(
        "WITH READ ONLY refuses that",
        setup=(*_TABLE, "create view v as select * from t with read only"),
        run="delete from v where n = 7",
        expect=raises(42399),
        evidence=_CREATE,
    ),
    Case(
        "WITH CHECK OPTION refuses a row that it would not show",
        setup=(*_TABLE, "create view v as select * from t where n > 0 with check option"),
        run="insert into v values (0, 'zero')",
        expect=raises(1402),
        evidence=_CREATE,
    ),
    Case(
        "USER_VIEWS has the query as it was written",
        setup=(*_TABLE, "create view v as select  n  from t -- all of them"),
        run="select text_vc, text_length, read_only from user_views",
        expect=rows(("select  n  from t -- all of them", 32, "N")),
        evidence=Manual("Database Reference", "ALL_VIEWS"),
    ),
    Case(
        "FORCE makes one before its table",
        setup=("create or replace force view v as select n from t", *_TABLE),
        run="select n from v",
        expect=rows((1,)),
        evidence=_CREATE,
        sandbox=missing("CREATE FORCE VIEW"),
    ),
    Case(
        "an expression without alias",
        setup=_TABLE,
        run="create view v as select n + 1 from t",
        expect=raises(998),
        evidence=Manual("Database Error Messages", "ORA-00998"),
    ),
    Case(
        "a stored function on columns",
        setup=(*_TABLE, _FUNCTION, "create view v as select n, twice(n + 1) m from t"),
        run="select m from v where m > n",
        expect=rows((4,)),
        evidence=_CALLS,
    ),
    Case(
        "a view above one with a stored function",
        setup=(
            *_TABLE,
            _FUNCTION,
            "create view v as select n, twice(n) m from t",
            "create view w as select sum(m) total from v",
        ),
        run="begin for r in (select total from w) loop update t set n = r.total; end loop; end;",
        then="select n, m from v",
        expect=rows((2, 4)),
        evidence=_CALLS,
    ),
    Case(
        "rows are inserted from one with a stored function",
        setup=(*_TABLE, _FUNCTION, "create view v as select twice(n) m, s from t"),
        run="insert into t select m, s from v",
        then="select n from t order by n",
        expect=rows((1,), (2,)),
        evidence=_CALLS,
    ),
    Case(
        "its function is dropped",
        setup=(
            *_TABLE,
            _FUNCTION,
            "create view v as select twice(n) m from t",
            "drop function twice",
        ),
        run="select m from v",
        expect=raises(4063),
        evidence=_INVALID,
    ),
    Case(
        "a stored function on a constant",
        setup=(*_TABLE, _FUNCTION, "create view v as select twice(4) m from t"),
        run="select m from v",
        expect=rows((8,)),
        evidence=_CALLS,
        sandbox=missing("whose arguments are no columns"),
    ),
)
