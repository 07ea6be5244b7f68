"""Files of a script are found as SQL*Plus finds them, with the script's folder for its own."""

from __future__ import annotations

from pathlib import Path
from typing import List, Tuple

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import ParseSettings
from airflow_oracle_dag.runtime.script_files import ScriptFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with scripts that include each other."""
    for name, text in {
        "main/near.sql": "select 'near' from dual;\n",
        "main/sub/a.sql": "@@b\n@near\n",
        "main/sub/b.sql": "select 'beside' from dual;\n",
        "main/b.sql": "select 'above' from dual;\n",
        "shared/common.sql": "select 'common' from dual;\n",
        "main/circle.sql": "@sub/../circle\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def parsed(folder: Path, text: str) -> List[Tuple[str, str]]:
    """Parse a script of the folder ``main``; return each statement's file and text."""
    files = ScriptFiles(folder / "main", [folder / "shared"])
    name = str(folder / "main" / "load.sql")
    script = parse_script(text, name=name, settings=ParseSettings(include=files))
    return [(Path(p.file).name, p.text) for p in script.pieces if p.text.startswith("select")]


def test_found_in_the_scripts_folder_or_on_the_search_path(folder: Path) -> None:
    """The script's folder comes first, then the search path in order."""
    assert parsed(folder, "@near\n@common\n") == [
        ("near.sql", "select 'near' from dual"),
        ("common.sql", "select 'common' from dual"),
    ]


def test_beside_the_file_that_asks(folder: Path) -> None:
    """@@ means the folder of the file that it stands in, @ always the same places."""
    assert parsed(folder, "@@sub/a\n@@b\n") == [
        ("b.sql", "select 'beside' from dual"),
        ("near.sql", "select 'near' from dual"),
        ("b.sql", "select 'above' from dual"),
    ]


def test_an_absolute_path(folder: Path) -> None:
    """An absolute path is taken as it is."""
    assert len(parsed(folder, f"@{folder}/shared/common.sql\n")) == 1


@pytest.mark.parametrize("line", ["@none", "@@common", "@sub", "@@sub/none", "@near/x"])
def test_not_there(folder: Path, line: str) -> None:
    """What is no file that can be read is refused with its line."""
    with pytest.raises(ScriptError, match="there is no file") as caught:
        parsed(folder, f"commit;\n{line}\n")
    assert caught.value.line == 2


def test_a_circle_under_another_spelling(folder: Path) -> None:
    """One file has one name, however it is asked for."""
    with pytest.raises(ScriptError, match="include each other"):
        parsed(folder, "@circle\n")


@pytest.mark.parametrize(
    ("line", "outside"),
    [
        ("@near", False),
        ("@../main/near", False),
        ("@@../shared/common", False),
        ("@../secret", True),
        ("@@sub/../../secret", True),
        ("@{folder}/secret", True),
        ("@{folder}/main/near", False),
        ("@{folder}/main-not/x", True),
    ],
)
def test_no_way_out_of_the_folders(folder: Path, line: str, outside: bool) -> None:
    """Within folders, no path leads out of them, however it is written."""
    (folder / "secret.sql").write_text("select 'secret' from dual;\n")
    roots = [folder / "main", folder / "shared"]
    settings = ParseSettings(include=ScriptFiles(roots[0], roots[1:], within=roots))
    text = f"commit;\n{line.format(folder=folder)}\n"
    if not outside:
        parse_script(text, name="load.sql", settings=settings)
        return
    with pytest.raises(ScriptError, match="leads out of the folders of scripts") as caught:
        parse_script(text, name="load.sql", settings=settings)
    assert (caught.value.line, caught.value.rule) == (2, "include-outside")
    assert "secret'" not in str(caught.value)
