"""Make an Oracle statement readable for sqlglot, on the token stream.

Binds are numbered, literals brought into one form, and clauses that sqlglot does not know are cut
off and kept beside the text: RETURNING … INTO, FOR UPDATE …, DELETE WHERE of a MERGE.
"""

# ruff: noqa: C901, PLR0911 - a grammar's alternatives read best in one place

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token, tokenize
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

_UNITS = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}
_CLOCKS = {"SYSDATE", "SYSTIMESTAMP", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "CURRENT_DATE"}
_ZONED = re.compile(r":\d{2}(?:\.\d+)?\s*(?:[+-]\d|[A-Z])", re.IGNORECASE)


@dataclass
class Prepared:
    """Hold a statement taken apart.

    :param text: for sqlglot, with binds as ``:b1``, ``:b2`` …
    :param binds: their names, one per occurrence.
    :param returning: text of the RETURNING list, None when there is none.
    :param into: the bind names behind INTO.
    :param lock: what follows FOR UPDATE: "" | "NOWAIT" | "SKIP LOCKED" | "WAIT n".
    :param lock_of: text of the OF list.
    :param delete_where: condition of the DELETE clause of a MERGE.
    """

    text: str = ""
    binds: list[str] = field(default_factory=list)
    returning: str | None = None
    into: list[str] = field(default_factory=list)
    lock: str | None = None
    lock_of: str = ""
    delete_where: str | None = None


def quote(text: str) -> str:
    """Write a string literal."""
    return "'" + text.replace("'", "''") + "'"


def _depth_zero(tokens: list[Token], *words: str) -> int:
    """Return the index at which these words stand outside parentheses, -1 when they do not."""
    depth = 0
    for index, token in enumerate(tokens):
        if token.kind is Kind.OP and token.value == "(":
            depth += 1
        elif token.kind is Kind.OP and token.value == ")":
            depth -= 1
        elif depth == 0 and token.kind is Kind.WORD and token.value == words[0]:
            following = [t.value for t in tokens[index : index + len(words)]]
            if following == list(words):
                return index
    return -1


