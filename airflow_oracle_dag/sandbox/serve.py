"""Run the sandbox as a process: open the database, listen, wait for a signal, stop it all.

Its output is its interface: one line ``ready HOST:PORT/SERVICE`` once clients can log in, and
before it the password if one had to be made.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.seed import SeedError, read, seed
from airflow_oracle_dag.sandbox.server import ListenError, SandboxServer, is_loopback, probe

EXIT_OK = 0
EXIT_USAGE = 2
_LONGEST = 63  # bytes of a name in PostgreSQL


def main(
    host: str = "127.0.0.1",
    port: int = 1521,
    data: Path | None = None,
    user: str = "demo",
    password: str | None = None,
    reply_delay: float = 0.0,
    *,
    service: str = "FREEPDB1",
    allow_remote: bool = False,
    seeds: Sequence[Path] = (),
) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code.

    :param port: 0 takes any free port; the line ``ready`` tells which.
    :param data: where the database lives; None: a temporary place, removed at the end.
    :param password: None: taken from ORACLE_PASSWORD, else made and printed.
    :param seeds: scripts that make a new database's tables and data, before clients are let in.
    :param service: its name; several, separated by commas, lead to the same database.
    :param reply_delay: milliseconds to wait before every answer, as on a longer network.
    """
    if not allow_remote and not is_loopback(host):
        refusal = f"refusing to listen on {host}, which is not loopback"
        return _fail(f"{refusal}: --allow-remote permits it")
    if password is None:
        password = os.environ.get("ORACLE_PASSWORD") or _made_password(user)
    wrong = _unfit(user)
    if wrong:
        return _fail(f"--user {user!r}: {wrong}")
    try:  # before the seconds that a new database takes
        for path in seeds:
            read(path)
        probe(host, port)
    except (SeedError, ListenError) as error:
        return _told(error)
    with _stop_signal() as stop:
        # With the same password for its DBA, as Oracle's container images do with ORACLE_PWD.
        users = {"SYSTEM": password, user.upper(): password}
        own, *services = [name.strip() for name in service.split(",")]
        try:
            database = open_database(data, users, own)
        except OSError as error:
            return _fail(f"cannot keep the data in {data}: {error.strerror}; --data names a folder")
        try:
            if seeds:
                seed(database, user, seeds, data)
            with SandboxServer(
                database, host, port, allow_remote=allow_remote, services=services
            ) as server:
                server.faults.delay_replies(reply_delay)
                print(f"ready {server.address}/{own}", flush=True)
                stop.wait()
        except (SeedError, ListenError) as error:
            return _told(error)
        finally:
            database.close()
    return EXIT_OK


def _made_password(user: str) -> str:
    password = secrets.token_urlsafe(12)
    print(f"password of {user}: {password}", flush=True)
    return password


def _unfit(user: str) -> str:
    """Say why nobody can be called so, "" if one can."""
    if not user.strip():
        return "a user has a name"
    if '"' in user or "\0" in user:
        return "a name has no quotes"
    return "a name has at most 63 bytes here" if len(user.upper().encode()) > _LONGEST else ""


def _told(error: SeedError | ListenError) -> int:
    return _fail(f"--seed: {error}" if isinstance(error, SeedError) else str(error.strerror))


def _fail(reason: str) -> int:
    print(f"oracle-dag sandbox: {reason}", file=sys.stderr, flush=True)
    return EXIT_USAGE


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    # Turn both signals into an event, so that whatever is under way is finished in order.
    stop = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
