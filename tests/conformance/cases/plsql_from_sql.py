"""Functions written in PL/SQL that SQL calls."""

import datetime as dt

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(2, "PL/SQL functions called from SQL")

_CALLS = Manual("PL/SQL Language Reference", "PL/SQL Functions that SQL Statements Can Invoke")
_EXPRESSION = Manual("SQL Language Reference", "Function Expressions")
_DOUBLE = "create function doubled(v number) return number is begin return v * 2; end;"
_TABLE = (
    "create table t (n number, name varchar2(9))",
    "insert into t select level, 'n' || level from dual connect by level <= 3",
)

CASES = (
    Case(
        "with a literal",
        setup=(_DOUBLE,),
        run="select doubled(21) from dual",
        expect=rows((42,)),
        evidence=_EXPRESSION,
    ),
    Case(
        "with a bind",
        setup=(_DOUBLE,),
        run="select doubled(:v) from dual",
        binds=(4,),
        expect=rows((8,)),
        evidence=_EXPRESSION,
    ),
    Case(
        "with a column",
        setup=(*_TABLE, _DOUBLE),
        run="select doubled(n) from t order by n",
        expect=rows((2,), (4,), (6,)),
        evidence=_EXPRESSION,
    ),
    Case(
        "a DATE, a TIMESTAMP and a RAW of columns",
        setup=(
            *_TABLE,
            """create function on_day(v number) return date is
               begin return date '2026-01-31' + v; end;""",
            """create function at_hour(v number) return timestamp is
               begin return timestamp '2026-01-31 00:00:00.5' + numtodsinterval(v, 'HOUR'); end;""",
            """create function raw_of(v varchar2) return raw is
               begin return utl_raw.cast_to_raw(v); end;""",
        ),
        run="""select on_day(n), at_hour(n), raw_of(name), to_char(on_day(n), 'DD.MM.') from t
                where on_day(n) < date '2026-02-02'""",
        expect=rows(
            (
                dt.datetime(2026, 2, 1),
                dt.datetime(2026, 1, 31, 1, 0, 0, 500000),
                b"n1",
                "01.02.",
            )
        ),
        evidence=_CALLS,
    ),
    Case(
        "in a condition, with columns",
        setup=(*_TABLE, _DOUBLE),
        run="select n from t where doubled(n) > 3 order by doubled(n) desc",
        expect=rows((3,), (2,)),
        evidence=_EXPRESSION,
    ),
    Case(
        "in the SET of an UPDATE",
        setup=(*_TABLE, _DOUBLE),
        run="update t set n = doubled(n) where n = 3",
        then="select max(n) from t",
        expect=rows((6,)),
        evidence=_EXPRESSION,
    ),
    Case(
        "of a package, with named arguments",
        setup=(
            "create package p is function f(a number, b number default 1) return number; end;",
            """create package body p is
                 function f(a number, b number default 1) return number is
                 begin return a * 10 + b; end;
               end;""",
        ),
        run="select p.f(b => 2, a => 3) from dual",
        expect=rows((32,)),
        evidence=Manual("SQL Language Reference", "About User-Defined Functions"),
    ),
    Case(
        "one that changes a table cannot be called in a query",
        setup=(
            *_TABLE,
            """create function writes return number is
               begin delete from t; return 1; end;""",
        ),
        run="select writes() from dual",
        expect=raises(14551),
        evidence=_CALLS,
    ),
    Case(
        "one that commits cannot",
        setup=("create function commits return number is begin commit; return 1; end;",),
        run="select commits() from dual",
        expect=raises(14552),
        evidence=_CALLS,
    ),
    Case(
        "no data found in it is NULL in SQL",
        setup=(
            """create function none return number is
                 v number;
               begin select 1 into v from dual where 1 = 2; return v; end;""",
        ),
        run="select none() from dual",
        expect=rows((None,)),
        evidence=Manual("PL/SQL Language Reference", "Predefined Exceptions"),
    ),
    Case(
        "without parentheses",
        setup=("create function three return number is begin return 3; end;",),
        run="select three from dual",
        expect=rows((3,)),
        evidence=Manual("SQL Language Reference", "About User-Defined Functions"),
    ),
)
