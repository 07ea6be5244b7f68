"""Put the values that queries gave into a statement, without changing what was planned of it.

What fills a hole may change neither where the statement ends nor what it is: in code it is a number
or a name, elsewhere any text that keeps strings and comments as they are, and the statement with
its values is held against the one that was planned.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Iterator, Mapping, Tuple

from airflow_oracle_dag.core.binds import find_binds
from airflow_oracle_dag.core.classify import classify
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.prompt import opening
from airflow_oracle_dag.core.queried import BadValue, has_hole, hole, holes_in, put_in, read_column
from airflow_oracle_dag.core.refusals import refuse_statement
from airflow_oracle_dag.core.script import Piece, PieceKind, Script
from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.source import Source, as_sent, joined_lines
from airflow_oracle_dag.core.tokens import closing, is_alternative, read_head

_QUOTES = re.compile(r"'|\"|--|/\*")
# Each has one way to read a text, so that none is read again and again.
_NAME = re.compile(r"[+-]?[\w$#]+(?:\.[\w$#]+)*(?:@[\w$#]+(?:\.[\w$#]+)*)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?")
# What SET can make end a statement, and what else means something at the edge of a line.
_EDGES = "!#$%.:;?^`{|}~-@/&"
_TAKES = (Is.SELECT, Is.DML, Is.DDL, Is.PLSQL, Is.ALTER_SESSION, Is.ALTER_SYSTEM, Is.SET_ROLE)
_IN_BIND = re.compile(rf":\s*[\w$#]*{hole('')[0]}")
_FOREIGN = ("JAVA", "MLE")
_MAY_BE_OF_VARIABLES = re.compile(r"(?i)(?:new|old)_v")  # most lines only format


def is_new_value(source: Source, start: int, line: str) -> bool:
    """Tell whether a COLUMN line names a variable; others only format.

    :raises ScriptError: what it says of variables cannot be honoured.
    """
    if _MAY_BE_OF_VARIABLES.search(line) is None:
        return False
    said = read_column(joined_lines(line.replace("\r\n", "\n")))
    if said.refused:
        message = f"{said.refused} is not supported"
        raise source.error(message, start, rule="directive-not-supported", cure=said.cure)
    return bool(said.variable)


def refuse_misplaced(source: Source, piece: Piece, start: int) -> None:
    """Refuse a hole that decides what a plan must know.

    :raises ScriptError: naming the variable and what it would decide.
    """
    decided = _decided(piece)
    if decided:
        raise source.error(
            f"&{piece.holes[0]} has its value from a query (COLUMN ... NEW_VALUE), and would "
            f"decide {decided}",
            start,
            rule="queried-value",
            cure="write that part out, pass it as a value (defines), or DEFINE it.",
        )


def _decided(piece: Piece) -> str:
    if piece.statement not in _TAKES:
        return f"a part of {piece.verb}"
    if any(_IN_BIND.search(part) for kind, part in _segments(piece.text) if not kind):
        return "the name of a bind"
    if not (piece.verb + piece.object_type).isascii():
        return "what kind of statement this is"
    return "a part of code in another language" if piece.object_type.startswith(_FOREIGN) else ""


def is_in_code(text: str) -> bool:
    """Tell whether a hole stands outside of strings, quoted names and comments."""
    return any(kind == "" and has_hole(part) for kind, part in _segments(text))


def filled(script: Script, piece: Piece, values: Mapping[str, str]) -> Piece:
    """Give a statement with the values that its holes have now.

    :param values: by the names of the variables.
    :raises BadValue: a value would change where the statement ends or what it is.
    """
    for name in piece.holes:
        if not values[name].isprintable():
            raise BadValue("it has a line end or another control character")
    text = put_in(piece.text, values)
    _compare_code(piece.text, text, values)
    for before, after in zip(piece.text.split("\n"), text.split("\n")):
        if before != after:
            _compare_edges(before.strip(), after.strip())
    made = replace(piece, text=as_sent(text), object_name=put_in(piece.object_name, values))
    _compare_meaning(script, piece, made)
    return made


def _segments(text: str) -> Iterator[Tuple[str, str]]:
    """Yield code ("") and what is not code, by its opening mark, in order and without a gap."""
    at = 0
    while True:
        match = _QUOTES.search(text, at)
        yield "", text[at : match.start() if match else len(text)]
        if match is None:
            return
        end, mark = closing(text, match.group(), match.start()), match.group()
        if mark == "'" and not is_alternative(text, match.start()):
            while end >= 0 and text.startswith("'", end):  # a doubled one ends nothing
                end = closing(text, mark, end)
        at = end if end >= 0 else len(text)
        yield mark if end >= 0 else f"{mark} without end", text[match.start() : at]


def _compare_code(before: str, after: str, values: Mapping[str, str]) -> None:
    """Hold code, strings and comments of the statement against those that were planned."""
    parts = list(_segments(before))
    for (kind, part), (follows, _) in zip(parts, [*parts[1:], ("", "")]):
        ends = put_in(part, values)[-1:] if not kind and follows[:1] == "'" else ""
        if ends in ("q", "Q") and part[-1] != ends:
            raise BadValue("with the quote behind it, it begins another kind of string")
        for name in holes_in(part) if not kind else ():
            if not _fits_code(values[name]):
                raise BadValue(
                    "outside of strings it can be a number, a name or several with commas"
                )
    wanted = [(kind, put_in(part, values)) for kind, part in parts]
    if wanted != list(_segments(after)):
        raise BadValue("it begins or ends a string, a quoted name or a comment")


def _fits_code(value: str) -> bool:
    """Tell whether a value is nothing, a number, or names and numbers with commas between them."""
    first, *others = value.split(",")
    if not others and _NUMBER.fullmatch(value.strip(" ")) is not None:
        return True
    items = [first, *(other.lstrip(" ") for other in others)]
    return not value or all(_NAME.fullmatch(each) or _NUMBER.fullmatch(each) for each in items)


def _compare_edges(before: str, after: str) -> None:
    """Hold the edges of a line, by which SQL*Plus knows what ends a statement."""
    if not after:
        raise BadValue("it leaves a blank line")
    for at in (0, -1):
        if after[at] != before[at] and after[at] in _EDGES:
            raise BadValue(f"a line would {'end' if at else 'begin'} with {after[at]}")


def _compare_meaning(script: Script, piece: Piece, made: Piece) -> None:
    """Hold the class of the statement against the one that was planned."""
    text = made.text
    head = read_head(text, 0, len(text), 1).words
    opened = opening(Source("", text.encode(), "utf-8", 0), 0, head[0] if head else "", "sqlplus")
    said = classify(text, 0, len(text))
    was = classify(piece.text, 0, len(piece.text))
    if (
        opened is None
        or opened.plsql is not (piece.kind is PieceKind.PLSQL)
        or (said.statement, said.verb, said.object_type)
        != (was.statement, was.verb, was.object_type)
        or (piece.binds and find_binds(text) != find_binds(piece.text))
    ):
        raise BadValue("it makes another kind of statement of it")
    try:
        refuse_statement(script, made)
    except ScriptError as error:
        raise BadValue(error.message) from None
