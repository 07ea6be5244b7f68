"""The verbs of ``jobs`` that read and write files, and the one that makes DynamoDB's tables."""

from __future__ import annotations

import io
import sys
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED, UsageError
from airflow_oracle_dag.cli.jobs_problems import nobody, rings, twice, warn
from airflow_oracle_dag.cli.jobs_table import (
    absent_fields,
    audit,
    category,
    control_names,
    control_table,
    dynamodb,
    surroundings,
)
from airflow_oracle_dag.control import csv_file
from airflow_oracle_dag.control.csv_file import JobFileError, Meant
from airflow_oracle_dag.control.rules import differences
from airflow_oracle_dag.control.validity import doubts, problems
from airflow_oracle_dag.core.jobs import FIELDS, Job

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from airflow_oracle_dag.control.csv_file import Record
    from airflow_oracle_dag.control.table import ControlTable


def import_jobs(parsed: argparse.Namespace) -> int:
    """Add and change rows from a CSV file; all of it is checked before anything is written."""
    reason = audit(parsed)
    absent = absent_fields(parsed)
    with control_table(parsed) as (table, environment):
        meant = Meant(environment, alone=bool(parsed.environment), absent=absent)
        records, wrong = csv_file.scan(Path(parsed.file), meant)
        environments = sorted({record.environment for record in records}) or [environment]
        present = [job for one in environments for job in table.jobs(one)]
        there = _by_key(present)
        jobs = [record.job(there.get((record.environment, record.name))) for record in records]
        rows = list(zip(records, jobs, strict=True))
        warnings = _check(parsed, table, rows, wrong, present)
        changes = _changes(jobs, there, set(FIELDS) - absent)
        if not parsed.dry_run:
            done = table.put(jobs, reason)
            changes = {job: changed for job, changed in changes.items() if job.name in done}
    words = ("would be added", "would be changed") if parsed.dry_run else ("added", "changed")
    warn(warnings)
    for job, changed in changes.items():
        say(f"{job.name}: {words[changed is not None]}")
        for field, (old, new) in (changed or {}).items():
            say(f"  {field} {old!r} -> {new!r}")
    added = sum(changed is None for changed in changes.values())
    say(
        f"environment {', '.join(environments)}: {added} {words[0]}, {len(changes) - added} "
        f"{words[1]}, {len(jobs) - len(changes)} as they are already"
    )
    return SUCCEEDED


def export_jobs(parsed: argparse.Namespace) -> int:
    """Write the rows of an environment or a category as CSV that `import_jobs` reads."""
    with control_table(parsed) as (table, environment):
        jobs = table.jobs(environment, category(parsed))
    text = io.StringIO()
    csv_file.write(jobs, text, absent_fields(parsed))
    data = text.getvalue().encode("utf-8")
    if parsed.file:
        try:
            Path(parsed.file).write_bytes(data)
        except OSError as error:
            raise UsageError(f"{parsed.file} cannot be written: {error.strerror}") from None
        say(f"{len(jobs)} jobs written to {parsed.file}")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return SUCCEEDED


def init(parsed: argparse.Namespace) -> int:
    """Make the tables of a control table in DynamoDB."""
    if not parsed.dynamodb:
        raise UsageError(
            "jobs init makes tables in DynamoDB: give --dynamodb. In Oracle they come "
            "with `oracle-dag init`"
        )
    resource = dynamodb(parsed)
    from airflow_oracle_dag.control.dynamo_tables import create_tables

    made = create_tables(resource, control_names(parsed))
    for line in [f"made {name}" for name in made] or ["nothing to do"]:
        say(line)
    return SUCCEEDED


def _by_key(rows: Sequence[Job]) -> dict[tuple[str, str], Job]:
    return {(job.environment, job.name): job for job in rows}


def _check(
    parsed: argparse.Namespace,
    table: ControlTable,
    rows: Sequence[tuple[Record, Job]],
    wrong: Sequence[tuple[int, str]],
    present: Sequence[Job],
) -> list[str]:
    """Refuse the file when a line or a row of it could not be read as a job; return doubts.

    :param wrong: lines that could not be read.
    :param present: all rows that are there already.
    """
    known = surroundings(parsed, table)
    found = [
        (record.line, str(problem)) for record, job in rows for problem in problems(job, known)
    ]
    warnings = [(record.line, str(doubt)) for record, job in rows for doubt in doubts(job, known)]
    for environment in sorted({job.environment for _, job in rows}):
        mine = [(record, job) for record, job in rows if job.environment == environment]
        lines = {job.name: record.line for record, job in mine}
        jobs = [job for _, job in mine]
        before = [job for job in present if job.environment == environment]
        everybody = {job.name: job for job in (*before, *jobs)}
        found += [(lines[one.job], str(one)) for one in twice(jobs, before)]
        found += [(lines[ring.job], str(ring)) for ring in rings(jobs, everybody)]
        warnings += [(lines[one.job], str(one)) for one in nobody(jobs, everybody)]
    if wrong or found:
        raise JobFileError(parsed.file, sorted([*wrong, *found], key=itemgetter(0)))
    return [f"{parsed.file}:{line}: {what}" for line, what in sorted(warnings, key=itemgetter(0))]


def _changes(
    jobs: Sequence[Job], there: dict[tuple[str, str], Job], columns: set[str]
) -> dict[Job, dict[str, tuple[str, str]] | None]:
    """Return old and new values by field of the rows that change, None of those that are new."""
    found: dict[Job, dict[str, tuple[str, str]] | None] = {}
    for job in sorted(jobs, key=lambda job: (job.environment, job.name)):
        old = there.get((job.environment, job.name))
        if old is None:
            found[job] = None
        elif changed := differences(old, job, columns):
            before = old.as_fields()
            found[job] = {field: (before[field], new) for field, new in changed.items()}
    return found
