"""Read names and expressions of PL/SQL and tell Oracle's and local names from stored code."""

from __future__ import annotations

import re
from typing import FrozenSet, List, Tuple

from airflow_oracle_dag.core.builtins import (
    COLLECTION_METHODS,
    FUNCTIONS,
    is_package,
    is_supplied_member,
)
from airflow_oracle_dag.core.plsql_keywords import Place, is_own_word
from airflow_oracle_dag.core.plsql_traits import Call, OpaqueCode, Remark, Traits
from airflow_oracle_dag.core.tokens import WORD, Unclosed, code_pattern, scan

SQL_VERBS = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "LOCK"))
_QUERIES = ("SELECT", "WITH")
_CODE = code_pattern(
    rf"(?!(?:[nN]|[nN]?[qQ])'){WORD}",  # q'[...]' and n'...' are strings, not names
    r"[0-9]+(?:\.[0-9]+)?",
    r':"[^"]*"',
    rf":{WORD}|:[0-9]+",
    r":=|=>|\.\.|<<|>>",
    r"[^\sA-Za-z]",
)
_NAME = re.compile(rf'{WORD}|".*"', re.DOTALL)
_PARENTHESES = {"(": 1, ")": -1}
_CASES = {"CASE": 1, "END": -1}
_FOREIGN = frozenset(("", ";", "@", "$"))  # the end, a link, conditional compilation
_DIRECTIVES = ("IF", "ELSIF", "ELSE", "END", "THEN", "ERROR")
_TYPES_OF = ("TYPE", "ROWTYPE")
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
# What an object's method may be called as well, and would change something.
_CHANGING = frozenset(("DELETE", "EXTEND", "TRIM", "EXISTS"))


