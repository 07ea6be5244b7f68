"""Types that SYS packages declare."""

from __future__ import annotations

from airflow_oracle_dag.sandbox.plsql.shapes import CollectionType, CursorType, RecordType, Typed
from airflow_oracle_dag.sandbox.plsql.types import BOOLEAN, DATE, INTEGER, NUMBER, TEXT, PlType

SYS_REFCURSOR = CursorType("SYS_REFCURSOR")
_DESCRIBED = (
    "COL_TYPE", "COL_MAX_LEN", "COL_NAME", "COL_NAME_LEN", "COL_SCHEMA_NAME", "COL_SCHEMA_NAME_LEN",
    "COL_PRECISION", "COL_SCALE", "COL_CHARSETID", "COL_CHARSETFORM", "COL_NULL_OK",
)  # fmt: skip
_KINDS = {"COL_NAME": TEXT, "COL_SCHEMA_NAME": TEXT, "COL_NULL_OK": BOOLEAN}
_FIELDS = {name: Typed(_KINDS.get(name, INTEGER)) for name in _DESCRIBED}


def _table(name: str, element: Typed) -> CollectionType:
    return CollectionType(name, element, index=INTEGER)


def _scalars(name: str, kind: PlType) -> CollectionType:
    return _table(name, Typed(kind))


DESC_TAB = _table("DBMS_SQL.DESC_TAB", Typed(shape=RecordType("DBMS_SQL.DESC_REC", _FIELDS)))
# PL/SQL Packages and Types Reference, DBMS_SQL Data Structures, DBMS_OUTPUT, DBMS_UTILITY.
PACKAGE_TYPES: dict[str, CollectionType | RecordType] = {
    "DBMS_SQL.DESC_TAB": DESC_TAB,
    "DBMS_SQL.DESC_TAB2": DESC_TAB,
    "DBMS_SQL.DESC_REC": RecordType("DBMS_SQL.DESC_REC", _FIELDS),
    "DBMS_SQL.VARCHAR2A": _scalars("DBMS_SQL.VARCHAR2A", TEXT),
    "DBMS_SQL.VARCHAR2S": _scalars("DBMS_SQL.VARCHAR2S", TEXT),
    "DBMS_SQL.VARCHAR2_TABLE": _scalars("DBMS_SQL.VARCHAR2_TABLE", TEXT),
    "DBMS_SQL.NUMBER_TABLE": _scalars("DBMS_SQL.NUMBER_TABLE", NUMBER),
    "DBMS_SQL.DATE_TABLE": _scalars("DBMS_SQL.DATE_TABLE", DATE),
    "DBMS_OUTPUT.CHARARR": _scalars("DBMS_OUTPUT.CHARARR", TEXT),
    "DBMS_UTILITY.NUMBER_ARRAY": _scalars("DBMS_UTILITY.NUMBER_ARRAY", NUMBER),
}
