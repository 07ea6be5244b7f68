"""Queries and expressions give what Oracle gives."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from airflow_oracle_dag.sandbox.session import OracleType

D = dt.datetime


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("''", None),
        ("'a' || NULL || 1 || .5", "a1.5"),
        ("NULL || ''", None),
        ("1 / 3", Decimal("0." + "3" * 38)),
        ("7 / 7", 1),
        ("MOD(10, 0)", 10),
        ("ROUND(123.456, -1)", 120),
        ("TRUNC(1.99, 1)", Decimal("1.9")),
        ("DATE '2024-01-31' + 1", D(2024, 2, 1)),
        ("DATE '2024-01-01' + 1 / 24", D(2024, 1, 1, 1)),
        ("DATE '2024-01-03' - DATE '2024-01-01'", 2),
        ("DATE '2024-01-01' + INTERVAL '90' MINUTE", D(2024, 1, 1, 1, 30)),
        (
            "TIMESTAMP '2024-01-02 00:00:00' - TIMESTAMP '2024-01-01 12:00:00'",
            dt.timedelta(hours=12),
        ),
        ("NUMTODSINTERVAL(36, 'HOUR')", dt.timedelta(hours=36)),
        ("ADD_MONTHS(DATE '2024-01-31', 1)", D(2024, 2, 29)),
        ("ADD_MONTHS(DATE '2024-02-29', 1)", D(2024, 3, 31)),
        ("LAST_DAY(DATE '2024-02-05')", D(2024, 2, 29)),
        ("NEXT_DAY(DATE '2024-01-01', 'MON')", D(2024, 1, 8)),
        ("MONTHS_BETWEEN(DATE '2024-03-31', DATE '2024-02-29')", 1),
        ("TRUNC(DATE '2024-05-17', 'Q')", D(2024, 4, 1)),
        ("TRUNC(TIMESTAMP '2024-05-17 13:14:15.678')", D(2024, 5, 17)),
        ("TO_CHAR(DATE '2024-01-02', 'YYYY-MM-DD HH24:MI')", "2024-01-02 00:00"),
        ("TO_CHAR(DATE '2024-01-02')", "02-JAN-24"),
        ("TO_CHAR(1234.5, 'FM9,990.00')", "1,234.50"),
        ("TO_CHAR(0.5)", ".5"),
        ("TO_DATE('05/02/2023 10:11', 'DD/MM/YYYY HH24:MI')", D(2023, 2, 5, 10, 11)),
        ("TO_NUMBER('12.5')", Decimal("12.5")),
        ("EXTRACT(YEAR FROM DATE '2024-05-17')", 2024),
        ("NVL(NULL, 'x')", "x"),
        ("NVL2(NULL, 1, 2)", 2),
        ("DECODE(NULL, 1, 'a', NULL, 'b', 'c')", "b"),
        ("GREATEST(1, NULL, 3)", None),
        ("SUBSTR('hello', -3, 2)", "ll"),
        ("INSTR('hello', 'l', 1, 2)", 4),
        ("REPLACE('abc', 'b')", "ac"),
        ("TRIM(LEADING '0' FROM '007')", "7"),
        ("LENGTH('')", None),
        ("REGEXP_SUBSTR('a1b22', '[0-9]+', 1, 2)", "22"),
        ("CAST('abc' AS VARCHAR2(2))", "ab"),
        ("CAST(TIMESTAMP '2024-01-01 00:00:00.9' AS DATE)", D(2024, 1, 1)),
        ("RAWTOHEX(STANDARD_HASH('a', 'MD5'))", "0CC175B9C0F1B6A831C399E269772661"),
        ("q'[it's]'", "it's"),
        ("CASE WHEN '' IS NULL THEN 1 ELSE 0 END", 1),
        ("'7' + 1", 8),
    ],
)
def test_expression(client, expression, value):
    """An expression has Oracle's value, NULLs and empty texts included."""
    assert client.one(f"SELECT {expression} FROM dual") == value


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT LEVEL FROM dual CONNECT BY LEVEL <= 3", [(1,), (2,), (3,)]),
        ("SELECT * FROM (SELECT LEVEL x FROM dual CONNECT BY LEVEL <= 9 ORDER BY 1 DESC) WHERE ROWNUM <= 2", [(9,), (8,)]),
        ("SELECT ROWNUM, x FROM (SELECT LEVEL * 2 x FROM dual CONNECT BY LEVEL <= 2)", [(1, 2), (2, 4)]),
        ("SELECT MAX(x) FROM (SELECT LEVEL x FROM dual CONNECT BY LEVEL <= 9) WHERE ROWNUM <= 3", [(3,)]),
        ("SELECT 1 FROM dual UNION SELECT 2 FROM dual MINUS SELECT 1 FROM dual", [(2,)]),
        ("SELECT a.x, b.y FROM (SELECT 1 x FROM dual) a, (SELECT 2 y FROM dual) b WHERE a.x = b.y(+)", [(1, None)]),
        ("SELECT LISTAGG(x, ',') WITHIN GROUP (ORDER BY x DESC) FROM (SELECT LEVEL x FROM dual CONNECT BY LEVEL <= 3)", [("3,2,1",)]),
        ("WITH a AS (SELECT LEVEL x FROM dual CONNECT BY LEVEL <= 4) SELECT x FROM a ORDER BY x DESC FETCH FIRST 1 ROWS ONLY", [(4,)]),
        ("SELECT x, LAG(x, 1, 0) OVER (ORDER BY x), RANK() OVER (ORDER BY x DESC) / 2 FROM (SELECT LEVEL x FROM dual CONNECT BY LEVEL <= 2) ORDER BY x", [(1, 0, 1), (2, 1, Decimal("0.5"))]),
        ("SELECT x, COUNT(*) FROM (SELECT MOD(LEVEL, 2) x FROM dual CONNECT BY LEVEL <= 5) GROUP BY ROLLUP (x) ORDER BY 1", [(0, 2), (1, 3), (None, 5)]),
    ],
)  # fmt: skip
def test_query(client, query, rows):
    """A query gives Oracle's rows."""
    assert client.rows(query) == rows


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT nope FROM dual", 904),
        ("SELECT * FROM nope", 942),
        ("SELECT 1 / 0 FROM dual", 1476),
        ("SELECT TO_NUMBER('x') FROM dual", 1722),
        ("SELECT TO_DATE('2024-13-01', 'YYYY-MM-DD') FROM dual", 1843),
        ("SELECT TO_DATE('2024-02-30', 'YYYY-MM-DD') FROM dual", 1839),
        ("SELECT TO_DATE('abc', 'YYYY-MM-DD') FROM dual", 1841),
        ("SELECT nosuch('x') FROM dual", 904),
        ("SELECT FROM dual", 936),
        ("SELECT * FRO dual", 923),
        ("SELEC 1 FROM dual", 900),
        ("SELECT 1 FROM dual;", 933),
        ("SELECT 'x FROM dual", 1756),
        ("SELECT nope.NEXTVAL FROM dual", 2289),
        ("SELECT dummy, COUNT(*) FROM dual", 979),
        ("SELECT SYS_CONTEXT('USERENV', 'NOPE') FROM dual", 2003),
        ("ALTER SESSION SET nonsense = 1", 2248),
        ("SELECT 1 FROM t@link", 3001),
        ("SELECT 1 FROM dual WHERE ROWNUM <= dummy", 3001),
        ("SELECT CORR(x, y) KEEP (DENSE_RANK LAST ORDER BY y) FROM dual", 3001),
        ("SELECT (SELECT LEVEL FROM dual CONNECT BY LEVEL <= 2) FROM dual", 1427),
    ],
)
def test_error_numbers(client, statement, code):
    """What is wrong has Oracle's number, what the sandbox cannot do has ORA-03001."""
    assert client.fails(statement) == code


