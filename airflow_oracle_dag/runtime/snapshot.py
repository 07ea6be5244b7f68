"""Look at what a DDL step changes: in the block that starts it, and once its attempt is over.

The block notes it in the same transaction that says RUNNING, so what is compared later is never
older than the step's start; `airflow_oracle_dag.core.ddl_decision` says what follows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Optional

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.compiled import unit_of
from airflow_oracle_dag.core.ddl import DdlStatement, Effect, looked_at, read_ddl
from airflow_oracle_dag.core.ddl_decision import (
    Answer,
    Snapshot,
    UnreadableSnapshot,
    decide_ddl,
    read_snapshot,
)
from airflow_oracle_dag.core.plan import Step, StepClass
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.runtime.compilation import CODE, compiler_lines
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import DatabaseError

# What a missing privilege, an invalid view or too much text is answered with. Anything else, a
# cancel too, says nothing of the step: no verdict is written then.
_CANNOT_BE_READ = ("ORA-00942", "ORA-01031", "ORA-01489", "ORA-04063", "ORA-06550", "ORA-28112")


def noted_binds(step: Optional[Step]) -> Dict[str, Any]:
    """Return what the block that starts a step looks at, {} when it looks at nothing."""
    if step is None or step.step_class is not StepClass.DDL:
        return {}
    statement = read_ddl(step.units[0].piece)
    if not statement.is_compared:
        return {}
    return {name: (value, str) for name, value in looked_at(statement, statement.owner).items()}


def compare(session: Session, step: Step, row: StepRow) -> Answer:
    """Say whether a DDL step that an attempt left behind was done.

    It reads under the canary's lock, so what it sees is settled.

    :param step: of the script as it is now; :param row: as the attempt left it.
    :raises DatabaseError: when nobody knows why it cannot be read.
    """
    if (step.text_hash, step.values_hash) != (row.text_hash, row.values_hash):
        return Answer(None, "the statement was edited since it started")
    statement = read_ddl(step.units[0].piece)
    if not statement.is_compared:
        return decide_ddl(statement, None, None)
    try:
        before = read_snapshot(row.evidence or "")
        now = _look(session, statement, before.owner)
    except UnreadableSnapshot as error:
        return Answer(None, f"what was there when it started is not known ({error})")
    except DatabaseError as error:
        if error.code not in _CANNOT_BE_READ:
            raise
        return Answer(None, f"the catalogue could not be read: {error.message}")
    answer = decide_ddl(statement, before, now)
    return _unless_uncompiled(session, step, before.owner, answer) if answer.done else answer


def _unless_uncompiled(session: Session, step: Step, owner: str, answer: Answer) -> Answer:
    """Say of code that was made and does not compile that it was not made: its step failed."""
    piece = step.units[0].piece
    unit = unit_of(piece)
    if unit is None or piece.goes_on or CODE in step.units[0].tolerated:
        return answer
    found = compiler_lines(session, unit if unit.owner else replace(unit, owner=owner))
    if any(line.is_error for line in found):
        return Answer(False, f"{answer.reason}, and does not compile")
    return answer


def _look(session: Session, statement: DdlStatement, owner: str) -> Snapshot:
    """Look at what is there now, where the statement was started."""
    found = session.query(sql.block("ddl_snapshot"), looked_at(statement, owner))
    now = read_snapshot(str(found[0][0]))
    if statement.effect is Effect.TRUNCATE and (0, "TABLE") in now.objects:
        return replace(now, is_empty=_is_empty(session, owner, statement.name))
    return now


def _is_empty(session: Session, owner: str, table: str) -> Optional[bool]:
    """Ask whether a table is empty, None when rows may be hidden from this session."""
    try:
        found = session.call(
            sql.block("read_emptiness"),
            {"owner": owner, "name": table},
            {"has_rows": int, "policies": int},
        )
    except DatabaseError as error:
        if error.code not in _CANNOT_BE_READ:
            raise
        return None
    if found["has_rows"]:
        return False
    return None if found["policies"] else True
