"""Read a script as the arguments say, with the values of its variables and the files it needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.exits import UsageError
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import ParseSettings
from airflow_oracle_dag.runtime.script_files import ScriptFiles

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from airflow_oracle_dag.core.script import Script


def load_script(parsed: argparse.Namespace, file: str) -> Script:
    """Read and split a script.

    :param parsed: with ``define``, ``argument``, ``reading`` and ``rerun``.
    :raises ScriptError: when it cannot be read or is not valid.
    """
    return parse_script(read_file(file), name=file, settings=parse_settings(parsed, file))


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
