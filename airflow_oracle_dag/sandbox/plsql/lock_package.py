"""DBMS_LOCK: user locks, and SLEEP (PL/SQL Packages and Types Reference, DBMS_LOCK)."""

# ruff: noqa: ARG001 - the functions of a table share one signature

from __future__ import annotations

from typing import Any

from airflow_oracle_dag.sandbox.engine_control import commit
from airflow_oracle_dag.sandbox.engine_locks import MAXWAIT, MODES, X
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.member import Member
from airflow_oracle_dag.sandbox.plsql.operators import as_text
from airflow_oracle_dag.sandbox.plsql.types import INTEGER, to_number
from airflow_oracle_dag.sandbox.session import OracleError

_LONGEST_NAME = 128


def _whole(value: Any, standard: int) -> int:
    return standard if value is None else int(to_number(value))


def _allocate(frame: Frame, name: Any, *rest: Any) -> tuple[str]:
    handle = _handle(frame, name)
    commit(frame.session)  # "ALLOCATE_UNIQUE always performs a COMMIT"
    return (handle,)


def _allocate_alone(frame: Frame, name: Any, *rest: Any) -> tuple[str]:
    return (_handle(frame, name),)


def _handle(frame: Frame, name: Any) -> str:
    text = as_text(name, frame, None)
    if not text or len(text.encode()) > _LONGEST_NAME:
        raise OracleError(20000, "ORU-10003: lock name must have 1 to 128 bytes")
    return frame.session.database.locks.allocate(text)


def _request(
    frame: Frame, lock: Any, mode: Any = None, timeout: Any = None, on_commit: Any = None
) -> int:
    locks = frame.session.database.locks
    seconds = _whole(timeout, MAXWAIT)
    return locks.request(frame.session, lock, _whole(mode, X), seconds, on_commit=bool(on_commit))


def _convert(frame: Frame, lock: Any, mode: Any, timeout: Any = None) -> int:
    locks = frame.session.database.locks
    return locks.convert(frame.session, lock, _whole(mode, 0), _whole(timeout, MAXWAIT))


def _release(frame: Frame, lock: Any) -> int:
    return frame.session.database.locks.release(frame.session, lock)


def sleep(frame: Frame, seconds: Any) -> None:
    """Wait; a cancel ends it."""
    frame.session.sleep(float(to_number(seconds)))


def _constant(value: int) -> Member:
    return Member(lambda frame: value, returns=INTEGER)  # noqa: ARG005 - as every member


_NAMED = ("LOCKNAME", "LOCKHANDLE", "EXPIRATION_SECS")
_EITHER = {"LOCKHANDLE": "ID"}
LOCK_MEMBERS: dict[str, Member] = {
    "DBMS_LOCK.SLEEP": Member(sleep, ("SECONDS",), required=1),
    "DBMS_LOCK.ALLOCATE_UNIQUE": Member(_allocate, _NAMED, (1,), required=2),
    "DBMS_LOCK.ALLOCATE_UNIQUE_AUTONOMOUS": Member(_allocate_alone, _NAMED, (1,), required=2),
    "DBMS_LOCK.REQUEST": Member(
        _request,
        ("ID", "LOCKMODE", "TIMEOUT", "RELEASE_ON_COMMIT"),
        returns=INTEGER,
        required=1,
        aliases=_EITHER,
    ),
    "DBMS_LOCK.CONVERT": Member(
        _convert, ("ID", "LOCKMODE", "TIMEOUT"), returns=INTEGER, required=2, aliases=_EITHER
    ),
    "DBMS_LOCK.RELEASE": Member(_release, ("ID",), returns=INTEGER, required=1, aliases=_EITHER),
    "DBMS_LOCK.MAXWAIT": _constant(MAXWAIT),
    **{f"DBMS_LOCK.{name}": _constant(mode) for name, mode in MODES.items()},
}
