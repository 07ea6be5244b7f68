"""A sandbox with handed attempts whose jobs are other people's business: tests write their rows."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.server import SandboxServer
from airflow_oracle_dag.triggers import poller
from airflow_oracle_dag.triggers.handover import HandoverTrigger
from airflow_oracle_dag.triggers.waiting_session import MODULE


@dataclass
class Handed:
    """The sandbox, and rows of attempts that were handed to jobs."""

    server: SandboxServer
    dsn: str
    connection: Any
    made: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the time by the database's clock."""
        with self.connection.cursor() as cursor:
            cursor.execute("select sys_extract_utc(systimestamp) from dual")
            return cursor.fetchone()[0]

    def rows(
        self, count: int, *, ago: float = 0.0, jobs: bool = True, place: str = "database"
    ) -> list[dict]:
        """Hand attempts over; return for each what its trigger is told.

        :param ago: seconds since that happened.
        :param jobs: whether there are jobs of their names, none of which begins.
        :param place: where they are to run.
        """
        at = self.now() - timedelta(seconds=ago)
        first = len(self.made)
        names = [f"ODAG_WAITED_{first + number}" for number in range(count)]
        self.made += names
        rows = [(f"run{name}", name, at) for name in names]
        with self.connection.cursor() as cursor:
            cursor.setinputsizes(at=oracledb.DB_TYPE_TIMESTAMP)
            cursor.executemany(
                "insert into odag_handover (run_hash, attempt, generation, job_name, job_owner,"
                " place, first_step, last_step, submitted_at, changed_at)"
                " values (:run_hash, 2, 1, :job_name, user, :place, 1, 2, :at, :at)",
                [
                    {"run_hash": run_hash, "job_name": name, "at": when, "place": place}
                    for run_hash, name, when in rows
                ],
            )
            self.connection.commit()
            if jobs:
                cursor.execute(
                    "begin for i in :a .. :b loop dbms_scheduler.create_job('ODAG_WAITED_' || i,"
                    " 'PLSQL_BLOCK', 'BEGIN NULL; END;'); end loop; end;",
                    a=first,
                    b=first + count - 1,
                )
        return [self.waiting(run_hash, name, at) for run_hash, name, at in rows]

    @staticmethod
    def waiting(run_hash: str, job_name: str, at: datetime, **deadlines: float) -> dict:
        """Return the fields of what is waited for, as an operator writes them."""
        return {
            "run_hash": run_hash,
            "run_key": f"key of {run_hash}",
            "generation": 1,
            "attempt": 2,
            "job_name": job_name,
            "first_step": 1,
            "last_step": 2,
            "submitted_at": at.isoformat(),
            "deadlines": deadlines,
        }

    def change(self, text: str, **binds: Any) -> None:
        """Run and commit one statement."""
        with self.connection.cursor() as cursor:
            moments = [name for name, value in binds.items() if isinstance(value, datetime)]
            if moments:
                cursor.setinputsizes(**dict.fromkeys(moments, oracledb.DB_TYPE_TIMESTAMP))
            cursor.execute(text, binds)
        self.connection.commit()

    def end(self, waiting: dict) -> None:
        """Write down that a job ended well, as its body does."""
        self.change(END, run_hash=waiting["run_hash"])

    def drop_job(self, waiting: dict) -> None:
        """Let a job vanish."""
        with self.connection.cursor() as cursor:
            cursor.callproc("dbms_scheduler.drop_job", [waiting["job_name"], True])

    def waiting_sessions(self) -> list[int]:
        """Return the sessions that wait for jobs, as a DBA sees them."""
        with (
            oracledb.connect(user="system", password="demo-password", dsn=self.dsn) as dba,
            dba.cursor() as cursor,
        ):
            cursor.execute("select s.sid from v$session s where s.module = :m", m=MODULE)
            return [sid for (sid,) in cursor]


END = """update odag_handover h
   set h.ended_at = sys_extract_utc(systimestamp), h.ending = 'SUCCEEDED',
       h.changed_at = sys_extract_utc(systimestamp)
 where h.run_hash = :run_hash"""


@pytest.fixture(scope="session")
def sandbox():
    """Start a sandbox with the tables of this package."""
    opened = open_database(None, {"DEMO": "demo-password", "SYSTEM": "demo-password"})
    try:
        with SandboxServer(opened) as server:
            dsn = f"127.0.0.1:{server.port}/{opened.service_name}"

            def connect():
                return oracledb.connect(user="demo", password="demo-password", dsn=dsn)

            schema.init(OracleConnector(connect))
            with connect() as connection:
                yield Handed(server, dsn, connection)
    finally:
        opened.close()


@pytest.fixture
def handed(sandbox, monkeypatch):
    """Give the sandbox as the connection of the triggers, without any rows."""
    host, _, service = sandbox.dsn.partition("/")
    given = {
        "conn_type": "oracle",
        "host": host.partition(":")[0],
        "port": sandbox.server.port,
        "login": "demo",
        "password": "demo-password",
        "extra": {"service_name": service},
    }
    monkeypatch.setenv("AIRFLOW_CONN_ORACLE_DEFAULT", json.dumps(given))
    sandbox.server.faults.clear()
    sandbox.change("delete from odag_handover")
    sandbox.change("delete from odag_step")
    yield sandbox
    sandbox.server.faults.clear()
    assert poller._POLLERS == {}


def trigger_of(waiting: dict, *, interval: float = 0.2, **changes: Any) -> HandoverTrigger:
    """Make a trigger as a triggerer does: from what another one wrote down."""
    given = {"conn_id": "oracle_default", "schema": None, "start_timeout": 600.0, **changes}
    first = HandoverTrigger(waiting=waiting, poll_interval=interval, **given)
    path, arguments = first.serialize()
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)(**json.loads(json.dumps(arguments)))


async def event_of(trigger: HandoverTrigger) -> dict:
    """Run a trigger to its event."""
    run = trigger.run()
    try:
        return (await anext(run)).payload
    finally:
        await run.aclose()


@asynccontextmanager
async def running(triggers):
    """Run triggers side by side; give their tasks, and end those that are left."""
    tasks = [asyncio.create_task(event_of(trigger)) for trigger in triggers]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(10):
            while poller._POLLERS:  # noqa: ASYNC110 - it ends by itself and tells nobody
                await asyncio.sleep(0.01)


class Statements:
    """Remember when which session asked for handed attempts; a hook of the sandbox."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, int]] = []

    def __call__(self, sid: int, name: str, text: str) -> None:
        """Take a call, and let it pass."""
        if name in ("execute", "reexecute") and re.search("read_at|NOT EXISTS", text):
            self.asked.append((time.monotonic(), sid))

    def between(self, begin: float, end: float) -> list[float]:
        """Return when something was asked within some time."""
        return [at for at, _ in self.asked if begin <= at < end]
