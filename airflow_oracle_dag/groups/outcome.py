"""The last task of a category: what became of each job, and whether all is well.

The waves before it go on whatever becomes of single jobs, so this task is the one that fails the
group. It also ends the runs of jobs whose task was killed and reported nothing.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSkipException,
    BaseOperator,
)

from airflow_oracle_dag.compat import decided_by, keep_supported, states_of_tasks
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.upstream import is_blocked
from airflow_oracle_dag.groups.decide import CATALOG_KEY
from airflow_oracle_dag.groups.log_table import log_table
from airflow_oracle_dag.hooks.control_table import ControlTableHook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.control.table import ControlTable
    from airflow_oracle_dag.core.jobs import JobRun

_OVER = ("success", "failed", "skipped", "upstream_failed", "removed")
#: How many jobs the error names.
_SHOWN = 20
_CURE = "To mend it:"
#: Stands where a task's state does, for a job that its row skipped when the category was decided.
_NO_TASK = "none"


@dataclass(frozen=True)
class _End:
    """How a job ended: as its task's state and its run say.

    :param skipped: why it got no task, "" when it got one.
    """

    name: str
    task_state: str
    run: JobRun | None
    skipped: str = ""

    @property
    def why(self) -> str:
        """Return in one line why it ended so."""
        reason = self.run.reason if self.run is not None else ""
        return _first_line(self.skipped or self.fault or reason)

    @property
    def fault(self) -> str:
        """Return what is wrong, "" when nothing is."""
        if self.skipped or self.task_state == "success":  # also where a person marked it so
            return ""
        if self.task_state == "skipped":
            return self.run.reason if self.run is not None and is_blocked(self.run) else ""
        if self.task_state in ("", "removed"):
            return "its task was not run"
        if self.run is not None and self.run.state is not State.SUCCEEDED and self.run.reason:
            return self.run.reason
        return f"its task is {self.task_state}"


class JobsOutcomeOperator(BaseOperator):
    """Tell what became of a category's jobs, and fail when a job failed or was blocked.

    A job that was skipped by its own row, or because of OnUpstreamSkip, is no failure; one that was
    blocked because another failed is.

    :param decide: id of the task that decided.
    :param jobs: id of the mapped task by its batch's key.
    """

    template_fields: Sequence[str] = ("oracle_conn_id", "control_conn_id")
    ui_color = "#d8e6f3"

    def __init__(
        self,
        *,
        decide: str,
        jobs: Mapping[str, str],
        oracle_conn_id: str = "oracle_default",
        control_conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**keep_supported(kwargs))
        self.decide = decide
        self.jobs = dict(jobs)
        self.oracle_conn_id = oracle_conn_id
        self.control_conn_id = control_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Count how the jobs ended; raise when one of them did not end well."""
        found = context["ti"].xcom_pull(task_ids=self.decide, key=CATALOG_KEY)
        state = states_of_tasks(context, [self.decide]).get(self.decide)
        if not found or state != "success":  # what an earlier run of it decided may still be there
            raise self._nothing_decided(state)
        ends = self._ends(context, found)
        self._tell(ends)
        faults = [end for end in ends if end.fault]
        if faults:
            shown = "\n".join(f"  - {end.name}: {_with_cure(end.fault)}" for end in faults[:_SHOWN])
            more = f"\n  - and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
            raise AirflowFailException(
                f"{len(faults)} of {len(ends)} jobs did not end well:\n{shown}{more}\n"
                "  To mend it: see to the first of them, then clear their tasks with what comes "
                "downstream."
            )
        succeeded = sum(end.task_state == "success" for end in ends)
        return {"success": succeeded, "skipped": len(ends) - succeeded}

    def _nothing_decided(self, state: str | None) -> Exception:
        if state == "skipped":
            return AirflowSkipException(f"{self.decide} was skipped, and the category with it")
        return AirflowFailException(
            f"{self.decide} is {state or 'not over'}: nothing was decided and no job was started"
        )

    def _ends(self, context: Context, found: Mapping[str, Any]) -> list[_End]:
        states = states_of_tasks(context, [self.jobs[key] for key in found["batches"]])
        placed = {
            name: str(states.get(f"{self.jobs[key]}_{place}") or "")
            for key, names in found["batches"].items()
            for place, name in enumerate(names)
        }
        hook = ControlTableHook(
            self.control_conn_id, found["environment"], otherwise=self.oracle_conn_id
        )
        with closing(hook.get_table()) as table:
            runs = table.job_runs(hook.environment, found["interval_key"])
            corrected = dict(self._corrected(table, runs, placed, decided_by(context)))
            if corrected:
                runs = table.job_runs(hook.environment, found["interval_key"])
        ends = [_End(name, state, runs.get(name)) for name, state in placed.items()]
        decided = context["ti"].xcom_pull(task_ids=self.decide, key="return_value") or ()
        for one in decided:
            name = one["JobName"]
            if name not in placed:
                ends.append(_End(name, _NO_TASK, runs.get(name), one["Reason"] or "not to run"))
        return ends

    def _corrected(
        self,
        table: ControlTable,
        runs: Mapping[str, JobRun],
        placed: Mapping[str, str],
        by: str,
    ) -> Iterator[tuple[str, State]]:
        """End the runs that are RUNNING while their task is over: nobody else will."""
        here = by.rpartition("/")[0]  # without the number of tries: each task has its own
        for name, task_state in placed.items():
            run = runs.get(name)
            if run is None or run.state is not State.RUNNING or task_state not in _OVER:
                continue
            if run.decided_by.rpartition("/")[0] != here:
                continue  # another DAG runs it for the same interval
            state = State.SUCCEEDED if task_state == "success" else State.FAILED
            reason = f"its task is {task_state} and wrote nothing down: it was killed, or lost"
            if table.finish(run, state, run.reason if state is State.SUCCEEDED else reason):
                self.log.warning("job %s: %s; its run is now %s", name, reason, state.value)
                yield name, state

    def _tell(self, ends: Sequence[_End]) -> None:
        rows = [
            (
                end.name,
                end.task_state or "-",
                end.run.state.value if end.run is not None else "-",
                end.why,
            )
            for end in ends
        ]
        log_table(self.log, "what became of the jobs", [("task", 15), ("run", 9)], rows)


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]


def _with_cure(text: str) -> str:
    """Return the first line of an error, and under it the one that says what helps."""
    lines = text.strip().splitlines()
    cures = [line.strip() for line in lines[1:] if line.strip().startswith(_CURE)]
    return "\n      ".join([*lines[:1], *cures[:1]])
