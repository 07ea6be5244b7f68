"""The empty string is NULL."""

# ruff: noqa: E501 - a case of a list reads best on one line

from tests.conformance.record import Case, Feature, Manual, count, raises, rows

FEATURE = Feature(3, "'' as NULL")

_NULLS = Manual("SQL Language Reference", "Nulls")
_CONCAT = Manual("SQL Language Reference", "Concatenation Operator")

CASES = (
    Case("a literal", "select nvl('', 'none') from dual", rows(("none",)), _NULLS),
    Case("it is found by IS NULL", "select 1 from dual where '' is null", rows((1,)), _NULLS),
    Case("it equals nothing", "select 1 from dual where '' = ''", rows(), _NULLS),
    Case("it has no length", "select length('') from dual", rows((None,)), _NULLS),
    Case(
        "joined to a text it leaves that as it is",
        "select 'a' || '' || null || 'b' from dual",
        rows(("ab",)),
        _CONCAT,
    ),
    Case("NULL joined to NULL", "select null || '' from dual", rows((None,)), _CONCAT),
    Case(
        "what is inserted as such, and what a function has made so",
        "select count(*) from t where v is null",
        rows((2,)),
        _NULLS,
        setup=(
            "create table t (v varchar2(5))",
            "insert into t values ('')",
            "insert into t values (trim(' '))",
        ),
    ),
    Case(
        "NOT NULL refuses it",
        "insert into t values ('')",
        raises(1400),
        _NULLS,
        setup=("create table t (v varchar2(5) not null)",),
    ),
    Case("DECODE finds it", "select decode('', null, 1, 2) from dual", rows((1,)), _NULLS),
    Case("TRANSLATE to nothing", "select translate('abc', 'ab', '') from dual", rows((None,)), _NULLS),
    Case(
        "an UPDATE to it",
        "update t set v = ''",
        count(1),
        _NULLS,
        setup=("create table t (v varchar2(5))", "insert into t values ('x')"),
    ),
    Case("a bind", "select nvl(:v, 'none') from dual", rows(("none",)), _NULLS, binds=("",)),
)  # fmt: skip
