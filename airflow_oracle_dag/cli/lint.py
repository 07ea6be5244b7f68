"""``lint PATH...``: what is wrong with scripts, and what may go wrong, without a database."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli.binds import script_values
from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import FAILED, SUCCEEDED, USAGE
from airflow_oracle_dag.cli.script import parse_settings, read_file
from airflow_oracle_dag.cli.script_folders import find_scripts
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.lint import Problem, Severity, examine
from airflow_oracle_dag.core.values import ScriptValues

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from airflow_oracle_dag.core.script import Included, IncludeRequest


def lint(parsed: argparse.Namespace) -> int:
    """Print what each script has; errors end with 2, warnings with 1 under ``--strict``."""
    linter = _Linter(parsed)
    files, unreadable = find_scripts(parsed.paths)
    with _progress(len(files)) as advance:
        for file in files:
            linter.add(file)
            advance()
    problems = [*unreadable, *linter.problems()]
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
    have their values, and not as a script of its own. Nothing is kept of a script but its problems.
    """

    def __init__(self, parsed: argparse.Namespace) -> None:
        self._parsed = parsed
        self._values = _values(parsed.bind)
        self._notes = parsed.json
        self._named = {os.path.normpath(path) for path in parsed.paths}
        self._found: dict[str, tuple[Problem, ...]] = {}
        self._parts: set[str] = set()
        self._unused = set(self._values.parameters) if self._values else set()
        self._unread = False

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
            examined = examine(read_file(file), file, settings, self._values)
        except ScriptError as error:
            problems: tuple[Problem, ...] = (
                Problem(Severity.ERROR, "unreadable", error.file, 0, 0, error.message, error.cure),
            )
            self._unread = True
        else:
            problems = examined.problems
            self._unused -= examined.binds or frozenset()
            self._unread = self._unread or examined.binds is None
        kept = tuple(each for each in problems if self._notes or each.severity is not Severity.NOTE)
        if kept:
            self._found[file] = kept

    def problems(self) -> list[Problem]:
        """Give all problems, file by file."""
        judged = (
            problem
            for file, problems in self._found.items()
            if file in self._named or os.path.normpath(file) not in self._parts
            for problem in problems
        )
        return list(dict.fromkeys([*judged, *self._unused_binds()]))

    def _unused_binds(self) -> Iterator[Problem]:
        """Name the binds that no script uses; where one cannot be read, nobody knows."""
        for name in sorted(self._unused) if not self._unread else ():
            yield Problem(
                Severity.ERROR,
                "unused-bind",
                ", ".join(self._parsed.paths),
                0,
                0,
                f"no script uses a bind called :{name}",
                "remove the parameter",
            )


def _values(given: Sequence[str]) -> ScriptValues | None:
    """Return what the binds of each script are looked up in; None: nothing was said of them."""
    if not given:
        return None
    values = script_values(given, "lint")
    return ScriptValues(values.parameters, dict.fromkeys(values.offered, ""))


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Show a bar on a terminal; a pipe and a file are told nothing.

    :returns: what to call after each file.
    """
    bar = None
    if total > 1 and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        try:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        except ImportError:  # it comes with Airflow; without it there is no bar
            pass
        else:
            columns = (BarColumn(), MofNCompleteColumn(), TextColumn("files"))
            bar = Progress(*columns, console=Console(stderr=True), transient=True)
    if bar is None:
        yield lambda: None
        return
    with bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


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
