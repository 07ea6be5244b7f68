"""Analytic functions and the aggregates that look at a whole group."""

from tests.conformance.record import Case, Feature, Manual, differs, missing, raises, rows

FEATURE = Feature(3, "Analytic functions and aggregates")

_T = (
    "create table t (id number, d date, grp varchar2(1), v number)",
    "insert into t values (1, date '2024-01-01', 'a', 10)",
    "insert into t values (2, date '2024-01-02', 'a', null)",
    "insert into t values (3, date '2024-01-04', 'a', 30)",
    "insert into t values (4, date '2024-01-08', 'b', 30)",
)


def _manual(section: str) -> Manual:
    return Manual("SQL Language Reference", section)


CASES = (
    Case(
        "a running total by rows",
        setup=_T,
        run="select id, sum(v) over (order by id rows unbounded preceding) from t order by id",
        expect=rows((1, 10), (2, 10), (3, 40), (4, 70)),
        evidence=_manual("Analytic Functions, windowing_clause"),
    ),
    Case(
        "a range of days",
        setup=_T,
        run="select id, count(*) over (order by d range between 2 preceding and current row)"
        " from t order by id",
        expect=rows((1, 1), (2, 2), (3, 2), (4, 1)),
        evidence=_manual("Analytic Functions, windowing_clause"),
    ),
    Case(
        "a range of an interval",
        setup=_T,
        run="select id, count(*) over (order by d range between interval '3' day preceding"
        " and current row) from t order by id",
        expect=rows((1, 1), (2, 2), (3, 3), (4, 1)),
        evidence=_manual("Analytic Functions, windowing_clause"),
    ),
    Case(
        "RANK leaves gaps, DENSE_RANK does not",
        setup=_T,
        run="select id, rank() over (order by v desc nulls last),"
        " dense_rank() over (order by v desc nulls last) from t order by id",
        expect=rows((1, 3, 2), (2, 4, 3), (3, 1, 1), (4, 1, 1)),
        evidence=_manual("DENSE_RANK"),
    ),
    Case(
        "LAG with an offset and a default",
        setup=_T,
        run="select id, lag(id, 2, 0) over (order by id) from t order by id",
        expect=rows((1, 0), (2, 0), (3, 1), (4, 2)),
        evidence=_manual("LAG"),
    ),
    Case(
        "LAST_VALUE IGNORE NULLS carries the last value on",
        setup=_T,
        run="select id, last_value(v ignore nulls) over (order by id) from t order by id",
        expect=rows((1, 10), (2, 10), (3, 30), (4, 30)),
        evidence=_manual("LAST_VALUE"),
    ),
    Case(
        "LEAD IGNORE NULLS skips to the next value",
        setup=_T,
        run="select id, lead(v) ignore nulls over (order by id) from t order by id",
        expect=rows((1, 30), (2, 30), (3, 30), (4, None)),
        evidence=_manual("LEAD"),
    ),
    Case(
        "KEEP looks at the rows that tie for the first place",
        setup=_T,
        run="select max(id) keep (dense_rank first order by v desc nulls last),"
        " min(id) keep (dense_rank last order by v nulls first) from t",
        expect=rows((4, 3)),
        evidence=_manual("FIRST"),
    ),
    Case(
        "KEEP as an analytic function",
        setup=_T,
        run="select id, min(v) keep (dense_rank first order by d) over (partition by grp)"
        " from t order by id",
        expect=rows((1, 10), (2, 10), (3, 10), (4, 30)),
        evidence=_manual("FIRST"),
    ),
    Case(
        "RATIO_TO_REPORT is a value's share of the sum",
        setup=_T,
        run="select ratio_to_report(id) over () from t order by id",
        expect=rows((0.1,), (0.2,), (0.3,), (0.4,)),
        evidence=_manual("RATIO_TO_REPORT"),
    ),
    Case(
        "CUME_DIST and PERCENT_RANK",
        setup=_T,
        run="select cume_dist() over (order by id), percent_rank() over (order by id - mod(id, 2))"
        " from t where id in (1, 2, 3, 4) order by id",
        expect=rows((0.25, 0), (0.5, 1 / 3), (0.75, 1 / 3), (1, 1)),
        evidence=_manual("PERCENT_RANK"),
    ),
    Case(
        "MEDIAN and PERCENTILE_CONT lie between two rows",
        setup=_T,
        run="select median(id), percentile_cont(0.25) within group (order by id) from t",
        expect=rows((2.5, 1.75)),
        evidence=_manual("PERCENTILE_CONT"),
    ),
    Case(
        "STDDEV and VARIANCE of one row are zero, of a sample NULL",
        setup=_T,
        run="select stddev(v), variance(v), stddev_samp(v) from t where id = 1",
        expect=rows((0, 0, None)),
        evidence=_manual("STDDEV"),
    ),
    Case(
        "the rank that a value would have",
        setup=_T,
        run="select rank(3) within group (order by id) from t",
        expect=rows((3,)),
        evidence=_manual("RANK"),
    ),
    Case(
        "a count of different values over a partition",
        setup=_T,
        run="select id, count(distinct v) over (partition by grp) from t order by id",
        expect=rows((1, 2), (2, 2), (3, 2), (4, 1)),
        evidence=_manual("COUNT"),
    ),
    Case(
        "GROUPING_ID tells the levels of a ROLLUP",
        setup=_T,
        run="select grp, count(*), grouping_id(grp) from t group by rollup (grp) order by 1",
        expect=rows(("a", 3, 0), ("b", 1, 0), (None, 4, 1)),
        evidence=_manual("GROUPING_ID"),
    ),
    Case(
        "ANY_VALUE gives one of a group's values",
        setup=_T,
        run="select grp, any_value(grp), count(*) from t group by grp order by grp",
        expect=rows(("a", "a", 3), ("b", "b", 1)),
        evidence=Manual("SQL Language Reference", "ANY_VALUE"),
    ),
    Case(
        "a ranking without OVER",
        setup=_T,
        run="select row_number() from t",
        expect=raises(30484),
        evidence=Manual("Database Error Messages", "ORA-30484"),
        sandbox=missing(),
    ),
    Case(
        "a linear regression, whose averages leave out rows with a NULL",
        setup=_T,
        run="select regr_avgx(v, id), regr_avgy(v, id), regr_sxx(v, id), regr_sxy(v, id),"
        " regr_syy(v, id) from t where id <> 4",
        expect=rows((2, 20, 2, 20, 200)),
        evidence=_manual("REGR_ (Linear Regression) Functions"),
    ),
    Case(
        "an aggregate of the aggregates of groups",
        setup=_T,
        run="select avg(max(v)) from t group by grp",
        expect=rows((30,)),
        evidence=_manual("Aggregate Functions"),
        sandbox=differs("the error is ORA-00934", raises(934)),
    ),
)
