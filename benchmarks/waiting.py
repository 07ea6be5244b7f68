"""What waiting costs: many triggers of handed jobs in Airflow's own trigger runner.

The triggers run as `TriggerRunner.run_trigger` runs them, in one event loop. The sandbox is a
process of its own and counts what it is asked; the jobs are there and never begin, and now and then
one is written down as ended. Told are the sessions that are held for waiting, the queries in each
interval, the share of a core, the growth of memory, and how long after its end a job is noticed.

    python -m benchmarks.waiting [--triggers 1000] [--interval 10] [--minutes 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import multiprocessing
import os
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import oracledb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from multiprocessing.connection import Connection
    from multiprocessing.queues import Queue

PASSWORD = "benchmark"  # noqa: S105 - of a sandbox that lives as long as the benchmark
SESSIONS, QUERIES, CPU, MEMORY, LATE = 2, 2, 0.25, 200, 2.0
ENDINGS = 20


def serve(ready: Connection, asked: Queue[tuple[int, float]]) -> None:
    """Run the sandbox; tell when which session asks for handed attempts."""
    from airflow_oracle_dag.sandbox.engine import open_database  # noqa: PLC0415 - only here
    from airflow_oracle_dag.sandbox.server import SandboxServer  # noqa: PLC0415 - only here

    def tell(sid: int, name: str, text: str) -> None:
        if name in ("execute", "reexecute") and ("read_at" in text or "NOT EXISTS" in text):
            asked.put((sid, time.monotonic()))

    opened = open_database(None, {"DEMO": PASSWORD, "SYSTEM": PASSWORD})
    try:
        with SandboxServer(opened) as server:
            server.faults.on_call(tell)
            ready.send(f"127.0.0.1:{server.port}/{opened.service_name}")
            ready.recv()
    finally:
        opened.close()


@contextmanager
def sandbox() -> Iterator[tuple[str, Queue[tuple[int, float]]]]:
    """Give a sandbox's connect string, and what it was asked when."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    asked: Queue[tuple[int, float]] = spawn.Queue()
    process = spawn.Process(target=serve, args=(there, asked))
    process.start()
    try:
        if not here.poll(60):
            raise SystemExit("the sandbox did not start")
        yield here.recv(), asked
    finally:
        here.send("end")
        process.join(30)


def connect(dsn: str, user: str = "demo") -> oracledb.Connection:
    """Open a connection of the driver."""
    return oracledb.connect(user=user, password=PASSWORD, dsn=dsn)


def hand_over(connection: oracledb.Connection, count: int) -> datetime:
    """Write rows of handed attempts and make their jobs; return when, by the database."""
    with connection.cursor() as cursor:
        cursor.execute("select sys_extract_utc(systimestamp) from dual")
        (now,) = cursor.fetchone()
        cursor.setinputsizes(at=oracledb.DB_TYPE_TIMESTAMP)
        cursor.executemany(
            "insert into odag_handover (run_hash, attempt, generation, job_name, job_owner, place,"
            " first_step, last_step, submitted_at, changed_at)"
            " values (:name, 2, 1, :name, user, 'database', 1, 1, :at, :at)",
            [{"name": f"ODAG_{number}", "at": now} for number in range(count)],
        )
        connection.commit()
        cursor.execute(
            "begin for i in 0 .. :last loop dbms_scheduler.create_job('ODAG_' || i,"
            " 'PLSQL_BLOCK', 'BEGIN NULL; END;'); end loop; end;",
            last=count - 1,
        )
    return now


@dataclass
class Measured:
    """What was measured.

    :param late: seconds between each end's COMMIT and its trigger's event.
    """

    sessions: int = 0
    cpu: float = 0.0
    growth: float = 0.0
    begun: float = 0.0
    ended: float = 0.0
    late: list[float] = field(default_factory=list)


