"""How far an attempt is: what it holds, the step that runs, and what became of the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Dict, List, Optional, Tuple

from airflow_oracle_dag.core.drafts import Unit
from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.variable_report import reported
from airflow_oracle_dag.runtime.block import Advanced, Finished
from airflow_oracle_dag.runtime.claim import Beginning, step_result
from airflow_oracle_dag.runtime.compilation import NotCompiled
from airflow_oracle_dag.runtime.errors import DatabaseError
from airflow_oracle_dag.runtime.queries import Queries
from airflow_oracle_dag.runtime.results import Event, Observer, RunResult, StepResult
from airflow_oracle_dag.runtime.variables import Variables


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

    def ended_badly(
        self, step_no: int, state: State, error: str, said: str, output: List[str]
    ) -> None:
        """Take note of a step that failed or is in doubt.

        :param error: the whole story, kept with the step.
        :param said: what the database said; its first line is told.
        """
        result = replace(self.results[step_no], state=state, error=error, output=tuple(output))
        self.results[step_no] = result
        self._tell_output(result)
        first = said.split("\n", 1)[0]
        self.observe(Event("failure", f"{self._label(result)} {state.value}: {first}", result))

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
        self._tell_output(result)
        if answer.commits_inside:
            self.observe(Event("notice", f"{self._label(result)} {_by_itself(done.step)}", result))
        errors = f", {counted(result.errors, 'error')} passed over" if result.errors else ""
        self.observe(
            Event(
                "step",
                f"{self._label(result)} {result.state.value}: {counted(done.rows, 'row')}, "
                f"{result.seconds or 0:.3f} s{errors}",
                result,
            )
        )

    def _tell_output(self, result: StepResult) -> None:
        for line in result.output:
            self.observe(Event("output", f"{self._label(result)}   {line}", result))

    def _label(self, result: StepResult) -> str:
        return f"step {result.no}/{len(self.results)} {result.name}"

    def _resumed_at(self, beginning: Beginning) -> Optional[str]:
        if not beginning.resumed or beginning.resume_step is None:
            return None
        return self.results[beginning.resume_step].name


def _by_itself(step: Step) -> str:
    """Say that a step ended its transaction, and what that means for its class."""
    said = "committed or rolled back by itself: it ended in another transaction than its own"
    if step.strict:
        return f"{said}, in spite of atomic=strict. It counts as OPAQUE from now on"
    if step.step_class is StepClass.OPAQUE:
        return said
    return (
        f"{said}. It was taken for {step.step_class.value}, because nothing in it was seen to do "
        "that: a defect of airflow-oracle-dag, please report it with the code that the step "
        "calls. It counts as OPAQUE from now on"
    )


def counted(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
