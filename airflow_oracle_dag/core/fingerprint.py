"""Fingerprints, by which a change of a step that is done is noticed.

Two hashes are kept per step, so that an error can say which of them moved: the text of its
statements, and the values that its binds and substitution variables had. Beside the second one
stands a short hash for each value, so that the error can name it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Dict, Iterable, Mapping, Sequence

from airflow_oracle_dag.core.values import Secret, Timestamp

#: Raised when the same file would be cut into other statements than before. It is kept with each
#: run, so that an error can say that not the script has changed but the way it is read.
SPLITTER_VERSION = 1
#: Part of every hash; raised only when what is hashed changes.
_FORMAT = 1
_SHORT = 12
_LONGEST = 4000


def text_hash(texts: Sequence[str]) -> str:
    """Hash the statements of a step as they are sent.

    :param texts: in order; trailing blanks and line ends are already normalised by the splitter.
    """
    return _digest(["text", _FORMAT, *texts])


def values_hash(names: Iterable[str], values: Mapping[str, Any]) -> str:
    """Hash the values that a step's binds have.

    :param names: the binds that the step uses.
    :param values: all values by lower-case name.
    """
    return _digest(["values", *([name, _canonical(values[name])] for name in sorted(set(names)))])


def value_hashes(names: Iterable[str], values: Mapping[str, Any]) -> str:
    """Hash each value for itself: a JSON object by name, "" when there is none.

    :param names: the binds and variables that the step uses; those that do not fit are left out.
    """
    found: Dict[str, str] = {}
    size = 0
    for name in sorted(set(names)):
        hashed = _digest(["value", name, _canonical(values[name])])[:_SHORT]
        size += len(json.dumps({name: hashed}))  # its braces are as long as what stands between
        if size > _LONGEST:
            break
        found[name] = hashed
    return json.dumps(found) if found else ""


def run_hash(namespace: str, run_key: str) -> str:
    """Hash what identifies a run across its generations."""
    return _digest(["run", namespace, run_key])


def _digest(content: Sequence[Any]) -> str:
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any) -> Any:
    """Give a value one spelling with its type, so that 1 and '1' differ and 1.0 and 1 do not."""
    if value is None or isinstance(value, (bool, str)):
        # A secret's hash could be guessed at, and a new password is no drift.
        return ["secret"] if isinstance(value, Secret) else [type(value).__name__, value]
    if isinstance(value, (int, float, Decimal)):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return ["number", _plain(number) if number.is_finite() else str(number)]
    if isinstance(value, Timestamp):
        return ["timestamp", value.value.isoformat()]
    if isinstance(value, (datetime, date)):
        return ["date", value.isoformat()]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    return [type(value).__name__, str(value)]


def _plain(number: Decimal) -> str:
    """Write a number without exponent and trailing zeros, whatever its length."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
