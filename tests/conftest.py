"""What holds for the whole suite: which database, no Airflow but its own, no secret in its logs."""

from __future__ import annotations

import os
import tempfile

import pytest

from tests.planted import PLANTED

for name in [name for name in os.environ if name.startswith(("AIRFLOW", "_AIRFLOW"))]:
    del os.environ[name]
# Read when Airflow is imported, so it must stand here; it holds nothing worth keeping.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-oracle-dag-tests-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--db``: the sandbox is started by the tests, a real Oracle is named by environment."""
    parser.addoption(
        "--db",
        choices=("sandbox", "oracle"),
        default="sandbox",
        help="sandbox (default), or oracle from ORACLE_DSN, ORACLE_USER and ORACLE_PASSWORD",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let a test fail in whose logs or output a planted secret stands, whatever it tests."""
    report = yield
    shown = [
        where for where, text in report.sections if where.endswith(call.when) and PLANTED in text
    ]
    if shown and not report.failed:
        report.outcome = "failed"
        report.longrepr = f"a planted secret stands in: {', '.join(shown)}"
    return report
