"""Hints, which change no result."""

from tests.conformance.record import Case, Feature, Manual, rows

FEATURE = Feature(3, "Hints")

_HINTS = Manual("SQL Language Reference", "Hints")
_TABLE = ("create table t (n number)", "insert into t values (1)")

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
        "in a subquery, and of a query block that has a name",
        setup=_TABLE,
        run="select n from (select /*+ qb_name(inner_one) no_merge */ n from t)"
        " where n in (select /*+ unnest */ n from t)",
        expect=rows((1,)),
        evidence=_HINTS,
    ),
    Case(
        "in MERGE",
        setup=(
            *_TABLE,
            (
                "merge /*+ parallel(4) use_hash(t s) */ into t using (select 1 id from dual) s"
                " on (t.n = s.id) when not matched then insert values (9)"
            ),
        ),
        run="select n from t",
        expect=rows((1,)),
        evidence=_HINTS,
    ),
    Case(
        "a comment that only looks like one",
        setup=_TABLE,
        run="select /* + full(t) */ n -- + x\n from t",
        expect=rows((1,)),
        evidence=_HINTS,
    ),
)
