"""Do something every now and then beside an attempt, in a thread of its own.

What goes wrong there costs what the thread does and nothing else; it is said once.
"""

from __future__ import annotations

import contextvars
import threading
from typing import Callable, Optional

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.runtime.results import Event, Observer

_UNWINDING = 1.0  # seconds that the thread is waited for


class Beside:
    """A thread that acts until it is stopped.

    :param name: of the thread.
    :param every: seconds between two acts.
    :param act: what it does.
    :param failed: is told in one clause why an act failed; the next one comes all the same.
    :param put_away: gives back what the acts hold; called after a failure, and at the end.
    """

    def __init__(
        self,
        name: str,
        every: float,
        act: Callable[[], None],
        failed: Callable[[str], None],
        put_away: Callable[[], None],
        observe: Observer,
    ) -> None:
        self._name = name
        self._every = every
        self._act = act
        self._failed = failed
        self._put_away = put_away
        self._observe = observe
        self._over = threading.Event()
        self._thread: Optional[threading.Thread] = None
        self._silenced = False

    def start(self) -> None:
        """Begin."""
        # Airflow looks a connection up by what the thread's context says of the task.
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._run,), name=self._name, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End; a call that is not answered is not waited for."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(_UNWINDING)

    def say_once(self, text: str) -> None:
        """Tell the first thing that goes wrong."""
        if not self._silenced:
            self._silenced = True
            self._observe(Event("notice", text))

    def _run(self) -> None:
        while not self._over.wait(self._every):
            try:
                self._act()
            except Exception as error:  # noqa: BLE001 - whatever it is, it costs only what is done here
                self._put_away()
                self._failed(
                    str(error) if isinstance(error, OracleDagError) else type(error).__name__
                )
        self._put_away()
