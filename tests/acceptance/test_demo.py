"""The demonstration itself."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.acceptance.sizes import LONG

MARK = "ORACLE_DAG_TEST"


pytestmark = pytest.mark.timeout(390)


def test_the_demonstration_ends_with_everything_done_once(tmp_path):
    """`make demo DEMO_EXIT=1` shows a resume, finds the work right and leaves no process."""
    told = demonstration(tmp_path)
    assert "checked: every step's work was done once" in told
    (resumed,) = [line for line in told.splitlines() if "resumed here" in line]
    assert resumed.split()[:4] == ["load", "value_facts", "SUCCEEDED", "2"]


@pytest.mark.skipif(not LONG, reason="its parts are tested one by one; run by make test-long")
def test_the_demonstration_of_the_control_table_runs_what_the_rows_name(tmp_path):
    """`make demo DEMO=control DEMO_EXIT=1`: past days, a row that is changed, and the job sets."""
    told = demonstration(tmp_path, "--story", "control")
    assert "checked: each day ran the jobs that its rows name" in told
    assert "Thu 2026-01-15  JOB3          SUCCEEDED" in told


def demonstration(folder, *arguments):
    """Run the demonstration to its end; return what it printed. No process is left."""
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--exit", "--folder", folder, *arguments],
        env={**os.environ, MARK: str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=360,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert marked_processes(f"{MARK}={folder}") == []
    return done.stdout


def marked_processes(mark):
    """Find the processes that were started with a variable in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(process.name)
    return found
