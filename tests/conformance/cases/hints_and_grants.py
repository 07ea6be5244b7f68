"""Hints, which change no result, and grants on objects, which scripts contain."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, raises, returns, rows

FEATURE = Feature(3, "Hints and grants")

_HINTS = Manual("SQL Language Reference", "Hints")
_GRANT = Manual("SQL Language Reference", "GRANT")
_TABLE = ("create table t (n number)", "insert into t values (1)")


def _granted(bench: Bench) -> list[object]:
    bench.user("conform_two")
    bench.run("grant select, insert on t to conform_two")
    bench.run("revoke insert on t from conform_two")
    return bench.rows(
        "select grantee, privilege from all_tab_privs where table_name = 'T' order by 2"
    )


CASES = (
    Case(
        "in a query",
        setup=_TABLE,
        run="select /*+ full(t) parallel(t, 4) */ n from t",
        expect=rows((1,)),
        evidence=_HINTS,
    ),
    Case(
        "in DML",
        setup=(
            *_TABLE,
            "insert /*+ append */ into t select 2 from dual",
            "commit",
            "update /*+ index(t) */ t set n = n + 1",
            "delete --+ full(t)\n from t where n = 2",
        ),
        run="select n from t",
        expect=rows((3,)),
        evidence=_HINTS,
    ),
    Case(
        "one that makes no sense",
        setup=_TABLE,
        run="select /*+ nonsense(here) */ n from t",
        expect=rows((1,)),
        evidence=_HINTS,
    ),
    Case(
        "grants are shown, and taken back",
        setup=_TABLE,
        run=_granted,
        expect=returns([("CONFORM_TWO", "SELECT")]),
        evidence=_GRANT,
    ),
    Case(
        "to PUBLIC",
        setup=(*_TABLE, "grant select on t to public"),
        run="select grantee, privilege from all_tab_privs where table_name = 'T'",
        expect=rows(("PUBLIC", "SELECT")),
        evidence=_GRANT,
    ),
    Case(
        "on what is not there",
        run="grant select on nowhere to public",
        expect=raises(942),
        evidence=_GRANT,
    ),
    Case(
        "to nobody",
        setup=_TABLE,
        run="grant select on t to nobody_at_all",
        expect=raises(1917),
        evidence=Manual("Database Error Messages", "ORA-01917"),
    ),
)
