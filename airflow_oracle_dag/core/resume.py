"""Fit the steps that are recorded to the plan of the script as it is now.

Steps that are done must be unchanged: their effects are in the database, and running something else
after them would give a result that no version of the script describes. What is not done may be
edited freely; that is how a failed step is repaired.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Tuple

from airflow_oracle_dag.core.errors import DriftError, StateError
from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.states import Move, State, move


@dataclass(frozen=True)
class Resumption:
    """What a takeover writes, and where the run goes on.

    :param remove: rows as they were read, which are replaced.
    :param add: the rows that replace them.
    :param resume_step: number of the first step that is not done, None when all are.
    """

    remove: Tuple[StepRow, ...]
    add: Tuple[StepRow, ...]
    resume_step: Optional[int]


def new_rows(plan: Plan, attempt: int) -> List[StepRow]:
    """Return the rows of a run that has not begun."""
    return [_row(step, attempt) for step in plan.steps]


def resumption(
    stored: Sequence[StepRow], settled: Sequence[StepRow], plan: Optional[Plan], attempt: int
) -> Resumption:
    """Say how the rows change when an attempt takes a run over.

    :param stored: as read; :param settled: the same rows with the verdict in them.
    :param plan: of the script as it is now, None for a verb that knows no script.
    :param attempt: the number of the attempt that takes over.
    :raises DriftError: when a step that is done was changed.
    """
    target = list(settled) if plan is None else _target(settled, plan)
    open_rows = [row for row in target if not row.is_done]
    resume_step = min((row.step_no for row in open_rows), default=None)
    if resume_step is not None and plan is not None:
        target = [_renewed(row) for row in target]
    before = {row.step_no: row for row in stored}
    add = [
        row if row.state is State.SUCCEEDED else replace(row, attempt=attempt)
        for row in target
        if not row.is_done or row != before.get(row.step_no)
    ]
    kept = {row.step_no for row in target} - {row.step_no for row in add}
    remove = [row for row in stored if row.step_no not in kept]
    return Resumption(tuple(remove), tuple(add), resume_step)


def restarted(
    steps: Sequence[StepRow], first: StepRow, attempt: int, taken_over: str, again: str
) -> List[StepRow]:
    """Return the rows of a new generation that begins at a step.

    :param steps: of the generation before, judged.
    :param first: the step at which it begins, one of them.
    :param taken_over: reason kept with the steps before it, which are done.
    :param again: reason kept with the others, which are to run.
    :raises StateError: when a step before it is not done, or a step is in doubt: a restart answers
        no such question.
    """
    for row in steps:
        if row.state is State.IN_DOUBT:
            raise StateError(
                f"step {row.name} is in doubt: say mark-done or mark-pending first ({row.reason})"
            )
        before = row.step_no < first.step_no and row.step_class is not StepClass.ALWAYS
        if before and not row.is_done:
            raise StateError(
                f"step {row.name} stands before {first.name} and is {row.state.value}: restart "
                "from there, resume the run, or say mark-done"
            )
    if first.state is State.SKIPPED:
        raise StateError(f"step {first.name} was skipped: it stands behind an EXIT")
    return [
        replace(row, state=State.SUCCEEDED, reason=taken_over)
        if row.step_no < first.step_no
        else replace(
            row,
            state=State.PENDING,
            attempt=attempt,
            tries=0,
            started_at=None,
            ended_at=None,
            row_count=None,
            error_code=None,
            error_text=None,
            reason=again,
            evidence=None,
            commits_inside=None,
            variables=None,
        )
        for row in steps
    ]


def refuse_other_steps(stored: Sequence[StepRow], plan: Plan) -> None:
    """Refuse to call a run finished for a script that it never ran.

    :raises DriftError: when a step was changed or added after the run had finished.
    """
    changes = resumption(stored, stored, plan, 0)
    added = [row for row in changes.add if not row.is_done]
    if added:
        row = added[0]
        raise DriftError(
            f"{plan.script.name}:{row.first_line}: step {row.name} was not there, or stood behind "
            "an EXIT, when the run was finished; run the script under another run key",
            step=row.name,
            line=row.first_line,
        )


def _renewed(row: StepRow) -> StepRow:
    """Let what belongs to the session run again in the new one."""
    if row.step_class is not StepClass.ALWAYS or row.state is not State.SUCCEEDED:
        return row
    return replace(row, state=move(row.state, Move.RENEW))


def _target(settled: Sequence[StepRow], plan: Plan) -> List[StepRow]:
    known = {row.step_no: row for row in settled}
    target = []
    for step in plan.steps:
        row = known.pop(step.no, None)
        if row is None or row.state is State.SKIPPED:
            target.append(_row(step, row.attempt if row else 0))  # nothing of it ever ran
        elif row.is_done and row.step_class is not StepClass.ALWAYS:
            _refuse_drift(row, step, plan)
            target.append(row)
        else:
            target.append(_merged(row, step))
    for row in known.values():
        if row.state is State.SUCCEEDED and row.step_class is not StepClass.ALWAYS:
            raise DriftError(
                f"{plan.script.name}: step {row.name} is done but no longer in the script; "
                "put it back, or run the script under another run key",
                step=row.name,
            )
    return target


def _merged(row: StepRow, step: Step) -> StepRow:
    """Keep what is known of an unfinished step, with the text that it has now."""
    fresh = _row(step, 0)
    if row.name != step.name or step.is_skipped:
        return fresh
    if row.is_done and step.step_class is not StepClass.ALWAYS:
        return fresh  # it belonged to the session and is a step of the run now
    return replace(
        row,
        step_class=fresh.step_class,
        text_hash=fresh.text_hash,
        values_hash=fresh.values_hash,
        first_line=fresh.first_line,
        last_line=fresh.last_line,
    )


def _row(step: Step, attempt: int) -> StepRow:
    return StepRow(
        step_no=step.no,
        name=step.name,
        step_class=step.step_class,
        state=move(State.PENDING, Move.SKIP) if step.is_skipped else State.PENDING,
        attempt=attempt,
        tries=0,
        text_hash=step.text_hash,
        values_hash=step.values_hash,
        first_line=step.first_line,
        last_line=step.last_line,
    )


def _refuse_drift(row: StepRow, step: Step, plan: Plan) -> None:
    what = None
    if step.is_skipped:
        what = f"step {row.name} is done, but stands behind an EXIT now"
    elif row.name != step.name:
        what = f"step {row.step_no}, done as {row.name}, is now called {step.name}"
    elif row.text_hash != step.text_hash:
        what = f"step {row.name} is done, but its text was changed afterwards"
    elif row.values_hash != step.values_hash:
        pieces = [unit.piece for unit in step.units]
        names = {f":{name}" for piece in pieces for name in piece.binds}
        names |= {name for piece in pieces for name, _ in piece.substitutions}
        what = f"step {row.name} is done, but with other values of {', '.join(sorted(names))}"
    if what is not None:
        file = step.file or plan.script.name
        raise DriftError(
            f"{file}:{step.first_line}: {what}; put it back as it was, or run the "
            "script under another run key",
            step=row.name,
            line=step.first_line,
        )
