"""From files to DAGs: what is built, what stands for a broken file, and that nothing connects."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import oracledb
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.common.compat.sdk import AirflowFailException, BaseHook
from airflow.serialization.serialized_objects import DagSerialization

from airflow_oracle_dag.job_sets import load_job_sets
from airflow_oracle_dag.job_sets.fields import WHEN
from airflow_oracle_dag.job_sets.problems import JobSetError
from airflow_oracle_dag.job_sets.stand_in import TAG, TASK_ID
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.operators.run_condition import RunConditionOperator
from airflow_oracle_dag.retry import OracleRetryPolicy

RAW = """\
schedule: "0 2 * * *"
interval: true
timezone: Europe/Berlin
start: 2026-06-01
end: 2026-12-31
tags: [oracle]
owner: dwh
timeout: 6h
max_active_runs: 1
params: {region: NORTH, day: 2026-01-01, full: false}
callbacks: {on_failure: "os.path:basename"}
defaults:
  oracle_conn_id: oracle_dwh
  retries: 3
  retry_delay: 30s
  retry_policy: oracle
  step_timeout: 2h
  run_on: database
  start_timeout: 5m
  expected_minutes: 90
  on_doubt: ask
  ask_timeout: 1h
  callbacks: {on_retry: "os.path:dirname", on_overdue: "os.path:basename"}
jobs:
  extract: {script: sql/extract.sql, parameters: {region: "{{ params.region }}"}}
  load: {script: sql/load.sql, after: extract, pool: small, retries: 0, schema: ODAG}
  mend: {script: sql/mend.sql, after: [extract, load], when: failure}
"""
SMALL = "jobs: {a: {script: a.sql}}\n"


def load(folder, name="dags.py", **options):
    """Load the folder as a DAG file beside it would."""
    namespace = {"__file__": str(folder.dags / name)}
    load_job_sets("job_sets", namespace, **options)
    return {key: value for key, value in namespace.items() if key != "__file__"}


@pytest.fixture
def offline(monkeypatch):
    """Let every attempt to reach anything fail."""

    def refuse(*_, **__):
        raise AssertionError("a connection while a DAG file was parsed")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(oracledb, "connect", refuse)
    monkeypatch.setattr(BaseHook, "get_connection", refuse)


def test_a_set_becomes_a_dag(folder):
    """Schedule, dates in the set's zone, limits, callbacks, and operators with their arguments."""
    folder.write("raw.yaml", RAW)
    (dag,) = load(folder).values()
    assert dag.dag_id == "raw"
    assert type(dag.timetable).__name__ == "CronDataIntervalTimetable"
    assert dag.timetable.serialize() == {"expression": "0 2 * * *", "timezone": "Europe/Berlin"}
    assert dag.start_date == datetime(2026, 5, 31, 22, tzinfo=UTC)
    assert dag.end_date == datetime(2026, 12, 31, 22, 59, 59, 999999, tzinfo=UTC)
    assert dag.timezone.name == "Europe/Berlin"
    assert (dag.catchup, dag.max_active_runs, dag.tags) == (False, 1, {"oracle"})
    assert dag.dagrun_timeout == timedelta(hours=6)
    assert dag.on_failure_callback is os.path.basename
    extract, load_task, mend = (dag.task_dict[name] for name in ("extract", "load", "mend"))
    assert all(type(task) is OracleScriptOperator for task in dag.tasks)
    assert extract.script == "sql/extract.sql"
    assert extract.parameters == {"region": "{{ params.region }}"}
    assert extract.oracle_conn_id == "oracle_dwh"
    assert (extract.retries, extract.retry_delay) == (3, timedelta(seconds=30))
    assert isinstance(extract.retry_policy, OracleRetryPolicy)
    assert extract.on_retry_callback in (os.path.dirname, [os.path.dirname])
    assert (extract.step_timeout, extract.timezone, extract.owner) == (7200, "Europe/Berlin", "dwh")
    assert (extract.run_on, extract.start_timeout) == ("database", 300)
    assert (extract.on_doubt, extract.ask_timeout) == ("ask", 3600)
    assert (extract.expected_minutes, extract.on_overdue) == (90, os.path.basename)
    assert (load_task.retries, load_task.pool, load_task.schema) == (0, "small", "ODAG")
    assert load_task.upstream_task_ids == {"extract"}
    assert mend.upstream_task_ids == {"extract", "load"}
    assert str(mend.trigger_rule) in ("one_failed", "TriggerRule.ONE_FAILED")


