"""What can be assigned to: variables, fields, elements, placeholders, variables of packages."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.plsql import paths
from airflow_oracle_dag.sandbox.plsql.calls import Argument
from airflow_oracle_dag.sandbox.plsql.declarations import DeclarationParser
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.scope import Variable
from airflow_oracle_dag.sandbox.plsql.shapes import Collection, RefCursor, Typed
from airflow_oracle_dag.sandbox.plsql.sql import Destination
from airflow_oracle_dag.sandbox.plsql.types import PlType, fit
from airflow_oracle_dag.sandbox.session import Direction, OracleError

_LONGEST_ARRAY = 1_000_000  # a hole before a far place would be filled with NULLs


@dataclass(frozen=True)
class BindPlace:
    """Be a placeholder that is assigned to, in the type that the client declared for it."""

    index: int
    typed: Typed = field(default_factory=Typed)

    def get(self, frame: Frame) -> Any:
        """Return its value."""
        return frame.binds[self.index]

    def put(self, frame: Frame, value: Any) -> None:
        """Assign a value."""
        if isinstance(value, Collection):
            value = _array(value)
        if isinstance(value, dict):
            raise OracleError(6550, "PLS-00382: expression is of wrong type")
        declared = frame.bind_types[self.index] if self.index < len(frame.bind_types) else None
        if declared is None or value is None or isinstance(value, (list, RefCursor)):
            frame.binds[self.index] = value if value != "" else None
            return
        kind = PlType(declared.type, size=declared.size, in_bytes=True)
        frame.binds[self.index] = fit(value, kind, frame.convert)


def _array(held: Collection) -> list[Any]:
    """Make an array for a client, NULL where no element has been assigned (ORA-06513).

    :raises OracleError: ORA-06513 for places that no client's array has.
    """
    places = held.places
    if places and not (places[0] >= 1 and places[-1] <= _LONGEST_ARRAY):
        raise OracleError(
            6513, "PL/SQL: index for PL/SQL table out of range for host language array"
        )
    filled: list[Any] = [None] * (places[-1] if places else 0)
    for place, value in zip(places, held.values(), strict=True):
        filled[place - 1] = value
    return filled


class TargetParser(DeclarationParser):
    """Parse targets of assignments."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.fixed: dict[str, OracleError] = {}  # a trigger's rows, and why they may not change

    def destination(self) -> Destination:
        """Parse what can be assigned to."""
        token = self.token
        if token.kind is Kind.BIND:
            self.next()
            return BindPlace(self.binds.use(token.value, Direction.OUT))
        literal = token.kind is Kind.WORD and token.value in ("NULL", "TRUE", "FALSE")
        if literal or token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self._no_target(token.value, token.start)
        variable, _, name = self.take_item()
        if not isinstance(variable, Variable):
            raise self.undeclared(name, token.start)
        if variable.constant:
            if variable.name in self.fixed:
                raise self.fixed[variable.name]
            raise self._no_target(variable.name, token.start)
        return paths.place(self, variable)

    def _no_target(self, what: str, offset: int) -> CompileError:
        detail = f"PLS-00363: expression '{what}' cannot be used as an assignment target"
        return CompileError(self.text, offset, detail)

    def store_at(self, argument: Argument | None) -> Callable[[Frame, Any], None]:
        """Compile an actual argument again, as the target of an OUT parameter."""
        assert argument is not None
        here = self.index
        self.index = argument.start
        place = self.destination()
        if self.index != argument.end:
            raise CompileError(
                self.text,
                self.token.start,
                "PLS-00363: expression cannot be used as an assignment target",
            )
        self.index = here
        return place.put
