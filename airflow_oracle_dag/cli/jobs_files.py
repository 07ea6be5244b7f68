"""The verbs of ``jobs`` that read and write files, and the one that makes DynamoDB's tables."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED, UsageError
from airflow_oracle_dag.cli.jobs_table import (
    audit,
    control_names,
    control_table,
    dynamodb,
    surroundings,
)
from airflow_oracle_dag.control import csv_file
from airflow_oracle_dag.control.csv_file import JobFileError
from airflow_oracle_dag.control.rules import differences
from airflow_oracle_dag.control.validity import problems
from airflow_oracle_dag.core.jobs import FIELDS, Job

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from airflow_oracle_dag.control.csv_file import Record
    from airflow_oracle_dag.control.table import ControlTable


def import_jobs(parsed: argparse.Namespace) -> int:
    """Add and change rows from a CSV file; all of it is checked before anything is written."""
    reason = audit(parsed)
    with control_table(parsed) as (table, environment):
        records = csv_file.read(Path(parsed.file), environment)
        there = _there(table, {record.environment for record in records})
        jobs = [record.job(there.get((record.environment, record.name))) for record in records]
        _check(parsed, table, records, jobs)
        if parsed.dry_run:
            absent = {f for f, name in control_names(parsed).columns.items() if name is None}
            done = _would_do(jobs, there, set(FIELDS) - absent)
        else:
            done = table.put(jobs, reason)
    words = ("would be added", "would be changed") if parsed.dry_run else ("added", "changed")
    for name, word in sorted(done.items()):
        say(f"{name}: {words[word == 'changed']}")
    added = sum(word == "added" for word in done.values())
    say(
        f"{added} {words[0]}, {len(done) - added} {words[1]}, "
        f"{len(jobs) - len(done)} as they are already"
    )
    return SUCCEEDED


def export_jobs(parsed: argparse.Namespace) -> int:
    """Write the rows of an environment or a category as CSV that `import_jobs` reads."""
    with control_table(parsed) as (table, environment):
        jobs = table.jobs(environment, parsed.category)
    text = io.StringIO()
    csv_file.write(jobs, text)
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


def _there(table: ControlTable, environments: set[str]) -> dict[tuple[str, str], Job]:
    return {
        (job.environment, job.name): job
        for environment in sorted(environments)
        for job in table.jobs(environment)
    }


def _check(
    parsed: argparse.Namespace,
    table: ControlTable,
    records: Sequence[Record],
    jobs: Sequence[Job],
) -> None:
    """Refuse the file when a row of it could not be read as a job."""
    known = surroundings(parsed, table)
    wrong = [
        (record.line, str(problem))
        for record, job in zip(records, jobs, strict=True)
        for problem in problems(job, known)
    ]
    if wrong:
        raise JobFileError(parsed.file, wrong)


def _would_do(
    jobs: Sequence[Job], there: dict[tuple[str, str], Job], columns: set[str]
) -> dict[str, str]:
    done = {}
    for job in jobs:
        old = there.get((job.environment, job.name))
        if old is None:
            done[job.name] = "added"
        elif differences(old, job, columns):
            done[job.name] = "changed"
    return done
