"""Take a run over: the one procedure of retries, other machines, verbs and the runner's recovery.

It locks the canary, reads what the tables say and lets `airflow_oracle_dag.core.takeover.decide`
judge the step that was left running; `airflow_oracle_dag.runtime.settlement` then writes verdict,
new owner and steps in one transaction under that lock. While it waits it holds nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Optional, Tuple

from airflow_oracle_dag.core.liveness import Liveness, liveness_of
from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.rows import Canary, RunRow, StepRow
from airflow_oracle_dag.core.states import State, move
from airflow_oracle_dag.core.takeover import (
    Advice,
    AskProbe,
    CleanError,
    Decision,
    Found,
    Verdict,
    Wait,
    decide,
)
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime import codes
from airflow_oracle_dag.runtime.errors import (
    ConnectionLost,
    DatabaseError,
    RunHeld,
    StepFailed,
    TakenOver,
    UnknownRun,
)
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions
from airflow_oracle_dag.runtime.store import CheckpointStore

_LONGEST_PAUSE = 5.0  # seconds between two looks at a run that another attempt holds


@dataclass(frozen=True)
class Own:
    """The runner that recovers its own run.

    :param attempt: its number; the run is its own only while the canary says so.
    :param error: the database's answer to its statement, None after a lost connection.
    """

    attempt: int
    error: Optional[CleanError] = None


@dataclass(frozen=True)
class Situation:
    """What was read under the canary's lock."""

    canary: Canary
    run: RunRow
    steps: Tuple[StepRow, ...]

    @property
    def open_step(self) -> Optional[StepRow]:
        """Return the one step that must be judged, None when there is none."""
        for row in self.steps:
            if row.state in (State.RUNNING, State.IN_DOUBT):
                return row
        return None


@dataclass(frozen=True)
class Settled:
    """A situation with its verdict, still under the lock."""

    situation: Situation
    verdict: Optional[Verdict]

    @property
    def steps(self) -> Tuple[StepRow, ...]:
        """Return the rows as the verdict leaves them."""
        judged = self.situation.open_step
        return tuple(self.after(row) if row is judged else row for row in self.situation.steps)

    def after(self, row: StepRow) -> StepRow:
        """Return the judged row as the verdict leaves it."""
        if self.verdict is None or self.verdict.move is None:
            return row
        return replace(row, state=move(row.state, self.verdict.move), reason=self.verdict.reason)


