"""The errors about single lines at the prompt."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import Optional

from airflow_oracle_dag.core.directives import DIRECTIVES
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.prompt import PLSQL_VERBS, SQL_VERBS
from airflow_oracle_dag.core.script import Piece, StatementClass
from airflow_oracle_dag.core.source import Source

_NEAR = 0.75
_LONGEST_WORD = 30
_LOGIN = re.compile(r"/\S+")  # what may be user/password
_COMMANDS = sorted(
    SQL_VERBS | PLSQL_VERBS | {each.name for each in DIRECTIVES.values() if each.name.isalpha()}
)


def unknown_line(source: Source, start: int, first: str) -> ScriptError:
    """Refuse what SQL*Plus reports as SP2-0734 and passes over."""
    origin, at = source.origin(start)
    line, column = origin.position(at)
    shown = _LOGIN.sub("/...", origin.line_text(line)[column - 1 :])
    near = difflib.get_close_matches(first.upper()[:_LONGEST_WORD], _COMMANDS, n=1, cutoff=_NEAR)
    message = "this begins no statement and no SQL*Plus command"
    if not " " < first < "\x7f":
        message += f" (the first character is {_described(source, start)})"
    return source.error(
        message,
        start,
        rule="unknown-line",
        cure=f"did you mean {near[0]}?" if near else "delete it, or make it a comment with --.",
        shown=shown,
    )


def _described(source: Source, start: int) -> str:
    try:
        character = source.data[start : start + 4].decode(source.encoding, "ignore")[:1]
    except (UnicodeError, LookupError):  # a decoder may fail in spite of "ignore"
        character = ""
    if not character:
        return f"byte {source.data[start]:#04x}"
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def comment_without_space(source: Source, start: int) -> ScriptError:
    """Refuse ``/*word``: SQL*Plus wants white space after ``/*`` and reads a ``/`` otherwise."""
    return source.error(
        "SQL*Plus takes /* without white space behind it for a /, and runs the statement before "
        "once more; a reader takes it for a comment",
        start,
        rule="comment-without-space",
        cure="put a blank after /*.",
    )


def swallowed_line(source: Source, end: int, line: int) -> ScriptError:
    """Refuse a banner's hyphen that makes the next line part of the banner."""
    return source.error(
        f"the hyphen at the end joins line {line} to this one: SQL*Plus never runs it, a reader "
        "takes it for a command of its own",
        end - 1,
        rule="hyphen-continuation",
        cure="end the line in something other than a hyphen.",
    )


def run_with_text(source: Source, start: int) -> ScriptError:
    """Refuse a line of prose that begins with RUN, the command that runs the buffer once more."""
    return source.error(
        "RUN takes no text behind it: what SQL*Plus makes of this line is not certain",
        start,
        rule="unknown-line",
        cure="delete it, or make it a comment with --.",
    )


def unended_document(source: Source, start: int) -> ScriptError:
    """Refuse a DOCUMENT of which no line says where it ends."""
    return source.error(
        "this DOCUMENT has no end: SQL*Plus takes all lines for its text up to one with # alone",
        start,
        rule="unended-at-eof",
        cure="put # on a line of its own behind the text, or make the text a comment with --.",
    )


def unclear_separator(source: Source, at: int, mark: str) -> ScriptError:
    """Refuse a mark of SET CMDSEP in a text, or before what is no SQL*Plus command."""
    return source.error(
        f"whether this {mark} separates two commands, as SET CMDSEP says, is not certain: the line "
        "has text, quotes or values, or what follows is no SQL*Plus command",
        at,
        rule="command-separator",
        cure="write one command a line, and SET CMDSEP OFF before it.",
        shown=mark,
    )


def directive(source: Source, start: int, name: str, why: str = "") -> ScriptError:
    """Refuse a directive; its line is not shown where it may hold a password."""
    known = DIRECTIVES[name]
    is_secret = known.secret or _LOGIN.search(why) is not None
    return source.error(
        f"{_LOGIN.sub('/...', why) or name} is not supported",
        start,
        rule="directive-not-supported",
        cure=known.cure or "delete it.",
        shown=f"{name} ..." if is_secret else None,
    )


_RERUN = {StatementClass.DML: "rerun-dml", StatementClass.PLSQL: "rerun-plsql"}


def rerun(source: Source, start: int, held: Optional[Piece]) -> ScriptError:
    """Refuse a ``/`` or RUN that would run a statement once more.

    :param held: that statement, None when the file has none.
    """
    again, rule = "what an earlier file left", "rerun"
    cure = "delete the /; or write the statement a second time, if it is to run twice."
    if held is not None:
        again = f"the statement of line {held.first_line} once more"
        rule = _RERUN.get(held.statement, rule)
        if held.written:
            again += ", with the values that its variables have then"
        elif held.statement is not StatementClass.NONE:
            cure = f"{cure[:-1]}, or allow it (rerun='allow')."
    return source.error(
        f"SQL*Plus runs {again} here; most editors and tools do not", start, rule=rule, cure=cure
    )