def test_steps_of_a_set_may_run_in_glue(folder):
    """The operators of scripts, rows and categories are told of the job; its time in minutes."""
    folder.write(
        "a.yaml",
        """\
        defaults:
          run_on: glue
          glue_job_name: steps
          glue_secret_id: prod/oracle
          aws_conn_id: aws
          region_name: eu-central-1
          glue_timeout: 2h
          glue_bucket: scripts
          glue_prefix: handed
          glue_run_args: {MaxCapacity: 1.0}
        jobs:
          a: {script: a.sql}
          b: {job_name: B, glue_timeout: 7d}
          c: {category: C, max_waves: 1, max_batches: 1}
          d: {run_condition: MONDAY}
          e: {script: e.sql, run_condition: MONDAY, glue_run_args: {JobRunQueuingEnabled: true}}
        """,
    )
    (dag,) = load(folder).values()
    script, row, there = (dag.task_dict[name] for name in "abe")
    assert (script.run_on, script.glue_job_name) == ("glue", "steps")
    assert (script.glue_secret_id, script.aws_conn_id) == ("prod/oracle", "aws")
    assert (script.region_name, script.glue_timeout) == ("eu-central-1", 120)
    assert (script.glue_bucket, script.glue_prefix) == ("scripts", "handed")
    assert script.glue_run_args == {"MaxCapacity": 1.0}
    assert (row.glue_job_name, row.glue_timeout) == ("steps", 10_080)
    assert there.glue_run_args == {"JobRunQueuingEnabled": True}
    mapped = dag.task_dict["c.jobs_1_1"].partial_kwargs
    assert (mapped["run_on"], mapped["glue_job_name"], mapped["glue_timeout"]) == (
        *("glue", "steps"),
        120,
    )
    assert json.dumps(DagSerialization.to_dict(dag))


def test_glue_without_its_job_is_said(folder):
    """What the operator refuses is said about the file."""
    folder.write("a.yaml", "jobs: {a: {script: a.sql, run_on: glue}}\n")
    report = load(folder)["a"].task_dict[TASK_ID].report
    assert "needs glue_job_name" in report


@pytest.mark.parametrize(
    ("timing", "kind"),
    [
        ("schedule: none", "NullTimetable"),
        ("schedule: '@once'", "OnceTimetable"),
        ("schedule: '@continuous'", "ContinuousTimetable"),
        ("schedule: '@daily'", "CronTriggerTimetable"),
        ("schedule: '@daily'\ninterval: true", "CronDataIntervalTimetable"),
        ("schedule: 0 2 * * 1-5", "CronTriggerTimetable"),
    ],
)
def test_each_kind_of_schedule(folder, timing, kind):
    """Presets, cron with and without intervals, and none."""
    folder.write("a.yaml", f"{timing}\ntimezone: Asia/Tokyo\n{SMALL}")
    (dag,) = load(folder).values()
    dag.validate()
    assert type(dag.timetable).__name__ == kind
    if "Cron" in kind:
        assert dag.timetable.serialize()["timezone"] == "Asia/Tokyo"


@pytest.mark.parametrize(("when", "rule"), WHEN.items())
def test_when_is_a_trigger_rule(folder, when, rule):
    """Each word of `when` is one rule of Airflow."""
    folder.write(
        "a.yaml", f"jobs: {{a: {{script: a.sql}}, b: {{script: b.sql, after: a, when: {when}}}}}"
    )
    (dag,) = load(folder).values()
    assert dag.task_dict["b"].trigger_rule.value == rule


def test_a_row_of_the_control_table_decides_about_a_job(folder):
    """`job_name` is handed to the operator, which reads the row when it runs."""
    folder.write(
        "a.yaml",
        "defaults: {control_conn_id: control, environment: PROD}\n"
        "jobs: {a: {job_name: JOB1, due: start, skip_between_steps: true}}\n",
    )
    (dag,) = load(folder).values()
    task = dag.task_dict["a"]
    assert (task.job_name, task.script, task.due) == ("JOB1", None, "start")
    assert (task.control_conn_id, task.environment) == ("control", "PROD")
    assert task.skip_between_steps is True


