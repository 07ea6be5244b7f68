"""`jobs lint`: every file, script and condition of a folder, without Airflow and a database."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_oracle_dag.cli.exits import UsageError, exit_code
from airflow_oracle_dag.cli.jobs_lint import lint

GOOD = "update t set a = :data_interval_start where b = :region;\ncommit;\n"
EXAMPLES = Path(__file__).resolve().parents[3] / "dags/job_sets"


@pytest.fixture
def run(tmp_path, capsys):
    """Return what lints a set and gives exit code and output."""

    def lint_set(text, *, scripts=(), as_json=False):
        folder = tmp_path / "job_sets"
        folder.mkdir(exist_ok=True)
        (folder / "raw.yaml").write_text(text, encoding="utf-8")
        for name, content in scripts:
            (tmp_path / name).write_text(content, encoding="utf-8")
        code = lint(argparse.Namespace(folder=str(folder), json=as_json))
        return code, capsys.readouterr().out.replace(str(folder), "job_sets")

    return lint_set


SET = "schedule: '@daily'\ninterval: true\njobs:\n  a:\n    script: a.sql\n"
PARAMETERS = "    parameters: {region: NORTH}\n"


def test_a_good_folder_is_a_success(run):
    """One line says what was looked at."""
    assert run(SET + PARAMETERS, scripts=[("a.sql", GOOD)]) == (
        0,
        "1 job set, 1 job: 0 errors, 0 warnings\n",
    )


def test_the_examples_are_good(capsys):
    """The job sets that are shipped have neither errors nor warnings."""
    assert lint(argparse.Namespace(folder=str(EXAMPLES), json=False)) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "script", "says"),
    [
        (SET + "    retires: 3\n", GOOD, "job_sets/raw.yaml:6: jobs.a.retires: there is no field"),
        (SET, None, "job_sets/raw.yaml:5: jobs.a.script: the script a.sql cannot be read"),
        (SET, "select 'a from dual;\n", "jobs.a.script: a.sql:1: "),
        (SET, "", "jobs.a.script: a.sql: the script is empty"),
        (SET, GOOD, "a.sql:1: there is no value for :region"),
        (SET + PARAMETERS, "update t set a = 1;\n", "the script uses no bind called :region"),
        (SET + "    run_condition: FRIDDAY\n", GOOD, "raw.yaml:6: jobs.a.run_condition: "),
    ],
)
def test_a_mistake_is_an_error_with_its_place(run, text, script, says):
    """Exit code 2, and file:line: field: message."""
    scripts = [] if script is None else [("a.sql", script)]
    code, out = run(text, scripts=scripts)
    assert code == 2
    assert says in out
    assert "To mend it: " in out
    assert out.endswith("1 error, 0 warnings\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SET + PARAMETERS + "    run_condition: FEBRUARY and 30\n", "is true on no day"),
        (
            SET + PARAMETERS + "    run_condition: HOLIDAYS and WEEKENDS and NEVER\n"
            "    calendar: DE-BY\n",
            "is true on no day",
        ),
        (
            SET + PARAMETERS + "    run_condition: BUSINESS_DAYS\n    calendar: OUR_OWN\n",
            "there is no public calendar 'OUR_OWN'",
        ),
        ((SET + PARAMETERS).replace("interval: true", "interval: false"), "has no data interval"),
    ],
)
def test_what_is_probably_a_mistake_is_a_warning(run, text, says):
    """Warnings are said and do not fail."""
    code, out = run(text, scripts=[("a.sql", GOOD)])
    assert code == 0
    assert says in out.splitlines()[0].partition(": warning: ")[2]
    assert out.endswith("0 errors, 1 warning\n")


def test_never_may_be_meant(run):
    """A job that is parked by the word NEVER is no mistake, nor is a true condition."""
    for condition in ("NEVER", "MONDAY"):
        code, out = run(
            f"{SET}{PARAMETERS}    run_condition: {condition}\n", scripts=[("a.sql", GOOD)]
        )
        assert (code, out) == (0, "1 job set, 1 job: 0 errors, 0 warnings\n")


def test_the_row_of_a_job_may_have_its_parameters(run):
    """With job_name the control table can give what the file does not."""
    code, _ = run(f"{SET}    job_name: A\n", scripts=[("a.sql", GOOD)])
    assert code == 0


def test_json_has_the_same_for_programs(run):
    """One document: counts, and each problem with its place."""
    code, out = run("owner: 1\njobs: {a: {category: RAW}}\n", as_json=True)
    assert code == 2
    assert json.loads(out) == {
        "sets": 1,
        "jobs": 0,
        "errors": 1,
        "warnings": 0,
        "problems": [
            {
                "file": "job_sets/raw.yaml",
                "line": 1,
                "field": "owner",
                "severity": "error",
                "message": "1 is a number, text is meant",
                "cure": 'write "1" in quotes',
            }
        ],
    }


@pytest.mark.parametrize("make", [False, True])
def test_a_folder_without_sets_is_a_wrong_path(tmp_path, make):
    """Nothing to check is not a success."""
    folder = tmp_path / "none"
    if make:
        folder.mkdir()
    with pytest.raises(UsageError) as caught:
        lint(argparse.Namespace(folder=str(folder), json=False))
    assert exit_code(caught.value) == 2
    assert str(folder) in str(caught.value)


def test_neither_airflow_nor_a_driver_is_needed():
    """The examples are checked without either of them imported."""
    program = (
        "import argparse, sys\n"
        "from airflow_oracle_dag.cli.jobs_lint import lint\n"
        f"code = lint(argparse.Namespace(folder={str(EXAMPLES)!r}, json=False))\n"
        "print(code, sorted({'airflow', 'oracledb', 'boto3'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"
