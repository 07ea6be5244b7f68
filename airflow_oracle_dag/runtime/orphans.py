"""Wait for an earlier attempt that lives, or end its session where that is permitted.

A session is ended only when it surely is the run's own: it holds the lock that its attempt wrote
down, or V$SESSION shows the same numbers with the run's key or the attempt's process. Numbers alone
may belong to a stranger after a restart of the instance.
"""

from __future__ import annotations

import time
from datetime import timezone
from typing import List, Optional

from airflow_oracle_dag.core.liveness import Liveness, liveness_of
from airflow_oracle_dag.core.orphans import Cancel, Means, Policy
from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.connector import Connector
from airflow_oracle_dag.runtime.errors import ConnectFailed
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions
from airflow_oracle_dag.runtime.session_ends import BY_SYSTEM, Ended, ask, look, name_of
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.table_rows import cut_bytes

_LONGEST_PAUSE = 5.0  # seconds between two looks at a run that another attempt holds
_GRACE = 1.0  # seconds in which a session whose client has just died ends by itself
_LONGEST_CALL = 60.0  # seconds that the statement which ends a session may take
_UNTIL_KILL = 3.0  # seconds that a cancelled statement has to end


class Patience:
    """How long to wait for an attempt that lives, and how often to look."""

    def __init__(self, options: RunOptions, interrupt: Interrupt) -> None:
        self._interrupt = interrupt
        self._began = time.monotonic()
        self._pause = 0.05
        self.limit = options.orphan_timeout
        self.first = True

    @property
    def waited(self) -> float:
        """Return for how many seconds it has been waited."""
        return time.monotonic() - self._began

    @property
    def is_over(self) -> bool:
        """Tell whether policy says not to wait any longer."""
        return self.limit is not None and self.waited >= self.limit

    def pause(self) -> None:
        """Wait a little, each time a little longer."""
        self.first = False
        left = _LONGEST_PAUSE
        if self.limit is not None:
            left = max(0.01, self.limit - self.waited)
        self._interrupt.sleep(min(self._pause, left))
        self._pause = min(self._pause * 1.5, _LONGEST_PAUSE)