def test_a_condition_stands_before_its_job(folder):
    """The gate takes the place of the job; it skips that job only, and `when` decides the rest."""
    folder.write(
        "a.yaml",
        """\
        defaults: {callbacks: {on_overdue: "os.path:basename"}}
        jobs:
          a: {script: a.sql}
          b:
            script: b.sql
            after: a
            when: always
            run_condition: MONDAY, BUSINESS_DAYS and not JAN
            calendar: DE
            due: start
          c: {script: c.sql, after: b, when: none_failed}
        """.replace("MONDAY, BUSINESS_DAYS", "BUSINESS_DAYS"),
    )
    (dag,) = load(folder).values()
    gate, job = dag.task_dict["b.condition"], dag.task_dict["b"]
    assert isinstance(gate, RunConditionOperator)
    assert gate.condition == "BUSINESS_DAYS and not JAN"
    assert (gate.calendar, gate.due) == ("DE", "start")
    assert gate.ignore_downstream_trigger_rules is False
    assert (gate.upstream_task_ids, gate.trigger_rule.value) == ({"a"}, "all_done")
    assert (job.upstream_task_ids, job.trigger_rule.value) == ({"b.condition"}, "all_success")
    assert dag.task_dict["c"].upstream_task_ids == {"b"}
    assert (job.on_overdue, hasattr(gate, "on_overdue")) == (os.path.basename, False)


def test_a_condition_alone_is_a_gate_for_several_jobs(folder):
    """One condition, many jobs after it."""
    folder.write(
        "a.yaml",
        "jobs: {mondays: {run_condition: MONDAY, doc: Gate}, a: {script: a.sql, after: mondays}}",
    )
    (dag,) = load(folder).values()
    gate = dag.task_dict["mondays"]
    assert isinstance(gate, RunConditionOperator)
    assert (gate.condition, gate.doc_md) == ("MONDAY", "Gate")
    assert dag.task_dict["a"].upstream_task_ids == {"mondays"}


def test_a_category_is_a_task_group_in_its_place(folder):
    """All rows of a category run where the job stands, after and before its neighbours."""
    folder.write(
        "a.yaml",
        """\
        timezone: Europe/Berlin
        defaults: {oracle_conn_id: dwh, control_conn_id: control, retries: 2, pool: unused}
        jobs:
          first: {script: a.sql}
          raw: {category: RAW, after: first, max_concurrency: 3, max_waves: 2, max_batches: 1}
          stg: {category: STG, after: raw, when: always}
          last: {script: b.sql, after: stg}
        """,
    )
    (dag,) = load(folder).values()
    decide = dag.task_dict["raw.decide"]
    assert (decide.category, decide.max_waves, decide.max_concurrency) == ("RAW", 2, 3)
    assert (decide.oracle_conn_id, decide.control_conn_id) == ("dwh", "control")
    assert decide.timezone == "Europe/Berlin"
    assert decide.retries == 2
    assert decide.upstream_task_ids == {"first"}
    begin = dag.task_dict["stg.begin"]
    assert begin.trigger_rule.value == "all_done"
    assert any(name.startswith("raw.") for name in begin.upstream_task_ids)
    assert dag.task_dict["stg.decide"].upstream_task_ids == {"stg.begin"}
    assert all(name.startswith("stg.") for name in dag.task_dict["last"].upstream_task_ids)


def test_parsing_connects_nowhere(folder, offline):
    """Every kind of job is built without a socket, a connection of Airflow or a driver's."""
    folder.write("raw.yaml", RAW)
    folder.write(
        "b.yaml",
        """\
        jobs:
          a: {job_name: JOB1}
          b: {category: RAW, after: a}
          c: {script: c.sql, after: b, run_condition: BUSINESS_DAYS, calendar: DE}
        """,
    )
    folder.write("broken.yaml", "jobs: {a: {}}")
    assert list(load(folder)) == ["b", "raw", "broken"]


