"""The story of the control table: past days run what their own conditions name, a row is changed.

``etl_control`` loads three days: a Monday, a Tuesday and a Wednesday decide differently. Then the
operator clears JOB3's SkipFlag, and the next day runs it, with no file changed. The job sets of
``dags/job_sets`` run beside it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from airflow_oracle_dag.control.oracle import OracleControlTable
from airflow_oracle_dag.core.jobs import Interval
from airflow_oracle_dag.core.states import State
from demo.processes import DemoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from airflow_oracle_dag.core.jobs import JobRun
    from demo.airflow_server import AirflowServer
    from demo.database import Database

DAG = "etl_control"
JOB_SETS = ("orders_daily", "orders_monthly")
PREPARE = "dags/sql/etl_control/prepare.sql"
JOBS = "dags/etl_control/jobs.csv"
#: A Sunday: the data of that day is due on the Monday after it.
FIRST = date(2026, 1, 11)
#: The jobs that run on each day, by the day that they are due on.
EXPECTED = {
    date(2026, 1, 12): {"JOB1", "JOB2", "STG_ORDERS", "STG_CALENDAR", "STG_REPORT"},  # Monday
    date(2026, 1, 13): {"JOB1", "JOB2", "STG_ORDERS", "STG_CALENDAR", "STG_REPORT"},  # Tuesday
    date(2026, 1, 14): {"STG_CALENDAR", "STG_REPORT"},  # Wednesday
    date(2026, 1, 15): {"JOB3", "STG_CALENDAR", "STG_REPORT"},  # Thursday, JOB3 is cleared
}
ALL_JOBS = {"JOB1", "JOB2", "JOB3", "STG_ORDERS", "STG_CALENDAR", "STG_REPORT"}
#: Cents of the 5,000 orders that JOB1 makes for a day.
CENTS_A_DAY = sum(100 + number * 7919 % 9900 for number in range(1, 5001))
PATIENCE = 240.0
#: What is found when all is well.
VERDICT = "each day ran the jobs that its rows name"


def prepare(database: Database) -> None:
    """Make the tables and read the rows from their file."""
    print("sandbox: tables of the example, then the rows of its control table", flush=True)
    database.oracle_dag("init")
    database.oracle_dag("run", PREPARE, "--run-key", "etl_control/tables")
    print(database.oracle_dag("jobs", "import", JOBS, "--why", "the example"), flush=True)


def play(database: Database, airflow: AirflowServer) -> list[str]:
    """Play the story; return what was found to be wrong at its end."""
    for dag_id in (DAG, *JOB_SETS):
        airflow.unpause(dag_id, patience=90)
    last = FIRST + timedelta(days=2)
    print(f"operator: airflow backfill create --dag-id {DAG}, from {FIRST} to {last}", flush=True)
    airflow.backfill(DAG, FIRST, last)
    _wait_for_days(airflow, 3)
    print("operator: oracle-dag jobs unskip JOB3; no DAG file changes", flush=True)
    database.oracle_dag("jobs", "unskip", "JOB3", "--why", "its source is there again")
    airflow.backfill(DAG, last + timedelta(days=1), last + timedelta(days=1))
    _wait_for_days(airflow, 4)
    _wait_for_sets(airflow)
    with OracleControlTable(database.connector()) as table:
        runs = {day: table.job_runs("default", _interval(day).key) for day in EXPECTED}
    print(*_table(runs), sep="\n", flush=True)
    return [*_run_faults(runs), *_report_faults(database), *_set_faults(database)]


def _interval(due: date) -> Interval:
    end = datetime(due.year, due.month, due.day, tzinfo=UTC)
    return Interval(end - timedelta(days=1), end)


def _wait_for_days(airflow: AirflowServer, count: int) -> None:
    def done() -> bool:
        found = [run for run in airflow.runs(DAG) if run["run_type"] == "backfill"]
        failed = [run["dag_run_id"] for run in found if run["state"] == "failed"]
        if failed:
            raise DemoError(f"these runs of {DAG} failed: {', '.join(failed)}")
        return len(found) == count and all(run["state"] == "success" for run in found)

    airflow.wait_for(done, PATIENCE, f"{count} days of {DAG}")


def _wait_for_sets(airflow: AirflowServer) -> None:
    def done() -> bool:
        states = {dag_id: [run["state"] for run in airflow.runs(dag_id)] for dag_id in JOB_SETS}
        failed = [dag_id for dag_id, found in states.items() if "failed" in found]
        if failed:
            raise DemoError(f"the job set failed: {', '.join(failed)}")
        return all(found and set(found) == {"success"} for found in states.values())

    airflow.wait_for(done, PATIENCE, f"the job sets {' and '.join(JOB_SETS)}")


def _table(runs: Mapping[date, Mapping[str, JobRun]]) -> Iterator[str]:
    """Write what became of each job on each day, and why."""
    yield f"{'due':<15} {'job':<13} {'state':<10} why"
    for day, found in runs.items():
        for name in sorted(found):
            run = found[name]
            yield f"{day:%a %Y-%m-%d}  {name:<13} {run.state.value:<10} {run.reason}"


def _run_faults(runs: Mapping[date, Mapping[str, JobRun]]) -> Iterator[str]:
    for day, wanted in EXPECTED.items():
        found = runs[day]
        ran = {name for name, run in found.items() if run.state is State.SUCCEEDED}
        skipped = {name for name, run in found.items() if run.state is State.SKIPPED}
        if ran != wanted or skipped != ALL_JOBS - wanted:
            yield f"{day}: ran {sorted(ran)}, skipped {sorted(skipped)}; expected {sorted(wanted)}"


def _report_faults(database: Database) -> Iterator[str]:
    rows = database.query("SELECT load_day, amount_cents FROM etl_stg_day WHERE what = 'REPORT'")
    reported = {day.date() + timedelta(days=1): int(cents) for day, cents in rows}
    for day, wanted in EXPECTED.items():
        cents = CENTS_A_DAY if "JOB1" in wanted else 0
        if reported.get(day) != cents:
            yield f"{day}: the report says {reported.get(day)} cents, expected {cents}"


def _set_faults(database: Database) -> Sequence[str]:
    counted = dict(database.query("SELECT what, COUNT(*) FROM set_ledger GROUP BY what"))
    faults = [
        f"the job sets noted {what} {counted.get(what, 0)} times, not once"
        for what in ("load", "summarise", "finish")
        if counted.get(what) != 1
    ]
    if not any(what.startswith("month: ") for what in counted):
        faults.append("the job set orders_monthly noted nothing")
    return faults
