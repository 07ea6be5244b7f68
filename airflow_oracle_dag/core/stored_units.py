"""Read the source of a stored procedure, function or package, subprogram by subprogram.

What a package's declarations and its initialisation do stands under `INITIALISATION`: it happens
with the first use of anything in it (PL/SQL Language Reference, Package Instantiation and
Initialization).
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional

from airflow_oracle_dag.core.plsql import Statements
from airflow_oracle_dag.core.plsql_traits import OpaqueCode, Traits
from airflow_oracle_dag.core.tokens import Unclosed, code_pattern, scan

INITIALISATION = ""
#: What each subprogram does, by name; overloaded ones are several.
Routines = Dict[str, List[Traits]]

_END = frozenset(("BEGIN", "END"))
_WRAPPED = re.compile(
    r'\s*(?:PROCEDURE|FUNCTION|PACKAGE|TYPE)(?:\s+BODY)?\s+[\w$#."]+\s+WRAPPED\b', re.IGNORECASE
)
_METHODS = code_pattern(r"(?i:\b(?:member|static|constructor)\b)")


class UnreadUnit(Exception):
    """Say that a source cannot be read.

    :param kind: of the source, such as PACKAGE BODY.
    """

    def __init__(self, reason: str, kind: str, line: int) -> None:
        super().__init__(reason)
        self.kind = kind
        self.line = line


class ReadUnit:
    """What was read of a unit.

    :param declares_code: a package whose specification has subprograms, and so has a body.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.routines: Routines = {}
        self.kinds: Dict[int, str] = {}  # id of traits -> kind of the source that has them
        self.declares_code = False

    def add(self, routine: str, kind: str, traits: Traits) -> None:
        """Add what a subprogram does."""
        self.routines.setdefault(routine, []).append(traits)
        self.kinds[id(traits)] = kind


def read_routine(name: str, kind: str, text: str) -> ReadUnit:
    """Read a procedure or function.

    :raises UnreadUnit: it cannot be read.
    """
    unit = ReadUnit(name)
    _Unit(unit, kind, text).standalone()
    return unit


def read_package(name: str, specification: str, body: Optional[str]) -> ReadUnit:
    """Read a package.

    :raises UnreadUnit: it cannot be read.
    """
    unit = ReadUnit(name)
    reader = _Unit(unit, "PACKAGE", specification)
    reader.package()
    if body is not None:
        inside = _Unit(unit, "PACKAGE BODY", body)
        inside.see(reader)
        inside.package()
    return unit


def has_methods(text: str) -> bool:
    """Tell whether the source of a type has methods; what cannot be read has."""
    if _WRAPPED.match(text):
        return True
    try:
        return any(True for _ in scan(text, _METHODS, 0, len(text)))
    except Unclosed:
        return True


class _Unit(Statements):
    """Read one source; see the base classes for statements, declarations and names."""

    is_stored = True

    def __init__(self, unit: ReadUnit, kind: str, text: str) -> None:
        if _WRAPPED.match(text):
            raise UnreadUnit("is wrapped", kind, 1)
        try:
            super().__init__(text)
        except OpaqueCode as unread:
            raise UnreadUnit(str(unread), kind, unread.line) from None
        self._unit = unit
        self._kind = kind
        self.declare(unit.name)

    def see(self, specification: _Unit) -> None:
        """Let the names of the specification be this source's own."""
        self._scopes[0].update(specification._scopes[0])

    def standalone(self) -> None:
        """Read ``PROCEDURE p … END;``."""
        try:
            self.take(self._kind)
            self.chain()
            self.subprogram(self._unit.name)
        except OpaqueCode as unread:
            raise UnreadUnit(str(unread), self._kind, unread.line) from None
        self._unit.add(INITIALISATION, self._kind, self.traits)

    def package(self) -> None:
        """Read ``PACKAGE [BODY] p … END;``."""
        try:
            for word in self._kind.split():
                self.take(word)
            self.chain()
            while self.now() not in ("IS", "AS"):
                self.skip()
            self.skip()
            self.declarations(_END)
            if self.now() == "BEGIN":
                self.body()
            else:
                self.take("END")
        except OpaqueCode as unread:
            raise UnreadUnit(str(unread), self._kind, unread.line) from None
        self._unit.add(INITIALISATION, self._kind, self.traits)

    def routine(self, name: str, traits: Traits) -> None:
        """Keep what a subprogram of the unit does."""
        self._unit.add(name, self._kind, traits)

    def subprogram(self, name: str) -> None:
        """Read a subprogram; one in a specification needs a body."""
        self._unit.declares_code = self._unit.declares_code or self._kind == "PACKAGE"
        super().subprogram(name)
