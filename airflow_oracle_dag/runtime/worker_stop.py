"""See to it that an attempt of this process really stops, and that it is kept who wanted it.

The driver's cancel comes first and as a rule is all that it takes. A break may be swallowed on its
way, or a server may be too busy to look at it: then the same connector opens a second session,
which cancels what the first one runs, or ends it. The wish itself is written on that second session
in any case, while the first one is still being cancelled.
"""

from __future__ import annotations

import contextvars
import threading
import time
from typing import Optional

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.plan import Step
from airflow_oracle_dag.runtime.block import Hold
from airflow_oracle_dag.runtime.connector import Connector, Session
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions
from airflow_oracle_dag.runtime.stopping import BY_ITSELF, stop_attempt, write_wish
from airflow_oracle_dag.runtime.store import CheckpointStore

#: Seconds that a stop from beside may take: less than the task itself has, see `work_thread`.
SECONDS = 3.6
#: Seconds of these that the driver's cancel has to itself.
PATIENCE = 1.2


class WorkerStop:
    """Stop the attempt that a runner of this process works on; once.

    :param connector: opens the second session.
    """

    def __init__(self, connector: Connector, options: RunOptions, observe: Observer) -> None:
        self._connector = connector
        self._options = options
        self._observe = observe
        self._over = threading.Event()
        self._beginning = threading.Lock()  # who stops is in another thread than what ends
        self._thread: Optional[threading.Thread] = None
        self._until = 0.0

    def begin(self, hold: Optional[Hold], session: Optional[Session], why: str) -> None:
        """Begin to stop an attempt from beside it; returns at once.

        :param hold: what it holds, None: nothing was begun, so there is nothing to stop.
        """
        with self._beginning:
            if hold is None or session is None or self._thread is not None or self._over.is_set():
                return
            self._until = time.monotonic() + SECONDS
            context = contextvars.copy_context()  # connections are looked up by it
            self._thread = threading.Thread(
                target=context.run,
                args=(self._stop, hold, session.identity.session_id, why),
                name="oracle-stop-beside",
                daemon=True,
            )
            self._thread.start()

    def finish(self) -> None:
        """Say that the attempt is over; wait until the wish is written."""
        with self._beginning:
            self._over.set()
        if self._thread is not None:
            self._thread.join(max(0.0, self._until - time.monotonic()))

    def _stop(self, hold: Hold, session_id: str, why: str) -> None:
        stopped = stop_attempt(
            self._connector,
            self._options.schema,
            hold.run_hash,
            hold.attempt,
            asker(self._options, hold),
            why,
            held=session_id,
            ended=self._over.is_set,
            patience=PATIENCE,
            seconds=SECONDS,
        )
        if not stopped.over and self._over.wait(max(0.0, self._until - time.monotonic())):
            self._observe(Event("notice", f"who stopped it could not be kept: {stopped.obstacle}"))
        elif not stopped.over or stopped.way != BY_ITSELF:
            self._observe(Event("notice", stopped.text))


def asker(options: RunOptions, hold: Hold) -> str:
    """Name who asks: a person or a run of a DAG, and the try."""
    tried = "" if options.try_number is None else f", try {options.try_number}"
    return f"{options.who or hold.client}{tried}"


def end_overdue(
    connector: Connector,
    options: RunOptions,
    hold: Hold,
    step: Step,
    session: Session,
    *,
    lost: bool,
) -> str:
    """Keep that a step took longer than it may; end what it still runs where its client was lost.

    :param session: that it ran in.
    :param lost: the driver gave the connection up, because a cancel was not answered.
    :return: what became of it, for the error; "": there is nothing to say.
    """
    who, why = f"the time limit of step {step.name}", f"it took longer than {step.timeout:g} s"
    if lost:
        held = session.identity.session_id
        stopped = stop_attempt(
            connector, options.schema, hold.run_hash, hold.attempt, who, why, held=held
        )
        return stopped.text
    return _keep_wish(connector, options, hold, who, why)


def _keep_wish(connector: Connector, options: RunOptions, hold: Hold, who: str, why: str) -> str:
    try:
        session = connector.open()
        try:
            session.limit(SECONDS)
            store = CheckpointStore(session, options.schema)
            write_wish(store, hold.run_hash, hold.attempt, who, why)
        finally:
            session.close()
    except OracleDagError as error:
        first = str(error).split("\n", 1)[0]
        return f"it could not be kept that the time was up: {first}"
    return ""
