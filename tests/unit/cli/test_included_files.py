"""A script on the command line may consist of files."""

from __future__ import annotations

import json

import pytest

from airflow_oracle_dag.cli.main import main


def test_plan_reads_the_files_of_a_script(tmp_path, capsys):
    """Files are looked for beside the script; steps and notices say which file they mean."""
    script, part = tmp_path / "a.sql", tmp_path / "part.sql"
    script.write_text("define t = stg\n@part &t\nexit\ncommit;\nselect 1 from dual;\n")
    part.write_text("rem loading\ninsert into &1..orders values (1);\n")

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


def test_values_come_from_the_command_line(tmp_path, capsys):
    """`--define` and `--argument` are put into the script and decide which file it asks for."""
    script = tmp_path / "a.sql"
    script.write_text("@&which &1\n")
    (tmp_path / "part.sql").write_text("update &1 set a = &2;\n")
    given = ["--define", "WHICH=part", "--argument", "t", "--argument", "2"]
    assert main(["plan", str(script), *given, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"][0]["file"] == str(tmp_path / "part.sql")

    assert main(["plan", str(script)]) == 2
    assert "the substitution variable &which has no value here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--define", "secret"], "--define number 1: write it as NAME=VALUE"),
        (["--define", "a=1", "--define", "A=2"], "--define A: it is given twice"),
        (["--define", "1=x"], "'1' is no name of a substitution variable"),
        (["--argument", "a\nb"], "the value of &1 is not one line"),
    ],
)
def test_a_value_that_cannot_be_is_refused(tmp_path, capsys, given, says):
    """Bad usage ends with exit code 2 and says which argument is meant, without its value."""
    script = tmp_path / "a.sql"
    script.write_text("commit;\n")
    assert main(["plan", str(script), *given]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "secret" not in said


def test_a_reading_and_a_second_run_can_be_chosen(tmp_path, capsys):
    """`--reading` and `--rerun` settle what is refused else."""
    script = tmp_path / "a.sql"
    script.write_text("insert into t values ('a;\nb');\n/\n")
    assert main(["plan", str(script)]) == 2
    assert main(["plan", str(script), "--reading", "lexical"]) == 2
    assert "once more" in capsys.readouterr().err
    given = ["--reading", "lexical", "--rerun", "allow"]
    assert main(["plan", str(script), *given]) == 0
    assert main(["split", str(script), *given, "--json"]) == 0
    assert main(["lint", str(script), *given]) == 0


def test_values_from_queries_are_shown_as_what_they_are(tmp_path, capsys):
    """A plan is complete without them: it says which steps wait for one."""
    script = tmp_path / "a.sql"
    script.write_text(
        "column d new_value day\nselect 1 d from dual;\n-- @step b\ndelete from t_&day;\n"
    )
    assert main(["plan", str(script)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "from a query" not in first
    assert second.endswith("lines 4-4  with &day from a query")
    assert main(["plan", str(script), "--json"]) == 0
    assert [step["queried"] for step in json.loads(capsys.readouterr().out)["steps"]] == [
        [],
        ["day"],
    ]
    assert main(["split", str(script), "--json"]) == 0
    last = json.loads(capsys.readouterr().out)["pieces"][-1]
    assert (last["text"], last["queried"]) == ("delete from t_&day.", ["day"])
