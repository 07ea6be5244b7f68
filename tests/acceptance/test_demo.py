"""The demonstration itself."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

MARK = "ORACLE_DAG_TEST"


@pytest.mark.timeout(330)
def test_the_demonstration_ends_with_everything_done_once(tmp_path):
    """`make demo DEMO_EXIT=1` shows a resume, finds the work right and leaves no process."""
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--exit", "--folder", tmp_path],
        env={**os.environ, MARK: str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "checked: every step's work was done once" in done.stdout
    (resumed,) = [line for line in done.stdout.splitlines() if "resumed here" in line]
    assert resumed.split()[:4] == ["load", "value_facts", "SUCCEEDED", "2"]
    assert marked_processes(f"{MARK}={tmp_path}") == []


def marked_processes(mark):
    """Find the processes that were started with a variable in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(process.name)
    return found
