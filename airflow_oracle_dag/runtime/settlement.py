"""Write down what a takeover found out: verdict, new owner and steps in one transaction.

No verdict is ever written after its mark is gone, and no row is replaced that is not what was read:
each function ends with the canary and the commit, or rolls everything back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from shlex import quote
from typing import Any, Mapping, Optional, Sequence, Tuple

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.joined import kept_text
from airflow_oracle_dag.core.plan import Plan, StepClass
from airflow_oracle_dag.core.resume import restarted, resumption
from airflow_oracle_dag.core.rows import RunRow, StepRow
from airflow_oracle_dag.core.states import Move, State, move
from airflow_oracle_dag.core.takeover import MAY_STILL_WORK, Verdict
from airflow_oracle_dag.runtime.errors import InDoubt, TakenOver
from airflow_oracle_dag.runtime.source_scan import remember
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.table_rows import cut_bytes
from airflow_oracle_dag.runtime.takeover import Settled, Situation

#: Steps whose mark is committed with all of their work, unless something in them commits.
_MARKED_AS_A_WHOLE = (StepClass.TRANSACTIONAL, StepClass.BLOCK, StepClass.OPAQUE)


class Changed(Exception):
    """Say that a row was not what had been read under the lock: settle again."""


@dataclass(frozen=True)
class ByHand:
    """A person's word, as the audit keeps it.

    :param step_no: None when it is about the run.
    :param changed: such as ``IN_DOUBT -> SUCCEEDED``.
    """

    verb: str
    who: str
    why: str
    changed: str
    step_no: Optional[int] = None


def write_takeover(
    store: CheckpointStore,
    settled: Settled,
    plan: Optional[Plan],
    script_hash: str,
    holder: Optional[Mapping[str, Any]] = None,
    accepted: Optional[ByHand] = None,
) -> Tuple[int, Tuple[StepRow, ...], Optional[int]]:
    """Hand a settled run to this session's attempt.

    :param plan: of the script as it is now.
    :param holder: see `CheckpointStore.hold_run`.
    :param accepted: what the audit keeps of steps that are done and were changed; None: there is
        none, or it is refused.
    :return: the new attempt's number, the steps as they are now, and the number of the first step
        that is not done (None: all are, and the run is finished by this).
    :raises Changed: when somebody wrote in between; nothing was written.
    :raises InDoubt: when a step is in doubt; that is written, and the run is nobody's.
    :raises DriftError: when a step that is done was changed; nothing was written.
    """
    doubtful = next((row for row in settled.steps if row.state is State.IN_DOUBT), None)
    fitting = None if doubtful else plan
    attempt, steps, resumed = _write(
        store,
        settled,
        settled.steps,
        fitting,
        script_hash,
        ending=State.IN_DOUBT if doubtful else None,
        holder=holder,
        accept=accepted is not None,
    )
    if accepted is not None and doubtful is None:
        _audit(store, settled.situation.run, accepted)
    store.session.commit()
    if doubtful is not None:
        raise in_doubt(settled.situation.run, doubtful)
    return attempt, steps, resumed


def write_by_hand(
    store: CheckpointStore, settled: Settled, steps: Sequence[StepRow], word: ByHand
) -> None:
    """Write what a person decided, with who and why, and leave the run to be resumed.

    :param steps: all rows as they are to be.
    :raises Changed: when somebody wrote in between; nothing was written.
    """
    run = settled.situation.run
    _write(store, settled, steps, None, run.script_hash, ending=_run_state(steps))
    _audit(store, run, word)
    store.session.commit()


def write_end(store: CheckpointStore, settled: Settled) -> None:
    """Write what was found of an attempt that is over, and leave the run to be resumed.

    :raises Changed: when somebody wrote in between; nothing was written.
    """
    run, steps = settled.situation.run, settled.steps
    _write(store, settled, steps, None, run.script_hash, ending=_run_state(steps))
    store.session.commit()


def write_unlocked(store: CheckpointStore, settled: Settled, word: ByHand) -> None:
    """Write that the attempt is over because a person says so, with the verdict that follows.

    A run that is in doubt stays so, but its session is not asked for any more.

    :raises Changed: when somebody wrote in between; nothing was written.
    """
    run = settled.situation.run
    ending = _run_state(settled.steps)
    attempt, _, _ = _write(store, settled, settled.steps, None, run.script_hash, ending=ending)
    if ending is State.IN_DOUBT and not store.end_attempt(run, attempt, ending):
        store.session.rollback()
        raise Changed
    _audit(store, run, word)
    store.session.commit()


def write_restarted(
    store: CheckpointStore, settled: Settled, first: StepRow, word: ByHand
) -> RunRow:
    """Begin a new generation at a step and leave it to be resumed.

    The generation before is ended with the verdict about what it left, in the same transaction.

    :return: the new generation as it is left.
    :raises StateError: see `airflow_oracle_dag.core.resume.restarted`; nothing was written.
    :raises Changed: when somebody wrote in between; nothing was written.
    """
    run, steps = settled.situation.run, settled.steps
    attempt = settled.situation.canary.owner + 1
    taken_over = cut_bytes(f"taken over from generation {run.generation}: {word.why}", 1000)
    again = cut_bytes(f"{word.verb} {first.name}: {word.why}", 1000)
    rows = restarted(steps, first, attempt, taken_over, again)
    text = store.script_text(run.run_hash, run.generation)
    if run.state is not State.SUCCEEDED:
        _write(store, settled, steps, None, run.script_hash, ending=_run_state(steps))
    fresh = replace(run, generation=run.generation + 1, attempt=attempt, state=State.FAILED)
    store.insert_restarted(fresh, text, rows)
    store.release_canary(run.run_hash, attempt)
    _audit(store, fresh, word)
    store.session.commit()
    return fresh


def write_generation(
    store: CheckpointStore,
    settled: Settled,
    columns: Mapping[str, Any],
    rows: Sequence[StepRow],
    word: Optional[ByHand],
) -> None:
    """Begin a new generation that this session's attempt holds.

    The generation before is ended with the verdict about what it left, in the same transaction.

    :param columns: of the new generation, see `CheckpointStore.insert_generation`.
    :param word: what the audit keeps of it; None: nobody wished it, it follows from a clear.
    :raises Changed: when somebody wrote in between; nothing was written.
    """
    run, steps = settled.situation.run, settled.steps
    if run.state is not State.SUCCEEDED:
        _write(store, settled, steps, None, run.script_hash, ending=_run_state(steps))
    store.insert_generation(dict(columns), rows)
    store.release_canary(run.run_hash, columns["attempt"])
    if word is not None:
        _audit(store, replace(run, generation=columns["generation"]), word)
    store.session.commit()


def _audit(store: CheckpointStore, run: RunRow, word: ByHand) -> None:
    store.insert_audit(run, word.step_no, word.verb, word.who, word.why, word.changed)


def write_own_end(
    store: CheckpointStore,
    settled: Settled,
    code: str,
    text: str,
    output: Sequence[str] = (),
    *,
    commits_inside: Optional[int] = None,
) -> None:
    """Write down that the runner's own step failed or is in doubt, and that its attempt ended.

    The attempt stays the owner: what it started is over, and whoever comes next takes it over.

    :param output: lines of DBMS_OUTPUT of the step.
    :param commits_inside: 1: it failed in another transaction than the marked one; None: not asked.
    :raises TakenOver: when the rows are not its own any more; nothing was written.
    """
    situation, verdict = settled.situation, settled.verdict
    row = situation.open_step
    if row is None or verdict is None or verdict.move is None:
        raise ValueError("there is no step that could be ended")
    row = replace(row, commits_inside=commits_inside)
    state = move(row.state, verdict.move)
    run, attempt = situation.run, situation.canary.owner
    if not (
        store.settle_step(run, row, state, code, text, verdict.reason)
        and store.end_attempt(run, attempt, state)
    ):
        store.session.rollback()
        raise TakenOver("the run was taken over by another attempt", run_key=run.run_key)
    row = _remember_commit(store, situation, row, another=commits_inside == 1)
    store.insert_attempt(run, row, state, code, text, verdict.reason, output)
    store.release_canary(run.run_hash, attempt)
    store.session.commit()


def in_doubt(run: RunRow, row: StepRow) -> InDoubt:
    """Say which step is in doubt and who can answer."""
    key, first = run.run_key, "look at its effects, then say"
    if row.reason in MAY_STILL_WORK and run.sid is not None:
        session = f"session {run.sid},{run.serial} on instance {run.instance}"
        first = f"wait until {session} is over, or have it ended; then {first}"
    return InDoubt(
        f"{run.script_name}:{row.first_line}: step {row.name} of run {key} is in doubt: "
        f"{row.reason}. To mend it: {first} `oracle-dag mark-done` or "
        f"`oracle-dag mark-pending` with --run-key {quote(key)} --step {row.name} --why …, or give "
        "the step a -- @probe",
        run_key=key,
        step=row.name,
        run=run,
        row=row,
    )


def _write(
    store: CheckpointStore,
    settled: Settled,
    steps: Sequence[StepRow],
    plan: Optional[Plan],
    script_hash: str,
    ending: Optional[State],
    holder: Optional[Mapping[str, Any]] = None,
    *,
    accept: bool = False,
) -> Tuple[int, Tuple[StepRow, ...], Optional[int]]:
    situation = settled.situation
    attempt = situation.canary.owner + 1
    changes = resumption(situation.steps, steps, plan, attempt, accept=accept)
    if changes.resume_step is None:
        ending = State.SUCCEEDED
    edited = None
    if plan is not None and script_hash != situation.run.script_hash:
        edited = kept_text(plan.script)
    _keep_history(store, situation, settled.verdict)
    if not (
        store.replace_steps(situation.run, changes.remove, changes.add)
        and store.hold_run(
            situation.run, attempt, script_hash, edited, changes.resume_step, ending, holder
        )
    ):
        store.session.rollback()
        raise Changed
    store.release_canary(situation.run.run_hash, attempt)
    removed = {row.step_no for row in changes.remove}
    kept = [row for row in situation.steps if row.step_no not in removed]
    after = sorted([*kept, *changes.add], key=lambda row: row.step_no)
    return attempt, tuple(after), changes.resume_step


def _keep_history(store: CheckpointStore, situation: Situation, verdict: Optional[Verdict]) -> None:
    row = situation.open_step
    if row is None or verdict is None or verdict.move is None or row.state is not State.RUNNING:
        return
    ended = {Move.CONFIRM: State.SUCCEEDED, Move.DOUBT: State.IN_DOUBT}
    state = ended.get(verdict.move, State.FAILED)
    committed = _remember_commit(store, situation, row)
    store.insert_attempt(situation.run, committed, state, "", "", verdict.reason)


def _remember_commit(
    store: CheckpointStore, situation: Situation, row: StepRow, *, another: bool = False
) -> StepRow:
    """Remember the text of a step that committed by itself before its end.

    :param another: its transaction was not the marked one when it failed.
    """
    part = another or situation.canary.mark == row.step_no
    if not part or row.step_class not in _MARKED_AS_A_WHOLE:
        return row
    remember(store, row)
    return replace(row, commits_inside=1)


def _run_state(steps: Sequence[StepRow]) -> State:
    if any(row.state is State.IN_DOUBT for row in steps):
        return State.IN_DOUBT
    return State.SUCCEEDED if all(row.is_done for row in steps) else State.FAILED


def marked_by_hand(row: StepRow, what: Move, why: str) -> StepRow:
    """Return a step's row as a person's verb leaves it.

    :raises StateError: when the verb does not fit its state.
    """
    try:
        state = move(row.state, what)
    except StateError as error:
        raise StateError(f"step {row.name}: {error}") from None
    reason = cut_bytes(f"{what.value}: {why}", 1000)
    if state is State.SUCCEEDED:
        return replace(row, state=state, reason=reason, error_code=None, error_text=None)
    return replace(row, state=state, reason=reason)
