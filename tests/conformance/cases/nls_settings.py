"""ALTER SESSION SET NLS_…, and what the session then reads and writes."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, missing, raises, returns, rows

FEATURE = Feature(3, "ALTER SESSION SET NLS_…")

_SESSION = Manual("SQL Language Reference", "ALTER SESSION, Initialization Parameters")
_GUIDE = Manual("Database Globalization Support Guide", "Date and Time Parameters")
_NUMERIC = Manual("Database Globalization Support Guide", "Numeric and List Parameters")
_DATE = "alter session set nls_date_format = 'YYYY-MM-DD HH24:MI'"


def _own(bench: Bench) -> list[str]:
    other = bench.another()
    other.run("alter session set nls_date_format = 'YYYY'")
    bench.run(_DATE)
    ask = "select to_char(date '2024-05-07') from dual"
    return [bench.one(ask), other.one(ask)]


CASES = (
    Case(
        "dates become texts by NLS_DATE_FORMAT",
        setup=(_DATE,),
        run="select to_char(date '2024-05-07'), 'on ' || date '2024-05-07' from dual",
        expect=rows(("2024-05-07 00:00", "on 2024-05-07 00:00")),
        evidence=_GUIDE,
    ),
    Case(
        "texts become dates by it",
        setup=(_DATE, "create table t (d date)", "insert into t values ('2024-05-07 13:45')"),
        run="select to_char(d, 'DD.MM.YYYY HH24:MI') from t",
        expect=rows(("07.05.2024 13:45",)),
        evidence=_GUIDE,
    ),
    Case(
        "a text that is longer than it",
        setup=(_DATE, "create table t (d date)"),
        run="insert into t values ('2024-05-07 13:45 and more')",
        expect=raises(1830),
        evidence=Manual("Database Error Messages", "ORA-01830"),
    ),
    Case(
        "each session has its own",
        run=_own,
        expect=returns(["2024-05-07 00:00", "2024"]),
        evidence=_SESSION,
    ),
    Case(
        "timestamps have a format of their own",
        setup=("alter session set nls_timestamp_format = 'YYYY-MM-DD HH24:MI:SS.FF3'",),
        run="select to_char(timestamp '2024-05-07 13:45:06.789') from dual",
        expect=rows(("2024-05-07 13:45:06.789",)),
        evidence=_GUIDE,
    ),
    Case(
        "the marks of numbers",
        setup=("alter session set nls_numeric_characters = ',.'",),
        run="select to_char(1234.5, '9G999D9') from dual",
        expect=rows((" 1.234,5",)),
        evidence=_NUMERIC,
        sandbox=missing("NLS_NUMERIC_CHARACTERS"),
    ),
    Case(
        "texts become numbers by them",
        setup=("alter session set nls_numeric_characters = ',.'",),
        run="select to_number('1,5') + 1 from dual",
        expect=rows((2.5,)),
        evidence=_NUMERIC,
        sandbox=missing("NLS_NUMERIC_CHARACTERS"),
    ),
    Case(
        "NLS_SESSION_PARAMETERS shows it",
        setup=(_DATE,),
        run="select value from nls_session_parameters where parameter = 'NLS_DATE_FORMAT'",
        expect=rows(("YYYY-MM-DD HH24:MI",)),
        evidence=Manual("Database Reference", "NLS_SESSION_PARAMETERS"),
    ),
)
