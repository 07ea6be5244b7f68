"""Global temporary tables, and private ones."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, missing, raises, returns, rows

FEATURE = Feature(3, "Temporary tables")

_GLOBAL = Manual("SQL Language Reference", "CREATE TABLE, GLOBAL TEMPORARY")
_PRIVATE_MANUAL = Manual("SQL Language Reference", "CREATE TABLE, PRIVATE TEMPORARY")
_PRIVATE = "create private temporary table ora$ptt_t"
_DELETES = "create global temporary table t (n number) on commit delete rows"
_PRESERVES = "create global temporary table t (n number) on commit preserve rows"


def _two_sessions(bench: Bench) -> list[object]:
    bench.run(_PRESERVES)
    other = bench.another()
    bench.run("insert into t values (1)")
    bench.connection.commit()
    other.run("insert into t values (2)")
    return [bench.rows("select n from t"), other.rows("select n from t")]


def _new_session(bench: Bench) -> int:
    bench.run(_PRESERVES)
    other = bench.another()
    other.run("insert into t values (2)")
    other.connection.commit()
    other.connection.close()
    return bench.another().one("select count(*) from t")


def _private_without_commit(bench: Bench) -> int:
    bench.run(f"{_PRIVATE} (n number) on commit preserve definition")
    bench.connection.rollback()
    return bench.one("select count(*) from t")


CASES = (
    Case(
        "a COMMIT empties one that deletes rows",
        setup=(_DELETES, "insert into t values (1)", "commit"),
        run="select count(*) from t",
        expect=rows((0,)),
        evidence=_GLOBAL,
    ),
    Case(
        "until then they are there",
        setup=(_DELETES, "insert into t values (1)"),
        run="select n from t",
        expect=rows((1,)),
        evidence=_GLOBAL,
    ),
    Case(
        "each session sees its own rows",
        run=_two_sessions,
        expect=returns([[(1,)], [(2,)]]),
        evidence=_GLOBAL,
    ),
    Case("rows end with the session", run=_new_session, expect=returns(0), evidence=_GLOBAL),
    Case(
        "the table stays, for everybody",
        setup=(_DELETES,),
        run=lambda bench: bench.another().one("select count(*) from t"),
        expect=returns(0),
        evidence=_GLOBAL,
    ),
    Case(
        "a rollback undoes what was inserted",
        setup=(
            _PRESERVES,
            "insert into t values (1)",
            "commit",
            "insert into t values (2)",
            "rollback",
        ),
        run="select n from t",
        expect=rows((1,)),
        evidence=_GLOBAL,
    ),
    Case(
        "constraints hold",
        setup=(
            "create global temporary table t (n number primary key)",
            "insert into t values (1)",
        ),
        run="insert into t values (1)",
        expect=raises(1),
        evidence=_GLOBAL,
    ),
    Case(
        "CREATE TABLE AS SELECT copies the session's rows",
        setup=(_PRESERVES, "insert into t values (1)", "create table kept as select n from t"),
        run="select n from kept",
        expect=rows((1,)),
        evidence=_GLOBAL,
    ),
    Case(
        "a view shows the session's rows",
        setup=(_PRESERVES, "create view v as select n from t", "insert into t values (1)"),
        run="select n from v",
        expect=rows((1,)),
        evidence=_GLOBAL,
        sandbox=missing("a view of a temporary table"),
    ),
    Case(
        "a private one",
        setup=(
            f"{_PRIVATE} (n number) on commit preserve definition",
            "insert into ora$ptt_t values (1)",
            "commit",
        ),
        run="select n from ora$ptt_t",
        expect=rows((1,)),
        evidence=_PRIVATE_MANUAL,
    ),
    Case(
        "a private one is gone after the transaction",
        setup=(f"{_PRIVATE} as select 1 n from dual", "commit"),
        run="select n from ora$ptt_t",
        expect=raises(942),
        evidence=_PRIVATE_MANUAL,
    ),
    Case(
        "to make a private one is no COMMIT",
        setup=("create table t (n number)", "insert into t values (1)"),
        run=_private_without_commit,
        expect=returns(0),
        evidence=_PRIVATE_MANUAL,
    ),
    Case(
        "nobody else has a private one",
        setup=(f"{_PRIVATE} (n number) on commit preserve definition",),
        run=lambda bench: bench.another().one("select count(*) from ora$ptt_t"),
        expect=raises(942),
        evidence=_PRIVATE_MANUAL,
    ),
    Case(
        "a private one has a name of its own kind",
        run="create private temporary table t (n number)",
        expect=raises(903),
        evidence=Manual("Database Administrator's Guide", "Creating Private Temporary Tables"),
    ),
    Case(
        "a private one has no keys",
        run=f"{_PRIVATE} (n number primary key)",
        expect=raises(14451),
        evidence=_PRIVATE_MANUAL,
    ),
)
