"""What deciding a catalog costs, beside the query that reads it.

10,000 jobs with conditions, zones and calendars of many kinds are read from a control table; then
each is decided, checked against the others and put into waves and batches, as the first task of a
job category does. The peer is the query itself, through the same store, on the same session.

    python -m benchmarks.catalog [--jobs 10000]
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow_oracle_dag.control.calendars import surroundings
from airflow_oracle_dag.control.oracle import OracleControlTable
from airflow_oracle_dag.control.table import Audit
from airflow_oracle_dag.core import catalog
from airflow_oracle_dag.core.decision import decide
from airflow_oracle_dag.core.jobs import Job
from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from benchmarks.overhead import connect, sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TARGET = 1.0
ROUNDS = 7
DUE = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
CONDITIONS = (
    "",
    "ALL_DAYS",
    "MONDAY, WEDNESDAY",
    "Mon-Fri",
    "WEEKDAYS",
    "WEEKENDS or LAST_DAY",
    "1,15",
    "LAST_FRIDAY",
    "JAN,JUL and 1",
    "QUARTER_END",
    "not (MONDAY or 20)",
    "NEVER",
    "BUSINESS_DAYS",
    "LAST_BUSINESS_DAY",
    "not HOLIDAYS and Mon-Fri",
)
ZONES = ("", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")
CALENDARS = ("DE", "US", "DE-BY", "NYSE")


def rows(count: int) -> list[Job]:
    """Make a catalog of five layers; each job but the first layer's depends on two before it."""
    layer = max(1, count // 5)
    found = []
    for number in range(count):
        before = (number - layer, number - layer + 1)
        depends_on = ", ".join(f"JOB_{one:06}" for one in before) if number >= layer else ""
        found.append(
            Job(
                name=f"JOB_{number:06}",
                category="BENCH",
                run_condition=CONDITIONS[number % len(CONDITIONS)],
                timezone=ZONES[number // 7 % len(ZONES)],
                calendar=CALENDARS[number // 3 % len(CALENDARS)],
                skip_flag=("NO", "", "N", "YES")[number % 4],
                depends_on=depends_on,
                priority=str(number % 10),
                script=f"sql/bench/job_{number:06}.sql",
                parameters='{"limit": 10, "source": "orders"}',
                owner="bench",
            )
        )
    return found


def decide_all(jobs: Sequence[Job]) -> int:
    """Decide and order a catalog as a group does, with nothing remembered; return what runs."""
    rows_of_it = catalog.Catalog(jobs)
    rows_of_it.check()
    around = surroundings("UTC", None, None)
    decisions = {job.name: decide(job, DUE, around) for job in jobs}
    chosen = [name for name, decision in decisions.items() if decision.should_run]
    limits = catalog.Limits(waves=5, batches=10, batch_size=1024)
    cut = catalog.batches(rows_of_it.waves(chosen), limits, "BENCH")
    assert sum(len(batch) for wave in cut for batch in wave) == len(chosen)
    assert not [one for one in decisions.values() if one.error]
    return len(chosen)


def seconds(work: Callable[[], object]) -> float:
    """Return the median of a few rounds."""
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def main() -> int:
    """Measure and print; 0 when deciding costs no more than reading."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog", description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    count: int = parser.parse_args().jobs
    with sandbox(0) as dsn:
        connector = OracleConnector(lambda: connect(dsn))
        schema.init(connector)
        with OracleControlTable(connector) as table:
            table.put(rows(count), Audit("benchmark", "to measure"))
            jobs = table.jobs("default", "BENCH")
            assert len(jobs) == count
            decide_all(jobs[:100])  # the libraries of zones and holidays are imported once
            reading = seconds(lambda: table.jobs("default", "BENCH"))
            deciding = seconds(lambda: decide_all(jobs))
    ratio = deciding / reading
    print(f"{count} jobs, of which {decide_all(jobs)} run on {DUE:%Y-%m-%d}")
    print(f"reading   {reading * 1e3:8.1f} ms  {reading / count * 1e6:6.1f} us a job")
    print(f"deciding  {deciding * 1e3:8.1f} ms  {deciding / count * 1e6:6.1f} us a job")
    print(f"ratio     {ratio:8.2f}     target at most {TARGET}")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
