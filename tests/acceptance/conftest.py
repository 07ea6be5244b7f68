"""One Airflow and one sandbox for all acceptance tests, as the demonstration starts them."""

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


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Start a sandbox with the example's tables and a real Airflow; end both at the end."""
    folder = tmp_path_factory.mktemp("acceptance")
    shutil.copytree(ROOT / "dags", folder / "dags")
    shutil.copytree(ROOT / "tests/acceptance/dags", folder / "dags", dirs_exist_ok=True)
    processes = Processes(folder / "logs")
    try:
        database = Database(processes, dict(os.environ))
        database.start()
        airflow = AirflowServer(
            processes, folder / "home", folder / "dags", database.airflow_connection(), SETTINGS
        )
        airflow.start()
        database.oracle_dag("init")
        prepare = ROOT / "dags/sql/daily_sales/prepare.sql"
        database.oracle_dag("run", str(prepare), "--run-key", "daily_sales/tables")
        airflow.wait_until_healthy(150)
        yield SimpleNamespace(
            airflow=airflow, database=database, processes=processes, home=folder / "home"
        )
    finally:
        processes.stop_all()
    assert list(processes.survivors()) == []
