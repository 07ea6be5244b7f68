"""Settle the error that ended a job of the database, from what the job wrote down of it.

The job itself judges nothing: it rolled back, and its row says which statement of which step failed
and whether it was in the marked transaction then. That is the evidence of the one procedure that
settles every error, see `airflow_oracle_dag.runtime.settlement`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Optional, Sequence

from airflow_oracle_dag.core.drafts import Unit
from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.handed import HandoverRow
from airflow_oracle_dag.core.plan import Plan, Step
from airflow_oracle_dag.core.rows import RunRow, StepRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.takeover import CleanError
from airflow_oracle_dag.runtime import compilation
from airflow_oracle_dag.runtime.claim import step_result
from airflow_oracle_dag.runtime.compilation import NotCompiled
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import DatabaseError, JobLost, StepFailed
from airflow_oracle_dag.runtime.failure import explained
from airflow_oracle_dag.runtime.progress import Failing
from airflow_oracle_dag.runtime.recovery import TIME_IS_UP
from airflow_oracle_dag.runtime.results import Observer
from airflow_oracle_dag.runtime.settlement import in_doubt, write_end, write_own_end
from airflow_oracle_dag.runtime.steps import CheckNotTrue, NotAsExpected
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.takeover import Own, Settled, Situation, Takeover
from airflow_oracle_dag.runtime.telling import tell_failure


def settle_failed_job(
    handover: HandoverRow, plan: Plan, takeover: Takeover, observe: Observer, overdue: str = ""
) -> Optional[OracleDagError]:
    """Write down what a job's error left, and return it for whoever waited for the job.

    :param overdue: why the caller has stopped the job; "": it did not.
    :return: None when the step that it is about turned out to be done.
    :raises TakenOver: another attempt holds the run by now.
    :raises Changed: somebody wrote in between; nothing was written.
    """
    store = takeover.store
    step = _step(handover, plan)
    unit = _unit(handover, step)
    error = _error(handover, unit, plan, store.session)
    if overdue:
        error = DatabaseError(f"{overdue}: {error.message}", TIME_IS_UP)
    store.session.rollback()
    clean = _evidence(handover, error, store)
    settled = takeover.settle(Own(handover.attempt, clean))
    situation = settled.situation
    if situation.run.attempt_ended_at is not None:
        store.session.rollback()
        return recorded_error(situation.run, situation.steps)
    row = situation.open_step
    after = settled.after(row) if row is not None else None
    if row is None or after is None or after.state not in (State.FAILED, State.IN_DOUBT):
        write_end(store, settled)
        done = after is not None and after.state is State.SUCCEEDED
        return None if done else _before_any_step(settled, handover)
    if step is not None and step.no == row.step_no and step.text_hash == row.text_hash:
        failing = Failing(plan.script, step, unit, situation.run.run_key, handover.attempt)
        failure = explained(error, failing)
    else:
        failure = _of_another_script(error, situation, row, handover)
    output = (handover.output or "").splitlines()
    another = handover.error_transaction
    write_own_end(store, settled, failure.code, str(failure), output, commits_inside=another)
    result = replace(step_result(after), error=str(failure), output=tuple(output))
    tell_failure(observe, result, len(situation.steps), error.message)
    if after.state is not State.IN_DOUBT:
        return failure
    said = replace(after, error_code=failure.code, error_text=error.message)
    return in_doubt(situation.run, said)


def _evidence(handover: HandoverRow, error: DatabaseError, store: CheckpointStore) -> CleanError:
    """Return what the job's row says of the step that is recorded as running."""
    rows = store.steps(handover.run_hash, handover.generation)
    running = next((row.step_no for row in rows if row.state is State.RUNNING), None)
    if running is not None and running != handover.error_step:
        return CleanError(
            sent=False
        )  # it was started, and the error came before its first statement
    another = handover.error_transaction
    return CleanError(
        None if another is None else another == 0,
        sent=handover.error_unit != 0,
        in_block=handover.error_unit is None,
        uncompiled=isinstance(error, NotCompiled),
    )


def _step(handover: HandoverRow, plan: Plan) -> Optional[Step]:
    return next((step for step in plan.steps if step.no == handover.error_step), None)


def _unit(handover: HandoverRow, step: Optional[Step]) -> Optional[Unit]:
    no = handover.error_unit or 0
    return step.units[no - 1] if step is not None and 0 < no <= len(step.units) else None


def _error(
    handover: HandoverRow, unit: Optional[Unit], plan: Plan, session: Session
) -> DatabaseError:
    """Return the job's error as the driver would have brought it."""
    text, code = (handover.error_text or "").rstrip(), handover.error_code or ""
    if code == compilation.CODE and unit is not None:
        try:
            compilation.refuse_uncompiled(session, plan.script, unit.piece, code)
        except NotCompiled as error:
            return error
    if code:
        return DatabaseError(text, code)
    return NotAsExpected(text) if text.startswith("@expect") else CheckNotTrue(text)


def recorded_error(run: RunRow, steps: Sequence[StepRow]) -> Optional[OracleDagError]:
    """Return the error that stands in the rows of an attempt which has ended, None: none does."""
    for row in steps:
        if row.state is State.IN_DOUBT:
            return in_doubt(run, row)
        if row.state is State.FAILED and row.attempt == run.attempt:
            return StepFailed(
                row.error_text or f"step {row.name} failed",
                run_key=run.run_key,
                step=row.name,
                line=row.first_line,
                code=row.error_code,
            )
    return None


def _before_any_step(settled: Settled, handover: HandoverRow) -> JobLost:
    run = settled.situation.run
    return JobLost(
        f"job {handover.job_name} of run {run.run_key} ended before anything of a step was run: "
        f"{handover.error_text}. To mend it: remove the cause, and run it again: it resumes there",
        run_key=run.run_key,
        job_name=handover.job_name,
    )


def _of_another_script(
    error: DatabaseError, situation: Situation, row: StepRow, handover: HandoverRow
) -> StepFailed:
    """Explain the error of a step that the script, edited since, has no more as it was."""
    run = situation.run
    return StepFailed(
        f"{run.script_name}:{row.first_line}: step {row.name} (run {run.run_key}, attempt "
        f"{handover.attempt}) failed: {error.message}\n  The step was rolled back; the steps "
        "before it are kept. The script was edited since: run it again, and it resumes at step "
        f"{row.name}.",
        run_key=run.run_key,
        step=row.name,
        line=row.first_line,
        code=error.code,
    )
