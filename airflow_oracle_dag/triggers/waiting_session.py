"""The one session on which a triggerer asks for all that waits at a connection.

It is the driver's own asynchronous one. Where the driver has none, in thick mode, a plain session
is used in a thread of its own: still one session, and the event loop goes on.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import oracledb
from asgiref.sync import sync_to_async

from airflow_oracle_dag.runtime.advice import advice
from airflow_oracle_dag.runtime.codes import code_of
from airflow_oracle_dag.runtime.errors import ConnectFailed
from airflow_oracle_dag.runtime.severing import sever

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from airflow_oracle_dag.runtime.access import Access

#: How the session names itself in V$SESSION.
MODULE, ACTION = "airflow_oracle_dag.waiting", "wait for jobs"
#: Seconds that one query may take; it waits for no lock and reads little.
CALL_TIMEOUT = 60.0
#: Seconds that a server that does not answer gets to hear that the session ends.
GOODBYE = 5.0
#: Rows that come with each round trip.
_AT_ONCE = 1000

T = TypeVar("T")


class WaitingSession(Protocol):
    """A session that only reads."""

    async def rows(self, text: str, binds: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run a SELECT and return all of its rows.

        :raises oracledb.Error: as the driver says it.
        """

    async def close(self) -> None:
        """End the session; never raises, because nothing can be done about it."""


async def open_session(conn_id: str) -> WaitingSession:
    """Open the session of an Airflow connection.

    :param conn_id: the connection's id.
    :raises ConnectFailed: none can be had, or it leads to a server that others share.
    """
    access = await sync_to_async(_access_of, thread_sensitive=False)(conn_id)
    try:
        return await _open(access)
    except (oracledb.Error, OSError) as error:
        code = code_of(error)
        failed = ConnectFailed(advice(error, code), code)
    raise failed  # not above: what the driver says may have the connect string, and secrets in it


async def _open(access: Access) -> WaitingSession:
    if access.can_be_async:
        with suppress(oracledb.NotSupportedError):  # the thread can do what this cannot
            return _Asynchronous(await access.connect_async())
    return await _InThread.open(access)


def _access_of(conn_id: str) -> Access:
    # The Oracle provider's hooks take their time to import.
    from airflow_oracle_dag.hooks.oracle_script import OracleScriptHook  # noqa: PLC0415 - above

    return OracleScriptHook(oracle_conn_id=conn_id).own_access()


class _Asynchronous:
    """The driver's asynchronous session.

    Its calls are limited here and not by the driver's own call timeout. With that, before Python
    3.12, the driver looks at the connection in one turn of the event loop and sends in another: a
    connection that is lost between the two ends the process (seen with oracledb 26.1.0).
    """

    def __init__(self, connection: oracledb.AsyncConnection) -> None:
        self._connection = connection
        _mark(connection)

    async def rows(self, text: str, binds: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run a SELECT and return all of its rows.

        :raises TimeoutError: it took longer than it may; the session is of no use any more.
        """
        return await self._limited(self._rows(text, binds), CALL_TIMEOUT)

    async def close(self) -> None:
        """End the session."""
        with suppress(oracledb.Error, OSError, TimeoutError):
            await self._limited(self._connection.close(), GOODBYE)

    async def _rows(self, text: str, binds: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            _prepare(cursor, binds)
            await cursor.execute(text, dict(binds))
            return [tuple(row) for row in await cursor.fetchall()]

    async def _limited(self, call: Coroutine[Any, Any, T], seconds: float) -> T:
        """Wait for a call of the driver, but not for ever.

        A call that is cancelled would wait for the server to agree, so it is left its connection
        breaks instead.
        """
        task = asyncio.create_task(call)
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            self._abandon(task)
            raise
        if not done:
            self._abandon(task)
            raise TimeoutError(f"the database did not answer within {seconds:g} s")
        return task.result()

    def _abandon(self, task: asyncio.Task[Any]) -> None:
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        if not sever(self._connection):
            task.cancel()


class _InThread:
    """A plain session, all of whose calls are made in one thread."""

    def __init__(self, connection: oracledb.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread
        _mark(connection)
        connection.call_timeout = int(CALL_TIMEOUT * 1000)

    @classmethod
    async def open(cls, access: Access) -> _InThread:
        """Open the session in the thread that is to be its own."""
        thread = ThreadPoolExecutor(1, "oracle-waiting")
        try:
            return cls(await _call(thread, access.connect), thread)
        except BaseException:
            thread.shutdown(wait=False)
            raise

    async def rows(self, text: str, binds: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run a SELECT and return all of its rows."""
        return await _call(self._thread, lambda: self._rows(text, binds))

    async def close(self) -> None:
        """End the session."""
        with suppress(oracledb.Error, OSError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await _call(self._thread, self._connection.close)
        self._thread.shutdown(wait=False)

    def _rows(self, text: str, binds: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            _prepare(cursor, binds)
            cursor.execute(text, dict(binds))
            return [tuple(row) for row in cursor.fetchall()]


async def _call(thread: ThreadPoolExecutor, function: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(thread, function)


def _mark(connection: oracledb.Connection | oracledb.AsyncConnection) -> None:
    connection.module, connection.action = MODULE, ACTION


def _prepare(cursor: oracledb.Cursor | oracledb.AsyncCursor, binds: Mapping[str, Any]) -> None:
    """Let rows come with the execution, and moments keep their fractions of a second."""
    cursor.prefetchrows = _AT_ONCE + 1
    cursor.arraysize = _AT_ONCE
    names: Sequence[str] = list(binds)
    if names:
        cursor.setinputsizes(**dict.fromkeys(names, oracledb.DB_TYPE_TIMESTAMP))
