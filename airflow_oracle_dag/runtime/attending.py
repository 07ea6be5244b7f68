"""Look after the job that holds a run, in the database or in AWS Glue, until it is over.

Whoever comes to such a run attaches to the job: it is queued or it runs, and nobody starts a second
one. A job that was reserved and never created is created; one that nobody starts is removed; the
error of one that failed is settled. `airflow_oracle_dag.core.handed.decide_handed` says which from
what was read; this module acts.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Callable, Dict, Mapping, Optional, Set, Union

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.handed import Abandon, Attach, HandoverRow, Submit, decide_handed
from airflow_oracle_dag.core.handover import DATABASE
from airflow_oracle_dag.core.plan import Plan
from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.carriers import Carrier
from airflow_oracle_dag.runtime.errors import (
    CarrierBusy,
    CarrierRefused,
    JobLost,
    JobNotStarted,
    RunHeld,
    TakenOver,
)
from airflow_oracle_dag.runtime.handover import Handover, Sight, job_of, place_of
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.job_costs import note_cost
from airflow_oracle_dag.runtime.job_end import recorded_error, settle_failed_job
from airflow_oracle_dag.runtime.job_report import JobReport
from airflow_oracle_dag.runtime.job_watch import JobWatch
from airflow_oracle_dag.runtime.job_words import unsaid, vanishes
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions, Waiting
from airflow_oracle_dag.runtime.settlement import Changed, in_doubt, write_end
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.takeover import Takeover

_SHORTEST = 0.05  # seconds between two looks at a job, at least
_LONGEST = {DATABASE: 2.0}  # and at most
_LONGEST_ELSEWHERE, _LONGEST_BUSY = 10.0, 60.0
_MOST_SUBMISSIONS = 3  # by one caller, of a job that vanishes each time


class Attendance:
    """One caller's look after the job of one run, over as many sessions as that takes.

    :param stop: stops what an attempt does in the database: its number, who asks, and why.
    :ivar waited_for: attempt of the job that this caller has waited for, None: for none yet.
    :ivar looks: how often a job was looked at.
    :ivar row: of the job that was looked at last, None: of none yet.
    """

    def __init__(
        self,
        plan: Plan,
        options: RunOptions,
        interrupt: Interrupt,
        observe: Observer,
        stop: Callable[[int, str, str], None],
        carriers: Mapping[str, Carrier],
    ) -> None:
        self._carriers = carriers
        self.plan = plan
        self.options = options
        self.waited_for = options.waited_for
        self.looks = 0
        self.report = JobReport(observe, options)
        self.watch = JobWatch(plan, options, observe)
        self._interrupt = interrupt
        self._observe = observe
        self._stop = stop
        self._overdue = ""
        self._handed: Optional[int] = None
        self._submissions = 0
        self._told = ""
        self._busy = False
        self._trouble = ""
        self._paid: Set[int] = set()
        self.row: Optional[HandoverRow] = None
        self._pause = _SHORTEST

    def begins(self, attempt: int) -> None:
        """Take note of a job that this caller has just reserved."""
        self.waited_for = self._handed = attempt
        self._submissions = 0

    def concerns(self, run: Optional[RunRow]) -> bool:
        """Tell whether a run is held by a job, or was by the one that was waited for."""
        if run is None:
            return False
        is_held = job_of(run) is not None or run.attempt == self.waited_for
        return is_held or place_of(run) in self._carriers

    def attend(
        self, run: RunRow, store: CheckpointStore, takeover: Callable[[RunOptions], Takeover]
    ) -> Union[Waiting, RunRow, None]:
        """Wait until no job holds a run any more, and return the run as it is then.

        :param takeover: makes one that behaves as options say.
        :return: what is waited for, where the caller does not want to wait here.
        :raises StepFailed: the job that the caller has waited for failed; also InDoubt.
        :raises JobLost: it ended and told nobody how; also JobNotStarted.
        """
        handover = Handover(store, self._carriers)
        there: Optional[RunRow] = run
        while there is not None:
            with self._interrupt.calling(store.session):
                sight = handover.look(there)
            self.looks += 1
            if sight is None:
                self._ended(store, handover, there)
                return there
            self._tell(store, sight.row)
            self._tell_trouble(sight)
            decision = decide_handed(sight.row, sight.job, sight.now, self.options.start_timeout)
            if isinstance(decision, Attach) and not self._is_noted(handover, sight):
                pass  # look again, with the run that was found
            elif isinstance(decision, Attach):
                with self._interrupt.calling(store.session):
                    self.watch.look(store, there, sight, self.report.running)
                waiting = self._wait(there, sight, running=decision.running)
                if waiting is not None:
                    return waiting
            elif isinstance(decision, Submit) and self._submissions < _MOST_SUBMISSIONS:
                late = self._submit(handover, sight.row, there)
                if late is not None:
                    return late
            elif isinstance(decision, (Submit, Abandon)):
                cause = (
                    decision.cause
                    if isinstance(decision, Abandon)
                    else vanishes(sight.row, _MOST_SUBMISSIONS)
                )
                self._abandon(takeover, handover, sight.row, cause)
            else:
                self._pay(store, handover, sight.row)
                if not self._settle(takeover, sight.row, decision.because):
                    return store.run(there.run_hash)
            there = store.run(there.run_hash)
        return there

    def _tell(self, store: CheckpointStore, row: Optional[HandoverRow]) -> None:
        is_new = row is not None and row != self.row
        if is_new:
            self._pause = _SHORTEST
        # In the database each step is written into the row of its job; in Glue now and then.
        if row is not None and (is_new or row.place != DATABASE):
            with self._interrupt.calling(store.session):
                self.report.tell(store, self.plan, row)
            self.row = row

    def _tell_trouble(self, sight: Sight) -> None:
        """Say once that nobody can be asked how it stands; its rows are looked at all the same."""
        if sight.trouble and not self._trouble:
            self._say("notice", f"{sight.row.called} cannot be asked: {sight.trouble}")
        self._trouble = sight.trouble

    def _ended(self, store: CheckpointStore, handover: Handover, run: RunRow) -> None:
        """Take note of an attempt whose end is written down, and raise its error if it had one.

        It is a run of AWS Glue, which settles its errors itself, or somebody else who waited for
        the job was first to.

        :raises StepFailed: it was waited for; also InDoubt.
        """
        row = handover.read(run)
        self._tell(store, row)
        in_glue = row is not None and row.place != DATABASE
        if row is not None and in_glue:
            self._pay(store, handover, row)
        if run.attempt != self.waited_for or run.state not in (State.FAILED, State.IN_DOUBT):
            return
        error = recorded_error(run, store.steps(run.run_hash, run.generation))
        if error is not None:
            if row is not None and in_glue:
                self.report.tell_failed(store, row)
            raise error

    def _pay(self, store: CheckpointStore, handover: Handover, row: HandoverRow) -> None:
        """Write down once what an attempt cost that is over; not to know it does no harm."""
        carrier = handover.carrier(row)
        is_known = row.external_job is None or row.dpu_seconds is not None
        if carrier is None or is_known or row.attempt in self._paid:
            return
        self._paid.add(row.attempt)
        try:
            spent = carrier.cost(row)
        except (CarrierBusy, CarrierRefused) as error:
            self._say("notice", f"what {row.called} cost is not known: {error}")
            return
        if spent is not None:
            note_cost(store, row, spent)

    def _wait(self, run: RunRow, sight: Sight, *, running: bool) -> Optional[Waiting]:
        """Wait a little, or say for what somebody else is to wait."""
        row = sight.row
        self.waited_for = row.attempt
        how = "runs" if running else "is queued"
        self._say("wait", f"waiting: {row.called}, attempt {row.attempt}, {how}", once=True)
        if not self.options.wait_for_jobs:
            return self._waiting(run, row)
        if row.place == DATABASE:  # the runner in Glue looks at the clock itself
            self._stop_overdue(sight)
        self._rest(_LONGEST.get(row.place, _LONGEST_ELSEWHERE))
        return None

    def _is_noted(self, handover: Handover, sight: Sight) -> bool:
        """Keep which run of AWS Glue it is, where the answer of its beginning was lost.

        :return: nothing had to be kept, or it cannot be for now.
        """
        row = sight.row
        is_known = row.external_job is None or row.external_region is not None
        if is_known or sight.trouble or handover.carrier(row) is None:
            return True
        try:
            with self._interrupt.protected(handover.session):
                handover.submit(row, again=True)
        except CarrierBusy:
            return True
        return False

    def _waiting(self, run: RunRow, row: HandoverRow) -> Waiting:
        waiting = waiting_for(run, row, self.plan)
        told, reported = self.watch.told, self.report.reported(row.attempt)
        return replace(waiting, expected=self.watch.expected, told=told, reported=reported)

    def _rest(self, longest: float) -> None:
        self._interrupt.sleep(self._pause * random.uniform(0.7, 1.0))  # noqa: S311 - spreads looks
        self._pause = min(self._pause * 1.5, longest)

    def _stop_overdue(self, sight: Sight) -> None:
        """Stop a job whose step takes longer than it may; once for each step."""
        step = self.report.running
        limit = next(
            (one.timeout for one in self.plan.steps if step and one.no == step.step_no), None
        )
        if step is None or step.started_at is None or limit is None or self._overdue:
            return
        left = limit - (sight.now - step.started_at).total_seconds()
        if left > 0:
            self._pause = min(self._pause, left)
            return
        self._overdue = f"the step took longer than {limit:g} s"
        self._stop(
            sight.row.attempt,
            f"the time limit of step {step.name}",
            f"it took longer than {limit:g} s",
        )

    def _submit(self, handover: Handover, row: HandoverRow, run: RunRow) -> Optional[Waiting]:
        """Let it begin, whoever reserved it; say for what to wait where it cannot for now."""
        again = row.attempt != self._handed
        steps = f"step {row.first_step} is"
        if row.first_step != row.last_step:
            steps = f"steps {row.first_step} to {row.last_step} are"
        because = ", which was reserved and is not there" if again else ""
        whose = " of the database" if row.place == DATABASE else ""
        if not self._busy:
            self._say("decision", f"{steps} handed to {row.called}{whose}{because}")
        self._handed = None  # should it be lost, it is created again
        self.waited_for = row.attempt
        try:
            with self._interrupt.protected(handover.session):
                handover.submit(row, again=again)
        except CarrierBusy as busy:
            self._say("wait", f"waiting: {row.called} cannot begin yet: {busy}", once=True)
            self._busy = True
            if not self.options.wait_for_jobs:
                return self._waiting(run, row)
            self._rest(_LONGEST_BUSY)
            return None
        self._busy = False
        self._submissions += 1
        return None

    def _abandon(
        self,
        takeover: Callable[[RunOptions], Takeover],
        handover: Handover,
        row: HandoverRow,
        cause: str,
    ) -> None:
        """Take the run over from a job that nobody starts, and remove the job.

        :raises JobNotStarted: unless the job began, or somebody else came, in between.
        """
        taken = takeover(replace(self.options, orphan="fail"))
        try:
            settled = taken.settle()
            run = settled.situation.run
            if run.attempt != row.attempt or run.session_id or run.attempt_ended_at:
                taken.store.session.rollback()
                return
            write_end(taken.store, settled)
        except (Changed, RunHeld):
            return
        obstacle = handover.drop(row)
        left = f"; it could not be removed: {obstacle}" if obstacle else "; it was removed"
        key = settled.situation.run.run_key
        who = "a DBA" if row.place == DATABASE else "whoever has the account"
        raise JobNotStarted(
            f"run {key}: {cause}{left}. Nothing of it was run. To mend it: let {who} look "
            "at that, or run its steps in the worker (run_on=worker), and run it again",
            run_key=key,
            job_name=row.job_name,
        )

    def _settle(
        self, takeover: Callable[[RunOptions], Takeover], row: HandoverRow, because: str
    ) -> bool:
        """Settle what a job left, if its end is this caller's; tell whether to look again.

        What another caller's job left without a word is left to the takeover that follows.
        """
        if row.ending == "SUCCEEDED":
            return True  # the run was read before that
        is_mine = self.waited_for == row.attempt
        tells = row.ended_at is not None and row.place == DATABASE
        if not tells and not is_mine:
            self._say("decision", because)
            return False
        taken = takeover(self.options)
        try:
            if not tells:
                error: Optional[OracleDagError] = self._lost(taken, row, because)
                if error is None and row.place != DATABASE:
                    return True  # it has written down its end since
            else:
                error = settle_failed_job(row, self.plan, taken, self._observe, self._overdue)
        except (Changed, TakenOver):
            return True
        if error is not None and is_mine:
            raise error
        return False

    def _lost(self, taken: Takeover, row: HandoverRow, because: str) -> Optional[OracleDagError]:
        """Write down what a job left that ended without a word, and return the error."""
        settled = taken.settle()
        run = settled.situation.run
        if run.attempt != row.attempt or run.attempt_ended_at is not None:
            taken.store.session.rollback()
            return None
        write_end(taken.store, settled)
        if all(step.is_done for step in settled.steps):
            return None
        for step in settled.steps:
            if step.state is State.IN_DOUBT:
                return in_doubt(settled.situation.run, step)
        judged = settled.situation.open_step
        said = "" if judged is None or settled.verdict is None else settled.verdict.reason
        step_said = f"; step {judged.name}: {said}" if judged is not None else ""
        return JobLost(
            f"run {run.run_key}: {because}{unsaid(row)}{step_said}. Run it again: it resumes there",
            run_key=run.run_key,
            job_name=row.job_name,
        )

    def _say(self, kind: str, text: str, *, once: bool = False) -> None:
        if not (once and text == self._told):
            self._observe(Event(kind, text))
        self._told = text


def waiting_for(run: RunRow, row: HandoverRow, plan: Plan) -> Waiting:
    """Say what is waited for."""
    # The runner in Glue ends a step by itself that takes too long.
    handed = range(row.first_step, row.last_step + 1) if row.place == DATABASE else ()
    deadlines: Dict[int, float] = {
        step.no: step.timeout for step in plan.steps if step.no in handed and step.timeout
    }
    return Waiting(
        run_hash=row.run_hash,
        run_key=run.run_key,
        generation=row.generation,
        attempt=row.attempt,
        job_name=row.job_name,
        first_step=row.first_step,
        last_step=row.last_step,
        submitted_at=row.submitted_at,
        deadlines=deadlines,
        place=row.place,
        external_job=row.external_job,
        external_id=row.external_id,
        external_region=row.external_region,
    )
