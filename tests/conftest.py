"""What holds for the whole suite: which database, and no Airflow but the suite's own."""

from __future__ import annotations

import os
import tempfile

import pytest

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
