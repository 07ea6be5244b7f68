"""Run SQL*Plus scripts in a database before its clients come: tables, data, stored code.

A script is split as `airflow_oracle_dag.core` splits every other one. The first error ends it,
unless WHENEVER SQLERROR CONTINUE stands before; stored code that does not compile is an error.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from airflow_oracle_dag.core.compiled import CompilerLine, described, unit_of
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import (
    Included,
    IncludeRequest,
    ParseSettings,
    Piece,
    PieceKind,
    Script,
)
from airflow_oracle_dag.sandbox.session import Database, OracleError, Session

_MARK = "seed"
_WAYS_OUT = "name another --data, or leave --seed out"
_PROGRAM = "oracle-dag sandbox --seed"
_ERRORS = (
    "SELECT type, name, line, position, text, attribute FROM user_errors"
    " ORDER BY name, type, sequence"
)
_OBJECTS = "SELECT object_name FROM user_objects ORDER BY object_name"


class SeedError(Exception):
    """Say which statement of which script failed, or why none was run."""


def read(script: Path | str) -> Script:
    """Read and split a script, a file or a text.

    ``@file`` and ``@@file`` are looked for in the file's folder; of a text they are refused.

    :raises SeedError: it cannot be read, or not be split.
    """
    if isinstance(script, Path):
        return _read_file(script)
    if "\n" not in script and script.endswith(".sql") and Path(script).is_file():
        raise SeedError(f"{script} names a file: give it as a Path, a str is a script's text")
    try:
        return parse_script(script, settings=ParseSettings(rerun="allow"))
    except ScriptError as error:
        raise SeedError(str(error)) from error


def _read_file(path: Path) -> Script:
    folders = {path.name: path.parent}

    def include(request: IncludeRequest) -> Included | None:
        folder = folders.get(request.including, path.parent) if request.beside else path.parent
        name = os.path.normpath(folder / request.file)
        folders[name] = Path(name).parent
        try:
            return Included(name, Path(name).read_bytes())
        except OSError:
            return None

    try:
        settings = ParseSettings(rerun="allow", include=include)
        return parse_script(path.read_bytes(), name=path.name, settings=settings)
    except OSError as error:
        raise SeedError(f"cannot read {path}: {error.strerror}") from error
    except ScriptError as error:
        raise SeedError(str(error)) from error


def run(database: Database, user: str, script: Script) -> None:
    """Run a script as a user and commit.

    :raises SeedError: for the first statement that fails; what came before it is kept only where
        the script has committed it.
    """
    session = _opened(database, user)
    try:
        for piece in script.pieces[: script.exit_at]:
            _run_piece(session, script, piece)
        session.commit()
    finally:
        session.close()


def _run_piece(session: Session, script: Script, piece: Piece) -> None:
    if piece.kind is PieceKind.RERUN and piece.repeats is not None:
        piece = script.pieces[piece.repeats]
    if piece.kind not in (PieceKind.SQL, PieceKind.PLSQL):
        return
    where = f"{piece.file or script.name}:{piece.first_line}"
    if piece.binds or piece.holes:
        raise SeedError(f"{where}: a seed has no binds, and no values that a query would give")
    try:
        result = session.execute(session.parse(piece.text), [], [[]])
        if result.rows is not None:
            result.rows.close()
        if result.warning:
            errors = "\n".join(described(script, piece, _compiler_lines(session, piece)))
            raise SeedError(f"{where}: {piece.object_name} compiled with errors\n{errors}")
        if piece.autocommits:
            session.commit()
    except OracleError as error:
        if not piece.goes_on:
            raise SeedError(f"{where}: {error}") from error


def _opened(database: Database, user: str) -> Session:
    process = str(os.getpid())
    return database.open(
        user.upper(), program=_PROGRAM, machine="sandbox", os_user="seed", process=process
    )


def _rows(session: Session, query: str, most: int) -> list[Sequence[Any]]:
    found = session.execute(session.parse(query), [], [[]]).rows
    if found is None:
        return []
    rows: list[Sequence[Any]] = list(found.fetch(most))
    found.close()
    return rows


def _compiler_lines(session: Session, piece: Piece) -> list[CompilerLine]:
    unit = unit_of(piece)
    return [
        CompilerLine(
            kind,
            int(line),
            int(column),
            f"{name} line {line}, column {column}: {text}",
            attribute == "ERROR",
        )
        for kind, name, line, column, text, attribute in _rows(session, _ERRORS, 1000)
        if unit is None or (unit.name == name and kind in unit.kinds)
    ]


def _owned(database: Database, user: str) -> list[str]:
    session = _opened(database, user)
    try:
        return [str(row[0]) for row in _rows(session, _OBJECTS, 1)]
    finally:
        session.close()


def seed(database: Database, user: str, paths: Iterable[Path], data: Path | None) -> bool:
    """Run scripts in a database that is new; once, if its data are kept.

    :param data: where they are kept; a mark there says which scripts were run, and for whom.
    :returns: whether they were run now.
    :raises SeedError: for a statement that fails, and for data that are not new and were not made
        by these scripts.
    """
    scripts = [read(path) for path in paths]
    digest = hashlib.sha256(b"".join(script.source for script in scripts)).hexdigest()
    mark = None if data is None else data / _MARK
    if mark is not None and mark.exists():
        made, _, owner = mark.read_text(encoding="utf-8").strip().partition(" ")
        if made == digest and owner in ("", user.upper()):  # "": marks once held no name
            return False
        raise SeedError(
            f"{data} was made by another seed{f' or for another user, {owner}' if owner else ''}:"
            f" {_WAYS_OUT}"
        )
    if owned := _owned(database, user):
        raise SeedError(
            f"{user.upper()} owns {owned[0]} in {data}, and no seed that came to its end made it:"
            f" remove that folder, {_WAYS_OUT}"
        )
    for script in scripts:
        run(database, user, script)
    if mark is not None:
        mark.write_text(f"{digest} {user.upper()}\n", encoding="utf-8")
    return True
