"""Every block is PL/SQL to a second parser, made by others from the public ANTLR grammar."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.sql.texts import BLOCKS, TEXTS

FOLDER = Path(__file__).parent / "plsql"
#: One mistake each, in a block that is right without it.
MISTAKES = {
    "an assignment without its sign": ("mark", "SET c.mark = ", "SET c.mark "),
    "no semicolon behind the last END": ("mark", "END;", "END"),
    "a loop that is not ended": ("finish_job", "END LOOP;", "END;"),
    "a word that is no statement": ("mark", "BEGIN", "BEGIN\n  COMIT WRITE WAIT;"),
    "options of COMMIT that there are not": ("advance", "WAIT IMMEDIATE", "WAIT NOWAIT"),
    "a handler before its block's END is missing": ("advance", "WHEN OTHERS THEN", "OTHERS THEN"),
}


@pytest.fixture(scope="module")
def syntax_errors() -> dict[str, list[str]]:
    """Parse all blocks and all mistakes in one process; it takes long to load the grammar."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no node with npm on PATH: blocks are not parsed by the ANTLR grammar")
    if not (FOLDER / "node_modules").is_dir():
        pytest.fail("the grammar is not installed: make plsql-grammar")
    texts = {name: TEXTS[name] for name in BLOCKS}
    for what, (name, right, wrong) in MISTAKES.items():
        assert right in TEXTS[name], what
        texts[what] = TEXTS[name].replace(right, wrong, 1)
    done = subprocess.run(
        ["node", "syntax_errors.js"],  # noqa: S607 - found on PATH above
        cwd=FOLDER,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", BLOCKS)
def test_each_block_is_plsql(syntax_errors: dict[str, list[str]], name: str) -> None:
    """Whole, with its SQL."""
    assert syntax_errors[name] == []


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_found(syntax_errors: dict[str, list[str]], what: str) -> None:
    """The test above fails on what the compiler would refuse."""
    assert syntax_errors[what]
