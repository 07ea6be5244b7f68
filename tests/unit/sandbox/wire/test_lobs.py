"""The unmodified driver reads and binds LOBs."""

from __future__ import annotations

import asyncio

import oracledb
import pytest

from airflow_oracle_dag.sandbox.session import (
    Column,
    Direction,
    OracleType,
    Result,
    StatementKind,
)
from tests.unit.sandbox.wire.conftest import PASSWORD
from tests.unit.sandbox.wire.fake_session import query

COLUMNS = [
    Column("N", OracleType.NUMBER),
    Column("C", OracleType.CLOB),
    Column("B", OracleType.BLOB),
]
LONG_TEXT = "snö ☃ " * 30_000
ROWS = [(1, "short", b"\x00\xff"), (2, LONG_TEXT, bytes(200_000)), (3, None, None)]


@pytest.fixture(autouse=True)
def _script(database):
    database.script["from t"] = query(COLUMNS, ROWS)


def test_lobs_are_fetched_as_locators(connection, server, session):
    """A CLOB and a BLOB column give LOB objects that are read on demand, whole or in part."""
    cursor = connection.cursor()
    for _ in range(2):
        cursor.execute("select n, c, b from t")
        assert [d.type_code for d in cursor.description[1:]] == [
            oracledb.DB_TYPE_CLOB,
            oracledb.DB_TYPE_BLOB,
        ]
        first, second, third = cursor.fetchall()
        assert (first[1].read(), first[2].read()) == ROWS[0][1:]
        assert second[1].size() == len(LONG_TEXT)
        assert second[1].read() == LONG_TEXT
        assert second[1].read(5, 10) == LONG_TEXT[4:14]
        assert second[1].read(len(LONG_TEXT) + 1) == ""
        assert second[2].read(199_999, 100) == b"\x00\x00"
        assert third[1:] == (None, None)
    assert server.requests(session.sid)["lob"] == 2 * 6


@pytest.mark.parametrize("arraysize", [1, 100])
def test_lobs_are_fetched_as_values(connection, monkeypatch, arraysize):
    """Without LOB objects the same columns arrive as str and bytes."""
    monkeypatch.setattr(oracledb.defaults, "fetch_lobs", False)
    cursor = connection.cursor()
    cursor.arraysize = arraysize
    for _ in range(2):
        assert cursor.execute("select n, c, b from t").fetchall() == ROWS


def test_lobs_are_fetched_by_a_type_handler(connection):
    """An output type handler that asks for LONG and LONG RAW is honoured."""
    wanted = {
        oracledb.DB_TYPE_CLOB: oracledb.DB_TYPE_LONG,
        oracledb.DB_TYPE_BLOB: oracledb.DB_TYPE_LONG_RAW,
    }

    def handler(cursor, metadata):
        if metadata.type_code in wanted:
            return cursor.var(wanted[metadata.type_code], arraysize=cursor.arraysize)
        return None

    connection.outputtypehandler = handler
    assert connection.cursor().execute("select n, c, b from t").fetchall() == ROWS


def test_lobs_are_bound(connection, database, session):
    """Strings and bytes bound as LOBs, and LOBs made by the client, reach the session as values."""
    database.script["insert"] = lambda *_: Result(StatementKind.DML, row_count=1)
    cursor = connection.cursor()
    cursor.setinputsizes(oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_BLOB, oracledb.DB_TYPE_NCLOB)
    cursor.execute("insert into t values (:1, :2, :3)", [LONG_TEXT, b"\x01" * 70_000, "ñ"])
    assert session.executed[-1][2] == [[LONG_TEXT, b"\x01" * 70_000, "ñ"]]
    lob = connection.createlob(oracledb.DB_TYPE_CLOB, "hello")
    lob.write(" world", 6)
    lob.trim(8)
    assert lob.read() == "hello wo"
    cursor = connection.cursor()
    cursor.execute("insert into t values (:1)", [lob])
    assert session.executed[-1][2] == [["hello wo"]]
    assert session.executed[-1][1][0].type is OracleType.CLOB


def test_blocks_give_lobs(connection, database):
    """An OUT CLOB of a block arrives as a LOB object."""
    database.script["begin"] = lambda *_: Result(
        StatementKind.PLSQL, directions=[Direction.OUT], out={0: [LONG_TEXT]}
    )
    cursor = connection.cursor()
    variable = cursor.var(oracledb.DB_TYPE_CLOB)
    for _ in range(2):
        cursor.execute("begin :c := 'x'; end;", c=variable)
        assert variable.getvalue().read() == LONG_TEXT


def test_a_fetched_lob_is_not_written_to(connection):
    """Writing to a LOB that was selected is refused openly."""
    (_, lob, _) = connection.cursor().execute("select n, c, b from t").fetchone()
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        lob.write("more")


def test_lobs_by_asyncio(server, database):
    """The asynchronous client reads LOBs and values alike."""

    async def work():
        dsn = f"{server.address}/FREEPDB1"
        async with oracledb.connect_async(user="demo", password=PASSWORD, dsn=dsn) as connection:
            cursor = connection.cursor()
            await cursor.execute("select n, c, b from t")
            rows = await cursor.fetchall()
            assert await rows[1][1].read() == LONG_TEXT
            cursor = connection.cursor()
            await cursor.execute("select n, c, b from t t2", fetch_lobs=False)
            assert await cursor.fetchall() == ROWS

    asyncio.run(work())


def test_text_that_has_become_a_lob_is_still_text(connection, database):
    """A client that executes a query again gets text, though the column is a CLOB by now."""
    database.script["from t"] = query([Column("T", OracleType.VARCHAR2, size=10)], [("short",)])
    cursor = connection.cursor()
    assert cursor.execute("select t from t").fetchall() == [("short",)]
    database.script["from t"] = query([Column("T", OracleType.CLOB)], [("long" * 20_000,)])
    assert cursor.execute("select t from t").fetchall() == [("long" * 20_000,)]
