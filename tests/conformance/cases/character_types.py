"""VARCHAR2 and CHAR: lengths, blanks, character functions."""

# ruff: noqa: E501 - a case of a list reads best on one line

from __future__ import annotations

from typing import Any

from tests.conformance.record import Case, Feature, Manual, differs, raises, rows

FEATURE = Feature(3, "VARCHAR2, CHAR and character functions")

_VARCHAR2 = Manual("SQL Language Reference", "VARCHAR2 Data Type")
_PADDED = Manual("SQL Language Reference", "Blank-Padded and Nonpadded Comparison Semantics")
_CHARS = (
    "create table t (c char(5), v varchar2(5), n number)",
    "insert all into t values ('a', 'a', 1) into t values ('b', 'b    ', 2) into t values ('c', 'd', 3) select 1 from dual",
)
_LONG = Manual("Database Error Messages", "ORA-12899")


def _is(name: str, expression: str, value: Any, section: str) -> Case:
    evidence = Manual("SQL Language Reference", section)
    return Case(name, f"select {expression} from dual", rows((value,)), evidence)


CASES = (
    Case("a text that is too long", "insert into t values ('abc')", raises(12899), _LONG, setup=("create table t (v varchar2(2))",)),
    Case("bytes are counted", "insert into t values ('äö')", raises(12899), _LONG, setup=("create table t (v varchar2(3))",)),
    Case("characters are counted where the column says so", "insert into t values ('äöü')", rows((3, 6)), _VARCHAR2, setup=("create table t (v varchar2(3 char))",), then="select length(v), lengthb(v) from t"),
    Case("VARCHAR2 without a length", "create table t (v varchar2)", raises(906), _VARCHAR2),
    Case("CHAR is padded with blanks", "insert into t values ('ab')", rows(("ab   |", 5)), Manual("SQL Language Reference", "CHAR Data Type"), setup=("create table t (c char(5))",), then="select c || '|', length(c) from t"),
    Case("trailing blanks of VARCHAR2 stay", "insert into t values ('ab ')", rows((3,)), _VARCHAR2, setup=("create table t (v varchar2(5))",), then="select length(v) from t"),
    Case("two types in a comparison", "select count(*) from t where c = v", rows((0,)), Manual("SQL Language Reference", "Blank-Padded and Nonpadded Comparison Semantics"), setup=("create table t (c char(3), v varchar2(3))", "insert into t values ('a', 'a')")),
    Case("trailing blanks of a literal beside CHAR", "select n from t where c = 'a   ' or c in ('x', 'b ') order by n", rows((1,), (2,)), _PADDED, setup=_CHARS),
    Case("trailing blanks of VARCHAR2 beside CHAR", "select n from t where c = v", rows((2,)), _PADDED, setup=_CHARS),
    Case("UPPER of a CHAR is a CHAR", "select n from t where upper(c) = 'A' or initcap(c) = 'B'", rows((1,), (2,)), Manual("SQL Language Reference", "UPPER"), setup=_CHARS),
    Case("a CHAR is greater than another", "select n from t where c > 'a  ' order by n", rows((2,), (3,)), _PADDED, setup=_CHARS),
    _is("|| is as strong as +", "'1' || 2 + 9", 21, "Operator Precedence"),
    _is("SUBSTR counts from the end", "substr('hello', -3, 2)", "ll", "SUBSTR"),
    _is("SUBSTR from zero begins at one", "substr('hello', 0, 2)", "he", "SUBSTR"),
    _is("SUBSTR of nothing is NULL", "substr('hello', 9)", None, "SUBSTR"),
    _is("INSTR from the end", "instr('corporate floor', 'or', -3, 2)", 2, "INSTR"),
    _is("INSTR finds nothing", "instr('abc', 'x')", 0, "INSTR"),
    Case("INSTR counts from the first one on", "select instr('abc', 'b', 1, 0) from dual", raises(1428), Manual("Database Error Messages", "ORA-01428")),
    _is("LPAD with a pattern", "lpad('Page 1', 15, '*.')", "*.*.*.*.*Page 1", "LPAD"),
    _is("RPAD cuts", "rpad('abcdef', 3)", "abc", "RPAD"),
    _is("REPLACE by nothing", "replace('abcabc', 'b')", "acac", "REPLACE"),
    _is("TRANSLATE drops what has no counterpart", "translate('SQL*Plus', '*P', '-')", "SQL-lus", "TRANSLATE"),
    _is("LTRIM of a set", "ltrim('<=====>BROWNING<=====>', '<>=')", "BROWNING<=====>", "LTRIM"),
    _is("TRIM of one character", "trim(leading '0' from '0070')", "70", "TRIM"),
    _is("INITCAP begins words anew after what is no letter or digit", "initcap('the soap-bar x1y')", "The Soap-Bar X1y", "INITCAP"),
    _is("ASCII and CHR", "ascii('A') || chr(67)", "65C", "CHR"),
    _is("SOUNDEX", "soundex('Smyth')", "S530", "SOUNDEX"),
    _is("GREATEST compares as the first", "greatest('HARRY', 'HARRIOT', 'HAROLD')", "HARRY", "GREATEST"),
    _is("GREATEST with NULL", "greatest(1, null, 3)", None, "GREATEST"),
    _is("NVL2 and COALESCE", "nvl2(null, 1, 2) + coalesce(null, 3, 4)", 5, "NVL2"),
    _is("DECODE with a default", "decode(3, 1, 'a', 2, 'b', 'c')", "c", "DECODE"),
    _is("quoting by a mark of one's own", "q'[it's]'", "it's", "Text Literals"),
    Case("GREATEST of a number and texts compares as numbers", "select greatest(1, '3.925', '20.4') from dual", rows((20.4,)), Manual("SQL Language Reference", "GREATEST"), sandbox=differs("the error is ORA-00932", raises(932))),
)  # fmt: skip
