"""Run a script beside the main thread, which listens.

Signals reach the main thread only: there Airflow's ``on_kill`` is called and its timeout raised,
and there Ctrl-C arrives. A thread that sits in a call to the database would learn of none of them,
and one that is interrupted in the midst of a call loses its session. So the script runs in a thread
of its own; the main thread waits for its letters, says what they tell, and passes a wish to stop
on.

The only thing that a signal handler does is to put a letter into the box: `queue.SimpleQueue.put`
is the one such call that Python's manual calls reentrant.
"""

from __future__ import annotations

import contextvars
import threading
import time
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Callable, Optional, Protocol

from airflow_oracle_dag.runtime.errors import RunStopped

if TYPE_CHECKING:
    from airflow_oracle_dag.runtime.results import Event, RunResult, StepResult

#: Seconds that a run has to unwind after a wish to stop. Airflow's supervisor sends SIGKILL five
#: seconds after SIGTERM, and the task has to report its end before that.
GRACE = 4.0


class Runner(Protocol):
    """What is run: a `ScriptRunner`."""

    def run(self) -> RunResult:
        """Run to the end."""

    def cancel(self, reason: str) -> None:
        """Make `run` raise `RunStopped` soon; from any thread."""


@dataclass(frozen=True)
class _Stop:
    reason: str


@dataclass(frozen=True)
class _Ended:
    result: Optional[RunResult] = None
    error: Optional[BaseException] = None


class WorkThread:
    """Run one script in a thread and report from it in the thread that calls `run`.

    :param say: takes each event that has a line as it comes, in the thread that calls `run`.
    :param follow: the same for steps as they begin; None: nobody wants to know.
    """

    def __init__(
        self,
        say: Callable[[Event], None],
        follow: Optional[Callable[[StepResult], None]] = None,
    ) -> None:
        self._say = say
        self._follow = follow
        self._letters: SimpleQueue[Event | _Stop | _Ended] = SimpleQueue()
        self._ended = False

    def tell(self, event: Event) -> None:
        """Take an event of the run; from any thread."""
        self._letters.put(event)

    def stop(self, reason: str) -> None:
        """Ask the run to stop; from any thread and from a signal handler."""
        self._letters.put(_Stop(reason))

    def run(self, runner: Runner) -> RunResult:
        """Run to the end, whatever that is.

        :raises RunStopped: when `stop` was called first; within `GRACE` seconds.
        """
        # Connections are looked up in the thread: it needs the task's context variables.
        task_context = contextvars.copy_context()
        threading.Thread(
            target=task_context.run, args=(self._work, runner), name="oracle-script", daemon=True
        ).start()
        try:
            return self._listen(runner)
        except BaseException as error:  # a timeout of Airflow is no Exception
            if not self._ended:
                runner.cancel(f"the task was interrupted: {type(error).__name__}")
                self._hear_out(time.monotonic() + GRACE)
            raise

    def _work(self, runner: Runner) -> None:
        try:
            ended = _Ended(result=runner.run())
        except BaseException as error:  # noqa: BLE001 - raised again where the task can see it
            ended = _Ended(error=error)
        self._letters.put(ended)

    def _listen(self, runner: Runner) -> RunResult:
        stop_by: Optional[float] = None
        reason = ""
        while True:
            try:
                letter = self._letters.get(timeout=_left(stop_by))
            except Empty:
                raise RunStopped(
                    f"{reason}; the database did not answer within {GRACE:g} s, its session ends "
                    "with this process"
                ) from None
            if isinstance(letter, _Ended):
                return self._end(letter)
            if not isinstance(letter, _Stop):
                self._hear(letter)
            elif stop_by is None:
                stop_by, reason = time.monotonic() + GRACE, letter.reason
                runner.cancel(reason)

    def _hear(self, event: Event) -> None:
        if event.text:
            self._say(event)
        elif self._follow is not None and event.step is not None:
            self._follow(event.step)

    def _end(self, ended: _Ended) -> RunResult:
        self._ended = True
        if ended.error is not None:
            raise ended.error
        if ended.result is None:
            raise RuntimeError("a run ended with neither a result nor an error")
        return ended.result

    def _hear_out(self, stop_by: float) -> None:
        """Let the thread roll back and say its last words."""
        while True:
            try:
                letter = self._letters.get(timeout=_left(stop_by))
            except Empty:
                return
            if isinstance(letter, _Ended):
                return
            if not isinstance(letter, _Stop):
                self._hear(letter)


def _left(stop_by: Optional[float]) -> Optional[float]:
    return None if stop_by is None else max(0.0, stop_by - time.monotonic())
