"""What checkpoints cost: the same one-row steps with and without them, in one run.

The peer is the bare loop that a careful programmer writes: `execute` and `commit` for each row, on
one connection. Both talk to a sandbox in a process of its own, whose replies are delayed as a
network would; the ratio without that delay is reported as well.

    python -m benchmarks.overhead [--steps 1000] [--delay 5]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import oracledb

from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.runner import ScriptRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = 1.25
STATEMENT = "insert into bench_rows (n) values (1)"
PASSWORD = "benchmark"  # noqa: S105 - of a sandbox that lives as long as the benchmark


@contextmanager
def sandbox(delay: float) -> Iterator[str]:
    """Run a sandbox in its own process and give its connect string."""
    command = [str(Path(sys.executable).with_name("oracle-dag")), "sandbox", "--port", "0"]
    command += ["--user", "demo", "--reply-delay", str(delay)]
    process = subprocess.Popen(
        command,
        env={**os.environ, "ORACLE_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ready "):
                yield line.split()[1]
                break
        else:
            raise SystemExit("the sandbox did not start")
    finally:
        process.terminate()
        process.wait(30)


def connect(dsn: str) -> oracledb.Connection:
    """Open a connection of the driver."""
    return oracledb.connect(user="demo", password=PASSWORD, dsn=dsn)


def bare(dsn: str, steps: int) -> float:
    """Return the seconds of the bare loop."""
    with connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(STATEMENT)
        connection.commit()
        began = time.perf_counter()
        for _ in range(steps):
            cursor.execute(STATEMENT)
            connection.commit()
        return time.perf_counter() - began


def checkpointed(dsn: str, steps: int) -> float:
    """Return the seconds of the same work with a checkpoint per row, claim and all included."""
    text = "".join(f"-- @step s{number}\n{STATEMENT};\n" for number in range(steps))
    script = parse_script(text, name="bench.sql")
    runner = ScriptRunner(
        OracleConnector(lambda: connect(dsn)), script, RunIdentity(run_key=f"b{time.time_ns()}")
    )
    began = time.perf_counter()
    runner.run()
    return time.perf_counter() - began


def measure(delay: float, steps: int) -> float:
    """Print both times and return their ratio."""
    with sandbox(delay) as dsn:
        schema.init(OracleConnector(lambda: connect(dsn)))
        with connect(dsn) as connection, connection.cursor() as cursor:
            cursor.execute("create table bench_rows (n number)")
        checkpointed(dsn, 20)  # warms the sandbox's caches
        plain = bare(dsn, steps)
        ours = checkpointed(dsn, steps)
    ratio = ours / plain
    print(
        f"{steps} one-row steps, {delay:g} ms added to every reply: execute + commit {plain:.2f} s "
        f"({plain / steps * 1000:.2f} ms each), with checkpoints {ours:.2f} s "
        f"({ours / steps * 1000:.2f} ms each): ratio {ratio:.3f}"
    )
    return ratio


def main() -> int:
    """Measure with the delay, where the target counts, and without."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--steps", type=int, default=1000)
    arguments.add_argument("--delay", type=float, default=5.0, metavar="MS")
    given = arguments.parse_args()
    ratio = measure(given.delay, given.steps)
    measure(0.0, given.steps)
    met = ratio <= TARGET
    print(f"target: at most {TARGET} with the delay: {'met' if met else 'MISSED'}")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
