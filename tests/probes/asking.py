"""How a question is put to a database: two sessions, a table with one row, and nothing stays."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import oracledb

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.runtime import codes, schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.runner import ScriptRunner

TABLE = "odag_probe_rows"
#: What single questions make, beside `TABLE`.
LATE, MADE = "odag_probe_late", "odag_probe_made"
NO_ERROR = "no error"
_ALIVE = (
    "begin if dbms_session.is_session_alive(:id) then :found := 'alive'; "
    "else :found := 'dead'; end if; end;"
)


class CannotBeAsked(Exception):
    """Say why a question has no answer here."""


@dataclass(frozen=True)
class Place:
    """Where the questions are asked."""

    dsn: str
    user: str
    password: str

    def connect(self) -> oracledb.Connection:
        """Open a session."""
        return oracledb.connect(user=self.user, password=self.password, dsn=self.dsn)


class Asking:
    """Two sessions and a table with one row, committed; n is 0."""

    def __init__(self, place: Place, one: oracledb.Connection, other: oracledb.Connection) -> None:
        self.place = place
        self.one = one
        self.other = other

    def do(self, text: str, **binds: Any) -> None:
        """Run a statement in the first session."""
        self.one.cursor().execute(text, binds)

    def change(self) -> None:
        """Open a transaction in the first session: n is 1 there."""
        self.do(f"update {TABLE} set n = 1")

    def committed(self) -> str:
        """Say whether `change` can be seen from outside."""
        return "committed" if self.seen() == "1" else "not committed"

    def code(self, text: str, session: oracledb.Connection | None = None) -> str:
        """Run a statement and return its error's code."""
        try:
            (session or self.one).cursor().execute(text)
        except oracledb.Error as error:
            return codes.code_of(error)
        return NO_ERROR

    def value(self, text: str) -> Any:
        """Return the one value of a query in the first session."""
        (value,) = self.one.cursor().execute(text).fetchone()
        return value

    def seen(self, text: str = f"select max(n) from {TABLE}") -> str:
        """Return what the other session sees."""
        self.other.rollback()
        (value,) = self.other.cursor().execute(text).fetchone()
        return str(value)

    def call(self, text: str, kind: Any = str, **binds: Any) -> Any:
        """Run a block in the first session and return its :found."""
        with self.one.cursor() as cursor:
            found = cursor.var(kind)
            cursor.execute(text, {**binds, "found": found})
            return found.getvalue()

    def transaction(self) -> str | None:
        """Return the first session's transaction's id."""
        found: str | None = self.call("begin :found := dbms_transaction.local_transaction_id; end;")
        return found

    def alive(self, session_id: str) -> str:
        """Ask the first session whether another one lives."""
        return str(self.call(_ALIVE, id=session_id))

    def script(self, text: str) -> str:
        """Run a script by the protocol and return how it ended."""
        schema.init(OracleConnector(self.place.connect))
        key = RunIdentity(namespace="odag_probe", run_key=f"probe {time.time_ns()}")
        runner = ScriptRunner(
            OracleConnector(self.place.connect), parse_script(text, name="probe.sql"), key
        )
        try:
            runner.run()
        except OracleDagError as error:
            return codes.code_of(error) or type(error).__name__
        return NO_ERROR


@dataclass(frozen=True)
class Probe:
    """A question.

    :param number: which of the numbered questions about Oracle it belongs to.
    :param expected: what the protocol relies on; None: an open question.
    """

    number: int
    question: str
    ask: Callable[[Asking], str]
    expected: str | None = None


def session_id(session: oracledb.Connection) -> str:
    """Return the identifier by which DBMS_SESSION knows a session."""
    with session.cursor() as cursor:
        found = cursor.var(str)
        cursor.execute("begin :found := dbms_session.unique_session_id; end;", found=found)
        return str(found.getvalue())


def in_transaction(text: str) -> Callable[[Asking], str]:
    """Ask which error a statement gives where a transaction is open."""

    def ask(asking: Asking) -> str:
        asking.change()
        return asking.code(text)

    return ask


def and_transaction(text: str) -> Callable[[Asking], str]:
    """Ask the same, and whether the transaction is still the same afterwards."""

    def ask(asking: Asking) -> str:
        asking.change()
        before = asking.transaction()
        error = asking.code(text)
        kept = "kept" if asking.transaction() == before else "ended"
        return f"{error}, the transaction is {kept}"

    return ask


@contextlib.contextmanager
def asking_at(place: Place) -> Iterator[Asking]:
    """Give a place to ask one question at; nothing of it stays."""
    with contextlib.ExitStack() as stack:
        one, other, tidy = (stack.enter_context(place.connect()) for _ in range(3))
        asking = Asking(place, one, other)
        tables = (TABLE, LATE, MADE)
        for table in tables:
            asking.code(f"drop table {table}", tidy)
        tidy.cursor().execute(f"create table {TABLE} (n number)")
        tidy.cursor().execute(f"insert into {TABLE} values (0)")
        tidy.commit()
        try:
            yield asking
        finally:
            for session in (one, other):
                with contextlib.suppress(oracledb.Error):
                    session.close()  # rolls back; the tables are free to be dropped
            for table in tables:
                asking.code(f"drop table {table}", tidy)
