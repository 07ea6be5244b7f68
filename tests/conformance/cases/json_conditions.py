"""IS JSON, as a condition and in CHECK constraints."""

from tests.conformance.record import Case, Feature, Manual, missing, raises, rows

FEATURE = Feature(3, "IS JSON")

_IS_JSON = Manual("SQL Language Reference", "IS JSON Condition")

CASES = (
    Case(
        "texts that are JSON and texts that are not",
        run="""select case when '{"a": [1, 2]}' is json then 1 else 0 end,
                      case when '{"a": ' is json then 1 else 0 end,
                      case when 'x' is not json then 1 else 0 end from dual""",
        expect=rows((1, 0, 1)),
        evidence=_IS_JSON,
    ),
    Case(
        "a CHECK of a CLOB refuses what is none",
        setup=("create table t (c clob check (c is json))",),
        run="insert into t values ('{a')",
        expect=raises(2290),
        evidence=_IS_JSON,
    ),
    Case(
        "a CHECK of a BLOB takes bytes that are",
        setup=(
            "create table t (b blob constraint t_j check (b is json))",
            """insert into t values (utl_raw.cast_to_raw('{"a": "ü"}'))""",
        ),
        run="select count(*) from t where b is json",
        expect=rows((1,)),
        evidence=_IS_JSON,
    ),
    Case(
        "and refuses others",
        setup=("create table t (b blob constraint t_j check (b is json))",),
        run="insert into t values (utl_raw.cast_to_raw('{a'))",
        expect=raises(2290),
        evidence=_IS_JSON,
    ),
    Case(
        "NULL is neither",
        setup=("create table t (c varchar2(9) check (c is json))", "insert into t values (null)"),
        run="select count(*) from t where c is json or c is not json",
        expect=rows((0,)),
        evidence=_IS_JSON,
    ),
    Case(
        "JSON_TABLE",
        run="""select v from json_table('[1, 2]', '$[*]' columns (v number path '$'))""",
        expect=rows((1,), (2,)),
        evidence=Manual("SQL Language Reference", "JSON_TABLE"),
        sandbox=missing("JSON_TABLE"),
    ),
)
