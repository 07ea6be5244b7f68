"""From the text of a condition to its value.

::

    condition := any | nothing
    any       := all { "or" all }
    all       := no { "and" no }
    no        := "not" no | "(" any ")" | ALL_DAYS | NEVER | CRON(...) | list
    list      := term { [","] term }              all of one kind
    term      := name [ "-" name ]                both of one ring, round it where it must
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Callable, List, Optional, Tuple, Type, Union

from airflow_oracle_dag.core.conditions.calendar import CronDays
from airflow_oracle_dag.core.conditions.lexer import Token, read_tokens
from airflow_oracle_dag.core.conditions.tree import (
    ALL_DAYS,
    NEVER,
    AllOf,
    AnyOf,
    Cron,
    Listed,
    Not,
    RunCondition,
    Term,
)
from airflow_oracle_dag.core.conditions.words import HINTS, SYNONYMS, WORDS, Word, find_word
from airflow_oracle_dag.core.errors import ConditionError

#: How deep parentheses and nots may stand in each other; no person reads deeper.
MAX_DEPTH = 20

_CONSTANTS = {"ALL_DAYS": ALL_DAYS, "NEVER": NEVER}
_JOINERS = ("AND", "OR", "NOT")
_JOIN_CURE = "join them by and (both) or by or (either)"
_LISTS = "a comma joins only names and numbers of one kind"
_RANGE_CURE = "write both ends of a range, such as MON-FRI or 1-5"
_OUT_OF_PLACE = {
    ")": ("no ( belongs to this )", "delete it, or write the ("),
    ",": ("no name stands before this comma", "delete it"),
    "-": ("no name stands before this -", f"{_RANGE_CURE}; the last day is LAST_DAY"),
}


def parse_condition(text: str, cron: Optional[CronDays] = None) -> RunCondition:
    """Read a condition.

    :param text: nothing but blanks means ALL_DAYS.
    :param cron: what knows the days of ``CRON(...)``; without it they are an error.
    :raises ConditionError: for a text without a meaning: where, what, and the cure.
    """
    return _Parser(text, cron).condition()


class _Parser:
    """Reads one text, from the left to the right, never back."""

    def __init__(self, text: str, cron: Optional[CronDays]) -> None:
        self._text = text
        self._cron = cron
        self._tokens = read_tokens(text)
        self._index = 0
        self._depth = 0

    def condition(self) -> RunCondition:
        if self._token.kind == "end":
            return ALL_DAYS
        condition = self._any()
        if self._token.kind == "end":
            return condition
        raise self._unexpected()

    def _any(self) -> RunCondition:
        return self._joined("OR", AnyOf, self._all)

    def _all(self) -> RunCondition:
        return self._joined("AND", AllOf, self._no)

    def _joined(
        self, word: str, kind: Type[Union[AllOf, AnyOf]], operand: Callable[[], RunCondition]
    ) -> RunCondition:
        operands = [operand()]
        while self._token[:2] == ("word", word):
            self._index += 1
            operands.append(operand())
        return kind(tuple(operands)) if len(operands) > 1 else operands[0]

    def _no(self) -> RunCondition:
        token = self._token
        if token.kind == "cron":
            return self._cron_days(self._next())
        if token.kind == "(":
            return self._in_parentheses()
        if token[:2] == ("word", "NOT"):
            self._deeper(self._next())
            operand = self._no()
            self._depth -= 1
            return Not(operand)
        if token.kind == "word" and token.text in _CONSTANTS:
            return _CONSTANTS[self._next().text]
        return self._list()

    def _in_parentheses(self) -> RunCondition:
        opening = self._next()
        self._deeper(opening)
        inside = self._any()
        if self._token.kind == "end":
            raise self._wrong("this ( is never closed", opening, "write a ) where it ends")
        if self._token.kind != ")":
            raise self._unexpected()
        self._index += 1
        self._depth -= 1
        return inside

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            what = f"more than {MAX_DEPTH} parentheses and nots stand in each other"
            raise self._wrong(what, token, "write it flatter, or as several jobs")

    def _list(self) -> RunCondition:
        begin = self._token.position
        terms = [self._term()]
        while self._token.kind in (",", "number") or self._is_name(self._token):
            end = self._tokens[self._index - 1].end
            if self._token.kind == ",":
                self._comma()
            token = self._token
            term = self._term()
            if term.kind is not terms[0].kind:
                written = self._text[begin:end], self._text[token.position : self._last_end]
                raise self._mixed(token, terms[-1], term, written)
            terms.append(term)
        return Listed(tuple(terms))

    def _comma(self) -> None:
        comma = self._next()
        token = self._token
        if token.kind == "number" or self._is_name(token):
            return
        if token.kind == "word" and token.text in _JOINERS:
            what = f"a comma and the word {token.text.lower()} stand together"
            raise self._wrong(what, token, "write the comma or the word")
        if token.kind in ("word", "cron", "("):
            raise self._wrong(_LISTS, token, "write or in place of the comma")
        raise self._wrong(
            "nothing stands after this comma", comma, "delete it, or name another day"
        )

    def _term(self) -> Term:
        first = self._name()
        if self._token.kind != "-":
            return Term(first.name)
        begin = self._next()
        token = self._token
        if token.kind not in ("word", "number"):
            raise self._wrong("nothing stands after this -", begin, _RANGE_CURE)
        last = self._name()
        if not first.ring or first.ring != last.ring:
            raise self._wrong(
                f"no range leads from {first.name} to {last.name}",
                token,
                "write ranges of days of the week (MON-FRI), of numbers (1-5), of months "
                "(NOV-FEB) or of quarters (Q1-Q3)",
            )
        if self._token.kind == "-":
            what = "a range has two ends"
            raise self._wrong(what, self._token, "write two ranges with a comma between them")
        return Term(first.name, last.name)

    def _name(self) -> Word:
        """Read a name or a number; the next piece must be one."""
        token = self._token
        if token.kind == "number":
            return find_word(self._next().text)
        if token.kind != "word" or token.text in _JOINERS:
            raise self._unexpected()
        try:
            word = find_word(token.text)
        except KeyError:
            raise self._unknown(token) from None
        self._index += 1
        return word

    def _cron_days(self, token: Token) -> RunCondition:
        cure = "write day of month, month and day of week, such as CRON(1-7 * MON)"
        fields = token.text.upper().split()
        if len(fields) == 5:
            what = "a condition has no times of day, so CRON has no minute and hour"
            raise self._wrong(what, token, f"write CRON({' '.join(fields[2:])})")
        if len(fields) != 3:
            raise self._wrong(f"CRON has three fields, and here are {len(fields)}", token, cure)
        if self._cron is None:
            what = "nothing here knows cron"
            raise self._wrong(what, token, "install croniter, or write the days by their names")
        expression = " ".join(fields)
        error = self._cron.check(expression)
        if error is not None:
            raise self._wrong(error, token, cure)
        return Cron(expression, self._cron)

    @property
    def _token(self) -> Token:
        return self._tokens[self._index]

    @property
    def _last_end(self) -> int:
        return self._tokens[self._index - 1].end

    def _next(self) -> Token:
        self._index += 1
        return self._tokens[self._index - 1]

    @staticmethod
    def _is_name(token: Token) -> bool:
        return token.kind == "word" and token.text not in (*_JOINERS, *_CONSTANTS, "CRON")

    def _wrong(self, what: str, token: Token, cure: str) -> ConditionError:
        return ConditionError(what, text=self._text, position=token.position, cure=cure)

    def _mixed(
        self, token: Token, before: Term, term: Term, written: Tuple[str, str]
    ) -> ConditionError:
        left, right = (_shortened(" ".join(part.split())) for part in written)
        return self._wrong(
            f"{before} is {before.kind.value} and {term} is {term.kind.value}: "
            "commas and blanks join one kind only",
            token,
            f"write {left} and {right} for days that are both, {left} or {right} for either",
        )

    def _unknown(self, token: Token) -> ConditionError:
        shown = _shortened(token.text)
        if token.text == "CRON":
            cure = "write its three day fields in parentheses, such as CRON(1-7 * MON)"
            return self._wrong("CRON stands alone", token, cure)
        if token.text in _CONSTANTS:
            return self._wrong(f"{shown} is never part of a list or range", token, _JOIN_CURE)
        known = [*WORDS, *SYNONYMS, *_CONSTANTS]
        if token.text in HINTS:
            return self._wrong(f"{shown} is not a known name", token, f"write {HINTS[token.text]}")
        near = _nearest(token.text, known)
        if near:
            what = f"{shown} is not a known name (did you mean {near}?)"
            return self._wrong(what, token, f"write {near}")
        cure = "write names such as MONDAY, WEEKDAYS, LAST_DAY, BUSINESS_DAYS or JANUARY"
        return self._wrong(f"{shown} is not a known name", token, cure)

    def _unexpected(self) -> ConditionError:
        """Say what is wrong with a piece that cannot stand where it stands."""
        token = self._token
        before = self._tokens[self._index - 1] if self._index else Token("begin", "", 0, 0)
        expects_name = before.kind in ("begin", ",", "(") or before.text in _JOINERS
        if token.kind == ")" and before.kind == "(":
            return self._wrong("nothing stands in the ()", token, "delete them")
        if (
            token.kind == "end"
            or token.text in ("AND", "OR")
            or (token.kind == ")" and before.text in _JOINERS)
        ):
            what = "a name is missing here"
            return self._wrong(what, token, "name days on both sides of and, or, and after not")
        if token.kind == "," and not expects_name:
            return self._wrong(_LISTS, token, "write or in place of the comma")
        what, cure = _OUT_OF_PLACE.get(
            token.kind, ("nothing joins this to what stands before it", _JOIN_CURE)
        )
        return self._wrong(what, token, cure)


def _nearest(name: str, known: List[str]) -> str:
    found = get_close_matches(name[:40], known, n=1, cutoff=0.7)
    return found[0] if found else ""


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "..."
