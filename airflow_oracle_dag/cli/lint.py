"""``lint PATH...``: what is wrong with scripts, and what may go wrong, without a database."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import FAILED, SUCCEEDED, USAGE, UsageError
from airflow_oracle_dag.cli.script import parse_settings, read_file
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.lint import Problem, Severity, lint_script

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from airflow_oracle_dag.core.script import Included, IncludeRequest

_PAUSE = 0.1  # seconds between two signs of progress


def lint(parsed: argparse.Namespace) -> int:
    """Print what each script has; errors end with 2, warnings with 1 under ``--strict``."""
    linter = _Linter(parsed)
    files = _scripts(parsed.paths)
    progress = _Progress(len(files))
    for number, file in enumerate(files):
        progress.show(number)
        linter.add(file)
    progress.end()
    problems = linter.problems()
    counts = {kind: sum(each.severity is kind for each in problems) for kind in Severity}
    if parsed.json:
        say(json.dumps(_document(len(files), counts, problems), indent=2))
    else:
        for problem in problems:
            if problem.severity is not Severity.NOTE:
                say(str(problem))
        counted = ", ".join(_counted(counts[kind], kind.value) for kind in list(Severity)[:2])
        say(f"{_counted(len(files), 'file')}: {counted}")
    if counts[Severity.ERROR]:
        return USAGE
    return FAILED if parsed.strict and counts[Severity.WARNING] else SUCCEEDED


class _Linter:
    """Gather the problems of scripts; each is said once, however many scripts have its file.

    A file of a folder that another script puts into itself is judged there, where its variables
    have their values, and not as a script of its own.
    """

    def __init__(self, parsed: argparse.Namespace) -> None:
        self._parsed = parsed
        self._named = {os.path.normpath(path) for path in parsed.paths}
        self._found: dict[str, Sequence[Problem]] = {}
        self._parts: set[str] = set()

    def add(self, file: str) -> None:
        """Judge one file."""
        settings = parse_settings(self._parsed, file)
        read = settings.include

        def include(request: IncludeRequest) -> Included | None:
            found = read(request) if read else None
            if found is not None:
                self._parts.add(os.path.normpath(found.name))
            return found

        try:
            settings = replace(settings, include=include)
            self._found[file] = lint_script(read_file(file), file, settings)
        except ScriptError as error:
            problem = Problem(
                Severity.ERROR, "unreadable", error.file, 0, 0, error.message, error.cure
            )
            self._found[file] = (problem,)

    def problems(self) -> list[Problem]:
        """Give all problems, file by file."""
        judged = (
            problem
            for file, problems in self._found.items()
            if file in self._named or os.path.normpath(file) not in self._parts
            for problem in problems
        )
        return list(dict.fromkeys(judged))


class _Progress:
    """Say on a terminal how far it is; a pipe and a file are told nothing."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._is_shown = sys.stderr.isatty() and total > 1
        self._next = time.monotonic() + _PAUSE

    def show(self, done: int) -> None:
        """Say how many files are done."""
        if not self._is_shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PAUSE
        filled = 30 * done // self._total
        bar = "#" * filled + "." * (30 - filled)
        print(f"\r[{bar}] {done}/{self._total} files", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave an empty line for what follows."""
        if self._is_shown:
            print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)


def _scripts(paths: Sequence[str]) -> list[str]:
    """Give the files, and the scripts in the folders and below; hidden folders are left out.

    :raises UsageError: a folder has none.
    """
    found: dict[str, None] = {}
    for path in paths:
        if not Path(path).is_dir():
            found[path] = None
            continue
        below = sorted(
            str(file)
            for file in Path(path).rglob("*")
            if file.suffix.lower() == ".sql"
            and not any(part.startswith(".") for part in file.relative_to(path).parts[:-1])
            and file.is_file()
        )
        if not below:
            raise UsageError(f"{path} has no .sql file")
        found.update(dict.fromkeys(below))
    return list(found)


def _document(
    files: int, counts: dict[Severity, int], problems: Sequence[Problem]
) -> dict[str, Any]:
    return {
        "files": files,
        "errors": counts[Severity.ERROR],
        "warnings": counts[Severity.WARNING],
        "problems": [
            {
                "file": each.file,
                "line": each.line or None,
                "column": each.column or None,
                "severity": each.severity.value,
                "rule": each.rule,
                "message": each.message,
                "cure": each.cure or None,
            }
            for each in problems
        ],
    }


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