class Orphans:
    """What one takeover may do about the session of an earlier attempt, and what it did.

    :param connector: opens the session that ends another one; None: nothing is ended.
    """

    def __init__(
        self,
        store: CheckpointStore,
        identity: RunIdentity,
        options: RunOptions,
        observe: Observer,
        connector: Optional[Connector],
    ) -> None:
        self._store = store
        self._identity = identity
        self._options = options
        self._observe = observe
        self._connector = connector
        self._tried: List[Means] = []
        self._due = _GRACE
        self._obstacle = ""
        self._killed: Optional[str] = None

    def policy(
        self, run: Optional[RunRow], patience: Patience, *, is_own: bool, declared_dead: bool
    ) -> Policy:
        """Say what may be done about a run's session now."""
        means = None
        if self._connector is not None and not self._obstacle and patience.waited >= self._due:
            means = next((one for one in Means if one not in self._tried), None)
        return Policy(
            self._options.orphan,
            patience.is_over,
            is_own or declared_dead or (run is not None and self._is_earlier_try(run)),
            is_own,
            means if run is not None else None,
        )

    def was_killed(self, run: RunRow) -> bool:
        """Tell whether the database took it on itself to end a run's session."""
        return self._killed is not None and self._killed == run.session_id

    def end(self, run: RunRow, asked: Cancel, patience: Patience) -> None:
        """Stop what a run's session does, or end it; nothing is done to a session that is not sure.

        What was tried is not tried again; what stands in the way is told with the session's name.
        """
        self._tried.append(asked.means)
        self._due = patience.waited + _UNTIL_KILL
        if name_of(run) is None:
            self._obstacle = "its SERIAL# is not known, so it cannot be ended"
        else:
            self._obstacle = doubt_that_it_is_ours(self._store, run) or ""
        if not self._obstacle:
            self._end(run, asked)
        if self._obstacle:
            self._say("notice", f"{self.who(run)}: {self._obstacle}")

    def who(self, run: Optional[RunRow]) -> str:
        """Name an attempt and its session, with what the database shows of it."""
        if run is None:
            return "an attempt that is just claiming the run"
        return (
            f"attempt {run.attempt} of run {run.run_key}, begun "
            f"{run.attempt_started_at:%Y-%m-%d %H:%M:%S} UTC by {run.client}, session "
            f"{run.sid},{run.serial} on instance {run.instance}{shown(self._store, run)}"
        )

    def advice(self, run: Optional[RunRow]) -> str:
        """Say how a person can end what was waited for in vain."""
        name = f"'{run.sid},{run.serial},@{run.instance}' IMMEDIATE" if run is not None else ""
        obstacle = f" Here {self._obstacle}." if self._obstacle else ""
        return (
            "If its client is gone, ask the DBA to kill that session (ALTER SYSTEM KILL SESSION "
            f"{name}), or to set SQLNET.EXPIRE_TIME or MAX_IDLE_BLOCKER_TIME so that dead clients "
            f"are noticed.{obstacle}"
        )

    def _is_earlier_try(self, run: RunRow) -> bool:
        """Tell whether a run's attempt is an earlier try of the caller's own task instance.

        One that began later than the caller is not: the caller may be the one that is overdue.
        """
        me, began = self._identity, self._options.began_at
        mine = (me.dag_id, me.task_id, me.map_key, me.run_id)
        theirs = (run.dag_id or "", run.task_id or "", run.map_key or "", run.run_id or "")
        if not me.dag_id or began is None or tuple(cut_bytes(p, 250) for p in mine) != theirs:
            return False
        return run.attempt_started_at < began.astimezone(timezone.utc).replace(tzinfo=None)

    def _end(self, run: RunRow, asked: Cancel) -> None:
        """Ask for it in a session of its own: ORA-00031 costs the driver the connection."""
        name = name_of(run)
        if self._connector is None or name is None:
            raise ValueError("there is no session that could be ended")
        self._say("decision", f"{asked.reason}: {asked.means.value} '{name}'")
        try:
            session = self._connector.open()
        except ConnectFailed as error:
            self._obstacle = f"no session could be had to end it: {error}"
            return
        session.limit(_LONGEST_CALL)
        try:
            self._take_note(asked.means, ask(session, asked.means, name))
        finally:
            session.close()
        if asked.means is Means.KILL_SESSION and not self._obstacle:
            self._killed = run.session_id

    def _take_note(self, means: Means, ended: Ended) -> None:
        if ended.way:
            if ended.way != BY_SYSTEM:
                self._say("decision", f"done by {ended.way}")
        elif ended.unknown:
            self._due = 0.0  # a database that does not know it: what is left is to kill
        else:
            self._obstacle = "; ".join(ended.obstacles) or f"{means.value} was not answered"

    def _say(self, kind: str, text: str) -> None:
        self._observe(Event(kind, text))


def shown(store: CheckpointStore, run: RunRow) -> str:
    """Say what the database shows of a run's session; else how the session names itself."""
    name = name_of(run)
    if name is None:
        return ""
    seen = look(store.session, name)[1]
    if seen is not None:
        return f" ({seen})"
    steps = store.steps(run.run_hash, run.generation)
    action = next((step.name for step in steps if step.state is State.RUNNING), None)
    module = f"module {run.dag_id}.{run.task_id}, " if run.dag_id else ""
    return f" ({module}action {action}, client identifier {cut_bytes(run.run_key, 64)})"


def doubt_that_it_is_ours(store: CheckpointStore, run: RunRow) -> Optional[str]:
    """Say why a session cannot be ended, None when it lives and surely is the run's."""
    signs, name = store.signs_of_life(run), name_of(run)
    if liveness_of(signs) is not Liveness.ALIVE or name is None:
        return "the database does not show it as alive: nothing was ended"
    if signs.lock_held:
        return None
    readable, seen = look(store.session, name)
    me = store.session.identity.schema
    if not readable:
        return (
            "it cannot be made sure that this still is the run's own session, so it was not "
            "ended: GRANT SELECT ON V_$SESSION (of another instance GV_$SESSION), or EXECUTE "
            f"ON DBMS_LOCK, TO {me}, or let a DBA install what `oracle-dag init --control "
            f"--grant-to {me}` prints"
        )
    if seen is None:
        return "there is no such session any more"
    if seen.client == cut_bytes(run.run_key, 64) or f"{seen.machine}:{seen.process}" == run.client:
        return None
    return "these numbers belong to another session now, which was left alone"
