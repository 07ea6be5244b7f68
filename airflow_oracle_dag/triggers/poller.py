"""One look for all: every trigger that waits at one connection shares one poller.

However many runs wait, the poller holds one session and asks two questions in each interval: which
handed attempts changed since the last look, and which of their jobs are gone without a word. What
it sees it tells the watchers that are concerned; the others sleep on.

A change is seen by the time that it noted, and a transaction may end long after it noted one. So
each look reaches back a little behind the one before, and now and then one reaches back to where
the oldest of those that wait was handed over.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import oracledb

from airflow_oracle_dag import sql
from airflow_oracle_dag.runtime.advice import UNREADABLE
from airflow_oracle_dag.runtime.codes import Action, code_of, meaning_of
from airflow_oracle_dag.runtime.errors import ConnectFailed, UnfitConnection
from airflow_oracle_dag.triggers.looking import Looking
from airflow_oracle_dag.triggers.waiting_session import open_session

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from airflow_oracle_dag.triggers.waiting_session import WaitingSession

log = logging.getLogger(__name__)

#: How far each look reaches back behind the one before.
OVERLAP = timedelta(seconds=60)
#: Seconds between two looks that reach back to the oldest run that waits.
WHOLE = 300.0
#: Seconds that one look may take, with opening the session.
LOOK_TIMEOUT = 120.0
#: Seconds that the database may be away before the tasks are told.
PATIENCE = 3600.0
#: Seconds between two looks while it is away: at most, once it is so for long.
SLOWEST = 60.0

Key = tuple[str, int]


@dataclass(frozen=True)
class Sight:
    """What was last seen of a handed attempt; moments are naive UTC, by the database's clock.

    :param claimed_at: when its job began, None: it is queued.
    :param step_no: of the step that runs; :param step: its name; :param since: when it began.
    :param gone: neither an end nor a job of its name is there.
    """

    claimed_at: datetime | None = None
    ended_at: datetime | None = None
    step_no: int | None = None
    step: str | None = None
    since: datetime | None = None
    gone: bool = False


class Watcher:
    """One who waits for an attempt's job.

    :param submitted_at: when it was handed over, naive UTC by the database's clock.
    :param interval: seconds between two looks.
    """

    def __init__(
        self, run_hash: str, attempt: int, submitted_at: datetime, interval: float
    ) -> None:
        self.key: Key = (run_hash, attempt)
        self.submitted_at = submitted_at
        self.interval = interval
        self.sight: Sight | None = None
        self.trouble = ""
        self.given_up = ""
        self._news = asyncio.Event()

    def see(self, sight: Sight) -> None:
        """Take what was seen."""
        if sight != self.sight:
            self.sight = sight
            self._news.set()

    def hear(self, trouble: str, *, given_up: bool = False) -> None:
        """Take why nothing can be seen, "" when it can be again."""
        if (trouble, given_up) != (self.trouble, bool(self.given_up)):
            self.trouble = trouble
            self.given_up = trouble if given_up else ""
            self._news.set()

    def ring(self) -> None:
        """Wake who waits for news: something else than the database has some."""
        self._news.set()

    async def news(self, seconds: float | None) -> None:
        """Wait for something to be told, or for some seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()


_POLLERS: dict[tuple[asyncio.AbstractEventLoop, str, str | None], Poller] = {}


def poller_of(conn_id: str, schema: str | None) -> Poller:
    """Return the poller of a connection in this event loop.

    :param schema: owner of the checkpoint tables, None for the user that connects.
    """
    key = (asyncio.get_running_loop(), conn_id, schema)
    if key not in _POLLERS:
        _POLLERS[key] = Poller(conn_id, schema)
    return _POLLERS[key]


