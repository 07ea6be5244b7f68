"""`script` as a path, a list of paths, a folder or a text, as the operator and @task take it."""

from __future__ import annotations

import json

import pytest
from airflow.serialization.serialized_objects import DagSerialization

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.decorators.oracle_script import OracleScriptDecoratedOperator
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.runtime.errors import StepFailed

LINE = "insert into t_effects values (:run_id, '{{ params.job }} %s');\n"


@pytest.fixture
def files(world):
    """Give a DAG's folder with a folder of scripts."""
    nightly = world.folder / "sql" / "nightly"
    (nightly / "parts").mkdir(parents=True)
    for number in ("10", "02"):
        (nightly / f"{number}.sql").write_text(LINE % number)
    (nightly / "parts" / "later.sql").write_text("nonsense")
    (nightly / ".hidden.sql").write_text("nonsense")
    (nightly / "notes.txt").write_text("nonsense")
    (world.folder / "last.sql").write_text(LINE % "last")
    return world


def executed(world, script, **arguments):
    """Run a task as a worker does: its fields rendered first."""
    world.forget_tasks()
    task = OracleScriptOperator(
        task_id="load", dag=world.dag, script=script, params={"job": world.job_name}, **arguments
    )
    context = {**world.context(), "params": {"job": world.job_name}}
    task.render_template_fields(context, task.get_template_env(dag=world.dag))
    return task.execute(context)


@pytest.mark.parametrize("script", ["sql/nightly", "sql/nightly/"])
def test_a_folder_runs_its_scripts_by_name(files, script):
    """Rendered, in the order of their names; not what is hidden, deeper, or no script."""
    result = executed(files, script)
    assert files.effects() == ["02", "10"]
    assert [step["name"] for step in result["steps"]] == ["02.step_1", "10.step_1"]


def test_a_list_of_files_folders_and_texts_is_one_run(files):
    """In the order of the list."""
    result = executed(files, ["last.sql", "sql/nightly", LINE % "text"])
    assert [step["name"] for step in result["steps"]] == [
        "last.step_1",
        "02.step_1",
        "10.step_1",
        "load_3.step_1",
    ]
    assert files.effects() == ["02", "10", "last", "text"]


def test_an_error_names_the_file_of_the_list(files):
    """Not the task, which carries several."""
    (files.folder / "wrong.sql").write_text("select 1 from dual;\nselect nothing from nowhere;\n")
    with pytest.raises(StepFailed, match=r"^wrong\.sql:2: step wrong\.step_1"):
        executed(files, ["last.sql", "wrong.sql"])


@pytest.mark.parametrize(
    ("script", "message"),
    [("sql/none/", "no such folder in"), ("sql/empty", "the folder has no .sql file")],
)
def test_a_folder_that_is_not_there_or_empty_is_refused(files, script, message):
    """Before anything is begun, with the folders that were looked into."""
    (files.folder / "sql" / "empty").mkdir()
    with pytest.raises(ScriptError, match=message):
        executed(files, script)


def test_an_empty_list_and_what_is_no_text_are_refused_while_the_dag_is_parsed(world):
    """Where the mistake is."""
    for script, message in (([], "script is an empty list"), (["a.sql", None], "has NoneType in")):
        with pytest.raises(ValueError, match=message):
            OracleScriptOperator(task_id=f"t{len(script)}", dag=world.dag, script=script)


def test_a_dag_with_lists_and_folders_can_be_serialized(files):
    """Airflow keeps DAGs as JSON, with the paths or, of files, their content."""
    OracleScriptOperator(task_id="a", dag=files.dag, script=["last.sql", "sql/nightly"])
    OracleScriptOperator(task_id="b", dag=files.dag, script="sql/nightly")
    text = json.dumps(DagSerialization.to_dict(files.dag))
    assert text.count("sql/nightly") == 2


def test_a_function_may_return_a_list(files):
    """@task.oracle_script renders each of it."""
    task = OracleScriptDecoratedOperator(
        task_id="load",
        dag=files.dag,
        python_callable=lambda: ["last.sql", LINE % "made"],
        op_args=(),
        op_kwargs={},
    )
    task.execute({**files.context(), "params": {"job": files.job_name}})
    assert files.effects() == ["last", "made"]
