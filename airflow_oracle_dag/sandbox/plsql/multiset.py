"""Nested tables as sets: comparisons, MEMBER OF, SUBMULTISET OF, MULTISET UNION and its like.

PL/SQL Language Reference, "Collection Comparisons"; SQL Language Reference, "Multiset Operators",
"Multiset Conditions", CARDINALITY, SET. Elements are compared where they are scalars.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql import operators
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.shapes import Collection, CollectionType, Sort
from airflow_oracle_dag.sandbox.plsql.types import BOOLEAN, INTEGER

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser

_EQUALITY = {"=": True, "<>": False, "!=": False, "^=": False, "~=": False}


def _scalars(held: Collection) -> list[Any]:
    if held.kind.element.shape is not None:
        raise unimplemented("comparing elements that are records or collections")
    return list(held.values())


def _nested(parser: ExpressionParser, operand: Expression, called: str, offset: int) -> None:
    shape = operand.shape
    if not isinstance(shape, CollectionType) or shape.sort is not Sort.NESTED:
        detail = f"PLS-00306: wrong number or types of arguments in call to '{called}'"
        raise CompileError(parser.text, offset, detail)


def compare(parser: ExpressionParser, sign: str, left: Expression, right: Expression) -> Expression:
    """Compile a comparison; of all composite values only nested tables have one, for equality."""
    if left.shape is None and right.shape is None:
        return operators.compare(sign, left, right)
    offset = parser.tokens[parser.index - 1].start
    if left.shape is not right.shape or sign not in _EQUALITY:
        detail = f"PLS-00306: wrong number or types of arguments in call to '{sign}'"
        raise CompileError(parser.text, offset, detail)
    _nested(parser, left, sign, offset)
    wanted = _EQUALITY[sign]

    def equal(a: Collection, b: Collection) -> Any:
        one, two = _scalars(a), _scalars(b)
        if len(one) != len(two):
            return not wanted
        if None in one or None in two:
            return None
        return (Counter(one) == Counter(two)) is wanted

    return _of_two(equal, left, right, BOOLEAN)


def _of_two(
    compute: Callable[[Collection, Collection], Any],
    left: Expression,
    right: Expression,
    kind: Any = None,
    shape: CollectionType | None = None,
) -> Expression:
    first, second = left.run, right.run

    def run(frame: Frame) -> Any:
        a, b = first(frame), second(frame)
        return None if a is None or b is None else compute(a, b)

    return Expression(run, kind, shape)


def member(parser: ExpressionParser, value: Expression) -> Expression:
    """Parse behind MEMBER: ``[OF] collection``."""
    offset = parser.token.start
    parser.take("OF")
    held = parser.operand()
    _nested(parser, held, "MEMBER OF", offset)

    def run(frame: Frame) -> Any:
        wanted, found = value.run(frame), held.run(frame)
        if wanted is None or found is None:
            return None
        elements = _scalars(found)
        return True if wanted in elements else None if None in elements else False

    return Expression(run, BOOLEAN)


def submultiset(parser: ExpressionParser, left: Expression) -> Expression:
    """Parse behind SUBMULTISET: ``[OF] collection``."""
    offset = parser.token.start
    parser.take("OF")
    right = parser.operand()
    _nested(parser, left, "SUBMULTISET", offset)
    _nested(parser, right, "SUBMULTISET", offset)
    return _of_two(
        lambda a, b: not (Counter(_scalars(a)) - Counter(_scalars(b))), left, right, BOOLEAN
    )


def is_condition(parser: ExpressionParser, held: Expression) -> Expression | None:
    """Parse behind IS [NOT]: EMPTY or A SET; None for anything else."""
    offset = parser.token.start
    if parser.take("EMPTY"):
        _nested(parser, held, "IS EMPTY", offset)
        return Expression(
            lambda frame: None if (v := held.run(frame)) is None else not v.items, BOOLEAN
        )
    if parser.take("A", "SET"):
        _nested(parser, held, "IS A SET", offset)

        def distinct(frame: Frame) -> Any:
            found = held.run(frame)
            return None if found is None else max(Counter(_scalars(found)).values(), default=1) == 1

        return Expression(distinct, BOOLEAN)
    return None


def operation(
    parser: ExpressionParser, left: Expression, right: Callable[[], Expression]
) -> Expression:
    """Parse behind MULTISET: ``UNION | INTERSECT | EXCEPT [ALL | DISTINCT] collection``."""
    offset = parser.token.start
    if not parser.at_any("UNION", "INTERSECT", "EXCEPT"):
        raise parser.unexpected("union intersect except")
    word = parser.next().value
    distinct = parser.take("DISTINCT")
    if not distinct:
        parser.take("ALL")
    other = right()
    _nested(parser, left, f"MULTISET_{word}", offset)
    if left.shape is not other.shape:
        detail = f"PLS-00306: wrong number or types of arguments in call to 'MULTISET_{word}'"
        raise CompileError(parser.text, offset, detail)
    kind = left.shape
    assert isinstance(kind, CollectionType)  # noqa: S101 - `_nested` has looked
    compute = _OPERATIONS[word]

    def run(a: Collection, b: Collection) -> Collection:
        found = compute(_scalars(a), _scalars(b))
        return Collection.of(kind, list(dict.fromkeys(found)) if distinct else found)

    return _of_two(run, left, other, None, kind)


def _intersection(a: list[Any], b: list[Any]) -> list[Any]:
    left = Counter(b)
    found = []
    for value in a:
        if left[value] > 0:
            left[value] -= 1
            found.append(value)
    return found


def _difference(a: list[Any], b: list[Any]) -> list[Any]:
    gone = Counter(b)
    found = []
    for value in a:
        if gone[value] > 0:
            gone[value] -= 1
        else:
            found.append(value)
    return found


_OPERATIONS: dict[str, Callable[[list[Any], list[Any]], list[Any]]] = {
    "UNION": lambda a, b: a + b,
    "INTERSECT": _intersection,
    "EXCEPT": _difference,
}


def function(parser: ExpressionParser) -> Expression:
    """Parse ``CARDINALITY(collection)`` or ``SET(collection)``."""
    offset = parser.token.start
    word = parser.next().value
    parser.must("(")
    held = parser.expression()
    parser.must(")")
    _nested(parser, held, word, offset)
    if word == "CARDINALITY":
        return Expression(
            lambda frame: None if (v := held.run(frame)) is None else len(v.items), INTEGER
        )
    kind = held.shape
    assert isinstance(kind, CollectionType)  # noqa: S101 - `_nested` has looked

    def distinct(frame: Frame) -> Any:
        found = held.run(frame)
        return None if found is None else Collection.of(kind, list(dict.fromkeys(_scalars(found))))

    return Expression(distinct, None, kind)