def test_a_dag_is_the_same_at_every_parsing(folder):
    """Another process, with other hashes of texts, builds the very same DAG."""
    folder.write("raw.yaml", RAW)
    folder.write("dags.py", "")
    dag_file = folder.dags / "dags.py"
    dag_file.write_text(
        "import json\n"
        "from airflow.serialization.serialized_objects import DagSerialization\n"
        "from airflow_oracle_dag.job_sets import load_job_sets\n"
        "load_job_sets('job_sets', globals())\n"
        "print('DAG', json.dumps(DagSerialization.to_dict(raw), sort_keys=True))\n"
        "print('DAG', list(raw.default_args), list(raw.task_dict))\n"
    )
    printed = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, str(dag_file)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        printed.append([line for line in done.stdout.splitlines() if line.startswith("DAG ")])
    assert printed[0] == printed[1] != []


def test_all_kinds_of_jobs_can_be_serialized(folder):
    """The scheduler sees only the serialized DAG, dates among the parameters included."""
    folder.write("raw.yaml", RAW.replace('region: "{{', 'day: 2026-01-01, region: "{{'))
    folder.write("b.yaml", "jobs: {c: {script: c.sql, run_condition: MONDAY}, d: {category: RAW}}")
    folder.write("broken.yaml", "jobs: {a: {}}")
    for dag in load(folder).values():
        assert json.dumps(DagSerialization.to_dict(dag))


def test_a_set_that_is_off_is_not_built(folder):
    """`enabled: false` keeps the file and removes the DAG, also when the file has mistakes."""
    folder.write("a.yaml", f"enabled: false\n{SMALL}")
    folder.write("b.yaml", "enabled: false\njobs: {a: {}}\n")
    assert load(folder) == {}


def test_a_broken_file_does_not_take_the_others_down(folder):
    """The good sets are built; the broken one is a DAG that fails when it is due."""
    folder.write("good.yaml", SMALL)
    folder.write("broken.yaml", "schedule: '@daily'\ninterval: true\njobs: {a: {scrpt: a.sql}}\n")
    dags = load(folder)
    assert list(dags) == ["good", "broken"]
    broken = dags["broken"]
    assert TAG in broken.tags
    assert type(broken.timetable).__name__ == "CronDataIntervalTimetable"
    assert broken.catchup is False
    (task,) = broken.tasks
    assert task.task_id == TASK_ID
    with pytest.raises(AirflowFailException, match=r"did you mean script\?"):
        task.execute({})
    assert "did you mean script?" in broken.doc_md


@pytest.mark.parametrize(
    ("name", "text", "dag_id"),
    [
        ("a.yaml", "id: raw\njobs: {a: {}}", "raw"),
        ("a.yaml", "id: raw\njobs: [", "raw"),
        ("a.toml", 'id = "raw"\n[jobs', "raw"),
        ("a.yaml", "jobs: [", "a"),
        ("a.yaml", "id: 5\njobs: {}", "a"),
        ("a.yaml", "id: no good\njobs: {}", "no_good"),
        ("not good.yaml", SMALL, "not_good"),
        ("good.toml", "jobs =", "good.broken"),
    ],
)
def test_a_broken_file_keeps_its_id_if_it_can_be_read(folder, name, text, dag_id):
    """The DAG in the UI is the one that people look for; it never takes a good set's id."""
    folder.write("other.yaml", f"id: good\n{SMALL}")
    folder.write(name, text)
    assert list(load(folder)) == ["good", dag_id]


def test_on_error_raise_builds_the_good_sets_first(folder):
    """For tests: one error with everything, after the good sets are there."""
    folder.write("good.yaml", SMALL)
    folder.write("a.yaml", "owner: 1\njobs: {a: {}}")
    folder.write("b.yaml", "jobs: [")
    namespace = {"__file__": str(folder.dags / "dags.py")}
    with pytest.raises(JobSetError) as caught:
        load_job_sets("job_sets", namespace, on_error="raise")
    assert "good" in namespace
    assert len(caught.value.problems) == 3
    assert "a.yaml:1: owner" in str(caught.value)


