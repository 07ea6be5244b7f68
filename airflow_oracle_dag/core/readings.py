"""Where a statement ends: for SQL*Plus, and for a reader who knows quotes and comments.

SQL*Plus reads line by line and is blind to quotes and comments inside a statement; an author with
a modern editor is not. `sql_end` and `plsql_end` find SQL*Plus's end first (SQL*Plus User's Guide
and Reference, "Ending a SQL Command", "Running PL/SQL Blocks", "Placing Comments in Scripts"), then
look whether the code up to there agrees. Where it does not, the script is refused: what its
author meant cannot be known.
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Set

from airflow_oracle_dag.core.blocks import after_block
from airflow_oracle_dag.core.hazards import (
    Stop,
    crossing,
    early_semicolon,
    hyphen,
    missing_slash,
    not_run,
    semicolon_in_sql,
    unended_function,
)
from airflow_oracle_dag.core.marks import Marks
from airflow_oracle_dag.core.source import BLANK, BLANKS, Source
from airflow_oracle_dag.core.tokens import (
    Token,
    Unclosed,
    closing,
    code_pattern,
    plain_code,
    scan,
)

_HELD_RUN = re.compile(rf"(?:\n{BLANK}*)*\n{BLANK}*(/){BLANK}*$", re.MULTILINE)
REST_BLANK = re.compile(rf"(?:{BLANK}|\n)*\Z")
_FIRST_LINE_HYPHEN = re.compile(rf"[^\n]*-(?={BLANK}*\n)")
_MAY_JOIN = re.compile(rf"-{BLANK}*\n")
_SQL_CODE = code_pattern(r";", rf"-{BLANK}*\n")
_NO_OPERAND = re.compile(rf"{BLANK}*[,)]")
_WITH_FUNCTION = r"(?i:\bwith\s+(?:function|procedure)\s+(?!as\b)[a-z_\"])"
_MAY_HAVE_FUNCTION = re.compile(r"[wW](?i:ith\s+(?:function|procedure))")
_FUNCTION_IN_SQL = code_pattern(_WITH_FUNCTION)


class End(NamedTuple):
    """The end of a statement.

    :param body: offset after its last character that belongs to the text.
    :param end: offset after its terminator.
    :param terminator: ``";"`` or what stands for it, or ``"/"``.
    :param is_joined: hyphens at the end of its lines of SQL join them.
    :param is_held: it does not run: a later ``/`` may run it.
    """

    body: int
    end: int
    terminator: str
    is_joined: bool = False
    is_held: bool = False


def sql_end(source: Source, start: int, marks: Marks, reading: Optional[str] = None) -> End:
    """Find the end of the SQL statement that starts at an offset.

    :param marks: as the SET lines before it left them.
    :param reading: ``sqlplus``: where the readings differ, SQL*Plus's counts; None: neither.
    :raises ScriptError: the two readings differ, or the statement does not end.
    """
    stop = _stop(source.text, start, marks.sql_stop)
    _refuse_foreign_lines(source, start, stop.at, marks)
    is_joined = False
    if not _is_plain(source.text, start, stop.at):
        is_joined = _refuse_sql(source, start, stop, marks, is_chosen=reading == "sqlplus")
    if stop.kind in (";", "/"):
        return End(stop.at, stop.at + 1, stop.mark, is_joined)
    return held_end(source, start, stop)._replace(is_joined=is_joined)


def _is_plain(text: str, start: int, end: int) -> bool:
    """Tell at once, of most statements, that no reader sees anything but SQL in them."""
    code = plain_code(text, start, end)
    return (
        code is not None
        and ";" not in code
        and _MAY_JOIN.search(code) is None
        and _FIRST_LINE_HYPHEN.match(text, start, end) is None
        and _MAY_HAVE_FUNCTION.search(code) is None
    )


def _refuse_sql(source: Source, start: int, stop: Stop, marks: Marks, *, is_chosen: bool) -> bool:
    """Refuse a statement in which the two readings differ, and tell whether hyphens join its lines.

    :param is_chosen: SQL*Plus's reading counts; only where it is not certain itself, it is refused.
    """
    semicolon, hyphens = -1, []
    try:
        for token in scan(source.text, _SQL_CODE, start, stop.at):
            if token.text != ";":
                hyphens.append(token)
                continue
            if marks.sql == ";" and not is_chosen:
                raise early_semicolon(source, token, stop)
            semicolon = token.start if semicolon < 0 else semicolon
    except Unclosed as unclosed:
        if not is_chosen:
            raise crossing(source, unclosed, stop, start) from None
    _refuse_hyphens(source, start, stop, hyphens, is_chosen=is_chosen)
    if not is_chosen:
        function = function_in_sql(source, start, stop.at)
        if function >= 0 and marks.sql == ";":
            raise unended_function(source, function)
        if function < 0 <= semicolon:
            raise semicolon_in_sql(source, semicolon)
    return bool(hyphens)


def _refuse_hyphens(
    source: Source, start: int, stop: Stop, hyphens: List[Token], *, is_chosen: bool
) -> None:
    """Refuse hyphens at the end of a line that a reader takes for a minus, a string or a comment.

    SQL*Plus drops them and joins the lines (SQL*Plus User's Guide and Reference, "Continuing a Long
    SQL*Plus Command on Additional Lines"). Where one stands before a comma or a parenthesis, it can
    be no minus, and no reader can mean anything else.

    :param hyphens: those in code, with their line ends.
    """
    text = source.text
    first = _FIRST_LINE_HYPHEN.match(text, start, stop.at)
    if first is not None and (not hyphens or hyphens[0].start != first.end() - 1):
        raise hyphen(source, first.end() - 1)  # in a comment or string, where only SQL*Plus sees it
    if not hyphens:
        return
    if stop.kind in ("/", ".") and not text[hyphens[-1].end : stop.at].strip(BLANKS):
        raise hyphen(source, hyphens[-1].start)  # it joins the line that is to end the statement
    if not is_chosen and not _can_only_join(text, stop.at, hyphens):
        raise hyphen(source, hyphens[0].start)
    others = _others(text, start, stop.at, hyphens)
    if others:
        raise hyphen(source, min(others))


def is_joined_by_hyphens(text: str, start: int, end: int) -> bool:
    """Tell whether hyphens at the end of its lines join them for every reader of some SQL."""
    if _MAY_JOIN.search(text, start, end) is None:
        return False
    hyphens = [token for token in scan(text, _SQL_CODE, start, end) if token.text != ";"]
    return _can_only_join(text, end, hyphens) and not _others(text, start, end, hyphens)


def _can_only_join(text: str, end: int, hyphens: List[Token]) -> bool:
    return any(_NO_OPERAND.match(text, each.end, end) for each in hyphens)


def _others(text: str, start: int, end: int, hyphens: List[Token]) -> Set[int]:
    """Give where a hyphen ends a line of a string or comment, which SQL*Plus may drop, too."""
    joining = (match.start() for match in _MAY_JOIN.finditer(text, start, end))
    return set(joining) - {token.start for token in hyphens}


def plsql_end(
    source: Source, start: int, marks: Marks, inside: str = "plsql", reading: Optional[str] = None
) -> End:
    """Find the end of the PL/SQL unit that starts at an offset.

    :param marks: as the SET lines before it left them.
    :param inside: ``plsql``; ``with`` for WITH FUNCTION, where SQL follows the functions; or
        ``foreign`` for Java, JavaScript and wrapped code, in which Oracle's quotes and comments
        mean nothing and SQL*Plus's reading is the only one.
    :param reading: see `sql_end`.
    :raises ScriptError: the two readings differ, or the unit does not end.
    """
    stop = _stop(source.text, start, marks.plsql_stop)
    _refuse_foreign_lines(source, start, stop.at, marks)
    if marks.sql not in ("", ";"):
        _refuse_sql_mark(source, start, stop.at, marks)
    if inside != "foreign" and reading != "sqlplus":
        try:
            merged = after_block(source.text, start, stop.at)
        except Unclosed as unclosed:
            raise crossing(source, unclosed, stop, start) from None
        if merged is not None and inside == "plsql":
            raise missing_slash(source, merged, start)
    if stop.kind == "/":
        return End(stop.at, stop.at + 1, "/")
    return held_end(source, start, stop)


def _stop(text: str, start: int, pattern: re.Pattern[str]) -> Stop:
    match = pattern.search(text, start)
    if match is None:
        return Stop("end", len(text))
    found = match.group().strip(BLANKS + "\n")
    if found:
        kind = "/" if found == "/" else "." if match.group().startswith("\n") else ";"
        return Stop(kind, match.start() + match.group().index(found), found)
    if REST_BLANK.match(text, match.end()):
        return Stop("end", len(text))
    return Stop("blank", match.start())


def literal_end(source: Source, start: int, marks: Marks, *, plsql: bool) -> End:
    """Find where SQL*Plus stops, right or wrong: for whoever goes on behind a hazard."""
    stop = _stop(source.text, start, marks.plsql_stop if plsql else marks.sql_stop)
    if stop.kind in (";", "/"):
        return End(stop.at, stop.at + 1, stop.mark)
    if stop.kind == ".":
        return End(stop.at, stop.at + 1, stop.mark, is_held=True)
    end = start + len(source.text[start : stop.at].rstrip(BLANKS + "\n"))
    return End(end, end, "", is_held=True)


def held_end(source: Source, start: int, stop: Stop) -> End:
    """Accept ``.`` or blank lines where nothing but a ``/`` follows: it runs what was held.

    What ``.`` ends is held for a ``/`` behind more directives, too.
    """
    if stop.kind != "end":
        after = stop.at + 1 if stop.kind == "." else stop.at
        line_end = source.text.find("\n", after)
        if line_end >= 0:
            match = _HELD_RUN.match(source.text, line_end)
            if match is not None:
                return End(stop.at, match.end(1), "/")
    if stop.kind == ".":
        return End(stop.at, after, stop.mark, is_held=True)
    raise not_run(source, start, stop)


def _refuse_foreign_lines(source: Source, start: int, end: int, marks: Marks) -> None:
    match = marks.foreign_line.search(source.text, start, end)
    if match is None:
        return
    if match.group(1) == "@":
        raise source.error(
            "a line of the statement begins with @: SQL*Plus puts a file in its place",
            match.start(1),
            rule="include-in-statement",
            cure="move the @ to the end of the line before.",
        )
    raise source.error(
        f"a line of the statement begins with {marks.prefix}: SQL*Plus runs it as a command of its "
        "own",
        match.start(1),
        rule="prefix-in-statement",
        cure="move the command out of the statement.",
    )


def function_in_sql(source: Source, start: int, end: int) -> int:
    """Give where a function is defined inside SQL that does not begin with WITH, -1: nowhere."""
    if _MAY_HAVE_FUNCTION.search(source.text, start, end) is None:
        return -1
    found = next(scan(source.text, _FUNCTION_IN_SQL, start, end), None)
    return -1 if found is None else found.start


def _refuse_sql_mark(source: Source, start: int, end: int, marks: Marks) -> None:
    """Refuse a line of PL/SQL that ends in what ends SQL: the manual lets it end both."""
    match = marks.sql_line.search(source.text, start, end)
    if match is not None:
        raise source.error(
            f"a line of PL/SQL ends in {marks.sql}, which SET SQLTERMINATOR made the end of SQL: "
            "whether it ends PL/SQL too is not certain",
            match.start(),
            rule="terminator-in-plsql",
            cure="end the line otherwise; PL/SQL is ended by a / on a line of its own.",
        )


def comment_end(source: Source, start: int) -> int:
    """Give the offset after the block comment that begins at an offset.

    :raises ScriptError: it does not end.
    """
    end = closing(source.text, "/*", start)
    if end < 0:
        raise crossing(source, Unclosed("comment", start, -1), Stop("end", 0), start)
    return end
