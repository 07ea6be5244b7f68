"""``jobs lint FOLDER``: check a folder of job sets without Airflow and without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED, USAGE, UsageError

if TYPE_CHECKING:
    import argparse

    from airflow_oracle_dag.job_sets.lint import Report


def lint(parsed: argparse.Namespace) -> int:
    """Print what is wrong with each file; warnings alone are a success.

    :param parsed: ``folder`` and ``json``.
    """
    from airflow_oracle_dag.job_sets.lint import lint_folder
    from airflow_oracle_dag.job_sets.problems import JobSetError

    try:
        report = lint_folder(Path(parsed.folder))
    except JobSetError as error:
        raise UsageError(str(error)) from None
    if not report.sets:
        raise UsageError(f"{parsed.folder} has no .yaml, .yml or .toml file of a job set")
    if parsed.json:
        say(json.dumps(_document(report), indent=2))
    else:
        for problem in report.problems:
            say(str(problem))
        say(
            f"{_counted(report.sets, 'job set')}, {_counted(report.jobs, 'job')}: "
            f"{_counted(report.errors, 'error')}, {_counted(report.warnings, 'warning')}"
        )
    return USAGE if report.errors else SUCCEEDED


def _document(report: Report) -> dict[str, object]:
    return {
        "sets": report.sets,
        "jobs": report.jobs,
        "errors": report.errors,
        "warnings": report.warnings,
        "problems": [problem.as_document() for problem in report.problems],
    }


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
