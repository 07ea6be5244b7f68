"""The matrix finds bugs: each that is planted makes it fail, and without it the cases end well."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.campaign.planting import Planted, StalePatch, plant, read_planted

NAMES = [planted.name for planted in read_planted()]
ASKED_FOR = {
    "unfenced_canary",
    "attempts_not_bumped",
    "verdict_after_mark",
    "mark_trusted_for_opaque",
    "own_session_waited_for",
    "job_mark_not_checked",
    "running_job_taken_for_dead",
    "steps_not_reserved",
}


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """Play every planted bug in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.campaign.planting"],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return {said["name"]: said for said in map(json.loads, done.stdout.splitlines())}


@pytest.mark.timeout(320)
@pytest.mark.parametrize("name", NAMES)
def test_the_matrix_fails_on_it(found: dict[str, dict[str, Any]], name: str) -> None:
    """The patch applies, the cases end well without it, and something is wrong with it."""
    said = found[name]

    assert "stale" not in said, said["stale"]
    assert said["sound"] == []
    assert said["planted"], "the matrix does not find it"


def test_the_bugs_that_matter_most_are_planted() -> None:
    """None of the classical mistakes of such a protocol is missing."""
    assert set(NAMES) >= ASKED_FOR


def test_a_patch_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    """What was changed since must be planted anew, not silently left out."""
    (tmp_path / "a.py").write_text("one\ntwo\n", encoding="utf-8")
    plant(Planted("fits", (), (("a.py", "two\n", "three\n"),)), tmp_path)

    assert (tmp_path / "a.py").read_text(encoding="utf-8") == "one\nthree\n"
    with pytest.raises(StalePatch, match="0 times"):
        plant(Planted("stale", (), (("a.py", "two\n", "three\n"),)), tmp_path)
