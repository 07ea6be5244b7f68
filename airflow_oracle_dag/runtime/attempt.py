"""One attempt at a run: begin, work through what is not done, recover once where that is safe."""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from typing import Iterator, Optional, Tuple

from airflow_oracle_dag.core.handover import Segment
from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.runtime import block
from airflow_oracle_dag.runtime.account import Account
from airflow_oracle_dag.runtime.assignment import Assignment
from airflow_oracle_dag.runtime.attending import Attendance
from airflow_oracle_dag.runtime.claim import Beginning, Claimant, refuse_other
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    ConnectionLost,
    DatabaseError,
    RunSkipped,
    RunStopped,
)
from airflow_oracle_dag.runtime.handing import hand_over
from airflow_oracle_dag.runtime.handover import Handover
from airflow_oracle_dag.runtime.job_stop import stop_carried, stop_job
from airflow_oracle_dag.runtime.portion import cut, last_no
from airflow_oracle_dag.runtime.progress import Progress
from airflow_oracle_dag.runtime.queries import Queries
from airflow_oracle_dag.runtime.recovery import TIME_IS_UP, settle_error
from airflow_oracle_dag.runtime.results import (
    Event,
    RunOptions,
    RunResult,
    Waiting,
)
from airflow_oracle_dag.runtime.scheduler_jobs import refuse_without_grants
from airflow_oracle_dag.runtime.source_scan import SourceScan
from airflow_oracle_dag.runtime.steps import StepWork
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.takeover import Own, Takeover
from airflow_oracle_dag.runtime.watchdog import watching
from airflow_oracle_dag.runtime.worker_stop import end_overdue

