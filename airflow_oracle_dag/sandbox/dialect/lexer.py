"""Tokens of Oracle SQL and PL/SQL.

One lexer serves both languages: SQL is tokenised to rename binds and literals before sqlglot sees
it, PL/SQL to be parsed. Source: Database PL/SQL Language Reference, "Lexical Units".
"""

# ruff: noqa: C901 - a grammar's alternatives read best in one place

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from airflow_oracle_dag.sandbox.session import OracleError


class Kind(Enum):
    """Kinds of tokens."""

    WORD = "word"  # unquoted identifier or keyword; value is upper case
    QUOTED = "quoted"  # "identifier"
    STRING = "string"  # value is the text itself
    NUMBER = "number"
    BIND = "bind"  # value is the upper-case name without colon
    OP = "op"
    END = "end"


@dataclass(frozen=True)
class Token:
    """Be one token.

    :param start: 0-based offset of its first character; `end` is exclusive.
    """

    kind: Kind
    value: str
    start: int
    end: int


_PATTERN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--[^\n]*|/\*.*?\*/)
  | (?P<q>[nN]?[qQ]'(?P<open>.))
  | (?P<string>[nN]?'(?:[^']|'')*')
  | (?P<quoted>"[^"]*")
  | (?P<number>(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?[fFdDkKmMgGtT]?(?![\w$\#]))
  | (?P<word>[^\W\d_][\w$\#]*)
  | (?P<bind>:\s*(?:"[^"]+"|\w[\w$\#]*))
  | (?P<op>:=|\|\||<<|>>|<=|>=|<>|!=|\^=|~=|=>|\*\*|\.\.|[-+*/%()<>=,;.@!?\[\]{}:|&^~\\$\#_`])
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSERS = {"[": "]", "{": "}", "(": ")", "<": ">"}


def position(text: str, offset: int) -> tuple[int, int]:
    """Return the 1-based line and column of an offset."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _fail_at(text: str, start: int) -> OracleError:
    if text[start] == '"':
        return OracleError(1740, "missing double quote in identifier", start)
    if text[start] in "'nNqQ":
        return OracleError(1756, "quoted string not properly terminated", start)
    if text.startswith("/*", start):
        return OracleError(1742, "comment not terminated properly", start)
    return OracleError(911, f"{text[start]}: invalid character after end of statement", start)


def _scan(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        found = _PATTERN.match(text, place)
        if found is None or (found.lastgroup == "op" and text.startswith("/*", place)):
            raise _fail_at(text, place)
        end = found.end()
        if found.group("q") is not None:
            opener = found.group("open")
            close = text.find(_CLOSERS.get(opener, opener) + "'", end)
            if close < 0:
                raise _fail_at(text, place)
            yield Token(Kind.STRING, text[end:close], place, close + 2)
            end = close + 2
        elif found.group("string") is not None:
            body = found.group("string").lstrip("nN")[1:-1].replace("''", "'")
            yield Token(Kind.STRING, body, place, end)
        elif found.group("quoted") is not None:
            yield Token(Kind.QUOTED, found.group("quoted")[1:-1], place, end)
        elif found.group("number") is not None:
            yield Token(Kind.NUMBER, found.group("number"), place, end)
        elif found.group("word") is not None:
            yield Token(Kind.WORD, found.group("word").upper(), place, end)
        elif found.group("bind") is not None:
            name = found.group("bind")[1:].strip()
            yield Token(Kind.BIND, name[1:-1] if name.startswith('"') else name.upper(), place, end)
        elif found.group("op") is not None:
            yield Token(Kind.OP, found.group("op"), place, end)
        place = end


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens, without spaces and comments, closed by an END token.

    :raises OracleError: ORA-00911, ORA-01740, ORA-01742 or ORA-01756 with the offset.
    """
    tokens = list(_scan(text))
    tokens.append(Token(Kind.END, "", len(text), len(text)))
    return tokens
