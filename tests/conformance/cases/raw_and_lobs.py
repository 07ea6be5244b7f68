"""RAW, CLOB and BLOB in SQL."""

# ruff: noqa: E501 - a case of a list reads best on one line

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "RAW, CLOB and BLOB in SQL")

_T = (
    "create table t (r raw(4), c clob, b blob)",
    "insert into t values (hextoraw('0aFF'), 'a text', hextoraw('414243'))",
)


def _manual(section: str) -> Manual:
    return Manual("SQL Language Reference", section)


_LOB = Manual("PL/SQL Packages and Types Reference", "DBMS_LOB")
_RAW = Manual("PL/SQL Packages and Types Reference", "UTL_RAW")

CASES = (
    Case("RAW is bytes", "select r from t", rows((b"\x0a\xff",)), _manual("RAW and LONG RAW Data Types"), setup=_T),
    Case("as text it is hexadecimal", "select rawtohex(r) || r from t", rows(("0AFF0AFF",)), _manual("RAWTOHEX"), setup=_T),
    Case("hexadecimal text becomes RAW", "insert into t (r) values ('0b0C')", rows(("0B0C",)), _manual("RAW and LONG RAW Data Types"), setup=_T, then="select rawtohex(r) from t where c is null"),
    Case("a RAW that is too long", "insert into t (r) values (hextoraw('0102030405'))", raises(12899), Manual("Database Error Messages", "ORA-12899"), setup=_T),
    Case("what is not hexadecimal", "select hextoraw('XY') from dual", raises(1465), Manual("Database Error Messages", "ORA-01465")),
    Case("RAWs compare by bytes", "select count(*) from t where r = hextoraw('0AFF')", rows((1,)), _manual("RAW and LONG RAW Data Types"), setup=_T),
    Case("a CLOB as argument of text functions", "select length(c), upper(c), substr(c, 3, 4), instr(c, 'x') from t", rows((6, "A TEXT", "text", 5)), Manual("Database SecureFiles and Large Objects Developer's Guide", "SQL Functions and Operators for LOBs"), setup=_T),
    Case("text joined to a CLOB", "select c || '!' from t", rows(("a text!",)), Manual("Database SecureFiles and Large Objects Developer's Guide", "SQL Functions and Operators for LOBs"), setup=_T),
    Case("DBMS_LOB in a query", "select dbms_lob.getlength(c), dbms_lob.getlength(b), dbms_lob.substr(c, 4, 3) from t", rows((6, 3, "text")), _LOB, setup=_T),
    Case("DBMS_LOB.COMPARE", "select dbms_lob.compare(c, to_clob('a text')) from t", rows((0,)), _LOB, setup=_T),
    Case("UTL_RAW in a query", "select utl_raw.cast_to_varchar2(hextoraw('4142')), utl_raw.cast_to_raw('AB') from dual", rows(("AB", b"AB")), _RAW),
    Case("a hash is RAW", "select rawtohex(standard_hash('abc', 'SHA1')), rawtohex(standard_hash('abc', 'MD5')) from dual", rows(("A9993E364706816ABA3E25717850C26C9CD0D89D", "900150983CD24FB0D6963F7D28E17F72")), _manual("STANDARD_HASH")),
    Case("a CLOB is LIKE a pattern", "select count(*) from t where c like 'a%'", rows((1,)), Manual("Database SecureFiles and Large Objects Developer's Guide", "SQL Functions and Operators for LOBs"), setup=_T),
    Case("the bytes of a BLOB are RAW", "select dbms_lob.substr(b, 2, 2), rawtohex(dbms_lob.substr(b, 9, 1)) from t", rows((b"BC", "414243")), Manual("PL/SQL Packages and Types Reference", "DBMS_LOB.SUBSTR Functions"), setup=_T),
    Case("a part of a LOB that is not there is NULL", "select dbms_lob.substr(c, 4, 9), dbms_lob.instr(c, 'x', 1, 2) from t", rows((None, 0)), Manual("PL/SQL Packages and Types Reference", "DBMS_LOB.INSTR Functions"), setup=_T),
)  # fmt: skip
