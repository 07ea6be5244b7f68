"""What a person or the scheduler says about a run from outside: each goes through the takeover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Callable, Optional, Sequence, TypeVar

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.rows import RunRow, StepRow, is_purged
from airflow_oracle_dag.core.states import Move, State
from airflow_oracle_dag.runtime.connector import Connector
from airflow_oracle_dag.runtime.errors import RunHeld, UnknownRun
from airflow_oracle_dag.runtime.handover import Handover
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions
from airflow_oracle_dag.runtime.settlement import (
    ByHand,
    Changed,
    marked_by_hand,
    write_by_hand,
    write_restarted,
    write_unlocked,
)
from airflow_oracle_dag.runtime.stopping import Stopped, stop_attempt
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.takeover import Settled, Takeover

_T = TypeVar("_T")


def mark_done(
    connector: Connector,
    identity: RunIdentity,
    step: str,
    *,
    who: str,
    why: str,
    options: RunOptions,
    observe: Observer,
) -> StepRow:
    """Declare that a step's work is done; the next attempt goes on after it.

    :param step: name or number.
    :param why: kept in ODAG_AUDIT; must not be empty.
    :raises StateError: when the step's state does not allow it.
    :raises RunHeld: while an attempt that lives holds the run.
    """
    verb = Verb(connector, identity, options, observe)
    return verb.apply(
        why, lambda store, settled: _mark(store, settled, Move.MARK_DONE, step, who, why)
    )


def mark_pending(
    connector: Connector,
    identity: RunIdentity,
    step: str,
    *,
    who: str,
    why: str,
    options: RunOptions,
    observe: Observer,
) -> StepRow:
    """Declare that a step's work is not done; the next attempt runs it.

    Parameters and errors are those of `mark_done`.
    """
    verb = Verb(connector, identity, options, observe)
    return verb.apply(
        why, lambda store, settled: _mark(store, settled, Move.MARK_PENDING, step, who, why)
    )


@dataclass(frozen=True)
class Asked:
    """A doubt that a person was asked about.

    :param generation: of the run; with `tries`, how often the step was started by then, it tells
        this doubt from another one of the same step.
    """

    step: str
    generation: int
    tries: int


def answer(
    connector: Connector,
    identity: RunIdentity,
    asked: Asked,
    what: Optional[Move],
    *,
    who: str,
    why: str,
    options: RunOptions,
    observe: Observer,
) -> Optional[StepRow]:
    """Carry out what a person answered who was asked about a step in doubt.

    :param what: `MARK_DONE` or `MARK_PENDING`; None: the step stays in doubt, and the audit keeps
        who left it so.
    :return: the step's row; None when that doubt is over: then nothing was written.
    :raises RunHeld: while an attempt that lives holds the run.
    """
    verb = Verb(connector, identity, options, observe)
    return verb.apply(why, lambda store, settled: _answer(store, settled, asked, what, who, why))


def stop(
    connector: Connector, identity: RunIdentity, *, who: str, why: str, schema: Optional[str]
) -> Stopped:
    """End what an attempt runs in the database, see `airflow_oracle_dag.runtime.stopping`.

    :param why: kept in ODAG_SIGNAL; must not be empty.
    :raises UnknownRun: nothing of that key was ever begun.
    :raises StateError: no attempt is at work.
    """
    if not why.strip():
        raise ValueError("say why: it is kept with the attempt")
    session = connector.open()
    try:
        run = CheckpointStore(session, schema).run(identity.digest)
    finally:
        session.close()
    if run is None:
        raise UnknownRun(f"there is no run {identity.key!r} in namespace {identity.namespace!r}")
    if run.attempt_ended_at is not None:
        raise StateError(
            f"nothing of run {run.run_key} is at work: attempt {run.attempt} is over, and the run "
            f"is {run.state.value}"
        )
    return stop_attempt(connector, schema, run.run_hash, run.attempt, who, why)


def unlock(
    connector: Connector,
    identity: RunIdentity,
    *,
    who: str,
    why: str,
    options: RunOptions,
    observe: Observer,
) -> Settled:
    """Declare the attempt that holds a run dead: nobody waits for its session any more.

    It is fenced as by any takeover: should it live after all, its next block matches no row. What
    it may have committed, or may still commit by itself, is in doubt; only what cannot have left
    anything is left to run again.

    :return: what was found, with the verdict about the step that was running.
    :raises StateError: when its end is recorded; nobody waits for it.
    :raises RunHeld: while a transaction holds the run: that ends with its session only.
    """
    verb = Verb(connector, identity, options, observe, declared_dead=True)
    try:
        return verb.apply(why, lambda store, settled: _unlock(store, settled, who, why))
    except RunHeld as error:
        raise RunHeld(
            f"{str(error).rstrip('.')}. What a transaction holds ends with its session only: let "
            "the DBA kill that (ALTER SYSTEM KILL SESSION), then say this again",
            run_key=error.run_key,
        ) from error


def restart_from(
    connector: Connector,
    identity: RunIdentity,
    step: str,
    *,
    who: str,
    why: str,
    options: RunOptions,
    observe: Observer,
) -> RunRow:
    """Begin a new generation at a step: what stands before it counts as done, the rest runs again.

    Nothing is run by this; the next attempt resumes there, Airflow's or the command line's.

    :param step: name or number.
    :return: the new generation.
    :raises StateError: when a step before it is not done, or a step is in doubt.
    :raises RunHeld: while an attempt that lives holds the run.
    """
    verb = Verb(connector, identity, options, observe)
    return verb.apply(why, lambda store, settled: _restart(store, settled, step, who, why))


def acknowledge(
    connector: Connector,
    identity: RunIdentity,
    generation: int,
    at: datetime,
    schema: Optional[str] = None,
) -> bool:
    """Write down that the scheduler itself recorded the success of a generation.

    :param at: the scheduler's moment (aware); an attempt that began later is a new generation.
    :return: False when it was known already.
    """
    session = connector.open()
    try:
        store = CheckpointStore(session, schema)
        moment = at.astimezone(timezone.utc).replace(tzinfo=None)
        changed = store.acknowledge(identity.digest, generation, moment)
        session.commit()
        return changed
    finally:
        session.close()


class Verb:
    """One verb, in a session of its own.

    :param declared_dead: see `Takeover`.
    """

    def __init__(
        self,
        connector: Connector,
        identity: RunIdentity,
        options: RunOptions,
        observe: Observer,
        *,
        declared_dead: bool = False,
    ) -> None:
        self._connector = connector
        self._identity = identity
        self._options = options
        self._observe = observe
        self._declared_dead = declared_dead

    def apply(self, why: str, act: Callable[[CheckpointStore, Settled], _T]) -> _T:
        """Take the run over and let `act` write, again when somebody wrote in between.

        :param act: gets the run judged and its canary locked, and commits.
        :raises ValueError: when nobody says why.
        """
        if not why.strip():
            raise ValueError("say why: it is kept in the audit")
        session = self._connector.open()
        try:
            store = CheckpointStore(session, self._options.schema)
            while True:
                settled = self._takeover(store).settle()
                try:
                    done = act(store, settled)
                except Changed:
                    continue
                self._withdraw(store, settled)
                return done
        finally:
            session.close()

    def _withdraw(self, store: CheckpointStore, settled: Settled) -> None:
        """Remove the job that the run was handed to and that had not begun; it could do nothing."""
        obstacle = Handover(store).withdraw(settled.situation.run)
        if obstacle is not None:
            self._observe(Event("notice", f"its job is left, and will do nothing: {obstacle}"))

    def _takeover(self, store: CheckpointStore) -> Takeover:
        return Takeover(
            store,
            self._identity,
            None,
            self._options,
            Interrupt(),
            self._observe,
            declared_dead=self._declared_dead,
            connector=self._connector,
        )


def _mark(
    store: CheckpointStore, settled: Settled, what: Move, step: str, who: str, why: str
) -> StepRow:
    steps = settled.steps
    row = find_step(settled.situation.run, steps, step)
    changed = marked_by_hand(row, what, why)
    steps = tuple(changed if other is row else other for other in steps)
    detail = f"{row.state.value} -> {changed.state.value}"
    write_by_hand(store, settled, steps, ByHand(what.value, who, why, detail, row.step_no))
    return changed


def _answer(
    store: CheckpointStore,
    settled: Settled,
    asked: Asked,
    what: Optional[Move],
    who: str,
    why: str,
) -> Optional[StepRow]:
    is_same = settled.situation.run.generation == asked.generation
    for row in settled.steps if is_same else ():
        meant = row.name == asked.step and row.tries == asked.tries
        if meant and row.state is State.IN_DOUBT:
            if what is not None:
                return _mark(store, settled, what, row.name, who, why)
            word = ByHand("leave-in-doubt", who, why, row.state.value, row.step_no)
            write_by_hand(store, settled, settled.steps, word)
            return row
    store.session.rollback()
    return None


def _unlock(store: CheckpointStore, settled: Settled, who: str, why: str) -> Settled:
    run, judged = settled.situation.run, settled.situation.open_step
    if run.attempt_ended_at is not None:
        raise StateError(
            f"attempt {run.attempt} of run {run.run_key} recorded its end, nobody waits for it: "
            f"the run is {run.state.value}"
        )
    detail = f"attempt {run.attempt}, session {run.sid},{run.serial} on instance {run.instance}"
    if judged is not None:
        after = settled.after(judged)
        detail += f"; step {judged.name} {judged.state.value} -> {after.state.value}"
    word = ByHand("unlock", who, why, detail, judged.step_no if judged else None)
    write_unlocked(store, settled, word)
    return settled


def _restart(store: CheckpointStore, settled: Settled, step: str, who: str, why: str) -> RunRow:
    run = settled.situation.run
    first = find_step(run, settled.steps, step)
    detail = f"generation {run.generation} {run.state.value} -> {run.generation + 1}"
    word = ByHand("restart-from", who, why, detail, first.step_no)
    return write_restarted(store, settled, first, word)


def find_step(run: RunRow, steps: Sequence[StepRow], step: str) -> StepRow:
    """Return a step by its name or number.

    :raises UnknownRun: when there is none.
    """
    for row in steps:
        if step.lower() == row.name or step == str(row.step_no):
            return row
    if is_purged(run, steps):
        raise UnknownRun(
            f"run {run.run_key} was purged, nothing is kept of its steps: clear its task in "
            "Airflow, or take another run key"
        )
    names = ", ".join(row.name for row in steps)
    raise UnknownRun(f"run {run.run_key} has no step {step or repr(step)}; it has {names}")
