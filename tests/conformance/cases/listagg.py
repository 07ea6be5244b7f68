"""LISTAGG as an aggregate and as an analytic function."""

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "LISTAGG")

_LISTAGG = Manual("SQL Language Reference", "LISTAGG")
_T = (
    "create table t (n number, s varchar2(5), g number)",
    "insert into t values (10, 'b', 1)",
    "insert into t values (9, 'a', 1)",
    "insert into t values (8, 'b', 2)",
    "insert into t values (7, null, 2)",
)

CASES = (
    Case(
        "values in the order that is asked for, NULLs left out",
        setup=_T,
        run="select listagg(s, ',') within group (order by n) from t",
        expect=rows(("b,a,b",)),
        evidence=_LISTAGG,
    ),
    Case(
        "without a separator",
        setup=_T,
        run="select listagg(n) within group (order by n) from t",
        expect=rows(("78910",)),
        evidence=_LISTAGG,
    ),
    Case(
        "each value once",
        setup=_T,
        run="select listagg(distinct s, ',') within group (order by s) from t",
        expect=rows(("a,b",)),
        evidence=_LISTAGG,
    ),
    Case(
        "by group",
        setup=_T,
        run="select g, listagg(n, '-') within group (order by n desc) from t group by g order by g",
        expect=rows((1, "10-9"), (2, "8-7")),
        evidence=_LISTAGG,
    ),
    Case(
        "over a partition",
        setup=_T,
        run="select n, listagg(n, ';') within group (order by n) over (partition by g) from t"
        " order by n",
        expect=rows((7, "7;8"), (8, "7;8"), (9, "9;10"), (10, "9;10")),
        evidence=_LISTAGG,
    ),
    Case(
        "of no rows",
        setup=_T,
        run="select listagg(s, ',') within group (order by n) from t where n > 100",
        expect=rows((None,)),
        evidence=_LISTAGG,
    ),
    Case(
        "a result that is too long",
        run="select length(listagg(rpad('x', 4000), ',') within group (order by level))"
        " from dual connect by level <= 10",
        expect=raises(1489),
        evidence=Manual("Database Error Messages", "ORA-01489"),
    ),
)
