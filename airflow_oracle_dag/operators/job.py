"""What a task that runs a job of the control table reads there first and writes there last."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException

from airflow_oracle_dag.compat import decided_by, interval_of, zone_name
from airflow_oracle_dag.control.table import StoreUnavailable
from airflow_oracle_dag.core.decision import decide
from airflow_oracle_dag.core.errors import OracleDagError, Undecidable
from airflow_oracle_dag.core.jobs import JobRun
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.upstream import why_blocked
from airflow_oracle_dag.runtime.errors import InDoubt, RunSkipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.control.table import ControlTable
    from airflow_oracle_dag.core.jobs import Interval, Job
    from airflow_oracle_dag.hooks.control_table import ControlTableHook
    from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
    from airflow_oracle_dag.runtime.results import RunResult
    from airflow_oracle_dag.runtime.runner import ScriptRunner

_FLAG_IS_SET = "SkipFlag is {flag}"
_KEPT = "this run of the DAG decided so when it began the job"
#: Stands in `JobRun.decided_by`, where else the number of tries does, when nothing was decided.
_NOBODY = "undecided"
_HAS_BEGUN = (State.RUNNING, State.SUCCEEDED, State.FAILED, State.IN_DOUBT)


@dataclass(frozen=True)
class Preflight:
    """How a task decides whether its job runs.

    :param due: which moment of the run decides: ``end``, ``start`` or ``logical_date``.
    :param zone: time zone of jobs that name none.
    :param decision: already made, by the names of the field. None, or one with an Error, which
        is none: the job's row decides, as it is now.
    :param check_upstream: whether what the job depends on must have ended well.
    :param skip_between_steps: whether SkipFlag counts at each try, also for a run that has begun.
    """

    due: str = "end"
    zone: str = "UTC"
    decision: Mapping[str, Any] | None = None
    check_upstream: bool = False
    skip_between_steps: bool = False


class JobTask:
    """One try of the task of one job.

    :param name: JobName.
    :param run_key: of the script's run.
    """

    def __init__(
        self,
        hook: ControlTableHook,
        name: str,
        context: Context,
        run_key: str,
        preflight: Preflight,
        log: Any,
    ) -> None:
        self.hook = hook
        self.name = name
        self.preflight = preflight
        self.log = log
        self.interval: Interval = interval_of(context)
        self.moment = self.interval.due(preflight.due)
        self.planned = JobRun(
            environment=hook.environment,
            job_name=name,
            interval_key=self.interval.key,
            due_at=self.moment.astimezone(UTC).replace(tzinfo=None),
            state=State.PENDING,
            decided_by=decided_by(context),
            run_key=run_key,
        )
        self.run: JobRun | None = None
        self.ended = False
        self._before: JobRun | None = None
        self._begun = False

    def begin(self) -> Job:
        """Read the job's row, decide, and write down that it begins.

        :raises AirflowSkipException: when the job does not run; that is written down.
        :raises FieldError: when the row is wrong; the run is written down as FAILED, by nobody's
            decision: the next try decides.
        """
        with closing(self.hook.get_table()) as table:
            job = table.job(self.hook.environment, self.name)
            try:
                reason, runs = self._decide(table, job)
            except StoreUnavailable:
                raise  # nothing is wrong with the row, and nothing is known of it
            except OracleDagError:
                if not self._begun:
                    self.planned = replace(self.planned, decided_by=f"{self._decider}/{_NOBODY}")
                self.run = table.begin(self.planned)  # so that it can be seen to have failed
                raise
            self.log.info("job %s %s: %s", self.name, "runs" if runs else "is skipped", reason)
            if runs:
                self.run = table.begin(replace(self.planned, reason=reason))
                return job
            self._skip(table, reason)
        raise AirflowSkipException(f"job {self.name} is skipped: {reason}")

    def resume(self) -> Job:
        """Read the job's row and go on with the run that this try has begun before it deferred.

        Nothing is decided again: what is under way in the database is heard out. Where the run was
        ended meanwhile, the job is begun as by any other try.
        """
        with closing(self.hook.get_table()) as table:
            job = table.job(self.hook.environment, self.name)
            self.run = self._left_running(table)
        return job if self.run is not None else self.begin()

    def ask_to_skip(self) -> SkipQuestion:
        """Return what asks between two steps whether SkipFlag was set meanwhile."""
        return SkipQuestion(self.hook, self.name)

    def succeeded(self) -> None:
        """Write down that the script ran to its end."""
        self._finish(State.SUCCEEDED, self.run.reason if self.run else "")

    def failed(self, error: BaseException) -> None:
        """Write down how the try ended; an error of that is logged and hides nothing."""
        state = State.FAILED
        if isinstance(error, RunSkipped):
            state = State.SKIPPED
        elif isinstance(error, InDoubt) or isinstance(error.__cause__, InDoubt):
            state = State.IN_DOUBT
        reason = error.reason if isinstance(error, RunSkipped) else _told(error)
        try:
            self._finish(state, reason)
        except Exception as failure:  # noqa: BLE001 - the task's own error is the one to be seen
            self.log.warning(
                "the run of job %s could not be written down as %s: %s",
                self.name,
                state.value,
                failure,
            )

    def _decide(self, table: ControlTable, job: Job) -> tuple[str, bool]:
        """Return the reason, and whether the job runs."""
        self._before = before = self._read_run(table)
        self._begun = before is not None and self._is_mine(before) and before.state in _HAS_BEGUN
        reason, runs = (_KEPT, True) if self._begun else self._decision(table, job)
        if runs and self.preflight.skip_between_steps and job.is_skipped:
            return _FLAG_IS_SET.format(flag=job.skip_flag), False
        if runs and not self._begun and self.preflight.check_upstream and job.upstream:
            upstream = table.job_runs(
                self.hook.environment, self.planned.interval_key, job.upstream
            )
            blocked = why_blocked(job, upstream)
            if blocked is not None:
                return blocked, False
        return reason, runs

    def _read_run(self, table: ControlTable) -> JobRun | None:
        runs = table.job_runs(self.hook.environment, self.planned.interval_key, [self.name])
        return runs.get(self.name)

    def _is_mine(self, run: JobRun) -> bool:
        """Tell whether a try of this task has begun the job, since the task was cleared last."""
        return run.attempt > 0 and run.decided_by == self.planned.decided_by

    @property
    def _decider(self) -> str:
        return self.planned.decided_by.rpartition("/")[0]

    def _decision(self, table: ControlTable, job: Job) -> tuple[str, bool]:
        given = self.preflight.decision
        if given is not None and not given.get("Error"):
            return str(given.get("Reason") or ""), bool(given["ShouldRunToday"])
        made = decide(job, self.moment, self.hook.surroundings(self.preflight.zone, table))
        if made.error:
            raise Undecidable(made.error, job=self.name)
        return made.reason, made.should_run

    def _skip(self, table: ControlTable, reason: str) -> None:
        before = self._before
        if (
            before is not None
            and before.state is State.RUNNING
            and before.decided_by.rpartition("/")[0] == self._decider
        ):  # a try that died left it so, perhaps before the task was cleared
            table.finish(before, State.SKIPPED, reason)
        else:
            table.skip([replace(self.planned, state=State.SKIPPED, reason=reason)])
        self.ended = True

    def _finish(self, state: State, reason: str) -> None:
        if self.ended:
            return
        with closing(self.hook.get_table()) as table:
            run = self.run or self._left_running(table)
            if run is not None and not table.finish(run, state, reason):
                self.log.warning(
                    "job %s was begun again elsewhere for %s: its run stays as it is there",
                    self.name,
                    run.interval_key,
                )
        self.ended = True

    def _left_running(self, table: ControlTable) -> JobRun | None:
        """Return what `begin` wrote when its answer was lost."""
        found = self._read_run(table)
        if found is None or found.state is not State.RUNNING or not self._is_mine(found):
            return None
        return found


def job_task_of(task: OracleScriptOperator, context: Context, run_key: str) -> JobTask:
    """Return what a task reads and writes of its job.

    :param run_key: of the script's run.
    """
    preflight = Preflight(
        due=task.due,
        zone=task.timezone or zone_name(context),
        decision=task.decision,
        check_upstream=task.check_upstream,
        skip_between_steps=task.skip_between_steps,
    )
    return JobTask(task.control_hook, str(task.job_name), context, run_key, preflight, task.log)


class SkipQuestion:
    """Ask whether a job's SkipFlag is set, again and again, in one session.

    :param name: JobName.
    """

    def __init__(self, hook: ControlTableHook, name: str) -> None:
        self.hook = hook
        self.name = name
        self._table: ControlTable | None = None

    def __call__(self) -> str | None:
        """Return the reason to stop, None to go on."""
        job = self._job()
        return _FLAG_IS_SET.format(flag=job.skip_flag) if job.is_skipped else None

    def close(self) -> None:
        """End the session."""
        if self._table is not None:
            self._table.close()
            self._table = None

    def _job(self) -> Job:
        if self._table is not None:
            try:
                return self._table.job(self.hook.environment, self.name)
            except StoreUnavailable:  # the session idled for hours: a new one may do
                self.close()
        self._table = self.hook.get_table()
        return self._table.job(self.hook.environment, self.name)


class AskingRunner:
    """Run a script that asks between its steps, and end the question's session with it.

    All of it happens in the thread that runs the script: a session is not closed from another one,
    which may have to wait for it.
    """

    def __init__(self, runner: ScriptRunner, question: SkipQuestion) -> None:
        self.runner = runner
        self.question = question

    def run(self) -> RunResult:
        """Run to the end."""
        with closing(self.question):
            return self.runner.run()

    def cancel(self, reason: str) -> None:
        """Make `run` end soon; from any thread."""
        self.runner.cancel(reason)


def _told(error: BaseException) -> str:
    if isinstance(error.__cause__, InDoubt):  # also of a task that waits for an answer to it
        error = error.__cause__
    text = str(error).strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
