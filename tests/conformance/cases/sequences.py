"""Sequences: NEXTVAL and CURRVAL."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, missing, raises, returns, rows

FEATURE = Feature(3, "Sequences")

_PSEUDO = Manual("SQL Language Reference", "Sequence Pseudocolumns")
_USE = Manual("SQL Language Reference", "Sequence Pseudocolumns, How to Use Sequence Values")
_CREATE = Manual("SQL Language Reference", "CREATE SEQUENCE")


def _two_sessions(bench: Bench) -> list[int]:
    other = bench.another()
    ask = "select s.nextval from dual"
    return [bench.one(ask), other.one(ask), bench.one("select s.currval from dual")]


CASES = (
    Case(
        "each row of a query its own number",
        setup=("create sequence s start with 5 increment by 2",),
        run="select s.nextval, level from dual connect by level <= 3",
        expect=rows((5, 1), (7, 2), (9, 3)),
        evidence=_PSEUDO,
    ),
    Case(
        "twice in a row it is the same",
        setup=("create sequence s",),
        run="select s.nextval, s.nextval, s.currval from dual",
        expect=rows((1, 1, 1)),
        evidence=_PSEUDO,
    ),
    Case(
        "CURRVAL before NEXTVAL",
        setup=("create sequence s",),
        run="select s.currval from dual",
        expect=raises(8002),
        evidence=Manual("Database Error Messages", "ORA-08002"),
    ),
    Case(
        "CURRVAL is the session's own",
        setup=("create sequence s",),
        run=_two_sessions,
        expect=returns([1, 2, 1]),
        evidence=_PSEUDO,
    ),
    Case(
        "a rollback does not give a number back",
        setup=(
            "create sequence s",
            "create table t (n number)",
            "insert into t values (s.nextval)",
            "rollback",
        ),
        run="select s.nextval from dual",
        expect=rows((2,)),
        evidence=_CREATE,
    ),
    Case(
        "behind its end",
        setup=(
            "create sequence s start with 3 maxvalue 3",
            "declare n number; begin select s.nextval into n from dual; end;",
        ),
        run="select s.nextval from dual",
        expect=raises(8004),
        evidence=Manual("Database Error Messages", "ORA-08004"),
    ),
    Case(
        "CYCLE begins at its lowest",
        setup=(
            "create sequence s start with 3 minvalue 1 maxvalue 3 cycle nocache",
            "declare n number; begin select s.nextval into n from dual; end;",
        ),
        run="select s.nextval from dual",
        expect=rows((1,)),
        evidence=_CREATE,
    ),
    Case(
        "downwards",
        setup=("create sequence s start with -1 increment by -2",),
        run="select s.nextval from dual connect by level <= 2",
        expect=rows((-1,), (-3,)),
        evidence=_CREATE,
    ),
    Case(
        "as a column's default",
        setup=(
            "create sequence s start with 7",
            "create table t (id number default s.nextval, n number)",
            "insert into t (n) values (1)",
        ),
        run="select id from t",
        expect=rows((7,)),
        evidence=Manual("SQL Language Reference", "CREATE TABLE, DEFAULT"),
    ),
    Case(
        "in a PL/SQL expression",
        setup=("create sequence s",),
        run=lambda bench: bench.out(
            "declare n number; begin n := s.nextval * 10; :o := n + s.currval; end;", int
        ),
        expect=returns(11),
        evidence=Manual("PL/SQL Language Reference", "CURRVAL and NEXTVAL in PL/SQL"),
    ),
    Case(
        "not in a condition",
        setup=("create sequence s",),
        run="select 1 from dual where s.nextval = 1",
        expect=raises(2287),
        evidence=Manual("Database Error Messages", "ORA-02287"),
    ),
    Case(
        "in the values of an INSERT, too, in any order",
        setup=("create sequence s", "create table t (b number, a number)"),
        run="insert into t (a, b) values (s.currval, s.nextval)",
        then="select a, b from t",
        expect=rows((1, 1)),
        evidence=_USE,
    ),
    Case(
        "a sequence that there is not",
        run="select nowhere.nextval from dual",
        expect=raises(2289),
        evidence=Manual("Database Error Messages", "ORA-02289"),
    ),
    Case(
        "a limit below the beginning",
        run="create sequence s start with 5 maxvalue 3",
        expect=raises(4008),
        evidence=Manual("Database Error Messages", "ORA-04008"),
    ),
    Case(
        "ALTER SEQUENCE changes the step",
        setup=(
            "create sequence s start with 10 increment by 5 nocache",
            "select s.nextval from dual",
            "alter sequence s increment by 100",
        ),
        run="select s.nextval from dual",
        expect=rows((110,)),
        evidence=Manual("SQL Language Reference", "ALTER SEQUENCE"),
    ),
    Case(
        "MERGE takes a number for each row that it updates, too",
        setup=(
            "create sequence s",
            "create table t (id number, v number)",
            "insert into t values (1, 0)",
            (
                "merge into t using (select level as id from dual connect by level <= 2) q"
                " on (t.id = q.id) when matched then update set v = 5"
                " when not matched then insert values (q.id, s.nextval)"
            ),
        ),
        run="select s.nextval from dual",
        expect=rows((3,)),
        evidence=_USE,
        sandbox=differs("only inserted rows take one", rows((2,))),
    ),
    Case(
        "a row of INSERT ALL has one number for all its branches",
        setup=("create sequence s", "create table t (a number)", "create table u (b number)"),
        run="insert all into t values (s.nextval) into u values (s.nextval)"
        " select level from dual connect by level <= 2",
        then="select a from t intersect select b from u order by 1",
        expect=rows((1,), (2,)),
        evidence=_USE,
        sandbox=missing("one sequence several times"),
    ),
)
