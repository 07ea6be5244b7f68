"""Find the scripts in folders and below, whatever the folders are like."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.exits import UsageError
from airflow_oracle_dag.core.problems import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def find_scripts(paths: Sequence[str]) -> tuple[list[str], list[Problem]]:
    """Give the files, each once, and what cannot be read on the way to them.

    Hidden folders are left out; a link that leads back to a folder above it is not followed.

    :param paths: scripts, whatever their names, and folders, of which the .sql files count.
    :raises UsageError: a folder has none.
    """
    found: dict[str, None] = {}
    problems: list[Problem] = []
    for path in paths:
        if not Path(path).is_dir():
            found[path] = None
            continue
        before = len(problems)
        below = list(_below(path, (), problems))
        if not below and len(problems) == before:
            raise UsageError(f"{path} has no .sql file: name a folder that has some, or a script")
        found.update(dict.fromkeys(below))
    return list(found), problems


def _below(
    folder: str, above: tuple[tuple[int, int], ...], problems: list[Problem]
) -> Iterator[str]:
    try:
        status = Path(folder).stat()
        here = (status.st_dev, status.st_ino)
        if here in above:
            return
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        problems.append(
            Problem(
                Severity.ERROR,
                "unreadable",
                folder,
                0,
                0,
                f"the folder cannot be read: {error.strerror or error}",
                "check the permission",
            )
        )
        return
    for entry in listed:
        path = os.path.normpath(entry.path)
        if entry.is_dir():
            if not entry.name.startswith("."):
                yield from _below(path, (*above, here), problems)
        elif entry.name.lower().endswith(".sql") and (entry.is_file() or entry.is_symlink()):
            yield path
