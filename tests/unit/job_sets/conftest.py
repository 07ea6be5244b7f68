"""A folder of job sets that a test can fill."""

from __future__ import annotations

from textwrap import dedent

import pytest


class SetFolder:
    """A DAG folder with job sets and scripts."""

    def __init__(self, dags):
        self.dags = dags
        self.path = dags / "job_sets"
        self.path.mkdir()

    def write(self, name, text):
        """Write one set; return its path."""
        file = self.path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
        return file

    def script(self, name, text="update t set a = 1;\ncommit;\n"):
        """Write one script."""
        file = self.dags / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    """Return an empty folder of job sets."""
    return SetFolder(tmp_path)
