"""Split a script into SQL*Plus's commands, one after the other.

The state at the prompt is little: where we are, and which command the buffer holds. Nothing is
judged here except what the readings differ in; `parse` judges the rest.
"""

from __future__ import annotations

import re
from typing import Callable, Iterator, NamedTuple, Optional

from airflow_oracle_dag.core.directives import directive_name
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.execute import executed_end
from airflow_oracle_dag.core.hazards import Stop, not_run
from airflow_oracle_dag.core.lexical import lexical_plsql_end, lexical_sql_end
from airflow_oracle_dag.core.marks import Marks, changes_marks
from airflow_oracle_dag.core.prompt import PLSQL_VERBS, SQL_VERBS, Opening, opening
from airflow_oracle_dag.core.readings import (
    End,
    comment_end,
    literal_end,
    plsql_end,
    sql_end,
)
from airflow_oracle_dag.core.refused import (
    comment_without_space,
    run_with_text,
    swallowed_line,
    unclear_separator,
    unended_document,
    unknown_line,
)
from airflow_oracle_dag.core.script import EXITS, PieceKind
from airflow_oracle_dag.core.settings import read_set
from airflow_oracle_dag.core.source import BLANK, BLANKS, Source
from airflow_oracle_dag.core.tokens import WORD

FIRST = re.compile(rf"(?:{BLANK}|\n)*(--|/\*|@@|<<|{WORD}|[^ \t\r\f\v\n])")
_IDLE = re.compile(rf"(?i){BLANK}*(?:--(?!{BLANK}*@)|(?:rem|remark|pro|prom|promp|prompt)\b)")
_FREE_TEXT = ("REMARK", "PROMPT", "EXECUTE", "RUN")
_LEAST_WORD = 3
_LONGEST_LINE = 5000  # of SQL*Plus: what it does with a longer one is not certain
_QUOTE = re.compile(r"['\"]")
_DOCUMENT_END = re.compile(rf"\n{BLANK}*#(?={BLANK}*(?:\n|\Z))")
_COMMENT_OPENS = " \t\r\f\v\n*"


class Chunk(NamedTuple):
    """One command as it stands in the file.

    :param body: offset after the last character of its text.
    :param end: offset after its terminator.
    :param word: its first word or mark in upper case; a directive's full name.
    :param repeats: of a RERUN, the index of the chunk in the buffer, None: the buffer is empty.
    :param is_joined: hyphens at the end of its lines join them, though it is no directive.
    :param is_held: entered and not run; the RERUN that repeats it next runs it for the first time.
    """

    kind: PieceKind
    start: int
    body: int
    end: int
    word: str
    terminator: str = ""
    repeats: Optional[int] = None
    is_joined: bool = False
    is_held: bool = False


def split(
    source: Source,
    reading: Optional[str] = None,
    report: Optional[Callable[[ScriptError], None]] = None,
) -> Iterator[Chunk]:
    """Yield the commands of a script in order.

    :param reading: see `ParseSettings`.
    :param report: told of what is wrong, before the chunk that it concerns; splitting goes on
        where that ends most probably. None: the first mistake is raised.
    :raises ScriptError: the readings differ, or a line is none of SQL*Plus's.
    """
    at, index = source.first, 0
    held: Optional[int] = None
    waiting: Optional[Chunk] = None  # for the / that runs it
    marks = Marks()
    report = report or _raised
    while True:
        match = FIRST.match(source.text, at)
        if match is None:
            break
        start, first = match.span(1)[0], match.group(1)
        try:
            chunk = _next(source, start, first, held, marks, reading)
        except ScriptError as error:
            report(error)
            chunk = _recovered(source, start, first, held, marks, reading, error.rule)
        if waiting is not None and _forgets(chunk):
            report(_never_run(source, waiting))
            waiting = None
        yield chunk
        if chunk.word == "SET" and chunk.kind is PieceKind.DIRECTIVE:
            marks = _obeyed(marks, source.text[chunk.start : chunk.body])
        # EXECUTE leaves the buffer alone: SPUG, "Listing the Contents of the SQL Buffer"
        if chunk.kind in (PieceKind.SQL, PieceKind.PLSQL) and chunk.word != "EXECUTE":
            held, waiting = index, chunk if chunk.is_held and chunk.terminator else None
        elif chunk.kind is PieceKind.RERUN:
            waiting = None
        at, index = chunk.end, index + 1
    if waiting is not None:
        report(_never_run(source, waiting))


