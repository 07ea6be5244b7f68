"""DBMS_SQL: statements that are parsed, bound, run and fetched step by step.

PL/SQL Packages and Types Reference, DBMS_SQL. Arrays, LONGs, editions, containers and TO_REFCURSOR
are ORA-03001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_rows import changed_rows
from airflow_oracle_dag.sandbox.engine_statement import EngineStatement
from airflow_oracle_dag.sandbox.plsql.cursors import OpenCursor
from airflow_oracle_dag.sandbox.plsql.dynamic import (
    Bound,
    compiled,
    run_action,
    run_sql,
    translation_of,
)
from airflow_oracle_dag.sandbox.plsql.errors import named, value_error
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.operators import as_text
from airflow_oracle_dag.sandbox.plsql.package_types import DESC_TAB
from airflow_oracle_dag.sandbox.plsql.shapes import Collection
from airflow_oracle_dag.sandbox.plsql.types import PlType, to_number
from airflow_oracle_dag.sandbox.session import (
    BindType,
    Column,
    Direction,
    OracleError,
    OracleType,
    StatementKind,
)

Types = Sequence[PlType | None]
# Statements that are not DDL: they run at EXECUTE, not already at PARSE.
_CONTROL = ("COMMIT", "ROLLBACK", "SAVEPOINT", "SET", "LOCK")
_CODES = {
    OracleType.VARCHAR2: 1,
    OracleType.NUMBER: 2,
    OracleType.LONG: 8,
    OracleType.ROWID: 11,
    OracleType.DATE: 12,
    OracleType.RAW: 23,
    OracleType.CHAR: 96,
    OracleType.BINARY_FLOAT: 100,
    OracleType.BINARY_DOUBLE: 101,
    OracleType.CLOB: 112,
    OracleType.BLOB: 113,
    OracleType.TIMESTAMP: 180,
    OracleType.TIMESTAMP_TZ: 181,
    OracleType.INTERVAL_DS: 183,
    OracleType.TIMESTAMP_LTZ: 231,
    OracleType.BOOLEAN: 252,
}
_TEXTS = (OracleType.VARCHAR2, OracleType.CHAR)
_SIZES = {OracleType.NUMBER: 22, OracleType.DATE: 7, OracleType.CLOB: 4000, OracleType.BLOB: 4000}


@dataclass
class Define:
    """Be what a column of a query is fetched as.

    :param size: of a text, in bytes; 0 for the other types.
    """

    type: PlType | None
    size: int = 0


@dataclass
class SqlCursor:
    """Be one cursor.

    :param binds: by name in upper case.
    :param outs: values of the placeholders after EXECUTE.
    """

    statement: EngineStatement | None = None
    waits: bool = False  # a control statement that EXECUTE has to run
    binds: dict[str, Bound] = field(default_factory=dict)
    outs: dict[str, Any] = field(default_factory=dict)
    defines: dict[int, Define] = field(default_factory=dict)
    columns: Sequence[Column] = ()
    rows: OpenCursor | None = None
    row: Sequence[Any] | None = None
    count: int = 0


def _cursor(frame: Frame, number: Any) -> SqlCursor:
    return frame.session.memory.cursors.find(None if number is None else int(to_number(number)))


def _parsed(cursor: SqlCursor) -> EngineStatement:
    if cursor.statement is None:  # nothing, or what a REF CURSOR was opened for
        raise OracleError(1003, "no statement parsed")
    return cursor.statement


def open_cursor(frame: Frame, *options: Any) -> int:
    """Run OPEN_CURSOR."""
    if any(options):
        raise unimplemented("DBMS_SQL.OPEN_CURSOR with options")
    return frame.session.memory.cursors.add(SqlCursor())


def is_open(frame: Frame, number: Any) -> bool:
    """Run IS_OPEN: a number that denotes no cursor is an error, NULL is not."""
    return number is not None and _cursor(frame, number) is not None


def close_cursor(frame: Frame, number: Any) -> tuple[None]:
    """Run CLOSE_CURSOR; the number becomes NULL."""
    _cursor(frame, number)
    del frame.session.memory.cursors.opened[int(to_number(number))]
    return (None,)


def parse(frame: Frame, number: Any, text: Any, flag: Any, *more: Any) -> None:
    """Run PARSE; a DDL is carried out by it."""
    cursor = _cursor(frame, number)
    if any(value is not None for value in more):
        raise unimplemented("DBMS_SQL.PARSE with an edition, schema or container")
    if isinstance(text, Collection):
        raise unimplemented("DBMS_SQL.PARSE of a table of lines")
    to_number(flag)
    if text is None:
        raise OracleError(900, "invalid SQL statement")
    fresh = SqlCursor(compiled(text, frame))
    for name in vars(fresh):
        setattr(cursor, name, getattr(fresh, name))
    statement = _parsed(cursor)
    if statement.action is not None:
        words = statement.sql.upper().split(None, 2)
        cursor.waits = words[0] in _CONTROL or words[:2] == ["ALTER", "SESSION"]
        if not cursor.waits:
            _act(frame, statement)
    elif statement.kind is StatementKind.QUERY:
        cursor.columns = _described(frame, statement)


def _act(frame: Frame, statement: EngineStatement) -> None:
    before = frame.row_count
    try:
        run_action(frame, statement)
    finally:
        frame.row_count = before  # SQL%ROWCOUNT is not about DBMS_SQL


def _described(frame: Frame, statement: EngineStatement) -> Sequence[Column]:
    translation = translation_of(frame, statement)
    return frame.session.describe(translation, [None] * len(translation.binds)).columns


def bind_variable(
    frame: Frame, types: Types, number: Any, name: Any, value: Any, size: Any = None
) -> None:
    """Run BIND_VARIABLE: by name, with or without the colon, for all its occurrences."""
    cursor = _cursor(frame, number)
    plain = (as_text(name, frame, None) or "").removeprefix(":").upper()
    if plain not in _parsed(cursor).bind_names:
        raise OracleError(1006, "bind variable does not exist")
    kind = types[2] if len(types) > 2 else None
    bind = BindType(kind.kind, int(to_number(size or 0))) if kind is not None else None
    cursor.binds[plain] = Bound(value, bind)


def define_column(
    frame: Frame, types: Types, number: Any, position: Any, _value: Any, size: Any = None
) -> None:
    """Run DEFINE_COLUMN; a text needs its size.

    That a LOB cannot be fetched as a VARCHAR2 is unverified.
    """
    cursor = _cursor(frame, number)
    place = _place(cursor, position)
    kind = types[2] if len(types) > 2 else None
    text = kind is not None and kind.kind in _TEXTS
    if text and size is None:
        raise OracleError(
            6550, "PLS-00307: too many declarations of 'DEFINE_COLUMN' match this call"
        )
    lob = (OracleType.CLOB, OracleType.BLOB)
    column = cursor.columns[place].type
    if kind is not None and column in lob and kind.kind is not column:
        raise OracleError(
            932, f"inconsistent datatypes: expected {kind.kind.value} got {column.value}"
        )
    cursor.defines[place] = Define(kind, int(to_number(size)) if text else 0)


def _place(cursor: SqlCursor, position: Any) -> int:
    place = int(to_number(position or 0)) - 1
    if not 0 <= place < len(cursor.columns):
        raise OracleError(1007, "variable not in select list")
    return place


def execute(frame: Frame, number: Any) -> int:
    """Run EXECUTE and return the rows that were changed; 0 for what is no DML."""
    cursor = _cursor(frame, number)
    statement = _parsed(cursor)
    frame.session.check()
    cursor.count, cursor.row, cursor.rows = 0, None, None
    if statement.action is not None:
        if cursor.waits:
            _act(frame, statement)
    elif statement.block is not None:
        bound = [_bound(cursor, name) for name in statement.block.bind_names]
        values = statement.block.run_inside(
            frame, [b.value for b in bound], [b.type for b in bound]
        )
        cursor.outs = dict(zip(statement.block.bind_names, values, strict=True))
        cursor.count = 1
    else:
        _execute_sql(frame, cursor, statement)
    return cursor.count if statement.kind is StatementKind.DML else 0


def _bound(cursor: SqlCursor, name: str) -> Bound:
    found = cursor.binds.get(name)
    if found is None:
        raise OracleError(1008, "not all variables bound")
    return found


def _execute_sql(frame: Frame, cursor: SqlCursor, statement: EngineStatement) -> None:
    translation = translation_of(frame, statement)
    names = list(statement.bind_names)[: len(translation.binds)]
    bound = [_bound(cursor, name) for name in names]
    into = [Bound(None, _bound(cursor, name).type, Direction.OUT) for name in translation.into]
    result = run_sql(frame, statement, bound)
    if statement.kind is StatementKind.QUERY:
        cursor.rows = OpenCursor(result, frame, translation.names)
        return
    cursor.count = changed_rows(result)
    if into and result.ntuples > 1:
        raise named(1422)
    row = OpenCursor(result, frame).next_row() if into else None
    if row is not None:
        cursor.outs.update(zip(translation.into, row, strict=True))


def fetch_rows(frame: Frame, number: Any) -> int:
    """Run FETCH_ROWS: 1, or 0 behind the last row."""
    cursor = _cursor(frame, number)
    if cursor.rows is None:
        raise OracleError(1002, "fetch out of sequence")
    frame.session.check()
    cursor.row = cursor.rows.next_row()
    cursor.count = cursor.rows.count
    return 0 if cursor.row is None else 1


def execute_and_fetch(frame: Frame, number: Any, exact: Any = None) -> int:
    """Run EXECUTE_AND_FETCH."""
    execute(frame, number)
    found = fetch_rows(frame, number)
    if exact and not found:
        raise named(1403)
    if exact and _more(_cursor(frame, number)):
        raise named(1422)
    return found


def _more(cursor: SqlCursor) -> bool:
    return cursor.rows is not None and cursor.rows.size > 1


def column_value(frame: Frame, types: Types, number: Any, position: Any, *_outs: Any) -> Any:
    """Run COLUMN_VALUE; what is longer than its DEFINE_COLUMN said is cut, with COLUMN_ERROR."""
    cursor = _cursor(frame, number)
    place = _place(cursor, position)
    define = cursor.defines.get(place)
    if define is None:
        raise OracleError(1007, "variable not in select list")
    if cursor.row is None:
        raise OracleError(1002, "fetch out of sequence")
    wanted = types[2] if len(types) > 2 else None
    if wanted is not None and define.type is not None and _other(wanted, define.type):
        raise _mismatch()
    value, kind = cursor.row[place], cursor.columns[place].type
    if not define.size or value is None:
        return value, 0, _length(value)
    text = _as_text(frame, value, kind)
    cut = text.encode()[: define.size].decode(errors="ignore")
    return cut or None, 0 if cut == text else 1406, _length(text)


def _mismatch() -> OracleError:
    return OracleError(6562, "type of out argument must match type of column or bind variable")


def _other(one: PlType, two: PlType) -> bool:
    texts = (*_TEXTS, OracleType.CLOB)
    if one.kind in _TEXTS and two.kind in _TEXTS:
        return False
    return one.kind is not two.kind or (one.kind in texts) != (two.kind in texts)


def _length(value: Any) -> int:
    return 0 if value is None else len(str(value).encode())


def _as_text(frame: Frame, value: Any, kind: OracleType) -> str:
    """Convert as a define of another type does: by the session's formats."""
    if isinstance(value, (str, int, float)) or kind is OracleType.NUMBER:
        return as_text(value, frame, None)
    if isinstance(value, bytes):
        return value.hex().upper()
    return str(frame.ask("SELECT TO_CHAR(:A1) FROM DUAL", [value], [BindType(kind)]) or "")


