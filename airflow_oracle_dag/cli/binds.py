"""``--bind name[:type]=value``: text from a shell into values for a database."""

from __future__ import annotations

import os
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli.exits import UsageError
from airflow_oracle_dag.core.values import (
    ScriptValues,
    Secret,
    Timestamp,
    folded,
    interval_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


#: NUMBER holds 1E-130 to 9.99E+125 (SQL Language Reference, NUMBER Data Type).
_LARGEST_EXPONENT = 125


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write it as 2026-11-20 or 2026-11-20T01:02:03.5") from None
    if moment.tzinfo is not None:
        raise ValueError("give it without a time zone")
    return moment


def _secret(text: str) -> Secret:
    if text not in os.environ:
        raise ValueError(f"the environment has no variable {text}")
    return Secret(os.environ[text])


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("it is not a number") from None
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError("it is not a number that Oracle's NUMBER can hold")
    return number


_TYPES: dict[str, Callable[[str], Any]] = {
    "text": str,
    "number": _number,
    "date": lambda text: _moment(text).replace(microsecond=0),
    "secret": _secret,
    "timestamp": lambda text: Timestamp(_moment(text)),
}


def script_values(given: Iterable[str], run_id: str) -> ScriptValues:
    """Return what a script's binds are looked up in.

    :param given: the ``--bind`` arguments.
    :param run_id: the value of ``:run_id``; the interval's binds are absent unless given.
    :raises UsageError: for an argument that cannot be understood.
    """
    parameters: dict[str, Any] = {}
    for argument in given:
        name, value = _parsed(argument)
        if name in parameters:
            raise UsageError(f"--bind {name}: it is given twice")
        parameters[name] = value
    offered = interval_values(
        logical_date=None, data_interval_start=None, data_interval_end=None, run_id=run_id
    )
    return ScriptValues(parameters, offered)


def _parsed(argument: str) -> tuple[str, Any]:
    left, equals, text = argument.partition("=")
    name, _, kind = left.partition(":")
    if not equals or not name:
        raise UsageError(f"--bind {argument}: write it as name=value or name:type=value")
    convert = _TYPES.get(kind or "text")
    if convert is None:
        raise UsageError(f"--bind {left}: no type {kind!r}, there are {', '.join(_TYPES)}")
    try:
        return folded(name), convert(text)
    except ValueError as error:
        raise UsageError(f"--bind {argument}: {error}") from None
