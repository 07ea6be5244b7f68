"""The unmodified driver against the whole sandbox: what a script's author would see."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.sandbox.engine import EngineDatabase, open_database
from airflow_oracle_dag.sandbox.server import SandboxServer

PASSWORD = "demo-password"


class Person:
    """Be somebody with a connection."""

    def __init__(self, connection: oracledb.Connection) -> None:
        self.connection = connection

    def run(self, sql: str, *binds: Any, **named: Any) -> int:
        """Run a statement and return its row count."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, list(binds) or named)
            return cursor.rowcount

    def rows(self, sql: str, *binds: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self.connection.cursor() as cursor:
            return cursor.execute(sql, list(binds)).fetchall()

    def one(self, sql: str, *binds: Any) -> Any:
        """Return the only value of a query."""
        ((value,),) = self.rows(sql, *binds)
        return value

    def call(self, block: str, kind: Any = int, **binds: Any) -> Any:
        """Run a block that assigns to ``:o`` and return the value."""
        with self.connection.cursor() as cursor:
            out = cursor.var(kind)
            cursor.execute(block, {**binds, "o": out})
            return out.getvalue()

    def error(self, sql: str, *binds: Any) -> str:
        """Return the message of the error that a statement raises."""
        with pytest.raises(oracledb.Error) as caught:
            self.run(sql, *binds)
        return str(caught.value)

    def fails(self, sql: str, *binds: Any) -> int:
        """Return the ORA- number that a statement raises."""
        with pytest.raises(oracledb.Error) as caught:
            self.run(sql, *binds)
        return caught.value.args[0].code

    def commit_error(self) -> str:
        """Return the message of the error that a commit raises."""
        with pytest.raises(oracledb.Error) as caught:
            self.connection.commit()
        return str(caught.value)

    def later(self, sql: str, *binds: Any) -> Callable[[], int | str]:
        """Run a statement in a thread; the result waits for it: its row count or its error."""
        answers: list[int | str] = []

        def work() -> None:
            try:
                answers.append(self.run(sql, *binds))
            except oracledb.Error as error:
                answers.append(str(error))

        thread = threading.Thread(target=work, daemon=True)
        thread.start()

        def result() -> int | str:
            thread.join(20)
            assert answers, f"still running: {sql}"
            return answers[0]

        return result

    def sid(self) -> str:
        """Return the session as ALTER SYSTEM KILL SESSION wants it."""
        return f"{self.connection.session_id},{self.connection.serial_num}"


@pytest.fixture(scope="package")
def database() -> Iterator[EngineDatabase]:
    """Open one temporary database."""
    users = dict.fromkeys(("demo", "other", "system"), PASSWORD)
    database = open_database(None, users)
    assert isinstance(database, EngineDatabase)
    yield database
    database.close()


@pytest.fixture(scope="package")
def server(database: EngineDatabase) -> Iterator[SandboxServer]:
    """Serve it."""
    with SandboxServer(database) as server:
        yield server


@pytest.fixture
def log_in(server: SandboxServer) -> Iterator[Callable[..., Person]]:
    """Open connections; at the end they are closed and what DEMO created is dropped."""
    opened: list[oracledb.Connection] = []

    def open_one(user: str = "demo", password: str = PASSWORD) -> Person:
        dsn = f"{server.address}/FREEPDB1"
        opened.append(oracledb.connect(user=user, password=password, dsn=dsn))
        return Person(opened[-1])

    yield open_one
    for connection in opened:
        with contextlib.suppress(oracledb.Error):  # the test may have killed it
            connection.close()
    cleaner = open_one()
    _drop_all(cleaner)
    cleaner.connection.close()


def _drop_all(person: Person) -> None:
    for kind in ("VIEW", "TABLE", "SEQUENCE", "SYNONYM"):
        for (name,) in person.rows(
            "select object_name from user_objects where object_type = :1", kind
        ):
            if not name.startswith("ISEQ$$"):
                cascade = " cascade constraints" if kind == "TABLE" else ""
                person.run(f'drop {kind} "{name}"{cascade}')


@pytest.fixture
def demo(log_in: Callable[..., Person]) -> Person:
    """Give DEMO's session."""
    return log_in()


@pytest.fixture
def second(log_in: Callable[..., Person]) -> Person:
    """Give another session of DEMO."""
    return log_in()
