"""Records and collections in SQL statements of a block: their elements become binds.

PL/SQL Language Reference, "Static SQL", "Inserting Records into Tables", "Updating Rows with
Records".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token, tokenize
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import NameProblem, Names, Scope, Variable
from airflow_oracle_dag.sandbox.plsql.shapes import CollectionType, CursorType, RecordType, Shape
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_schema import SchemaView
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser

PREFIX = "ODAG$PART"
_NAMES = (Kind.WORD, Kind.QUOTED)
_METHODS = ("COUNT", "FIRST", "LAST", "LIMIT", "NEXT", "PRIOR", "EXISTS")
Compile = Callable[[str], "ExpressionParser"]


@dataclass
class _Spreading:
    """Be one statement on its way."""

    text: str
    scope: Scope
    names: Names | None
    view: SchemaView
    compiler: Compile
    parts: list[Expression] = field(default_factory=list)

    def mark(self, value: Expression) -> str:
        self.parts.append(value)
        return f" :{PREFIX}{len(self.parts) - 1} "

    def variable(self, tokens: list[Token], index: int) -> tuple[Variable | None, int]:
        """Find the variable that a token begins to name, and the last token of that name."""
        token, last = tokens[index], index
        if token.kind not in _NAMES or (index and tokens[index - 1].value in (".", ":")):
            return None, index
        found = self.scope.find(token.value)
        if found is None and self.names is not None and tokens[index + 1].value == ".":
            parts = [token.value, tokens[index + 2].value]
            try:
                known = self.names.find(parts)
            except NameProblem:
                return None, index
            found = known.item if known is not None and known.used == 2 else None
            last = index + 2
        if not isinstance(found, Variable) or found.shape is None:
            return None, index
        return found, last

    def expression(self, tokens: list[Token], index: int) -> tuple[Expression, int]:
        """Compile what begins at a token; and the index behind it."""
        start = tokens[index].start
        parser = self.compiler(self.text[start:])
        value = parser.designator()
        return value, index + parser.index


def _has_composites(scope: Scope | None) -> bool:
    while scope is not None:
        if any(isinstance(i, Variable) and i.shape is not None for i in scope.items.values()):
            return True
        scope = scope.parent
    return False


def spread(
    text: str, scope: Scope, names: Names | None, view: SchemaView, compiler: Compile
) -> tuple[str, list[Expression]]:
    """Put placeholders in the place of elements, of nested fields and of whole records.

    :param compiler: makes a parser for a part of the statement, with the names around it.
    """
    if not _has_composites(scope) and (names is None or view.database.code.empty):
        return text, []
    tokens = tokenize(text)
    tokens += tokens[-1:] * 3  # one may look ahead
    work = _Spreading(text, scope, names, view, compiler)
    pieces: list[str] = []
    index = done = 0
    while tokens[index].kind is not Kind.END:
        variable, last = work.variable(tokens, index)
        found = _replacement(work, tokens, index, variable, last) if variable else None
        if found is None:
            index += 1
            continue
        start, replacement, behind = found
        pieces.append(text[done:start] + replacement)
        index, done = behind, tokens[behind - 1].end
    return "".join(pieces) + text[done:], work.parts


def _replacement(
    work: _Spreading, tokens: list[Token], index: int, variable: Variable, last: int
) -> tuple[int, str, int] | None:
    before, following = tokens[max(index - 1, 0)], tokens[last + 1]
    values = before.value == "VALUES" and before.kind is Kind.WORD
    whole_row = before.value == "=" and index > 2 and tokens[index - 2].value == "ROW"
    if values or (whole_row and tokens[index - 3].value == "SET"):
        value, behind = work.expression(tokens, index)
        if isinstance(value.shape, RecordType):
            if values:
                return tokens[index].start, _row(work, value, _columns(work, tokens)), behind
            return tokens[index - 2].start, _set_row(work, value, _columns(work, tokens)), behind
    if isinstance(variable.shape, CursorType) or not _reaches_in(
        variable.shape, following, tokens[last + 2]
    ):
        return None
    local = work.scope.find(tokens[index].value) is variable
    simple = following.value == "." and tokens[last + 3].value not in (".", "(")
    if local and simple and isinstance(variable.shape, RecordType):
        return None  # ``record.field``: a column of that name comes first
    value, behind = work.expression(tokens, index)
    if value.shape is not None:
        detail = "PLS-00382: expression is of wrong type"
        raise CompileError(work.text, tokens[index].start, detail)
    return tokens[index].start, work.mark(value), behind


def _reaches_in(shape: Shape | None, following: Token, second: Token) -> bool:
    """Tell whether what follows a variable belongs to it."""
    if isinstance(shape, CollectionType):
        if following.value == ".":
            return second.value in _METHODS
        return following.value == "("
    return following.value == "." and second.kind in _NAMES


def _columns(work: _Spreading, tokens: list[Token]) -> list[str]:
    """List the columns that a statement gives values to."""
    index = 2 if tokens[0].value == "INSERT" else 1
    parts = [tokens[index].value]
    while tokens[index + 1].value == ".":
        index += 2
        parts.append(tokens[index].value)
    if tokens[0].value == "INSERT":
        while tokens[index].value not in ("(", "VALUES"):
            index += 1
        if tokens[index].value == "(":
            listed = []
            while tokens[index].value != ")":
                index += 1
                if tokens[index].kind in _NAMES:
                    listed.append(tokens[index].value)
            return listed
    owner = parts[0] if len(parts) > 1 else work.view.schema
    columns = work.view.database.columns_of(owner, parts[-1])
    if columns is None:
        raise OracleError(942, f'table or view "{owner}"."{parts[-1]}" does not exist')
    return list(columns)


def _parts(work: _Spreading, value: Expression, columns: list[str]) -> list[str]:
    shape, run = value.shape, value.run
    assert isinstance(shape, RecordType)  # noqa: S101 - the callers have looked
    kinds = list(shape.fields.values()) if shape.fields is not None else None
    if kinds is not None and len(kinds) != len(columns):
        few = len(kinds) < len(columns)
        text = "not enough values" if few else "too many values"
        raise OracleError(947 if few else 913, text)

    def nth(place: int) -> Callable[[Frame], Any]:
        def get(frame: Frame) -> Any:
            values = list((run(frame) or {}).values())
            if len(values) != len(columns):
                raise OracleError(947 if len(values) < len(columns) else 913, "not enough values")
            return values[place]

        return get

    return [
        work.mark(Expression(nth(place), kinds[place].type if kinds is not None else None))
        for place in range(len(columns))
    ]


def _row(work: _Spreading, value: Expression, columns: list[str]) -> str:
    return f"({','.join(_parts(work, value, columns))})"


def _set_row(work: _Spreading, value: Expression, columns: list[str]) -> str:
    marks = _parts(work, value, columns)
    return ", ".join(f'"{c}" = {mark}' for c, mark in zip(columns, marks, strict=True))
