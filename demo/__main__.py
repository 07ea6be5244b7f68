"""Start everything, play the story, check the work, serve until Ctrl-C."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

from demo import control, story
from demo.airflow_server import AirflowServer
from demo.database import Database
from demo.processes import DemoError, Processes

STORIES = {"sales": story, "control": control}
ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the demonstration; 0 when the work was found right."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--exit", action="store_true", help="end after the check")
    parser.add_argument("--folder", type=Path, default=ROOT / ".demo", help="for Airflow and logs")
    parser.add_argument("--story", choices=STORIES, default="sales")
    arguments = parser.parse_args()
    # Also where the shell that started this one in the background told it to ignore Ctrl-C.
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    folder: Path = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"demo: another one runs in {folder}; end it first", file=sys.stderr)
            return 1
        return _run(folder, STORIES[arguments.story], keep_serving=not arguments.exit)


def _run(folder: Path, told: ModuleType, *, keep_serving: bool) -> int:
    begun = time.monotonic()
    for old in ("airflow", "logs"):
        shutil.rmtree(folder / old, ignore_errors=True)
    processes = Processes(folder / "logs")
    try:
        database, airflow, faults = _play(processes, folder, told)
        for fault in faults:
            print(f"WRONG: {fault}")
        seconds = time.monotonic() - begun
        verdict = "the work was NOT done right" if faults else told.VERDICT
        print(f"checked: {verdict} ({seconds:.0f} s)", flush=True)
        if keep_serving:
            user, password = airflow.login()
            print(f"Airflow: {airflow.url}  user {user}  password {password}")
            print(f"for oracle-dag in another shell: {database.exports()}")
            print("Ctrl-C ends it all", flush=True)
            threading.Event().wait()
    except DemoError as error:
        print(f"demo: {error}\ndemo: the logs are in {folder / 'logs'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: ending", flush=True)
        return 130 if not keep_serving else 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave processes
        processes.stop_all()
    return 1 if faults else 0


def _play(
    processes: Processes, folder: Path, told: ModuleType
) -> tuple[Database, AirflowServer, list[str]]:
    os.chdir(ROOT)
    database = Database(processes, dict(os.environ))
    database.start()
    print(f"sandbox: {database.dsn}", flush=True)
    airflow = AirflowServer(
        processes, folder / "airflow", ROOT / "dags", database.airflow_connection()
    )
    airflow.start()
    print(f"airflow: starting at {airflow.url}", flush=True)
    told.prepare(database)
    airflow.wait_until_healthy(patience=150)
    return database, airflow, told.play(database, airflow)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
