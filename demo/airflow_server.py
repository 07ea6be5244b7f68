"""A real ``airflow standalone`` in a folder of its own, and the few REST calls of the story."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.processes import DemoError, free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from demo.processes import Processes

POLL = 1.0
#: Airflow's own SQLite may be locked while the scheduler works: then it answers so, or a command
#: fails, and nothing was done.
_BUSY = 500
TRIES = 10
AIRFLOW = Path(sys.executable).with_name("airflow")


class AirflowServer:
    """Run Airflow: LocalExecutor, SQLite, loopback.

    :param home: becomes AIRFLOW_HOME; must be empty.
    :param dags: folder of DAG files.
    :param connection: ``oracle_default``, in Airflow's JSON form.
    :param settings: further ``AIRFLOW__...`` variables.
    """

    def __init__(
        self,
        processes: Processes,
        home: Path,
        dags: Path,
        connection: dict[str, Any],
        settings: dict[str, str] | None = None,
    ) -> None:
        self._processes = processes
        self._home = home
        self.port = free_port(8080)
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = _environment(home, dags, self.port, connection, settings or {})
        self._token = ""

    def start(self) -> None:
        """Start all of Airflow's processes; does not wait."""
        self._home.mkdir(parents=True)
        self._processes.start("airflow", [AIRFLOW, "standalone"], self.env)

    def wait_until_healthy(self, patience: float) -> None:
        """Wait until scheduler, DAG processor and API answer."""

        def healthy() -> bool:
            self._processes.check_alive("airflow")
            try:
                health = self._call("GET", "/api/v2/monitor/health", token=False)
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                return False
            parts = ("metadatabase", "scheduler", "dag_processor")
            return all(health.get(part, {}).get("status") == "healthy" for part in parts)

        self.wait_for(healthy, patience, "Airflow to be healthy")
        user, password = self.login()
        answer = self._call(
            "POST", "/auth/token", {"username": user, "password": password}, token=False
        )
        self._token = answer["access_token"]

    def login(self) -> tuple[str, str]:
        """Return user and password as Airflow generated them."""
        file = self._home / "simple_auth_manager_passwords.json.generated"
        user, password = next(iter(json.loads(file.read_text()).items()))
        return user, password

    def unpause(self, dag_id: str, patience: float) -> None:
        """Unpause a DAG, as soon as Airflow has read its file."""

        def unpaused() -> bool:
            try:
                self._pause(dag_id, is_paused=False)
            except urllib.error.HTTPError as error:
                if error.code != 404:
                    raise
                return False
            return True

        self.wait_for(unpaused, patience, f"the DAG {dag_id} to be read")

    def get(self, path: str) -> dict[str, Any]:
        """Return what the API answers, as a page of the UI asks it."""
        return self._call("GET", path)

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Return the DAG's runs."""
        return list(self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns")["dag_runs"])

    def tasks(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        """Return the task instances of a run by task id."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found = self._call("GET", path)["task_instances"]
        return {task["task_id"]: task for task in found}

    def instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return all task instances of a run, each of a mapped task by itself."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found: list[dict[str, Any]] = []
        while True:
            answer = self._call("GET", f"{path}?limit=100&offset={len(found)}")
            found += answer["task_instances"]
            if len(found) >= answer["total_entries"] or not answer["task_instances"]:
                return found

    def backfill(self, dag_id: str, first: date, last: date, reprocess: str = "none") -> None:
        """Ask for runs of past days, as a person does at the command line.

        The scheduler is kept from the runs while they are made: on SQLite Airflow takes them back
        when the database is busy, and a scheduler that has one of them in hand then dies of it.

        :param last: the logical date of the last run.
        :param reprocess: which runs that are there already are cleared: ``none``, ``failed`` or
            ``completed``.
        :raises DemoError: when Airflow refuses.
        """
        self._pause(dag_id, is_paused=True)
        try:
            self._make_backfill(dag_id, first, last, reprocess)
        finally:
            self._pause(dag_id, is_paused=False)

    def _pause(self, dag_id: str, *, is_paused: bool) -> None:
        self._call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": is_paused})

    def _make_backfill(self, dag_id: str, first: date, last: date, reprocess: str) -> None:
        command = [str(AIRFLOW), "backfill", "create", "--dag-id", dag_id]
        command += ["--from-date", str(first), "--to-date", str(last)]
        command += ["--reprocess-behavior", reprocess]
        for _ in range(TRIES):
            done = subprocess.run(
                command, env=self.env, check=False, capture_output=True, text=True, timeout=120
            )
            if done.returncode == 0:
                return
            time.sleep(2)
        raise DemoError(f"no backfill of {dag_id}: {done.stdout}{done.stderr}")

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a manual run, without a logical date; return its id."""
        body = {"logical_date": None, "conf": conf or {}}
        answer = self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)
        return str(answer["dag_run_id"])

    def set_state(self, dag_id: str, run_id: str, task_id: str, state: str) -> None:
        """Mark a task instance, as a person does in the UI."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        self._call("PATCH", path, {"new_state": state})

    def clear_tasks(self, dag_id: str, run_id: str, *task_ids: str) -> None:
        """Clear the failed ones of some tasks of a run, and what comes after them."""
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": list(task_ids),
            "only_failed": True,
            "include_downstream": True,
        }
        self._call("POST", f"/api/v2/dags/{dag_id}/clearTaskInstances", body)

    def clear(self, dag_id: str, run_id: str) -> None:
        """Clear all tasks of a run, as a person does in the UI."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/clear"
        self._call("POST", path, {"dry_run": False})

    def question(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any]:
        """Return what a waiting task asks a person, as the page of required actions shows it."""
        return self._call("GET", _question(dag_id, run_id, task_id))

    def answer(self, dag_id: str, run_id: str, task_id: str, choice: str, **fields: str) -> None:
        """Answer it, as a person does there.

        :param fields: of the form.
        """
        body = {"chosen_options": [choice], "params_input": fields}
        self._call("PATCH", _question(dag_id, run_id, task_id), body)

    def wait_for(self, condition: Callable[[], bool], patience: float, what: str) -> None:
        """Poll until a condition is true.

        :raises DemoError: when it does not become true in time.
        """
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                raise DemoError(f"waited {patience:g} s in vain for {what}")
            self._processes.check_alive("airflow")
            time.sleep(POLL)

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, token: bool = True
    ) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - always http on 127.0.0.1
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        if token:
            request.add_header("Authorization", f"Bearer {self._token}")
        for tries_left in reversed(range(TRIES)):
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
                    return dict(json.loads(answer.read() or b"{}"))
            except urllib.error.HTTPError as error:
                if error.code != _BUSY or not tries_left:
                    raise
            except TimeoutError:  # a machine that is busy; to read once more does no harm
                if method != "GET" or not tries_left:
                    raise
            time.sleep(POLL)
        raise DemoError(f"{method} {path} was not asked")


def _question(dag_id: str, run_id: str, task_id: str) -> str:
    return f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"


def _environment(
    home: Path, dags: Path, port: int, connection: dict[str, Any], settings: dict[str, str]
) -> dict[str, str]:
    """Return the environment of Airflow: nothing of an Airflow that the shell may know."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "_AIRFLOW", "PYTHON", "VIRTUAL_ENV"))
    }
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONN_ORACLE_DEFAULT": json.dumps(connection),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port(8793)),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port(8794)),
        **settings,
    }