def variable_value(frame: Frame, number: Any, name: Any, _value: Any) -> tuple[Any]:
    """Run VARIABLE_VALUE."""
    cursor = _cursor(frame, number)
    plain = (as_text(name, frame, None) or "").removeprefix(":").upper()
    if plain not in _parsed(cursor).bind_names:
        raise OracleError(1006, "bind variable does not exist")
    return (cursor.outs.get(plain),)


def describer(longest: int) -> Any:
    """Make DESCRIBE_COLUMNS.

    :param longest: bytes of a name that fit into COL_NAME.
    """

    def run(frame: Frame, number: Any, *_outs: Any) -> tuple[int, Collection]:
        cursor = _cursor(frame, number)
        if not cursor.columns:
            _parsed(cursor)
            raise OracleError(900, "invalid SQL statement")
        listed = Collection(
            DESC_TAB, {place: _description(c) for place, c in enumerate(cursor.columns, 1)}
        )
        if any(len(c.name.encode()) > longest for c in cursor.columns):
            raise value_error("character string buffer too small")
        return len(listed.items), listed

    return run


def _description(column: Column) -> dict[str, Any]:
    number = column.type is OracleType.NUMBER
    return {
        "COL_TYPE": _CODES[column.type],
        "COL_MAX_LEN": column.size or _SIZES.get(column.type, 0),
        "COL_NAME": column.name,
        "COL_NAME_LEN": len(column.name.encode()),
        "COL_SCHEMA_NAME": None,
        "COL_SCHEMA_NAME_LEN": 0,
        "COL_PRECISION": column.precision,
        "COL_SCALE": column.scale if number or column.scale > 0 else 0,
        "COL_CHARSETID": 873 if column.type in (*_TEXTS, OracleType.CLOB) else 0,
        "COL_CHARSETFORM": 1 if column.type in (*_TEXTS, OracleType.CLOB) else 0,
        "COL_NULL_OK": column.nullable,
    }


def to_cursor_number(frame: Frame, handle: Any) -> int:
    """Run TO_CURSOR_NUMBER: the REF CURSOR variable is closed to its program by it."""
    opened = handle.take(frame)
    cursor = SqlCursor(rows=opened, columns=opened.columns)
    return frame.session.memory.cursors.add(cursor)
