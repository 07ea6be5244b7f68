"""Tell what takes longer than expected while a job of the database runs it.

No thread is needed: whoever looks after the job looks in any case, and a deferred task is woken by
its trigger when the next expectation is over.
"""

from __future__ import annotations

import time
from typing import Dict, Optional, Sequence, Tuple

from airflow_oracle_dag.core.expected import Expectation, Overdue, Reminder, declared
from airflow_oracle_dag.core.handed import HandoverRow
from airflow_oracle_dag.core.plan import Plan
from airflow_oracle_dag.core.rows import RunRow, StepRow
from airflow_oracle_dag.core.watch import progress_of
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError
from airflow_oracle_dag.runtime.handover import Sight
from airflow_oracle_dag.runtime.results import Event, Observer, OverdueEvent, RunOptions
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.witness import SessionViews, usual


class JobWatch:
    """Remember what the steps of one job take as a rule, and of which it was told."""

    def __init__(self, plan: Plan, options: RunOptions, observe: Observer) -> None:
        self._plan = plan
        self._options = options
        self._observe = observe
        self._reminder: Optional[Reminder] = None
        self._next_progress = 0.0
        self._said = ""

    def look(
        self, store: CheckpointStore, run: RunRow, sight: Sight, running: Optional[StepRow]
    ) -> None:
        """Tell what takes longer than expected; asks the database once for each job.

        :param running: the step that the job is at.
        """
        row, now = sight.row, sight.now
        if self._options.watching is None:
            return
        if running is not None and self._options.wait_for_jobs:
            self._progress(store, run, running, self._options.watching.look_every)
        if self._reminder is None or self._reminder.attempt != row.attempt:
            expectations = self._expectations(store, row)
            told = self._options.told if row.attempt == self._options.waited_for else ()
            self._reminder = Reminder(run.run_key, row.attempt, expectations, told)
        if row.claimed_at is None:
            return
        self._tell(self._reminder.check(None, (now - row.claimed_at).total_seconds()))
        if running is not None and running.started_at is not None:
            elapsed = (now - running.started_at).total_seconds()
            self._tell(self._reminder.check(running.name, elapsed))

    @property
    def expected(self) -> Dict[str, float]:
        """Return what is not told yet: seconds by the step's name, "" is the run."""
        if self._reminder is None:
            return {}
        return {name or "": one.seconds for name, one in self._reminder.left.items()}

    @property
    def told(self) -> Tuple[str, ...]:
        """Return the names of what was told, "" is the run."""
        return () if self._reminder is None else tuple(one or "" for one in self._reminder.told)

    def _expectations(
        self, store: CheckpointStore, row: HandoverRow
    ) -> Dict[Optional[str], Expectation]:
        handed = self._plan.steps[row.first_step - 1 : row.last_step]
        names = [step.name for step in handed if step.expected is None]
        found: Dict[Optional[str], Expectation] = {}
        if names:
            found.update(self._usual(store, row, names))
        for step in handed:
            if step.expected is not None:
                found[step.name] = declared(step.expected)
        if self._options.expected is not None:
            found[None] = self._options.expected
        return found

    def _progress(
        self, store: CheckpointStore, run: RunRow, running: StepRow, every: float
    ) -> None:
        """Say how far the step is, when that is new; not so often as the job is looked at."""
        if time.monotonic() < self._next_progress:
            return
        self._next_progress = time.monotonic() + every
        views = SessionViews(store.session)
        operation = views.long_operation(run)
        short, what = progress_of(running.step_no, len(self._plan.steps), operation)
        if what is not None and short != self._said:
            self._said = short
            self._observe(Event("progress", f"{short} ({running.name}): {what}"))

    def _usual(
        self, store: CheckpointStore, row: HandoverRow, names: Sequence[str]
    ) -> Dict[str, Expectation]:
        """Return what is learned of steps; what cannot be is said, and costs nothing else."""
        try:
            return usual(store, row.run_hash, row.generation, names)
        except ConnectionLost:
            raise
        except DatabaseError as error:
            text = f"what the steps take as a rule could not be looked up: {error.message}"
            self._observe(Event("notice", text))
            return {}

    def _tell(self, overdue: Optional[Overdue]) -> None:
        if overdue is not None:
            self._observe(OverdueEvent("overdue", overdue.text, overdue=overdue))
