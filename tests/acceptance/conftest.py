"""A sandbox and a real Airflow for the acceptance tests, as the demonstration starts them.

Starting an Airflow takes half a minute: all modules share one, each with DAGs and tables of its
own.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from demo.airflow_server import AirflowServer
from demo.database import Database
from demo.processes import Processes
from tests.acceptance.sizes import BATCH, CAP

ROOT = Path(__file__).parent.parent.parent
#: A task whose supervisor died is noticed after 300 s; a test does not wait that long.
SETTINGS = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_DETECTION_INTERVAL": "5",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    "AIRFLOW__CORE__MAX_MAP_LENGTH": str(BATCH),
    "AIRFLOW__CORE__PARALLELISM": str(CAP + 5),
    "CATEGORY_CAP": str(CAP),
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Return a folder for everything that the processes write."""
    return tmp_path_factory.mktemp("acceptance")


@pytest.fixture(scope="session")
def processes(folder):
    """Return what starts processes; end them all at the end."""
    started = Processes(folder / "logs")
    try:
        yield started
    finally:
        started.stop_all()
    assert list(started.survivors()) == []


@pytest.fixture(scope="session")
def database(processes):
    """Start a sandbox with the checkpoint tables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORACLE_")}
    sandbox = Database(processes, kept)
    sandbox.start()
    sandbox.oracle_dag("init")
    return sandbox


@pytest.fixture(scope="session")
def world(processes, folder, database):
    """Start a real Airflow with the example's tables and DAG."""
    shutil.copytree(ROOT / "dags", folder / "dags")
    shutil.copytree(ROOT / "tests/acceptance/dags", folder / "dags", dirs_exist_ok=True)
    airflow = AirflowServer(
        processes, folder / "home", folder / "dags", database.airflow_connection(), SETTINGS
    )
    airflow.start()
    prepare = ROOT / "dags/sql/daily_sales/prepare.sql"
    database.oracle_dag("run", str(prepare), "--run-key", "daily_sales/tables")
    airflow.wait_until_healthy(150)
    return SimpleNamespace(airflow=airflow, database=database, home=folder / "home")
