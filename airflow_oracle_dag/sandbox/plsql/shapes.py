"""Types that are not scalar: records, collections, cursor variables, and their values.

PL/SQL Language Reference, "PL/SQL Collections and Records", "Cursor Variables". A record's value is
a dict of its fields; a collection's is a `Collection` or, never initialised, None; a cursor
variable's is a `RefCursor` or None.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.plsql.errors import named, value_error
from airflow_oracle_dag.sandbox.plsql.types import PlType, fit
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.cursors import OpenCursor
    from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame


class Sort(Enum):
    """The three kinds of collections."""

    ASSOCIATIVE = "associative array"
    NESTED = "nested table"
    VARRAY = "varray"


@dataclass(frozen=True)
class Typed:
    """Be the type of a variable, a field or an element; both are None where nobody knows it.

    :param type: of a scalar.
    :param shape: of anything else.
    """

    type: PlType | None = None
    shape: Shape | None = None
    not_null: bool = False
    default: Expression | None = field(default=None, compare=False)


@dataclass(eq=False)
class RecordType:
    """Be a RECORD or a %ROWTYPE.

    :param fields: None for a cursor's row, whose columns are known at run time.
    :param row: it is a %ROWTYPE, which takes any record whose fields fit.
    """

    name: str
    fields: dict[str, Typed] | None = None
    row: bool = False


@dataclass(eq=False)
class CollectionType:
    """Be a TABLE OF, with or without INDEX BY, or a VARRAY.

    :param index: of an associative array: the type of its index.
    :param limit: of a varray, 0 for the others.
    """

    name: str
    element: Typed
    sort: Sort = Sort.ASSOCIATIVE
    index: PlType | None = None
    limit: int = 0


@dataclass(eq=False)
class CursorType:
    """Be a REF CURSOR.

    :param row: what a strong one returns.
    """

    name: str
    row: RecordType | None = None


Shape = RecordType | CollectionType | CursorType


class RefCursor:
    """Be what cursor variables point to; several may point to the same."""

    def __init__(self, opened: OpenCursor | None = None) -> None:
        self.opened = opened


def uninitialised() -> OracleError:
    """Make COLLECTION_IS_NULL."""
    return named(6531)


class Collection:
    """Be a collection's value.

    :param kind: its type.
    :param items: elements by index; an element that was deleted is absent.
    :param size: of nested tables and varrays: the largest index there is room for.
    """

    __slots__ = ("_places", "items", "kind", "size")

    def __init__(
        self, kind: CollectionType, items: dict[Any, Any] | None = None, size: int = 0
    ) -> None:
        self.kind = kind
        self.items: dict[Any, Any] = {} if items is None else items
        self.size = size
        self._places: list[Any] | None = None

    @classmethod
    def of(cls, kind: CollectionType, values: Sequence[Any]) -> Collection:
        """Make one whose elements are dense, from 1 on."""
        if kind.limit and len(values) > kind.limit:
            raise named(6532)
        return cls(kind, dict(enumerate(values, 1)), len(values))

    @property
    def places(self) -> list[Any]:
        """The indexes in their order."""
        if self._places is None:
            self._places = sorted(self.items)
        return self._places

    def values(self) -> Iterator[Any]:
        """Iterate over the elements in the order of their indexes."""
        return (self.items[place] for place in self.places)

    def get(self, place: Any) -> Any:
        """Return an element.

        :raises OracleError: ORA-01403, ORA-06532 or ORA-06533.
        """
        try:
            return self.items[place]
        except KeyError:
            self._check(place)
            raise named(1403) from None

    def put(self, place: Any, value: Any) -> None:
        """Set an element."""
        if place not in self.items:
            self._check(place)
            if self._places is not None:
                if not self._places or place > self._places[-1]:
                    self._places.append(place)
                else:
                    self._places = None
        self.items[place] = value

    def _check(self, place: Any) -> None:
        if self.kind.sort is Sort.ASSOCIATIVE:
            return
        if place < 1 or (self.kind.limit and place > self.kind.limit):
            raise named(6532)
        if place > self.size:
            raise named(6533)

    def extend(self, count: int, value: Any) -> None:
        """Run EXTEND: room for more elements, which have a value."""
        if self.kind.limit and self.size + count > self.kind.limit:
            raise named(6532)
        for _ in range(count):
            self.size += 1
            self.put(self.size, copied(value))

    def trim(self, count: int) -> None:
        """Run TRIM; elements that were deleted count."""
        if count > self.size:
            raise named(6533)
        self.size -= count
        self.items = {k: v for k, v in self.items.items() if k <= self.size}
        self._places = None

    def delete(self, *bounds: Any) -> None:
        """Run DELETE of all elements, of one, or of a range."""
        if not bounds:
            self.items, self.size = {}, 0
        elif len(bounds) == 1:
            self.items.pop(bounds[0], None)
        else:
            low, high = bounds
            gone = self.places[
                bisect.bisect_left(self.places, low) : bisect.bisect_right(self.places, high)
            ]
            for place in gone:
                del self.items[place]
        self._places = None

    def neighbour(self, place: Any, step: int) -> Any:
        """Return the index behind (1) or in front of (-1) another one, which need not exist."""
        places = self.places
        if step > 0:
            found = bisect.bisect_right(places, place)
        else:
            found = bisect.bisect_left(places, place) - 1
        return places[found] if 0 <= found < len(places) else None

    def copy(self, kind: CollectionType | None = None) -> Collection:
        """Copy with all that is inside."""
        plain = self.kind.element.shape is None and self.kind.element.type is not None
        items = self.items if plain else {k: copied(v) for k, v in self.items.items()}
        return Collection(kind or self.kind, dict(items), self.size)


def copied(value: Any) -> Any:
    """Copy a value: composite ones are never shared."""
    if isinstance(value, dict):
        return {name: copied(inner) for name, inner in value.items()}
    return value.copy() if isinstance(value, Collection) else value


def initial(what: Typed, frame: Frame) -> Any:
    """Return the value of what was declared without one."""
    shape = what.shape
    if isinstance(shape, RecordType):
        return {
            name: initial(inner, frame)
            if inner.default is None
            else settle(inner.default.run(frame), inner, frame)
            for name, inner in (shape.fields or {}).items()
        }
    if isinstance(shape, CollectionType) and shape.sort is Sort.ASSOCIATIVE:
        return Collection(shape)
    return None


def settle(value: Any, what: Typed, frame: Frame) -> Any:
    """Convert a value to the type of what it is assigned to; composite values are copied.

    :raises OracleError: ORA-06502 where it does not fit.
    """
    shape = what.shape
    if value is None and what.not_null:
        raise value_error()
    if shape is None:
        if isinstance(value, (dict, Collection, RefCursor)):
            return copied(value)
        return fit(value, what.type, frame.convert)
    if isinstance(shape, RecordType):
        return _settled_record(value, shape, frame)
    if isinstance(shape, CollectionType):
        return _settled_collection(value, shape, frame)
    return value


def _settled_collection(value: Any, shape: CollectionType, frame: Frame) -> Collection | None:
    if value is None:
        return Collection(shape) if shape.sort is Sort.ASSOCIATIVE else None
    if isinstance(value, list):  # an array that a client has bound
        return Collection.of(shape, [settle(inner, shape.element, frame) for inner in value])
    if not isinstance(value, Collection):
        raise value_error()
    return value.copy(shape)


def _settled_record(value: Any, shape: RecordType, frame: Frame) -> dict[str, Any]:
    if value is None:
        return {
            name: initial(Typed(t.type, t.shape), frame) for name, t in (shape.fields or {}).items()
        }
    if not isinstance(value, dict):
        raise value_error()
    if shape.fields is None:
        return {name: copied(inner) for name, inner in value.items()}
    return record_of(shape, list(value.values()), frame)


def record_of(shape: RecordType, values: Sequence[Any], frame: Frame) -> dict[str, Any]:
    """Make a record of values in the order of its fields.

    :raises OracleError: ORA-06504 for another number of values.
    """
    fields = shape.fields or {}
    if len(values) != len(fields):
        raise OracleError(
            6504, "PL/SQL: Return types of Result Set variables or query do not match"
        )
    return {
        name: settle(value, inner, frame)
        for (name, inner), value in zip(fields.items(), values, strict=True)
    }
