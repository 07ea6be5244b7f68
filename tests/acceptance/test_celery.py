"""The Airflow part of docker-compose.yaml, run without containers.

The services' own commands, health checks and environment are taken from the file; only addresses
and folders are others. PostgreSQL and Redis are those of Debian (packages ``postgresql`` and
``redis-server``), the database is the sandbox.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.identity import RunIdentity
from demo import check
from demo.airflow_server import AirflowServer
from demo.database import USER, Database
from demo.processes import Processes, free_port
from tests.acceptance.sizes import LONG
from tests.acceptance.test_airflow import WORK
from tests.compose import composed

BIN = Path(sys.executable).parent
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
REDIS = shutil.which("redis-server")
MISSING = [
    *([] if POSTGRES else ["Debian's package postgresql"]),
    *([] if REDIS else ["Debian's package redis-server"]),
    *([] if importlib.util.find_spec("celery") else ["pip install '.[celery]'"]),
]
pytestmark = [
    pytest.mark.skipif(not LONG, reason="minutes long; run by make test-long"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.timeout(900),
]
SERVER = "airflow-api-server"
AIRFLOW = [
    SERVER,
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
    "airflow-worker",
]
#: None of the defaults of the file: what is forgotten somewhere is found out.
SECRETS = {
    "POSTGRES_PASSWORD": "of-postgres",
    "REDIS_PASSWORD": "of-redis",
    "AIRFLOW_ADMIN_PASSWORD": "of-admin",
    "AIRFLOW_FERNET_KEY": "1PZ6wfkVc3-4NZqLpqT6Uvy1HOzE7rwq_b4rdRUmwAQ=",
    "AIRFLOW_JWT_SECRET": "signs-" * 12,
    "AIRFLOW_SECRET_KEY": "of-the-api",
}


class ComposedAirflow(AirflowServer):
    """The REST calls, as the user that the file names."""

    def login(self):
        """Return that user and the password that was given."""
        return "admin", SECRETS["AIRFLOW_ADMIN_PASSWORD"]


@dataclass
class Installation:
    """The services of the file on this machine.

    :param stead: what stands in the file, and what stands in its stead here.
    """

    processes: object
    folder: Path
    services: dict
    ports: SimpleNamespace
    stead: dict[str, str]
    added: dict[str, str]

    def env(self, service):
        """Return a service's environment with the addresses and folders of this machine."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW", "_AIRFLOW", "ORACLE", "PYTHON", "VIRTUAL_ENV"))
        }
        named = self.services[service].get("environment", {})
        return {
            **kept,
            "AIRFLOW_HOME": str(self.folder),  # the Dockerfile says it
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            **{name: self.here(str(value)) for name, value in named.items()},
            **self.added,
        }

    def here(self, text):
        """Put this machine's addresses and folders in the place of the file's."""
        for there, here in self.stead.items():
            text = text.replace(there, here)
        return text

    def command(self, service):
        """Return a service's command."""
        return [self.here(word) for word in self.services[service]["command"]]

    def start(self, service, *more, before=()):
        """Start a service with its command, and more arguments of this machine."""
        command = [*before, *self.command(service), *more]
        self.processes.start(self.name(service), command, self.env(service))

    @staticmethod
    def name(service):
        """Return a service's name as a process; `AirflowServer` watches the one of "airflow"."""
        return "airflow" if service == SERVER else service

    def healthy(self, service, **env):
        """Say whether a service's own health check says so."""
        how, *words = self.services[service]["healthcheck"]["test"]
        words = [self.here(word) for word in words]
        done = subprocess.run(
            words if how == "CMD" else ["sh", "-c", *words],
            env={**self.env(service), **env},
            check=False,
            capture_output=True,
            timeout=60,
        )
        return done.returncode == 0

    def wait_until_healthy(self, service, patience=120, **env):
        """Wait for a service's own health check."""
        deadline = time.monotonic() + patience
        while not self.healthy(service, **env):
            self.processes.check_alive(self.name(service))
            assert time.monotonic() < deadline, f"{service} is not healthy after {patience} s"
            time.sleep(0.5)


