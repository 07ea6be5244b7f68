"""One suite for the sandbox and for a real Oracle: the tests know only a way to connect."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Callable

import oracledb
import pytest

from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime import schema, verbs
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import Event, RunOptions, RunResult
from airflow_oracle_dag.runtime.runner import ScriptRunner
from airflow_oracle_dag.runtime.store import CheckpointReader
from tests.planted import in_tables


@dataclass
class Target:
    """A database to test against.

    :param server: the sandbox's listener in this process, None for a real Oracle.
    """

    dsn: str
    user: str
    password: str
    server: Any = None

    def connect(self) -> oracledb.Connection:
        """Open a plain connection of the driver."""
        return oracledb.connect(user=self.user, password=self.password, dsn=self.dsn)

    def as_dba(self, text: str) -> Any:
        """Run one statement as a DBA of the sandbox would; return the rows of a query."""
        if self.server is None:
            pytest.skip("only of the sandbox is the suite a DBA")
        dba = oracledb.connect(user="system", password="dba-password", dsn=self.dsn)
        with dba as connection, connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else None

    def connector(self) -> OracleConnector:
        """Return what a runner opens its sessions with."""
        return OracleConnector(self.connect, Tags(module="tests"))


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Give the database that the suite runs against, with the checkpoint tables in it."""
    if request.config.getoption("--db") == "oracle":
        env = os.environ
        real = Target(env["ORACLE_DSN"], env["ORACLE_USER"], env["ORACLE_PASSWORD"])
        schema.init(real.connector())
        yield real
        with real.connect() as connection:
            assert in_tables(connection) == []
        return
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    database = open_database(None, {"DEMO": "demo-password", "SYSTEM": "dba-password"})
    try:
        with SandboxServer(database) as server:
            dsn = f"127.0.0.1:{server.port}/{database.service_name}"
            sandbox = Target(dsn, "demo", "demo-password", server)
            schema.init(sandbox.connector())
            yield sandbox
            with sandbox.connect() as connection:
                assert in_tables(connection) == []  # of everything that the suite ran
    finally:
        database.close()


@pytest.fixture
def faults(target: Target) -> Iterator[Any]:
    """Give the sandbox's faults, none of them armed before or after the test."""
    if target.server is None:
        pytest.skip("faults can be injected only into the sandbox")
    target.server.faults.clear()
    yield target.server.faults
    target.server.faults.clear()


@dataclass
class Bench:
    """A work schema with a ledger, and a way to run scripts under a key of the test's own."""

    target: Target
    connection: oracledb.Connection
    key: str
    events: list[Event] = field(default_factory=list)

    def sql(self, text: str, **binds: Any) -> Any:
        """Run one statement and commit; return the rows of a query."""
        with self.connection.cursor() as cursor:
            cursor.execute(text, binds)
            rows = cursor.fetchall() if cursor.description else None
        self.connection.commit()
        return rows

    def mark_done(self, step: str) -> None:
        """Say that a step is done, as a person does."""
        verbs.mark_done(
            self.target.connector(),
            self.identity(),
            step,
            who="test",
            why="by hand",
            options=RunOptions(),
            observe=self.events.append,
        )

    def until_carried_out(self) -> None:
        """Wait until nothing is at work any more for a client whose connection was cut."""
        server, deadline = self.target.server, time.monotonic() + 30
        while server is not None and any(session.busy for session in server.sessions()):
            if time.monotonic() > deadline:
                raise TimeoutError("a call without a client does not end")
            time.sleep(0.005)

    def ledger(self) -> dict[str, int]:
        """Return how often each entry stands in the ledger."""
        return dict(self.sql("select entry, count(*) from t_ledger group by entry"))

    def runner(
        self,
        text: str,
        *,
        name: str = "script.sql",
        key: str | None = None,
        parameters: dict[str, Any] | None = None,
        offered: dict[str, Any] | None = None,
        connect: Callable[[], oracledb.Connection] | None = None,
        identity: RunIdentity | None = None,
        carriers: Any = None,
        **options: Any,
    ) -> ScriptRunner:
        """Make a runner for a script text."""
        connector = OracleConnector(connect or self.target.connect, Tags(module="tests"))
        return ScriptRunner(
            connector,
            parse_script(text, name=name),
            identity or RunIdentity(run_key=key or self.key),
            ScriptValues(parameters or {}, offered or {}),
            RunOptions(**options),
            self.events.append,
            carriers=carriers,
        )

    def run(self, text: str, **kwargs: Any) -> RunResult:
        """Run a script text to its end."""
        return self.runner(text, **kwargs).run()

    def identity(self) -> RunIdentity:
        """Return the identity that `run` uses."""
        return RunIdentity(run_key=self.key)

    def states(self) -> dict[str, str]:
        """Return the recorded state of each step, in order."""
        session = self.target.connector().open()
        try:
            reader = CheckpointReader(session)
            run = reader.run(self.identity().digest)
            if run is None:
                return {}
            rows = reader.steps(run.run_hash, run.generation)
            return {row.name: row.state.value for row in rows}
        finally:
            session.close()

    def said(self, kind: str) -> list[str]:
        """Return what the runners told their observer."""
        return [event.text for event in self.events if event.kind == kind]


@pytest.fixture
def bench(target: Target, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Give a bench with an empty ledger and a run key that nobody used."""
    with target.connect() as connection:
        made = Bench(target, connection, f"{request.node.name}-{time.time_ns()}"[-200:])
        for table in ("t_ledger", "t_made", "t_numbers"):
            try:
                made.sql(f"drop table {table}")
            except oracledb.DatabaseError as error:
                if "ORA-00942" not in str(error):
                    raise
        made.sql("create table t_ledger (entry varchar2(100) not null, amount number)")
        made.sql("create table t_numbers (n number primary key)")
        yield made
