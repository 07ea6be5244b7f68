"""What DBMS_SQL offers to a block; `sql_package` does it."""

# ruff: noqa: FBT002 - defaults of parameters as PL/SQL has them
# ruff: noqa: PLC0415 - DBMS_SQL parses statements, which may be blocks that call DBMS_SQL

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.member import Member
from airflow_oracle_dag.sandbox.plsql.scope import CursorHandle
from airflow_oracle_dag.sandbox.plsql.types import BOOLEAN, INTEGER

_MISSING = (
    "BIND_ARRAY", "BIND_VARIABLE_CHAR", "BIND_VARIABLE_PKG", "BIND_VARIABLE_RAW",
    "BIND_VARIABLE_ROWID", "COLUMN_VALUE_CHAR", "COLUMN_VALUE_LONG", "COLUMN_VALUE_RAW",
    "COLUMN_VALUE_ROWID", "DEFINE_ARRAY", "DEFINE_COLUMN_CHAR", "DEFINE_COLUMN_LONG",
    "DEFINE_COLUMN_RAW", "DEFINE_COLUMN_ROWID", "DESCRIBE_COLUMNS3", "GET_NEXT_RESULT",
    "LAST_ERROR_POSITION", "LAST_ROW_ID", "LAST_SQL_FUNCTION_CODE",
    "TO_REFCURSOR", "VARIABLE_VALUE_PKG",
)  # fmt: skip


def _do(name: str, *arguments: Any) -> Callable[..., Any]:
    def run(frame: Frame, *values: Any) -> Any:
        from airflow_oracle_dag.sandbox.plsql import sql_package

        function = getattr(sql_package, name)
        if arguments:
            function = function(*arguments)
        return function(frame, *values)

    return run


def _return_result(frame: Frame, handle: Any, to_client: Any = True) -> None:
    if not isinstance(handle, CursorHandle) or not to_client:
        raise unimplemented("DBMS_SQL.RETURN_RESULT of a cursor number, or to the caller")
    frame.session.memory.results.append(handle.take(frame))


def _missing(name: str) -> Member:
    def run(_frame: Frame, *_values: Any) -> Any:
        raise unimplemented(f"DBMS_SQL.{name}")

    return Member(run, tuple(f"P{n}" for n in range(10)))


def _constant(value: int) -> Member:
    return Member(lambda _frame: value, returns=INTEGER)


def _row_count(frame: Frame) -> int:
    opened = frame.session.memory.cursors.opened
    return opened[max(opened)].count if opened else 0


_DESCRIBED = ("C", "COL_CNT", "DESC_T")
SQL_MEMBERS: dict[str, Member] = {
    "DBMS_SQL.OPEN_CURSOR": Member(
        _do("open_cursor"), ("TREAT_AS_CLIENT_FOR_RESULTS",), returns=INTEGER
    ),
    "DBMS_SQL.IS_OPEN": Member(_do("is_open"), ("C",), returns=BOOLEAN, required=1),
    "DBMS_SQL.CLOSE_CURSOR": Member(_do("close_cursor"), ("C",), (0,), required=1),
    "DBMS_SQL.PARSE": Member(
        _do("parse"),
        (
            "C", "STATEMENT", "LANGUAGE_FLAG", "EDITION", "APPLY_CROSSEDITION_TRIGGER",
            "FIRE_APPLY_TRIGGER", "SCHEMA", "CONTAINER",
        ),
        required=3,
    ),
    "DBMS_SQL.BIND_VARIABLE": Member(
        _do("bind_variable"), ("C", "NAME", "VALUE", "OUT_VALUE_SIZE"), required=3, typed=True
    ),
    "DBMS_SQL.DEFINE_COLUMN": Member(
        _do("define_column"), ("C", "POSITION", "COLUMN", "COLUMN_SIZE"), required=3, typed=True
    ),
    "DBMS_SQL.EXECUTE": Member(_do("execute"), ("C",), returns=INTEGER, required=1),
    "DBMS_SQL.FETCH_ROWS": Member(_do("fetch_rows"), ("C",), returns=INTEGER, required=1),
    "DBMS_SQL.EXECUTE_AND_FETCH": Member(
        _do("execute_and_fetch"), ("C", "EXACT"), returns=INTEGER, required=1
    ),
    "DBMS_SQL.COLUMN_VALUE": Member(
        _do("column_value"),
        ("C", "POSITION", "VALUE", "COLUMN_ERROR", "ACTUAL_LENGTH"),
        (2, 3, 4),
        required=3,
        typed=True,
    ),
    "DBMS_SQL.VARIABLE_VALUE": Member(
        _do("variable_value"), ("C", "NAME", "VALUE"), (2,), required=3
    ),
    "DBMS_SQL.DESCRIBE_COLUMNS": Member(_do("describer", 32), _DESCRIBED, (1, 2), required=3),
    "DBMS_SQL.DESCRIBE_COLUMNS2": Member(_do("describer", 32767), _DESCRIBED, (1, 2), required=3),
    "DBMS_SQL.TO_CURSOR_NUMBER": Member(
        _do("to_cursor_number"), ("RC",), returns=INTEGER, required=1, cursors=True
    ),
    "DBMS_SQL.RETURN_RESULT": Member(
        _return_result, ("RC", "TO_CLIENT"), required=1, cursors=True
    ),
    "DBMS_SQL.LAST_ROW_COUNT": Member(_row_count, returns=INTEGER),
    "DBMS_SQL.V6": _constant(0),
    "DBMS_SQL.NATIVE": _constant(1),
    "DBMS_SQL.V7": _constant(2),
    **{f"DBMS_SQL.{name}": _missing(name) for name in _MISSING},
}  # fmt: skip