class Takeover:
    """Take one run over.

    :param plan: of the script as it is now; None for a verb that knows no script.
    :param declared_dead: a person says that the earlier attempt is dead: its session is not waited
        for, and what it may have committed is in doubt.
    """

    def __init__(
        self,
        store: CheckpointStore,
        identity: RunIdentity,
        plan: Optional[Plan],
        options: RunOptions,
        interrupt: Interrupt,
        observe: Observer,
        *,
        declared_dead: bool = False,
    ) -> None:
        self.store = store
        self.identity = identity
        self.run_hash = identity.digest
        self.plan = plan
        self.options = options
        self.interrupt = interrupt
        self.observe = observe
        self.declared_dead = declared_dead
        self._settings_made = False

    def settle(self, own: Optional[Own] = None) -> Settled:
        """Wait until the run can be judged and return it judged, its canary locked.

        :raises RunHeld: when the earlier attempt lives and policy says not to wait longer.
        :raises TakenOver: when the run is not `own` any more.
        """
        patience = _Patience(self.options, self.interrupt)
        while True:
            situation, decision = self._look(own, give_up=patience.is_over)
            if isinstance(decision, AskProbe):
                self._make_settings(decision)
                continue
            if isinstance(decision, Verdict) or decision is None:
                if situation is None:
                    raise self._unknown()
                return Settled(situation, decision)
            self._wait(situation, decision, patience, own)

    def _look(
        self, own: Optional[Own], *, give_up: bool
    ) -> Tuple[Optional[Situation], Optional[Decision]]:
        try:
            canary = self.store.lock_canary(self.run_hash)
        except UnknownRun:
            raise self._unknown() from None
        if canary is None:
            return None, Wait("the row that its transaction holds is locked")
        if own is not None and canary.owner != own.attempt:
            self.store.session.rollback()
            raise TakenOver(
                f"attempt {own.attempt} of run {self.identity.key} was taken over by attempt "
                f"{canary.owner}",
                run_key=self.identity.key,
            )
        run = self.store.run(self.run_hash)
        if run is None:
            raise self._unknown()
        situation = Situation(canary, run, tuple(self.store.steps(self.run_hash, run.generation)))
        return situation, self._judge(situation, own, give_up=give_up)

    def _unknown(self) -> UnknownRun:
        me = self.identity
        return UnknownRun(f"there is no run {me.key!r} in namespace {me.namespace!r}")

    def _judge(
        self, situation: Situation, own: Optional[Own], *, give_up: bool
    ) -> Optional[Decision]:
        row = situation.open_step
        liveness = self._liveness(situation.run, row, own)
        if row is None:
            if liveness is Liveness.ALIVE and not give_up:
                return Wait("the session of the earlier attempt is alive")
            return None
        if give_up and liveness is Liveness.ALIVE and row.step_class in _NOT_FENCED:
            liveness = Liveness.OVERDUE
        found = Found(
            row.step_no, row.name, row.step_class, row.state, situation.canary.mark, liveness
        )
        error = own.error if own is not None else None
        decision = decide(found, self._advice(row), error)
        if isinstance(decision, AskProbe) and self._settings_made:
            answer = self._ask(decision, row)
            decision = decide(found, replace(self._advice(row), probe_answer=answer), error)
        return decision

    def _liveness(self, run: RunRow, row: Optional[StepRow], own: Optional[Own]) -> Liveness:
        """Say what is known of the session that held the run.

        The canary's lock proves that a lost session is over only for steps that cannot commit by
        themselves: a call that arrived is carried out to its end, with or without its client.

        Unverified: IS_SESSION_ALIVE tells the truth of every session of its own instance, also of
        one that was killed and not yet cleaned up; of other instances it is not believed (PL/SQL
        Packages and Types Reference, DBMS_SESSION).
        """
        here = self.store.session.identity
        if (
            run.attempt_ended_at is not None
            or run.session_id is None
            or run.session_id == here.session_id
            or (own is not None and (own.error or row is None or row.step_class not in _UNLOCKED))
        ):
            return Liveness.ENDED
        try:
            signs = self.store.signs_of_life(run)
        except ConnectionLost:
            raise
        except DatabaseError as error:
            self._say("notice", f"whether the earlier session lives is unknown: {error.message}")
            return Liveness.UNKNOWN
        liveness = liveness_of(signs)
        if liveness is Liveness.ALIVE and self.declared_dead:
            return Liveness.DECLARED_DEAD
        return liveness

    def _advice(self, row: StepRow) -> Advice:
        step = self._step(row)
        return Advice(step.probe, None, step.repeatable) if step else Advice()

    def _step(self, row: StepRow) -> Optional[Step]:
        for step in self.plan.steps if self.plan else ():
            if step.name == row.name and (step.is_named or step.text_hash == row.text_hash):
                return step
        return None

    def _make_settings(self, asked: AskProbe) -> None:
        """Give the session what the script's @always steps give it, so that the probe sees alike.

        It is done without the lock: some settings want a session without a transaction.
        """
        session, plan = self.store.session, self.plan
        session.rollback()
        for step in plan.steps if plan else ():
            if step.probe is asked.probe:
                break
            for unit in step.units if step.step_class is StepClass.ALWAYS else ():
                values = plan.values if plan else ScriptValues()
                binds = {name: values.lookup(name) for name in unit.piece.binds}
                try:
                    session.execute(unit.piece.text, binds)
                except DatabaseError as error:
                    if not unit.piece.goes_on or not codes.ends_statement_only(error.code):
                        raise
        session.commit()
        self._settings_made = True

    def _ask(self, asked: AskProbe, row: StepRow) -> bool:
        """Run a probe; it reads under the lock, so what it sees is settled."""
        values = self.plan.values if self.plan else ScriptValues()
        binds = {name: values.lookup(name) for name in asked.probe.binds}
        try:
            answer = bool(self.store.session.execute(asked.probe.sql, binds).rows)
        except ConnectionLost:
            raise
        except DatabaseError as error:
            self.interrupt.check()
            self.store.session.rollback()
            raise StepFailed(
                f"the @probe of step {row.name} (line {asked.probe.line}) failed: {error.message}",
                run_key=self.identity.key,
                step=row.name,
                line=asked.probe.line,
                code=error.code,
            ) from error
        said = "a row: done" if answer else "no row: not done"
        self._say("decision", f"step {row.name}: {asked.reason}; its probe gave {said}")
        return answer

    def _wait(
        self,
        situation: Optional[Situation],
        decision: Decision,
        patience: _Patience,
        own: Optional[Own],
    ) -> None:
        self.store.session.rollback()
        run = situation.run if situation else self.store.run(self.run_hash)
        reason = decision.reason
        who = _who(run)
        hint = "" if situation is None else _UNLOCK
        if self.options.orphan == "fail" and own is None:
            raise RunHeld(f"{reason}: {who}; it was not waited for{hint}", run_key=_key(run))
        if patience.is_over:
            raise RunHeld(
                f"{reason}: {who}; waited for {patience.limit:.0f} s. If its client is gone, ask "
                "the DBA to kill that session (ALTER SYSTEM KILL SESSION), or to set "
                "SQLNET.EXPIRE_TIME or MAX_IDLE_BLOCKER_TIME so that dead clients are noticed"
                f"{hint}",
                run_key=_key(run),
            )
        if patience.first:
            self._say("wait", f"waiting: {reason}: {who}")
        patience.pause()

    def _say(self, kind: str, text: str) -> None:
        self.observe(Event(kind, text))


_UNLOCK = ". If it surely is dead, say `oracle-dag unlock` with the run key and --why …"
_UNLOCKED = (StepClass.OPAQUE, StepClass.DDL)
_NOT_FENCED = (StepClass.BLOCK, StepClass.OPAQUE, StepClass.DDL)


class _Patience:
    """How long to wait for an attempt that lives, and how often to look."""

    def __init__(self, options: RunOptions, interrupt: Interrupt) -> None:
        self._interrupt = interrupt
        self._began = time.monotonic()
        self._pause = 0.05
        self.limit = options.orphan_timeout
        self.first = True

    @property
    def is_over(self) -> bool:
        return self.limit is not None and time.monotonic() - self._began >= self.limit

    def pause(self) -> None:
        self.first = False
        left = _LONGEST_PAUSE
        if self.limit is not None:
            left = max(0.01, self.limit - (time.monotonic() - self._began))
        self._interrupt.sleep(min(self._pause, left))
        self._pause = min(self._pause * 1.5, _LONGEST_PAUSE)


def _who(run: Optional[RunRow]) -> str:
    if run is None:
        return "an attempt that is just claiming the run"
    return (
        f"attempt {run.attempt} of run {run.run_key}, begun "
        f"{run.attempt_started_at:%Y-%m-%d %H:%M:%S} UTC by {run.client}, session "
        f"{run.sid},{run.serial} on instance {run.instance}"
    )


def _key(run: Optional[RunRow]) -> str:
    return run.run_key if run else ""