class Poller(Looking[Watcher]):
    """Look for all watchers of one connection, as long as there are any."""

    def __init__(self, conn_id: str, schema: str | None) -> None:
        super().__init__(f"connection {conn_id}")
        self.conn_id = conn_id
        self.schema = schema
        self._session: WaitingSession | None = None
        self._owner = ""
        self._looked_at: datetime | None = None
        self._whole_at = 0.0
        self._failed_at: float | None = None
        self._failures = 0

    def looked_at(self) -> datetime | None:
        """Return when the last look was, by the database's clock; None: there was none yet.

        What a watcher has seen was so then, and may have changed since.
        """
        return self._looked_at

    async def end(self) -> None:
        """End the session."""
        _POLLERS.pop((self.loop, self.conn_id, self.schema), None)
        await self._close()

    def interval(self) -> float:
        """Return the seconds between two looks: more while the database is away."""
        shortest = super().interval()
        if not self._failures:
            return shortest
        return max(shortest, min(SLOWEST, 2.0 ** min(self._failures - 1, 10)))

    async def look(self) -> None:
        """Look, or tell why that is not possible."""
        try:
            await self._look_twice()
        except (oracledb.Error, OSError, TimeoutError, ConnectFailed) as error:
            await self._close()
            self._fail(error)
            return
        if self._failures:
            log.info("%s answers again", self.name)
        self._failures, self._failed_at = 0, None
        self.tell("")

    async def _look_twice(self) -> None:
        """Look; a session that ended since the last look, as idle ones may, is opened anew."""
        had_one = self._session is not None
        try:
            await self._look()
        except (oracledb.Error, OSError, TimeoutError):
            if not had_one:
                raise
            await self._close()
            await self._look()

    async def _look(self) -> None:
        waiting = list(self.each())  # who joins from now on is for the next look
        async with asyncio.timeout(LOOK_TIMEOUT):
            session = await self._opened()
            since = self._since(waiting)
            changed = await session.rows(
                sql.statement("changed_handovers", self._owner), {"since": since}
            )
            oldest = min(one.submitted_at for one in waiting) - OVERLAP
            lost = await session.rows(
                sql.statement("gone_handovers", self._owner), {"since": oldest}
            )
        self._looked_at = changed[0][0]
        gone = {(run_hash, int(attempt)) for run_hash, attempt in lost}
        _show(waiting, changed[1:], gone, since)

    async def _opened(self) -> WaitingSession:
        if self._session is None:
            self._session = await open_session(self.conn_id)
            self._owner = self.schema or ""
        if not self._owner:
            [(self._owner,)] = await self._session.rows(sql.block("session_user"), {})
        return self._session

    def _since(self, waiting: Sequence[Watcher]) -> datetime:
        """Return from when on changes are to be read."""
        now = self.loop.time()
        if self._looked_at is None or now - self._whole_at >= WHOLE:
            self._whole_at = now
            return min(one.submitted_at for one in waiting) - OVERLAP
        unseen = [one.submitted_at for one in waiting if one.sight is None]
        return min([self._looked_at, *unseen]) - OVERLAP

    def _fail(self, error: Exception) -> None:
        now = self.loop.time()
        self._failed_at = now if self._failed_at is None else self._failed_at
        self._failures += 1
        told = str(error).split("\n", 1)[0] or type(error).__name__
        if self._failures == 1:
            log.warning("%s: could not look: %s", self.name, told)
        self.tell(told, given_up=_stays(error) or now - self._failed_at >= PATIENCE)

    async def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _show(
    waiting: Sequence[Watcher],
    rows: Sequence[Sequence[Any]],
    gone: Collection[Key],
    since: datetime,
) -> None:
    """Tell each watcher what a look says of its attempt."""
    seen = {
        (run_hash, int(attempt)): Sight(claimed_at, ended_at, _number(no), step, step_since)
        for _, run_hash, attempt, claimed_at, ended_at, no, step, step_since in rows
    }
    for watcher in waiting:
        sight = seen.get(watcher.key, watcher.sight)
        if watcher.key in gone or (sight is None and since < watcher.submitted_at):
            sight = Sight(gone=True)
        if sight is not None:
            watcher.see(sight)


def _stays(error: Exception) -> bool:
    """Tell whether an error will come again as long as nobody mends something."""
    code = code_of(error)
    if isinstance(error, UnfitConnection) or code in UNREADABLE:
        return True
    return meaning_of(code).action is Action.FAIL


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
