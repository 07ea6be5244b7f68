"""An event loop in which the time passes at once in which nothing happens."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any


class _Selector(selectors.DefaultSelector):
    """Wait for files as ever; where there would be nothing but time to wait for, skip it."""

    loop: FastLoop

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if found or timeout is None or timeout <= 0 or self.loop.busy:
            return found or super().select(timeout)
        self.loop.skipped += timeout
        return []


class FastLoop(asyncio.SelectorEventLoop):
    """A loop whose clock runs ahead whenever all of it only waits for a time.

    :ivar skipped: seconds that nobody had to wait for.
    :ivar busy: calls that threads are at; while there are any the clock goes as clocks do.
    """

    def __init__(self) -> None:
        self.skipped = 0.0
        self.busy = 0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Return the time by this clock."""
        return super().time() + self.skipped

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """Run a call in a thread; time is not skipped meanwhile."""
        self.busy += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: Any) -> None:
        self.busy -= 1
