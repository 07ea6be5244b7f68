"""The verbs of ``jobs`` that look at rows and change them."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED, USAGE, UsageError
from airflow_oracle_dag.cli.jobs_problems import beside_each_other, find, nobody, rings, warn
from airflow_oracle_dag.cli.jobs_table import audit, category, control_table, surroundings
from airflow_oracle_dag.control.rules import BY_HAND, NOT_BY_HAND, NamelessRows
from airflow_oracle_dag.control.validity import doubts, problems, together
from airflow_oracle_dag.core.jobs import FIELDS, Job

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from airflow_oracle_dag.control.table import ControlTable
    from airflow_oracle_dag.core.decision import Surroundings
    from airflow_oracle_dag.core.jobs import JobRun

_LISTED = ("JobName", "JobCategory", "SkipFlag", "StatusFlag", "LastRunTimestamp", "RunCondition")
#: Years and years of a calendar are a slip of the finger.
_MOST_DAYS = 3_660
#: Categories that are named where there are no rows.
_MOST_NAMES = 20


def list_jobs(parsed: argparse.Namespace) -> int:
    """Show the rows of an environment or a category, and what is wrong with them."""
    wanted = category(parsed)
    with control_table(parsed) as (table, environment):
        jobs, nameless = _read(table, environment, wanted)
        everybody = jobs
        if wanted is not None and (not jobs or any(job.depends_on for job in jobs)):
            everybody, _ = _read(table, environment, None)
        known = surroundings(parsed, table)
        wrong = [one for job in jobs for one in (*problems(job, known), *doubts(job, known))]
        wrong += [*beside_each_other(jobs, everybody), *nameless]
    if parsed.json:
        shown = [{**_document(job)} for job in jobs]
        say(json.dumps({"jobs": shown, "problems": [str(one) for one in wrong]}, indent=2))
        return SUCCEEDED
    rows = [[_shown(job, field) for field in _LISTED] for job in jobs]
    for line in _columns(_LISTED, rows) if jobs else [_nothing(environment, wanted, everybody)]:
        say(line)
    for problem in wrong:
        say(str(problem))
    return SUCCEEDED


def _read(
    table: ControlTable, environment: str, wanted: str | None
) -> tuple[list[Job], list[NamelessRows]]:
    try:
        return table.jobs(environment, wanted), []
    except NamelessRows as error:
        return error.jobs, [error]


def _nothing(environment: str, wanted: str | None, everybody: Sequence[Job]) -> str:
    """Say that there are no rows, and where there are some."""
    if wanted is None:
        return f"no rows in environment {environment}; --environment names another"
    here = sorted({job.category for job in everybody if job.category})
    shown = ", ".join([*here[:_MOST_NAMES], *(["..."] if len(here) > _MOST_NAMES else [])])
    return f"no rows in environment {environment}, category {wanted}; categories here: " + (
        shown or "none; --environment names another environment"
    )


def show(parsed: argparse.Namespace) -> int:
    """Show a row and the newest runs of the job."""
    with control_table(parsed) as (table, environment):
        job = find(table, environment, parsed.job)
        runs = table.history(environment, job.name, parsed.limit)
        known = surroundings(parsed, table)
        wrong = [*problems(job, known), *doubts(job, known)]
    if parsed.json:
        found = {"job": _document(job), "runs": [_run_document(run) for run in runs]}
        say(json.dumps({**found, "problems": [str(one) for one in wrong]}, indent=2))
        return SUCCEEDED
    for field in FIELDS:
        if _shown(job, field):
            say(f"{field:<17} {_shown(job, field)}")
    for problem in wrong:
        say(str(problem))
    say(f"{len(runs)} runs" if runs else "no runs")
    words = ("due", "state", "attempt", "began", "ended", "decided by", "reason")
    for line in _columns(words, [_run_words(run) for run in runs]) if runs else ():
        say(line)
    return SUCCEEDED


def set_fields(parsed: argparse.Namespace) -> int:
    """Change fields of a row, if what comes of it makes sense."""
    changes = _changes(parsed.changes)
    reason = audit(parsed)
    with control_table(parsed) as (table, environment):
        job = find(table, environment, parsed.job)
        new = Job.from_fields({**job.as_fields(), **changes})
        known = surroundings(parsed, table)
        wrong = problems(new, known, list(changes)) or _worse(job, new, known)
        doubtful = doubts(new, known) if {"RunCondition", "Calendar"} & changes.keys() else []
        if "DependsOn" in changes and not wrong:
            rows, _ = _read(table, environment, None)
            everybody = {**{row.name: row for row in rows}, new.name: new}
            wrong = list(rings([new], everybody))
            doubtful += nobody([new], everybody)
        if wrong:
            raise UsageError("nothing was changed\n" + "\n".join(str(one) for one in wrong))
        before = table.change(environment, job.name, changes, reason).as_fields()
    warn(str(one) for one in doubtful)
    for field, text in changes.items():
        say(f"{job.name}: {field} {_step(before[field], text or '')}")
    return SUCCEEDED


def _step(old: str, new: str) -> str:
    if old == new:
        return f"is {new!r} already" if new else "is empty already"
    return f"{old!r} -> {new!r}"


def skip(parsed: argparse.Namespace) -> int:
    """Set SkipFlag of jobs."""
    return _flag(parsed, "YES")


def unskip(parsed: argparse.Namespace) -> int:
    """Clear SkipFlag of jobs."""
    return _flag(parsed, "NO")


def explain(parsed: argparse.Namespace) -> int:
    """Print for each day whether a job runs, and why."""
    from airflow_oracle_dag.core.decision import explain_days

    first, last = _day("--from", parsed.first), _day("--to", parsed.last)
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise UsageError(
            f"--from {first} --to {last}: give the earlier day first, and ten years at most"
        )
    with control_table(parsed) as (table, environment):
        job = find(table, environment, parsed.job)
        decided = explain_days(job, first, last, surroundings(parsed, table))
    unreadable = {decision.error for _, decision in decided if decision.error}
    if parsed.json:
        days = [{"day": day.isoformat(), **one.as_fields()} for day, one in decided]
        say(json.dumps(days, indent=2))
        return USAGE if unreadable else SUCCEEDED
    if unreadable:
        raise UsageError("\n".join(sorted(unreadable)))
    for day, decision in decided:
        say(f"{day} {day:%a}  {'runs ' if decision.should_run else 'rests'}  {decision.reason}")
    say(f"{sum(one.should_run for _, one in decided)} of {len(decided)} days")
    return SUCCEEDED


def _flag(parsed: argparse.Namespace, word: str) -> int:
    reason = audit(parsed)
    with control_table(parsed) as (table, environment):
        # an unknown name stops all before the first is changed
        names = [find(table, environment, name).name for name in parsed.jobs]
        for name in names:
            say(_flagged(table, environment, name, word, reason))
    return SUCCEEDED


def _flagged(table: ControlTable, environment: str, name: str, word: str, reason: Any) -> str:
    before = table.change(environment, name, {"SkipFlag": word}, reason)
    if before.skip_flag == word:
        return f"{name}: SkipFlag is {word} already"
    return f"{name}: SkipFlag {before.skip_flag!r} -> {word!r}"


def _changes(given: Sequence[str]) -> dict[str, str | None]:
    """Read ``FIELD=VALUE``; a field without a value is emptied."""
    known = {field.lower(): field for field in FIELDS}
    changes: dict[str, str | None] = {}
    for argument in given:
        name, equals, text = argument.partition("=")
        field = known.get(name.strip().lower())
        if not equals or field is None or field in NOT_BY_HAND:
            why = "write it as FIELD=VALUE"
            if equals:
                why = f"{name} is " + ("not changed by hand" if field else "no field of a job")
            raise UsageError(f"{argument}: {why}; fields are {', '.join(BY_HAND)}")
        if field in changes:
            raise UsageError(f"{argument}: {field} is given twice")
        changes[field] = text.strip() or None
    return changes


def _worse(job: Job, new: Job, known: Surroundings) -> list[Any]:
    """Refuse what makes a row unreadable as a whole; one that was so already may be mended."""
    return [] if together(job, known) else list(together(new, known))


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: write the day as YYYY-MM-DD") from None


def _document(job: Job) -> dict[str, Any]:
    return {**job.as_fields(), "LastRunTimestamp": _iso(job.last_run_timestamp)}


def _run_document(run: JobRun) -> dict[str, Any]:
    return {
        "interval": run.interval_key,
        "due_at": _iso(run.due_at),
        "state": run.state.value,
        "attempt": run.attempt,
        "decided_by": run.decided_by,
        "run_key": run.run_key,
        "reason": run.reason,
        "started_at": _iso(run.started_at),
        "ended_at": _iso(run.ended_at),
    }


def _run_words(run: JobRun) -> list[str]:
    moments = [
        "" if when is None else when.isoformat(" ", "seconds")
        for when in (run.due_at, run.started_at, run.ended_at)
    ]
    reason = run.reason.split("\n")[0]
    due, began, ended = moments
    return [due, run.state.value, str(run.attempt), began, ended, run.decided_by, reason]


def _shown(job: Job, field: str) -> str:
    value = getattr(job, FIELDS[field])
    return value.isoformat(" ", "seconds") if isinstance(value, datetime) else str(value or "")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="microseconds") + "Z"


def _columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lay a table out, each column as wide as its longest text but the last."""
    lines = [list(header), *([text.replace("\n", " ") for text in row] for row in rows)]
    widths = [max(len(line[no]) for line in lines) for no in range(len(header) - 1)] + [0]
    return [
        "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
