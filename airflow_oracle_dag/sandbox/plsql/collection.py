"""Associative arrays: ``TABLE OF … INDEX BY``, their elements and their methods.

PL/SQL Language Reference, "Associative Arrays" and "Collection Methods". A value is a dict of the
elements by index; one that was never assigned to is None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.errors import named, value_error
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import CollectionType, Variable
from airflow_oracle_dag.sandbox.plsql.types import BOOLEAN, INTEGER, TEXT, PlType, fit

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser

_TEXT_TABLE = CollectionType(TEXT)
_RECORD = (
    "COL_TYPE", "COL_MAX_LEN", "COL_NAME", "COL_NAME_LEN", "COL_SCHEMA_NAME", "COL_SCHEMA_NAME_LEN",
    "COL_PRECISION", "COL_SCALE", "COL_CHARSETID", "COL_CHARSETFORM", "COL_NULL_OK",
)  # fmt: skip
_DESCRIPTION: dict[str, PlType | None] = {
    **dict.fromkeys(_RECORD, INTEGER),
    "COL_NAME": TEXT,
    "COL_SCHEMA_NAME": TEXT,
    "COL_NULL_OK": BOOLEAN,
}
# Types that DBMS_SQL declares (PL/SQL Packages and Types Reference, DBMS_SQL Data Structures).
PACKAGE_TYPES: dict[str, CollectionType] = {
    "DBMS_SQL.DESC_TAB": CollectionType(None, fields=_DESCRIPTION),
    "DBMS_SQL.DESC_TAB2": CollectionType(None, fields=_DESCRIPTION),
    "DBMS_SQL.VARCHAR2A": _TEXT_TABLE,
    "DBMS_SQL.VARCHAR2S": _TEXT_TABLE,
    "DBMS_SQL.VARCHAR2_TABLE": _TEXT_TABLE,
}


def _items(variable: Variable, frame: Frame) -> dict[Any, Any]:
    found: dict[Any, Any] | None = variable.slots(frame)[variable.slot]
    return {} if found is None else found


def _collection(variable: Variable) -> CollectionType:
    if variable.collection is None:
        raise unimplemented(f"{variable.name} is no collection")
    return variable.collection


def _index(variable: Variable, expression: Expression) -> Callable[[Frame], Any]:
    kind = TEXT if _collection(variable).by_text else INTEGER

    def run(frame: Frame) -> Any:
        value = fit(expression.run(frame), kind, frame.convert)
        if value is None:
            raise value_error("NULL index table key value")
        return value

    return run


def read(parser: ExpressionParser, variable: Variable) -> Expression:
    """Parse behind a collection's name: an element, a field of one, a method, or nothing."""
    if parser.take("("):
        index = _index(variable, parser.expression())
        parser.must(")")
        return _element(parser, variable, index)
    if parser.at(".") and parser.peek().kind is Kind.WORD:
        parser.next()
        return _method(parser, variable)
    slot, slots = variable.slot, variable.slots
    return Expression(lambda frame: slots(frame)[slot])


def _element(
    parser: ExpressionParser, variable: Variable, index: Callable[[Frame], Any]
) -> Expression:
    kind = _collection(variable)

    def run(frame: Frame) -> Any:
        items = _items(variable, frame)
        place = index(frame)
        if place not in items:
            raise named(1403)
        return items[place]

    if kind.fields is None or not parser.take("."):
        return Expression(run, kind.element)
    offset, field = parser.token.start, parser.identifier()
    if field not in kind.fields and kind.fields:
        raise parser.undeclared(f"{variable.name}.{field}", offset)

    def run_field(frame: Frame) -> Any:
        return (run(frame) or {}).get(field)

    return Expression(run_field, kind.fields.get(field))


_METHODS: dict[str, tuple[Callable[[list[Any]], Any], PlType]] = {
    "COUNT": (len, INTEGER),
    "FIRST": (lambda places: places[0] if places else None, INTEGER),
    "LAST": (lambda places: places[-1] if places else None, INTEGER),
}


def _method(parser: ExpressionParser, variable: Variable) -> Expression:
    offset, name = parser.token.start, parser.identifier()
    by_text = _collection(variable).by_text
    if name in _METHODS:
        compute, kind = _METHODS[name]
        if by_text and name != "COUNT":
            kind = TEXT
        return Expression(lambda frame: compute(sorted(_items(variable, frame))), kind)
    if name not in ("EXISTS", "NEXT", "PRIOR"):
        raise parser.undeclared(f"{variable.name}.{name}", offset)
    parser.must("(")
    index = _index(variable, parser.expression())
    parser.must(")")
    if name == "EXISTS":
        return Expression(lambda frame: index(frame) in _items(variable, frame), BOOLEAN)

    def neighbour(frame: Frame) -> Any:
        here, places = index(frame), sorted(_items(variable, frame))
        if name == "NEXT":
            return next((place for place in places if place > here), None)
        return next((place for place in reversed(places) if place < here), None)

    return Expression(neighbour, TEXT if by_text else INTEGER)


def store(parser: ExpressionParser, variable: Variable) -> Callable[[Frame, Any], None]:
    """Parse behind a collection's name in front of ``:=``."""
    slot, slots, kind = variable.slot, variable.slots, _collection(variable)
    if not parser.take("("):
        return lambda frame, value: _put_whole(slots(frame), slot, value)
    index = _index(variable, parser.expression())
    parser.must(")")
    field = parser.identifier() if kind.fields is not None and parser.take(".") else ""
    element = (kind.fields or {}).get(field) if field else kind.element

    def put(frame: Frame, value: Any) -> None:
        place, items = index(frame), dict(_items(variable, frame))
        if isinstance(value, dict):
            items[place] = dict(value)
        elif field:
            old = items.get(place) or {}
            items[place] = {**old, field: fit(value, element, frame.convert)}
        else:
            items[place] = fit(value, element, frame.convert)
        slots(frame)[slot] = items

    return put


def _put_whole(slots: list[Any], slot: int, value: Any) -> None:
    slots[slot] = None if value is None else dict(value)


def delete(parser: ExpressionParser, variable: Variable) -> Callable[[Frame], None]:
    """Parse behind ``name.DELETE``."""
    index: Callable[[Frame], Any] | None = None
    if parser.take("("):
        index = _index(variable, parser.expression())
        if parser.at(","):
            raise unimplemented("DELETE of a range of elements")
        parser.must(")")

    def run(frame: Frame) -> None:
        slots = variable.slots(frame)
        gone = set(_items(variable, frame)) if index is None else {index(frame)}
        kept = {place: v for place, v in _items(variable, frame).items() if place not in gone}
        slots[variable.slot] = kept

    return run