def _raised(error: ScriptError) -> None:
    raise error


def _recovered(
    source: Source,
    start: int,
    first: str,
    held: Optional[int],
    marks: Marks,
    reading: Optional[str],
    rule: str,
) -> Chunk:
    """Give the command behind a mistake: as the other reader takes it, else as SQL*Plus does."""
    text = source.text
    if reading is None and not (
        rule == "blank-line-in-sql"
        and _begins_command(text, literal_end(source, start, marks, plsql=False).end)
    ):
        try:
            return _next(source, start, first, held, marks, "lexical")
        except ScriptError:
            pass
    if first == "/*":
        end = text.find("*/", start + 2)
        end = len(text) if end < 0 else end + 2
        return Chunk(PieceKind.COMMENT, start, end, end, first)
    word = first.upper()
    opened = opening(source, start, word, "sqlplus")
    if opened is None:
        end = _line_end(source, start)
        return Chunk(PieceKind.DIRECTIVE, start, end, end, "")
    kind = PieceKind.PLSQL if opened.plsql else PieceKind.SQL
    body, end, terminator, _, is_held = literal_end(source, start, marks, plsql=opened.plsql)
    return Chunk(kind, start, body, end, word, terminator, is_held=is_held)


def _begins_command(text: str, at: int) -> bool:
    """Tell whether what follows looks like a command of its own and not like more of a query."""
    match = FIRST.match(text, at)
    word = "" if match is None else match.group(1).upper()
    if len(word) < _LEAST_WORD:  # a letter may well be an alias
        return word == "/"
    is_verb = word in SQL_VERBS or word in PLSQL_VERBS or directive_name(word) is not None
    return is_verb and word not in ("SELECT", "WITH", "SET")


def _forgets(chunk: Chunk) -> bool:
    """Tell whether no / can come any more that runs what waits for one."""
    if chunk.kind is PieceKind.DIRECTIVE:
        return chunk.word in EXITS
    return chunk.kind in (PieceKind.SQL, PieceKind.PLSQL) and chunk.word != "EXECUTE"


def _never_run(source: Source, chunk: Chunk) -> ScriptError:
    return not_run(source, chunk.start, Stop(".", chunk.end - 1, chunk.terminator))


def _obeyed(marks: Marks, line: str) -> Marks:
    if not changes_marks(line):
        return marks
    outcome = read_set(line)
    return marks if outcome.refused else marks.obey(outcome.obeyed)


def _next(
    source: Source,
    start: int,
    first: str,
    held: Optional[int],
    marks: Marks,
    reading: Optional[str],
) -> Chunk:
    if first in ("--", "/*"):
        return _comment(source, start, first, held, reading)
    line_end = _line_end(source, start) if first in "/;" else start
    if line_end == start + 1:
        if first == "/":
            return Chunk(PieceKind.RERUN, start, line_end, line_end, first, "/", held)
        return Chunk(PieceKind.DIRECTIVE, start, line_end, line_end, "LIST")
    word = first.upper()
    opened = opening(source, start, word, reading)
    if opened is None:
        return _directive(source, start, first, held, marks, reading)
    body, end, terminator, is_joined, is_held = _end(source, start, opened, marks, reading)
    kind = PieceKind.PLSQL if opened.plsql else PieceKind.SQL
    return Chunk(kind, start, body, end, word, terminator, None, is_joined, is_held)


def _end(source: Source, start: int, opened: Opening, marks: Marks, reading: Optional[str]) -> End:
    # Values and files were put in where SQL*Plus would: what they make is read in no other way.
    if reading == "lexical" and source.main is source and opened.inside != "foreign":
        if opened.plsql:
            return lexical_plsql_end(source, start, marks, opened.inside)
        return lexical_sql_end(source, start, marks)
    if opened.plsql:
        return plsql_end(source, start, marks, opened.inside, reading)
    return sql_end(source, start, marks, reading)


