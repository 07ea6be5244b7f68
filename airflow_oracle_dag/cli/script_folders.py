"""Find the scripts in folders and below, whatever the folders are like."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.exits import UsageError
from airflow_oracle_dag.core.problems import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def find_scripts(paths: Sequence[str]) -> tuple[list[str], list[Problem]]:
    """Give the files, each once, and what cannot be read on the way to them.

    Hidden folders are left out; a link that leads back to a folder above it is not followed.

    :param paths: scripts, whatever their names, and folders, of which the .sql files count.
    :raises UsageError: a folder has none.
    """
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path in paths:
        if not Path(path).is_dir():
            found.setdefault(os.path.normpath(path), path)
            continue
        before = len(problems)
        below = list(_below(path, problems))
        if not below and len(problems) == before:
            raise UsageError(f"{path} has no .sql file: name a folder that has some, or a script")
        for file in below:
            found.setdefault(file, file)
    return list(found.values()), problems


def _below(folder: str, problems: list[Problem]) -> Iterator[str]:
    """Walk in the order of names; no recursion, so that no depth of folders is too much."""
    left: list[tuple[str, tuple[tuple[int, int], ...] | None]] = [(folder, ())]
    while left:
        path, above = left.pop()
        if above is None:
            yield path
            continue
        try:
            status = Path(path).stat()
            here = (status.st_dev, status.st_ino)
            if here in above:
                continue
            with os.scandir(path) as entries:
                listed = sorted(entries, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            problems.append(_unreadable(path, error))
            continue
        for entry in listed:
            inner = os.path.normpath(entry.path)
            if _is(entry.is_dir, in_doubt=False):
                if not entry.name.startswith("."):
                    left.append((inner, (*above, here)))
            elif entry.name.lower().endswith(".sql") and (
                entry.is_symlink() or _is(entry.is_file, in_doubt=True)
            ):
                left.append((inner, None))


def _is(asked: Callable[[], bool], *, in_doubt: bool) -> bool:
    """Ask what an entry is, which a link to itself does not answer."""
    try:
        return asked()
    except OSError:
        return in_doubt


def _unreadable(folder: str, error: OSError) -> Problem:
    return Problem(
        Severity.ERROR,
        "unreadable",
        folder,
        0,
        0,
        f"the folder cannot be read: {error.strerror or error}",
        "check the permission",
    )
