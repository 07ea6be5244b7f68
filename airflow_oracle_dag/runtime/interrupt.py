"""Stop a runner from another thread, without ever cutting a checkpoint in two.

While a statement of the script runs, a request to stop cancels it at once. While a block of the
protocol runs it waits up to a second for its end, because a cancelled commit leaves a question that
an uncancelled one does not.

A cancel is a wish. The driver sends a break and the database answers it, or does not: on a network
that drops urgent data the server sees it when it looks, and on one that is gone nobody does. In
thick mode the client libraries send it, in a call that may wait by itself; therefore it has a
thread of its own, and whoever asks to stop is not kept. A call timeout could not stand in for it:
it has to be set before a call, and ends that call whoever waits or not. It is what `timeout=` of a
step sets.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator, Optional

from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import RunStopped

_PATIENCE = 1.0  # seconds that a request waits for a block


@dataclass(frozen=True, eq=False)
class RunningCall:
    """A call that has not been answered yet.

    :param since: when it began, by the monotonic clock.
    """

    session: Session
    since: float


class Interrupt:
    """Remember that somebody asked to stop, and cancel what may be cancelled."""

    def __init__(self) -> None:
        self._state = threading.Condition()
        self._session: Optional[Session] = None
        self._calling = False
        self._protected = False
        self._call: Optional[RunningCall] = None
        self._requested = threading.Event()
        self._reason = ""

    @property
    def requested(self) -> bool:
        """Tell whether somebody asked to stop."""
        return self._requested.is_set()

    @property
    def reason(self) -> str:
        """Return why somebody asked to stop, "" when nobody did."""
        return self._reason

    def request(self, reason: str) -> None:
        """Ask the runner to stop; returns as soon as the request is on its way.

        Unverified: a break reaches the server in time where out-of-band data is blocked on the way
        or switched off (Net Services Reference, DISABLE_OOB); a call that waits in the server's own
        queues may answer it late. In thick mode OCIBreak ends the call of another thread (Call
        Interface Programmer's Guide, OCIBreak()).
        """
        with self._state:
            self._reason = self._reason or reason
            self._requested.set()
            self._state.wait_for(lambda: not self._protected, timeout=_PATIENCE)
            if self._calling and self._session is not None:
                _send_break(self._session)

    def check(self) -> None:
        """Raise when somebody asked to stop.

        :raises RunStopped: with the reason that was given.
        """
        if self.requested:
            raise RunStopped(
                f"{self._reason}: the step that was running is rolled back, and the next attempt "
                "begins with it"
            )

    def sleep(self, seconds: float) -> None:
        """Wait, but not when somebody asked to stop.

        :raises RunStopped: when somebody does.
        """
        self._requested.wait(seconds)
        self.check()

    @property
    def running(self) -> Optional[RunningCall]:
        """Return the call that runs, None between calls."""
        return self._call

    def sever(self, call: RunningCall) -> Optional[bool]:
        """Cut the connection of a call that runs; None: it does not run any more.

        :return: False: there is no way to, see `Session.sever`.
        """
        with self._state:
            return call.session.sever() if self._call is call else None

    @contextmanager
    def calling(self, session: Session) -> Iterator[None]:
        """Let requests cancel what runs inside."""
        with self._state:
            self.check()
            self._session, self._calling = session, True
            self._call = RunningCall(session, time.monotonic())
        try:
            yield
        finally:
            with self._state:
                self._calling, self._call = False, None

    @contextmanager
    def protected(self, session: Session) -> Iterator[None]:
        """Let requests wait a moment for what runs inside, then cancel it."""
        with self._state:
            self.check()
            self._session, self._calling, self._protected = session, True, True
            self._call = RunningCall(session, time.monotonic())
        try:
            yield
        finally:
            with self._state:
                self._calling = self._protected = False
                self._call = None
                self._state.notify_all()


def _send_break(session: Session) -> None:
    """Cancel a session's call, and wait only a moment where the break itself does not go out."""
    sender = threading.Thread(target=session.cancel, name="oracle-break", daemon=True)
    sender.start()
    sender.join(_PATIENCE)
