"""Watch over an attempt while its calls are silent for long.

A statement of three hours is one call: nothing is heard of it until it ends. Beside it a thread
looks at the clock once a second. When a call has been silent for some seconds, it opens a session
of its own, and closes it when the call is over; a script of short steps never has a second one.
There it writes the client's heartbeat and how far the statement is (ODAG_SIGNAL), and it notices
that the database has finished although its reply was lost: it then cuts the connection, so that the
runner finds out what was committed as it does whenever a connection breaks.

It also says once when a step, or the run, takes longer than expected. What goes wrong here costs
the watching and nothing else; it is said once.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import Dict, Iterator, List, Optional, Tuple

from airflow_oracle_dag.core.expected import Expectation, Overdue, Reminder, declared
from airflow_oracle_dag.core.plan import Step
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.watch import Look, Watching, lost_reply, progress_of
from airflow_oracle_dag.runtime.beside import Beside
from airflow_oracle_dag.runtime.connector import Connector
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError
from airflow_oracle_dag.runtime.interrupt import Interrupt, RunningCall
from airflow_oracle_dag.runtime.progress import Progress
from airflow_oracle_dag.runtime.results import Event, OverdueEvent, RunOptions
from airflow_oracle_dag.runtime.witness import Witness

_TICK, _SHORTEST_TICK = 1.0, 0.05  # seconds between two looks at the clock


@contextmanager
def watching(
    connector: Connector, progress: Progress, interrupt: Interrupt, options: RunOptions
) -> Iterator[None]:
    """Watch over an attempt's calls while it works.

    :param connector: opens the second session.
    """
    if options.watching is None:
        yield
        return
    watchdog = Watchdog(connector, progress, interrupt, options.watching, options.expected)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.stop()


class Watchdog:
    """Watch over the calls of one attempt, in a thread beside it.

    :param expected: seconds that the run as a whole is expected to take, None: nobody said.
    """

    def __init__(
        self,
        connector: Connector,
        progress: Progress,
        interrupt: Interrupt,
        settings: Watching,
        expected: Optional[Expectation] = None,
    ) -> None:
        self._connector = connector
        self._progress = progress
        self._interrupt = interrupt
        self._settings = settings
        self._witness: Optional[Witness] = None
        self._call: Optional[RunningCall] = None
        self._looks: List[Look] = []
        self._next_look = self._next_beat = 0.0
        self._told = ""
        self._began = time.monotonic()
        self._step: Optional[Step] = None
        self._step_began = self._began
        self._asked: Dict[str, bool] = {}
        self._reminder = Reminder(
            progress.hold.run_key, progress.hold.attempt, _expectations(progress, expected)
        )
        self._beside = Beside(
            "oracle-watchdog",
            max(_SHORTEST_TICK, min(_TICK, settings.silent_after / 2)),
            self._watch,
            self._failed,
            self._put_away,
            progress.observe,
        )

    def start(self) -> None:
        """Begin to watch."""
        self._beside.start()

    def stop(self) -> None:
        """Stop watching; what the thread still waits for is not waited for."""
        self._beside.stop()

    def _failed(self, said: str) -> None:
        self._next_look = time.monotonic() + self._settings.look_every
        self._beside.say_once(f"the running call cannot be watched for now: {said}")

    def _watch(self) -> None:
        now = time.monotonic()
        step = self._progress.step
        if step is not self._step:
            self._step, self._step_began = step, now
        call = self._interrupt.running
        if call is not self._call:
            self._call, self._looks, self._next_look = call, [], 0.0
            self._put_away()
        if call is not None and now - call.since >= self._settings.silent_after:
            self._attend(call, step, now)
        self._remind(step, now)

    def _attend(self, call: RunningCall, step: Optional[Step], now: float) -> None:
        """Look at a call that is silent, when it is time to."""
        if now < self._next_look:
            return
        self._next_look = now + self._settings.look_every
        if self._witness is None:
            self._witness = Witness(self._connector.open(), self._progress.hold)
        witness = self._witness
        self._looks.append(witness.look(self._awaited(step)))
        self._beat(witness, step, now)
        if step is not None:
            self._learn(witness, step)
        reason = lost_reply(self._looks, self._settings.patience)
        if reason:
            self._give_up(call, step, reason)

    def _awaited(self, step: Optional[Step]) -> Optional[Tuple[int, State]]:
        """Say which step's checkpoint the client waits for, if what runs is a block."""
        if step is not None:
            return step.no, State.SUCCEEDED
        first = self._progress.to_run[:1]
        return (first[0].no, State.RUNNING) if first else None

    def _beat(self, witness: Witness, step: Optional[Step], now: float) -> None:
        """Write the heartbeat when it is due, and say how far the step is when that is new."""
        if now < self._next_beat:
            return
        self._next_beat = now + self._settings.beat_every
        short, what = "", None
        if step is not None:
            operation = witness.long_operation()
            short, what = progress_of(step.no, len(self._progress.results), operation)
            if what is not None and short != self._told:
                self._told = short
                self._progress.observe(Event("progress", f"{short} ({step.name}): {what}"))
        try:
            witness.beat(short if what is None else f"{short}: {what}")
        except ConnectionLost:
            raise
        except DatabaseError as error:
            self._beside.say_once(f"no heartbeat can be written to ODAG_SIGNAL: {error.message}")

    def _learn(self, witness: Witness, step: Step) -> None:
        """Ask once what a step takes as a rule, if nobody said it."""
        if step.name in self._asked or step.name in self._reminder.expectations:
            return
        self._asked[step.name] = True
        usual = witness.usual(step.name)
        if usual is not None:
            self._reminder.expectations[step.name] = usual

    def _remind(self, step: Optional[Step], now: float) -> None:
        found = [self._reminder.check(None, now - self._began)]
        if step is not None:
            found.append(self._reminder.check(step.name, now - self._step_began))
        for overdue in found:
            if overdue is not None:
                self._tell(overdue)

    def _tell(self, overdue: Overdue) -> None:
        self._progress.observe(OverdueEvent("overdue", overdue.text, overdue=overdue))

    def _give_up(self, call: RunningCall, step: Optional[Step], reason: str) -> None:
        """End a call whose answer will not come; the runner then looks what was committed."""
        where = f"step {step.name}" if step is not None else "the first step"
        said = f"{where}: no answer will come, {reason}"
        cut = self._interrupt.sever(call)
        if cut:
            self._progress.observe(Event("decision", f"{said}: its connection is cut"))
        elif cut is False:
            self._beside.say_once(
                f"{said}; the driver's thick mode cannot be made to give the call up: end the task "
                "and let it be tried again, and set SQLNET.RECV_TIMEOUT for the next time"
            )
        self._looks = []

    def _put_away(self) -> None:
        if self._witness is not None:
            self._witness.close()
            self._witness = None


def _expectations(
    progress: Progress, expected: Optional[Expectation]
) -> Dict[Optional[str], Expectation]:
    found: Dict[Optional[str], Expectation] = {
        step.name: declared(step.expected)
        for step in progress.plan.steps
        if step.expected is not None
    }
    if expected is not None:
        found[None] = expected
    return found
