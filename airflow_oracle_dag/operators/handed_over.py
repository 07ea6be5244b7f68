"""A task whose steps were handed to a job, in the database or in AWS Glue: it defers, and is woken.

What woke it decides nothing: the checkpoints say what became of the job. Only where the time is up
is the job stopped first.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.common.compat.sdk import AirflowTaskTimeout

from airflow_oracle_dag.core.handover import GLUE
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.operators.glue_steps import glue_waiting
from airflow_oracle_dag.runtime.errors import JobLost, StepFailed, StepTimeout
from airflow_oracle_dag.runtime.handover import Handover
from airflow_oracle_dag.runtime.job_stop import stop_carried
from airflow_oracle_dag.runtime.stopping import stop_attempt
from airflow_oracle_dag.runtime.store import CheckpointReader, CheckpointStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.triggers.base import BaseTrigger

    from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
    from airflow_oracle_dag.runtime.carriers import Carrier
    from airflow_oracle_dag.runtime.connector import Connector
    from airflow_oracle_dag.runtime.identity import RunIdentity
    from airflow_oracle_dag.runtime.results import RunOptions, RunResult, Waiting


@dataclass(frozen=True)
class Woken:
    """Why a deferred task goes on: the event of a `HandoverTrigger`, or of a `GlueHandoverTrigger`.

    :param attempt: whose job was waited for.
    :param step: that ran then, "" when none was seen.
    :param told: see `RunOptions`; so is `reported`.
    :param ends_at: when the task has to end, as an ISO text; None: never.
    :param start_timeout: seconds that the job had to begin.
    :param glue: what the trigger of a Glue run says besides.
    """

    reason: str
    message: str
    attempt: int
    step: str = ""
    told: tuple[str, ...] = ()
    ends_at: str | None = None
    reported: int = 0
    start_timeout: float = 0.0
    glue: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def by(cls, event: Mapping[str, Any]) -> Woken:
        """Read a trigger's event."""
        return cls(
            event["reason"],
            event["message"],
            event["attempt"],
            event.get("step") or "",
            tuple(event.get("told", ())),
            event.get("ends_at"),
            event.get("reported", 0),
            event.get("start_timeout", 0.0),
            event.get("glue") or {},
        )

    def going_on(self, options: RunOptions) -> RunOptions:
        """Return the options of a run that goes on where it was waited for.

        Where the triggerer cannot look after the job, the worker does: to defer again would be no
        use.
        """
        return replace(
            options,
            waited_for=self.attempt,
            told=self.told,
            reported=self.reported,
            wait_for_jobs=options.wait_for_jobs or self.reason == "away",
        )

    def time_to_start(self, waiting: Waiting, allowed: float) -> float:
        """Return how long a job may be queued that is waited for now.

        One that was woken for, and is about to begin after all, gets the same time once more.
        """
        if self.reason == "start" and waiting.attempt == self.attempt:
            return self.start_timeout + allowed
        return allowed

    def stop(
        self,
        connector: Connector,
        options: RunOptions,
        identity: RunIdentity,
        carriers: Mapping[str, Carrier],
    ) -> str:
        """Stop the job if the time of the task or of a step is up; return what became of it.

        :raises AirflowTaskTimeout: it is the task's, as where Airflow itself had counted it.
        """
        if self.reason not in ("execution", "step"):
            return ""
        if self.reason == "step" and not self._still_runs(connector, options, identity):
            return ""
        limit = "execution_timeout" if self.reason == "execution" else "the step's time limit"
        who = f"{limit}, {options.who}, try {options.try_number}"
        stopped = stop_attempt(
            connector, options.schema, identity.digest, self.attempt, who, self.message
        )
        # Afterwards: a process that was killed leaves its statement at work in the database.
        carried = self._stop_carried(connector, options, identity, carriers)
        if self.reason == "execution":
            raise AirflowTaskTimeout("; ".join((self.message, stopped.text, *carried)))
        return stopped.text

    def _stop_carried(
        self,
        connector: Connector,
        options: RunOptions,
        identity: RunIdentity,
        carriers: Mapping[str, Carrier],
    ) -> list[str]:
        """Stop what carries the attempt outside of the database; return what became of that."""
        said: list[str] = []
        if not carriers:
            return said
        with closing(connector.open()) as session:
            store = CheckpointStore(session, options.schema)
            run = store.run(identity.digest)
            row = None if run is None else Handover(store, carriers).read(run)
        stop_carried(carriers, row, self.attempt, lambda event: said.append(event.text))
        return said

    def _still_runs(self, connector: Connector, options: RunOptions, identity: RunIdentity) -> bool:
        """Tell whether the step runs still: it may have ended since the trigger saw it."""
        with closing(connector.open()) as session:
            reader = CheckpointReader(session, options.schema)
            run = reader.run(identity.digest)
            if run is None or run.attempt != self.attempt:
                return False
            steps = reader.steps(identity.digest, run.generation)
        return any(one.name == self.step and one.state is State.RUNNING for one in steps)


