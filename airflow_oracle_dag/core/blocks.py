"""Notice where a PL/SQL unit is complete although its ``/`` is still to come.

SQL*Plus ends PL/SQL at ``/`` alone, so a forgotten one merges two commands into one. This counts
what opens and what ENDs (PL/SQL Language Reference, Block) just far enough to see that. It never
decides where a unit ends: it only raises suspicion, and only when the next word could begin a
command.
"""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

from airflow_oracle_dag.core.directives import DIRECTIVES
from airflow_oracle_dag.core.prompt import PLSQL_VERBS, SQL_VERBS
from airflow_oracle_dag.core.tokens import WORD, Token, code_pattern, plain_code, scan

_WORDS = (WORD, rf"\.{WORD}", r"[;()/@$!]", r"<<")
_CODE = code_pattern(*_WORDS)
_OPENERS = frozenset(("IF", "LOOP", "CASE"))
_DECLARES = "declare"  # an opener whose own BEGIN is still to come
_BODY = "body"
_STARTERS = SQL_VERBS | PLSQL_VERBS | frozenset(DIRECTIVES) | {"/", "<<"}


def after_block(text: str, start: int, end: int) -> Optional[Token]:
    """Give the first token of another command behind a complete unit, None when there is none.

    :raises Unclosed: a quote or comment crosses ``end``; all of the text is looked at.
    """
    code = plain_code(text, start, end)
    if code is not None and not _behind(_CODE.findall(code.upper())):
        return None
    tokens = list(scan(text, _CODE, start, end))
    at = _behind([token.text.upper() for token in tokens])
    return tokens[at] if at else None


def unit_end(text: str, start: int, alone: str) -> Tuple[int, Optional[Token]]:
    """Find the end of one unit in its code, and look no further.

    :param alone: what ends it on a line of its own, as a pattern that begins with the line end.
    :returns: the offset behind the ``;`` that makes it complete, -1: none; and what ends it, a mark
        with its line end, or the first token of another command.
    :raises Unclosed: a quote or comment before that does not end.
    """
    counter, before, ended, is_lost = _Counter(), "", -1, False
    for token in scan(text, code_pattern(alone, *_WORDS), start, len(text)):
        word = token.text.upper()
        if word.startswith("\n"):
            return ended, token
        if ended >= 0 and not is_lost:
            if word in _STARTERS:
                return ended, token
            is_lost = True
        elif word in _HANDLED and not is_lost:
            counter.add(word, before)
            is_lost = counter.lost
            ended = token.end if counter.complete else -1
        before = word
    return ended, None


def _behind(words: Sequence[str]) -> int:
    """Give the index of the word behind a complete unit that begins a command, 0: there is none."""
    counter = _Counter()
    before = ""
    for at, word in enumerate(words):
        if word in _HANDLED:
            counter.add(word, before)
            if counter.lost:
                return 0
            if counter.complete:
                return at + 1 if at + 1 < len(words) and words[at + 1] in _STARTERS else 0
        before = word
    return 0


class _Counter:
    """Count openers and ENDs of one unit.

    :ivar complete: the unit's last ``;`` was seen.
    :ivar lost: conditional compilation or a foreign language: counting means nothing.
    """

    def __init__(self) -> None:
        self.complete = False
        self.lost = False
        self._open: List[str] = []
        self._heading = 0  # paren depth + 1 of a PROCEDURE or FUNCTION without its IS yet
        self._unit = ""  # PACKAGE, TYPE, TRIGGER ... of a CREATE
        self._creating = False
        self._depth = 0
        self._before = ""
        self._fresh = False  # the last IS or AS pushed a declaration part

    def add(self, word: str, before: str) -> None:
        """Take the next word that counts, and the one right before it."""
        if word == "(":
            self._depth += 1
        elif word == ")":
            self._depth = max(0, self._depth - 1)
        else:
            self._before = before
            getattr(self, _HANDLED[word])(word)

    def _foreign(self, _: str) -> None:
        if self._fresh and self._before in ("IS", "AS"):
            self._open.pop()  # AS LANGUAGE C NAME ...: a call specification has no body

    def _semicolon(self, _: str) -> None:
        self._heading = 0
        if not self._open and self._depth == 0:
            self.complete = True

    def _create(self, _: str) -> None:
        self._creating = not self._open

    def _unit_word(self, word: str) -> None:
        if self._creating and not self._unit:
            self._unit = word

    def _subprogram(self, word: str) -> None:
        if self._before == "END":
            return
        self._unit_word(word)
        self._heading = self._depth + 1

    def _is(self, _: str) -> None:
        self._fresh = self._heading == self._depth + 1
        if self._heading == self._depth + 1:
            self._heading = 0
            self._open.append(_DECLARES)
        elif self._unit == "PACKAGE" and not self._open and self._depth == 0:
            self._open.append(_DECLARES)

    def _body(self, _: str) -> None:
        if self._unit == "TYPE" and self._before == "TYPE" and not self._open:
            self._unit = "PACKAGE"  # a type body ends with END as a package does

    def _declare(self, _: str) -> None:
        self._open.append(_DECLARES)

    def _begin(self, _: str) -> None:
        if self._open and self._open[-1] is _DECLARES:
            self._open[-1] = _BODY
        else:
            self._open.append(_BODY)

    def _end(self, _: str) -> None:
        if self._open:
            self._open.pop()

    def _opener(self, word: str) -> None:
        if self._before != "END" and self._open:
            self._open.append(word)

    def _compound(self, _: str) -> None:
        if self._unit == "TRIGGER" and not self._open:
            self._open.append(_BODY)

    def _lose(self, _: str) -> None:
        self.lost = True


_HANDLED = {
    "(": "",  # counted where they are met: there are so many
    ")": "",
    ";": "_semicolon",
    "CREATE": "_create",
    "PACKAGE": "_unit_word",
    "TYPE": "_unit_word",
    "TRIGGER": "_unit_word",
    "LIBRARY": "_unit_word",
    "PROCEDURE": "_subprogram",
    "FUNCTION": "_subprogram",
    "IS": "_is",
    "AS": "_is",
    "BODY": "_body",
    "DECLARE": "_declare",
    "BEGIN": "_begin",
    "END": "_end",
    "IF": "_opener",
    "LOOP": "_opener",
    "CASE": "_opener",
    "COMPOUND": "_compound",
    "$": "_lose",
    "LANGUAGE": "_foreign",
    "EXTERNAL": "_foreign",
}
