"""Designators: variables, fields of records, elements of collections, however deep they nest.

PL/SQL Language Reference, "Collection Methods", "Record Variables", "Qualified Expressions".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, named, value_error
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import CursorDef, CursorHandle, Variable
from airflow_oracle_dag.sandbox.plsql.shapes import (
    Collection,
    CollectionType,
    CursorType,
    RecordType,
    RefCursor,
    Sort,
    Typed,
    initial,
    settle,
    uninitialised,
)
from airflow_oracle_dag.sandbox.plsql.types import BOOLEAN, INTEGER, NUMBER, PlType, fit, to_number

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser

Locate = Callable[[Frame], tuple[Any, Any]]
_CHANGING = ("DELETE", "EXTEND", "TRIM")


@dataclass(frozen=True)
class Place:
    """Be what can be assigned to.

    :param locate: finds what holds the value (slots, a record, a collection) and the key in it.
    """

    locate: Locate
    typed: Typed

    def put(self, frame: Frame, value: Any) -> None:
        """Assign a value."""
        fitting = settle(value, self.typed, frame)
        holder, key = self.locate(frame)
        _put(holder, key, fitting)

    def get(self, frame: Frame) -> Any:
        """Return the value."""
        holder, key = self.locate(frame)
        return holder.get(key) if isinstance(holder, Collection) else holder[key]


def _put(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, Collection):
        holder.put(key, value)
    else:
        holder[key] = value


def field_of(record: Any, field: str) -> Any:
    """Read a field; a row whose columns are known only now has it or not.

    :raises OracleError: PLS-00302 where the compiler could not see it.
    """
    if record is None:
        return None
    try:
        return record[field]
    except KeyError:
        if not record:  # a cursor's row into which nothing was fetched
            return None
        raise unimplemented(f"a row that has no column {field}") from None


def _component(parser: ExpressionParser, kind: RecordType) -> tuple[str, Typed]:
    """Take a field's name."""
    offset, name = parser.token.start, parser.identifier()
    if kind.fields is None:
        return name, Typed()
    if name not in kind.fields:
        detail = f"PLS-00302: component '{name}' must be declared"
        raise CompileError(parser.text, offset, detail)
    return name, kind.fields[name]


def index_kind(kind: CollectionType) -> PlType:
    """Return the type of a collection's index."""
    return kind.index or INTEGER


def _index(parser: ExpressionParser, kind: CollectionType) -> Callable[[Frame], Any]:
    """Parse an index, without the parentheses."""
    run, wanted = parser.expression().run, index_kind(kind)

    def value(frame: Frame) -> Any:
        found = fit(run(frame), wanted, frame.convert)
        if found is None:
            raise value_error("NULL index table key value")
        return found

    return value


# -- reading ----------------------------------------------------------------------------------


def read(parser: ExpressionParser, variable: Variable) -> Expression:
    """Parse behind a variable's name."""
    slot, slots = variable.slot, variable.slots
    if isinstance(variable.shape, CursorType) and parser.handles and not parser.at("%"):
        handle = CursorHandle(variable)
        return Expression(lambda _frame: handle)
    if variable.home is None:
        base = Expression(lambda frame: frame.slots[slot], variable.type, variable.shape)
    else:
        base = Expression(lambda frame: slots(frame)[slot], variable.type, variable.shape)
    return follow(parser, base)


def follow(parser: ExpressionParser, base: Expression) -> Expression:
    """Parse what may stand behind a value: ``.field``, ``(index)``, ``.METHOD``, ``%FOUND``."""
    while True:
        shape = base.shape
        if isinstance(shape, RecordType) and parser.take("."):
            base = _field(base, *_component(parser, shape))
        elif isinstance(shape, CollectionType) and parser.take("("):
            base = _element(base, _index(parser, shape), shape)
            parser.must(")")
        elif isinstance(shape, CollectionType) and parser.at("."):
            if parser.peek().value in _CHANGING:
                return base
            parser.next()
            return _method(parser, base, shape)
        elif isinstance(shape, CursorType) and parser.at("%"):
            return cursor_attribute(parser, _opened(base.run))
        else:
            return base


def _opened(run: Callable[[Frame], Any]) -> Callable[[Frame], Any]:
    def state(frame: Frame) -> Any:
        held = run(frame)
        return held.opened if isinstance(held, RefCursor) else None

    return state


def _field(base: Expression, name: str, what: Typed) -> Expression:
    run = base.run
    return Expression(lambda frame: field_of(run(frame), name), what.type, what.shape)


def _element(base: Expression, index: Callable[[Frame], Any], kind: CollectionType) -> Expression:
    run, element = base.run, kind.element

    def value(frame: Frame) -> Any:
        held = run(frame)
        if held is None:
            raise uninitialised()
        return held.get(index(frame))

    return Expression(value, element.type, element.shape)