_KILLED_BY_A_DBA = "ORA-00028"


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
        self.granted = False
        self.halted_by: Optional[Exception] = None
        self.last_no = last_no(plan, assignment.options.until_step)
        self.leaves_rest = False
        self.handed_by: Optional[int] = None  # the attempt that handed steps to a job last
        self.reconnected_at = 0
        self.account = Account()
        self.attendance = Attendance(
            plan,
            assignment.options,
            assignment.interrupt,
            assignment.observe,
            self._stop,
            assignment.carriers,
        )
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
                result = self._go_on(own)
                own = None
            except RunStopped:
                self._stop_job()
                self._roll_back_quietly()
                raise
            except ConnectFailed:
                if self.attendance.looks and self.progress is None:
                    text = "the job goes on by itself: say the same again, and it is waited for"
                    self.given.observe(Event("notice", text))
                raise
            except DatabaseError as error:
                own = self._recover(error)
        if self.halted_by is not None:
            raise self.halted_by
        return self.account.whole(result, self.attendance.report.results)

    def _go_on(self, own: Optional[Own]) -> Optional[RunResult]:
        """Look after a job that holds the run, or begin and work; None: steps were handed over."""
        there = self._there() if own is None else None
        if there is not None and self.attendance.concerns(there):
            refuse_other(there, self.plan, self.script_hash, self._open_session())
            attended = self.attendance.attend(there, self._store(), self._takeover)
            if isinstance(attended, Waiting):
                return self._reported(there, attended)
            there = attended
            if there is not None and self._is_all_done(there):
                return self._reported(there)
        if there is not None and there.attempt == self.handed_by:
            own = Own(there.attempt)  # the answer to the reservation was lost, and it had not come
        beginning = self._begin(own, there)
        if not beginning.steps_to_run:
            return beginning.result()
        with self._working(beginning) as progress:
            return self._work(progress)

    @contextmanager
    def _working(self, beginning: Beginning) -> Iterator[Progress]:
        progress = self.progress = Progress(self.plan, beginning, self.given.observe, self.queries)
        self.account.begins(progress)
        given = self.given
        with watching(given.connector, progress, given.interrupt, given.options):
            yield progress

    def _there(self) -> Optional[RunRow]:
        with self.given.interrupt.calling(self._open_session()):
            return self._store().run(self.given.identity.digest)

    @property
    def hold(self) -> Optional[block.Hold]:
        """Return what the attempt holds, None before it has begun."""
        return None if self.progress is None else self.progress.hold

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

    def _begin(self, own: Optional[Own], there: Optional[RunRow]) -> Beginning:
        claimant = Claimant(
            self._store(), self.given.identity, self.plan, self.script_hash, self._takeover()
        )
        session = self._open_session()
        with self.given.interrupt.calling(session):
            if own is None and not self.granted:
                refuse_without_grants(session, self.plan.steps)
                self.granted = True
            beginning = claimant.begin(own, there)
        if there is not None:
            Handover(self._store(), self.given.carriers).withdraw(there)
        return beginning

    def _work(self, progress: Progress) -> Optional[RunResult]:
        """Work through the steps of this place; None: the next ones were handed over."""
        session = self._open_session()
        here, handed = cut(self._portion(progress.to_run))
        if here or handed is None:
            self._advance(None, here[0] if here else None)
        for step, following in zip(here, [*here[1:], None]):
            if self.halted_by is not None:
                break
            work = StepWork(session, progress, step, self.given.interrupt)
            finished = work.run()
            asked = following or (handed.steps[0] if handed is not None else None)
            if asked is not None:
                self._ask(asked)
            self._advance(finished, following, hands_over=handed is not None)
        self.account.seen.update(progress.results)
        if handed is None or self.halted_by is not None:
            return progress.result()
        self._hand_over(progress, handed)
        return None

    def _hand_over(self, progress: Progress, segment: Segment) -> None:
        """Reserve the job's attempt; whoever looks after the run next creates the job."""
        self.progress = None  # an error from here on says nothing of a step
        self.handed_by = progress.hold.attempt
        is_end = not self.leaves_rest and segment.steps[-1].no == progress.to_run[-1].no
        with self.given.interrupt.protected(self._open_session()):
            attempt = hand_over(
                Handover(self._store(), self.given.carriers),
                progress,
                segment,
                self.given.identity,
                keep_output=not self.given.values.secrets,
                is_end=is_end,
            )
        if attempt is None:
            raise block.taken_over(progress.hold)
        self.handed_by = None
        self.attendance.begins(attempt)

    def _is_all_done(self, there: RunRow) -> bool:
        """Tell whether the job that was waited for has left nothing to run."""
        if there.attempt != self.attendance.waited_for:
            return False
        rows = self._store().steps(there.run_hash, there.generation)
        return all(row.is_done for row in rows if row.step_no <= self.last_no)

    def _reported(self, run: RunRow, waiting: Optional[Waiting] = None) -> RunResult:
        return self.account.of_rows(self._store(), run, self.queries.last, waiting)

    def _portion(self, steps: Tuple[Step, ...]) -> Tuple[Step, ...]:
        """Return the steps that this attempt is to run, and remember whether that leaves some."""
        until = [step for step in steps if step.no <= self.last_no]
        self.leaves_rest = len(until) < len(steps)
        if self.leaves_rest and all(step.step_class is StepClass.ALWAYS for step in until):
            said = f"step {self.given.options.until_step} is done already, nothing to run"
            self.given.observe(Event("decision", said))
            return ()
        return tuple(until)

    def _advance(
        self,
        done: Optional[block.Finished],
        following: Optional[Step],
        *,
        hands_over: bool = False,
    ) -> None:
        """End a step and start the next one, unless the attempt is to end here."""
        session, progress = self._open_session(), self._progress()
        session.limit(None)
        asked_to_end = self.halted_by is not None
        halted = asked_to_end or (following is None and (self.leaves_rest or hands_over))
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

    def _recover(self, error: DatabaseError) -> Optional[Own]:
        """Decide whether the attempt may go on after an error; raise what it ends with."""
        if self.given.interrupt.requested:
            self._stop_job()
            self._roll_back_quietly()
            self.given.interrupt.check()
        if self.progress is None:
            self._look_again(error)
            return None
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
        self._keep_overdue(error, self.progress)
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

    def _look_again(self, error: DatabaseError) -> None:
        """Reconnect where only the look after a job was lost, if there was one since the last."""
        looks = self.attendance.looks + int(self.handed_by is not None)
        if not isinstance(error, ConnectionLost) or looks <= self.reconnected_at:
            raise error
        self.reconnected_at = looks
        self.close()
        self.session = None
        text = f"connection lost ({error.code}): reconnecting to see how the job stands"
        self.given.observe(Event("decision", text))

    def _stop_job(self) -> None:
        """Stop the job that this attempt waits for."""
        attempt, given = self.attendance.waited_for, self.given
        if attempt is not None and self.progress is None:
            who = given.options.who or "the client that waits for it"
            self._stop(attempt, who, given.interrupt.reason)

    def _stop(self, attempt: int, who: str, why: str) -> None:
        given = self.given
        # A process elsewhere that hears of the wish ends its statement; a killed one leaves it.
        stop_job(given.connector, given.options, given.identity, attempt, (who, why), given.observe)
        stop_carried(given.carriers, self.attendance.row, attempt, given.observe)

    def _refuse_overdue(self, error: ConnectionLost, progress: Progress) -> None:
        """Raise where the driver gave a connection up with a step that took too long."""
        step, deadline = progress.step, progress.deadline
        if step is None or deadline is None or time.monotonic() < deadline:
            return
        given, session = self.given, self._open_session()
        said = end_overdue(given.connector, given.options, progress.hold, step, session, lost=True)
        raise ConnectionLost(
            f"step {step.name} of run {progress.hold.run_key} took longer than its "
            f"{step.timeout:g} s, and the connection was lost with it; the next try finds out what "
            f"was committed: {error.message}\n  {said}",
            error.code,
        ) from error

    def _keep_overdue(self, error: DatabaseError, progress: Progress) -> None:
        """Keep that it was the step's time that was up, after a cancel that was answered."""
        if error.code != TIME_IS_UP or progress.step is None:
            return
        given, session, step = self.given, self._open_session(), progress.step
        said = end_overdue(given.connector, given.options, progress.hold, step, session, lost=False)
        if said:
            given.observe(Event("notice", said))

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

    def _takeover(self, options: Optional[RunOptions] = None) -> Takeover:
        return Takeover(
            self._store(),
            self.given.identity,
            self.plan,
            options or self.given.options,
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