class _Writer:
    """Write tokens back as text for sqlglot."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared

    def text(self, tokens: list[Token]) -> str:
        parts: list[str] = []
        index = 0
        previous_end = -1
        while index < len(tokens):
            token = tokens[index]
            if token.kind is Kind.END:
                break
            if token.start != previous_end:
                parts.append(" ")
            literal, used = self._literal(tokens, index)
            parts.append(literal if used else self._one(token))
            index += used or 1
            previous_end = tokens[index - 1].end
        return "".join(parts)

    def _one(self, token: Token) -> str:
        if token.kind is Kind.BIND:
            self.prepared.binds.append(token.value)
            return f":b{len(self.prepared.binds)}"
        if token.kind is Kind.STRING:
            return quote(token.value) if token.value else "NULL"
        if token.kind is Kind.QUOTED:
            return f'"{token.value}"'
        if token.kind is Kind.NUMBER:
            if token.value[-1] in "fFdD":
                return f"TO_BINARY_DOUBLE({quote(token.value[:-1])})"
            return token.value
        if token.value in ("^=", "~=", "!="):
            return "<>"
        if token.value == ";":
            raise OracleError(933, "SQL command not properly ended", token.start)
        if token.value == "@":
            raise unimplemented("database links")
        return token.value

    def _literal(self, tokens: list[Token], index: int) -> tuple[str, int]:
        token, following = tokens[index], tokens[min(index + 1, len(tokens) - 1)]
        if token.kind is not Kind.WORD:
            return "", 0
        if token.value in _CLOCKS and (index == 0 or tokens[index - 1].value != "."):
            return f"PSEUDO_{token.value}()", 4 if following.value == "(" else 1
        if following.kind is not Kind.STRING:
            return "", 0
        if token.value == "DATE":
            return f"DATE_LITERAL({quote(following.value)})", 2
        if token.value == "TIMESTAMP":
            zoned = _ZONED.search(following.value) is not None
            name = "TZ_LITERAL" if zoned else "TS_LITERAL"
            return f"{name}({quote(following.value)})", 2
        if token.value == "INTERVAL":
            return self._interval(tokens, index, following.value)
        return "", 0

    def _interval(self, tokens: list[Token], index: int, text: str) -> tuple[str, int]:
        place = index + 2
        units: list[str] = []
        while place < len(tokens):
            token = tokens[place]
            if token.kind is Kind.WORD and token.value in _UNITS and len(units) < 2:
                units.append(token.value)
                place += 1
            elif token.kind is Kind.OP and token.value == "(" and units:
                while tokens[place].value != ")":
                    place += 1
                place += 1
            elif token.kind is Kind.WORD and token.value == "TO" and len(units) == 1:
                place += 1
            else:
                break
        if not units:
            raise OracleError(30089, "missing or invalid <datetime field>", tokens[index].start)
        return f"DS_LITERAL({quote(text)}, {quote(' '.join(units))})", place - index


def _cut_lock(prepared: Prepared, tokens: list[Token]) -> list[Token]:
    place = _depth_zero(tokens, "FOR", "UPDATE")
    if place < 0:
        return tokens
    tail = tokens[place + 2 :]
    words = [t.value for t in tail if t.kind is not Kind.END]
    if words[-1:] == ["NOWAIT"]:
        prepared.lock, rest = "NOWAIT", tail[: len(words) - 1]
    elif words[-2:] == ["SKIP", "LOCKED"]:
        prepared.lock, rest = "SKIP LOCKED", tail[: len(words) - 2]
    elif len(words) > 1 and words[-2] == "WAIT" and words[-1].isdigit():
        prepared.lock, rest = f"WAIT {words[-1]}", tail[: len(words) - 2]
    else:
        prepared.lock, rest = "", tail[: len(words)]
    if rest:
        if rest[0].value != "OF":
            raise OracleError(933, "SQL command not properly ended", rest[0].start)
        prepared.lock_of = " ".join(
            f'"{t.value}"' if t.kind in (Kind.WORD, Kind.QUOTED) else t.value for t in rest[1:]
        )
    return tokens[:place]


def _cut_returning(prepared: Prepared, tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """Split off RETURNING … INTO; its binds are numbered after those of the statement."""
    place = max(_depth_zero(tokens, "RETURNING"), _depth_zero(tokens, "RETURN"))
    if place < 0:
        return tokens, []
    tail = tokens[place + 1 :]
    into = _depth_zero(tail, "INTO")
    if into < 0:
        raise OracleError(925, "missing INTO keyword", tokens[place].start)
    for token in tail[into + 1 :]:
        if token.kind is Kind.BIND:
            prepared.into.append(token.value)
        elif token.kind is not Kind.END and token.value != ",":
            raise OracleError(1745, "invalid host/bind variable name", token.start)
    return tokens[:place], tail[:into]


def _cut_merge_delete(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    place = _depth_zero(tokens, "DELETE", "WHERE")
    if place < 0:
        return tokens, []
    end = place + 2
    while end < len(tokens) and tokens[end].value != "WHEN" and tokens[end].kind is not Kind.END:
        end += 1
    return tokens[:place] + tokens[end:], tokens[place + 2 : end]


_CONVERSIONS = ("TO_NUMBER", "TO_DATE", "TO_TIMESTAMP")


def _conversion_defaults(tokens: list[Token]) -> list[Token]:
    """Write ``TO_NUMBER(x DEFAULT d ON CONVERSION ERROR, f)`` as a function of its own."""
    words = [t.value if t.kind is Kind.WORD else "" for t in tokens]
    written = list(tokens)
    for place in reversed([i for i, w in enumerate(words) if w == "CONVERSION"]):
        if words[place - 1] != "ON" or words[place + 1] != "ERROR":
            continue
        depth, index = 0, place - 2
        default = -1
        while index >= 0 and depth <= 0:
            token = tokens[index]
            if token.kind is Kind.OP and token.value in "()":
                depth += 1 if token.value == "(" else -1
            elif depth == 0 and words[index] == "DEFAULT":
                default = index
            index -= 1
        if default < 0 or words[index] not in _CONVERSIONS:
            raise unimplemented("DEFAULT … ON CONVERSION ERROR here")
        function = tokens[index]
        written[index] = Token(Kind.WORD, f"{function.value}_OR", function.start, function.end)
        mark = tokens[default]
        written[default] = Token(Kind.OP, ",", mark.start, mark.end)
        del written[place - 1 : place + 2]
    return written


def _overflow(tokens: list[Token]) -> list[Token]:
    """Take ON OVERFLOW out of LISTAGG; what is too long is an error in either case."""
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        if [t.value for t in tokens[index : index + 2]] != ["ON", "OVERFLOW"]:
            kept.append(tokens[index])
            index += 1
            continue
        index += 2
        while tokens[index].kind is not Kind.END and tokens[index].value != ")":
            index += 1
    return kept


def _refuse(tokens: list[Token]) -> None:
    for token, following in itertools.pairwise(tokens):
        if token.value in ("JSON_TABLE", "XMLTABLE") and following.value == "(":
            raise unimplemented(token.value)
        if token.value == "PIVOT" and following.value == "XML":
            raise unimplemented("PIVOT XML")
        if token.value == "LOG" and following.value == "ERRORS":
            raise unimplemented("LOG ERRORS")


def prepare(sql: str) -> Prepared:
    """Take a SELECT, INSERT, UPDATE, DELETE or MERGE apart."""
    return prepare_tokens(tokenize(sql))


def prepare_tokens(tokens: list[Token]) -> Prepared:
    """Take a tokenised statement apart."""
    prepared = Prepared()
    writer = _Writer(prepared)
    if any(t.kind is Kind.WORD and t.value == "OVERFLOW" for t in tokens):
        tokens = _overflow(tokens)
    _refuse(tokens)
    if any(t.value == "CONVERSION" for t in tokens):
        tokens = _conversion_defaults(tokens)
    first = tokens[0].value if tokens else ""
    returning: list[Token] = []
    deleting: list[Token] = []
    if first in ("UPDATE", "DELETE") and any(t.value == "(" for t in tokens[1:3]):
        raise unimplemented("DML on an inline view")
    if first in ("SELECT", "WITH", "("):
        tokens = _cut_lock(prepared, tokens)
    elif first in ("INSERT", "UPDATE", "DELETE", "MERGE"):
        tokens, returning = _cut_returning(prepared, tokens)
        if first == "MERGE":
            tokens, deleting = _cut_merge_delete(tokens)
        elif first == "DELETE" and len(tokens) > 1 and tokens[1].value != "FROM":
            implied = Token(Kind.WORD, " FROM ", tokens[0].end, tokens[0].end)
            tokens = [tokens[0], implied, *tokens[1:]]
    if deleting and any(t.kind is Kind.BIND for t in deleting):
        raise unimplemented("binds in the DELETE WHERE clause of a MERGE")
    prepared.text = writer.text(tokens)
    if deleting:
        prepared.delete_where = writer.text(deleting)
    if returning:
        prepared.returning = writer.text(returning)
    return prepared
