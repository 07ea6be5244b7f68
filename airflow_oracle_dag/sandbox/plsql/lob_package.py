"""DBMS_LOB, as far as it reads: a LOB is a value here, so nothing can write through its locator.

PL/SQL Packages and Types Reference, DBMS_LOB.
"""

from __future__ import annotations

from typing import Any

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.errors import value_error
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.member import Member
from airflow_oracle_dag.sandbox.plsql.types import INTEGER, TEXT, to_number

_MOST = 32767
_MISSING = (
    "APPEND", "CLOSE", "CONVERTTOBLOB", "CONVERTTOCLOB", "COPY", "CREATETEMPORARY", "ERASE",
    "FILECLOSE", "FILEOPEN", "FREETEMPORARY", "GETCHUNKSIZE", "ISOPEN", "ISTEMPORARY",
    "LOADCLOBFROMFILE", "OPEN", "READ", "TRIM", "WRITE", "WRITEAPPEND",
)  # fmt: skip


def _length(_frame: Frame, lob: Any) -> int | None:
    return None if lob is None else len(lob)


def _substr(_frame: Frame, lob: Any, amount: Any = _MOST, offset: Any = 1) -> Any:
    size = None if amount is None else int(to_number(amount))
    start = None if offset is None else int(to_number(offset))
    if lob is None or size is None or start is None or size < 1 or start < 1:
        return None
    if size > _MOST:
        raise value_error("character string buffer too small")
    return lob[start - 1 : start - 1 + size] or None


def _instr(_frame: Frame, lob: Any, pattern: Any, offset: Any = 1, nth: Any = 1) -> int | None:
    if lob is None or pattern is None:
        return None
    place: int = int(to_number(offset)) - 2
    for _ in range(int(to_number(nth))):
        place = str(lob).find(pattern, place + 1)
        if place < 0:
            return 0
    return place + 1


def _compare(_frame: Frame, one: Any, other: Any) -> int | None:
    if one is None or other is None:
        return None
    return int(one > other) - int(one < other)


def _missing(name: str) -> Member:
    def run(_frame: Frame, *_values: Any) -> Any:
        raise unimplemented(f"DBMS_LOB.{name}")

    return Member(run, tuple(f"P{n}" for n in range(10)))


LOB_MEMBERS: dict[str, Member] = {
    "DBMS_LOB.GETLENGTH": Member(_length, ("LOB_LOC",), returns=INTEGER, required=1),
    "DBMS_LOB.SUBSTR": Member(_substr, ("LOB_LOC", "AMOUNT", "OFFSET"), returns=TEXT, required=1),
    "DBMS_LOB.INSTR": Member(
        _instr, ("LOB_LOC", "PATTERN", "OFFSET", "NTH"), returns=INTEGER, required=2
    ),
    "DBMS_LOB.COMPARE": Member(_compare, ("LOB_1", "LOB_2"), returns=INTEGER, required=2),
    **{f"DBMS_LOB.{name}": _missing(name) for name in _MISSING},
}
