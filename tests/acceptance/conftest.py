"""A sandbox and a real Airflow for the acceptance tests, as the demonstration starts them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from demo.airflow_server import AirflowServer
from demo.database import Database
from demo.processes import Processes

ROOT = Path(__file__).parent.parent.parent
#: A task whose supervisor died is noticed after 300 s; a test does not wait that long.
SETTINGS = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_DETECTION_INTERVAL": "5",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder for everything that the module's processes write."""
    return tmp_path_factory.mktemp("acceptance")


@pytest.fixture(scope="module")
def processes(folder):
    """Return what starts processes; end them all at the end."""
    started = Processes(folder / "logs")
    try:
        yield started
    finally:
        started.stop_all()
    assert list(started.survivors()) == []


@pytest.fixture(scope="module")
def database(processes):
    """Start a sandbox with the checkpoint tables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORACLE_")}
    sandbox = Database(processes, kept)
    sandbox.start()
    sandbox.oracle_dag("init")
    return sandbox


@pytest.fixture(scope="module")
def world(request, processes, folder, database):
    """Start a real Airflow with the example's tables and DAG.

    A module that needs other settings than the rest names them as MORE_SETTINGS.
    """
    settings = {**SETTINGS, **getattr(request.module, "MORE_SETTINGS", {})}
    shutil.copytree(ROOT / "dags", folder / "dags")
    shutil.copytree(ROOT / "tests/acceptance/dags", folder / "dags", dirs_exist_ok=True)
    airflow = AirflowServer(
        processes, folder / "home", folder / "dags", database.airflow_connection(), settings
    )
    airflow.start()
    prepare = ROOT / "dags/sql/daily_sales/prepare.sql"
    database.oracle_dag("run", str(prepare), "--run-key", "daily_sales/tables")
    airflow.wait_until_healthy(150)
    return SimpleNamespace(airflow=airflow, database=database, home=folder / "home")
