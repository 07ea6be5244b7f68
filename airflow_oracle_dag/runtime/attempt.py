"""One attempt at a run: begin, work through what is not done, recover once where that is safe."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Callable, Optional, Tuple

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime import block
from airflow_oracle_dag.runtime.claim import Beginning, Claimant
from airflow_oracle_dag.runtime.connector import Connector, Session
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError, RunSkipped, RunStopped
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.progress import Progress
from airflow_oracle_dag.runtime.queries import Queries
from airflow_oracle_dag.runtime.recovery import settle_error
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions, RunResult
from airflow_oracle_dag.runtime.source_scan import SourceScan
from airflow_oracle_dag.runtime.steps import StepWork
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.takeover import Own, Takeover


@dataclass(frozen=True)
class Assignment:
    """What an attempt is to run under which key, how, and who listens.

    :param between_steps: see `airflow_oracle_dag.runtime.runner.ScriptRunner`.
    """

    connector: Connector
    identity: RunIdentity
    values: ScriptValues
    options: RunOptions
    observe: Observer
    between_steps: Optional[Callable[[], Optional[str]]]
    interrupt: Interrupt


_KILLED_BY_A_DBA = "ORA-00028"


def _last_no(plan: Plan, until_step: Optional[str]) -> int:
    """Return the number of the last step to run."""
    if until_step is None:
        return len(plan.steps)
    for step in plan.steps:
        if step.name == until_step:
            return step.no
    names = ", ".join(step.name for step in plan.steps)
    raise ScriptError(
        f"the script has no step {until_step} to run until; it has {names}",
        file=plan.script.name,
        cure="parse the DAG again, if the script was changed since",
        rule="no-such-step",
    )


class Attempt:
    """One call of `ScriptRunner.run`: its session, what it holds and how far it is."""

    def __init__(self, assignment: Assignment, plan: Plan) -> None:
        self.given = assignment
        self.plan = plan
        self.script_hash = hashlib.sha256(plan.script.source).hexdigest()
        self.session: Optional[Session] = None
        self.progress: Optional[Progress] = None
        self.recovered = False
        self.repeated = False
        self.looked = False
        self.halted_by: Optional[Exception] = None
        self.last_no = _last_no(plan, assignment.options.until_step)
        self.leaves_rest = False
        self.queries = Queries(plan.script.name, assignment.options.show_rows, assignment.observe)

    def run(self) -> RunResult:
        """Begin, work, and recover while that is safe."""
        own: Optional[Own] = None
        result: Optional[RunResult] = None
        while result is None:
            try:
                if self.session is None:
                    self.session = self.given.connector.open()
                self._look_behind_calls()
                beginning = self._begin(own)
                if beginning.steps_to_run:
                    self.progress = Progress(self.plan, beginning, self.given.observe, self.queries)
                    result = self._work(self.progress)
                else:
                    return beginning.result()
            except RunStopped:
                self._roll_back_quietly()
                raise
            except DatabaseError as error:
                own = self._recover(error)
        if self.halted_by is not None:
            raise self.halted_by
        return result

    def close(self) -> None:
        """End the session."""
        if self.session is not None:
            self.session.close()

    def _look_behind_calls(self) -> None:
        """Give the plan the classes that the stored code gives it; once."""
        if self.looked:
            return
        session = self._open_session()
        with self.given.interrupt.calling(session):
            scan = SourceScan(self._store(), self.given.interrupt, self.given.observe)
            self.plan = scan.refine(self.plan)
        self.looked = True

    def _begin(self, own: Optional[Own]) -> Beginning:
        claimant = Claimant(
            self._store(), self.given.identity, self.plan, self.script_hash, self._takeover()
        )
        with self.given.interrupt.calling(self._open_session()):
            there = self._store().run(self.given.identity.digest) if own is None else None
            return claimant.begin(own, there)

    def _work(self, progress: Progress) -> RunResult:
        session = self._open_session()
        steps = self._portion(progress.to_run)
        self._advance(None, steps[0] if steps else None)
        for step, following in zip(steps, [*steps[1:], None]):
            if self.halted_by is not None:
                break
            work = StepWork(session, progress, step, self.given.interrupt)
            finished = work.run()
            if following is not None:
                self._ask(following)
            self._advance(finished, following)
        return progress.result()

    def _portion(self, steps: Tuple[Step, ...]) -> Tuple[Step, ...]:
        """Return the steps that this attempt is to run, and remember whether that leaves some."""
        until = [step for step in steps if step.no <= self.last_no]
        self.leaves_rest = len(until) < len(steps)
        if self.leaves_rest and all(step.step_class is StepClass.ALWAYS for step in until):
            said = f"step {self.given.options.until_step} is done already, nothing to run"
            self.given.observe(Event("decision", said))
            return ()
        return tuple(until)

    def _advance(self, done: Optional[block.Finished], following: Optional[Step]) -> None:
        """End a step and start the next one, unless the attempt is to end here."""
        session, progress = self._open_session(), self._progress()
        session.limit(None)
        asked_to_end = self.halted_by is not None
        halted = asked_to_end or (following is None and self.leaves_rest)
        then = None if asked_to_end else following
        with self.given.interrupt.protected(session):
            answer = block.advance(
                session,
                progress.hold,
                done,
                then,
                halted=halted,
                keep_output=not self.given.values.secrets,
            )
        progress.advanced(done, answer, then)

    def _ask(self, following: Step) -> None:
        """Ask whether the attempt goes on; an error of the question costs no finished step."""
        if self.given.between_steps is None:
            return
        try:
            reason = self.given.between_steps()
        except Exception as error:  # noqa: BLE001 - raised as it is, once the step is committed
            self.halted_by, reason = error, f"the question failed: {error}"
        if not reason:
            return
        text = f"ends before step {following.name}: {reason}"
        self.given.observe(Event("decision", text))
        if self.halted_by is None:
            key = self._progress().hold.run_key
            self.halted_by = RunSkipped(
                f"run {key} {text}", run_key=key, step=following.name, reason=reason
            )

    def _recover(self, error: DatabaseError) -> Own:
        """Decide whether the attempt may go on after an error; raise what it ends with."""
        if self.given.interrupt.requested:
            self._roll_back_quietly()
            self.given.interrupt.check()
        if self.progress is None:
            raise error
        if isinstance(error, ConnectionLost):
            if self.recovered or error.code == _KILLED_BY_A_DBA:
                raise error
            self._refuse_overdue(error, self.progress)
            self.recovered = True
            own = Own(self.progress.hold.attempt)
            self.close()
            self.session = self.progress = None  # an error while it looks says nothing of the step
            text = f"connection lost ({error.code}): reconnecting to see what was committed"
            self.given.observe(Event("decision", text))
            return own
        own = settle_error(
            error,
            self.progress,
            self._takeover(),
            self.given.observe,
            repeat=not self.repeated,
        )
        repeats = own.error is not None and bool(own.error.again)
        if self.recovered and not repeats:
            raise error
        self.recovered = self.recovered or not repeats
        self.repeated = self.repeated or repeats
        self.progress = None
        return own

    def _refuse_overdue(self, error: ConnectionLost, progress: Progress) -> None:
        """Raise where the driver gave a connection up with a step that took too long."""
        step, deadline = progress.step, progress.deadline
        if step is None or deadline is None or time.monotonic() < deadline:
            return
        raise ConnectionLost(
            f"step {step.name} of run {progress.hold.run_key} took longer than its "
            f"{step.timeout:g} s, and the connection was lost with it; the next try finds out what "
            f"was committed: {error.message}",
            error.code,
        ) from error

    def _roll_back_quietly(self) -> None:
        """Undo what is open; the session is closed next, which would undo it as well."""
        if self.session is None:
            return
        try:
            self.session.rollback()
        except DatabaseError as error:
            self.given.observe(Event("notice", f"the rollback was not answered: {error.message}"))

    def _store(self) -> CheckpointStore:
        return CheckpointStore(self._open_session(), self.given.options.schema)

    def _takeover(self) -> Takeover:
        return Takeover(
            self._store(),
            self.given.identity,
            self.plan,
            self.given.options,
            self.given.interrupt,
            self.given.observe,
            connector=self.given.connector,
        )

    def _open_session(self) -> Session:
        if self.session is None:
            raise ConnectionLost("there is no session")
        return self.session

    def _progress(self) -> Progress:
        if self.progress is None:
            raise ConnectionLost("the run has not begun")
        return self.progress
