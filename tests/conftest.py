"""What holds for the whole suite: which database, no Airflow but its own, no secret in its logs."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile

import hypothesis
import pytest

from tests.planted import PLANTED

for name in [name for name in os.environ if name.startswith(("AIRFLOW", "_AIRFLOW"))]:
    del os.environ[name]
_FOLDER = tempfile.mkdtemp(prefix="airflow-oracle-dag-tests-")  # it holds nothing worth keeping
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
os.environ["AIRFLOW_HOME"] = _FOLDER  # read when Airflow is imported, so it must stand here
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
# Each run of pytest closes the folder that all of them share to other users, and so to the one as
# whom root's PostgreSQL runs, which may just be starting for another run.
os.environ["PYTEST_DEBUG_TEMPROOT"] = _FOLDER

# A shell that starts the suite in the background lets it ignore Ctrl-C, and all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# So does `nohup` with a terminal that is closed.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
# How long an example takes says more about the machine than about the code; growth is tested apart.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


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
