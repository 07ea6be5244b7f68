"""DBMS_APPLICATION_INFO: what a session says of itself, for V$SESSION and V$SESSION_LONGOPS.

PL/SQL Packages and Types Reference, DBMS_APPLICATION_INFO.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.member import Member
from airflow_oracle_dag.sandbox.plsql.operators import as_text
from airflow_oracle_dag.sandbox.plsql.types import INTEGER, to_number

_NO_HINT = -1
_LONG = (
    "RINDEX", "SLNO", "OP_NAME", "TARGET", "CONTEXT", "SOFAR", "TOTALWORK", "TARGET_DESC", "UNITS",
)  # fmt: skip


def tag(name: str) -> Callable[..., None]:
    """Make a procedure that sets one of the tags."""

    def run(frame: Frame, value: Any = None, *_rest: Any) -> None:
        frame.session.tag(name, None if value is None else as_text(value, frame, None))

    return run


def _module(frame: Frame, module: Any = None, action: Any = None) -> None:
    tag("module")(frame, module)
    tag("action")(frame, action)


def _read(*names: str) -> Callable[..., tuple[str | None, ...]]:
    def run(frame: Frame, *_outs: Any) -> tuple[str | None, ...]:
        return tuple(frame.session.settings.get(name) or None for name in names)

    return run


def _number(value: Any) -> float:
    return float(to_number(value) or 0)


def _long(
    frame: Frame,
    rindex: Any,
    slno: Any,
    name: Any = None,
    target: Any = None,
    context: Any = None,
    sofar: Any = None,
    total: Any = None,
    description: Any = "unknown target",
    units: Any = None,
) -> tuple[int, Any]:
    """Begin a row for the hint -1 or one that is not known, else change it."""
    session = frame.session
    rows = session.memory.longops
    place = _NO_HINT if rindex is None else int(to_number(rindex))
    if place not in rows:
        place = len(rows)
        rows[place] = session.database.longops.begin(session)
    values: dict[str, Any] = {
        "opname": as_text(name, frame, None)[:64],
        "target": "" if target is None else as_text(target, frame, None),
        "context": _number(context),
        "sofar": _number(sofar),
        "totalwork": _number(total),
        "target_desc": as_text(description, frame, None)[:32],
        "units": as_text(units, frame, None)[:32],
    }
    session.database.longops.change(rows[place], values)
    return place, slno


INFO_MEMBERS: dict[str, Member] = {
    "DBMS_APPLICATION_INFO.SET_MODULE": Member(_module, ("MODULE_NAME", "ACTION_NAME"), required=2),
    "DBMS_APPLICATION_INFO.SET_ACTION": Member(tag("action"), ("ACTION_NAME",), required=1),
    "DBMS_APPLICATION_INFO.SET_CLIENT_INFO": Member(
        tag("client_info"), ("CLIENT_INFO",), required=1
    ),
    "DBMS_APPLICATION_INFO.READ_CLIENT_INFO": Member(
        _read("client_info"), ("CLIENT_INFO",), (0,), required=1
    ),
    "DBMS_APPLICATION_INFO.READ_MODULE": Member(
        _read("module", "action"), ("MODULE_NAME", "ACTION_NAME"), (0, 1), required=2
    ),
    "DBMS_APPLICATION_INFO.SET_SESSION_LONGOPS": Member(_long, _LONG, (0, 1), required=2),
    "DBMS_APPLICATION_INFO.SET_SESSION_LONGOPS_NOHINT": Member(lambda _: _NO_HINT, returns=INTEGER),
    "DBMS_SESSION.SET_IDENTIFIER": Member(tag("client_identifier"), ("CLIENT_ID",), required=1),
    "DBMS_SESSION.CLEAR_IDENTIFIER": Member(tag("client_identifier")),
}
