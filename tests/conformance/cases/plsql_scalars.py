"""Scalar variables: what fits, what is padded, rounded or refused, how they are compared."""

# ruff: noqa: E501 - a case of a list reads best on one line

from tests.conformance.record import Case, Feature, Manual, missing, output, raises, rows

FEATURE = Feature(2, "Scalar variables")

_CHARS = ("create table t (c char(5), v varchar2(5))", "insert into t values ('a', 'a')")


def _plsql(section: str) -> Manual:
    return Manual("PL/SQL Language Reference", section)


def _sql(section: str) -> Manual:
    return Manual("SQL Language Reference", section)


def _says(declared: str, value: str) -> str:
    return f"declare {declared} begin dbms_output.put_line({value}); end;"


def _catches(declared: str, statement: str) -> str:
    return f"declare {declared} begin {statement} exception when value_error then dbms_output.put_line('value error'); end;"


_PADDED = _plsql("CHAR and VARCHAR2 Variables")
_COMPARED = _sql("Data Type Comparison Rules")
_IN_LOOP = """
begin
  for r in (select c from t) loop
    if r.c = 'a' then update t set v = r.c where c = r.c; end if;
  end loop;
end;
"""
_FOUND = """
declare x char(5) := 'a'; n number; m number;
begin
  select count(*) into n from t where c = x; select count(*) into m from t where v = x;
  dbms_output.put_line(n || ' ' || m);
end;
"""

CASES = (
    Case(
        "a CHAR is filled up with blanks",
        _says("c char(5) := 'ab';", "'[' || c || ']' || length(c)"),
        output("[ab   ]5"),
        _PADDED,
    ),
    Case(
        "a CHAR without a length has one character",
        _catches("c char;", "c := 'x'; c := 'xy';"),
        output("value error"),
        _PADDED,
    ),
    Case(
        "more than a CHAR takes",
        _catches("c char(2);", "c := 'abc';"),
        output("value error"),
        _PADDED,
    ),
    Case(
        "a VARCHAR2 without a length",
        "declare v varchar2; begin null; end;",
        raises(6550, "PLS-00215"),
        _PADDED,
    ),
    Case(
        "an empty CHAR is NULL",
        _says("c char(3) := '';", "case when c is null then 'null' end"),
        output("null"),
        _plsql("CHAR and VARCHAR2 Variables"),
    ),
    Case(
        "a CHAR and a literal: blanks do not count",
        _says("c char(5) := 'a';", "case when c = 'a' then 'equal' end"),
        output("equal"),
        _COMPARED,
    ),
    Case(
        "two CHARs of other lengths: blanks do not count",
        _says("c char(5) := 'a'; d char(3) := 'a';", "case when c = d then 'equal' end"),
        output("equal"),
        _COMPARED,
    ),
    Case(
        "a CHAR and a VARCHAR2: blanks count",
        _says("c char(5) := 'a'; v varchar2(5) := 'a';", "case when c <> v then 'different' end"),
        output("different"),
        _COMPARED,
    ),
    Case(
        "a cursor's CHAR and a literal",
        _IN_LOOP,
        rows(("[a    ]",)),
        _COMPARED,
        setup=_CHARS,
        then="select '[' || v || ']' from t",
    ),
    Case("a CHAR in a WHERE", _FOUND, output("1 0"), _COMPARED, setup=_CHARS),
    Case(
        "a CHAR assigned to a VARCHAR2 keeps its blanks",
        _says("c char(3) := 'a'; v varchar2(5) := c;", "'[' || v || ']'"),
        output("[a  ]"),
        _PADDED,
    ),
    Case(
        "CASE with a CHAR",
        "declare c char(3) := 'a'; begin case c when 'a' then dbms_output.put_line('found'); end case; end;",
        output("found"),
        _COMPARED,
    ),
    Case(
        "LIKE looks at the blanks",
        _says("c char(3) := 'a';", "case when c like 'a' then 'like' else 'not like' end"),
        output("not like"),
        _sql("LIKE Condition"),
    ),
    Case(
        "a TIMESTAMP is rounded to its precision",
        _says(
            "t timestamp(0) := timestamp '2024-01-01 10:00:00.7'; u timestamp(3) := timestamp '2024-01-01 10:00:00.12354';",
            "to_char(t, 'HH24:MI:SS.FF2') || to_char(u, ' SS.FF5')",
        ),
        output("10:00:01.00 00.12400"),
        _sql("TIMESTAMP Data Type"),
    ),
    Case(
        "a text becomes an INTERVAL",
        _says(
            "i interval day to second := '1 02:03:04';",
            "extract(day from i) || extract(minute from i)",
        ),
        output("13"),
        _plsql("Predefined PL/SQL Data Types"),
    ),
    Case(
        "more than a RAW takes",
        _catches("r raw(2);", "r := hextoraw('010203');"),
        output("value error"),
        _plsql("Predefined PL/SQL Data Types"),
    ),
    Case(
        "a DATE takes no number",
        "declare d date; begin d := 5; end;",
        raises(6550, "PLS-00382"),
        Manual("Database Error Messages", "PLS-00382"),
    ),
    Case(
        "a NUMBER has 39 or 40 figures",
        "begin dbms_output.put_line(1/3); dbms_output.put_line(10/3); dbms_output.put_line(2/3); end;",
        output("." + "3" * 40, "3." + "3" * 38, "." + "6" * 39 + "7"),
        _sql("NUMBER Data Type"),
    ),
    Case(
        "a NUMBER is rounded to its scale",
        _says("n number(5,2) := 1.005; m number(4,-2) := 1251;", "n || ' ' || m"),
        output("1.01 1300"),
        _sql("NUMBER Data Type"),
    ),
    Case(
        "PLS_INTEGER rounds",
        _says("i pls_integer := 5 / 2; j pls_integer := -2.5;", "i || ' ' || j"),
        output("3 -3"),
        _plsql("PLS_INTEGER and BINARY_INTEGER Data Types"),
    ),
    Case(
        "DECODE is for SQL",
        "begin dbms_output.put_line(decode(1, 1, 'a')); end;",
        raises(6550, "PLS-00204"),
        _plsql("SQL Functions in PL/SQL Expressions"),
    ),
    Case(
        "NVL2 is for SQL",
        "begin dbms_output.put_line(nvl2(1, 2, 3)); end;",
        raises(6550),
        _plsql("SQL Functions in PL/SQL Expressions"),
    ),
    Case(
        "an aggregate is for SQL",
        "begin dbms_output.put_line(max(1)); end;",
        raises(6550),
        _plsql("SQL Functions in PL/SQL Expressions"),
    ),
    Case(
        "an error in a declaration is not handled in its block",
        "declare n number := 1 / 0; begin null; exception when others then null; end;",
        raises(1476, "ORA-06512: at line 1"),
        _plsql("Exceptions Raised in Declarations"),
    ),
    Case(
        "another time zone",
        "declare t timestamp with time zone := timestamp '2024-01-01 10:00:00 +02:00'; begin dbms_output.put_line(to_char(t at time zone 'UTC', 'HH24')); end;",
        output("08"),
        _sql("Datetime Expressions"),
        sandbox=missing("AT TIME ZONE"),
    ),
)
