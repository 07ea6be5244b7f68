"""A sandbox and a real Airflow for the acceptance tests, as the demonstration starts them.

Starting an Airflow takes half a minute: all modules share one, each with DAGs and tables of its
own.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from demo.airflow_server import AirflowServer
from demo.database import USER, Database
from demo.processes import Processes
from tests.acceptance.sizes import BATCH, CAP
from tests.glue.runs import job_of
from tests.glue.stand_in import Job, StandIn
from tests.planted import PLANTED, in_files, in_tables

ROOT = Path(__file__).parent.parent.parent
#: A task whose supervisor died is noticed after 300 s; a test does not wait that long.
SETTINGS = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_DETECTION_INTERVAL": "5",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    # Nobody changes a DAG's file: reading all of them every 30 s would be half of the work.
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    "AIRFLOW__CORE__MAX_MAP_LENGTH": str(BATCH),
    "AIRFLOW__CORE__PARALLELISM": str(CAP + 5),
    "CATEGORY_CAP": str(CAP),
}
#: Secrets where tasks look for them; none of them may be found in anything that is written.
SECRETS = {
    "AIRFLOW_VAR_KEPT_TOKEN": f"{PLANTED}of-a-variable-4711",
    "KEPT_OF_WORKER": f"{PLANTED}of-the-worker-4711",
    "AIRFLOW_CONN_KEPT_SERVICE": json.dumps(
        {
            "conn_type": "http",
            "password": f"{PLANTED}of-a-service-4711",
            "extra": {"api_key": f"{PLANTED}key-of-a-service-4711"},
        }
    ),
    "AIRFLOW_CONN_KEPT_AWS": json.dumps(
        {
            "conn_type": "aws",
            "login": "robot",
            "password": f"{PLANTED}of-aws-4711",
            "extra": {"region_name": "eu-central-1", "endpoint_url": "http://127.0.0.1:1"},
        }
    ),
}


def connections(database):
    """Return connections to the database that are refused, with secrets of their own."""
    right = database.airflow_connection()
    wallet = {
        "service_name": database.service,
        "wallet_location": "/no/such/wallet",
        "wallet_password": f"{PLANTED}of-a-wallet-4711",
    }
    refused = {
        "WRONG": {**right, "password": f"{PLANTED}wrong-4711"},
        "WALLET": {**right, "extra": {**wallet, "protocol": "tcps"}},
    }
    return {f"AIRFLOW_CONN_{name}": json.dumps(one) for name, one in refused.items()}


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Give a folder for everything that the processes write, without any secret at the end."""
    made = tmp_path_factory.mktemp("acceptance")
    yield made
    assert in_files(made) == []


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
def database(processes, folder):
    """Start a sandbox with the checkpoint tables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORACLE_")}
    sandbox = Database(processes, kept)
    sandbox.start()
    sandbox.oracle_dag("init")
    yield sandbox
    secrets = (PLANTED, sandbox.password)
    with sandbox.connection() as connection:
        assert in_tables(connection, secrets) == []
    assert in_files(folder, secrets) == []


@pytest.fixture(scope="session")
def aws(folder, database):
    """Serve AWS Glue with a job, and the secret of the database."""
    place = {"host": database.host, "port": database.port, "service_name": database.service}
    secret = {"username": USER, "password": database.password, **place}
    here = folder / "glue"
    here.mkdir()
    with StandIn() as services:
        python = str(ROOT / ".venv39/bin/python")
        services.jobs["steps"] = Job("steps", job_of(python, services.environment(), here))
        services.secrets["prod/db"] = json.dumps(secret)
        yield services


@pytest.fixture(scope="session")
def world(processes, folder, database, aws):
    """Start a real Airflow with the example's tables and DAG."""
    shutil.copytree(ROOT / "dags", folder / "dags")
    shutil.copytree(ROOT / "tests/acceptance/dags", folder / "dags", dirs_exist_ok=True)
    settings = {**SETTINGS, **SECRETS, **connections(database)}
    settings["AIRFLOW_CONN_GLUE"] = aws.connection()
    airflow = AirflowServer(
        processes, folder / "home", folder / "dags", database.airflow_connection(), settings
    )
    airflow.start()
    prepare = ROOT / "dags/sql/daily_sales/prepare.sql"
    database.oracle_dag("run", str(prepare), "--run-key", "daily_sales/tables")
    airflow.wait_until_healthy(150)
    return SimpleNamespace(
        airflow=airflow, aws=aws, database=database, home=folder / "home", processes=processes
    )
