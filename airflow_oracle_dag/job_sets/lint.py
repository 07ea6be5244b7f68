"""What a file of a job set needs beside being well formed: scripts that exist and can be planned.

This is for people and for CI, not for the parsing of DAG files: it reads the scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_oracle_dag.core.conditions import never_true
from airflow_oracle_dag.core.errors import ConditionError, FieldError, ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.values import ScriptValues, interval_values
from airflow_oracle_dag.job_sets.conditions import read_condition
from airflow_oracle_dag.job_sets.problems import Problem
from airflow_oracle_dag.job_sets.read import SetFile, read_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from airflow_oracle_dag.job_sets.model import Job
    from airflow_oracle_dag.job_sets.problems import Path as FieldPath

_INTERVAL = ("data_interval_start", "data_interval_end")


@dataclass(frozen=True)
class Report:
    """What was looked at, and what was found.

    :param problems: in the order of the files and their lines.
    """

    sets: int
    jobs: int
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> int:
        """Count what keeps a set from being built, or a job from running."""
        return sum(not problem.is_warning for problem in self.problems)

    @property
    def warnings(self) -> int:
        """Count what may be meant so, but probably is not."""
        return sum(problem.is_warning for problem in self.problems)


def lint_folder(folder: Path) -> Report:
    """Check every file of a folder, its scripts and its conditions.

    :raises JobSetError: when there is no such folder.
    """
    files = read_folder(folder)
    problems: list[Problem] = []
    jobs = 0
    for found in files:
        jobs += len(found.job_set.jobs) if found.job_set is not None else 0
        more = _check(found, folder.resolve().parent)
        problems += sorted([*found.problems, *more], key=lambda problem: problem.line)
    return Report(len(files), jobs, tuple(problems))


def _check(found: SetFile, root: Path) -> Iterator[Problem]:
    if found.job_set is None:
        return
    for name, job in found.job_set.jobs.items():
        path: FieldPath = ("jobs", name)
        if job.script is not None:
            yield from _check_script(found, path, job, root)
        if job.run_condition is not None:
            yield from _check_condition(found, path, job)


def _check_script(found: SetFile, path: FieldPath, job: Job, root: Path) -> Iterator[Problem]:
    where = (*path, "script")
    name = str(job.script)
    try:
        source = (root / name).read_bytes()
    except OSError as error:
        yield found.problem(
            where,
            f"the script {name} cannot be read: {error.strerror or error}",
            f"put it at {root / name}, or correct the path",
        )
        return
    try:
        script = parse_script(source, name=name)
        values = _offered()
        if job.job_name is not None:  # its row may have parameters, too
            values.update(dict.fromkeys((b for piece in script.pieces for b in piece.binds), ""))
        build_plan(script, ScriptValues(job.parameters, values))
    except ScriptError as error:
        place = f"{name}:{error.line}" if error.line else name
        yield found.problem(where, f"{place}: {error.message}", error.cure.rstrip("."))
        return
    timing = found.timing
    binds = {bind.removesuffix("_utc") for piece in script.pieces for bind in piece.binds}
    needs = sorted(binds.intersection(_INTERVAL) - job.parameters.keys())
    if needs and timing is not None and not timing.interval and timing.schedule != "none":
        yield found.problem(
            where,
            f"{name} binds :{needs[0]}, and a run of this schedule has no data interval",
            "add interval: true to the set",
            is_warning=True,
        )


def _offered() -> dict[str, Any]:
    named = interval_values(
        logical_date=None, data_interval_start=None, data_interval_end=None, run_id=""
    )
    return dict.fromkeys(named, "")


def _check_condition(found: SetFile, path: FieldPath, job: Job) -> Iterator[Problem]:
    text = str(job.run_condition)
    try:
        condition = read_condition(text)
        if not condition.calendar_words:
            never = never_true(condition)
        else:
            # The holidays of the world take their time to import.
            from airflow_oracle_dag.control.calendars import (  # noqa: PLC0415 - above
                find_calendar,
            )

            never = never_true(condition, find_calendar(str(job.calendar)))
    except FieldError as error:
        yield found.problem(
            (*path, "calendar"),
            f"there is no public calendar {job.calendar!r}: {error.message}",
            "keep it only if the control table or the calendar folder has one of that name",
            is_warning=True,
        )
        return
    except ConditionError:  # read_folder has said so
        return
    if never and str(condition) != "NEVER":
        yield found.problem(
            (*path, "run_condition"),
            f"{text} is true on no day",
            "correct it; write NEVER if no day is meant",
            is_warning=True,
        )
