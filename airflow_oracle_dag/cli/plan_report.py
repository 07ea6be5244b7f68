"""What `plan` says: one line a step, then what a run would do; or one JSON document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli.exits import IN_DOUBT, USAGE
from airflow_oracle_dag.core.ddl import doubtful_because
from airflow_oracle_dag.core.handover import WORKER, segments
from airflow_oracle_dag.core.plan import StepClass
from airflow_oracle_dag.runtime.forecast import Then

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from airflow_oracle_dag.core.plan import Plan, Step
    from airflow_oracle_dag.core.rows import StepRow
    from airflow_oracle_dag.runtime.forecast import Forecast

#: With what a run would end at once.
FORECAST_CODES = {Then.REFUSE: USAGE, Then.DOUBT: IN_DOUBT}


def plan_lines(parsed: argparse.Namespace, plan: Plan, found: Forecast | None) -> Iterator[str]:
    """Write a plan, and what a run would do with it, for people."""
    width = max(len(step.name) for step in plan.steps)
    rows = _rows(found)
    placed = places(plan, parsed.run_on)
    place_width = max(len(one.place) for one in placed.values())
    states = max((len(row.state.value) for row in rows.values()), default=0)
    for step in plan.steps:
        because = f"  {said}" if (said := because_of(step)) else ""
        of = f" of {step.file}" if step.file else ""
        lines = f"lines {step.first_line}-{step.last_line}{of}"
        row = rows.get(step.no)
        state = f"  {row.state.value if row else '':<{states}}" if rows else ""
        yield (
            f"{step.no:>4}  {step.name:<{width}}  {step.step_class.value:<13}  "
            f"{placed[step.no].place:<{place_width}}{state}  {lines}{_with_values(step)}"
            f"{placed[step.no].in_jobs}{because}"
        )
    for notice in plan.notices:
        yield f"{notice.file or parsed.file}:{notice.line}: {notice.text}"
    if found is not None:
        yield f"run {parsed.run_key}: {_sentence(found)}"


def plan_document(
    parsed: argparse.Namespace, plan: Plan, wanted: Iterable[str], found: Forecast | None
) -> dict[str, Any]:
    """Return a plan as ``--json`` prints it; the keys are stable, see docs/cli.md."""
    rows, placed = _rows(found), places(plan, parsed.run_on)
    return {
        "script": parsed.file,
        "binds": sorted(wanted),
        "notices": [
            {"file": notice.file or None, "line": notice.line, "text": notice.text}
            for notice in plan.notices
        ],
        "run": None if found is None else _run(parsed, found),
        "steps": [
            {
                **_step(step, rows.get(step.no)),
                "place": placed[step.no].place,
                "place_because": placed[step.no].because,
                "jobs": [list(job) for job in placed[step.no].jobs],
            }
            for step in plan.steps
        ],
        "error": None,
    }


@dataclass(frozen=True)
class Placed:
    """Where a step runs.

    :param jobs: of the database that run it, as first and last step of each: a step of the session
        runs again in each job behind it.
    """

    place: str
    because: str
    jobs: tuple[tuple[int, int], ...] = ()

    @property
    def in_jobs(self) -> str:
        """Say with which steps it shares a job."""
        if not self.jobs:
            return ""
        also = "" if self.place != WORKER else "also "
        named = [f"step {a}" if a == b else f"steps {a} to {b}" for a, b in self.jobs]
        return f"  {also}in the job of {' and in that of '.join(named)}"


def places(plan: Plan, default: str) -> dict[int, Placed]:
    """Say of each step where it runs, and what decides that.

    :param default: ``--run-on``.
    """
    found: dict[int, Placed] = {}
    for step in plan.steps:
        own = step.place != default
        because = f"run_on={step.place} of its @step" if own else f"--run-on {default}"
        found[step.no] = Placed(step.place, because)
    for segment in segments([step for step in plan.steps if not step.is_skipped]):
        for step in segment.steps:
            if step.step_class is StepClass.ALWAYS:
                found[step.no] = Placed(segment.place, "the steps behind it")
        if segment.place == WORKER:
            continue
        job = (segment.steps[0].no, segment.steps[-1].no)
        for step in segment.handed:
            found[step.no] = replace(found[step.no], jobs=(*found[step.no].jobs, job))
    return found


def _with_values(step: Step) -> str:
    """Say which values are put into a step only when it runs."""
    names = ", ".join(f"&{name}" for name in step.queried)
    return f"  with {names} from a query" if names else ""


def because_of(step: Step) -> str:
    """Say why a step may have to be judged by a person, "" when none has to."""
    if step.step_class is not StepClass.DDL or step.probe is not None or step.repeatable:
        return step.opaque_because
    because = doubtful_because(step.units[0].piece)
    return f"in doubt if its attempt dies: {because}" if because else ""


def _rows(found: Forecast | None) -> dict[int, StepRow]:
    """Return the rows that are about the script's steps, by their numbers."""
    if found is None:
        return {}
    names = {step.no: step.name for step in found.plan.steps}
    return {row.step_no: row for row in found.steps if names.get(row.step_no) == row.name}


def _sentence(found: Forecast) -> str:
    at = _name(found)
    return {
        Then.BEGIN: f"would begin at step {at}: {found.reason}",
        Then.RESUME: f"would resume at step {at}: {found.reason}",
        Then.REPORT: f"would run nothing: {found.reason}",
        Then.WAIT: f"would wait: {found.reason}",
        Then.DOUBT: f"would end in doubt: {found.reason}",
        Then.REFUSE: f"would be refused: {found.reason}",
        Then.DEPENDS: f"would ask a probe first: {found.reason}",
    }[found.then]


def _name(found: Forecast) -> str | None:
    if found.resume_step is None:
        return None
    return found.plan.steps[found.resume_step - 1].name


def _run(parsed: argparse.Namespace, found: Forecast) -> dict[str, Any]:
    run = found.run
    return {
        "run_key": parsed.run_key,
        "state": run.state.value if run else None,
        "generation": run.generation if run else None,
        "attempt": run.attempt if run else None,
        "then": found.then.value,
        "resume_at": _name(found),
        "reason": found.reason,
    }


def _step(step: Step, row: StepRow | None) -> dict[str, Any]:
    return {
        "no": step.no,
        "name": step.name,
        "class": step.step_class.value,
        "first_line": step.first_line,
        "last_line": step.last_line,
        "file": step.file or None,
        "opaque_because": step.opaque_because or None,
        "doubtful_because": because_of(step) or None,
        "queried": list(step.queried),
        "skipped": step.is_skipped,
        "state": row.state.value if row else None,
    }
