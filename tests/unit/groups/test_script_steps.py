"""Which tasks a script becomes, read while its DAG file is."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.groups.script_steps import script_task_group

SCRIPT = """\
alter session set nls_date_format = 'YYYY';
-- @step load
insert into t values (:data_interval_start);
commit;
insert into t values (:limit);
commit;
create table x (n number);
-- @step report
insert into r select * from t;
"""


@pytest.fixture
def dag(tmp_path):
    """Open a DAG with a folder of scripts for the length of a test."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql/load_day.sql").write_text(SCRIPT)
    with DAG(
        "etl",
        schedule=None,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        template_searchpath=[str(tmp_path)],
    ) as opened:
        yield opened


def test_each_step_is_a_task_after_the_one_before(dag):
    """What runs again in each session is no task; the last task runs to the end."""
    script_task_group("sql/load_day.sql", parameters={"limit": 3})
    assert {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks} == {
        "load_day.load": [],
        "load_day.load_2": ["load_day.load"],
        "load_day.load_3": ["load_day.load_2"],
        "load_day.report": ["load_day.load_3"],
    }
    assert [task.until_step for task in dag.tasks] == ["load", "load.2", "load.3", None]
    assert [task.begins for task in dag.tasks] == [True, False, False, False]
    assert {task.group for task in dag.tasks} == {"load_day"}


def test_the_tasks_share_one_run_under_one_name(dag):
    """Checkpoints know the script by its group, whatever task asks; its name is the same too."""
    script_task_group(SCRIPT, group_id="inline", parameters={"limit": 3})
    assert {task._script_name for task in dag.tasks} == {"<inline>"}


def test_a_group_stands_between_what_is_before_and_after(dag):
    """It is a task group like any other."""
    before, after = EmptyOperator(task_id="before"), EmptyOperator(task_id="after")
    before >> script_task_group("sql/load_day.sql") >> after
    assert after.upstream_task_ids == {"load_day.report"}


def test_a_file_that_is_not_there_is_an_error_of_the_dag(dag, tmp_path):
    """The error names the folders that were looked in."""
    with pytest.raises(ScriptError, match=rf"sql/other.sql: no such file in .*{tmp_path}"):
        script_task_group("sql/other.sql")


def test_a_script_that_cannot_be_cut_is_an_error_of_the_dag(dag):
    """File and line are told before anything runs."""
    with pytest.raises(ScriptError, match="<odd>:2:1: @step of line 1"):
        script_task_group("-- @step a\n-- @step b\nselect 1 from dual;\n", group_id="odd")


def test_a_script_of_session_settings_only_has_no_task(dag):
    """Nothing of it stays, so there is nothing to show."""
    with pytest.raises(ScriptError, match="no step to make a task of"):
        script_task_group("alter session set nls_date_format = 'YYYY';\n", group_id="odd")


def test_a_text_needs_a_name(dag):
    """A script that is no file has none by itself."""
    with pytest.raises(ValueError, match="give group_id"):
        script_task_group("select 1 from dual;\n")


def test_only_the_first_task_meets_the_wish_of_a_conf(dag):
    """The others find the run that it began anew; what they are tried says nothing of it."""
    script_task_group("sql/load_day.sql", parameters={"limit": 3})
    began = datetime(2026, 11, 20, tzinfo=UTC)
    options = []
    for task in dag.tasks:
        instance = SimpleNamespace(
            dag_id="etl", task_id=task.task_id, map_index=-1, run_id="r", start_date=began
        )
        instance.max_tries, instance.try_number = 2, 1
        run = SimpleNamespace(conf={"oracle_dag": {"load_day": {"from": "load"}}})
        options.append(task._options({"ti": instance, "dag": dag, "dag_run": run}))
    assert [one.restart and one.restart.step for one in options] == ["load", None, None, None]
    assert [one.began_at for one in options] == [began, None, None, None]
    assert {(one.max_tries, one.try_number) for one in options} == {(None, None)}


def test_the_group_reads_the_script_as_its_tasks_do(dag):
    """Where two readers would cut it differently, the tasks' `reading` counts for the steps."""
    script = "-- @step a\ninsert into t values ('x;\ny');\n-- @step b\ndelete from t;\n"
    with pytest.raises(ScriptError, match="string"):
        script_task_group(script, group_id="refused")
    script_task_group(script, group_id="read", reading="lexical")
    assert {task.task_id for task in dag.tasks} == {"read.a", "read.b"}


@pytest.mark.parametrize("script", [["a.sql", "b.sql"], "sql/nightly/"])
def test_several_scripts_are_no_group(dag, script):
    """Their steps are known only when the task runs, or have no one file's names."""
    with dag, pytest.raises(ValueError, match="takes one script"):
        script_task_group(script, group_id="g")
