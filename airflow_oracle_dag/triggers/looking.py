"""Look at something for all who wait for it, in one task of the event loop, as long as any do."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

log = logging.getLogger(__name__)


class Waiter(Protocol):
    """One who waits.

    :ivar key: of what it waits for; several may wait for the same.
    :ivar interval: seconds between two looks.
    """

    @property
    def key(self) -> Hashable:
        """Return what it waits for."""

    interval: float

    def hear(self, trouble: str, *, given_up: bool = False) -> None:
        """Take why nothing can be seen, "" when it can be again."""


W = TypeVar("W", bound=Waiter)


class Looking(ABC, Generic[W]):
    """Look for all of them; the first one that joins starts the looking, the last one ends it.

    :param name: of what is looked at, for the log.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.loop = asyncio.get_running_loop()
        self._waiters: dict[Hashable, set[W]] = {}
        self._task: asyncio.Task[None] | None = None
        self._left = asyncio.Event()

    def join(self, waiter: W) -> None:
        """Look for one more."""
        self._waiters.setdefault(waiter.key, set()).add(waiter)
        if self._task is None:
            # Its lines belong to no trigger's log: without this they would to the first one's.
            self._task = self.loop.create_task(self._run(), context=Context())

    def leave(self, waiter: W) -> None:
        """Look for one less."""
        same = self._waiters.get(waiter.key, set())
        same.discard(waiter)
        if not same:
            self._waiters.pop(waiter.key, None)
        if not self._waiters:
            self._left.set()

    def each(self) -> Iterator[W]:
        """Give all that wait now."""
        return (one for same in list(self._waiters.values()) for one in list(same))

    def tell(self, trouble: str, *, given_up: bool = False) -> None:
        """Tell all of them why nothing can be seen, "" when it can be again."""
        for waiter in self.each():
            waiter.hear(trouble, given_up=given_up)

    @abstractmethod
    async def look(self) -> None:
        """Look once, and tell those whom it concerns; also that it was not possible."""

    @abstractmethod
    async def end(self) -> None:
        """Let go of what was needed to look; nobody waits any more."""

    def interval(self) -> float:
        """Return the seconds from the begin of this look to the next one's."""
        return min((one.interval for one in self.each()), default=0.0)

    async def _run(self) -> None:
        try:
            while self._waiters:
                begun = self.loop.time()
                await self.look()
                await self._pause(begun + self.interval())
        except Exception as error:
            log.exception("%s: the waiting itself failed", self.name)
            self.tell(f"{type(error).__name__}: {error}", given_up=True)
        finally:
            await self.end()

    async def _pause(self, until: float) -> None:
        while self._waiters and (left := until - self.loop.time()) > 0:
            self._left.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._left.wait(), left)