def test_another_word_for_on_error_is_refused(folder):
    """A typing mistake there must not hide the mistakes of files."""
    with pytest.raises(ValueError, match="write show or raise"):
        load(folder, on_error="log")


def test_a_folder_that_is_not_there_is_an_import_error(tmp_path):
    """It is the DAG file's own mistake."""
    with pytest.raises(JobSetError, match="there is no such folder"):
        load_job_sets("none", {"__file__": str(tmp_path / "dags.py")})


@pytest.mark.parametrize(
    ("callback", "says"),
    [
        ("no_such_package.module:page", "ModuleNotFoundError"),
        ("os.path:no_such_function", "AttributeError"),
        ("os.path:sep", "is no function"),
    ],
)
def test_a_callback_that_is_not_there_breaks_its_set_only(folder, callback, says):
    """It is imported when the DAG is built, and said with the line of the field."""
    folder.write("good.yaml", SMALL)
    folder.write(
        "a.yaml", f"jobs:\n  a:\n    script: a.sql\n    callbacks:\n      on_retry: {callback}\n"
    )
    dags = load(folder)
    assert list(dags) == ["good", "a"]
    report = dags["a"].task_dict[TASK_ID].report
    assert "a.yaml:5: jobs.a.callbacks.on_retry" in report
    assert says in report


def test_a_name_that_the_dag_file_uses_is_not_overwritten(folder):
    """A set called like a variable of the DAG file is refused, not put in its place."""
    folder.write("os.yaml", SMALL)
    namespace = {"__file__": str(folder.dags / "dags.py"), "os": os}
    dags = load_job_sets("job_sets", namespace)
    assert namespace["os"] is os
    assert list(dags) == ["os.broken"]


def test_what_airflow_refuses_breaks_its_set_only(folder):
    """Whatever Airflow says against a DAG is said about the file, and the others go on."""
    folder.write("good.yaml", SMALL)
    folder.write("a.yaml", "schedule: '@continuous'\nmax_active_runs: 2\n" + SMALL)
    dags = load(folder)
    assert "Airflow refuses it" in dags["a"].task_dict[TASK_ID].report


def test_a_task_builds_its_own_set_only(folder, monkeypatch):
    """Airflow says which DAG it runs a task of; the others need not be built for that."""
    for name in ("a", "b", "c"):
        folder.write(f"{name}.yaml", SMALL)
    folder.write("d.yaml", "jobs: [")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "b")
    assert list(load(folder)) == ["b"]
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "d")
    assert list(load(folder)) == ["d"]


def test_mistakes_are_logged_where_they_matter(folder, monkeypatch, caplog):
    """In the log of the DAG processor, and not in the logs of other sets' tasks."""
    folder.write("a.yaml", SMALL)
    folder.write("d.yaml", "jobs: [")
    load(folder)
    assert "d.yaml:1: not YAML" in caplog.text
    caplog.clear()
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "a")
    load(folder)
    assert caplog.text == ""


def test_scripts_are_found_beside_the_folder(folder, tmp_path_factory):
    """The path begins where the folder of job sets lies, wherever the DAG file is."""
    folder.script("sql/load.sql", "select 'found' from dual;\n")
    folder.write("a.yaml", "jobs: {load: {script: sql/load.sql}}")
    for dag_file in (folder.dags / "dags.py", tmp_path_factory.mktemp("other") / "dags.py"):
        dags = load_job_sets(folder.path, {"__file__": str(dag_file)})
        task = dags["a"].task_dict["load"]
        task.resolve_template_files()
        assert "found" in task.script


def test_airflow_finds_good_and_broken_sets(folder):
    """The DAG bag has them all and no import error, which would take all of them off."""
    folder.write("raw.yaml", RAW)
    folder.write("broken.yaml", "jobs: {a: {}}")
    (folder.dags / "dags.py").write_text(
        "from airflow_oracle_dag.job_sets import load_job_sets\n\n"
        "load_job_sets('job_sets', globals())  # makes DAGs of Airflow\n"
    )
    bag = DagBag(folder.dags)
    assert bag.import_errors == {}
    assert sorted(bag.dags) == ["broken", "raw"]
    assert bag.dags["raw"].fileloc == str(folder.dags / "dags.py")
