"""Names of a block while it is compiled: variables, cursors, exceptions, subprograms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from airflow_oracle_dag.sandbox.plsql.errors import UserException
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.types import PlType
from airflow_oracle_dag.sandbox.session import Direction


@dataclass
class Variable:
    """Be a variable.

    :param slot: its place in the frame.
    :param fields: types of a record's fields, None for a scalar or a row whose columns are only
        known at run time.
    """

    name: str
    slot: int
    type: PlType | None = None
    record: bool = False
    fields: dict[str, PlType | None] | None = None
    constant: bool = False
    not_null: bool = False


@dataclass
class Parameter:
    """Be a parameter of a subprogram or a cursor."""

    variable: Variable
    mode: Direction = Direction.IN
    default: Expression | None = None


@dataclass
class Subprogram:
    """Be a local procedure or function; `body` is set when it has been compiled."""

    name: str
    parameters: list[Parameter]
    returns: PlType | None = None
    function: bool = False
    body: Callable[[Frame], None] | None = None
    first_slot: int = 0
    last_slot: int = 0


@dataclass
class CursorDef:
    """Be a declared cursor; its state lives in the frame's slot."""

    name: str
    slot: int
    parameters: list[Parameter] = field(default_factory=list)
    query: Any = None  # a StaticSql; None for a SYS_REFCURSOR variable


@dataclass
class RecordType:
    """Be a TYPE … IS RECORD."""

    fields: dict[str, PlType | None]


Item = Variable | Subprogram | CursorDef | UserException | RecordType


@dataclass
class Scope:
    """Be one level of declarations."""

    parent: Scope | None = None
    items: dict[str, Item] = field(default_factory=dict)
    labels: tuple[str, ...] = ()

    def find(self, name: str) -> Item | None:
        """Look a name up from here outwards."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.items.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def variable(self, record: str | None, name: str) -> Variable | None:
        """Look up what a SQL statement may use as a value: ``name`` or ``record.name``."""
        found = self.find(record or name)
        if not isinstance(found, Variable):
            return None
        if record is None:
            return None if found.record else found
        if not found.record or (found.fields is not None and name not in found.fields):
            return None
        return found
