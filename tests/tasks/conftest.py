"""Operators, sensors and triggers, run in this process against a database and its control table."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import oracledb
import pytest
from airflow.providers.common.compat.sdk import DAG

from airflow_oracle_dag.control.oracle import OracleControlTable
from airflow_oracle_dag.control.table import Audit
from airflow_oracle_dag.core.jobs import Job
from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags

FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)
ME = Audit("tests", "to see what happens")


@dataclass
class Database:
    """The database, and the Airflow connection that leads to it.

    :param server: the sandbox's listener in this process, None for a real Oracle.
    """

    dsn: str
    user: str
    password: str
    server: Any = None

    def connect(self) -> oracledb.Connection:
        """Open a plain connection of the driver."""
        return oracledb.connect(user=self.user, password=self.password, dsn=self.dsn)

    def connector(self) -> OracleConnector:
        """Return what stores open their sessions with."""
        return OracleConnector(self.connect, Tags("tests"))

    def airflow_connection(self) -> str:
        """Return the connection in Airflow's JSON form."""
        address, _, service = self.dsn.partition("/")
        host, _, port = address.partition(":")
        return json.dumps(
            {
                "conn_type": "oracle",
                "host": host,
                "port": int(port),
                "login": self.user,
                "password": self.password,
                "extra": {"service_name": service},
            }
        )


@pytest.fixture(scope="session")
def database(request):
    """Give a database with the tables of this package and a ledger."""
    if request.config.getoption("--db") == "oracle":
        env = os.environ
        yield _prepared(Database(env["ORACLE_DSN"], env["ORACLE_USER"], env["ORACLE_PASSWORD"]))
        return
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    opened = open_database(None, {"DEMO": "demo-password"})
    try:
        with SandboxServer(opened) as server:
            dsn = f"127.0.0.1:{server.port}/{opened.service_name}"
            yield _prepared(Database(dsn, "demo", "demo-password", server))
    finally:
        opened.close()


def _prepared(database):
    schema.init(database.connector())
    with database.connect() as connection, connection.cursor() as cursor:
        try:
            cursor.execute("drop table t_effects")
        except oracledb.DatabaseError as error:
            if "ORA-00942" not in str(error):
                raise
        cursor.execute("create table t_effects (run_id varchar2(250), effect varchar2(100))")
    return database


@dataclass
class World:
    """A job of its own for each test, and what Airflow would give its task."""

    database: Database
    dag: DAG
    table: OracleControlTable
    job_name: str
    folder: Any

    def forget_tasks(self) -> None:
        """Begin with an empty DAG of the same id, as each process does."""
        self.dag = DAG(
            self.dag.dag_id,
            schedule=None,
            start_date=self.dag.start_date,
            template_searchpath=[str(self.folder)],
        )

    def put(self, **fields: Any) -> Job:
        """Write the job's row."""
        fields = {"run_condition": "FRIDAY", "category": "RAW", **fields}
        job = Job(name=fields.pop("name", self.job_name), **fields)
        self.table.put([job], ME)
        return job

    def change(self, **fields: Any) -> None:
        """Change fields of the job's row by their names in the field."""
        self.table.change("default", self.job_name, fields, ME)

    def context(self, due: datetime = FRIDAY, clears: int = 0, **changes: Any) -> dict:
        """Return the context of a task whose interval ends at a moment.

        :param clears: a clear adds the tries that were made to those that the task may have.
        """
        run_id = f"scheduled__{due.isoformat()}"
        pushed: dict = {}

        def push(key, value):
            pushed[key] = value

        instance = SimpleNamespace(
            dag_id=self.dag.dag_id,
            task_id="load",
            map_index=-1,
            run_id=run_id,
            start_date=datetime.now(UTC),
            max_tries=clears,
            pushed=pushed,
            xcom_push=push,
        )
        dag_run = SimpleNamespace(run_after=due, run_id=run_id)
        return {
            "ti": instance,
            "dag": self.dag,
            "dag_run": dag_run,
            "run_id": run_id,
            "logical_date": due - timedelta(days=1),
            "data_interval_start": due - timedelta(days=1),
            "data_interval_end": due,
            **changes,
        }

    def key(self, due: datetime = FRIDAY) -> str:
        """Return the key of the interval that ends at a moment."""
        start = due - timedelta(days=1)
        return f"{start:%Y-%m-%dT%H:%M:%SZ}/{due:%Y-%m-%dT%H:%M:%SZ}"

    def run(self, due: datetime = FRIDAY) -> Any:
        """Read what became of the job, None when nothing did."""
        return self.table.job_runs("default", self.key(due)).get(self.job_name)

    def row(self) -> Job:
        """Read the job's row."""
        return self.table.job("default", self.job_name)

    def effects(self) -> list[str]:
        """Return what the job's scripts left, in order."""
        with self.database.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "select effect from t_effects where effect like :name || ' %' order by effect",
                name=self.job_name,
            )
            return [effect.partition(" ")[2] for (effect,) in cursor]

    def sql(self, text: str, **binds: Any) -> None:
        """Run and commit one statement."""
        with self.database.connect() as connection, connection.cursor() as cursor:
            cursor.execute(text, binds)
            connection.commit()

    def script(self, *effects: str) -> str:
        """Return a script with one step for each effect."""
        return "".join(
            f"-- @step {effect}\ninsert into t_effects values (:run_id, '{self.job_name} {effect}')"
            ";\n"
            for effect in effects
        )


@pytest.fixture
def world(database, monkeypatch, request, tmp_path):
    """Give a DAG in Berlin's time and a name for a job that nobody has."""
    monkeypatch.setenv("AIRFLOW_CONN_ORACLE_DEFAULT", database.airflow_connection())
    name = f"{request.node.name[:60]}_{time.time_ns()}".replace("[", "_").replace("]", "")
    dag = DAG(
        f"dag_{time.time_ns()}",
        schedule=None,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        template_searchpath=[str(tmp_path)],
    )
    if database.server is not None:
        database.server.faults.clear()
    table = OracleControlTable(database.connector())
    yield World(database, dag, table, name.upper(), tmp_path)
    table.close()
    if database.server is not None:
        database.server.faults.clear()


@pytest.fixture
def faults(world):
    """Give the sandbox's faults, none of them armed before or after the test."""
    if world.database.server is None:
        pytest.skip("faults can be injected only into the sandbox")
    return world.database.server.faults
