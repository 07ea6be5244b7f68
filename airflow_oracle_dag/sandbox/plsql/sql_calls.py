"""Stored functions in SQL: those whose arguments are not columns are called before the statement.

PL/SQL Language Reference, "PL/SQL Functions that SQL Statements Can Invoke". Oracle calls such a
function as often as it likes; here it is once per execution.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token, tokenize
from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.errors import Undeclared
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import NameProblem, Names, Overloads, Subprogram
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser

PREFIX = "ODAG$CALL"
_NAMES = (Kind.WORD, Kind.QUOTED)
Compile = Callable[[str], "ExpressionParser"]


@dataclass(frozen=True)
class SqlCall:
    """Be one call of a stored function in a statement."""

    text: str
    value: Expression

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


def hoist(text: str, names: Names, compiler: Compile) -> tuple[str, list[SqlCall]]:
    """Put a placeholder in the place of each call.

    :param compiler: makes a parser for a call's text, with the names around the statement.
    :raises OracleError: ORA-03001 for a call whose arguments are columns.
    """
    tokens = tokenize(text)
    calls: list[SqlCall] = []
    parts: list[str] = []
    index = done = 0
    while tokens[index].kind is not Kind.END:
        length = _function(tokens, index, names)
        if length:
            last = _closing(tokens, index + length)
            call = text[tokens[index].start : tokens[last].end]
            parts.append(f"{text[done : tokens[index].start]} :{PREFIX}{len(calls)} ")
            calls.append(SqlCall(call, _compiled(call, compiler)))
            index, done = last, tokens[last].end
        index += 1
    return "".join(parts) + text[done:], calls


def _compiled(call: str, compiler: Compile) -> Expression:
    try:
        return compiler(call).expression()
    except Undeclared as error:
        raise unimplemented(
            f"a stored function in SQL whose arguments are columns: {call}"
        ) from error


def named_as_written(translation: Translation, calls: Sequence[SqlCall]) -> Translation:
    """Name columns by the calls instead of their placeholders."""
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
    return replace(translation, names=names)


def getter(call: SqlCall, verb: str) -> Callable[[Frame], Any]:
    """Return what calls the function as a part of a statement: it may not end the transaction."""
    run = call.value.run

    def get(frame: Frame) -> Any:
        transaction = frame.session.transaction
        before, transaction.inside = transaction.inside, verb
        try:
            return run(frame)
        finally:
            transaction.inside = before

    return get
