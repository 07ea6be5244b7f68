"""Procedures and functions: their headers, parameters and bodies, local or stored."""

from __future__ import annotations

from collections.abc import Callable

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.assigning import same_shape
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.scope import (
    Overloads,
    Parameter,
    Scope,
    Subprogram,
    Variable,
)
from airflow_oracle_dag.sandbox.session import Direction, OracleError

_CLAUSES = ("DETERMINISTIC", "PARALLEL_ENABLE", "RESULT_CACHE", "PIPELINED", "AUTHID", "ACCESSIBLE")


class SubprogramParser(ExpressionParser):
    """Parse ``PROCEDURE p (…) IS …`` and ``FUNCTION f (…) RETURN …``."""

    invoker = False  # AUTHID CURRENT_USER was said

    def parameters(self) -> list[Parameter]:
        """Parse ``(a IN NUMBER DEFAULT 1, b OUT DATE)``."""
        listed: list[Parameter] = []
        if not self.take("("):
            return listed
        while True:
            name = self.identifier()
            mode = Direction.IN
            if self.take("IN"):
                mode = Direction.IN_OUT if self.take("OUT") else Direction.IN
            elif self.take("OUT"):
                mode = Direction.OUT
            self.take("NOCOPY")
            variable = self.typed_variable(name)
            variable.constant = mode is Direction.IN
            default = self.expression() if self.take(":=") or self.take("DEFAULT") else None
            listed.append(Parameter(variable, mode, default))
            if self.take(")"):
                return listed
            self.must(",")

    def clauses(self) -> None:
        """Take what may stand behind a header; AUTHID is kept, the rest has no effect."""
        while self.at_any(*_CLAUSES):
            word = self.next().value
            if word == "PIPELINED":
                raise unimplemented("pipelined functions")
            if word == "AUTHID":
                self.invoker = self.take("CURRENT_USER")
                if not self.invoker:
                    self.must("DEFINER")
            elif word == "ACCESSIBLE":
                self.must("BY")
                self.skip_parenthesised()
            elif word == "RESULT_CACHE" and self.take("RELIES_ON"):
                self.skip_parenthesised()
            elif word == "PARALLEL_ENABLE" and self.at("("):
                raise unimplemented("PARALLEL_ENABLE (PARTITION …)")

    def header(self, name: str, *, function: bool) -> Subprogram:
        """Parse parameters and result in the current scope."""
        made = Subprogram(name, self.parameters(), function=function)
        if function:
            self.must("RETURN")
            made.result = self._result()
        self.clauses()
        return made

    def _result(self) -> Variable:
        outer, self.scope = self.scope, Scope(self.scope)
        result = self.typed_variable("RETURN")
        self.scope = outer
        return result

    def subprogram(self) -> bool:
        """Parse a declaration or definition in a declare section or a package.

        :returns: whether it was a definition.
        """
        offset = self.token.start
        function = self.next().value == "FUNCTION"
        return self.define(self.identifier(), offset, function=function).body is not None

    def define(self, name: str, offset: int, *, function: bool) -> Subprogram:
        """Parse behind a subprogram's name, up to its last semicolon."""
        first = self.slots
        outer = self.scope
        self.scope = Scope(outer, routine=True, labels=(name,))
        target = self._declare(outer, self.header(name, function=function), offset)
        if self.take(";"):  # a forward declaration
            self.scope = outer
            return target
        if not self.take("IS"):
            self.must("AS")
        if self.at_any("LANGUAGE", "EXTERNAL"):
            raise unimplemented("external procedures")
        body = self.subprogram_body(name)
        target.first_slot, target.last_slot = first, self.slots
        target.body = body
        self.scope = outer
        return target

    def _declare(self, scope: Scope, made: Subprogram, offset: int) -> Subprogram:
        """Enter a header; one that was declared before is defined now."""
        known = scope.items.get(made.name)
        listed = known.listed if isinstance(known, Overloads) else [known] if known else []
        if not all(isinstance(other, Subprogram) for other in listed):
            raise self._twice(made.name, offset)
        for other in listed:
            if isinstance(other, Subprogram) and _same(other, made):
                if other.body is not None or self.at(";"):
                    raise self._twice(made.name, offset)
                other.parameters, other.result = made.parameters, made.result
                return other
        if not listed:
            scope.items[made.name] = made
        elif isinstance(known, Overloads):
            known.listed.append(made)
        elif isinstance(known, Subprogram):
            scope.items[made.name] = Overloads(made.name, [known, made])
        return made

    def _twice(self, name: str, offset: int) -> CompileError:
        return CompileError(
            self.text, offset, f"PLS-00371: at most one declaration for '{name}' is permitted"
        )

    # What `DeclarationParser` and `PlsqlParser` provide.

    slots = 0

    def typed_variable(self, name: str) -> Variable:
        """Parse a type and declare a variable of it."""
        raise OracleError(600, f"internal error: no declaration parser for {name}")

    def subprogram_body(self, name: str) -> Callable[[Frame], None]:
        """Compile the body of a subprogram."""
        raise OracleError(600, f"internal error: no statement parser for {name}")


def _same(one: Subprogram, other: Subprogram) -> bool:
    """Tell whether two headers declare the same subprogram."""
    if one.function != other.function or len(one.parameters) != len(other.parameters):
        return False
    return all(
        (a.variable.name, a.mode) == (b.variable.name, b.mode)
        and same_shape(a.variable.shape, b.variable.shape)
        and (a.variable.type == b.variable.type or None in (a.variable.type, b.variable.type))
        for a, b in zip(one.parameters, other.parameters, strict=True)
    )
