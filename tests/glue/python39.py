"""The Python that a Glue job has, with the driver and the botocore that it has there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ASKS = "import sys, botocore, oracledb; sys.exit(sys.version_info[:2] != (3, 9))"


def python39() -> str:
    """Return the interpreter that `make` keeps in .venv39; without one the test is passed over.

    Under PY39=require it fails instead.
    """
    found = ROOT / ".venv39" / "bin" / "python"
    if found.exists() and not subprocess.run([found, "-c", _ASKS], check=False).returncode:
        return str(found)
    if os.environ.get("PY39") == "require":
        pytest.fail(f"PY39=require, and there is no Python 3.9 with its packages in {found}")
    pytest.skip(f"there is no Python 3.9 with oracledb and botocore in {found}")
