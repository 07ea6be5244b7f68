"""Input that PostgreSQL cannot take: refused by a statement's error, never by the session's end."""

from __future__ import annotations

import pytest

_MANY = ",".join(f":{number}" for number in range(70_000))

REFUSED = [
    pytest.param("SELECT utl_raw.cast_to_varchar2(HEXTORAW('DF')) FROM dual", 3001, id="no UTF-8"),
    pytest.param("SELECT utl_raw.cast_to_varchar2(HEXTORAW('00')) FROM dual", 3001, id="a zero"),
    pytest.param("SELECT CHR(0) FROM dual", 3001, id="CHR(0)"),
    pytest.param("SELECT CHR(99999999999) FROM dual", 3001, id="CHR of four bytes"),
    pytest.param(
        "DECLARE v VARCHAR2(9); BEGIN v := utl_raw.cast_to_varchar2(HEXTORAW('DF')); END;",
        3001,
        id="no UTF-8 in a block",
    ),
    pytest.param("BEGIN dbms_output.put_line(CHR(223)); END;", 3001, id="CHR of half a character"),
    pytest.param("SELECT RPAD('x', 1e9) FROM dual", 3001, id="a huge text"),
    pytest.param("SELECT 1 FROM dual -- \0", 3001, id="character 0 in a comment"),
    pytest.param("DELETE FROM dual \0WHERE 1 = 0", 3001, id="character 0 before a condition"),
    pytest.param("BEGIN NULL; END; \0", 3001, id="character 0 in a block"),
    pytest.param("SELECT " + ",".join(["1"] * 1700) + " FROM dual", 1792, id="too many columns"),
    pytest.param(
        "CREATE TABLE wide (" + ",".join(f"c{n} NUMBER" for n in range(1001)) + ")",
        1792,
        id="too many columns of a table",
    ),
    pytest.param(f"SELECT COUNT(*) FROM dual WHERE 1 IN ({_MANY})", 3001, id="too many binds"),
]


@pytest.mark.parametrize(("sql", "code"), REFUSED)
def test_what_postgresql_cannot_take_costs_the_statement_only(client, sql, code):
    """ORA-00600 would make the driver close the connection; the session goes on."""
    assert client.fails(sql) == code
    assert client.one("SELECT 1 FROM dual") == 1
