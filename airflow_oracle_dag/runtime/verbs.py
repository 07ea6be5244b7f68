"""What a person or the scheduler says about a run from outside: each goes through the takeover."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Optional, Sequence

from airflow_oracle_dag.core.rows import RunRow, StepRow
from airflow_oracle_dag.core.states import Move
from airflow_oracle_dag.runtime.connector import Connector, Session
from airflow_oracle_dag.runtime.errors import UnknownRun
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.results import Observer, RunOptions
from airflow_oracle_dag.runtime.settlement import Changed, marked_by_hand, write_by_hand
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.takeover import Takeover


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
    verb = _Verb(connector, identity, options, observe)
    return verb.apply(Move.MARK_DONE, step, who=who, why=why)


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
    verb = _Verb(connector, identity, options, observe)
    return verb.apply(Move.MARK_PENDING, step, who=who, why=why)


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


class _Verb:
    """One verb, in a session of its own."""

    def __init__(
        self, connector: Connector, identity: RunIdentity, options: RunOptions, observe: Observer
    ) -> None:
        self._connector = connector
        self._identity = identity
        self._options = options
        self._observe = observe

    def apply(self, what: Move, step: str, *, who: str, why: str) -> StepRow:
        if not why.strip():
            raise ValueError("say why: it is kept in the audit")
        session = self._connector.open()
        try:
            while True:
                try:
                    return self._try(session, what, step, who, why)
                except Changed:
                    continue
        finally:
            session.close()

    def _try(self, session: Session, what: Move, step: str, who: str, why: str) -> StepRow:
        store = CheckpointStore(session, self._options.schema)
        takeover = Takeover(store, self._identity, None, self._options, Interrupt(), self._observe)
        settled = takeover.settle()
        judged = settled.steps
        row = _find(settled.situation.run, judged, step)
        changed = marked_by_hand(row, what, why)
        steps = [changed if other is row else other for other in judged]
        detail = f"{row.state.value} -> {changed.state.value}"
        audit = (str(row.step_no), what.value, who, why, detail)
        write_by_hand(store, settled, steps, audit)
        return changed


def _find(run: RunRow, steps: Sequence[StepRow], step: str) -> StepRow:
    for row in steps:
        if step.lower() == row.name or step == str(row.step_no):
            return row
    raise UnknownRun(
        f"run {run.run_key} has no step {step}; it has " + ", ".join(row.name for row in steps)
    )
