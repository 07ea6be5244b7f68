"""The runs of the stand-in's jobs: each a process, and what Glue says of it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

OVER = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED")
LOG_GROUP = "/aws-glue/python-jobs"
ROOT = Path(__file__).parents[2]
#: Makes the process of a run of its arguments; None: the run has none, and tests say how it stands.
Launch = Callable[[Mapping[str, str]], "subprocess.Popen[str] | None"]


def job_of(python: str, environment: Mapping[str, str], folder: Path) -> Launch:
    """Return what starts ``glue/job.py`` as Glue does: without Airflow, and in no known folder.

    :param python: the interpreter.
    :param environment: how the process finds AWS.
    """
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment,
    }

    def launch(arguments: Mapping[str, str]) -> subprocess.Popen[str]:
        listed = [part for pair in arguments.items() for part in pair]
        return subprocess.Popen(
            [python, "-m", "airflow_oracle_dag.glue.job", *listed],
            cwd=folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return launch


class Run:
    """One run of a job.

    :param asked: what StartJobRun was given; :param minute: seconds that a minute takes here.
    :ivar lines: what it wrote, by ``output`` and ``error``.
    """

    def __init__(self, run_id: str, job: str, asked: Mapping[str, Any], minute: float) -> None:
        self.id, self.job = run_id, job
        self.asked = dict(asked)
        self.arguments: dict[str, str] = dict(asked.get("Arguments") or {})
        self.minute = minute
        self.state, self.message = "STARTING", ""
        self.started_on = time.time()
        self.completed_on: float | None = None
        self.log_group = LOG_GROUP
        self.process: subprocess.Popen[str] | None = None
        self.lines: dict[str, list[dict[str, Any]]] = {"output": [], "error": []}
        self.ended = threading.Event()
        self._lock = threading.Lock()

    def start(self, launch: Launch) -> None:
        """Start its process, and follow it."""
        self.process = launch(self.arguments)
        self.state = "RUNNING"
        if self.process is not None:
            threading.Thread(target=self._follow, args=(self.process,), daemon=True).start()

    def end(self, state: str, message: str = "") -> None:
        """Let it be over, unless it is."""
        with self._lock:
            if self.state in OVER:
                return
            self.state, self.message = state, message
            self.completed_on = time.time()
        self.ended.set()

    def stop(self) -> bool:
        """Stop it, as BatchStopJobRun does; tell whether there was anything to stop."""
        with self._lock:
            if self.state in OVER:
                return False
            self.state = "STOPPING"
        if self.process is None:
            self.end("STOPPED")
        self.kill()
        return True

    def kill(self) -> None:
        """Kill its process: Glue says of it what it says of any that ended so."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()

    def say(self, text: str, kind: str = "output") -> None:
        """Write a line into its log."""
        now = int(time.time() * 1000)
        self.lines[kind].append({"timestamp": now, "message": text, "ingestionTime": now})

    def text(self) -> str:
        """Return all that it wrote."""
        return "\n".join(one["message"] for kind in self.lines.values() for one in kind)

    def document(self) -> dict[str, Any]:
        """Return it as GetJobRun shows it."""
        over = self.completed_on
        capacity = self.asked.get("MaxCapacity", 0.0625)
        shown: dict[str, Any] = {
            "Id": self.id,
            "Attempt": 0,
            "JobName": self.job,
            "StartedOn": self.started_on,
            "LastModifiedOn": over or self.started_on,
            "JobRunState": self.state,
            "Arguments": self.arguments,
            "ExecutionTime": int((over or time.time()) - self.started_on) + 1,
            "Timeout": self.asked.get("Timeout", 2880),
            "MaxCapacity": capacity,
            "LogGroupName": self.log_group,
        }
        if over is not None:
            shown["CompletedOn"] = over
        if self.message:
            shown["ErrorMessage"] = self.message
        return shown

    def _follow(self, process: subprocess.Popen[str]) -> None:
        """Keep what it writes, and see to it that it ends in time."""
        streams = (("output", process.stdout), ("error", process.stderr))
        readers = [threading.Thread(target=self._read, args=one, daemon=True) for one in streams]
        for reader in readers:
            reader.start()
        timeout = self.asked.get("Timeout", 2880) * self.minute
        state, message = "", ""
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
            state, message = "TIMEOUT", f"Job run exceeded its timeout at {datetime.now(UTC)}"
        for reader in readers:
            reader.join()
        if not state and self.state == "STOPPING":
            state = "STOPPED"
        elif not state:
            state = "FAILED" if code else "SUCCEEDED"
            message = f"Command failed with exit code {abs(code)}" if code else ""
        self.end(state, message)

    def _read(self, kind: str, stream: IO[str] | None) -> None:
        if stream is not None:
            with stream:
                for line in stream:
                    self.say(line.rstrip("\n"), kind)
