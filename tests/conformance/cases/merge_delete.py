"""MERGE: both branches, their conditions, DELETE, and what it refuses."""

from tests.conformance.record import Case, Feature, Manual, count, raises, rows

FEATURE = Feature(3, "MERGE: conditions and DELETE")

_MERGE = Manual("SQL Language Reference", "MERGE")
_T = (
    "create table t (id number primary key, n number, s varchar2(5))",
    "insert into t values (1, 10, 'old')",
    "insert into t values (2, 20, 'old')",
    "create table src (id number, n number)",
    "insert into src values (2, 25)",
    "insert into src values (3, 30)",
)
_ALL = "select id, n, s from t order by id"
_ON = "merge into t using src s on (t.id = s.id)"

CASES = (
    Case(
        "rows that match are updated, others inserted",
        setup=_T,
        run=f"{_ON} when matched then update set t.n = s.n, t.s = 'upd'"
        " when not matched then insert (id, n, s) values (s.id, s.n, 'ins')",
        then=_ALL,
        expect=rows((1, 10, "old"), (2, 25, "upd"), (3, 30, "ins")),
        evidence=_MERGE,
    ),
    Case(
        "it counts the rows of both branches",
        setup=_T,
        run=f"{_ON} when matched then update set n = s.n"
        " when not matched then insert (id, n) values (s.id, s.n)",
        expect=count(2),
        evidence=_MERGE,
    ),
    Case(
        "DELETE WHERE sees the values after the update",
        setup=_T,
        run=f"{_ON} when matched then update set n = s.n delete where t.n = 25",
        then=_ALL,
        expect=rows((1, 10, "old")),
        evidence=Manual("SQL Language Reference", "MERGE, merge_update_clause"),
    ),
    Case(
        "DELETE WHERE does not look at the values before",
        setup=_T,
        run=f"{_ON} when matched then update set n = s.n delete where t.n = 20",
        then=_ALL,
        expect=rows((1, 10, "old"), (2, 25, "old")),
        evidence=Manual("SQL Language Reference", "MERGE, merge_update_clause"),
    ),
    Case(
        "DELETE WHERE touches updated rows only",
        setup=_T,
        run=f"{_ON} when matched then update set n = s.n where s.n > 100 delete where 1 = 1",
        then=_ALL,
        expect=rows((1, 10, "old"), (2, 20, "old")),
        evidence=Manual("SQL Language Reference", "MERGE, merge_update_clause"),
    ),
    Case(
        "a condition for the update and one for the insert",
        setup=_T,
        run=f"{_ON} when matched then update set n = s.n where s.n < 0"
        " when not matched then insert (id, n) values (s.id, s.n) where s.n = 30",
        then=_ALL,
        expect=rows((1, 10, "old"), (2, 20, "old"), (3, 30, None)),
        evidence=_MERGE,
    ),
    Case(
        "two rows of the source for one of the target",
        setup=(*_T, "insert into src values (2, 26)"),
        run=f"{_ON} when matched then update set n = s.n",
        expect=raises(30926),
        evidence=Manual("Database Error Messages", "ORA-30926"),
    ),
    Case(
        "binds, and dual as the source",
        setup=_T,
        run="merge into t using (select :id id, :n n from dual) s on (t.id = s.id)"
        " when matched then update set n = s.n when not matched then insert (id, n)"
        " values (s.id, s.n)",
        binds={"id": 7, "n": 70},
        then="select n from t where id = 7",
        expect=rows((70,)),
        evidence=_MERGE,
    ),
)