@pytest.fixture(scope="module")
def data():
    """Return a folder for PostgreSQL's data.

    Not below pytest's own: PostgreSQL refuses to run as root, and nobody else can go there.
    """
    with tempfile.TemporaryDirectory(prefix="oracle-dag-postgres-") as name:
        if os.geteuid() == 0:
            shutil.chown(name, "postgres", "postgres")
        yield Path(name)


@pytest.fixture(scope="module")
def processes(data, tmp_path_factory):
    """Return what starts the processes of this file; end them all at the end."""
    started = Processes(tmp_path_factory.mktemp("composed-logs"))
    try:
        yield started
    finally:
        started.stop_all()
    assert list(started.survivors()) == []


@pytest.fixture(scope="module")
def database(processes):
    """Start an empty sandbox in the place of the Oracle database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORACLE_")}
    sandbox = Database(processes, kept)
    sandbox.start()
    return sandbox


@pytest.fixture(scope="module")
def installation(processes, tmp_path_factory, database):
    """Take the services from the file; everything is on loopback and in a folder of its own."""
    home = tmp_path_factory.mktemp("composed")
    for part in ("dags", "docker"):
        shutil.copytree(composed.ROOT / part, home / part)
    shutil.copy(composed.ROOT / "tests/acceptance/dags/acceptance.py", home / "dags")
    for made in ("login", "logs"):
        (home / made).mkdir()
    ports = {name: free_port(0) for name in ("api", "postgres", "redis", "worker", "triggerer")}
    stead = {
        "/opt/airflow": str(home),
        f"{SERVER}:8080": f"127.0.0.1:{ports['api']}",
        "@postgres:5432": f"@127.0.0.1:{ports['postgres']}",
        "@redis:6379": f"@127.0.0.1:{ports['redis']}",
        "redis-cli ": f"redis-cli -p {ports['redis']} ",
        "oracle:1521/FREEPDB1": database.dsn,
        '"host": "oracle", "port": 1521, "login": "etl"': (
            f'"host": "{database.host}", "port": {database.port}, "login": "{USER}"'
        ),
        '"FREEPDB1"': f'"{database.service}"',
    }
    services = composed.services(ORACLE_PASSWORD=database.password, **SECRETS)
    # What has an address of its own in a container needs a port of its own here; and a worker that
    # died is noticed after 300 s: a test does not wait that long.
    added = {
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_DETECTION_INTERVAL": "5",
        "ORACLE_USER": USER,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(ports["api"]),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports["worker"]),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports["triggerer"]),
    }
    return Installation(processes, home, services, SimpleNamespace(**ports), stead, added)


@pytest.fixture(scope="module")
def postgres(installation, data):
    """Start Debian's PostgreSQL with the user and database that the file names."""
    given, port = installation.env("postgres"), str(installation.ports.postgres)
    binaries = POSTGRES[-1].parent
    owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    as_owner = owner if os.geteuid() == 0 else []
    initdb = [*as_owner, binaries / "initdb", "--pgdata", data / "base", "--auth=scram-sha-256"]
    initdb += ["--username", given["POSTGRES_USER"], "--pwfile", data / "password", "--no-sync"]
    (data / "password").write_text(given["POSTGRES_PASSWORD"])
    run(initdb, env=given, cwd=data)
    server = [*as_owner, binaries / "postgres", "-D", data / "base", "-p", port]
    server += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={data}"]
    installation.processes.start("postgres", server, given)
    there = {
        "PGHOST": "127.0.0.1",
        "PGPORT": port,
        "PGPASSWORD": given["POSTGRES_PASSWORD"],
        "PATH": f"{binaries}{os.pathsep}{given['PATH']}",
    }
    installation.wait_until_healthy("postgres", 30, **there)
    createdb = ["createdb", "--username", given["POSTGRES_USER"], given["POSTGRES_DB"]]
    run(createdb, env={**given, **there}, cwd=data)


