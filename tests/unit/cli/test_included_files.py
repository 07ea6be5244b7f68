"""A script on the command line may consist of files."""

from __future__ import annotations

import json

from airflow_oracle_dag.cli.main import main


def test_plan_reads_the_files_of_a_script(tmp_path, capsys):
    """Files are looked for beside the script; steps and notices say which file they mean."""
    script, part = tmp_path / "a.sql", tmp_path / "part.sql"
    script.write_text("define t = stg\n@part &t\nexit\ncommit;\nselect 1 from dual;\n")
    part.write_text("prompt loading &1\ninsert into &1..orders values (1);\n")

    assert main(["plan", str(script), "--json"]) == 0

    shown = json.loads(capsys.readouterr().out)
    assert [(step["file"], step["skipped"]) for step in shown["steps"]] == [
        (str(part), False),
        (None, True),
    ]
    assert [(each["file"], each["line"]) for each in shown["notices"]] == [
        (str(part), 1),
        (None, 5),
    ]
    assert main(["plan", str(script)]) == 0
    assert f"lines 2-2 of {part}" in capsys.readouterr().out


def test_a_file_that_is_missing_is_said_where_it_is_asked_for(tmp_path, capsys):
    """Nothing is run of a script that is not complete."""
    script = tmp_path / "a.sql"
    script.write_text("commit;\n@@none\n")
    assert main(["plan", str(script)]) == 2
    assert "a.sql:2:1: there is no file none.sql" in capsys.readouterr().err
