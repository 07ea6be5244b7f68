"""Types in declarations: scalars, anchored types, TYPE, SUBTYPE.

PL/SQL Language Reference, "PL/SQL Data Types", "PL/SQL Collections and Records".
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.dialect.types import parse_type, read_type
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.package_types import PACKAGE_TYPES, SYS_REFCURSOR
from airflow_oracle_dag.sandbox.plsql.scope import CursorDef, Subtype, Variable
from airflow_oracle_dag.sandbox.plsql.shapes import (
    CollectionType,
    CursorType,
    RecordType,
    Sort,
    Typed,
)
from airflow_oracle_dag.sandbox.plsql.subprograms import SubprogramParser
from airflow_oracle_dag.sandbox.plsql.types import BOOLEAN, INTEGER, TEXT, PlType, from_sql
from airflow_oracle_dag.sandbox.session import OracleError, OracleType


def _whole(low: int | None = None, high: int | None = None, *, not_null: bool = False) -> Typed:
    kind = PlType(
        OracleType.NUMBER,
        integer=True,
        low=INTEGER.low if low is None else low,
        high=INTEGER.high if high is None else high,
    )
    return Typed(kind, not_null=not_null)


# PL/SQL Language Reference, "PLS_INTEGER and BINARY_INTEGER Data Types".
_INTEGERS = {
    "PLS_INTEGER": _whole(),
    "BINARY_INTEGER": _whole(),
    "SIMPLE_INTEGER": _whole(not_null=True),
    "NATURAL": _whole(0),
    "NATURALN": _whole(0, not_null=True),
    "POSITIVE": _whole(1),
    "POSITIVEN": _whole(1, not_null=True),
    "SIGNTYPE": _whole(-1, 1),
}
_TEXTS = ("VARCHAR2", "VARCHAR", "CHAR", "NVARCHAR2", "STRING")


@lru_cache(maxsize=500)
def column_type(text: str) -> PlType:
    """Return the type of a variable that is declared like a column."""
    return from_sql(parse_type(text))


class TypeParser(SubprogramParser):
    """Parse types."""

    slots = 0

    def new_slot(self) -> int:
        """Reserve a place in the frame."""
        self.slots += 1
        return self.slots - 1

    def add_variable(self, name: str, what: Typed) -> Variable:
        """Declare a variable in the current scope."""
        variable = Variable(name, self.new_slot(), what.type, what.shape, not_null=what.not_null)
        self.scope.items[name] = variable
        return variable

    def typed_variable(self, name: str) -> Variable:
        """Parse a type and declare a variable of it."""
        return self.add_variable(name, self.datatype())

    def datatype(self) -> Typed:
        """Parse a type."""
        anchored = self._anchored()
        if anchored is not None:
            return anchored
        if self.token.kind in (Kind.WORD, Kind.QUOTED):
            named = self._named_type()
            if named is not None:
                return named
        if self.take("SYS_REFCURSOR"):
            return Typed(shape=SYS_REFCURSOR)
        if self.at_any(*_INTEGERS):
            return _INTEGERS[self.next().value]
        return Typed(self.scalar_type())

    def _named_type(self) -> Typed | None:
        """Take the name of a type that somebody has declared."""
        parts = [part for part in self.dotted() if part != "SYS"]
        declared = PACKAGE_TYPES.get(".".join(parts))
        if declared is not None:
            self.packages.setdefault(parts[0], self.token.start)
            self.index += 2 * len(self.dotted()) - 1
            return Typed(shape=declared)
        found, _, used = self.known_item()
        if isinstance(found, (CollectionType, RecordType, CursorType)):
            self.index += 2 * used - 1
            return Typed(shape=found)
        if not isinstance(found, Subtype):
            return None
        self.index += 2 * used - 1
        typed = found.typed
        if self.at("(") and typed.type is not None:  # a length for a subtype without one
            return Typed(self._constrained(typed.type), not_null=typed.not_null)
        return typed

    def _constrained(self, kind: PlType) -> PlType:
        """Read ``(n)`` behind a subtype's name as if the base type's name stood there."""
        start = self.token.start
        self.skip_parenthesised()
        return column_type(kind.kind.value + self.text[start : self.tokens[self.index - 1].end])

    def scalar_type(self) -> PlType:
        """Parse a scalar type; lengths may be missing, as in parameters."""
        if self.at_any(*_INTEGERS):
            return _INTEGERS[self.next().value].type or INTEGER
        if self.take("BOOLEAN"):
            return BOOLEAN
        if self.at_any(*_TEXTS) and self.peek().value != "(":
            self.next()
            return TEXT
        if self.at("RAW") and self.peek().value != "(":
            self.next()
            return PlType(OracleType.RAW)
        if self.at("STRING"):
            self.next()
            return self._constrained(TEXT)
        offset, named = self.token.start, ".".join(self.dotted())
        try:
            return from_sql(read_type(self))
        except OracleError as error:
            if error.code == 902 and "." in named:
                raise self.undeclared(named, offset) from error
            if error.code == 902:
                raise self.undeclared(
                    error.message.removeprefix("invalid datatype "), offset
                ) from error
            raise

    # -- anchored types -----------------------------------------------------------------------

    def _anchored(self) -> Typed | None:
        """Parse ``x%TYPE``, ``t.c%TYPE``, ``t%ROWTYPE``."""
        if self.token.kind not in (Kind.WORD, Kind.QUOTED):
            return None
        length = 1
        while self.peek(length).value == "." and length < 7:
            length += 2
        if self.peek(length).value != "%" or self.peek(length + 1).value not in ("TYPE", "ROWTYPE"):
            return None
        parts = [self.peek(i).value for i in range(0, length, 2)]
        row = self.peek(length + 1).value == "ROWTYPE"
        offset = self.token.start
        last = self.peek(length - 1).start
        found, _, used = self.known_item()
        self.index += length + 2
        if row:
            return Typed(shape=self._row_type(found, parts, offset))
        if isinstance(found, Variable):
            typed = _inside(found.typed, parts[used:])
            if typed is not None:
                return typed
        if len(parts) == 1:
            raise self.undeclared(parts[0], offset)
        owner = parts[-3] if len(parts) == 3 else None
        text = self._columns(owner, parts[-2], offset).get(parts[-1])
        if text is None:
            detail = f"PLS-00302: component '{parts[-1]}' must be declared"
            raise CompileError(self.text, last, detail)
        return Typed(column_type(text))

    def _row_type(self, found: Any, parts: list[str], offset: int) -> RecordType:
        if isinstance(found, CursorDef):
            return found.row or RecordType(f"{found.name}%ROWTYPE", row=True)
        if isinstance(found, Variable) and isinstance(found.shape, CursorType):
            if found.shape.row is None:
                detail = f"PLS-00320: the declaration of the type of '{found.name}' is incomplete"
                raise CompileError(self.text, offset, detail)
            return found.shape.row
        columns = self._columns(parts[0] if len(parts) == 2 else None, parts[-1], offset)
        fields = {name: Typed(column_type(text)) for name, text in columns.items()}
        return RecordType(f"{parts[-1]}%ROWTYPE", fields, row=True)

    def _columns(self, owner: str | None, table: str, offset: int) -> dict[str, str]:
        """Ask the schema; a text that is looked at without one is looked at again with one."""
        columns = None if self.names is None else self.names.columns(owner, table)
        if columns is None:
            raise self.undeclared(table, offset)
        return columns

    # -- TYPE and SUBTYPE ---------------------------------------------------------------------

    def type_declaration(self) -> None:
        """Parse ``TYPE name IS … ;``."""
        self.must("TYPE")
        name = self.identifier()
        self.must("IS")
        made: RecordType | CollectionType | CursorType
        if self.take("TABLE"):
            made = self._table_type(name)
        elif self.at_any("VARRAY", "VARYING", "ARRAY"):
            made = self._varray_type(name)
        elif self.take("REF", "CURSOR"):
            made = self._cursor_type(name)
        elif self.take("RECORD"):
            made = self._record_type(name)
        else:
            raise unimplemented(f"TYPE … IS {self.token.value}")
        self.must(";")
        self.scope.items[name] = made

    def _record_type(self, name: str) -> RecordType:
        self.must("(")
        fields: dict[str, Typed] = {}
        while True:
            offset, field = self.token.start, self.identifier()
            if field in fields:
                detail = f"PLS-00410: duplicate fields in RECORD, TABLE or argument list '{field}'"
                raise CompileError(self.text, offset, detail)
            typed = self.datatype()
            not_null = self.take("NOT", "NULL") or typed.not_null
            default = self.expression() if self.take(":=") or self.take("DEFAULT") else None
            if not_null and default is None:
                raise CompileError(self.text, offset, NOT_NULL)
            fields[field] = Typed(typed.type, typed.shape, not_null, default)
            if self.take(")"):
                return RecordType(name, fields)
            self.must(",")

    def _element(self) -> Typed:
        self.must("OF")
        typed = self.datatype()
        not_null = self.take("NOT", "NULL") or typed.not_null
        if isinstance(typed.shape, CursorType):
            detail = "PLS-00990: Index Tables of Cursor Variables are disallowed"
            raise CompileError(self.text, self.token.start, detail)
        return Typed(typed.type, typed.shape, not_null)

    def _table_type(self, name: str) -> CollectionType:
        element = self._element()
        if not self.take("INDEX", "BY"):
            return CollectionType(name, element, Sort.NESTED)
        offset, index = self.token.start, self.datatype().type
        texts = (OracleType.VARCHAR2, OracleType.LONG, OracleType.CLOB)
        if index is None or (index.low is None and index.kind not in texts):
            detail = "PLS-00315: Implementation restriction: unsupported table index type"
            raise CompileError(self.text, offset, detail)
        return CollectionType(name, element, index=index)

    def _varray_type(self, name: str) -> CollectionType:
        if not self.take("VARYING", "ARRAY"):
            self.next()
        self.must("(")
        limit = self.number()
        self.must(")")
        return CollectionType(name, self._element(), Sort.VARRAY, limit=limit)

    def _cursor_type(self, name: str) -> CursorType:
        if not self.take("RETURN"):
            return CursorType(name)
        offset, typed = self.token.start, self.datatype()
        if not isinstance(typed.shape, RecordType):
            detail = "PLS-00362: invalid cursor return type; must be a record type"
            raise CompileError(self.text, offset, detail)
        return CursorType(name, typed.shape)

    def subtype_declaration(self) -> None:
        """Parse ``SUBTYPE name IS base [RANGE low .. high] [NOT NULL] ;``."""
        self.must("SUBTYPE")
        name = self.identifier()
        self.must("IS")
        typed = self.datatype()
        if self.take("RANGE"):
            low = self.number()
            self.must("..")
            high = self.number()
            if typed.type is None or typed.type.low is None:
                raise self.unexpected("; not null")
            typed = _whole(low, high, not_null=typed.not_null)
        not_null = self.take("NOT", "NULL") or typed.not_null
        self.must(";")
        self.scope.items[name] = Subtype(Typed(typed.type, typed.shape, not_null))


NOT_NULL = "PLS-00218: a variable declared NOT NULL must have an initialization assignment"


def _inside(typed: Typed, path: list[str]) -> Typed | None:
    """Follow the names of fields."""
    for name in path:
        fields = typed.shape.fields if isinstance(typed.shape, RecordType) else None
        inner = (fields or {}).get(name)
        if inner is None:
            return None
        typed = Typed(inner.type, inner.shape)
    return typed
