"""The sandbox as a process, and what the demonstration asks and does there by hand."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import oracledb

from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.store import CheckpointReader
from demo.processes import DemoError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_oracle_dag.core.rows import AttemptRow, RunRow, StepRow
    from airflow_oracle_dag.runtime.identity import RunIdentity
    from demo.processes import Processes

USER = "demo"
ORACLE_DAG = Path(sys.executable).with_name("oracle-dag")


@dataclass
class Database:
    """A running sandbox.

    :param environment: variables of the shell that its process gets.
    """

    processes: Processes
    environment: dict[str, str]
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    host: str = ""
    port: int = 0
    service: str = ""

    @property
    def dsn(self) -> str:
        """Return the connect string."""
        return f"{self.host}:{self.port}/{self.service}"

    def start(self, patience: float = 60) -> None:
        """Start the sandbox on a free port and wait until it is ready."""
        env = {**self.environment, "ORACLE_PASSWORD": self.password}
        log = self.processes.start(
            "sandbox", [ORACLE_DAG, "sandbox", "--port", "0", "--user", USER], env
        )
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            self.processes.check_alive("sandbox")
            for line in log.read_text().splitlines():
                if line.startswith("ready "):
                    address, _, self.service = line.removeprefix("ready ").partition("/")
                    self.host, _, port = address.rpartition(":")
                    self.port = int(port)
                    return
            time.sleep(0.2)
        raise DemoError(f"the sandbox is not ready after {patience:g} s, see {log}")

    def airflow_connection(self) -> dict[str, Any]:
        """Return the Airflow connection to it."""
        return {
            "conn_type": "oracle",
            "host": self.host,
            "port": self.port,
            "login": USER,
            "password": self.password,
            "extra": {"service_name": self.service},
        }

    def exports(self) -> str:
        """Return what makes a shell use this sandbox; its password lives as long as it does."""
        variables = f"ORACLE_DSN={self.dsn} ORACLE_USER={USER} ORACLE_PASSWORD={self.password}"
        return f"export {variables} PATH={ORACLE_DAG.parent}:$PATH"

    def oracle_dag(self, *arguments: str) -> str:
        """Run a verb of the command line; return what it printed."""
        done = subprocess.run(
            [str(ORACLE_DAG), *arguments],
            env={
                **self.environment,
                "ORACLE_DSN": self.dsn,
                "ORACLE_USER": USER,
                "ORACLE_PASSWORD": self.password,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode:
            raise DemoError(f"oracle-dag {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    @contextmanager
    def connection(self) -> Iterator[oracledb.Connection]:
        """Connect for a while, as a person with a SQL prompt would."""
        with oracledb.connect(user=USER, password=self.password, dsn=self.dsn) as connection:
            yield connection

    def query(self, text: str, **binds: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.connection() as connection, connection.cursor() as cursor:
            cursor.execute(text, binds)
            return list(cursor.fetchall())

    def change(self, text: str, **binds: Any) -> int:
        """Run and commit one statement; return how many rows it changed."""
        with self.connection() as connection, connection.cursor() as cursor:
            cursor.execute(text, binds)
            connection.commit()
            return int(cursor.rowcount)

    def connector(self) -> OracleConnector:
        """Return what opens sessions for the readers and tables of the package."""
        return OracleConnector(
            lambda: oracledb.connect(user=USER, password=self.password, dsn=self.dsn)
        )

    def checkpoints(
        self, identity: RunIdentity
    ) -> tuple[RunRow, list[StepRow], list[AttemptRow]] | None:
        """Read what the checkpoint tables say of a run; None before it began."""
        session = self.connector().open()
        try:
            reader = CheckpointReader(session)
            run = reader.run(identity.digest)
            if run is None:
                return None
            steps = reader.steps(identity.digest, run.generation)
            return run, steps, reader.attempts(identity.digest, run.generation)
        finally:
            session.close()
