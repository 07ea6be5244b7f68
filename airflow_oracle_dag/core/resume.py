"""Say which rows an attempt writes when it takes a run over or begins a new generation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Tuple

from airflow_oracle_dag.core.drift import fit, pending_row
from airflow_oracle_dag.core.drift_report import drift_error
from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.plan import Plan, StepClass
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
    return [pending_row(step, attempt) for step in plan.steps]


def resumption(
    stored: Sequence[StepRow],
    settled: Sequence[StepRow],
    plan: Optional[Plan],
    attempt: int,
    *,
    accept: bool = False,
) -> Resumption:
    """Say how the rows change when an attempt takes a run over.

    :param stored: as read; :param settled: the same rows with the verdict in them.
    :param plan: of the script as it is now, None for a verb that knows no script.
    :param attempt: the number of the attempt that takes over.
    :param accept: what is done keeps its result, whatever became of its step in the script.
    :raises DriftError: when a step that is done was changed.
    """
    target = list(settled)
    if plan is not None:
        fitted = fit(settled, plan)
        if fitted.drifts and not accept:
            raise drift_error(fitted.drifts, plan)
        target = list(fitted.rows)
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
    added = {row.step_no for row in add}
    kept = {row.step_no for row in target} - added
    remove = [row for row in stored if row.step_no not in kept]
    return Resumption(tuple(remove), tuple(add), resume_step)


def regenerated(
    fitted: Sequence[StepRow], plan: Plan, first: int, attempt: int, taken_over: str, again: str
) -> List[StepRow]:
    """Return the rows of a new generation of a script as it is now, which begins at a step.

    :param fitted: the steps of the generation before, as the script has them.
    :param first: number of the step at which it begins.
    :param taken_over: reason kept with the steps before it, which are done.
    :param again: reason kept with the others, which are to run.
    :raises StateError: when a step before it is not done.
    """
    rows = []
    for row, step in zip(fitted, plan.steps):
        if step.no >= first or step.step_class is StepClass.ALWAYS:
            rows.append(pending_row(step, attempt, None if step.is_skipped else again))
            continue
        if not row.is_done:
            raise _not_done(row, plan.steps[first - 1].name)
        rows.append(replace(row, state=State.SUCCEEDED, reason=taken_over, dpu_seconds=None))
    return rows


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
            raise _not_done(row, first.name)
    if first.state is State.SKIPPED:
        raise StateError(f"step {first.name} was skipped: it stands behind an EXIT")
    return [
        replace(row, state=State.SUCCEEDED, reason=taken_over, dpu_seconds=None)
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
            dpu_seconds=None,
        )
        for row in steps
    ]


def refuse_other_steps(stored: Sequence[StepRow], plan: Plan) -> None:
    """Refuse to call a run finished for a script that it never ran.

    :raises DriftError: when a step was changed or added after the run had finished.
    """
    drifts = fit(stored, plan, finished=True).drifts
    if drifts:
        raise drift_error(drifts, plan)


def _not_done(row: StepRow, first: str) -> StateError:
    return StateError(
        f"step {row.name} stands before {first} and is {row.state.value}: restart "
        "from there, resume the run, or say mark-done"
    )


def _renewed(row: StepRow) -> StepRow:
    """Let what belongs to the session run again in the new one."""
    if row.step_class is not StepClass.ALWAYS or row.state is not State.SUCCEEDED:
        return row
    return replace(row, state=move(row.state, Move.RENEW))