def test_describe_tells_types(client):
    """DATE, TIMESTAMP, NUMBER precision and lengths survive the way through PostgreSQL."""
    client.run(
        "CREATE TABLE t (n NUMBER(10,2), i NUMBER, v VARCHAR2(10), c VARCHAR2(10 CHAR), d DATE,"
        " ts TIMESTAMP(3), tz TIMESTAMP WITH TIME ZONE, l CLOB, b BLOB, r RAW(16),"
        " f BINARY_DOUBLE, iv INTERVAL DAY TO SECOND, ch CHAR(3))"
    )
    columns = client.run("SELECT t.*, d + 1 AS d2, MAX(v) OVER () AS m FROM t").rows.columns
    found = {c.name: (c.type, c.size, c.precision, c.scale) for c in columns}
    assert found["N"] == (OracleType.NUMBER, 0, 10, 2)
    assert found["I"] == (OracleType.NUMBER, 0, 0, -127)
    assert found["V"][:2] == (OracleType.VARCHAR2, 10)
    assert found["C"][:2] == (OracleType.VARCHAR2, 40)
    assert found["TS"] == (OracleType.TIMESTAMP, 0, 0, 3)
    assert found["R"][:2] == (OracleType.RAW, 16)
    assert [found[n][0] for n in ("D", "TZ", "L", "B", "F", "IV", "CH", "D2", "M")] == [
        OracleType.DATE,
        OracleType.TIMESTAMP_TZ,
        OracleType.CLOB,
        OracleType.BLOB,
        OracleType.BINARY_DOUBLE,
        OracleType.INTERVAL_DS,
        OracleType.CHAR,
        OracleType.DATE,
        OracleType.VARCHAR2,
    ]


