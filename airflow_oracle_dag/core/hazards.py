"""The hazards: what is said where SQL*Plus and a reader of quotes and comments differ.

Each has a stable name, its rule, by which it can be looked up (``docs/scripts.md``).
"""

from __future__ import annotations

from typing import NamedTuple

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.source import BLANKS, Source
from airflow_oracle_dag.core.tokens import Token, Unclosed


class Stop(NamedTuple):
    """What SQL*Plus stops at: ``;``, ``/``, ``.``, ``blank`` or ``end``, and where it stands.

    :param mark: the character itself, which SET can change.
    """

    kind: str
    at: int
    mark: str = ""


def not_run(source: Source, start: int, stop: Stop) -> ScriptError:
    """Refuse a statement that SQL*Plus ends without running it."""
    begins = source.line_of(start)
    if stop.kind == "end":
        return source.error(
            "this statement has no end: the file ends first",
            start,
            rule="unended-at-eof",
            cure="end SQL with ; or /, and PL/SQL with a / on a line of its own.",
        )
    if stop.kind == ".":
        return source.error(
            f"SQL*Plus ends the statement of line {begins} at this {stop.mark} without running it",
            stop.at,
            rule="block-terminator",
            cure="put / there to run it, or delete the statement.",
        )
    return source.error(
        f"a blank line inside SQL: SQL*Plus ends the statement of line {begins} here without "
        "running it; a reader of the whole statement goes on",
        stop.at + 1,
        rule="blank-line-in-sql",
        cure="delete the blank line (-- makes it a comment), or end the statement before it.",
    )


def early_semicolon(source: Source, token: Token, stop: Stop) -> ScriptError:
    """Refuse SQL with a ; in its code that does not end its line."""
    text = source.text
    line_end = text.find("\n", token.end)
    rest = text[token.end : len(text) if line_end < 0 else line_end].strip(BLANKS)
    line = source.line_of(token.start)
    goes_on = source.line_of(stop.at) if stop.kind != "end" else 0
    where = f"goes on to line {goes_on}" if goes_on > line else "does not end it there"
    if rest.startswith(("--", "/*")):
        return source.error(
            f"a comment after the ;: SQL*Plus {where}, and a quote-aware reader ends the "
            "statement at the ;",
            token.start,
            rule="semicolon-then-comment",
            cure="put the comment on a line of its own.",
        )
    return source.error(
        f"text after the ;: SQL*Plus {where}, and a quote-aware reader ends the statement at the ;",
        token.start,
        rule="two-statements-on-a-line",
        cure="one statement a line: put what follows the ; on the next line, or delete it.",
    )


def hyphen(source: Source, at: int) -> ScriptError:
    """Refuse a hyphen at the end of a line of SQL."""
    return source.error(
        "a hyphen ends this line of SQL: SQL*Plus drops it and joins the next line, a reader "
        "takes it for what it is",
        at,
        rule="hyphen-continuation",
        cure="move the hyphen to the beginning of the next line, or delete it.",
    )


_NAMES = {
    "string": ("string", "terminator-in-string", "unterminated-string"),
    "name": ("quoted name", "terminator-in-name", "unterminated-name"),
    "comment": ("comment", "terminator-in-comment", "unterminated-comment"),
}


def crossing(source: Source, unclosed: Unclosed, stop: Stop, start: int) -> ScriptError:
    """Say that SQL*Plus's end stands inside a quote or comment, or that this never ends."""
    what, inside, unterminated = _NAMES[unclosed.kind]
    begins = source.line_of(unclosed.at)
    if unclosed.closes < 0:
        return source.error(
            f"this {what} is not ended",
            unclosed.at,
            rule=unterminated,
            cure="end it; a single quote inside a string is written twice.",
        )
    if stop.kind == "blank":
        return not_run(source, start, stop)
    goes_on = source.line_of(unclosed.closes)
    return source.error(
        f"SQL*Plus ends the statement at this {stop.mark or stop.kind}, which stands inside the "
        f"{what} of line {begins}; a quote-aware reader goes on to line {goes_on}",
        min(stop.at, len(source.text)),
        rule=inside,
        cure=f"do not let a line of the {what} end in {stop.mark or ';'} or consist of it alone."
        if stop.mark not in ("", ";", "/", ".")
        else f"do not let a line of the {what} end in ; or consist of / or . alone.",
    )


def missing_slash(source: Source, token: Token, start: int) -> ScriptError:
    """Refuse PL/SQL that is complete before its / comes."""
    return source.error(
        f"the PL/SQL that begins on line {source.line_of(start)} is complete, but SQL*Plus takes "
        "this for more of it: the / is missing",
        token.start,
        rule="missing-slash",
        cure="put a / on a line of its own before this.",
    )


def unended_function(source: Source, at: int) -> ScriptError:
    """Refuse WITH FUNCTION behind another verb: SQL*Plus ends it at the function's first ;."""
    return source.error(
        "a function inside SQL that does not begin with WITH: SQL*Plus ends the statement at "
        "the function's first ;",
        at,
        rule="function-in-sql",
        cure="put SET SQLTERMINATOR OFF before it, end it with / and put SET SQLTERMINATOR ON "
        "behind it.",
    )


def semicolon_in_sql(source: Source, at: int) -> ScriptError:
    """Refuse a ; that ends nothing, where SET SQLTERMINATOR made it so."""
    return source.error(
        "a ; inside the statement: after SET SQLTERMINATOR it ends nothing and SQL*Plus sends it "
        "with the statement; a quote-aware reader ends the statement there",
        at,
        rule="semicolon-in-sql",
        cure="delete the ;, or put SET SQLTERMINATOR ON before the statement.",
    )
