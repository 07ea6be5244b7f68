"""Read Oracle's own scripts: SQL*Plus's commands, and SQLcl's LOAD of a file of values."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import PieceKind

_LOAD = re.compile(r"(?im)^LOAD (\w+) (\S+)$")
_SET_LOAD = re.compile(r"(?im)^SET LOAD .*$")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PROVIDED = re.compile(r"(?i)SELECT '(\w+)' AS \"Table\", (\d+) AS \"provided\"")
_SAID = re.compile(r"(?i)PROMPT LOAD (\w+) (\S+)")


class Command(NamedTuple):
    """One statement of a script, or the file whose rows go into a table.

    :param load: of a LOAD, the name of the file.
    """

    where: str
    text: str
    load: str = ""


def commands(path: Path) -> Iterator[Command]:
    """Give what a script runs, in order."""
    text = path.read_text(encoding="utf-8")
    # SQLcl's own command is not SQL*Plus's: it travels as a PROMPT, which runs nothing.
    text = _SET_LOAD.sub("", _LOAD.sub(r"PROMPT LOAD \1 \2", text))
    for piece in parse_script(text, name=path.name).pieces:
        where = f"{path.name}:{piece.first_line}"
        if piece.kind in (PieceKind.SQL, PieceKind.PLSQL):
            yield Command(where, piece.text)
        elif piece.kind is PieceKind.DIRECTIVE and (said := _SAID.match(piece.text)):
            yield Command(where, said[1], said[2])


def values(path: Path, batch: int = 10_000) -> Iterator[tuple[list[str], list[list[Any]]]]:
    """Give the columns of a file and its rows, so many at a time."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        columns = next(lines)
        rows: list[list[Any]] = []
        for line in lines:
            rows.append([_value(cell) for cell in line])
            if len(rows) == batch:
                yield columns, rows
                rows = []
        if rows:
            yield columns, rows


def _value(cell: str) -> Any:
    if _DATE.fullmatch(cell):
        return dt.datetime.fromisoformat(cell)
    return cell or None


def provided(installer: Path) -> dict[str, int]:
    """Return how many rows each table must have, as the installer itself verifies it."""
    found = _PROVIDED.findall(installer.read_text(encoding="utf-8"))
    return {table: int(rows) for table, rows in found}
