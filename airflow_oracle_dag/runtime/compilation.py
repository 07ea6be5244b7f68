"""Ask what the compiler said of stored code that a step made, and refuse what does not compile.

Oracle stores code that does not compile and only warns of it (ORA-24344; the driver's DPY-7000).
Whoever called that code later would fail, so the step that made it does.
"""

from __future__ import annotations

from typing import List, Optional, Sequence

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.compiled import (
    CompilerLine,
    StoredUnit,
    described,
    leaves_what_is_there,
    replaces,
    shown_unit,
    unit_of,
)
from airflow_oracle_dag.core.script import Piece, Script
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError

CODE = "ORA-24344"
_WARNINGS = (CODE, "DPY-7000")


class NotCompiled(DatabaseError):
    """Say that stored code was made, and that it does not compile.

    :param unit: None where the statement does not say it.
    :param replaces: whether the same statement can be run again while it is there.
    :param lines: what the compiler said, each with its place.
    """

    def __init__(
        self, message: str, unit: Optional[StoredUnit], lines: Sequence[str], *, replaces: bool
    ) -> None:
        super().__init__("\n".join((message, *lines)), CODE)
        self.unit = unit
        self.lines = tuple(lines)
        self.replaces = replaces


def refuse_uncompiled(session: Session, script: Script, piece: Piece, warning: str) -> List[str]:
    """Raise what the compiler said of the code that a statement made.

    One round trip where the database warned, and after CREATE … IF NOT EXISTS, which does not warn
    of what is there already.

    :param warning: of the database, "" where there is none.
    :return: what is to be told: the warning itself, or what the compiler only warns of.
    :raises NotCompiled: with each line of ALL_ERRORS at its place in the script.
    """
    warned = any(code in warning for code in _WARNINGS)
    unit = unit_of(piece)
    if not warned and not leaves_what_is_there(piece):
        where = f"{piece.file or script.name}:{piece.first_line}"
        return [f"{where}: {warning}"] if warning else []
    found = compiler_lines(session, unit) if unit is not None else []
    makes = piece.verb == "CREATE"
    lines = described(script, piece if makes and warned else None, found)
    if not any(row.is_error for row in found) and (found or not warned):
        return lines
    if not found:
        lines = ["ALL_ERRORS shows this user no line of it"]
    what = str(unit) if unit is not None else "the object"
    done = ("was created" if makes else "was compiled") if warned else "is there"
    message = f"{CODE}: {what} {done} with compilation errors"
    raise NotCompiled(message, unit, lines, replaces=replaces(piece))


def compiler_lines(session: Session, unit: StoredUnit) -> List[CompilerLine]:
    """Read what ALL_ERRORS has of a unit, the first hundred lines of it.

    :raises ConnectionLost: the session is gone; any other error means that it cannot be read.
    """
    binds = {
        "unit_owner": unit.owner,
        "unit_name": unit.name,
        "unit_kind": unit.kinds[0],
        "unit_body": unit.kinds[-1],
    }
    try:
        rows = session.execute(sql.block("read_compile_errors"), binds).rows
    except ConnectionLost:
        raise
    except DatabaseError as error:
        if error.code.startswith("DPY-") or error.code == "ORA-01013":
            raise  # a time-out or a cancel says nothing of the code
        return []
    return [
        CompilerLine(str(kind), int(line), int(position), str(text).rstrip(), attribute == "ERROR")
        for kind, line, position, text, attribute in rows
    ]


def shown_errors(session: Session, script: Script, line: Piece) -> List[str]:
    """Carry out SHOW ERRORS and return what it shows."""
    unit = shown_unit(line)
    if unit is None:
        kind = line.object_type
        where = f"{line.file or script.name}:{line.first_line}"
        why = f"the name of the {kind.lower()} that was made last is not known here"
        return [f"{where}: SHOW ERRORS: {why}: write SHOW ERRORS {kind} name"]
    found = compiler_lines(session, unit)
    if not found:
        return [f"no errors in {unit}"]
    made: Optional[Piece] = None
    for piece in script.pieces:
        if piece == line:
            break
        if piece.verb == "CREATE" and unit_of(piece) == unit:
            made = piece
    return [f"errors in {unit}:", *described(script, made, found)]
