"""Synonyms."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, raises, returns, rows

FEATURE = Feature(3, "Synonyms")

_CREATE = Manual("SQL Language Reference", "CREATE SYNONYM")
_TABLE = ("create table t (n number)", "create synonym s for t")


def _of_another_user(bench: Bench) -> list[object]:
    other = bench.user("conform_two", "create table")
    other.run("create table theirs (n number)")
    other.run("insert into theirs values (4)")
    other.connection.commit()
    other.run(f"grant select on theirs to {bench.place.user}")
    bench.run("create synonym s for conform_two.theirs")
    return bench.rows("select n from s")


CASES = (
    Case(
        "rows go through it",
        setup=(*_TABLE, "insert into s values (1)", "update s set n = 2"),
        run="select n from t",
        expect=rows((2,)),
        evidence=_CREATE,
    ),
    Case("a table of another user", run=_of_another_user, expect=returns([(4,)]), evidence=_CREATE),
    Case(
        "it may be there before its table",
        setup=("create synonym s for t", "create table t (n number)"),
        run="select count(*) from s",
        expect=rows((0,)),
        evidence=_CREATE,
    ),
    Case(
        "without its table it leads nowhere",
        setup=("create synonym s for nowhere",),
        run="select * from s",
        expect=raises(980),
        evidence=Manual("Database Error Messages", "ORA-00980"),
        sandbox=differs("the error is ORA-00942", raises(942)),
    ),
    Case(
        "a sequence, and code",
        setup=(
            "create sequence q",
            "create synonym s for q",
            "create function f return number is begin return 3; end;",
            "create synonym g for f",
        ),
        run="select s.nextval + g() from dual",
        expect=rows((4,)),
        evidence=_CREATE,
    ),
    Case(
        "USER_SYNONYMS",
        setup=_TABLE,
        run="select synonym_name, table_name from user_synonyms",
        expect=rows(("S", "T")),
        evidence=Manual("Database Reference", "ALL_SYNONYMS"),
    ),
    Case(
        "OR REPLACE points it elsewhere",
        setup=(
            *_TABLE,
            "create table u (m number)",
            "insert into u values (8)",
            "create or replace synonym s for u",
        ),
        run="select m from s",
        expect=rows((8,)),
        evidence=_CREATE,
    ),
    Case(
        "a name that a table has",
        setup=_TABLE,
        run="create synonym t for dual",
        expect=raises(955),
        evidence=Manual("Database Error Messages", "ORA-00955"),
    ),
    Case(
        "DROP of one that is not there",
        run="drop synonym nowhere",
        expect=raises(1434),
        evidence=Manual("Database Error Messages", "ORA-01434"),
    ),
    Case(
        "a view reads by it",
        setup=(*_TABLE, "insert into t values (1)", "create view v as select n from s"),
        run="select n from v",
        expect=rows((1,)),
        evidence=_CREATE,
    ),
    Case(
        "CREATE TABLE AS SELECT reads by it",
        setup=(*_TABLE, "insert into t values (1)", "create table copy as select n from s"),
        run="select n from copy",
        expect=rows((1,)),
        evidence=_CREATE,
    ),
)
