"""Oracle's data types in PostgreSQL's words."""

# ruff: noqa: C901, PLR0911, PLR0912 - a grammar's alternatives read best in one place
# ruff: noqa: FBT001 - private flags

from __future__ import annotations

from dataclasses import dataclass

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.lexer import Kind, tokenize
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

_CHAR_SEMANTICS = 1_000_000  # added to a length that counts characters, see TypeMap.column
_PLAIN = {
    "DATE": "oracle.odate",
    "CLOB": "oracle.clob",
    "NCLOB": "oracle.clob",
    "BLOB": "oracle.blob",
    "BOOLEAN": "bool",
    "BINARY_DOUBLE": "float8",
    "BINARY_FLOAT": "float4",
    "INTEGER": "numeric(38,0)",
    "INT": "numeric(38,0)",
    "SMALLINT": "numeric(38,0)",
    "LONG": "oracle.clob",
    "ROWID": "oracle.rowid",
    "UROWID": "oracle.rowid",
    "REAL": "numeric",
    "JSON": "oracle.clob",
}


@dataclass(frozen=True)
class SqlType:
    """Say how a type is written for PostgreSQL and what must be checked beside.

    :param name: the Oracle base name.
    :param bytes_max: largest length in bytes, 0 for no check.
    :param chars_max: largest length in characters, 0 for no check.
    """

    postgres: str
    name: str
    bytes_max: int = 0
    chars_max: int = 0
    precision: int | None = None
    scale: int | None = None


def _numbers(cursor: TokenCursor) -> tuple[list[int], str]:
    """Take ``(n [, m] [BYTE|CHAR])``."""
    numbers: list[int] = []
    unit = ""
    if cursor.take("("):
        while not cursor.take(")"):
            if cursor.at_any("BYTE", "CHAR"):
                unit = cursor.next().value
            elif cursor.take("*"):
                numbers.append(38)
            elif not cursor.take(","):
                numbers.append(cursor.number())
    return numbers, unit


def _text(cursor: TokenCursor, name: str, byte_default: bool) -> SqlType:
    numbers, unit = _numbers(cursor)
    if not numbers:
        raise cursor.error("missing left parenthesis", 906)
    size = numbers[0]
    if not 1 <= size <= 32767:
        raise OracleError(910, "specified length too long for its datatype", cursor.token.start)
    if unit == "CHAR" or (not byte_default and unit != "BYTE"):
        return SqlType(f"oracle.varchar2({size + _CHAR_SEMANTICS})", name, chars_max=size)
    return SqlType(f"oracle.varchar2({size})", name, bytes_max=size)


def _timestamp(cursor: TokenCursor) -> SqlType:
    numbers, _ = _numbers(cursor)
    digits = min(numbers[0], 6) if numbers else 6
    if numbers and numbers[0] > 9:
        raise OracleError(30088, "datetime/interval precision is out of range")
    if cursor.take("WITH"):
        name = "TIMESTAMP WITH TIME ZONE"
        if cursor.take("LOCAL"):
            name = "TIMESTAMP WITH LOCAL TIME ZONE"
        cursor.expect("TIME", "ZONE")
        return SqlType(f"timestamptz({digits})", name)
    return SqlType(f"timestamp({digits})", "TIMESTAMP")


def _interval(cursor: TokenCursor) -> SqlType:
    if cursor.take("YEAR"):
        _numbers(cursor)
        cursor.expect("TO", "MONTH")
        return SqlType("oracle.yminterval", "INTERVAL YEAR TO MONTH")
    cursor.expect("DAY")
    _numbers(cursor)
    cursor.expect("TO", "SECOND")
    _numbers(cursor)
    return SqlType("interval", "INTERVAL DAY TO SECOND")


def _number(cursor: TokenCursor) -> SqlType:
    numbers, _ = _numbers(cursor)
    if not numbers:
        return SqlType("numeric", "NUMBER")
    if not 1 <= numbers[0] <= 38:
        raise OracleError(1727, "numeric precision specifier is out of range (1 to 38)")
    scale = numbers[1] if len(numbers) > 1 else 0
    return SqlType(f"numeric({numbers[0]},{scale})", "NUMBER", precision=numbers[0], scale=scale)


def read_type(cursor: TokenCursor) -> SqlType:
    """Take a data type from a token stream."""
    if cursor.token.kind is not Kind.WORD:
        raise cursor.error("invalid datatype", 902)
    name = cursor.next().value
    if name in ("VARCHAR2", "VARCHAR", "NVARCHAR2"):
        return _text(cursor, "VARCHAR2", name != "NVARCHAR2")
    if name in ("CHAR", "NCHAR", "CHARACTER"):
        numbers, _ = _numbers(cursor)
        return SqlType(f"char({numbers[0] if numbers else 1})", "CHAR")
    if name in ("NUMBER", "DECIMAL", "NUMERIC", "DEC"):
        return _number(cursor)
    if name == "FLOAT":
        _numbers(cursor)
        return SqlType("numeric", "NUMBER")
    if name == "DOUBLE":
        cursor.expect("PRECISION")
        return SqlType("numeric", "NUMBER")
    if name == "TIMESTAMP":
        return _timestamp(cursor)
    if name == "INTERVAL":
        return _interval(cursor)
    if name == "RAW":
        numbers, _ = _numbers(cursor)
        if not numbers:
            raise cursor.error("missing left parenthesis", 906)
        return SqlType(f"oracle.raw({numbers[0]})", "RAW", bytes_max=numbers[0])
    if name == "LONG" and cursor.take("RAW"):
        return SqlType("oracle.blob", "BLOB")
    if name in _PLAIN:
        return SqlType(_PLAIN[name], "CLOB" if "clob" in _PLAIN[name] else name)
    if name in ("BFILE", "XMLTYPE", "VECTOR", "ANYDATA", "SDO_GEOMETRY", "URITYPE"):
        raise unimplemented(f"columns of type {name}")
    raise OracleError(902, f"invalid datatype {name}", cursor.tokens[cursor.index - 1].start)


def parse_type(text: str) -> SqlType:
    """Read a data type that stands alone."""
    cursor = TokenCursor(text, tokenize(text))
    found = read_type(cursor)
    cursor.finish()
    return found
