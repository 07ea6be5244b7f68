"""Run a script step by step, resume it where it stopped, and say what happened.

The main loop is `airflow_oracle_dag.runtime.attempt.Attempt.run`: begin (claim the run, or take it
over), work through the steps that are not done, and recover from an error once where that is safe.
"""

from __future__ import annotations

from typing import Callable, Mapping, Optional

from airflow_oracle_dag.core.handed_refusals import refuse_uncarried
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.script import Script
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime.adopted import AdoptedAttempt
from airflow_oracle_dag.runtime.assignment import Assignment
from airflow_oracle_dag.runtime.attempt import Attempt
from airflow_oracle_dag.runtime.carriers import Carrier
from airflow_oracle_dag.runtime.connector import Connector
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions, RunResult
from airflow_oracle_dag.runtime.secrecy import discreet
from airflow_oracle_dag.runtime.worker_stop import WorkerStop


def _silent(event: Event) -> None:
    """Say nothing."""


class ScriptRunner:
    """Run one script under one run key, once.

    :param values: what the script's binds are looked up in.
    :param observe: is told each decision and each step as it happens, in the runner's thread; but
        from another one what is told of a call that is silent for long, or is stopped.
    :param between_steps: is asked before each step but the first of an attempt, in the runner's
        thread and while the step before is not committed yet. A reason ends the attempt there: what
        was done is committed, the rest waits for a resumption. So does an error, which `run` then
        raises.
    :param carriers: by their places, what carries steps elsewhere than into a job of the database.
    """

    def __init__(
        self,
        connector: Connector,
        script: Script,
        identity: RunIdentity,
        values: Optional[ScriptValues] = None,
        options: Optional[RunOptions] = None,
        observe: Observer = _silent,
        between_steps: Optional[Callable[[], Optional[str]]] = None,
        carriers: Optional[Mapping[str, Carrier]] = None,
    ) -> None:
        self.carriers = dict(carriers or {})
        self.values = values or ScriptValues()
        self.connector = discreet(connector, self.values)
        self.script = script
        self.identity = identity
        self.options = options or RunOptions()
        self.observe = observe
        self.between_steps = between_steps
        self.interrupt = Interrupt()
        self._attempt: Optional[Attempt] = None
        self._stop: Optional[WorkerStop] = None

    def run(self) -> RunResult:
        """Run the script to its end and return what became of it.

        :raises ScriptError: before anything is asked of the database.
        :raises StepFailed: the step was rolled back; run again, and it resumes there.
        :raises InDoubt: a person or a probe must say whether a step was committed.
        :raises RunHeld: another attempt holds the run.
        :raises ConnectionLost: for the second time; run again, and it resumes.
        :raises RunStopped: after `cancel`.
        :raises RunSkipped: `between_steps` gave a reason; run again, and it resumes.
        :raises NotAdopted: the attempt that it was to be is another process's, or nobody's.
        """
        options = self.options
        plan = build_plan(
            self.script, self.values, step_timeout=options.step_timeout, run_on=options.run_on
        )
        if options.adopt is None:
            refuse_uncarried(self.script, plan.steps, self.carriers)
        for notice in plan.notices:
            self._say("notice", f"{notice.file or self.script.name}:{notice.line}: {notice.text}")
        stop = self._stop = WorkerStop(self.connector, options, self.observe)
        assignment = Assignment(
            self.connector,
            self.identity,
            self.values,
            self.options,
            self.observe,
            self.between_steps,
            self.interrupt,
            self.carriers,
        )
        attempt = self._attempt = (
            Attempt(assignment, plan)
            if options.adopt is None
            else AdoptedAttempt(assignment, plan, options.adopt)
        )
        try:
            return attempt.run()
        finally:
            attempt.close()
            stop.finish()

    def cancel(self, reason: str) -> None:
        """Stop as soon as possible, from any thread: `run` then raises RunStopped."""
        attempt, stop = self._attempt, self._stop
        if attempt is not None and stop is not None:
            stop.begin(attempt.hold, attempt.session, reason)
        self.interrupt.request(reason)

    def _say(self, kind: str, text: str) -> None:
        self.observe(Event(kind, text))