class Names:
    """Walk over the tokens of a block and keep the scopes of its names.

    :param traits: what was found so far, of the part that is being read.
    """

    #: Stored code, whose types are judged by its dependencies; False: an anonymous block.
    is_stored = False

    def __init__(self, text: str) -> None:
        try:
            found = list(scan(text, _CODE, 0, len(text), names=True))
        except Unclosed as unclosed:
            line = text.count("\n", 0, unclosed.at) + 1
            raise OpaqueCode(f"has a {unclosed.kind} without end", line) from None
        self._text = text
        self._tokens = [_folded(token.text) for token in found]
        self._starts = [token.start for token in found]
        self._at = 0
        self._scopes: List[dict[str, bool]] = [{}]
        self._labels: List[str] = []
        self.traits = Traits()
        for at, word in enumerate(self._tokens):
            if word == "$" and self.now(at + 1) in _DIRECTIVES:
                self._at = at  # which code there is, nobody knows here
                raise self.unread("could not be read at $")

    # -- tokens -------------------------------------------------------------------------------

    def now(self, ahead: int = 0) -> str:
        """Give a token in upper case, ``""`` behind the last one."""
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ""

    def line(self) -> int:
        """Give the line of the next token."""
        if not self._starts:
            return 1
        at = self._starts[min(self._at, len(self._starts) - 1)]
        return self._text.count("\n", 0, at) + 1

    def unread(self, reason: str) -> OpaqueCode:
        """Say that the code cannot be read at the next token."""
        return OpaqueCode(reason, self.line())

    def remark(self, text: str) -> None:
        """Take note of what the code does itself at the next token."""
        self.traits.remarks.append(Remark(text, self.line()))

    def skip(self) -> str:
        """Step over a token and give it."""
        token = self.now()
        if not token:
            raise self.unread("ends too early to be read")
        self._at += 1
        return token

    def accept(self, token: str) -> bool:
        """Step over a token if it is the next one."""
        if self.now() != token:
            return False
        self._at += 1
        return True

    def take(self, token: str) -> None:
        """Step over a token that must be the next one."""
        if not self.accept(token):
            raise self.unread(f"could not be read at {self.now() or 'its end'}")

    def skip_sql(self) -> None:
        """Step to the ``;``: embedded SQL cannot commit."""
        while self.now() != ";":
            self.skip()

    def skip_parentheses(self) -> None:
        """Step over what stands in parentheses."""
        depth = 0
        while True:
            depth += _PARENTHESES.get(self.skip(), 0)
            if depth == 0:
                return

    # -- names --------------------------------------------------------------------------------

    def enter(self) -> None:
        """Begin a scope."""
        self._scopes.append({})

    def leave(self) -> None:
        """End a scope."""
        self._scopes.pop()

    def declare(self, name: str, *, anchored: bool = False) -> None:
        """Add a name to the scope.

        :param anchored: its type is a column's, which may have methods.
        """
        self._scopes[-1][name.strip('"')] = anchored

    def is_local(self, name: str) -> bool:
        """Tell whether a name is declared in the block."""
        return any(name.strip('"') in scope for scope in self._scopes)

    def is_anchored(self, name: str) -> bool:
        """Tell whether a local name's type is a column's, or a collection of such."""
        found = (scope[name] for scope in reversed(self._scopes) if name in scope)
        return next(found, False)

    def is_name(self) -> bool:
        """Tell whether the next token is a word or a quoted name."""
        return _NAME.fullmatch(self.now()) is not None

    def chain(self) -> Tuple[str, ...]:
        """Read ``a.b.c`` and refuse it over a database link."""
        parts = [self.skip()]
        while self.now() == "." and _NAME.fullmatch(self.now(1)):
            self.skip()
            parts.append(self.skip())
        if self.now() == "@":
            self.remark(f"uses {'.'.join(parts)} over a database link")
            while self.now() in ("@", ".") and _NAME.fullmatch(self.now(1)):
                self._at += 2
        return tuple(parts)

    # -- expressions --------------------------------------------------------------------------

    def expression(self, ends: FrozenSet[str]) -> None:
        """Read up to a token of ``ends`` outside parentheses and CASE; empty: to the end.

        :raises OpaqueCode: it names what is neither local nor Oracle's.
        """
        depth = cases = 0
        is_deep = False  # what was read last may be of a column's type, which may be an object's
        opened: List[bool] = []
        while True:
            word = self.now()
            if depth == cases == 0 and (word in ends or not (word or ends)):
                return
            if word == "(" and self.now(1) in _QUERIES:
                self.skip_parentheses()
                is_deep = False
                continue
            depth += _PARENTHESES.get(word, 0)
            cases += _CASES.get(word, 0)
            if depth < 0 or cases < 0 or word in _FOREIGN:
                raise self.unread(f"could not be read at {word or 'its end'}")
            if self.is_name() and self.now(1) != "=>":
                is_deep = self._named()
                continue
            self.skip()
            if word == "(":
                opened.append(is_deep)
            is_deep = word == ")" and self._member_of_result(opened.pop())

    def _named(self) -> bool:
        """Judge one name in an expression; tell whether it may be of a column's type."""
        line, at = self.line(), self._at
        parts = self.chain()
        first = parts[0].strip('"')
        if self.accept("%"):
            is_type = self.skip() in _TYPES_OF
            if len(parts) > 1 and not (is_type or self.is_local(first)):
                self._foreign(parts, line)  # a package's cursor starts the package
            return False
        if self.is_stored and first in self._scopes[0]:
            self._call(parts, line, "", is_own=True)  # also where a local one has the name
        if self.is_local(first):
            return self._local(parts, line, anchored=self.is_anchored(first))
        if len(parts) > 1 and first in self._labels and self.is_local(parts[1]):
            return self._local(parts[1:], line, anchored=self.is_anchored(parts[1].strip('"')))
        if len(parts) > 1:
            self._foreign(parts, line)
        elif parts[0] not in FUNCTIONS and not is_own_word(parts[0], self._place(at)):
            self._call(parts, line, f"calls or reads {first}, which is not its own")
        return False

    def _foreign(self, parts: Tuple[str, ...], line: int) -> None:
        """Judge a qualified name that is not local."""
        first = parts[0].strip('"')
        known = parts[1:] if first == "SYS" and len(parts) > 2 else parts
        if first == "SQL" or is_supplied_member(known[0], known[1]):
            return
        name, supplied = ".".join(parts), is_package(known[0])
        what = "does not always leave the transaction alone" if supplied else "is not its own"
        self._call(parts, line, f"calls or reads {name}, which {what}", is_supplied=supplied)

    def _place(self, at: int) -> Place:
        """Say where the token of an index stands."""
        before, earlier = (self._tokens[n] if n >= 0 else "" for n in (at - 1, at - 2))
        after = self._tokens[at + 1] if at + 1 < len(self._tokens) else ""
        return Place(earlier, before, after, self._has_string(at), self._has_string(at + 1))

    def _has_string(self, at: int) -> bool:
        """Tell whether a string stands before the token of an index."""
        start = self._starts[at - 1] + len(self._tokens[at - 1]) if at > 0 else 0
        end = self._starts[at] if at < len(self._starts) else len(self._text)
        return "'" in _COMMENT.sub("", self._text[start:end])

    def call(self, said: str) -> None:
        """Take note of a call of the bare name that is the next token."""
        self._call((self.now(),), self.line(), said)

    def _call(
        self,
        parts: Tuple[str, ...],
        line: int,
        said: str,
        *,
        is_supplied: bool = False,
        is_own: bool = False,
    ) -> None:
        plain = tuple(part.strip('"') for part in parts)
        self.traits.calls.append(Call(plain, line, said, is_supplied, is_own))

    def type_call(self, parts: Tuple[str, ...], line: int) -> None:
        """Take note of a type that is neither local nor Oracle's."""
        said = f"uses the type {'.'.join(parts)}, whose methods are not known"
        self._call(parts, line, said)

    def _method(self, name: str, line: int) -> None:
        """Take note of what may be a method; of stored code the types' own sources tell."""
        if not self.is_stored:
            self.traits.remarks.append(Remark(f"uses {name}, which may be a method", line))

    def _local(self, parts: Tuple[str, ...], line: int, *, anchored: bool) -> bool:
        """Note what may be a method of an object: of a column's type, or deep in a record.

        :return: whether what the name stands for may be of a column's type.
        """
        is_field = len(parts) > 1 and (anchored or parts[-1] not in COLLECTION_METHODS - _CHANGING)
        if is_field and (anchored or len(parts) > 2):
            self._method(".".join(parts), line)
        return anchored or (len(parts) > 1 and parts[-1] not in COLLECTION_METHODS)

    def _member_of_result(self, is_deep: bool) -> bool:  # noqa: FBT001 - told by the one caller
        """Read ``.field`` behind a closing parenthesis.

        :param is_deep: what the parenthesis belongs to may be of a column's type.
        :return: the same of what was read.
        """
        parts = int(is_deep)
        while self.now() == "." and _NAME.fullmatch(self.now(1)):
            self.skip()
            member = self.skip()
            parts += 1
            if parts > 1 and member not in COLLECTION_METHODS:
                self._method(member, self.line())
        return parts > 0


def _folded(text: str) -> str:
    """Fold case as Oracle does: a quoted name keeps its case and is never a keyword.

    A letter that is not the only one with its capital is left alone, so that no two names that
    Oracle tells apart become one.
    """
    if text.startswith('"'):
        return text
    if text.isascii():
        return text.upper()
    return "".join(c.upper() if c.upper().lower() == c.lower() else c for c in text)
