"""The declare section: variables, cursors, exceptions, types, local subprograms."""

from __future__ import annotations

from typing import Any

from airflow_oracle_dag.sandbox.dialect.lexer import position
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.assigning import check_assignment
from airflow_oracle_dag.sandbox.plsql.errors import PREDEFINED, CompileError, UserException
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import CursorDef, Scope, Variable
from airflow_oracle_dag.sandbox.plsql.shapes import RecordType, Typed, initial, settle
from airflow_oracle_dag.sandbox.plsql.type_parser import NOT_NULL, TypeParser
from airflow_oracle_dag.sandbox.plsql.types import PlType
from airflow_oracle_dag.sandbox.session import OracleError, OracleType


class DeclarationParser(TypeParser):
    """Parse declarations; each becomes a function that sets its variable up when a block begins."""

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
                self.type_declaration()
            elif self.at("SUBTYPE"):
                self.subtype_declaration()
            else:
                initial_value = self._variable_declaration()
                if initial_value is not None:
                    made.append(initial_value)
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
        variable = self._typed(name)
        variable.not_null = self.take("NOT", "NULL") or variable.not_null
        default: Expression | None = None
        if self.take(":=") or self.take("DEFAULT"):
            begin = self.token.start
            default = self.expression()
            check_assignment(self, default, variable.typed, begin)
        self.must(";")
        variable.constant = constant
        if default is None and constant:
            detail = (
                f"PLS-00322: declaration of a constant '{name}' must contain an initialization"
                " assignment"
            )
            raise CompileError(self.text, offset, detail)
        if default is None and variable.not_null:
            raise CompileError(self.text, offset, NOT_NULL)
        slot, typed = variable.slot, variable.typed
        if default is None:
            return lambda frame: _set(frame, slot, initial(typed, frame))
        run, line = default.run, position(self.text, offset)[0]

        def start(frame: Frame) -> None:
            frame.line = line
            frame.slots[slot] = settle(run(frame), typed, frame)

        return start

    def _typed(self, name: str) -> Variable:
        """Parse the type of a variable, which a text type must give a length."""
        bare = self.peek().value not in ("(", ".", "%")
        if bare and self.at_any("CHAR", "NCHAR", "CHARACTER"):
            self.next()
            return self.add_variable(name, Typed(PlType(OracleType.CHAR, size=1, padded=True)))
        if bare and self.at_any("VARCHAR2", "VARCHAR", "NVARCHAR2", "STRING", "RAW"):
            detail = "PLS-00215: String length constraints must be in range (1 .. 32767)"
            raise CompileError(self.text, self.token.start, detail)
        return self.typed_variable(name)

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
            number = self.number()
            found.code = 1403 if number == 100 else abs(number)
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

    def _cursor(self) -> None:
        self.must("CURSOR")
        offset, name = self.token.start, self.identifier()
        outer = self.scope
        known = outer.items.get(name)
        if known is not None and not (isinstance(known, CursorDef) and known.query is None):
            detail = f"PLS-00371: at most one declaration for '{name}' is permitted"
            raise CompileError(self.text, offset, detail)
        cursor = known if isinstance(known, CursorDef) else CursorDef(name, self.new_slot())
        self.scope = Scope(outer)
        cursor.parameters = self.parameters()
        if self.take("RETURN"):
            row = self.datatype().shape
            cursor.row = row if isinstance(row, RecordType) else None
        if self.take(";"):  # a package's body will define it
            self.scope = outer
            outer.items[name] = cursor
            return
        self.must("IS")
        self.cursor_query(cursor)
        self.must(";")
        self.scope = outer
        outer.items[name] = cursor

    # What `PlsqlParser` provides.

    def cursor_query(self, cursor: CursorDef) -> None:
        """Compile the query of a cursor."""
        raise OracleError(600, f"internal error: no cursor parser for {cursor.name}")


def _set(frame: Frame, slot: int, value: Any) -> None:
    frame.slots[slot] = value


PREDEFINED_EXCEPTIONS = {name: UserException(name, code) for name, code in PREDEFINED.items()}
