"""COMMIT, ROLLBACK, savepoints, and what an error leaves of a statement."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, raises, returns, rows

FEATURE = Feature(1, "Transactions and statement-level rollback")

_TABLE = ("create table t (n number primary key)",)
_ROLLBACK = Manual("Database Concepts", "Statement-Level Rollback")


def _seen_by_another(bench: Bench) -> list[int]:
    other = bench.another()
    bench.run("insert into t values (1)")
    before = other.one("select count(*) from t")
    bench.connection.commit()
    return [before, other.one("select count(*) from t")]


CASES = (
    Case(
        "a statement that fails in its second row changes nothing",
        setup=(*_TABLE, "insert into t values (2)", "insert into t values (3)"),
        run=lambda bench: bench.code("update t set n = 5"),
        then="select n from t order by n",
        expect=rows((2,), (3,)),
        evidence=_ROLLBACK,
    ),
    Case(
        "the work before a failing statement stays",
        setup=(*_TABLE, "insert into t values (1)"),
        run=lambda bench: bench.code("insert into t values (1)"),
        then="select n from t",
        expect=rows((1,)),
        evidence=_ROLLBACK,
    ),
    Case(
        "other sessions see work from its COMMIT on",
        setup=_TABLE,
        run=_seen_by_another,
        expect=returns([0, 1]),
        evidence=Manual("Database Concepts", "Multiversion Read Consistency"),
    ),
    Case(
        "ROLLBACK TO undoes what came after the savepoint",
        setup=(
            *_TABLE,
            "insert into t values (1)",
            "savepoint a",
            "insert into t values (2)",
            "rollback to savepoint a",
        ),
        run="select n from t",
        expect=rows((1,)),
        evidence=Manual("SQL Language Reference", "ROLLBACK"),
    ),
    Case(
        "a savepoint that was never set",
        run="rollback to savepoint nowhere",
        expect=raises(1086),
        evidence=Manual("Database Error Messages", "ORA-01086"),
    ),
    Case(
        "a DDL statement commits what came before it",
        setup=(*_TABLE, "insert into t values (1)", "create table other (n number)", "rollback"),
        run="select n from t",
        expect=rows((1,)),
        evidence=Manual("Database Concepts", "Data Definition Language (DDL) Statements"),
    ),
)