@pytest.fixture(scope="module")
def airflow(installation, postgres):
    """Start Redis and all of Airflow as the file does, each healthy before who depends on it."""
    port = str(installation.ports.redis)
    here = ("--port", port, "--bind", "127.0.0.1", "--dir", str(installation.folder))
    installation.start("redis", *here)
    installation.wait_until_healthy("redis", 30)
    run(installation.command("airflow-prepare"), env=installation.env("airflow-prepare"))
    for service in AIRFLOW:
        installation.start(service)
    for service in AIRFLOW:
        installation.wait_until_healthy(service)
    home = installation.folder
    made = ComposedAirflow(installation.processes, home, home / "dags", {})
    made.env, made.port = installation.env(SERVER), installation.ports.api
    made.url = f"http://127.0.0.1:{made.port}"
    made.wait_until_healthy(60)
    return made


def run(command, **how):
    """Run a command to its end."""
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
        **how,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_celery_worker_runs_the_example(airflow, database, installation):
    """The settings of docker-compose.yaml give an Airflow whose Celery worker loads a day."""
    airflow.unpause("daily_sales", 90)
    airflow.wait_for(lambda: bool(airflow.runs("daily_sales")), 60, "a run")
    run = airflow.runs("daily_sales")[0]
    run_id = run["dag_run_id"]

    def ended():
        (state,) = {one["state"] for one in airflow.runs("daily_sales")}
        assert state != "failed"
        return state == "success"

    airflow.wait_for(ended, 240, "the run to end")
    for task in airflow.tasks("daily_sales", run_id).values():
        assert task["state"] == "success"
    # The worker says so after Airflow: it writes its own result when the task's process has ended.
    airflow.wait_for(lambda: celery_results(airflow.env) == ["SUCCESS"] * 5, 60, "Celery's word")
    day = datetime.fromisoformat(run["data_interval_start"]).replace(tzinfo=None)
    assert check.ledger_faults(database, day, run_id) == []
    assert check.total_faults(database, day) == []
    identity = RunIdentity(dag_id="daily_sales", task_id="load", run_id=run_id)
    _, steps, _ = database.checkpoints(identity)
    assert {step.state for step in steps} == {State.SUCCEEDED}


def test_another_worker_resumes_where_one_died(airflow, database, installation):
    """A worker is killed with all its children in a step; the next one resumes at that step."""
    database.change(WORK)
    airflow.unpause("killed", 90)
    run_id = airflow.trigger("killed")
    identity = RunIdentity(dag_id="killed", task_id="slow", run_id=run_id)

    def in_the_slow_step():
        found = database.checkpoints(identity)
        return found and any(
            step.name == "slow" and step.state is State.RUNNING for step in found[1]
        )

    airflow.wait_for(in_the_slow_step, 60, "the step to begin")
    task = psutil.Process(int(database.checkpoints(identity)[0].client.rpartition(":")[2]))
    worker = next(one for one in task.parents() if one.ppid() == os.getpid())
    for one in (worker, *worker.children(recursive=True)):
        one.kill()
    second = installation.command("airflow-worker")
    installation.processes.start("second-worker", second, installation.env("airflow-worker"))

    def ended():
        (state,) = {one["state"] for one in airflow.runs("killed")}
        assert state != "failed"
        return state == "success"

    airflow.wait_for(ended, 150, "the run to end")
    run, steps, _ = database.checkpoints(identity)
    assert [step.tries for step in steps] == [1, 1, 2, 1]
    assert steps[run.resumed_step - 1].name == "slow"
    effects = database.query("SELECT step FROM acceptance_work ORDER BY step")
    assert effects == [("first",), ("last",), ("second",), ("slow",)]


def celery_results(env):
    """Read what Celery's workers wrote into the result database of the file."""
    address = env["AIRFLOW__CELERY__RESULT_BACKEND"].replace("db+postgresql+psycopg", "postgresql")
    with psycopg.connect(address) as connection:
        return [state for (state,) in connection.execute("SELECT status FROM celery_taskmeta")]


def test_what_prepares_may_run_at_every_start(airflow, database, installation):
    """A second start of the installation changes nothing that somebody has changed."""
    rows = "SELECT skip_flag FROM odag_job WHERE job_name = 'JOB1'"
    database.oracle_dag("jobs", "skip", "JOB1", "--why", "its source is down")
    before = database.query(rows)
    run(installation.command("airflow-prepare"), env=installation.env("airflow-prepare"))
    assert database.query(rows) == before
