"""What runs a case: a session in an empty schema, more of them on demand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import oracledb
import pytest

from tests.conformance.record import (
    Case,
    Count,
    Differs,
    Expectation,
    Missing,
    Output,
    Raises,
    Returns,
    Rows,
)

_NEXT_LINE = "begin dbms_output.get_line(:line, :status); end;"


@dataclass
class Place:
    """A database to run cases in.

    :param dba: opens a DBA's session; None where the suite is given none.
    :param server: the sandbox's listener in this process, None for a real Oracle.
    """

    dsn: str
    user: str
    password: str
    dba: Callable[[], oracledb.Connection] | None = None
    server: Any = None

    @property
    def is_sandbox(self) -> bool:
        """Tell whether cases may say ORA-03001 or differ."""
        return self.server is not None


@dataclass
class Bench:
    """Run the statements of one case.

    :ivar connection: the session of the case; what the case leaves open there is rolled back.
    """

    place: Place
    connection: oracledb.Connection
    _opened: list[oracledb.Connection] = field(default_factory=list)
    _users: list[str] = field(default_factory=list)

    def run(self, text: str, *binds: Any, **named: Any) -> list[tuple[Any, ...]] | int:
        """Run a statement in the case's session; return its rows, or how many it changed."""
        return run(self.connection, text, named or binds)

    def rows(self, text: str, *binds: Any, **named: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        found = self.run(text, *binds, **named)
        assert isinstance(found, list), f"no query: {text}"
        return found

    def one(self, text: str, *binds: Any, **named: Any) -> Any:
        """Return the only value of a query."""
        ((value,),) = self.rows(text, *binds, **named)
        return value

    def out(self, block: str, kind: Any = str, **binds: Any) -> Any:
        """Run a block that assigns to ``:o`` and return the value."""
        with self.connection.cursor() as cursor:
            variable = cursor.var(kind)
            cursor.execute(block, {**binds, "o": variable})
            return plain(variable.getvalue())

    def code(self, text: str, *binds: Any, **named: Any) -> int:
        """Return the ORA- number of the error that a statement ends with, 0 if with none."""
        try:
            self.run(text, *binds, **named)
        except oracledb.Error as error:
            return error.args[0].code
        return 0

    def output(self) -> list[str]:
        """Return the lines that DBMS_OUTPUT holds, which must have been enabled."""
        return lines_of(self.connection)

    def connect(self, user: str = "", password: str = "", **options: Any) -> oracledb.Connection:
        """Open another session, closed at the end of the case."""
        who = {
            "user": user or self.place.user,
            "password": password or self.place.password,
            "dsn": self.place.dsn,
        }
        self._opened.append(oracledb.connect(**{**who, **options}))
        return self._opened[-1]

    def another(self) -> Bench:
        """Open another session of the same user, with the methods of this one."""
        return Bench(self.place, self.connect())

    def dba(self) -> Bench:
        """Open a DBA's session; the case is skipped where there is none."""
        if self.place.dba is None:
            pytest.skip("needs ORACLE_DBA_USER and ORACLE_DBA_PASSWORD")
        self._opened.append(self.place.dba())
        return Bench(self.place, self._opened[-1])

    def user(self, name: str, *privileges: str) -> Bench:
        """Create a user, dropped at the end of the case, and open its session."""
        dba = self.dba()
        dba.run(f'create user {name} identified by "made-Up-1" quota unlimited on users')
        self._users.append(name)
        for privilege in ("create session", *privileges):
            dba.run(f"grant {privilege} to {name}")
        return Bench(self.place, self.connect(name, "made-Up-1"))

    def close(self) -> None:
        """Close all sessions and drop the users."""
        for connection in (*self._opened, self.connection):
            with contextlib.suppress(oracledb.Error):  # the case may have killed it
                connection.rollback()
                connection.close()
        if self._users and self.place.dba is not None:
            with self.place.dba() as connection:
                for name in self._users:
                    run(connection, f"drop user {name} cascade", ())


def run(connection: oracledb.Connection, text: str, binds: Any) -> list[tuple[Any, ...]] | int:
    """Run a statement; return its rows, or how many it changed."""
    with connection.cursor() as cursor:
        cursor.execute(text, binds)
        if cursor.description is None:
            return cursor.rowcount
        return [tuple(map(plain, row)) for row in cursor]


def plain(value: Any) -> Any:
    """Return a value as a case can write it: LOBs read, cursors fetched."""
    if isinstance(value, oracledb.LOB):
        return value.read()
    if isinstance(value, oracledb.Cursor):
        with value as cursor:
            return [tuple(map(plain, row)) for row in cursor]
    return value


def lines_of(connection: oracledb.Connection) -> list[str]:
    """Take all lines out of DBMS_OUTPUT."""

    def lines() -> Iterator[str]:
        with connection.cursor() as cursor:
            line, status = cursor.var(str), cursor.var(int)
            while True:
                cursor.execute(_NEXT_LINE, line=line, status=status)
                if status.getvalue() != 0:
                    return
                yield line.getvalue() or ""

    return list(lines())


def expected_of(case: Case, *, sandbox: bool) -> Expectation:
    """Return what a case must give here."""
    if sandbox and isinstance(case.sandbox, Missing):
        return Raises(3001, case.sandbox.text)
    if sandbox and isinstance(case.sandbox, Differs):
        return case.sandbox.answer
    return case.expect


def outcome(bench: Bench, case: Case, expected: Expectation) -> Expectation:
    """Run a case and return what came of it, in the form of what is expected."""
    try:
        for statement in case.setup:
            bench.run(statement)
        if isinstance(expected, Output):
            bench.run("begin dbms_output.enable(null); end;")
        if callable(case.run):
            found = case.run(bench)
        else:
            found = run(bench.connection, case.run, case.binds)
        if case.then is not None:
            found = bench.run(case.then)
    except oracledb.Error as error:
        if not isinstance(expected, Raises):
            raise
        return _raised(error, expected)
    return _given(bench, found, expected)


def _raised(error: oracledb.Error, expected: Raises) -> Raises:
    # With what is expected of the text if that is there, else with the whole text, to be read.
    (said,) = error.args
    text = expected.text if expected.text in said.message else said.message
    return Raises(said.code, text)


def _given(bench: Bench, found: Any, expected: Expectation) -> Expectation:
    if isinstance(expected, Rows) and isinstance(found, list):
        if not expected.ordered and sorted(found, key=repr) == sorted(expected.rows, key=repr):
            return expected
        return Rows(tuple(map(tuple, found)), expected.ordered)
    if isinstance(expected, Output):
        return Output(tuple(bench.output()))
    if isinstance(expected, Count) and isinstance(found, int):
        return Count(found)
    return Returns(found)
