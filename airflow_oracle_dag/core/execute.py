"""EXECUTE: one PL/SQL statement in a line, which SQL*Plus sends as a block.

SQL*Plus User's Guide and Reference, "EXECUTE": it does not go into the buffer, and longer ones are
continued with hyphens.
"""

from __future__ import annotations

import re

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.source import BLANK, BLANKS, Source
from airflow_oracle_dag.core.tokens import Unclosed, code_pattern, scan

_HYPHEN = re.compile(rf"-{BLANK}*\n")
_WORD = re.compile(rf"[A-Za-z]+{BLANK}*")
_MARK = "\x00"  # no script has one
_END = code_pattern(_MARK)


def executed_text(line: str) -> str:
    """Give the block that is sent for an EXECUTE line, "" when it has nothing to execute."""
    statement = _statement(line)
    return f"BEGIN {statement}; END;" if statement else ""


def executed_end(source: Source, start: int, end: int) -> int:
    """Give the offset after the last character of what an EXECUTE line runs.

    :param end: of the line, and of those that hyphens join to it.
    :raises ScriptError: nothing stands there, or the END that SQL*Plus puts behind it would be in a
        string or comment.
    """
    statement = _statement(source.text[start:end])
    if not statement:
        raise source.error(
            "this EXECUTE has nothing to execute",
            start,
            rule="empty-execute",
            cure="write EXECUTE procedure(arguments), or delete it.",
        )
    try:
        ends = any(True for _ in scan(statement + _MARK, _END, 0, len(statement) + 1))
    except Unclosed as unclosed:
        raise _swallowed(source, start, unclosed.kind) from None
    if not ends:
        raise _swallowed(source, start, "comment")
    return start + len(source.text[start:end].rstrip(BLANKS + ";"))


def _statement(line: str) -> str:
    joined = _HYPHEN.sub(" ", line.replace("\r\n", "\n"))
    return _WORD.sub("", joined, count=1).strip(BLANKS + "\n").rstrip(BLANKS + ";")


def _swallowed(source: Source, start: int, kind: str) -> ScriptError:
    return source.error(
        f"the {kind} in this EXECUTE does not end before it: SQL*Plus puts ; END; behind it in the "
        "same line",
        start,
        rule=f"unterminated-{kind}",
        cure="write BEGIN ... END; with a / on a line of its own, or move the comment.",
    )
