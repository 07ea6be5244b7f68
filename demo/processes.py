"""Processes that are started here, and that none of outlives the demonstration.

Airflow and PostgreSQL start children of their own, in process groups and sessions of their own. All
of them inherit the environment, so a marker there finds every one, whatever became of its parent.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import uuid
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MARKER = "ORACLE_DAG_DEMO"


class DemoError(Exception):
    """Report something that ends the demonstration."""


class Processes:
    """Start processes in sessions of their own and end them with all their descendants.

    :param logs: folder for what they print.
    """

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._marker = uuid.uuid4().hex
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str | Path], env: Mapping[str, str]) -> Path:
        """Start a process; return the file that it prints to.

        :param env: its whole environment.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("wb") as output:
            self._started[name] = subprocess.Popen(
                [str(word) for word in command],
                env={**env, MARKER: self._marker},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return log

    def check_alive(self, name: str) -> None:
        """Raise `DemoError` with the end of its log when a process has ended."""
        code = self._started[name].poll()
        if code is not None:
            log = (self.logs / f"{name}.log").read_text(errors="replace")
            tail = "\n".join(log.splitlines()[-15:])
            raise DemoError(f"{name} ended with exit code {code}:\n{tail}")

    def stop(self, name: str, patience: float = 8.0) -> None:
        """End a process: SIGINT, and SIGKILL for whoever is left of its session."""
        process = self._started.pop(name)
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        for pid in _session_members(process.pid):
            _send(pid, signal.SIGKILL)
        process.wait()

    def stop_all(self) -> None:
        """End everything that was started, youngest first, then every marked descendant."""
        for name in reversed(list(self._started)):
            self.stop(name)
        deadline = time.monotonic() + 10
        while left := list(self.survivors()):
            for pid in left:
                _send(pid, signal.SIGTERM if time.monotonic() < deadline - 5 else signal.SIGKILL)
            if time.monotonic() > deadline:
                raise DemoError(f"processes that do not end: {left}")
            time.sleep(0.3)

    def survivors(self) -> Iterator[int]:
        """Find every process that carries the marker of this demonstration."""
        wanted = f"{MARKER}={self._marker}".encode()
        for pid in _pids():
            with suppress(OSError):
                if wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    yield pid


def free_port(preferred: int) -> int:
    """Return a loopback port that nobody listens on: the preferred one if it can be had."""
    for port in (preferred, 0):
        with closing(socket.socket()) as candidate, suppress(OSError):
            # as servers do, so that a port whose last connections linger counts as free
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.bind(("127.0.0.1", port))
            return int(candidate.getsockname()[1])
    raise DemoError("no free port on 127.0.0.1")


def _pids() -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            yield int(entry.name)


def _session_members(session: int) -> Iterator[int]:
    for pid in _pids():
        with suppress(OSError):
            if os.getsid(pid) == session:
                yield pid


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
