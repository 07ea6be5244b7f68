"""The asynchronous client of the unmodified driver, as a poller of many runs uses it."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import oracledb
import pytest

from tests.unit.sandbox.driver.conftest import PASSWORD


@pytest.fixture
def dsn(server):
    """Say where the listener is."""
    return f"{server.address}/FREEPDB1"


def opened(dsn):
    """Open a connection of the event loop."""
    return oracledb.connect_async(user="demo", password=PASSWORD, dsn=dsn)


async def asked(connection, sql, *binds):
    """Return the only value of a query."""
    (value,) = await connection.fetchone(sql, list(binds))
    return value


def test_many_ask_at_once(dsn):
    """Each connection gets its own rows, over several fetches."""

    async def one(number):
        async with opened(dsn) as connection:
            cursor = connection.cursor()
            query = "select level, cast(:1 as number) from dual connect by level <= 250"
            await cursor.execute(query, [number])
            rows = await cursor.fetchall()
            assert len(rows) == 250
            return {row[1] for row in rows}

    async def all_of_them():
        return await asyncio.gather(*(one(number) for number in range(20)))

    assert asyncio.run(all_of_them()) == [{number} for number in range(20)]


def test_cancel_and_time_out(dsn):
    """The call that ran ends, the connection goes on; so it does after its task was cancelled."""

    async def work():
        async with opened(dsn) as connection:
            sleep = "begin dbms_session.sleep(30); end;"
            asyncio.get_running_loop().call_later(0.2, connection.cancel)
            with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
                await connection.execute(sleep)
            connection.call_timeout = 200
            with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
                await connection.execute(sleep)
            connection.call_timeout = 0
            assert await asked(connection, "select 1 from dual") == 1
            task = asyncio.create_task(connection.execute("begin dbms_session.sleep(0.5); end;"))
            await asyncio.sleep(0.1)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            return await asked(connection, "select 2 from dual")

    assert asyncio.run(work()) == 2


def test_closing_while_a_call_runs(dsn, server, log_in):
    """The session ends when its call is over, and its work is rolled back."""

    async def leave():
        connection = await opened(dsn)
        await connection.execute("create table t (a number)")
        await connection.execute("insert into t values (1)")
        sid = connection.session_id
        task = asyncio.create_task(connection.execute("begin dbms_session.sleep(0.5); end;"))
        await asyncio.sleep(0.1)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, oracledb.Error):
            await task
        await connection.close()
        return sid

    sid = asyncio.run(asyncio.wait_for(leave(), 20))
    for thread in [t for t in threading.enumerate() if t.name == "sandbox-client"]:
        thread.join(10)
    assert sid not in {live.sid for live in server.sessions()}
    assert log_in().one("select count(*) from t") == 0


def test_a_pool_lends_and_takes_back(dsn):
    """A pool of two serves ten."""

    async def work():
        pool = oracledb.create_pool_async(
            user="demo",
            password=PASSWORD,
            dsn=dsn,
            min=1,
            max=2,
            getmode=oracledb.POOL_GETMODE_WAIT,
        )

        async def one(number):
            async with pool.acquire() as connection:
                return await asked(connection, "select cast(:1 as number) from dual", number)

        found = await asyncio.gather(*(one(number) for number in range(10)))
        await pool.close()
        return found

    assert asyncio.run(work()) == list(range(10))
