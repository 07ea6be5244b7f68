"""Read a script as the arguments say, with the values of its variables and the files it needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.exits import UsageError
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.joined import join_scripts
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import ParseSettings
from airflow_oracle_dag.runtime.script_files import ScriptFiles, sql_files

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from airflow_oracle_dag.core.script import Script


def load_script(parsed: argparse.Namespace, file: str) -> Script:
    """Read and split a script, or all those of a folder, or of several, as one.

    :param parsed: with ``define``, ``argument``, ``reading``, ``rerun`` and, where several may be
        given, ``more``.
    :raises ScriptError: when one cannot be read or is not valid.
    """

    def load(one: str) -> Script:
        return parse_script(read_file(one), name=one, settings=parse_settings(parsed, one))

    given = [file, *(getattr(parsed, "more", None) or ())]
    if given == [file] and not Path(file).is_dir():
        return load(file)
    files = [one for path in given for one in _scripts_of(path)]
    name = file if given == [file] else os.path.commonpath([Path(one).parent for one in files])
    return join_scripts(os.path.normpath(name or "."), [load(one) for one in files])


def _scripts_of(path: str) -> list[str]:
    if not Path(path).is_dir():
        return [path]
    found = [str(file) for file in sql_files(Path(path))]
    if not found:
        raise ScriptError("the folder has no .sql file", file=path, cure="put one there")
    return found


def read_file(file: str) -> bytes:
    """Read a script.

    :raises ScriptError: it cannot be read.
    """
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ScriptError(
            f"the script cannot be read: {error.strerror or error}",
            file=file,
            cure="check the path and the permission",
            rule="unreadable",
        ) from None


def parse_settings(parsed: argparse.Namespace, file: str) -> ParseSettings:
    """Say how to read a script; the files that it asks for are looked for in its own folder.

    :raises UsageError: a value that no substitution variable can have.
    """
    try:
        return ParseSettings(
            reading=parsed.reading,
            rerun=parsed.rerun,
            defines=_defines(parsed.define),
            arguments=tuple(parsed.argument),
            include=ScriptFiles(Path(file).parent),
        )
    except ValueError as error:
        raise UsageError(f"--define, --argument: {error}") from None


def _defines(given: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, argument in enumerate(given, 1):
        name, equals, value = argument.partition("=")
        if not equals:  # not shown: it may be a value that was meant to have a name
            raise UsageError(f"--define number {number}: write it as NAME=VALUE")
        if name.lower() in found:
            raise UsageError(f"--define {name}: it is given twice")
        found[name.lower()] = value
    return found
