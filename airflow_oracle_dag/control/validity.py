"""Whether a row makes sense, before it is written: every field by itself, then all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from decimal import Decimal, InvalidOperation

from airflow_oracle_dag.control.rules import BY_HAND
from airflow_oracle_dag.core.conditions import NEVER, never_true
from airflow_oracle_dag.core.decision import Surroundings, check_row
from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.core.jobs import FIELDS, Job

_RUN_ON = ("", "worker", "database", "glue")


def problems(
    job: Job, surroundings: Surroundings, fields: Collection[str] = BY_HAND
) -> list[FieldError]:
    """Return what is wrong with some fields of a row, each with its cure; none when it is well.

    :param fields: that are looked at; all of them also together.
    """
    found = list(_each(job, surroundings, fields))
    if not found and set(fields) >= set(BY_HAND):
        found = together(job, surroundings)
    return found


def together(job: Job, surroundings: Surroundings) -> list[FieldError]:
    """Return what is wrong with a row as a whole, such as an end before its start."""
    try:
        check_row(job, surroundings)
    except FieldError as error:
        return [error]
    return []


def doubts(job: Job, surroundings: Surroundings) -> list[FieldError]:
    """Return what can be read in a row, but hardly is what was meant: a day that never comes.

    A condition that is NEVER itself is meant so.
    """
    try:
        condition = surroundings.condition(job.run_condition)
        calendar = surroundings.calendar(job.calendar)
        if condition == NEVER or (condition.calendar_words and not job.calendar):
            return []
        never = bool(calendar.years) and never_true(condition, calendar)
    except FieldError:
        return []  # it cannot be read: `problems` says so
    if not never:
        return []
    return [
        FieldError(
            "there is no day that it means"
            + (f" by calendar {calendar.name}" * bool(job.calendar)),
            job=job.name,
            field="RunCondition",
            value=job.run_condition,
            cure="see the days with `oracle-dag jobs explain`; write NEVER when that is meant",
        )
    ]


def _each(job: Job, surroundings: Surroundings, fields: Collection[str]) -> Iterator[FieldError]:
    checks: dict[str, Callable[[], object]] = {
        "RunCondition": lambda: surroundings.condition(job.run_condition),
        "SkipFlag": lambda: job.is_skipped,
        "DependsOn": lambda: _depends_on(job),
        "OnUpstreamSkip": lambda: job.runs_after_skipped_upstream,
        "Priority": lambda: job.priority_number,
        "RunOn": lambda: _run_on(job),
        "ExpectedMinutes": lambda: _minutes(job),
        "Timezone": lambda: surroundings.zone(job.timezone),
        "Calendar": lambda: surroundings.calendar(job.calendar),
        "StartDate": lambda: job.first_day,
        "EndDate": lambda: job.last_day,
        "Parameters": lambda: job.parameter_values,
    }
    for field in BY_HAND:
        if field not in fields or field not in checks:
            continue
        try:
            checks[field]()
        except FieldError as error:
            value = getattr(job, FIELDS[field])
            yield FieldError(error.message, job=job.name, field=field, value=value, cure=error.cure)


def _depends_on(job: Job) -> None:
    what, cure = "", ""
    if ";" in job.depends_on:
        what, cure = "names are separated by commas, not by ;", "write a comma for each ;"
    elif job.name in job.upstream:
        what, cure = "the job depends on itself, so it could never begin", "take its own name out"
    if what:
        raise FieldError(what, job=job.name, field="DependsOn", value=job.depends_on, cure=cure)


def _run_on(job: Job) -> None:
    if job.run_on.lower() not in _RUN_ON:
        raise FieldError(
            "not a place where jobs run",
            job=job.name,
            field="RunOn",
            value=job.run_on,
            cure="write WORKER, DATABASE or GLUE, or leave it empty for the task's run_on",
        )


def _minutes(job: Job) -> None:
    try:
        well = not job.expected_minutes or 0 <= Decimal(job.expected_minutes) < Decimal("1e6")
    except InvalidOperation:
        well = False
    if not well:
        raise FieldError(
            "not a number of minutes",
            job=job.name,
            field="ExpectedMinutes",
            value=job.expected_minutes,
            cure="write one, such as 90",
        )
