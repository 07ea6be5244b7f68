"""Oracle's functions: which exist in schema ``oracle``, and which need a tree of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp

from airflow_oracle_dag.sandbox.session import OracleError

# As they are in schema oracle, in lower case.
NAMED = frozenset(
    [
        "abs",
        "acos",
        "asciistr",
        "asin",
        "atan",
        "atan2",
        "cos",
        "cosh",
        "instrb",
        "nanvl",
        "nchr",
        "new_time",
        "regexp_like",
        "sin",
        "sinh",
        "soundex",
        "tan",
        "tanh",
        "to_binary_float",
        "to_blob",
        "to_date_or",
        "to_number_or",
        "to_timestamp_or",
        "tz_offset",
        "unistr",
        "to_yminterval",
        "userenv",
        "vsize",
        "add_months",
        "ascii",
        "bitand",
        "ceil",
        "chartorowid",
        "chr",
        "concat",
        "empty_blob",
        "empty_clob",
        "exp",
        "floor",
        "from_tz",
        "hextoraw",
        "initcap",
        "instr",
        "last_day",
        "length",
        "lengthb",
        "ln",
        "log",
        "lower",
        "lpad",
        "ltrim",
        "mod",
        "months_between",
        "next_day",
        "numtodsinterval",
        "numtoyminterval",
        "nvl",
        "power",
        "rawtohex",
        "regexp_count",
        "regexp_instr",
        "regexp_replace",
        "regexp_substr",
        "remainder",
        "replace",
        "reverse",
        "round",
        "rowidtochar",
        "rpad",
        "rtrim",
        "sign",
        "sqrt",
        "standard_hash",
        "substr",
        "sys_context",
        "sys_extract_utc",
        "sys_guid",
        "to_binary_double",
        "to_char",
        "to_clob",
        "substrb",
        "to_date",
        "to_dsinterval",
        "to_number",
        "to_timestamp",
        "to_timestamp_tz",
        "translate",
        "trim",
        "trunc",
        "upper",
        "width_bucket",
    ]
)
#: Functions of packages, which schema oracle has under both names joined.
PACKAGED = {
    "UTL_RAW": ("CAST_TO_RAW", "CAST_TO_VARCHAR2", "LENGTH"),
    "DBMS_LOB": ("GETLENGTH", "SUBSTR", "INSTR", "COMPARE"),
}
ALIASES = {
    "TO_NCHAR": "to_char",
    "NLS_UPPER": "upper",
    "NLS_LOWER": "lower",
    "NLS_INITCAP": "initcap",
    "LENGTHC": "length",
    "LENGTH2": "length",
    "LENGTH4": "length",
    "SUBSTRC": "substr",
    "TO_NCLOB": "to_clob",
    "ROWIDTONCHAR": "rowidtochar",
}
# Aggregates and window functions that PostgreSQL has under the same name.
COUNTING = frozenset(
    {"COUNT", "ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE", "GROUPING", "GROUPING_ID"}
)
AGGREGATES = frozenset(
    [
        "SUM",
        "AVG",
        "MIN",
        "MAX",
        "STDDEV",
        "STDDEV_POP",
        "STDDEV_SAMP",
        "VARIANCE",
        "VAR_POP",
        "VAR_SAMP",
        "CORR",
        "COVAR_POP",
        "COVAR_SAMP",
        "PERCENT_RANK",
        "CUME_DIST",
        "FIRST_VALUE",
        "LAST_VALUE",
        "LAG",
        "LEAD",
        "NTH_VALUE",
        "PERCENTILE_CONT",
        "PERCENTILE_DISC",
        "REGR_SLOPE",
        "REGR_INTERCEPT",
        "REGR_COUNT",
        "REGR_R2",
        "REGR_AVGX",
        "REGR_AVGY",
        "REGR_SXX",
        "REGR_SXY",
        "REGR_SYY",
        "ANY_VALUE",
    ]
)
PLAIN = frozenset({"COALESCE", "NULLIF", "GREATEST", "LEAST", "EXISTS", "ROLLUP", "CUBE"})
PSEUDO = {
    "SYSDATE": "oracle.sysdate",
    "SYSTIMESTAMP": "oracle.systimestamp",
    "CURRENT_TIMESTAMP": "oracle.systimestamp",
    "LOCALTIMESTAMP": "oracle.localtimestamp_",
    "CURRENT_DATE": "oracle.current_date_",
    "USER": "oracle.user_",
    "UID": "oracle.uid_",
    "SESSIONTIMEZONE": "oracle.session_time_zone",
    "DBTIMEZONE": "oracle.database_time_zone",
}


def call(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    """Make a call."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def quoted(name: str) -> exp.Identifier:
    """Make an identifier in Oracle's own case."""
    return exp.Identifier(this=name, quoted=True)


def to(node: exp.Expression, postgres_type: str) -> exp.Expression:
    """Cast to a PostgreSQL type that is written as it stands."""
    return PgCast(this=node, to=postgres_type)


def named(value: exp.Expression, name: str) -> exp.Expression:
    """Give an expression of a select list a name."""
    return exp.Alias(this=value, alias=quoted(name))


class PgCast(exp.Expression):
    """Cast to a type given by its PostgreSQL text."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "to": True}


class PgRaw(exp.Expression):
    """Write a text into the PostgreSQL statement as it stands."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True}


