"""The declare section: variables, cursors, exceptions, local subprograms."""

# ruff: noqa: ARG002 - the functions of a table share one signature

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.dialect.types import read_type
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.collection import PACKAGE_TYPES
from airflow_oracle_dag.sandbox.plsql.errors import (
    PREDEFINED,
    CompileError,
    UserException,
    value_error,
)
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import (
    CollectionType,
    CursorDef,
    RecordType,
    Scope,
    Variable,
)
from airflow_oracle_dag.sandbox.plsql.subprograms import SubprogramParser
from airflow_oracle_dag.sandbox.plsql.types import BOOLEAN, INTEGER, TEXT, PlType, fit, from_sql
from airflow_oracle_dag.sandbox.session import OracleError, OracleType

_INTEGERS = (
    "PLS_INTEGER", "BINARY_INTEGER", "SIMPLE_INTEGER", "NATURAL", "NATURALN", "POSITIVE",
    "POSITIVEN", "SIGNTYPE",
)  # fmt: skip
_TEXTS = ("VARCHAR2", "VARCHAR", "CHAR", "NVARCHAR2", "STRING")


class DeclarationParser(SubprogramParser):
    """Parse declarations; each becomes a function that sets its variable up when a block begins."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.slots = 0
        self.columns: list[tuple[Variable, str | None, str, str, int]] = []  # for t.c%TYPE
        self.rows: list[tuple[str | None, str, int]] = []  # for t%ROWTYPE

    def new_slot(self) -> int:
        """Reserve a place in the frame."""
        self.slots += 1
        return self.slots - 1

    def add_variable(self, name: str, kind: PlType | None, *, record: bool = False) -> Variable:
        """Declare a variable in the current scope."""
        variable = Variable(name, self.new_slot(), kind, record=record)
        self.scope.items[name] = variable
        return variable

    def declarations(self) -> list[Execute]:
        """Parse up to BEGIN, or to the END of a package."""
        made: list[Execute] = []
        late = False  # a subprogram was defined: nothing but subprograms and cursors may follow
        while not self.at_any("BEGIN", "END"):
            if self.at_end():
                raise self.unexpected("begin")
            if self.at("CURSOR"):
                self._cursor()
            elif self.at("PROCEDURE") or self.at("FUNCTION"):
                late = self.subprogram() or late
            elif self.take("PRAGMA"):
                self._pragma()
            elif late:
                raise self.unexpected("begin function procedure")
            elif self.at("TYPE"):
                self._type()
            elif self.at("SUBTYPE"):
                raise unimplemented("SUBTYPE")
            else:
                initial = self._variable_declaration()
                if initial is not None:
                    made.append(initial)
        return made

    def _variable_declaration(self) -> Execute | None:
        offset = self.token.start
        name = self.identifier()
        if name in self.scope.items:
            raise CompileError(
                self.text, offset, f"PLS-00371: at most one declaration for '{name}' is permitted"
            )
        if self.take("EXCEPTION"):
            self.must(";")
            self.scope.items[name] = UserException(name)
            return None
        constant = self.take("CONSTANT")
        variable = self.typed_variable(name)
        if isinstance(variable, CursorDef):
            self.must(";")
            return None
        variable.not_null = self.take("NOT", "NULL")
        default: Expression | None = None
        if self.take(":=") or self.take("DEFAULT"):
            default = self.expression()
        self.must(";")
        variable.constant = constant
        slot = variable.slot

        def start(frame: Frame) -> None:
            value = default.run(frame) if default is not None else None
            if isinstance(value, dict):
                frame.slots[slot] = dict(value)
                return
            if value is None and variable.not_null:
                raise value_error()
            frame.slots[slot] = fit(value, variable.type, frame.convert)

        return start

    def typed_variable(self, name: str) -> Variable | CursorDef:
        """Parse a type and declare a variable of it."""
        if self.at("SYS_REFCURSOR"):
            self.next()
            cursor = CursorDef(name, self.new_slot())
            self.scope.items[name] = cursor
            return cursor
        anchored = self._anchored(name)
        if anchored is not None:
            return anchored
        if self.token.kind is Kind.WORD:
            parts = [part for part in self.dotted() if part != "SYS"]
            declared = PACKAGE_TYPES.get(".".join(parts))
            if declared is not None:
                self.packages.setdefault(parts[0], self.token.start)
                self.index += 2 * len(self.dotted()) - 1
                return self._collection_variable(name, declared)
            found, _, used = self.known_item()
            if isinstance(found, CollectionType):
                self.index += 2 * used - 1
                return self._collection_variable(name, found)
            if isinstance(found, RecordType):
                self.index += 2 * used - 1
                variable = self.add_variable(name, None, record=True)
                variable.fields = found.fields
                return variable
        return self.add_variable(name, self.scalar_type())

    def _collection_variable(self, name: str, kind: CollectionType) -> Variable:
        variable = self.add_variable(name, None)
        variable.collection = kind
        return variable

    def scalar_type(self) -> PlType:
        """Parse a scalar type; lengths may be missing, as in parameters."""
        if self.at_any(*_INTEGERS):
            self.next()
            return INTEGER
        if self.take("BOOLEAN"):
            return BOOLEAN
        if self.at_any(*_TEXTS) and self.peek().value != "(":
            self.next()
            return TEXT
        offset = self.token.start
        try:
            return from_sql(read_type(self))
        except OracleError as error:
            if error.code == 902:
                raise self.undeclared(
                    error.message.removeprefix("invalid datatype "), offset
                ) from error
            raise

    def _anchored(self, name: str) -> Variable | None:
        """Parse ``x%TYPE``, ``t.c%TYPE``, ``t%ROWTYPE``."""
        length = 1
        while self.peek(length).value == "." and length < 5:
            length += 2
        if self.peek(length).value != "%" or self.peek(length + 1).value not in ("TYPE", "ROWTYPE"):
            return None
        parts = [self.peek(i).value for i in range(0, length, 2)]
        row = self.peek(length + 1).value == "ROWTYPE"
        offset = self.token.start
        found, _, used = self.known_item()
        self.index += length + 2
        if row:
            if not isinstance(found, CursorDef):
                self.rows.append((parts[0] if len(parts) == 2 else None, parts[-1], offset))
            return self.add_variable(name, None, record=True)
        if isinstance(found, Variable) and used >= len(parts) - 1:
            kind = found.type if used == len(parts) else (found.fields or {}).get(parts[-1])
            return self.add_variable(name, kind)
        if len(parts) == 1:
            raise self.undeclared(parts[0], offset)
        variable = self.add_variable(name, None)
        owner = parts[0] if len(parts) == 3 else None
        self.columns.append((variable, owner, parts[-2], parts[-1], offset))
        return variable

    def _pragma(self) -> None:
        name = self.identifier()
        if name == "EXCEPTION_INIT":
            self.must("(")
            offset = self.token.start
            found = self.scope.items.get(self.identifier())
            if not isinstance(found, UserException):
                raise CompileError(
                    self.text, offset, "PLS-00109: unknown exception name in PRAGMA EXCEPTION_INIT"
                )
            self.must(",")
            found.code = abs(self.number())
            self.must(")")
        elif name == "AUTONOMOUS_TRANSACTION":
            if not self.scope.routine:
                raise CompileError(
                    self.text,
                    self.token.start,
                    "PLS-00710: Pragma AUTONOMOUS_TRANSACTION cannot be specified here",
                )
            self.scope.autonomous = True
        elif name == "SERIALLY_REUSABLE":
            raise unimplemented("PRAGMA SERIALLY_REUSABLE")
        elif self.at("("):
            self.skip_parenthesised()
        self.must(";")

    def _type(self) -> None:
        self.must("TYPE")
        name = self.identifier()
        self.must("IS")
        if self.take("TABLE"):
            self.scope.items[name] = self._table_type()
            return
        if not self.take("RECORD"):
            raise unimplemented(f"TYPE … IS {self.token.value}")
        self.must("(")
        fields: dict[str, PlType | None] = {}
        while True:
            field = self.identifier()
            holder = Scope(self.scope)
            outer, self.scope = self.scope, holder
            variable = self.typed_variable(field)
            self.scope = outer
            fields[field] = variable.type if isinstance(variable, Variable) else None
            if self.take(")"):
                break
            self.must(",")
        self.must(";")
        self.scope.items[name] = RecordType(fields)

    def _table_type(self) -> CollectionType:
        """Parse behind TABLE: ``OF element INDEX BY kind ;``."""
        self.must("OF")
        outer, self.scope = self.scope, Scope(self.scope)
        element = self.typed_variable("ELEMENT")
        self.scope = outer
        if not isinstance(element, Variable) or element.collection is not None:
            raise unimplemented("tables of cursors or of collections")
        if element.record is False and element.type is None:
            raise unimplemented("tables of t.c%TYPE")
        self.take("NOT", "NULL")
        if not self.take("INDEX", "BY"):
            raise unimplemented("nested tables; use INDEX BY")
        index = self.scalar_type()
        self.must(";")
        fields = (element.fields or {}) if element.record else None
        return CollectionType(element.type, fields, by_text=index.kind is not OracleType.NUMBER)

    def _cursor(self) -> None:
        self.must("CURSOR")
        name = self.identifier()
        cursor = CursorDef(name, self.new_slot())
        outer = self.scope
        self.scope = Scope(outer)
        cursor.parameters = self.parameters()
        self.must("IS")
        cursor.query = self.query_until(";")
        self.must(";")
        self.scope = outer
        outer.items[name] = cursor

    # What `PlsqlParser` provides.

    def lvalue(self) -> Callable[[Frame, Any], None]:
        """Compile what can be assigned to."""
        raise OracleError(600, "internal error: no statement parser")

    def query_until(self, *stops: str) -> Any:
        """Compile a query that ends before one of these."""
        raise OracleError(600, "internal error: no statement parser")


PREDEFINED_EXCEPTIONS = {name: UserException(name, code) for name, code in PREDEFINED.items()}
