"""The story: a rate is late, a step fails, the operator adds the rate, the retry resumes there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.identity import RunIdentity
from demo import check
from demo.expected import rate
from demo.processes import DemoError

if TYPE_CHECKING:
    from demo.airflow_server import AirflowServer
    from demo.database import Database

DAG = "daily_sales"
TASKS = ("fetch", "clean", "transform", "load", "report")
PREPARE = Path("dags/sql/daily_sales/prepare.sql")
PREPARE_KEY = "daily_sales/tables"
LATE = "NORTH"
#: What is found when all is well.
VERDICT = "every step's work was done once"


def prepare(database: Database) -> None:
    """Make the checkpoint tables and those of the example, and lose the newest rates."""
    print("sandbox: checkpoint tables, then the example's own", flush=True)
    database.oracle_dag("init")
    database.oracle_dag("run", str(PREPARE), "--run-key", PREPARE_KEY)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for day in (today - timedelta(days=1), today):  # both, should the demo run over midnight
        database.change(
            "DELETE FROM sales_region_rate WHERE rate_day = :day AND region = :region",
            day=day,
            region=LATE,
        )


def play(database: Database, airflow: AirflowServer) -> list[str]:
    """Play the story; return what was found to be wrong at its end."""
    airflow.unpause(DAG, patience=90)
    print(f"airflow: {DAG} is unpaused, its scheduler runs the newest day", flush=True)
    airflow.wait_for(lambda: bool(airflow.runs(DAG)), 60, "the scheduler to begin a run")
    run = airflow.runs(DAG)[0]
    run_id = run["dag_run_id"]
    day = datetime.fromisoformat(run["data_interval_start"]).replace(tzinfo=None)
    _wait_for_failed_step(database, airflow, run_id)
    print(f"operator: load.value_facts FAILED, the rate of {LATE} for {day:%Y-%m-%d} is missing")
    database.change(
        "INSERT INTO sales_region_rate (rate_day, region, rate) VALUES (:day, :region, :rate)",
        day=day,
        region=LATE,
        rate=rate(day.date(), LATE),
    )
    print("operator: the rate is there now; Airflow's retry has to do the rest", flush=True)
    _wait_for_end(airflow, run_id)
    found = {task: _checkpoints(database, run_id, task) for task in TASKS}
    print(*check.table(found), sep="\n", flush=True)
    return [
        *check.ledger_faults(database, day, run_id),
        *check.total_faults(database, day),
        *_load_faults(*found["load"]),
    ]


def identity(run_id: str, task: str) -> RunIdentity:
    """Return under which key a task's run is kept."""
    return RunIdentity(dag_id=DAG, task_id=task, run_id=run_id)


def _checkpoints(database: Database, run_id: str, task: str) -> Any:
    found = database.checkpoints(identity(run_id, task))
    if found is None:
        raise DemoError(f"task {task} left no checkpoints")
    return found


def _wait_for_failed_step(database: Database, airflow: AirflowServer, run_id: str) -> None:
    def failed() -> bool:
        _give_up_if_failed(airflow, run_id)
        found = database.checkpoints(identity(run_id, "load"))
        return found is not None and any(step.state is State.FAILED for step in found[1])

    airflow.wait_for(failed, 150, "the step to fail")


def _wait_for_end(airflow: AirflowServer, run_id: str) -> None:
    def ended() -> bool:
        return _give_up_if_failed(airflow, run_id) == "success"

    airflow.wait_for(ended, 150, "the run to end")


def _give_up_if_failed(airflow: AirflowServer, run_id: str) -> str:
    run = next(run for run in airflow.runs(DAG) if run["dag_run_id"] == run_id)
    if run["state"] == "failed":
        states = {task: one["state"] for task, one in airflow.tasks(DAG, run_id).items()}
        raise DemoError(f"the run failed: {states}")
    return str(run["state"])


def _load_faults(run: Any, steps: Any, history: Any) -> list[str]:
    """Return what is wrong with the resume: the step failed first, then alone was run again."""
    names = {step.step_no: step.name for step in steps}
    tried = [(names[one.step_no], one.state) for one in history]
    wanted = [
        ("clear_day", State.SUCCEEDED),
        ("merge_facts", State.SUCCEEDED),
        ("value_facts", State.FAILED),
        ("value_facts", State.SUCCEEDED),
    ]
    faults = [] if tried == wanted else [f"load was tried as {tried}, expected {wanted}"]
    if names.get(run.resumed_step) != "value_facts":
        faults.append(f"load was resumed at {names.get(run.resumed_step)}, not at value_facts")
    return faults
