"""What can be assigned to: variables, fields of records, placeholders, variables of packages."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.plsql import collection, control
from airflow_oracle_dag.sandbox.plsql.calls import Argument
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.scope import Variable
from airflow_oracle_dag.sandbox.plsql.sql_statements import SqlStatementParser
from airflow_oracle_dag.sandbox.plsql.types import fit
from airflow_oracle_dag.sandbox.session import Direction


class TargetParser(SqlStatementParser):
    """Parse targets of assignments."""

    def lvalue(self) -> Callable[[Frame, Any], None]:
        """Parse what can be assigned to."""
        token = self.token
        if token.kind is Kind.BIND:
            self.next()
            return control.store_bind(self.binds.use(token.value, Direction.OUT))
        if token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self._no_target(token.value, token.start)
        variable, _, name = self.take_item()
        if not isinstance(variable, Variable):
            raise self.undeclared(name, token.start)
        if variable.constant:
            raise self._no_target(variable.name, token.start)
        slot = variable.slot
        if variable.collection is not None:
            return collection.store(self, variable)
        if variable.record and self.take("."):
            return self._field(variable, self.identifier())
        if variable.home is not None:
            return lambda frame, value: _put(variable, frame, value)

        def store(frame: Frame, value: Any) -> None:
            if isinstance(value, dict):
                frame.slots[slot] = dict(value)
            else:
                frame.slots[slot] = fit(value, variable.type, frame.convert)

        return store

    def _no_target(self, what: str, offset: int) -> CompileError:
        detail = f"PLS-00363: expression '{what}' cannot be used as an assignment target"
        return CompileError(self.text, offset, detail)

    def _field(self, variable: Variable, field: str) -> Callable[[Frame, Any], None]:
        kind = (variable.fields or {}).get(field)
        slot = variable.slot

        def store(frame: Frame, value: Any) -> None:
            slots = variable.slots(frame)
            if slots[slot] is None:
                slots[slot] = {}
            slots[slot][field] = fit(value, kind, frame.convert)

        return store

    def store_at(self, argument: Argument | None) -> Callable[[Frame, Any], None]:
        """Compile an actual argument again, as the target of an OUT parameter."""
        assert argument is not None
        here = self.index
        self.index = argument.start
        store = self.lvalue()
        if self.index != argument.end:
            raise CompileError(
                self.text,
                self.token.start,
                "PLS-00363: expression cannot be used as an assignment target",
            )
        self.index = here
        return store


def _put(variable: Variable, frame: Frame, value: Any) -> None:
    """Assign to a package's variable."""
    slots = variable.slots(frame)
    slots[variable.slot] = (
        dict(value) if isinstance(value, dict) else fit(value, variable.type, frame.convert)
    )
