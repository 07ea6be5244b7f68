"""A task gives its script values for &name and &1, and finds the files that it asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import DAG

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.operators import oracle_script
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.runtime.results import RunResult

CONTEXT = {
    "ti": SimpleNamespace(
        dag_id="dag", task_id="load", map_index=-1, run_id="run", start_date=datetime.now(UTC)
    ),
    "run_id": "run",
    "params": {"part": "orders"},
}


@pytest.fixture
def folder(tmp_path):
    """Give a folder with scripts, and another one outside of it."""
    for name, text in {
        "dags/sql/load.sql": "@@part &table\n@common\n",
        "dags/sql/part.sql": "update &1 set a = 'beside';\n",
        "dags/part.sql": "update &1 set a = 'above';\n",
        "shared/common.sql": "update t set a = 'common';\n",
        "secret.sql": "update t set a = 'secret';\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def sent(folder, monkeypatch):
    """Return a function that executes a task as Airflow does and gives what would be sent."""
    scripts = []

    class Runner:
        def __init__(self, connector, script, *arguments, **options):
            scripts.append(script)

        def run(self):
            return RunResult("key", 1, 1, (), None, 0)

    monkeypatch.setattr(oracle_script, "ScriptRunner", Runner)

    def execute(**arguments):
        dag = DAG(
            "dag",
            schedule=None,
            start_date=datetime(2026, 1, 1, tzinfo=UTC),
            template_searchpath=[str(folder / "shared")],
        )
        dag.fileloc = str(folder / "dags" / "dag.py")
        task = OracleScriptOperator(task_id="load", dag=dag, **arguments)
        context = {**CONTEXT, "dag": dag}
        task.render_template_fields(context)
        task.execute(context)
        return [piece.text for piece in scripts[-1].pieces if piece.text.startswith("update")]

    return execute


def test_values_take_the_place_of_variables(sent):
    """Names are given by `defines`, numbers by `arguments`; both are templated."""
    assert sent(
        script="update &t set a = '&1 &2';\n",
        defines={"t": "stg_{{ params.part }}"},
        arguments=["{{ run_id }}", 7],
    ) == ["update stg_orders set a = 'run 7'"]


def test_files_are_found_beside_the_script_and_where_airflow_looks(sent):
    """@@ means the folder of the script's file, @ that one and then Airflow's folders."""
    assert sent(script="sql/load.sql", defines={"table": "t"}) == [
        "update t set a = 'beside'",
        "update t set a = 'common'",
    ]


def test_the_files_of_a_text_are_found_in_the_folder_of_the_dag(sent):
    """A script that is no file has the DAG's folder for its own."""
    assert sent(script="@@part t\n@sql/part u\n") == [
        "update t set a = 'above'",
        "update u set a = 'beside'",
    ]


@pytest.mark.parametrize("line", ["@../secret", "@&where", "@@sql/../../secret"])
def test_no_file_is_read_from_elsewhere(sent, folder, line):
    """Neither the script nor a value leads out of Airflow's folders."""
    with pytest.raises(ScriptError, match="leads out of the folders of scripts") as caught:
        sent(script=f"{line}\n", defines={"where": str(folder / "secret")})
    assert caught.value.file == "<load>"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"defines": {"1x": "a"}}, "'1x' is no name"),
        ({"defines": {"x": 1.5}}, "the value of &x is of type float: write it as a text"),
        ({"defines": {"x": True}}, "of type bool"),
        ({"defines": {"x": "a\nb"}}, "the value of &x is not one line"),
        ({"defines": ["x"]}, "defines is a mapping"),
        ({"arguments": "abc"}, "arguments is a list"),
        ({"arguments": [None]}, "the value of &1 is of type NoneType"),
    ],
)
def test_a_value_that_cannot_be_is_refused_before_anything_runs(sent, arguments, says):
    """What is wrong is said with the variable, and where to correct it."""
    with pytest.raises(ScriptError, match="correct defines= or arguments= of the task") as caught:
        sent(script="update t set a = 1;\n", **arguments)
    assert says in str(caught.value)


def test_spool_can_be_refused(sent):
    """`spool="refuse"` refuses the script; another word is refused while the DAG is parsed."""
    script = "spool /tmp/x\nupdate t set a = 1;\n"
    assert sent(script=script) == ["update t set a = 1"]
    with pytest.raises(ScriptError, match="SPOOL is not supported"):
        sent(script=script, spool="refuse")
    with pytest.raises(ValueError, match="task load: spool is one of"):
        sent(script=script, spool="yes")


def test_a_reading_can_be_chosen(sent):
    """Where two readers would cut a script differently, `reading` says which one counts."""
    script = "update t set a = 'x;\ny';\n"
    with pytest.raises(ScriptError, match="string"):
        sent(script=script)
    assert sent(script=script, reading="lexical") == ["update t set a = 'x;\ny'"]
    with pytest.raises(ValueError, match="task load: reading is one of"):
        sent(script=script, reading="sql")


def test_a_slash_can_be_allowed_to_run_again(sent):
    """`rerun="allow"` lets a / run DML once more."""
    script = "update t set a = 1;\n/\n"
    with pytest.raises(ScriptError, match="once more"):
        sent(script=script)
    assert len(sent(script=script, rerun="allow")) == 2
    with pytest.raises(ValueError, match="task load: rerun is one of"):
        sent(script=script, rerun="yes")
