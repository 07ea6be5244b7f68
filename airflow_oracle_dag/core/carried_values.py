"""Values as they are carried to a process on another machine: JSON that keeps their types.

Whoever reads them back binds, and fingerprints, exactly what the sender would have. A secret stays
where it is: in its place stands a text that is as secret, so that the rest of a plan is the same.
"""

from __future__ import annotations

import base64
import binascii
import math
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Callable, Dict, Mapping, Tuple

from airflow_oracle_dag.core.handed_values import CannotBeHanded
from airflow_oracle_dag.core.values import Absent, Secret, Timestamp

#: Stands where a secret was left out; a step that would be given it is refused by the plan.
WITHHELD = Secret("\ufffdwithheld\ufffd")
_MICROSECOND = timedelta(microseconds=1)


class Unreadable(Exception):
    """Say what is wrong with a value that was carried, one clause without the value."""


def write_carried(value: Any) -> Dict[str, Any]:
    """Give a value as JSON takes it: its type, and beside it a text or a number.

    :raises CannotBeHanded: no other process could have it.
    """
    for kinds, kind, write in _WRITERS:
        if isinstance(value, kinds):
            return {"type": kind, **write(value)}
    raise CannotBeHanded(f"is a {type(value).__name__}, which is not carried to another machine")


def read_carried(document: Mapping[str, Any]) -> Any:
    """Give a value back.

    :param document: what `write_carried` gave.
    :raises Unreadable: it is nothing of that kind.
    """
    if not isinstance(document, Mapping):
        raise Unreadable("is no object with a type and a value")
    kind = document.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise Unreadable(f"has the type {kind!r}, which is none of {', '.join(_READERS)}")
    expected = {"type"} if kind in _WITHOUT_VALUE else {"type", "value"}
    if set(document) != expected:
        raise Unreadable(f"has the fields {', '.join(sorted(document))}, and a {kind} has others")
    value = document.get("value")
    if kind not in _WITHOUT_VALUE and not isinstance(value, bool if kind == "boolean" else str):
        raise Unreadable(f"has the type {kind} and a value that is a {type(value).__name__}")
    try:
        return read(value)
    except (ValueError, TypeError, InvalidOperation, OverflowError, binascii.Error):
        raise Unreadable(f"has the type {kind} and is none") from None


def _nothing(_: Any) -> Dict[str, Any]:
    return {}


def _float(value: float) -> Dict[str, Any]:
    if not math.isfinite(value):
        raise CannotBeHanded("is no finite number")
    return {"value": repr(float(value))}


def _decimal(value: Decimal) -> Dict[str, Any]:
    if not value.is_finite():
        raise CannotBeHanded("is no finite number")
    return {"value": str(value)}


def _text(value: str) -> Dict[str, Any]:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise CannotBeHanded("has half a character in it (a lone surrogate)") from None
    return {"value": str(value)}


def _written(write: Callable[[Any], str]) -> Callable[[Any], Dict[str, Any]]:
    return lambda value: {"value": write(value)}


#: The first that fits: a bool is an int, a moment is a date, a secret is a text.
_WRITERS: Tuple[Tuple[Any, str, Callable[[Any], Dict[str, Any]]], ...] = (
    (type(None), "null", _nothing),
    (Secret, "secret", _nothing),
    (Absent, "absent", _written(lambda value: value.reason)),
    (bool, "boolean", lambda value: {"value": value}),
    (int, "integer", _written(lambda value: str(int(value)))),
    (Decimal, "number", _decimal),
    (float, "float", _float),
    (str, "text", _text),
    (Timestamp, "timestamp", _written(lambda value: datetime.isoformat(value.value))),
    (datetime, "datetime", _written(datetime.isoformat)),
    (date, "date", _written(date.isoformat)),
    (timedelta, "interval", _written(lambda value: str(value // _MICROSECOND))),
    (bytes, "bytes", _written(lambda value: base64.b64encode(value).decode("ascii"))),
)
_WITHOUT_VALUE = ("null", "secret")
_READERS: Dict[str, Callable[[Any], Any]] = {
    "null": lambda _: None,
    "secret": lambda _: WITHHELD,
    "absent": Absent,
    "boolean": bool,
    "integer": int,
    "number": Decimal,
    "float": float,
    "text": str,
    "timestamp": lambda text: Timestamp(datetime.fromisoformat(text)),
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "interval": lambda text: int(text) * _MICROSECOND,
    "bytes": lambda text: base64.b64decode(text, validate=True),
}
