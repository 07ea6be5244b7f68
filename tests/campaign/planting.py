"""Plant known bugs, one at a time, and let the matrix find them.

Each file of ``planted/`` says in its head what the bug is and which cases must find it; then comes
the change, as a unified diff without line numbers. It is made in a copy of the package, from which
everything but the sandbox is imported anew::

    python -m tests.campaign.planting

prints a line of JSON for each: its name, whether the cases end well without it, and what was found.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import airflow_oracle_dag

FOLDER = Path(__file__).with_name("planted")
_PACKAGE = Path(airflow_oracle_dag.__file__).parent


class StalePatch(Exception):
    """Say that a planted bug does not fit the code any more."""


@dataclass(frozen=True)
class Planted:
    """One bug.

    :param cases: lines that `tests.campaign.cases.parse_case` reads.
    :param hunks: file within the package, text before, text after.
    """

    name: str
    cases: tuple[str, ...]
    hunks: tuple[tuple[str, str, str], ...]


def read_planted() -> list[Planted]:
    """Read every planted bug."""
    return [_read(path) for path in sorted(FOLDER.glob("*.diff"))]


def _read(path: Path) -> Planted:
    head, *files = re.split(r"^\+\+\+ ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    hunks = []
    for text in files:
        name, _, body = text.partition("\n")
        for hunk in re.split(r"^@@.*\n", body, flags=re.MULTILINE)[1:]:
            lines = hunk.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] in " -")
            after = "".join(line[1:] for line in lines if line[0] in " +")
            hunks.append((name, before, after))
    cases = re.findall(r"^# case: (.+)$", head, flags=re.MULTILINE)
    return Planted(path.stem, tuple(cases), tuple(hunks))


def plant(planted: Planted, package: Path) -> None:
    """Make the change in a copy of the package.

    :raises StalePatch: when the text before is not there exactly once.
    """
    for name, before, after in planted.hunks:
        path = package / name
        text = path.read_text(encoding="utf-8")
        if text.count(before) != 1:
            raise StalePatch(f"{planted.name}: {name} has {text.count(before)} times:\n{before}")
        path.write_text(text.replace(before, after), encoding="utf-8")


def import_from(package: Path) -> Callable[[str], Any]:
    """Let the package's rooms, and what plays the cases with them, be imported from a folder."""
    rooms = tuple(f"airflow_oracle_dag.{room}" for room in ("core", "runtime", "sql"))
    for name in list(sys.modules):
        if name.startswith((*rooms, "tests.campaign.")):
            del sys.modules[name]
    for room in rooms:
        vars(airflow_oracle_dag).pop(room.rpartition(".")[2], None)
    airflow_oracle_dag.__path__[:] = [str(package)]
    return importlib.import_module


def found_by_matrix(planted: Planted, server: Any, database: Any, package: Path) -> list[str]:
    """Play the cases of a bug with a copy of the package and return what went wrong."""
    load = import_from(package)
    parse_case = load("tests.campaign.cases").parse_case
    play = load("tests.campaign.round").Round
    if not Path(load("airflow_oracle_dag.runtime").__file__).is_relative_to(package):
        raise ImportError(f"the package is not imported from {package}")
    dsn = f"127.0.0.1:{server.port}/{database.service_name}"
    made = load("tests.campaign.ground").Ground
    ground = made(server, database.jobs, dsn, "demo", "campaign", patience=2.0)
    try:
        return [
            f"{line}: {problem}"
            for line in planted.cases
            for problem in play(ground, parse_case(line)).play().wrong
        ]
    finally:
        ground.close()


def main() -> int:
    """Plant each bug, and play its cases with and without it."""
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    wanted = sys.argv[1:]
    database = open_database(None, {"DEMO": "campaign"})
    try:
        with SandboxServer(database) as server, tempfile.TemporaryDirectory() as folder:
            for planted in read_planted():
                if wanted and planted.name not in wanted:
                    continue
                said: dict[str, Any] = {"name": planted.name, "cases": len(planted.cases)}
                copies = [Path(folder) / planted.name / which for which in ("sound", "planted")]
                for copy in copies:
                    shutil.copytree(_PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
                try:
                    plant(planted, copies[1])
                    for copy in copies:
                        found = found_by_matrix(planted, server, database, copy)
                        said[copy.name] = found
                except StalePatch as error:
                    said["stale"] = str(error)
                print(json.dumps(said), flush=True)
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
