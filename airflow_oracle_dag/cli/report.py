"""What the command line says about a run: one line a step, or one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.core.rows import is_purged
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.variable_report import variables_after
from airflow_oracle_dag.runtime.handover import job_of
from airflow_oracle_dag.runtime.store import CheckpointReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from airflow_oracle_dag.core.rows import RunRow, StepRow
    from airflow_oracle_dag.runtime.connector import Connector
    from airflow_oracle_dag.runtime.identity import RunIdentity
    from airflow_oracle_dag.runtime.store import RecentRun

_FAILED = ") failed: "  # as `airflow_oracle_dag.runtime.failure` begins an error


def read(
    connector: Connector, schema: str | None, run_hash: str
) -> tuple[RunRow, list[StepRow]] | None:
    """Read a run's newest generation in a session of its own; None when there is no such run."""
    session = connector.open()
    try:
        reader = CheckpointReader(session, schema)
        run = reader.run(run_hash)
        return None if run is None else (run, reader.steps(run_hash, run.generation))
    finally:
        session.close()


def document(run: RunRow, steps: list[StepRow]) -> dict[str, Any]:
    """Return a run as ``--json`` prints it; the keys are stable, see docs/cli.md."""
    names = {step.step_no: step.name for step in steps}
    return {
        "run_key": run.run_key,
        "namespace": run.namespace,
        "state": run.state.value,
        "generation": run.generation,
        "attempt": run.attempt,
        "job": job_of(run),
        "resumed_at": None if run.resumed_step is None else names.get(run.resumed_step),
        "acknowledged_at": iso(run.acknowledged_at),
        "rows": sum(step.row_count or 0 for step in steps),
        "error": None,
        "variables": variables_after(steps),
        "steps": [
            {
                "no": step.step_no,
                "name": step.name,
                "state": step.state.value,
                "attempt": step.attempt,
                "tries": step.tries,
                "rows": step.row_count,
                "started_at": iso(step.started_at),
                "ended_at": iso(step.ended_at),
                "error": step.error_text,
                "reason": step.reason,
                "commits_inside": step.commits_inside == 1,
            }
            for step in steps
        ],
    }


def nothing(identity: RunIdentity) -> dict[str, Any]:
    """Return the document of a run of which nothing is known: the same keys, without values."""
    empty = dict.fromkeys(
        ("state", "generation", "attempt", "job", "resumed_at", "acknowledged_at")
    )
    run = {"run_key": identity.key, "namespace": identity.namespace}
    return {**run, **empty, "rows": 0, "error": None, "variables": {}, "steps": []}


def recent_document(run: RecentRun) -> dict[str, Any]:
    """Return one run of a list as ``--json`` prints it."""
    return {
        "run_key": run.run_key,
        "state": run.state.value,
        "generation": run.generation,
        "attempt": run.attempt,
        "script": run.script_name,
        "attempt_started_at": iso(run.attempt_started_at),
        "ended_at": iso(run.ended_at),
    }


def recent_lines(runs: list[RecentRun]) -> Iterator[str]:
    """Write a list of runs, one a line."""
    width = max(len(run.run_key) for run in runs)
    begun = "last one begun (UTC)"
    yield f"{'run key':<{width}}  {'state':<9}  {'attempt':>7}  {begun:<20}  script"
    for run in runs:
        begun = run.attempt_started_at.isoformat(" ", "seconds")
        yield (
            f"{run.run_key:<{width}}  {run.state.value:<9}  {run.attempt:>7}  {begun:<20}  "
            f"{run.script_name}"
        )


def lines(run: RunRow, steps: list[StepRow]) -> Iterator[str]:
    """Write a run as a table: a line for the run and one for each step."""
    yield (
        f"{run.run_key}: {run.state.value}, generation {run.generation}, attempt {run.attempt}, "
        + ("acknowledged" if run.acknowledged_at else "not acknowledged")
        + (f", {run.client}" if job_of(run) else "")
    )
    if is_purged(run, steps):
        yield "purged: nothing is kept of its steps"
        return
    width = max([4, *(len(step.name) for step in steps)])
    yield f"{'no':>4}  {'step':<{width}}  {'state':<9}  {'tries':>5}  {'rows':>10}  {'seconds':>8}"
    for step in steps:
        rows = "" if step.row_count is None else str(step.row_count)
        resumed = "  resumed here" if step.step_no == run.resumed_step else ""
        said = because(step.error_text, step.reason, step.commits_inside)
        if step.state is State.RUNNING and step.started_at is not None:
            said = f"since {step.started_at.isoformat(' ', 'seconds')} UTC"
        error = f"  {said}" if said else ""
        yield (
            f"{step.step_no:>4}  {step.name:<{width}}  {step.state.value:<9}  {step.tries:>5}  "
            f"{rows:>10}  {seconds(step):>8}{resumed}{error}"
        )


_PERHAPS = "may have committed by itself"  # of `core.takeover`, before anybody had looked


def because(error: str | None, reason: str | None, commits_inside: int | None = None) -> str:
    """Return why a step stands as it does, in a line.

    What stands before the database's own words, place, step and attempt, is left out: a table shows
    that in its other columns.
    """
    said = ((error or "").rpartition(_FAILED)[2] or reason or "").split("\n", 1)[0]
    if commits_inside == 1 and _PERHAPS in said:
        return said.replace(_PERHAPS, "committed by itself")
    by_itself = "it committed by itself" if commits_inside == 1 else ""
    return "; ".join(part for part in (said, by_itself) if part)


def seconds(step: StepRow) -> str:
    """Return how long a step's last try took, as text."""
    if step.started_at is None or step.ended_at is None:
        return ""
    return f"{(step.ended_at - step.started_at).total_seconds():.2f}"


def iso(moment: datetime | None) -> str | None:
    """Return a moment of the tables (naive UTC) in ISO 8601."""
    return None if moment is None else moment.isoformat(timespec="microseconds") + "Z"
