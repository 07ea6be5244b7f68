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
from collections.abc import Callable, Sequence
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


def found_by_matrix(
    bugs: Sequence[Planted], server: Any, database: Any, package: Path
) -> list[list[str]]:
    """Play the cases of bugs with a copy of the package; return for each bug what went wrong."""
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
            [
                f"{line}: {problem}"
                for line in planted.cases
                for problem in play(ground, parse_case(line)).play().wrong
            ]
            for planted in bugs
        ]
    finally:
        ground.close()


def copied(folder: Path, name: str) -> Path:
    """Return a copy of the package."""
    return Path(
        shutil.copytree(_PACKAGE, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    )


def main() -> int:
    """Play the cases of all bugs without them, then each bug's with it."""
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    wanted = sys.argv[1:]
    bugs = [planted for planted in read_planted() if not wanted or planted.name in wanted]
    database = open_database(None, {"DEMO": "campaign"})
    try:
        with SandboxServer(database) as server, tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            sound = found_by_matrix(bugs, server, database, copied(folder, "sound"))
            for planted, without in zip(bugs, sound, strict=True):
                said: dict[str, Any] = {"name": planted.name, "sound": without}
                package = copied(folder, planted.name)
                try:
                    plant(planted, package)
                    (said["planted"],) = found_by_matrix([planted], server, database, package)
                except StalePatch as error:
                    said["stale"] = str(error)
                print(json.dumps(said), flush=True)
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