def run_in_time(woken: Woken | None, stopped: str, run: Callable[[], RunResult]) -> RunResult:
    """Run the script, and call a step whose time was up so, however its job ended.

    :param stopped: what `Woken.stop` returned, "" when nothing was stopped.
    :raises StepTimeout: also when the job could not be stopped.
    """
    if woken is None or not stopped:
        return run()
    try:
        result = run()
    except (StepFailed, JobLost) as error:
        line = error.line if isinstance(error, StepFailed) else 0
        raise _timeout(woken, stopped, error.run_key, line) from error
    if result.waiting is not None and result.waiting.attempt == woken.attempt:
        raise _timeout(woken, stopped, result.run_key, 0)
    return result


def _timeout(woken: Woken, stopped: str, run_key: str, line: int) -> StepTimeout:
    said = f"run {run_key}: {woken.message}; {stopped}. Run it again: it resumes there"
    return StepTimeout(said, run_key=run_key, step=woken.step, line=line)


def end_of(task: OracleScriptOperator, woken: Woken | None) -> str | None:
    """Return when a task has to end that begins to work now, as an ISO text; None: never.

    The time goes on while the task is deferred, and not while a person is asked.
    """
    if woken is not None:
        return woken.ends_at
    if task.execution_timeout is None:
        return None
    return (datetime.now(UTC) + task.execution_timeout).isoformat()


def defer(
    task: OracleScriptOperator,
    waiting: Waiting,
    options: RunOptions,
    woken: Woken | None,
    ends_at: str | None,
) -> NoReturn:
    """Give the worker back until the job is over.

    Airflow's own time-out of a deferral is not used: it would fail the task and leave the job.

    :param woken: why the task went on before, None: it did not defer yet.
    :param ends_at: see `end_of`.
    :raises TaskDeferred: always.
    """
    fields = asdict(waiting)
    fields["submitted_at"] = waiting.submitted_at.isoformat()
    fields["deadlines"] = {str(no): seconds for no, seconds in waiting.deadlines.items()}
    fields["told"] = list(waiting.told)
    allowed = options.start_timeout
    task.log.info("%s; the task waits in the triggerer", _told(waiting))
    given = {
        "conn_id": task.oracle_conn_id,
        "schema": options.schema,
        "waiting": fields,
        "start_timeout": woken.time_to_start(waiting, allowed) if woken else allowed,
        "poll_interval": task.poll_interval,
        "ends_at": ends_at,
    }
    task.defer(trigger=_trigger(task, waiting, woken, given), method_name="execute_complete")


def _trigger(
    task: OracleScriptOperator, waiting: Waiting, woken: Woken | None, given: dict[str, Any]
) -> BaseTrigger:
    # Airflow's triggers take their time to import, and DAG files are parsed often.
    if waiting.place == GLUE:
        from airflow_oracle_dag.triggers.glue_handover import (  # noqa: PLC0415 - above
            GlueHandoverTrigger,
        )

        before = woken.glue if woken else {}
        return GlueHandoverTrigger(glue=glue_waiting(task, waiting, before), **given)
    from airflow_oracle_dag.triggers.handover import HandoverTrigger  # noqa: PLC0415 - above

    return HandoverTrigger(**given)


def _told(waiting: Waiting) -> str:
    first, last = waiting.first_step, waiting.last_step
    steps = f"step {first} runs" if first == last else f"steps {first} to {last} run"
    if waiting.place != GLUE:
        return f"{steps} in the database as job {waiting.job_name}"
    if waiting.external_id is None:
        return f"AWS does not begin a run of Glue job {waiting.external_job} yet"
    return f"{steps} in AWS Glue as run {waiting.external_id} of job {waiting.external_job}"
