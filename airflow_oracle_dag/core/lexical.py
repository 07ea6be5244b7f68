"""Where a statement ends for a reader who knows quotes and comments, where that reading was chosen.

As editors and SQLcl read: SQL ends at the first ``;`` in its code, wherever in a line that stands,
or at a ``/`` alone on a line of code; blank lines, lines that begin with ``@`` and hyphens at the
end of a line are text. PL/SQL ends at such a ``/``, or where it is complete and another command
begins.
"""

from __future__ import annotations

import re

from airflow_oracle_dag.core.blocks import unit_end
from airflow_oracle_dag.core.hazards import Stop, crossing, not_run, unended_function
from airflow_oracle_dag.core.marks import Marks
from airflow_oracle_dag.core.readings import (
    End,
    function_in_sql,
    held_end,
    is_joined_by_hyphens,
)
from airflow_oracle_dag.core.source import BLANK, BLANKS, Source
from airflow_oracle_dag.core.tokens import Token, Unclosed, code_pattern, scan

_REST_OF_LINE = re.compile(rf"{BLANK}*(?=\n|\Z)")


def lexical_sql_end(source: Source, start: int, marks: Marks) -> End:
    """Find the end of the SQL statement that starts at an offset.

    :raises ScriptError: it does not end, or a function inside it hides where.
    """
    text = source.text
    try:
        token = next(scan(text, marks.code_stop, start, len(text)), None)
    except Unclosed as unclosed:
        raise crossing(source, unclosed, Stop("end", len(text)), start) from None
    if token is None:
        raise not_run(source, start, Stop("end", len(text)))
    function = function_in_sql(source, start, token.start)
    if function >= 0 and marks.sql == ";":
        raise unended_function(source, function)
    is_joined = is_joined_by_hyphens(text, start, token.start)
    return _end(source, start, token, marks)._replace(is_joined=is_joined)


def lexical_plsql_end(source: Source, start: int, marks: Marks, inside: str) -> End:
    """Find the end of the PL/SQL unit that starts at an offset.

    :param inside: ``plsql``, or ``with``, which only a ``/`` ends.
    :raises ScriptError: it does not end.
    """
    text = source.text
    ended = -1
    try:
        if inside == "with":
            token = next(scan(text, code_pattern(marks.alone), start, len(text)), None)
        else:
            ended, token = unit_end(text, start, marks.alone)
    except Unclosed as unclosed:
        raise crossing(source, unclosed, Stop("end", len(text)), start) from None
    if token is None:
        raise not_run(source, start, Stop("end", len(text)))
    if token.text.startswith("\n"):
        return _end(source, start, token, marks)
    if token.text == "/" and _REST_OF_LINE.match(text, token.end):
        return End(ended, token.end, "/")
    return End(ended, ended, "")  # its / is missing


def _end(source: Source, start: int, token: Token, marks: Marks) -> End:
    mark = token.text.strip(BLANKS + "\n")
    at = token.start + token.text.index(mark)
    if token.text.startswith("\n") and mark == marks.block:
        return held_end(source, start, Stop(".", at, mark))
    return End(at, at + 1, mark)
