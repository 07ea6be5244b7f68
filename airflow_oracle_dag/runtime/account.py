"""Put together what an attempt reports that worked in several places."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Mapping, Optional

from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.core.variable_report import variables_after
from airflow_oracle_dag.runtime.claim import step_result
from airflow_oracle_dag.runtime.progress import Progress
from airflow_oracle_dag.runtime.results import RunResult, StepResult, Waiting
from airflow_oracle_dag.runtime.store import CheckpointReader


class Account:
    """What was seen of a run before its last steps.

    :ivar seen: results of steps, by number: what their rows do not keep.
    """

    def __init__(self) -> None:
        self.seen: Dict[int, StepResult] = {}
        self._resumed_at: Optional[str] = None
        self._begun = False

    def begins(self, progress: Progress) -> None:
        """Take note of steps that begin; only where the first ones begin the run is resumed."""
        if not self._begun:
            self._resumed_at = progress.resumed_at
        self._begun = True

    def of_rows(
        self,
        reader: CheckpointReader,
        run: RunRow,
        query: Optional[Mapping[str, Any]],
        waiting: Optional[Waiting] = None,
    ) -> RunResult:
        """Report a run whose last steps a job has run, or runs now."""
        rows = reader.steps(run.run_hash, run.generation)
        names = {row.step_no: row.name for row in rows}
        if not self._begun and run.resumed_step is not None:
            self._resumed_at = names.get(run.resumed_step)
        return RunResult(
            run_key=run.run_key,
            generation=run.generation,
            attempt=run.attempt,
            steps=tuple(step_result(row) for row in rows),
            resumed_at=self._resumed_at,
            rows=sum(row.row_count or 0 for row in rows),
            query=query,
            variables=variables_after(rows),
            waiting=waiting,
        )

    def whole(self, result: RunResult, in_jobs: Mapping[int, StepResult]) -> RunResult:
        """Add what was seen of steps to what their rows say.

        :param in_jobs: of those that a job has run.
        """
        known = {**self.seen, **in_jobs}
        steps = tuple(_as_seen(step, known.get(step.no)) for step in result.steps)
        resumed_at = self._resumed_at if self._begun else result.resumed_at
        return replace(result, steps=steps, resumed_at=resumed_at)


def _as_seen(step: StepResult, seen: Optional[StepResult]) -> StepResult:
    if seen is None or seen.attempt != step.attempt or step.output:
        return step
    return replace(step, output=seen.output, errors=seen.errors)
