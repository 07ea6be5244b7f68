"""Names in PL/SQL: what a text declares, what the SYS packages have, what the schema knows.

PL/SQL Language Reference, "PL/SQL Name Resolution".
"""

from __future__ import annotations

import dataclasses

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_users import is_package
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, Undeclared
from airflow_oracle_dag.sandbox.plsql.packages import MEMBERS
from airflow_oracle_dag.sandbox.plsql.scope import (
    CursorDef,
    Home,
    Item,
    NameProblem,
    Names,
    Scope,
    Variable,
)
from airflow_oracle_dag.sandbox.session import OracleError


class NameParser(TokenCursor):
    """Read names, and report what is not expected.

    :param names: what the schema knows; None while a text is looked at without a session.
    """

    def __init__(self, text: str, tokens: list[Token], names: Names | None) -> None:
        super().__init__(text, tokens)
        self.names = names
        self.scope = Scope()

    # -- errors -------------------------------------------------------------------------------

    def unexpected(self, expected: str = "") -> CompileError:
        """Make PLS-00103 at the next token."""
        token = self.token
        if token.value.startswith("$"):
            raise unimplemented("conditional compilation")
        symbol = "end-of-file" if token.kind is Kind.END else token.value
        detail = f'PLS-00103: Encountered the symbol "{symbol}"'
        if expected:
            detail += f" when expecting one of the following: {expected}"
        return CompileError(self.text, token.start, detail)

    def undeclared(self, name: str, offset: int) -> OracleError:
        """Make PLS-00201, or say that a SYS package is not here."""
        package, _, member = name.removeprefix("SYS.").partition(".")
        known = is_package(package) or name.startswith(("SYS.ODCI", "ODCI"))
        if self.names is not None and known and (member or not is_package(package)):
            return unimplemented(name)
        return Undeclared(
            self.text,
            offset,
            f"PLS-00201: identifier '{name}' must be declared",
        )

    def must(self, *values: str) -> None:
        """Take these words or raise PLS-00103."""
        for value in values:
            if not self.take(value):
                raise self.unexpected(value)

    def identifier(self) -> str:
        """Take a name."""
        if self.token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self.unexpected("an identifier")
        return self.next().value

    # -- names --------------------------------------------------------------------------------

    def dotted(self) -> list[str]:
        """Look at ``a.b.c`` without taking it."""
        parts = [self.token.value]
        while (
            len(parts) < 4
            and self.peek(2 * len(parts) - 1).value == "."
            and self.peek(2 * len(parts)).kind in (Kind.WORD, Kind.QUOTED)
        ):
            parts.append(self.peek(2 * len(parts)).value)
        return parts

    def member(self) -> tuple[str, int]:
        """Look for a member of the SYS packages; its name, "" for none, and its length."""
        parts = self.dotted()
        skip = 1 if parts[0] == "SYS" else 0
        for used in (2, 1):
            name = ".".join(parts[skip : skip + used])
            if len(parts) >= skip + used and name in MEMBERS:
                if self.names is not None:
                    package = name.rpartition(".")[0] or "DBMS_STANDARD"
                    self.names.refer("PACKAGE", "SYS", package)
                return name, skip + used
        return "", 0

    def known_item(self) -> tuple[Item | None, Home | None, int]:
        """Look up what comes next, in the text and then in the schema.

        :returns: the item, the stored unit it belongs to, how many parts of the name it has.
        """
        if self.token.kind not in (Kind.WORD, Kind.QUOTED):
            return None, None, 0
        parts = self.dotted()
        local, used = self._local(parts)
        if local is not None:
            return local, None, used
        if self.names is None:
            return None, None, 0
        try:
            found = self.names.find(parts)
        except NameProblem as problem:
            raise CompileError(self.text, self.token.start, problem.detail) from problem
        if found is None:
            return None, None, 0
        item = found.item
        if isinstance(item, Variable) and found.home is not None:
            item = dataclasses.replace(item, home=found.home)
        elif isinstance(item, CursorDef) and found.home is not None:
            item = dataclasses.replace(item, home=found.home, origin=item)
        return item, found.home, found.used

    def _local(self, parts: list[str]) -> tuple[Item | None, int]:
        """Look a dotted name up in the text; and how many of its parts the item has."""
        local = self.scope.find(parts[0])
        if len(parts) > 1 and not isinstance(local, Variable):
            inner = self.scope.labelled(parts[0], parts[1])
            if inner is not None:
                return inner, 2
        own = self.names.own if self.names is not None else None
        if local is not None or own is None:
            return local, 1
        for used, mine in ((2, own[1:]), (3, own)):  # a package may put its name in front
            item = self.scope.find(parts[used - 1]) if len(parts) >= used else None
            if item is not None and tuple(parts[: used - 1]) == mine:
                return item, used
        return None, 0

    def take_item(self) -> tuple[Item | None, Home | None, str]:
        """Take a name that is known; leave one that is not."""
        found, home, used = self.known_item()
        name = ".".join(self.dotted()[: used or 2])
        if found is not None:
            self.index += 2 * used - 1
        return found, home, name
