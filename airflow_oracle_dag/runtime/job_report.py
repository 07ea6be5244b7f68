"""Tell what the steps of a job do, as if they ran here; each is told once."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Optional, Set, Tuple

from airflow_oracle_dag.core.handed import HandoverRow
from airflow_oracle_dag.core.plan import Plan, Step
from airflow_oracle_dag.core.rows import AttemptRow, StepRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.claim import step_result
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions, StepResult
from airflow_oracle_dag.runtime.store import CheckpointReader
from airflow_oracle_dag.runtime.telling import tell_failure, tell_success


class JobReport:
    """What was told of jobs so far.

    :param options: say how much of the job that was waited for was told before.
    :ivar results: of the steps that they did, by number.
    :ivar running: the step that runs, as far as is known.
    """

    def __init__(self, observe: Observer, options: RunOptions) -> None:
        self._observe = observe
        self._reported = {options.waited_for: options.reported}
        self._told: Set[Tuple[int, int, State]] = set()
        self.results: Dict[int, StepResult] = {}
        self.running: Optional[StepRow] = None

    def tell(self, reader: CheckpointReader, plan: Plan, job: HandoverRow) -> None:
        """Tell what a job's steps have become since it was asked last."""
        steps = reader.steps(job.run_hash, job.generation)
        attempt = job.attempt
        own = (row for row in steps if row.attempt == attempt and row.state is State.RUNNING)
        self.running = next(own, None)
        news = [row for row in steps if row.attempt == attempt and self._is_new(row)]
        if not news:
            return
        tries: Dict[int, AttemptRow] = {}
        if any(row.state is State.SUCCEEDED for row in news):
            found = reader.attempts(job.run_hash, job.generation)
            tries = {row.step_no: row for row in found if row.attempt == attempt}
        for row in news:
            self._told.add((row.step_no, row.attempt, row.state))
            if row.state is State.RUNNING:
                self._observe(Event("stands", "", step_result(row)))
            elif row.step_no in tries:
                self._tell_done(row, tries[row.step_no], plan, len(steps))

    def tell_failed(self, reader: CheckpointReader, job: HandoverRow) -> None:
        """Tell of the step that a job failed at, or left in doubt, as it wrote that down."""
        steps = reader.steps(job.run_hash, job.generation)
        tries = reader.attempts(job.run_hash, job.generation)
        for row in steps:
            if row.attempt != job.attempt or row.state not in (State.FAILED, State.IN_DOUBT):
                continue
            printed = (one.output for one in tries if one.attempt == row.attempt)
            output = tuple(line for text in printed for line in (text or "").splitlines())
            result = self.results[row.step_no] = replace(step_result(row), output=output)
            tell_failure(self._observe, result, len(steps), row.error_text or "")

    def reported(self, attempt: int) -> int:
        """Return the number of the last step of a job that was told to be done, 0: of none."""
        return self._reported.get(attempt, 0)

    def _is_new(self, row: StepRow) -> bool:
        told = (row.step_no, row.attempt, row.state) in self._told
        return row.state in (State.RUNNING, State.SUCCEEDED) and not told

    def _tell_done(self, row: StepRow, ended: AttemptRow, plan: Plan, count: int) -> None:
        output = tuple((ended.output or "").splitlines())
        result = self.results[row.step_no] = replace(step_result(row), output=output)
        if row.step_no <= self.reported(row.attempt):
            return
        self._reported = {row.attempt: row.step_no}
        by_itself = _step(plan, row) if ended.commits_inside == 1 else None
        tell_success(self._observe, result, count, by_itself)


def _step(plan: Plan, row: StepRow) -> Optional[Step]:
    named = (step for step in plan.steps if step.no == row.step_no and step.name == row.name)
    return next(named, None)
