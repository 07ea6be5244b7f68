"""Values as they can be handed to a job: by number, each in the column of its type."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Callable, Dict, List, Tuple

from airflow_oracle_dag.core.values import Secret, Timestamp

#: Bytes that a text may have: it is kept in a VARCHAR2(4000).
MOST_BYTES = 4000


class CannotBeHanded(Exception):
    """Say why a value cannot be kept for a job, one clause."""


@dataclass(frozen=True)
class Value:
    """A value as it is kept.

    :param no: 1, 2, …
    :param kind: ``number``, ``text``, ``date``, ``timestamp`` or ``boolean``.
    """

    no: int
    kind: str
    value: Any

    @property
    def columns(self) -> Dict[str, Any]:
        """Return what each column of ODAG_HANDOVER_VALUE holds."""
        kind = "number" if self.kind == "boolean" else self.kind
        value = int(self.value) if self.kind == "boolean" else self.value
        kinds = ("number", "text", "date", "timestamp")
        return {f"{each}_value": value if each == kind else None for each in kinds}


class Values:
    """Number values.

    :ivar all: in order.
    """

    def __init__(self) -> None:
        self.all: List[Value] = []
        self._known: Dict[Tuple[str, str], Value] = {}

    def add(self, value: Any) -> int:
        """Give a value a number of its own.

        :raises CannotBeHanded: see `read_value`.
        """
        self.all.append(Value(len(self.all) + 1, *read_value(value)))
        return len(self.all)

    def number(self, value: Any) -> int:
        """Return the number of a value; the same one has the same number.

        :raises CannotBeHanded: see `read_value`.
        """
        kind, kept = read_value(value)
        key = (kind, repr(kept))
        if key not in self._known:
            self._known[key] = self.all[self.add(value) - 1]
        return self._known[key].no


def read_value(value: Any) -> Tuple[str, Any]:
    """Give the kind of a value, and the value as a column takes it.

    Numbers keep all their digits; of a moment, what the driver would bind is kept: a DATE has no
    fraction of a second. NULL is a text, as the driver has it.

    :raises CannotBeHanded: a secret, a text that is too long, or what no column takes.
    """
    if isinstance(value, Secret):
        raise CannotBeHanded("is a secret, and none is ever written into a table")
    if value is None:
        return "text", None
    for kinds, read in _READERS:
        if isinstance(value, kinds):
            return read(value)
    raise CannotBeHanded(f"is a {type(value).__name__}, which no column can keep")


def _number(value: Any) -> Tuple[str, Any]:
    if not math.isfinite(value):
        raise CannotBeHanded("is no finite number")
    return "number", value


def _text(value: str) -> Tuple[str, Any]:
    length = len(value.encode("utf-8", "surrogatepass"))
    if length > MOST_BYTES:
        raise CannotBeHanded(f"has {length} bytes, and at most {MOST_BYTES} are handed over")
    return "text", value


def _date(value: date) -> Tuple[str, Any]:
    return "date", datetime(value.year, value.month, value.day)  # noqa: DTZ001 - Oracle's DATE has no zone


#: The first that fits: a bool is an int, too, and a moment is a date.
_READERS: Tuple[Tuple[Any, Callable[[Any], Tuple[str, Any]]], ...] = (
    (bool, lambda value: ("boolean", value)),
    ((int, float, Decimal), _number),
    (str, _text),
    (Timestamp, lambda value: ("timestamp", value.value)),
    (datetime, lambda value: ("date", value.replace(tzinfo=None, microsecond=0))),
    (date, _date),
)
