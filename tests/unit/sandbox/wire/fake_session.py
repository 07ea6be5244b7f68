"""A scripted database behind the seam, for driving real clients against the wire."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_oracle_dag.sandbox.session import (
    BindType,
    Column,
    OracleError,
    Result,
    StatementKind,
)

Handler = Callable[["FakeSession", Sequence[BindType], Sequence[Sequence[Any]]], Result]

_KINDS = {
    "SELECT": StatementKind.QUERY,
    "WITH": StatementKind.QUERY,
    "INSERT": StatementKind.DML,
    "UPDATE": StatementKind.DML,
    "DELETE": StatementKind.DML,
    "MERGE": StatementKind.DML,
    "BEGIN": StatementKind.PLSQL,
    "DECLARE": StatementKind.PLSQL,
}


class FakeRows:
    """Give rows from a list or an iterator."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[tuple[Any, ...]]) -> None:
        self.columns = columns
        self._rows = iter(rows)

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        return list(itertools.islice(self._rows, count))

    def close(self) -> None:
        self._rows = iter(())


@dataclass
class FakeStatement:
    sql: str
    kind: StatementKind
    bind_names: Sequence[str]
    columns: Sequence[Column] = ()


@dataclass(eq=False)
class FakeSession:
    """Run what the database's script says; note everything that is asked."""

    database: FakeDatabase
    sid: int
    user: str
    serial: int = 7
    in_transaction: bool = False
    log: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    executed: list[tuple[str, list[BindType], list[list[Any]]]] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)
    killed: bool = False
    closed: threading.Event = field(default_factory=threading.Event)

    def parse(self, sql: str) -> FakeStatement:
        if "syntax error" in sql:
            raise OracleError(900, "invalid SQL statement", offset=sql.index("syntax"))
        word = re.match(r"\s*(\w+)", sql)
        kind = _KINDS.get(word.group(1).upper() if word else "", StatementKind.DDL)
        self.log.append("parse")
        return FakeStatement(sql, kind, re.findall(r":(\w+)", sql))

    def execute(
        self,
        statement: FakeStatement,
        bind_types: Sequence[BindType],
        iterations: Sequence[Sequence[Any]],
        *,
        describe_only: bool = False,
    ) -> Result:
        if self.killed:
            raise OracleError(28, "your session has been killed")
        rows = [list(row) for row in iterations]
        self.executed.append((statement.sql, list(bind_types), rows))
        for pattern, handler in self.database.script.items():
            if re.search(pattern, statement.sql):
                return handler(self, bind_types, rows)
        if statement.kind is StatementKind.DDL:
            return Result(statement.kind)
        raise OracleError(942, "table or view does not exist")

    def wait(self, seconds: float) -> None:
        """Run for a while, as a statement does, unless it is cancelled."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.cancelled.wait(0.01):
                self.cancelled.clear()
                raise OracleError(1013, "user requested cancel of current operation")
            if self.killed:
                raise OracleError(28, "your session has been killed")

    def commit(self) -> None:
        self.log.append("commit")
        self.in_transaction = False

    def rollback(self) -> None:
        self.log.append("rollback")
        self.in_transaction = False

    def ping(self) -> None:
        if self.killed:
            raise OracleError(28, "your session has been killed")

    def set_attributes(self, **attributes: str | None) -> None:
        if attributes.get("current_schema") == "NOBODY":
            raise OracleError(1435, "user does not exist")
        self.attributes |= {k: v for k, v in attributes.items() if v is not None}

    def cancel(self) -> None:
        self.log.append("cancel")
        self.cancelled.set()

    def kill(self) -> bool:
        self.killed = True
        return True

    def close(self) -> None:
        if not self.closed.is_set():
            self.log.append("close")
            self.closed.set()


class FakeDatabase:
    """Open fake sessions for one user; `script` maps patterns of statements to handlers."""

    service_name = "FREEPDB1"
    version = (23, 9, 0, 0, 0)

    def __init__(self) -> None:
        self.script: dict[str, Handler] = {}
        self.opened: list[FakeSession] = []
        self.came: list[dict[str, str]] = []

    def password_of(self, user: str) -> str | None:
        return "secret-Pässword" if user == "DEMO" else None

    def open(self, user: str, **who: str) -> FakeSession:
        self.came.append(who)
        session = FakeSession(self, 100 + len(self.opened), user)
        self.opened.append(session)
        return session

    def sessions(self) -> Iterator[FakeSession]:
        return iter(self.opened)

    def close(self) -> None:
        for session in self.opened:
            session.close()


def query(columns: Sequence[Column], rows: Sequence[tuple[Any, ...]]) -> Handler:
    """Make a handler that answers with these rows."""
    return lambda *_: Result(StatementKind.QUERY, rows=FakeRows(columns, rows))
