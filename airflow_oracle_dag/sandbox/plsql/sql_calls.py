"""Stored functions in SQL: those whose arguments are not columns are called before the statement.

PL/SQL Language Reference, "PL/SQL Functions that SQL Statements Can Invoke". Oracle calls such a
function as often as it likes; here it is once per execution. `column_calls` runs the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token, tokenize
from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.plsql.binds import BindTable
from airflow_oracle_dag.sandbox.plsql.column_calls import FUNCTION, ColumnCall
from airflow_oracle_dag.sandbox.plsql.errors import Undeclared
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import NameProblem, Names, Overloads, Subprogram
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser

PREFIX = "ODAG$CALL"
_NAMES = (Kind.WORD, Kind.QUOTED)
# Behind these a value stands, not an alias.
_BEFORE = (
    "SELECT", "DISTINCT", ",", "(", "=", "<", ">", "<=", ">=", "<>", "!=", "+", "-", "*", "/",
    "||", "WHERE", "AND", "OR", "WHEN", "THEN", "ELSE", "BETWEEN", "BY",
)  # fmt: skip
Compile = Callable[[str], "ExpressionParser"]


@dataclass(frozen=True)
class SqlCall:
    """Be one call of a stored function in a statement."""

    text: str
    value: Expression
    on_columns: ColumnCall | None = None
    bare: bool = False  # without parentheses

    def words(self) -> set[str]:
        """Return the names that its arguments use."""
        return {token.value for token in tokenize(self.text) if token.kind in _NAMES}


def _function(tokens: Sequence[Token], index: int, names: Names) -> int:
    """Return how many tokens name a stored function whose arguments follow; 0: none do."""
    if tokens[index].kind not in _NAMES or (index and tokens[index - 1].value == "."):
        return 0
    length = 1
    while tokens[index + length].value == "." and tokens[index + length + 1].kind in _NAMES:
        length += 2
    if tokens[index + length].value != "(":
        return 0
    parts = [token.value for token in tokens[index : index + length : 2]]
    try:
        found = names.find(parts)
    except NameProblem as problem:
        if "PLS-00302" in problem.detail:
            return 0
        text = f"Package or function {parts[-1]} is in an invalid state"
        raise OracleError(6575, text) from problem
    if found is None or found.used != len(parts):
        return 0
    return length if isinstance(found.item, (Subprogram, Overloads)) else 0


def _closing(tokens: Sequence[Token], index: int) -> int:
    depth = 0
    while tokens[index].kind is not Kind.END:
        depth += {"(": 1, ")": -1}.get(tokens[index].value, 0) * (tokens[index].kind is Kind.OP)
        if depth == 0:
            return index
        index += 1
    raise OracleError(907, "missing right parenthesis", tokens[index].start)


class Hoister:
    """Take the calls of stored functions out of a statement.

    :param compiler: makes a parser for a call's text, with the names around the statement.
    :param on_columns: numbers of calls whose arguments are known to be columns.
    :param columns: names that are columns; None: a function without parentheses is none.
    """

    def __init__(
        self,
        names: Names,
        compiler: Compile,
        on_columns: frozenset[int],
        columns: frozenset[str] | None = None,
    ) -> None:
        self._names = names
        self._columns = columns
        self._compiler = compiler
        self._on_columns = on_columns
        self.calls: list[SqlCall] = []
        self._written: dict[tuple[str, ...], str] = {}  # a call that stands there twice is one

    def spread(self, text: str) -> str:
        """Put something in the place of each call: a bind, or what asks for values by columns."""
        tokens = tokenize(text)
        tokens += tokens[-1:] * 3  # one may look ahead
        parts: list[str] = []
        index = done = 0
        while tokens[index].kind is not Kind.END:
            length = _function(tokens, index, self._names)
            if length:
                last = _closing(tokens, index + length)
                parts.append(text[done : tokens[index].start])
                parts.append(self._call(text, tokens, index, index + length, last))
                index, done = last, tokens[last].end
            elif self._columns is not None and self._bare(tokens, index, self._columns):
                name = text[tokens[index].start : tokens[index].end]
                parts.append(f"{text[done : tokens[index].start]} :{PREFIX}{len(self.calls)} ")
                self.calls.append(SqlCall(name, self._compiler(name).expression(), bare=True))
                done = tokens[index].end
            index += 1
        return "".join(parts) + text[done:]

    def _bare(self, tokens: Sequence[Token], index: int, columns: frozenset[str]) -> bool:
        """Tell whether a token is a function that is called without parentheses."""
        token, before = tokens[index], tokens[index - 1].value if index else ""
        if token.kind not in _NAMES or before not in _BEFORE or token.value in columns:
            return False
        if tokens[index + 1].value in ("(", "."):
            return False
        try:
            found = self._names.find([token.value])
        except NameProblem:
            return False
        item = found.item if found is not None else None
        return isinstance(item, Subprogram) and item.function

    def _call(self, text: str, tokens: Sequence[Token], index: int, opened: int, last: int) -> str:
        same = tuple(token.value for token in tokens[index : last + 1])
        if same not in self._written:
            self._written[same] = self._replaced(text, tokens, index, opened, last)
        return self._written[same]

    def _replaced(
        self, text: str, tokens: Sequence[Token], index: int, opened: int, last: int
    ) -> str:
        call = text[tokens[index].start : tokens[last].end]
        number = len(self.calls)
        if number not in self._on_columns:
            try:
                value = self._compiler(call).expression()
            except Undeclared:
                value = None
            if value is not None:
                self.calls.append(SqlCall(call, value))
                return f" :{PREFIX}{number} "
        leaves: list[str] = []
        written = self._template(text, tokens, index, opened, last, leaves)
        parser = self._compiler(written)
        parser.binds = BindTable([f"A{n}" for n in range(len(leaves))])
        made = ColumnCall(parser.expression(), len(leaves))
        self.calls.append(SqlCall(call, made.value, made))
        inner = "".join(f", {self.spread(leaf)}" for leaf in leaves)
        return f" {FUNCTION}('{number}', '{made.postgres}'{inner}) "

    def _template(
        self,
        text: str,
        tokens: Sequence[Token],
        index: int,
        opened: int,
        last: int,
        leaves: list[str],
    ) -> str:
        """Write a call with placeholders; what they stand for is collected."""
        arguments: list[str] = []
        place = opened + 1
        while place < last:
            end = _argument_end(tokens, place, last)
            name = ""
            if tokens[place + 1].value == "=>":
                name, place = f"{tokens[place].value} => ", place + 2
            length = _function(tokens, place, self._names)
            if length and _closing(tokens, place + length) == end - 1:
                inner = self._template(text, tokens, place, place + length, end - 1, leaves)
                arguments.append(name + inner)
            else:
                arguments.append(f"{name}:A{len(leaves)}")
                leaves.append(text[tokens[place].start : tokens[end - 1].end])
            place = end + 1
        called = text[tokens[index].start : tokens[opened].start]
        return f"{called}({', '.join(arguments)})"


def _argument_end(tokens: Sequence[Token], place: int, last: int) -> int:
    """Return the index of the comma or parenthesis behind an argument."""
    depth = 0
    for index in range(place, last):
        value = tokens[index].value if tokens[index].kind is Kind.OP else ""
        depth += {"(": 1, ")": -1}.get(value, 0)
        if value == "," and depth == 0:
            return index
    return last


def named_as_written(translation: Translation, calls: Sequence[SqlCall]) -> Translation:
    """Name columns by the calls as they were written."""
    if translation.names is None:
        return translation
    written = {
        f":B{place + 1}": "".join(calls[int(name.removeprefix(PREFIX))].text.split()).upper()
        for place, name in enumerate(translation.binds)
        if name.startswith(PREFIX)
    }
    names = tuple(
        re.sub(r":B\d+", lambda mark: written.get(mark.group(), mark.group()), name)
        for name in translation.names
    )
    return replace(translation, names=tuple(_unmarked(name, calls) for name in names))


def _unmarked(name: str, calls: Sequence[SqlCall]) -> str:
    """Put the text of a call on columns where its mark stands."""
    while (start := name.find(FUNCTION)) >= 0:
        number = name[start:].split("'")[1]
        end, depth = start + len(FUNCTION), 0
        while end < len(name):
            depth += {"(": 1, ")": -1}.get(name[end], 0)
            end += 1
            if depth == 0:
                break
        name = name[:start] + "".join(calls[int(number)].text.split()).upper() + name[end:]
    return name


def getter(call: SqlCall, verb: str) -> Callable[[Frame], Any]:
    """Return what calls the function as a part of a statement: it may not end the transaction."""
    run = call.value.run

    def get(frame: Frame) -> Any:
        transaction = frame.session.transaction
        before, transaction.inside = transaction.inside, verb
        try:
            return run(frame)
        except OracleError as error:
            if error.code == 1403:  # SQL takes it for the end of the data
                return None
            raise
        finally:
            transaction.inside = before

    return get
