"""The names of mistakes that the manual lists are those that the code gives."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"`([a-z]+(?:-[a-z]+)*)`")


def test_each_name_of_the_manual_is_one_of_the_code() -> None:
    """Whoever looks for one finds it."""
    section = (ROOT / "docs" / "cli.md").read_text().partition("**Names of errors**")[2]
    rows = [line for line in section.partition("`split --json`")[0].splitlines() if "| `" in line]
    listed = [name for row in rows for name in NAME.findall(row)]
    given = {
        node.value
        for folder in ("core", "cli")
        for file in (ROOT / "airflow_oracle_dag" / folder).glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert len(listed) > 40
    assert [name for name in listed if name not in given] == []
    assert len(listed) == len(set(listed))
