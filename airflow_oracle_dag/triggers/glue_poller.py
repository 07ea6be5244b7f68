"""One look for all: every trigger that waits for runs of one Glue job shares one poller.

However many runs wait, one question in each interval shows how the newest two hundred stand; an
older one is asked for by itself. boto3 waits in a thread, so the event loop goes on.

AWS may throttle, be away or let credentials expire for hours: then it is asked less often, each
time after another while, with credentials that are fetched anew, and whoever waits waits on. The
checkpoint rows, which another poller reads, say all the same when the work is done.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from asgiref.sync import sync_to_async

from airflow_oracle_dag.hooks.glue_errors import GlueExpired, GlueMissing
from airflow_oracle_dag.hooks.glue_runs import GlueRun, GlueRuns, Place
from airflow_oracle_dag.runtime.errors import CarrierBusy, CarrierRefused
from airflow_oracle_dag.triggers.looking import Looking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from airflow_oracle_dag.triggers.glue_log import LogTail

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)

#: Seconds between two looks while AWS does not answer: at most, once it is so for long.
SLOWEST = 300.0
#: Seconds that AWS may refuse to be asked (a policy that was changed) before the tasks are told.
PATIENCE = 3600.0
#: Looks that do not find a run until it counts as gone: AWS shows a new one after a moment.
_UNSEEN = 3
#: Seconds between two looks at a run's log, and logs that one look reads at most.
LOG_INTERVAL, _LOGS = 30.0, 20


@dataclass(eq=False)
class GlueWatcher:
    """One who waits for a Glue run.

    :param token: by which the run was started; :param run_id: its id.
    :param since: when it can have been started at the earliest, aware.
    :param interval: seconds between two looks.
    :param tail: of its log; :param ring: is called when there is something new.
    :ivar run: how it was last seen; :ivar missing: there is none, or no job of that name.
    :ivar lines: of its log, which whoever waits takes.
    """

    token: str
    run_id: str
    since: datetime
    interval: float
    tail: LogTail
    ring: Callable[[], None]
    run: GlueRun | None = None
    missing: str = ""
    trouble: str = ""
    given_up: str = ""
    lines: list[str] = field(default_factory=list)
    unseen: int = 0
    log_due: float = 0.0

    @property
    def key(self) -> str:
        """Return what it waits for."""
        return self.run_id

    def see(self, found: GlueRun | GlueMissing) -> None:
        """Take how the run stands, or that there is none."""
        if isinstance(found, GlueRun):
            changed = found != self.run
            self.run, self.unseen, self.missing = found, 0, ""
        else:
            self.unseen += 1
            changed = self.unseen == _UNSEEN
            self.missing = str(found) if self.unseen >= _UNSEEN else ""
        if changed:
            self.ring()

    def hear(self, trouble: str, *, given_up: bool = False) -> None:
        """Take why nothing can be seen, "" when it can be again."""
        if (trouble, given_up) != (self.trouble, bool(self.given_up)):
            self.trouble = trouble
            self.given_up = trouble if given_up else ""
            self.ring()

    def read(self, lines: Sequence[str]) -> None:
        """Take lines of the log."""
        if lines:
            self.lines += lines
            self.ring()

    def take_lines(self) -> list[str]:
        """Return the lines that were not taken yet."""
        lines, self.lines = self.lines, []
        return lines


_POLLERS: dict[tuple[asyncio.AbstractEventLoop, Place], GluePoller] = {}


def glue_poller_of(place: Place) -> GluePoller:
    """Return the poller of a job in this event loop."""
    key = (asyncio.get_running_loop(), place)
    if key not in _POLLERS:
        _POLLERS[key] = GluePoller(place)
    return _POLLERS[key]


class GluePoller(Looking[GlueWatcher]):
    """Look for all watchers of one job, as long as there are any."""

    def __init__(self, place: Place) -> None:
        super().__init__(str(place))
        self.place = place
        self.runs = GlueRuns(place)
        self._failures = 0
        self._refused_at: float | None = None

    def interval(self) -> float:
        """Return the seconds between two looks: more, and never the same, while AWS is away."""
        shortest = super().interval()
        if not self._failures:
            return shortest
        longest = max(shortest, SLOWEST)
        doubled = min(longest, shortest * 2.0 ** min(self._failures, 10))
        return random.uniform(doubled / 2, doubled)  # noqa: S311 - so that not all come at once

    async def look(self) -> None:
        """Look, or tell why that is not possible."""
        waiting = list(self.each())
        try:
            found = await _in_thread(self._ask, waiting)
        except (CarrierBusy, CarrierRefused) as error:
            self._fail(error)
            return
        if self._failures:
            log.info("%s answers again", self.name)
        self._failures, self._refused_at = 0, None
        self.tell("")
        for watcher in waiting:
            watcher.see(found[watcher.run_id])
        await self._read_logs(waiting)

    async def end(self) -> None:
        """Forget the clients."""
        _POLLERS.pop((self.loop, self.place), None)

    async def read_log(self, watcher: GlueWatcher) -> None:
        """Read what a run's log has that was not read yet."""
        if watcher.run is not None:
            watcher.read(await _in_thread(watcher.tail.read, self.runs, watcher.run))
            watcher.log_due = self.loop.time() + LOG_INTERVAL

    def _ask(self, waiting: Sequence[GlueWatcher]) -> dict[str, GlueRun | GlueMissing]:
        """Ask how the runs stand; in a thread."""
        wanted = {watcher.run_id for watcher in waiting}
        found: dict[str, GlueRun | GlueMissing] = {}
        if len(wanted) > 1:
            try:
                found = {run.id: run for run in self.runs.newest() if run.id in wanted}
            except GlueMissing as missing:
                return dict.fromkeys(wanted, missing)
        for run_id in wanted - set(found):
            try:
                found[run_id] = self.runs.get(run_id)
            except GlueMissing as missing:
                found[run_id] = missing
        return found

    async def _read_logs(self, waiting: Sequence[GlueWatcher]) -> None:
        """Read the logs that are due, not more of them than AWS lets one ask for."""
        now = self.loop.time()
        due = [one for one in waiting if one.run is not None and one.log_due <= now]
        for watcher in sorted(due, key=lambda one: one.log_due)[:_LOGS]:
            await self.read_log(watcher)

    def _fail(self, error: CarrierBusy | CarrierRefused) -> None:
        now = self.loop.time()
        self._failures += 1
        refused = isinstance(error, CarrierRefused)
        if not refused:
            self._refused_at = None
        elif self._refused_at is None:
            self._refused_at = now
        if refused or isinstance(error, GlueExpired):
            self.runs.renew()  # the connection may have other credentials by now
        told = str(error).split("\n", 1)[0]
        if self._failures == 1:
            log.warning("could not look: %s", told)
        over = self._refused_at is not None and now - self._refused_at >= PATIENCE
        self.tell(str(error) if over else told, given_up=over)


async def _in_thread(function: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
    return await sync_to_async(function, thread_sensitive=False)(*given, **named)