def resident() -> float:
    """Return the megabytes that this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def triggers_of(runner: Any, count: int, now: datetime, interval: float) -> list[Any]:
    """Let a trigger runner run triggers; return their tasks by number."""
    from airflow_oracle_dag.triggers.handover import HandoverTrigger  # noqa: PLC0415 - as above

    tasks = []
    for number in range(count):
        waiting = {
            "run_hash": f"ODAG_{number}",
            "run_key": f"run {number}",
            "generation": 1,
            "attempt": 2,
            "job_name": f"ODAG_{number}",
            "first_step": 1,
            "last_step": 1,
            "submitted_at": now.isoformat(),
            "deadlines": {},
        }
        trigger = HandoverTrigger("oracle_default", None, waiting, 1e6, interval)
        task = asyncio.create_task(runner.run_trigger(number, trigger))
        runner.triggers[number] = {"task": task, "name": str(number), "events": 0}
        tasks.append(task)
    return tasks


async def wait(dsn: str, count: int, interval: float, seconds: float) -> Measured:
    """Let triggers wait, end some of their jobs, and measure."""
    # What Airflow needs for itself is no part of the measurement; it reads its home when imported.
    from airflow.jobs.triggerer_job_runner import TriggerRunner  # noqa: PLC0415 - as above

    runner, measured = TriggerRunner(), Measured()
    with connect(dsn) as connection, connect(dsn, "system") as dba:
        now = await asyncio.to_thread(hand_over, connection, count)
        before = resident()
        tasks = triggers_of(runner, count, now, interval)
        await asyncio.sleep(2 * interval)
        measured.begun, cpu = time.monotonic(), time.process_time()
        for number in range(ENDINGS):
            at = measured.begun + (number + 0.5 * (number % 2)) * seconds / ENDINGS
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            await asyncio.to_thread(end, connection, number)
            written = time.monotonic()
            held = await asyncio.to_thread(sessions, dba)
            measured.sessions = max(measured.sessions, held)
            await asyncio.wait_for(asyncio.shield(tasks[number]), interval + 60)
            measured.late.append(time.monotonic() - written)
        await asyncio.sleep(max(0.0, measured.begun + seconds - time.monotonic()))
        measured.ended = time.monotonic()
        measured.cpu = (time.process_time() - cpu) / (measured.ended - measured.begun)
        measured.growth = resident() - before
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return measured


def end(connection: oracledb.Connection, number: int) -> None:
    """Write down that a job ended well, as its body does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update odag_handover set ended_at = sys_extract_utc(systimestamp),"
            " ending = 'SUCCEEDED', changed_at = sys_extract_utc(systimestamp)"
            " where run_hash = :name",
            name=f"ODAG_{number}",
        )
        connection.commit()


def sessions(dba: oracledb.Connection) -> int:
    """Return how many sessions wait for jobs, as a DBA sees it."""
    with dba.cursor() as cursor:
        cursor.execute(
            "select count(*) from v$session s where s.module = :module",
            module="airflow_oracle_dag.waiting",
        )
        return int(cursor.fetchone()[0])


def per_interval(asked: Queue[tuple[int, float]], measured: Measured, interval: float) -> int:
    """Return the most queries in an interval: they come in pairs, so it begins between two."""
    moments = []
    while not asked.empty():
        moments.append(asked.get()[1])
    moments = [at for at in moments if measured.begun <= at < measured.ended]
    most = 0
    for first in moments:
        # What the clock of two processes and a loop's turn add is no other interval's query.
        most = max(most, sum(first <= at < first + interval * 0.95 for at in moments))
    return most


def main() -> int:
    """Measure, print, and compare with the targets."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--triggers", type=int, default=1000)
    arguments.add_argument("--interval", type=float, default=10.0, metavar="SECONDS")
    arguments.add_argument("--minutes", type=float, default=5.0)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as home, sandbox() as (dsn, asked):
        prepare(home, dsn)
        measured = asyncio.run(wait(dsn, given.triggers, given.interval, given.minutes * 60))
        queries = per_interval(asked, measured, given.interval)
    late = max(measured.late)
    print(
        f"{given.triggers} triggers, {given.interval:g} s, {given.minutes:g} minutes: "
        f"{measured.sessions} session(s), at most {queries} queries in an interval, "
        f"{measured.cpu:.1%} of a core, {measured.growth:.0f} MB more memory, {len(measured.late)} "
        f"ends noticed after {sum(measured.late) / len(measured.late):.1f} s on average and "
        f"{late:.1f} s at most"
    )
    met = (
        measured.sessions <= SESSIONS
        and queries <= QUERIES
        and measured.cpu < CPU
        and measured.growth < MEMORY
        and late <= given.interval + LATE
    )
    print(
        f"target: {SESSIONS} sessions, {QUERIES} queries, {CPU:.0%} of a core, {MEMORY} MB, "
        f"interval + {LATE:g} s: {'met' if met else 'MISSED'}"
    )
    return int(not met)


def prepare(home: str, dsn: str) -> None:
    """Make the tables, and let Airflow know the connection."""
    os.environ["AIRFLOW_HOME"] = home
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    address, _, service = dsn.partition("/")
    host, _, port = address.partition(":")
    given = {"conn_type": "oracle", "host": host, "port": int(port), "login": "demo"}
    os.environ["AIRFLOW_CONN_ORACLE_DEFAULT"] = json.dumps(
        {**given, "password": PASSWORD, "extra": {"service_name": service}}
    )
    logging.basicConfig(level=logging.WARNING)
    from airflow_oracle_dag.runtime import schema  # noqa: PLC0415 - Airflow reads its home first
    from airflow_oracle_dag.runtime.connector import OracleConnector  # noqa: PLC0415 - the same

    schema.init(OracleConnector(lambda: connect(dsn)))


if __name__ == "__main__":
    raise SystemExit(main())