def _method(parser: ExpressionParser, base: Expression, kind: CollectionType) -> Expression:
    offset, name = parser.token.start, parser.identifier()
    run = base.run

    def held(frame: Frame) -> Collection:
        found: Collection | None = run(frame)
        if found is None:
            raise uninitialised()
        return found

    if name in ("COUNT", "FIRST", "LAST", "LIMIT"):
        parser.take("(", ")")
        compute = _PLAIN_METHODS[name]
        result = index_kind(kind) if name in ("FIRST", "LAST") else INTEGER
        return Expression(lambda frame: compute(held(frame)), result)
    if name not in ("EXISTS", "NEXT", "PRIOR"):
        detail = f"PLS-00302: component '{name}' must be declared"
        raise CompileError(parser.text, offset, detail)
    parser.must("(")
    index = _index(parser, kind)
    parser.must(")")
    if name == "EXISTS":  # of all methods the one that a null collection has
        return Expression(lambda frame: index(frame) in getattr(run(frame), "items", ()), BOOLEAN)
    step = 1 if name == "NEXT" else -1
    return Expression(lambda frame: held(frame).neighbour(index(frame), step), index_kind(kind))


_PLAIN_METHODS: dict[str, Callable[[Collection], Any]] = {
    "COUNT": lambda held: len(held.items),
    "FIRST": lambda held: held.places[0] if held.items else None,
    "LAST": lambda held: held.places[-1] if held.items else None,
    "LIMIT": lambda held: held.kind.limit or None,
}


def cursor_attribute(parser: ExpressionParser, state: Callable[[Frame], Any]) -> Expression:
    """Parse ``%FOUND`` and its like."""
    parser.must("%")
    name = parser.identifier()
    if name not in ("ISOPEN", "FOUND", "NOTFOUND", "ROWCOUNT"):
        raise unimplemented(f"cursor attribute %{name}")

    def run(frame: Frame) -> Any:
        opened = state(frame)
        if name == "ISOPEN":
            return opened is not None
        if opened is None:
            raise named(1001)
        if name == "ROWCOUNT":
            return opened.count
        return opened.found if name == "FOUND" or opened.found is None else not opened.found

    return Expression(run, NUMBER if name == "ROWCOUNT" else BOOLEAN)


def cursor_state(cursor: CursorDef) -> Callable[[Frame], Any]:
    """Return what finds a declared cursor's open state."""
    slot = cursor.slot
    return lambda frame: cursor.frame(frame).slots[slot]


# -- writing ----------------------------------------------------------------------------------


def place(parser: ExpressionParser, variable: Variable) -> Place:
    """Parse behind a variable's name what is assigned to."""
    slot, slots = variable.slot, variable.slots
    here = Place(lambda frame: (slots(frame), slot), variable.typed)
    while True:
        shape = here.typed.shape
        if isinstance(shape, RecordType) and parser.take("."):
            here = _field_place(here, *_component(parser, shape))
        elif isinstance(shape, CollectionType) and parser.take("("):
            here = _element_place(here, _index(parser, shape), shape)
            parser.must(")")
        else:
            return here


def _field_place(outer: Place, name: str, what: Typed) -> Place:
    def locate(frame: Frame) -> tuple[Any, Any]:
        return _held(outer, frame), name

    return Place(locate, what)


def _element_place(outer: Place, index: Callable[[Frame], Any], kind: CollectionType) -> Place:
    def locate(frame: Frame) -> tuple[Any, Any]:
        found = index(frame)
        held = _held(outer, frame)
        if held is None:
            raise uninitialised()
        return held, found

    return Place(locate, kind.element)


def _held(outer: Place, frame: Frame) -> Any:
    """Return a record or collection that is about to be changed; what is missing is made."""
    holder, key = outer.locate(frame)
    if isinstance(holder, Collection):
        if key in holder.items:
            return holder.items[key]
        if holder.kind.sort is not Sort.ASSOCIATIVE:
            return holder.get(key)
        found = None
    else:
        found = holder.get(key) if isinstance(holder, dict) else holder[key]
    if found is None:
        found = initial(outer.typed, frame)
        if found is not None:
            _put(holder, key, found)
    return found


def changing_method(parser: ExpressionParser, here: Place) -> Execute:
    """Parse ``.DELETE``, ``.EXTEND`` or ``.TRIM`` behind a collection, with the semicolon."""
    parser.must(".")
    offset, name = parser.token.start, parser.identifier()
    kind = here.typed.shape
    if not isinstance(kind, CollectionType) or name not in _CHANGING:
        raise CompileError(parser.text, offset, f"PLS-00302: component '{name}' must be declared")
    arguments = [argument.value for argument in parser.arguments()]
    parser.must(";")
    wrong = (
        (name == "DELETE" and kind.sort is Sort.VARRAY and arguments)
        or (name != "DELETE" and kind.sort is Sort.ASSOCIATIVE)
        or len(arguments) > (1 if name == "TRIM" else 2)
    )
    if wrong:
        detail = f"PLS-00306: wrong number or types of arguments in call to '{name}'"
        raise CompileError(parser.text, offset, detail)

    def run(frame: Frame) -> None:
        held = here.get(frame)
        if held is None:
            raise uninitialised()
        _change(held, name, [argument.run(frame) for argument in arguments], frame)

    return run


def _change(held: Collection, name: str, values: list[Any], frame: Frame) -> None:
    if name == "DELETE":
        bounds = [fit(value, index_kind(held.kind), frame.convert) for value in values]
        if None not in bounds:
            held.delete(*bounds)
        return
    count = int(to_number(values[0])) if values and values[0] is not None else 1
    if name == "TRIM":
        held.trim(count)
    elif len(values) > 1:
        held.extend(count, held.get(int(to_number(values[1]))))
    else:
        if held.kind.element.not_null:
            raise unimplemented("EXTEND of a collection whose elements are NOT NULL")
        held.extend(count, initial(Typed(held.kind.element.type, held.kind.element.shape), frame))
