"""Global temporary tables, and private ones."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, missing, raises, returns, rows

FEATURE = Feature(3, "Temporary tables")

_GLOBAL = Manual("SQL Language Reference", "CREATE TABLE, GLOBAL TEMPORARY")
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
        "a private one",
        setup=(
            "create private temporary table ora$ptt_t (n number) on commit preserve definition",
        ),
        run="select count(*) from ora$ptt_t",
        expect=rows((0,)),
        evidence=Manual("SQL Language Reference", "CREATE TABLE, PRIVATE TEMPORARY"),
        sandbox=missing("private temporary tables"),
    ),
)
