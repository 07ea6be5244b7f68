"""The attempt of a process that was handed its steps: claims once, works, and leaves the rest."""

from __future__ import annotations

from typing import Optional

from airflow_oracle_dag.core.plan import Plan
from airflow_oracle_dag.runtime.adoption import Adoption
from airflow_oracle_dag.runtime.assignment import Assignment
from airflow_oracle_dag.runtime.attempt import Attempt
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError
from airflow_oracle_dag.runtime.pulse import pulsing
from airflow_oracle_dag.runtime.results import RunResult
from airflow_oracle_dag.runtime.takeover import Own


class AdoptedAttempt(Attempt):
    """One call of `ScriptRunner.run` with `RunOptions.adopt`; see `adoption`.

    :param attempt: that it is to be.
    """

    def __init__(self, assignment: Assignment, plan: Plan, attempt: int) -> None:
        super().__init__(assignment, plan)
        self.adoption = Adoption(
            assignment.identity, attempt, assignment.options, assignment.observe
        )
        self.recovered = self.repeated = True  # whoever waits for it does that

    def run(self) -> RunResult:
        """Work, and write down how that ended."""
        error: Optional[BaseException] = None
        try:
            return super().run()
        except BaseException as raised:
            error = raised
            raise
        finally:
            is_lost = isinstance(error, ConnectionLost)
            self.adoption.end(None if is_lost else self.session, self.given.connector, error)

    def _look_behind_calls(self) -> None:
        """Become the attempt before anything else is asked."""
        if not self.adoption.claimed:
            with self.given.interrupt.protected(self._open_session()):
                self.adoption.claim(self._store())
        super()._look_behind_calls()

    def _go_on(self, own: Optional[Own]) -> Optional[RunResult]:  # noqa: ARG002 - it recovers nothing
        """Work through the steps that were handed over."""
        given, self.plan = self.given, self.adoption.plan(self.plan)
        interrupt = given.interrupt
        with interrupt.calling(self._open_session()):
            beginning, self.last_no = self.adoption.begin(
                self._store(), self.plan, self.script_hash
            )
        with self._working(beginning) as progress, pulsing(given.connector, progress, interrupt):
            return self._work(progress)

    def _recover(self, error: DatabaseError) -> Optional[Own]:
        """Settle a step's error; raise what it ends with in any case."""
        is_asked = self.given.interrupt.requested
        if isinstance(error, ConnectionLost) and self.progress is not None and not is_asked:
            self._refuse_overdue(error, self.progress)
        return super()._recover(error)
