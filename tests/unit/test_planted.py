"""What searches the suite for secrets finds them: in logs, in output, in files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.planted import PLANTED, in_files

ROOT = Path(__file__).parents[2]
TESTS = f"""
import logging
def test_logs(): logging.getLogger("x").warning("{PLANTED}1")
def test_prints(): print("{PLANTED}2")
def test_keeps_quiet(): print("nothing")
"""


def test_a_test_that_tells_a_secret_fails(tmp_path):
    """Though everything that it asserts is true."""
    file = tmp_path / "test_three.py"
    file.write_text(TESTS)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", "/dev/null", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "2 failed, 1 passed" in done.stdout, done.stdout
    assert "a planted secret stands in: Captured log call" in done.stdout


def test_a_file_that_holds_a_secret_is_found(tmp_path):
    """However deep, and whatever else is in it."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pages.db").write_bytes(b"\0\xff" + PLANTED.encode() + b"4711\0")
    (tmp_path / "b.log").write_text("nothing")

    assert in_files(tmp_path) == [str(tmp_path / "a" / "pages.db")]
