"""Constructors of collections and qualified expressions.

PL/SQL Language Reference, "Collection Constructors", "Qualified Expressions Overview".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.plsql.errors import CompileError, value_error
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.paths import index_kind
from airflow_oracle_dag.sandbox.plsql.shapes import (
    Collection,
    CollectionType,
    RecordType,
    Sort,
    Typed,
    initial,
    settle,
)
from airflow_oracle_dag.sandbox.plsql.types import fit

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser


def constructor(parser: ExpressionParser, kind: CollectionType | RecordType) -> Expression:
    """Parse ``(…)`` behind a type's name: a constructor or a qualified expression."""
    offset = parser.token.start
    parser.must("(")
    listed: list[tuple[str, Expression | None, Expression]] = []
    while not parser.take(")"):
        name = parser.token.value if parser.peek().value == "=>" else ""
        value = parser.expression() if not name or isinstance(kind, CollectionType) else None
        if value is None:
            parser.next()
        if parser.take("=>"):
            listed.append((name, value, parser.expression()))
        elif value is not None:
            listed.append(("", None, value))
        if not parser.at(")"):
            parser.must(",")
    if isinstance(kind, RecordType):
        return _record(parser, kind, listed, offset)
    if any(index is not None for _, index, _ in listed) or kind.sort is Sort.ASSOCIATIVE:
        return _indexed(parser, kind, listed, offset)
    values, element = [value.run for _, _, value in listed], kind.element

    def run(frame: Frame) -> Any:
        return Collection.of(kind, [settle(value(frame), element, frame) for value in values])

    return Expression(run, None, kind)


def _wrong(parser: ExpressionParser, name: str, offset: int) -> CompileError:
    detail = f"PLS-00306: wrong number or types of arguments in call to '{name}'"
    return CompileError(parser.text, offset, detail)


def _record(
    parser: ExpressionParser,
    kind: RecordType,
    listed: list[tuple[str, Expression | None, Expression]],
    offset: int,
) -> Expression:
    fields = kind.fields or {}
    given: dict[str, Expression] = {}
    for position, (name, _, value) in enumerate(listed):
        field = name or (list(fields)[position] if position < len(fields) else "")
        if field not in fields or field in given:
            raise _wrong(parser, kind.name, offset)
        given[field] = value

    def run(frame: Frame) -> Any:
        made = initial(Typed(shape=kind), frame)
        for name, value in given.items():
            made[name] = settle(value.run(frame), fields[name], frame)
        return made

    return Expression(run, None, kind)


def _indexed(
    parser: ExpressionParser,
    kind: CollectionType,
    listed: list[tuple[str, Expression | None, Expression]],
    offset: int,
) -> Expression:
    if any(index is None for _, index, _ in listed):
        raise _wrong(parser, kind.name, offset)
    pairs = [(index.run, value.run) for _, index, value in listed if index is not None]
    wanted, element = index_kind(kind), kind.element

    def run(frame: Frame) -> Any:
        items = {
            fit(index(frame), wanted, frame.convert): settle(value(frame), element, frame)
            for index, value in pairs
        }
        if None in items:
            raise value_error("NULL index table key value")
        size = 0 if kind.sort is Sort.ASSOCIATIVE else max(items, default=0)
        return Collection(kind, items, size)

    return Expression(run, None, kind)