class PgText(exp.Expression):
    """Write a text with translated parts in the places of ``{0}`` and so on."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expressions": False}


def text_of(node: exp.Expression) -> exp.Expression:
    """Make a value text as || does."""
    if isinstance(node, exp.Literal) and node.is_string:
        return node
    return call("oracle.s", node)


def concat(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    """Join two texts, NULL being empty and an empty result NULL."""
    parts = [
        part
        if isinstance(part, exp.Literal) and part.is_string
        else call("coalesce", text_of(part), PgRaw(this="''"))
        for part in (left, right)
    ]
    return call(
        "nullif", exp.DPipe(this=parts[0], expression=parts[1], safe=True), PgRaw(this="''")
    )


def _decode(arguments: list[exp.Expression]) -> exp.Expression:
    if len(arguments) < 3:
        raise OracleError(938, "not enough arguments for function")
    subject, rest = arguments[0], arguments[1:]
    case = exp.Case()
    while len(rest) >= 2:
        search, result, rest = rest[0], rest[1], rest[2:]
        if isinstance(search, exp.Null):
            condition: exp.Expression = exp.Is(this=subject.copy(), expression=exp.Null())
        elif isinstance(search, exp.Literal):
            condition = exp.EQ(this=subject.copy(), expression=search)
        else:
            condition = exp.NullSafeEQ(this=subject.copy(), expression=search)
        case.append("ifs", exp.If(this=condition, true=result))
    if rest:
        case.set("default", rest[0])
    return exp.Paren(this=case)


def _nvl2(arguments: list[exp.Expression]) -> exp.Expression:
    if len(arguments) != 3:
        raise OracleError(909, "invalid number of arguments")
    case = exp.Case(
        ifs=[exp.If(this=exp.Is(this=arguments[0], expression=exp.Null()), true=arguments[2])],
        default=arguments[1],
    )
    return exp.Paren(this=case)


def _strict(name: str) -> Callable[[list[exp.Expression]], exp.Expression]:
    """GREATEST and LEAST are NULL when any argument is; PostgreSQL's skip NULLs."""

    def build(arguments: list[exp.Expression]) -> exp.Expression:
        nothing = [exp.Is(this=a.copy(), expression=exp.Null()) for a in arguments]
        condition: exp.Expression = nothing[0]
        for other in nothing[1:]:
            condition = exp.Or(this=condition, expression=other)
        return exp.Paren(
            this=exp.Case(
                ifs=[exp.If(this=condition, true=exp.Null())],
                default=call(name.lower(), *arguments),
            )
        )

    return build


def _months(text: str, units: list[str]) -> int:
    """Read the literal of an INTERVAL YEAR TO MONTH."""
    sign = -1 if text.startswith("-") else 1
    years, mark, months = text.lstrip("+-").partition("-")
    parts = (years, months) if mark else (years, "0")
    if not all(part.strip().isdigit() for part in parts) or bool(mark) != (len(units) > 1):
        raise OracleError(1867, "the interval is invalid")
    if mark and int(months) > 11:
        raise OracleError(1843, "not a valid month")
    first = int(years) * (12 if units[0] == "YEAR" else 1)
    return sign * (first + int(months or 0))


def _interval_literal(arguments: list[exp.Expression]) -> exp.Expression:
    text, units = arguments[0].name, arguments[1].name.split()
    if "YEAR" in units or "MONTH" in units:
        return PgRaw(this=f"oracle.months({_months(text.strip(), units)})")
    if len(units) == 1:
        return PgRaw(this=f"interval '{text} {units[0].lower()}'")
    sign = "-" if text.strip().startswith("-") else ""
    body = text.strip().lstrip("+-")
    if units[0] == "DAY":
        days, _, clock = body.partition(" ")
        clock += {"HOUR": ":00:00", "MINUTE": ":00", "SECOND": ""}[units[1]]
        return PgRaw(this=f"({sign}interval '{days} days {clock}')")
    if units == ["HOUR", "MINUTE"]:
        body += ":00"
    if units == ["MINUTE", "SECOND"]:
        body = "00:" + body
    return PgRaw(this=f"({sign}interval '{body}')")


def _literal_date(arguments: list[exp.Expression]) -> exp.Expression:
    return PgRaw(this=f"oracle.date_literal('{arguments[0].name}')")


def _literal_timestamp(arguments: list[exp.Expression]) -> exp.Expression:
    return PgRaw(this=f"CAST('{arguments[0].name}' AS timestamp)")


def _literal_zoned(arguments: list[exp.Expression]) -> exp.Expression:
    return PgRaw(this=f"CAST('{arguments[0].name}' AS timestamptz)")


def _concat(arguments: list[exp.Expression]) -> exp.Expression:
    joined = arguments[0]
    for argument in arguments[1:]:
        joined = concat(joined, argument)
    return joined


BUILDERS: dict[str, Callable[[list[exp.Expression]], exp.Expression]] = {
    "DECODE": _decode,
    "NVL2": _nvl2,
    "GREATEST": _strict("GREATEST"),
    "LEAST": _strict("LEAST"),
    "DATE_LITERAL": _literal_date,
    "TS_LITERAL": _literal_timestamp,
    "TZ_LITERAL": _literal_zoned,
    "DS_LITERAL": _interval_literal,
    "CONCAT": _concat,
    "LNNVL": lambda a: PgText(this="(({0}) IS NOT TRUE)", expressions=a),
}
