"""How far an attempt is: what it holds, the step that runs, and what became of the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Dict, List, Optional, Tuple

from airflow_oracle_dag.core.drafts import Unit
from airflow_oracle_dag.core.plan import Plan, Step
from airflow_oracle_dag.core.script import Script
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.variable_report import reported
from airflow_oracle_dag.runtime.block import Advanced, Finished
from airflow_oracle_dag.runtime.claim import Beginning, step_result
from airflow_oracle_dag.runtime.compilation import NotCompiled
from airflow_oracle_dag.runtime.errors import DatabaseError
from airflow_oracle_dag.runtime.queries import Queries
from airflow_oracle_dag.runtime.results import Event, Observer, RunResult, StepResult
from airflow_oracle_dag.runtime.telling import tell_failure, tell_success
from airflow_oracle_dag.runtime.variables import Variables


@dataclass(frozen=True)
class Failing:
    """Where an error came up.

    :param unit: the statement, None where it is not known or none was running.
    """

    script: Script
    step: Step
    unit: Optional[Unit]
    run_key: str
    attempt: int


class Progress:
    """Follow an attempt through its steps and tell the observer."""

    def __init__(
        self, plan: Plan, beginning: Beginning, observe: Observer, queries: Queries
    ) -> None:
        self.plan = plan
        self.hold = beginning.hold
        self.observe = observe
        self.queries = queries
        self.variables = Variables(plan, beginning.steps)
        self.step: Optional[Step] = None
        self.unit: Optional[Unit] = None
        self.started_at: Optional[datetime] = None
        self.transaction_id: Optional[str] = None
        self.deadline: Optional[float] = None  # of the running step, by the monotonic clock
        self.answered = False  # whether all statements of the running step were, with success
        self.results: Dict[int, StepResult] = {
            row.step_no: step_result(row) for row in beginning.steps
        }
        undone = {row.step_no for row in beginning.steps if not row.is_done}
        self.to_run: Tuple[Step, ...] = tuple(s for s in plan.steps if s.no in undone)
        self.resumed_at = self._resumed_at(beginning)
        for result in self.results.values():
            observe(Event("stands", "", result))

    def advanced(
        self, done: Optional[Finished], answer: Advanced, following: Optional[Step]
    ) -> None:
        """Take note of a block that was answered."""
        if done is not None:
            self._finished(done, answer)
        self.step, self.unit, self.answered = following, None, False
        self.transaction_id = answer.transaction_id
        self.deadline = None
        if following is None:
            return
        self.started_at = answer.at
        before = self.results[following.no]
        self.results[following.no] = replace(
            before,
            state=State.RUNNING,
            attempt=self.hold.attempt,
            tries=before.tries + 1,
            started_at=answer.at,
            ended_at=None,
            error=None,
            errors=0,
            reason=None,
        )
        self.observe(Event("stands", "", self.results[following.no]))

    def passed_over(self, error: DatabaseError) -> None:
        """Take note of an error after which the script asked to go on."""
        if self.step is None or self.unit is None:
            raise error
        result = self.results[self.step.no]
        result = self.results[self.step.no] = replace(result, errors=result.errors + 1)
        piece, said = self.unit.piece, error.message.split("\n", 1)[0]
        where = f"{piece.file or self.plan.script.name}:{piece.first_line}"
        self.observe(Event("notice", f"{where}: passed over: {said}", result))
        for line in error.lines if isinstance(error, NotCompiled) else ():
            self.observe(Event("notice", line))

    def failing(self, error: DatabaseError) -> Failing:
        """Return where an error came up.

        :raises DatabaseError: that error, when no step was running.
        """
        if self.step is None:
            raise error
        hold = self.hold
        return Failing(self.plan.script, self.step, self.unit, hold.run_key, hold.attempt)

    def ended_badly(
        self, step_no: int, state: State, error: str, said: str, output: List[str]
    ) -> None:
        """Take note of a step that failed or is in doubt.

        :param error: the whole story, kept with the step.
        :param said: what the database said; its first line is told.
        """
        result = replace(self.results[step_no], state=state, error=error, output=tuple(output))
        self.results[step_no] = result
        tell_failure(self.observe, result, len(self.results), said)

    def result(self) -> RunResult:
        """Return what became of the run."""
        steps = tuple(self.results[no] for no in sorted(self.results))
        return RunResult(
            run_key=self.hold.run_key,
            generation=self.hold.generation,
            attempt=self.hold.attempt,
            steps=steps,
            resumed_at=self.resumed_at,
            rows=sum(step.rows or 0 for step in steps),
            query=self.queries.last,
            variables=reported(self.variables.kept()),
        )

    def _finished(self, done: Finished, answer: Advanced) -> None:
        result = replace(
            self.results[done.step.no],
            state=State.SUCCEEDED,
            rows=done.rows,
            ended_at=answer.at,
            output=answer.output,
        )
        self.results[done.step.no] = result
        by_itself = done.step if answer.commits_inside else None
        tell_success(self.observe, result, len(self.results), by_itself)

    def _resumed_at(self, beginning: Beginning) -> Optional[str]:
        if not beginning.resumed or beginning.resume_step is None:
            return None
        return self.results[beginning.resume_step].name