def _comment(
    source: Source, start: int, first: str, held: Optional[int], reading: Optional[str]
) -> Chunk:
    if first == "--":
        end = _line_end(source, start)
    elif source.text[start + 2 : start + 3] in _COMMENT_OPENS or reading == "lexical":
        end = comment_end(source, start)
    elif reading == "sqlplus":
        end = _line_end(source, start)
        return Chunk(PieceKind.RERUN, start, end, end, "/", "", held)
    else:
        raise comment_without_space(source, start)
    return Chunk(PieceKind.COMMENT, start, end, end, first)


def _directive(
    source: Source,
    start: int,
    first: str,
    held: Optional[int],
    marks: Marks,
    reading: Optional[str],
) -> Chunk:
    name = directive_name(first)
    if name is None:
        raise unknown_line(source, start, first)
    end = directive_end(source, start, name, reading)
    at = separator_at(source, start, end, name, marks)
    if at >= 0:
        return Chunk(PieceKind.DIRECTIVE, start, at, at + 1, name, marks.separator)
    if name == "EXECUTE":
        return Chunk(PieceKind.PLSQL, start, executed_end(source, start, end), end, name)
    if name == "RUN":
        if source.text[start + len(first) : end].strip(BLANKS + ";"):
            raise run_with_text(source, start)
        return Chunk(PieceKind.RERUN, start, end, end, name, "", held)
    return Chunk(PieceKind.DIRECTIVE, start, end, end, name)


def directive_end(source: Source, start: int, name: str, reading: Optional[str] = None) -> int:
    """Give the end of a directive, with the lines that trailing hyphens join to it.

    :raises ScriptError: a banner's hyphen would swallow a line that does something.
    """
    if name == "DOCUMENT":
        return _document_end(source, start)
    end = _line_end(source, start)
    while source.text[end - 1] == "-":
        after = _continued(source, name, end, reading)
        if after == end:
            break
        end = after
    return end


def _document_end(source: Source, start: int) -> int:
    """Give the end of a text between DOCUMENT and #: SPUG, "Obsolete SQL*Plus Commands"."""
    match = _DOCUMENT_END.search(source.text, start)
    if match is None:
        raise unended_document(source, start)
    return match.end()


def separator_at(source: Source, start: int, end: int, name: str, marks: Marks) -> int:
    """Give where SET CMDSEP's mark ends a directive and another one follows, -1: nowhere.

    A mark that ends the line is none.

    :raises ScriptError: whether SQL*Plus sees a mark there is not certain.
    """
    text, mark = source.text, marks.separator
    at = text.find(mark, start, end) if mark else -1
    if at < 0 or at + 1 == end:
        return -1
    following = FIRST.match(text, at + 1, end)
    if (
        name in _FREE_TEXT
        or end - start > _LONGEST_LINE
        or _QUOTE.search(text, start, end)
        or source.substituted(start, end)
        or following is None
        or directive_name(following.group(1)) in (None, "RUN")
        or opening(source, following.start(1), following.group(1).upper()) is not None
    ):
        raise unclear_separator(source, at, mark)
    return at


def _continued(source: Source, name: str, end: int, reading: Optional[str]) -> int:
    """Give the end of the line that a trailing hyphen joins to a directive, ``end``: none.

    The hyphen under a banner is meant as paint by its author and taken as a continuation by
    SQL*Plus: that is let in only where the line it swallows does nothing anyway.
    """
    newline = source.text.find("\n", end)
    if newline < 0:
        return end
    start = newline + 1
    joined = _line_end(source, start)
    if joined == start:
        return end
    if name in ("REMARK", "PROMPT") and not _IDLE.match(source.text, start):
        if reading is None:
            raise swallowed_line(source, end, source.line_of(start))
        if reading == "lexical":
            return end
    return joined


def _line_end(source: Source, start: int) -> int:
    """Give the offset after the last character of the line that is not blank."""
    text = source.text
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    while end > start and text[end - 1] in BLANKS:
        end -= 1
    return end
