"""Take a run over: the one procedure of retries, other machines, verbs and the runner's recovery.

It locks the canary, reads what the tables say and lets `airflow_oracle_dag.core.takeover.decide`
judge the step that was left running; `airflow_oracle_dag.runtime.settlement` then writes verdict,
new owner and steps in one transaction under that lock. While it waits it holds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional, Tuple, Union

from airflow_oracle_dag.core.liveness import Liveness, liveness_of
from airflow_oracle_dag.core.orphans import Cancel, Policy, Refuse, Wait, about_living
from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.rows import Canary, RunRow, StepRow
from airflow_oracle_dag.core.states import State, move
from airflow_oracle_dag.core.takeover import (
    Advice,
    AskEvidence,
    AskProbe,
    CleanError,
    Decision,
    Found,
    Verdict,
    decide,
)
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime import snapshot
from airflow_oracle_dag.runtime.connector import Connector
from airflow_oracle_dag.runtime.errors import (
    ConnectionLost,
    DatabaseError,
    RunHeld,
    TakenOver,
    UnknownRun,
)
from airflow_oracle_dag.runtime.handover import with_job
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.orphans import Orphans, Patience
from airflow_oracle_dag.runtime.probing import ask_probe, make_settings
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions
from airflow_oracle_dag.runtime.source_scan import believed
from airflow_oracle_dag.runtime.store import CheckpointStore


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
    :param connector: opens the session that ends another one where policy wants it and the database
        permits it; None: nothing is ended.
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
        connector: Optional[Connector] = None,
    ) -> None:
        self.store = store
        self.identity = identity
        self.run_hash = identity.digest
        self.plan = plan
        self.options = options
        self.interrupt = interrupt
        self.observe = observe
        self.declared_dead = declared_dead
        self.orphans = Orphans(store, identity, options, observe, connector)
        self._settings_made = False
        self._seen: Optional[RunRow] = None
        self._declared_attempt: Optional[int] = None

    def settle(self, own: Optional[Own] = None) -> Settled:
        """Wait until the run can be judged and return it judged, its canary locked.

        :raises RunHeld: when the earlier attempt lives and policy says not to wait longer.
        :raises TakenOver: when the run is not `own` any more.
        """
        patience = Patience(self.options, self.interrupt)
        while True:
            situation, decision = self._look(own, patience)
            if isinstance(decision, AskProbe):
                self._make_settings(situation, decision)
            elif isinstance(decision, (Wait, Cancel, Refuse)):
                self._handle_living(situation, decision, patience)
            elif situation is None:
                raise self._unknown()
            else:
                verdict = decision if isinstance(decision, Verdict) else None
                if verdict is not None and verdict.move is None and self.plan is not None:
                    self._say("decision", verdict.reason)
                return Settled(situation, verdict)

    def _look(
        self, own: Optional[Own], patience: Patience
    ) -> Tuple[Optional[Situation], Optional[Decision]]:
        try:
            canary = self.store.lock_canary(self.run_hash)
        except UnknownRun:
            raise self._unknown() from None
        if canary is None:
            return None, self._of_locked(own, patience)
        self._refuse_taken_over(own, canary.owner)
        run = self._seen = self.store.run(self.run_hash)
        if run is None:
            raise self._unknown()
        steps = self.store.steps(self.run_hash, run.generation)
        situation = Situation(canary, run, believed(self.store, steps, self.observe))
        return situation, self._judge(situation, own, patience)

    def _of_locked(self, own: Optional[Own], patience: Patience) -> Optional[Decision]:
        """Decide about a transaction that holds the canary, from what is committed of the run."""
        self.store.session.rollback()
        run = self._seen = self.store.run(self.run_hash)
        if run is not None:
            self._refuse_taken_over(own, run.attempt)
        policy = self._policy(run, own, patience)
        step_class = None
        if run is not None and policy.means is not None and policy.client_is_dead:
            steps = tuple(self.store.steps(self.run_hash, run.generation))
            row = Situation(_NOT_READ, run, steps).open_step
            step_class = row.step_class if row is not None else None
        reason = "the row that its transaction holds is locked"
        return about_living(policy, step_class, reason, locked=True)

    def _refuse_taken_over(self, own: Optional[Own], holder: int) -> None:
        """Stop a runner that recovers a run which another attempt holds by now."""
        if own is not None and holder != own.attempt:
            self.store.session.rollback()
            raise TakenOver(
                f"attempt {own.attempt} of run {self.identity.key} was taken over by attempt "
                f"{holder}",
                run_key=self.identity.key,
            )

    def _policy(self, run: Optional[RunRow], own: Optional[Own], patience: Patience) -> Policy:
        declared = self._is_declared_dead(run)
        return self.orphans.policy(run, patience, is_own=own is not None, declared_dead=declared)

    def _is_declared_dead(self, run: Optional[RunRow]) -> bool:
        """Tell whether a person's word is about a run's attempt: the one that was seen first."""
        if not self.declared_dead or run is None:
            return False
        if self._declared_attempt is None:
            self._declared_attempt = run.attempt
        return run.attempt == self._declared_attempt

    def _unknown(self) -> UnknownRun:
        me = self.identity
        return UnknownRun(f"there is no run {me.key!r} in namespace {me.namespace!r}")

    def _judge(
        self, situation: Situation, own: Optional[Own], patience: Patience
    ) -> Optional[Decision]:
        row = situation.open_step
        liveness = self._liveness(situation.run, row, own)
        policy = self._policy(situation.run, own, patience)
        if row is None:
            reason = "the session of the earlier attempt is alive"
            alive = liveness is Liveness.ALIVE
            return about_living(policy, None, reason, locked=False) if alive else None
        found = Found(
            row.step_no, row.name, row.step_class, row.state, situation.canary.mark, liveness
        )
        error = own.error if own is not None else None
        advice = self._advice(row)
        decision = decide(found, advice, error, policy)
        if isinstance(decision, AskEvidence):
            decision = decide(found, self._compared(row, advice, decision), error, policy)
        if isinstance(decision, AskProbe) and self._settings_made:
            answer = self._ask(decision, row)
            decision = decide(found, replace(advice, probe_answer=answer), error, policy)
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
        # After a takeover or `unlock` that left it in doubt the session may still be at work. After
        # an end of its own it is not: that wrote an error down.
        is_left = row is not None and row.state is State.IN_DOUBT and row.error_code is None
        is_over = run.attempt_ended_at is not None
        if (
            (is_over and not is_left)
            or run.session_id is None
            or run.session_id == here.session_id
            or (own is not None and (own.error or row is None or row.step_class not in _UNLOCKED))
        ):
            return Liveness.ENDED
        try:
            signs = with_job(self.store, run, self.store.signs_of_life(run))
        except ConnectionLost:
            raise
        except DatabaseError as error:
            self.interrupt.check()
            if error.code not in _CANNOT_BE_ASKED:
                raise
            self._say("notice", f"whether the earlier session lives is unknown: {error.message}")
            return Liveness.UNKNOWN
        liveness = liveness_of(signs)
        if liveness is Liveness.ALIVE and (is_over or self._is_declared_dead(run)):
            return Liveness.DECLARED_DEAD
        if is_over:
            return Liveness.ENDED
        if liveness is Liveness.ALIVE and self.orphans.was_killed(run):
            return Liveness.KILLED
        return liveness

    def _advice(self, row: StepRow) -> Advice:
        step = self._step(row)
        if step is None:
            return Advice()
        can_compare = row.step_class is step.step_class is StepClass.DDL
        return Advice(step.probe, None, step.repeatable, evidence=can_compare)

    def _compared(self, row: StepRow, advice: Advice, asked: AskEvidence) -> Advice:
        """Compare what a DDL step's start noted with what is there now, under the lock."""
        step = self._step(row)
        if step is None:
            return replace(advice, evidence=False)
        answer = snapshot.compare(self.store.session, step, row)
        self._say("decision", f"step {row.name}: {asked.reason}; {answer.reason}")
        return replace(advice, evidence=False, evidence_answer=answer.done, compared=answer.reason)

    def _step(self, row: StepRow) -> Optional[Step]:
        for step in self.plan.steps if self.plan else ():
            if step.name == row.name and (step.is_named or step.text_hash == row.text_hash):
                return step
        return None

    def _make_settings(self, situation: Optional[Situation], asked: AskProbe) -> None:
        if self.plan is not None and situation is not None:
            make_settings(self.store.session, self.plan, asked.probe, situation.steps)
        self._settings_made = True

    def _ask(self, asked: AskProbe, row: StepRow) -> bool:
        answer = ask_probe(
            self.store.session,
            asked.probe,
            self.plan.values if self.plan else ScriptValues(),
            self.interrupt,
            script=self.plan.script.name if self.plan else "",
            run_key=self.identity.key,
            step=row.name,
        )
        said = "a row: done" if answer else "no row: not done"
        self._say("decision", f"step {row.name}: {asked.reason}; its probe gave {said}")
        return answer

    def _handle_living(
        self,
        situation: Optional[Situation],
        decision: Union[Wait, Cancel, Refuse],
        patience: Patience,
    ) -> None:
        """Wait for an attempt that lives, or end it; nothing is held meanwhile."""
        self.store.session.rollback()
        run = self._seen  # what was decided is about this attempt, whoever may have come since
        if isinstance(decision, Cancel):
            if run is not None:
                self.orphans.end(run, decision, patience)
        elif isinstance(decision, Refuse):
            hint = "" if situation is None else _UNLOCK
            waited, advice = "", ""
            if patience.is_over:
                waited = f"; waited for {patience.waited:.0f} s"
                advice = f". {self.orphans.advice(run)}"
            who = self.orphans.who(run)
            raise RunHeld(f"{decision.reason}: {who}{waited}{advice}{hint}", run_key=_key(run))
        elif patience.first:
            self._say("wait", f"waiting: {decision.reason}: {self.orphans.who(run)}")
        patience.pause()

    def _say(self, kind: str, text: str) -> None:
        self.observe(Event(kind, text))


_UNLOCK = ". If it surely is dead, say `oracle-dag unlock` with the run key and --why …"
_UNLOCKED = (StepClass.OPAQUE, StepClass.DDL)
_NOT_READ = Canary(0, None)  # of a run whose canary is locked
#: What a session is answered that may not call DBMS_SESSION; any other error is no such answer.
_CANNOT_BE_ASKED = ("ORA-06550", "ORA-01031", "ORA-04063", "ORA-06508")


def _key(run: Optional[RunRow]) -> str:
    return run.run_key if run else ""
