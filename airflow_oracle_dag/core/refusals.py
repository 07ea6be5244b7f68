"""Statements that cannot stand in a checkpointed script, each with its reason and its cure."""

from __future__ import annotations

import re
from typing import NamedTuple, Pattern, Tuple

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.script import Piece, Script
from airflow_oracle_dag.core.script import StatementClass as Is


class _Refusal(NamedTuple):
    statement: Is
    pattern: Pattern[str]
    rule: str
    message: str
    cure: str


def _words(text: str) -> Pattern[str]:
    return re.compile(r"\s+".join(text.split()), re.IGNORECASE)


_REFUSED: Tuple[_Refusal, ...] = (
    _Refusal(
        Is.ALTER_SESSION,
        _words(r"SET CONTAINER"),
        "set-container",
        "ALTER SESSION SET CONTAINER leaves the database that holds the checkpoints",
        "connect to that container instead",
    ),
    _Refusal(
        Is.ALTER_SESSION,
        _words(r"(DIS|EN)ABLE COMMIT IN PROCEDURE"),
        "commit-in-procedure",
        "ALTER SESSION … COMMIT IN PROCEDURE would also forbid the commit of the checkpoint",
        "remove it",
    ),
    _Refusal(
        Is.PRIVATE_TEMP,
        re.compile(r""),
        "private-temporary-table",
        "a private temporary table may vanish at the next commit, and whether creating it commits "
        "differs between releases",
        "use a global temporary table or a staging table",
    ),
    _Refusal(
        Is.COMMIT,
        _words(r"\bFORCE\b"),
        "commit-force",
        "COMMIT FORCE settles another transaction, not this one",
        "let a DBA run it by hand",
    ),
    _Refusal(
        Is.ROLLBACK,
        _words(r"\bFORCE\b"),
        "rollback-force",
        "ROLLBACK FORCE settles another transaction, not this one",
        "let a DBA run it by hand",
    ),
)


def refuse_statement(script: Script, piece: Piece) -> None:
    """Raise when a statement cannot be part of any step.

    :raises ScriptError: naming the line and the way out.
    """
    for refusal in _REFUSED:
        if piece.statement is refusal.statement and refusal.pattern.search(piece.text):
            raise ScriptError(
                refusal.message,
                file=piece.file or script.name,
                line=piece.first_line,
                text=piece.first_text,
                cure=refusal.cure,
                rule=refusal.rule,
            )
