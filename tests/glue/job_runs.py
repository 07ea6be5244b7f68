"""A carrier whose runs are processes of Python 3.9, as those of a Glue job are."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_oracle_dag.core.handed import External, HandoverRow, JobState
from airflow_oracle_dag.glue.contract import (
    ATTEMPT_ARGUMENT,
    HAND_OFF_ARGUMENT,
    HandOff,
    hand_off,
)
from airflow_oracle_dag.glue.parts import SecretPlace
from airflow_oracle_dag.runtime.carriers import Packed, Parcel
from airflow_oracle_dag.runtime.results import RunOptions
from tests.glue.aws import REGION

ROOT = Path(__file__).parents[2]


class JobRun:
    """One process, and what it wrote."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self.command = command
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.lines: list[dict[str, Any]] = []
        self.other: list[str] = []
        self.heard = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def end(self) -> int:
        """Wait until it has ended and return its exit code."""
        code = self.process.wait(60)
        self._reader.join(10)
        return code

    def wait_for(self, text: str) -> None:
        """Wait until it has said something."""
        with self.heard:
            said = self.heard.wait_for(lambda: any(text in one for one in self.messages), 30)
        assert said, (self.messages, self.other)

    @property
    def messages(self) -> list[str]:
        """Return the texts of its lines."""
        return [line["message"] for line in self.lines]

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                with self.heard:
                    if line.startswith("{"):
                        self.lines.append(json.loads(line))
                    else:
                        self.other.append(line)
                    self.heard.notify_all()


@dataclass
class JobRuns:
    """Carry segments into processes.

    :param url: of AWS; :param python: the interpreter.
    :param change: of what is handed over, before it is packed.
    """

    url: str
    python: str
    folder: Path
    secret_id: str = "prod/db"
    change: Callable[[HandOff], HandOff] = lambda given: given
    runs: list[JobRun] = field(default_factory=list)

    def pack(self, parcel: Parcel) -> Packed:
        """Write the hand-off."""
        steps = parcel.segment.steps
        handed = hand_off(
            parcel.plan.script,
            parcel.plan.values,
            parcel.identity,
            RunOptions(schema=parcel.schema),
            SecretPlace(self.secret_id, REGION),
            generation=parcel.generation,
            attempt=parcel.attempt,
            first_step=steps[0].no,
            last_step=steps[-1].no,
        )
        return Packed(handed.to_json(), "etl")

    def submit(self, row: HandoverRow, body: str, *, again: bool) -> External | None:
        """Begin a process."""
        self.begin(self.change(HandOff.from_json(body)))
        return External(f"jr_{len(self.runs)}", REGION)

    def begin(self, handed: HandOff) -> JobRun:
        """Begin a process as Glue does, which adds arguments of its own."""
        run = f"jr_{len(self.runs) + 1}"
        arguments = [
            *("--scriptLocation", "s3://jobs/job.py", "--job-language", "python"),
            *(HAND_OFF_ARGUMENT, handed.to_argument(), ATTEMPT_ARGUMENT, handed.token),
            *("--JOB_RUN_ID", run),
        ]
        command = [self.python, "-m", "airflow_oracle_dag.glue.job", *arguments]
        self.runs.append(JobRun(command, self.environment(), self.folder))
        return self.runs[-1]

    def environment(self) -> dict[str, str]:
        """Return the environment of a run: its role, and nothing of this process."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "made-up",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": REGION,
        }

    def state(self, row: HandoverRow) -> JobState:
        """Say whether its process is at work."""
        run = int((row.external_id or "jr_0")[3:])
        if not run:
            return JobState()
        code = self.runs[run - 1].process.poll()
        if code is None:
            return JobState("RUNNING", enabled=True, running=True)
        return JobState(runs=1, said="FAILED" if code else "SUCCEEDED")

    def drop(self, row: HandoverRow) -> str | None:
        """Stop what has not begun."""
        return self.stop(row)

    def stop(self, row: HandoverRow) -> str | None:
        """End the process as Glue does."""
        run = int((row.external_id or "jr_0")[3:])
        if run:
            self.runs[run - 1].process.terminate()
        return None

    def cost(self, row: HandoverRow) -> float | None:
        """Cost nothing."""

    def close(self) -> None:
        """End what is at work."""
        for run in self.runs:
            run.process.kill()
            run.end()
