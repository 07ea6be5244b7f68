"""Show that a handed attempt is at work, and hear who wishes it to stop.

Whoever waits looks at rows that changed. Between the blocks of steps the session that works has a
transaction open, so its process says from a second session, every now and then, that there may be
news. There it also reads whether somebody wishes the attempt to stop: that needs no privilege,
unlike all that can be done to its session from outside.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import Iterator, Optional

from airflow_oracle_dag import sql
from airflow_oracle_dag.runtime.beside import Beside
from airflow_oracle_dag.runtime.block import Hold
from airflow_oracle_dag.runtime.connector import Connector, Session
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.progress import Progress

#: Seconds between two looks for a wish to stop, and between two words that there may be news.
LOOK_EVERY, TELL_EVERY = 3.0, 20.0
_LONGEST_CALL = 10.0


@contextmanager
def pulsing(connector: Connector, progress: Progress, interrupt: Interrupt) -> Iterator[None]:
    """Keep the pulse of an attempt while it works.

    :param connector: opens the second session.
    """
    beside = _Pulse(connector, progress, interrupt).beside
    beside.start()
    try:
        yield
    finally:
        beside.stop()


class _Pulse:
    def __init__(self, connector: Connector, progress: Progress, interrupt: Interrupt) -> None:
        self._connector = connector
        self._progress = progress
        self._hold: Hold = progress.hold
        self._interrupt = interrupt
        self._session: Optional[Session] = None
        self._next_word = 0.0
        self._step: Optional[int] = None
        self.beside = Beside(
            "oracle-pulse",
            LOOK_EVERY,
            self._beat,
            self._failed,
            self._put_away,
            progress.observe,
        )

    def _beat(self) -> None:
        if self._session is None:
            self._session = self._connector.open()
            self._session.limit(_LONGEST_CALL)
        step, now = self._progress.step, time.monotonic()
        no = None if step is None else step.no
        is_news = no != self._step or now >= self._next_word
        found = self._session.call(
            sql.statement("pulse", self._hold.schema),
            {
                "run_hash": self._hold.run_hash,
                "attempt": self._hold.attempt,
                "is_news": int(is_news),
            },
            {"wish": str},
        )
        if is_news:
            self._step, self._next_word = no, now + TELL_EVERY
        if found["wish"] and not self._interrupt.requested:
            self._interrupt.request(f"stopped for {found['wish']}")

    def _failed(self, said: str) -> None:
        self.beside.say_once(f"whether somebody wishes it to stop is not known: {said}")

    def _put_away(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