def test_values_come_back(client):
    """Each type keeps its value, and an empty text is NULL."""
    client.run("CREATE TABLE t (n NUMBER, v VARCHAR2(20), d DATE, l CLOB, b BLOB, r RAW(4))")
    row = (Decimal("1.25"), "é", D(2024, 1, 2, 3, 4, 5), "x" * 9000, b"\x00\x01", b"\xff")
    client.run(
        "INSERT INTO t VALUES (:1, :2, :3, :4, :5, :6)", row, (None, "", None, "", None, None)
    )
    assert client.rows("SELECT * FROM t WHERE n IS NOT NULL") == [row]
    assert client.rows("SELECT * FROM t WHERE v IS NULL AND l IS NULL") == [(None,) * 6]


def test_date_drops_fractions(client):
    """A DATE keeps whole seconds, whatever it is given."""
    client.run("CREATE TABLE t (d DATE DEFAULT SYSTIMESTAMP)")
    client.run("INSERT INTO t VALUES (:1)", (D(2024, 1, 1, 0, 0, 0, 999_999),))
    assert client.one("SELECT d FROM t") == D(2024, 1, 1)


def test_results_stay_readable_after_commit(client):
    """A result set that is being fetched survives a COMMIT."""
    rows = client.run("SELECT LEVEL FROM dual CONNECT BY LEVEL <= 5").rows
    assert rows.fetch(2) == [(1,), (2,)]
    client.session.commit()
    assert rows.fetch(10) == [(3,), (4,), (5,)]


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("select * from dual limit 1", 933),
        ("select * from (select 1 a from dual limit 1)", 933),
        ("select 1 from dual where 'a' ilike 'A'", 920),
        ("select distinct on (dummy) dummy from dual", 936),
        ("select 5 % 2 from dual", 911),
        ("insert into foreign_words values (1) on conflict do nothing", 933),
        ("with x as (delete from foreign_words returning n) select * from x", 928),
    ],
)
def test_what_other_databases_write_is_an_error(client, sql, code):
    """PostgreSQL knows it, and Oracle does not."""
    assert client.fails(sql) == code
