"""A sandbox for tests: one that runs in the test's own process, and schemas of its own for each.

    with OracleSandbox() as sandbox, sandbox.schema() as schema:
        schema.connection.cursor().execute("create table t (n number)")

`airflow_oracle_dag.sandbox.pytest_plugin` makes fixtures of it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import oracledb

from airflow_oracle_dag.sandbox import seed
from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.faults import FaultPlan
from airflow_oracle_dag.sandbox.server import SandboxServer
from airflow_oracle_dag.sandbox.session import Database

SERVICE = "FREEPDB1"
DBA = "SYSTEM"
_LOOPBACK = "127.0.0.1"
_CONNECTED, _TRIES = "ORA-01940", 20
_JOBS = "select owner || '.' || job_name from dba_scheduler_jobs where owner = :1"


class OracleSandbox:
    """Serve a database of its own until it is closed.

    :param data: where the data are kept; None: a temporary place, removed by `close`.
    :ivar faults: what is to fail, see `airflow_oracle_dag.sandbox.faults`.
    """

    def __init__(self, data: Path | None = None) -> None:
        self.password = secrets.token_urlsafe(12)  # of SYSTEM, who is a DBA
        self._schemas = itertools.count(1)
        self.database: Database = open_database(data, {DBA: self.password}, SERVICE)
        self.server = SandboxServer(self.database)
        self.server.start()

    @property
    def dsn(self) -> str:
        """Return what a client connects to."""
        return f"{self.server.address}/{SERVICE}"

    @property
    def port(self) -> int:
        """Return the port on loopback."""
        return self.server.port

    @property
    def faults(self) -> FaultPlan:
        """Return what is to fail."""
        return self.server.faults

    def as_dba(self) -> oracledb.Connection:
        """Open a session of SYSTEM, which the caller closes."""
        return oracledb.connect(user=DBA, password=self.password, dsn=self.dsn)

    @contextmanager
    def schema(self, name: str = "") -> Iterator[OracleSchema]:
        """Give a new user with an empty schema, dropped with all its sessions at the end.

        :param name: of the user; "": one that was not there before.
        """
        made = OracleSchema(self, name.upper() or f"TEST_{next(self._schemas)}")
        self._as_dba(
            f'create user {made.user} identified by "{made.password}"',
            f"grant db_developer_role to {made.user}",
        )
        try:
            yield made
        finally:
            made.close()
            self._drop(made.user)

    def _as_dba(self, *statements: str) -> None:
        with self.as_dba() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def _drop(self, user: str) -> None:
        """Drop a user with all sessions; a pool that a test has left may just open another."""
        for tries_left in reversed(range(_TRIES)):
            self._end_sessions(user)
            try:
                self._as_dba(f"drop user {user} cascade")
            except oracledb.DatabaseError as error:
                if error.args[0].full_code != _CONNECTED or not tries_left:
                    raise
            else:
                return

    def _end_sessions(self, user: str) -> None:
        # What a test left open, or running, must not keep its user from being dropped.
        self.server.end_sessions(user)
        with self.as_dba() as connection, connection.cursor() as cursor:
            cursor.execute(_JOBS, [user])
            for (job,) in cursor.fetchall():
                with contextlib.suppress(oracledb.DatabaseError):  # it does not run, or no more
                    cursor.callproc("dbms_scheduler.disable", [job, True])
                    cursor.callproc("dbms_scheduler.stop_job", [job, True])

    def close(self) -> None:
        """End all sessions and stop the database."""
        self.server.close()
        self.database.close()

    def __enter__(self) -> Self:
        """Give the sandbox, which serves already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


@dataclass
class OracleSchema:
    """A user with a schema, for one test.

    :ivar password: made for this user.
    """

    sandbox: OracleSandbox = field(repr=False)
    user: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    _opened: list[oracledb.Connection] = field(default_factory=list, repr=False)

    @property
    def dsn(self) -> str:
        """Return what a client connects to."""
        return self.sandbox.dsn

    @property
    def faults(self) -> FaultPlan:
        """Return what is to fail."""
        return self.sandbox.faults

    def connect(self, **options: Any) -> oracledb.Connection:
        """Open a session, closed at the end of the test."""
        who = {"user": self.user, "password": self.password, "dsn": self.dsn}
        self._opened.append(oracledb.connect(**(who | options)))
        return self._opened[-1]

    @property
    def connection(self) -> oracledb.Connection:
        """Return the session that is opened first."""
        return self._opened[0] if self._opened else self.connect()

    def rows(self, query: str, *binds: Any, **named: Any) -> list[Any]:
        """Return the rows of a query, asked in the session that was opened first."""
        with self.connection.cursor() as cursor:
            return list(cursor.execute(query, named or binds))

    def run_script(self, script: Path | str) -> None:
        """Run a SQL*Plus script, a file or a text, in a session of its own, and commit.

        :raises SeedError: for the first statement that fails, or what cannot be split.
        """
        seed.run(self.sandbox.database, self.user, seed.read(script))

    @property
    def airflow_connection(self) -> str:
        """Return what Airflow wants to find in an ``AIRFLOW_CONN_…`` variable."""
        return json.dumps(
            {
                "conn_type": "oracle",
                "host": _LOOPBACK,
                "port": self.sandbox.port,
                "login": self.user,
                "password": self.password,
                "extra": {"service_name": SERVICE},
            }
        )

    def close(self) -> None:
        """Close the sessions."""
        for connection in self._opened:
            with contextlib.suppress(oracledb.Error):  # a fault may have cut it
                connection.close()
        self._opened.clear()
