"""Run the driver's own public test suite against the sandbox, count, and sort every failure.

    python -m tests.driver_suite.run [--into FOLDER] [--sdist FILE] [--sql FOLDER] [tests ...]

Nothing of that suite is kept here: its tests come with the driver's source distribution, the
scripts of its schema with its public repository, and both go into a folder of their own, with an
environment to run them. A statement of the schema that the sandbox refuses is counted and passed
over; what needs it fails later, and is sorted with the rest (see `reasons`).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import oracledb

from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.server import SandboxServer
from tests.driver_suite.reasons import Outcome, outcomes, reason_of

PASSWORD = "suite-password"
USER, PROXY, EDITION = "pythontest", "pythontestproxy", "pythonedition"
REPOSITORY = "https://github.com/oracle/python-oracledb"
# Left out: extended cases that want clouds or a wallet, a newer Python, the thick driver.
FOLDERS = (
    "aq", "connection", "cursor", "data_types", "dataframe", "hooks", "misc", "pool",
)  # fmt: skip
SCRIPTS = ("create_schema", "create_schema_21", "create_schema_23_4", "create_schema_23_5",
           "create_schema_23_7")  # fmt: skip
SHARE = 60  # per cent of the tests that are to pass
_COMMENT = re.compile(r"\A(?:\s*(?:/\*.*?\*/|--[^\n]*\n))+", re.DOTALL)


def fetch_tests(into: Path, sdist: Path | None) -> Path:
    """Unpack the source distribution of the driver that is installed; return its tests."""
    name = f"oracledb-{oracledb.__version__}"
    if not (into / name).is_dir():
        if sdist is None:
            wanted = f"oracledb=={oracledb.__version__}"
            _call(sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:",
                  "--dest", str(into), wanted)  # fmt: skip
            sdist = into / f"{name}.tar.gz"
        with tarfile.open(sdist) as archive:
            archive.extractall(into, filter="data")
    return into / name / "tests"


def fetch_scripts(into: Path) -> Path:
    """Clone the driver's repository for the scripts of the schema; return their folder."""
    clone = into / "repository"
    if not clone.is_dir():
        _call("git", "clone", "--quiet", "--depth", "1", REPOSITORY, str(clone))
    return clone / "tests" / "sql"


def make_environment(into: Path) -> Path:
    """Install what the tests import and the same driver; return the Python."""
    python = into / "venv" / "bin" / "python"
    if not python.exists():
        _call(sys.executable, "-m", "venv", str(into / "venv"))
        needs = Path(__file__).with_name("requirements.txt")
        _call(str(python), "-m", "pip", "install", "--quiet",
              f"oracledb=={oracledb.__version__}", "--requirement", str(needs))  # fmt: skip
    return python


def _call(*command: str) -> None:
    subprocess.run(command, check=True)


def statements(script: str) -> Iterator[str]:
    """Give the statements of one of the schema's scripts, which end with a slash on a line."""
    names = {"main_user": USER, "main_password": PASSWORD, "proxy_user": PROXY,
             "proxy_password": PASSWORD, "edition_name": EDITION}  # fmt: skip
    for name, value in names.items():
        script = re.sub(rf"&{name}\b\.?", value, script)
    for part in re.split(r"^/\s*$", script, flags=re.MULTILINE):
        statement = _COMMENT.sub("", part).strip()
        if statement and not statement.startswith("create user"):
            yield statement


def load_schema(dsn: str, folder: Path) -> Counter[str]:
    """Run the scripts as far as they go; count what the sandbox answered."""
    answers: Counter[str] = Counter()
    with oracledb.connect(user="system", password=PASSWORD, dsn=dsn) as connection:
        for name in SCRIPTS:
            for statement in statements((folder / f"{name}.sql").read_text()):
                try:
                    connection.cursor().execute(statement)
                    answers["done"] += 1
                except oracledb.Error as error:
                    answers[str(error).partition("\n")[0]] += 1
        connection.commit()
    return answers


def run_tests(python: Path, tests: Path, dsn: str, chosen: list[str], report: Path) -> None:
    """Run the suite in its own environment."""
    told = {
        "MAIN_USER": USER, "MAIN_PASSWORD": PASSWORD, "PROXY_USER": PROXY,
        "PROXY_PASSWORD": PASSWORD, "ADMIN_USER": "system", "ADMIN_PASSWORD": PASSWORD,
        "CONNECT_STRING": dsn,
    }  # fmt: skip
    environment = {**os.environ, **{f"PYO_TEST_{name}": value for name, value in told.items()}}
    environment.pop("PYTHONPATH", None)
    subprocess.run(
        [str(python), "-m", "pytest", "-q", "--tb=line", "-p", "no:cacheprovider",
         "--timeout=30", f"--junitxml={report}", *chosen],
        cwd=tests, env=environment, check=False, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def tell(found: list[Outcome]) -> int:
    """Print the counts and the reasons; 1 when too few passed or a failure has no reason."""
    counts = Counter(outcome.kind for outcome in found)
    ran = len(found) - counts["skipped"]
    share = 100 * counts["passed"] / ran if ran else 0.0
    print(f"{counts['passed']} of {ran} passed ({share:.1f} %), {counts['skipped']} skipped")
    failed = [outcome for outcome in found if outcome.kind == "failed"]
    reasons = Counter(reason_of(outcome.message) for outcome in failed)
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], str(item[0]))):
        print(f"{count:5}  {reason or 'NOT SORTED'}")
    for outcome in failed:
        if reason_of(outcome.message) is None:
            print(f"       {outcome.test}: {outcome.message[:200]}")
    return int(share < SHARE or None in reasons)


def main() -> int:
    """Fetch, run, count and sort."""
    parser = argparse.ArgumentParser(description="the driver's own tests against the sandbox")
    parser.add_argument("--into", type=Path, help="folder to work in; a new one if not given")
    parser.add_argument("--sdist", type=Path, help="the driver's source, if it is there already")
    parser.add_argument("--sql", type=Path, help="folder with the schema's scripts, likewise")
    parser.add_argument("--report", type=Path, help="sort this JUnit report; run nothing")
    parser.add_argument("tests", nargs="*", default=list(FOLDERS))
    asked = parser.parse_args()
    if asked.report:
        return tell(list(outcomes(asked.report)))
    into = asked.into or Path(tempfile.mkdtemp(prefix="driver-suite-"))
    into.mkdir(parents=True, exist_ok=True)
    tests = fetch_tests(into, asked.sdist)
    scripts = asked.sql or fetch_scripts(into)
    python = make_environment(into)
    report = into / "report.xml"
    users = dict.fromkeys(("system", USER, PROXY), PASSWORD)
    database = open_database(None, users, privileges={USER: ["DBA"]})
    try:
        with SandboxServer(database) as server:
            dsn = f"{server.address}/FREEPDB1"
            answers = load_schema(dsn, scripts)
            print(f"schema: {answers.pop('done')} statements done, {answers.total()} refused")
            run_tests(python, tests, dsn, asked.tests, report)
    finally:
        database.close()
    return tell(list(outcomes(report)))


if __name__ == "__main__":
    sys.exit(main())
