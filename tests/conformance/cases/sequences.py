"""Sequences: NEXTVAL and CURRVAL."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, raises, returns, rows

FEATURE = Feature(3, "Sequences")

_PSEUDO = Manual("SQL Language Reference", "Sequence Pseudocolumns")
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
            "create sequence s start with 2 maxvalue 2",
            "declare n number; begin select s.nextval into n from dual; end;",
        ),
        run="select s.nextval from dual",
        expect=raises(8004),
        evidence=Manual("Database Error Messages", "ORA-08004"),
    ),
    Case(
        "CYCLE begins at its lowest",
        setup=(
            "create sequence s start with 2 minvalue 1 maxvalue 2 cycle nocache",
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
            "declare n number; begin n := s.nextval + s.currval; :o := n; end;", int
        ),
        expect=returns(2),
        evidence=Manual("PL/SQL Language Reference", "CURRVAL and NEXTVAL in PL/SQL"),
    ),
    Case(
        "not in a condition",
        setup=("create sequence s",),
        run="select 1 from dual where s.nextval = 1",
        expect=raises(2287),
        evidence=Manual("Database Error Messages", "ORA-02287"),
    ),
)
