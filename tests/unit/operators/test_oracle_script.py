"""The operator and its decorated twin, with a runner that only listens."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from airflow.providers.common.compat.sdk import (
    DAG,
    AirflowFailException,
    AirflowSkipException,
    task,
)

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.values import Absent
from airflow_oracle_dag.decorators.oracle_script import OracleScriptDecoratedOperator
from airflow_oracle_dag.operators import oracle_script
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.operators.run_settings import run_identity
from airflow_oracle_dag.plugins import listener
from airflow_oracle_dag.runtime.errors import InDoubt, RunStopped, StepFailed
from airflow_oracle_dag.runtime.results import Event, Restart, RunResult, StepResult

START = datetime(2026, 11, 20, tzinfo=UTC)
END = datetime(2026, 11, 21, tzinfo=UTC)
BEGAN = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
STEP = StepResult(1, "load", State.SUCCEEDED, attempt=2, tries=2, rows=7)
RESULT = RunResult("dag/load//run", 1, 2, (STEP,), "load", 7)


@pytest.fixture
def runners(monkeypatch):
    """Put a listening runner in place of the real one; return what it was made with."""
    made = []

    class Runner:
        def __init__(
            self,
            connector,
            script,
            identity,
            values,
            options,
            observe,
            between_steps=None,
            carriers=None,
        ):
            self.script, self.identity, self.values = script, identity, values
            self.options, self.observe = options, observe
            made.append(self)

        outcome = staticmethod(lambda runner: RESULT)

        def run(self):
            return self.outcome(self)

        def cancel(self, reason):
            self.cancelled = reason

    monkeypatch.setattr(oracle_script, "ScriptRunner", Runner)
    return SimpleNamespace(all=made, kind=Runner)


def context(dag, **changes):
    """Make the part of Airflow's context that the operator reads."""
    instance = SimpleNamespace(
        dag_id="dag", task_id="load", map_index=-1, run_id="run", start_date=BEGAN
    )
    given = {
        "ti": instance,
        "dag": dag,
        "run_id": "run",
        "logical_date": START,
        "data_interval_start": START,
        "data_interval_end": END,
    }
    given.update(changes)
    return given


@pytest.fixture
def dag():
    """Return a DAG whose days begin in Berlin."""
    return DAG(
        "dag", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    )


def operator(dag, **arguments):
    """Make the operator under test."""
    return OracleScriptOperator(
        task_id="load", dag=dag, **{"script": "update t set a = 1;\n", **arguments}
    )


def test_the_result_is_what_json_knows(dag, runners):
    """The task returns steps, rows and the step at which it resumed."""
    result = operator(dag).execute(context(dag))
    assert json.loads(json.dumps(result)) == result
    assert result["resumed_at"] == "load"
    assert result["rows"] == 7
    assert [step["state"] for step in result["steps"]] == ["SUCCEEDED"]


def test_the_run_is_identified_by_dag_task_and_run(dag, runners):
    """Without a key of its own the run belongs to dag, task, map index and run id."""
    operator(dag).execute(context(dag))
    identity = runners.all[0].identity
    assert (identity.namespace, identity.key) == ("default", "dag/load//run")
    assert runners.all[0].options.began_at == BEGAN


def test_a_mapped_task_has_a_key_for_each_index(dag, runners):
    """The map index is part of the key."""
    given = context(dag)
    given["ti"].map_index = 3
    operator(dag).execute(given)
    assert runners.all[0].identity.key == "dag/load/3/run"


def test_a_run_key_replaces_the_others(dag, runners):
    """A key of its own owns the checkpoints."""
    operator(dag, run_key="2026-11-20").execute(context(dag))
    assert runners.all[0].identity.key == "2026-11-20"


def test_dates_are_in_the_zone_of_the_dag(dag, runners):
    """DATE binds are local to the DAG, so that midnight stays midnight."""
    operator(dag).execute(context(dag))
    assert runners.all[0].values.lookup("data_interval_start") == datetime(2026, 11, 20, 1)


def test_the_operator_s_zone_wins(dag, runners):
    """`timezone=` moves the DATE binds to another zone."""
    operator(dag, timezone="UTC").execute(context(dag))
    assert runners.all[0].values.lookup("data_interval_start") == START.replace(tzinfo=None)


def test_a_run_without_an_interval_offers_its_absence(dag, runners):
    """A manual run has no interval; a script that binds it is told so by the plan."""
    given = context(dag, data_interval_start=None, data_interval_end=None, logical_date=None)
    operator(dag).execute(given)
    assert isinstance(runners.all[0].values.lookup("data_interval_start"), Absent)


def test_options_are_passed_on(dag, runners):
    """The operator's arguments reach the runner under the same names."""
    operator(dag, schema="ODAG", orphan="fail", orphan_timeout=5, step_timeout=9).execute(
        context(dag)
    )
    options = runners.all[0].options
    assert (options.schema, options.orphan) == ("ODAG", "fail")
    assert (options.orphan_timeout, options.step_timeout) == (5, 9)


def test_a_policy_that_is_none_is_refused(dag):
    """While the DAG is parsed."""
    with pytest.raises(ValueError, match="task load: orphan is one of"):
        operator(dag, orphan="kill")


@pytest.mark.parametrize("rows", [-1, 101, "5"])
def test_show_rows_is_limited(dag, rows):
    """More rows than are fetched cannot be shown; that is said while the DAG is parsed."""
    with pytest.raises(ValueError, match="task load: show_rows is 0 to 100"):
        operator(dag, show_rows=rows)


def test_the_last_query_is_part_of_the_result(dag, runners):
    """The runner's document of it is passed on as it is; without a query there is none."""
    assert operator(dag).execute(context(dag))["query"] is None
    query = {"step": "load", "line": 1, "columns": ["N"], "rows": [[1]]}
    runners.kind.outcome = staticmethod(lambda runner: replace(RESULT, query=query))
    other = DAG("other", schedule=None, start_date=START)
    assert operator(other, show_rows=5).execute(context(other))["query"] == query
    assert [runner.options.show_rows for runner in runners.all] == [20, 5]


def test_a_doubt_is_not_retried(dag, runners):
    """A step in doubt fails the task for good: a person must answer."""

    def doubt(runner):
        raise InDoubt("step load may be committed", run_key="key", step="load")

    runners.kind.outcome = staticmethod(doubt)
    with pytest.raises(AirflowFailException, match="may be committed"):
        operator(dag).execute(context(dag))


def test_on_kill_ends_execute_with_an_error_that_may_be_retried(dag, runners):
    """Airflow's wish to stop reaches the runner, and its error leaves the task."""
    task_operator = operator(dag)

    def stopped(runner):
        task_operator.on_kill()
        while not hasattr(runner, "cancelled"):
            pass
        raise RunStopped(runner.cancelled)

    runners.kind.outcome = staticmethod(stopped)
    with pytest.raises(RunStopped, match="Airflow asked"):
        task_operator.execute(context(dag))


def test_on_kill_before_execute_does_nothing(dag):
    """A kill that comes before the script has begun finds nothing to stop."""
    idle = operator(dag)
    idle.on_kill()
    assert idle._work is None


def test_events_go_to_the_task_log(dag, runners, monkeypatch):
    """Each decision and each finished step is one line of the task's log."""

    def speak(runner):
        runner.observe(Event("step", "step 1/1 load SUCCEEDED: 7 rows, 0.1 s"))
        return RESULT

    runners.kind.outcome = staticmethod(speak)
    lines = []
    monkeypatch.setattr(
        OracleScriptOperator, "log", SimpleNamespace(info=lines.append, warning=print)
    )
    operator(dag).execute(context(dag))
    assert lines == ["step 1/1 load SUCCEEDED: 7 rows, 0.1 s"]


def test_a_summary_is_left_in_the_task_state_store(dag, runners):
    """Where Airflow has a task state store, the summary is there."""
    kept = {}
    store = SimpleNamespace(set=kept.__setitem__)
    result = operator(dag).execute(context(dag, task_state_store=store))
    assert kept == {"oracle_dag": result}


def test_a_failure_is_told_in_the_task_state_store(dag, runners):
    """The step that failed, and why, can be seen without reading the log."""

    def fail(runner):
        raise StepFailed("step load: ORA-00942", run_key="key", step="load", line=3)

    runners.kind.outcome = staticmethod(fail)
    kept = {}
    store = SimpleNamespace(set=kept.__setitem__)
    with pytest.raises(StepFailed):
        operator(dag).execute(context(dag, task_state_store=store))
    assert kept["oracle_dag"]["step"] == "load"
    assert kept["oracle_dag"]["state"] == "FAILED"


def test_a_store_that_fails_does_not_fail_the_task(dag, runners):
    """The summary is a courtesy."""

    def refuse(key, value):
        raise RuntimeError("no store today")

    store = SimpleNamespace(set=refuse)
    assert operator(dag).execute(context(dag, task_state_store=store))["rows"] == 7


def test_errors_name_the_file(dag, runners):
    """A script from a file keeps its file's name after Airflow has put its content in place."""
    from_file = operator(dag, script="sql/load.sql")
    from_file.script = "update t set a = 1;\n"
    from_file.execute(context(dag))
    assert runners.all[0].script.name == "sql/load.sql"


def test_errors_name_the_task_of_an_inline_script(dag, runners):
    """An inline script is called by its task."""
    operator(dag).execute(context(dag))
    assert runners.all[0].script.name == "<load>"


def decorated(dag, function, **arguments):
    """Make a task from a function."""
    with dag:
        return task.oracle_script(task_id="load", **arguments)(function)().operator


def test_a_function_writes_the_script(dag, runners):
    """What the function returns is run, with the operator's arguments."""
    made = decorated(dag, lambda: "update t set a = 2;\n", run_key="k")
    assert isinstance(made, OracleScriptDecoratedOperator)
    made.execute(context(dag))
    assert "a = 2" in runners.all[0].script.source.decode()
    assert runners.all[0].identity.key == "k"


def test_what_a_function_writes_is_rendered_and_values_only_once(dag, runners):
    """The script is a template; a value that looks like one stays the text that it is."""
    made = decorated(
        dag,
        lambda: "update t set a = '{{ run_id }}', b = :b, c = '&c';\n",
        parameters={"b": "{{ params.said }}"},
        defines={"c": "{{ params.said }}"},
    )
    given = context(dag, params={"said": "{{ 6 * 7 }}"})
    made.render_template_fields(given)
    made.execute(given)
    script = runners.all[0].script
    assert script.pieces[0].text == "update t set a = 'run', b = :b, c = '{{ 6 * 7 }}'"
    assert runners.all[0].values.lookup("b") == "{{ 6 * 7 }}"


@pytest.mark.parametrize("answer", [None, "", 3])
def test_a_function_that_returns_no_script_is_told_so(dag, runners, answer):
    """Anything but a text is refused with the task's name."""
    with pytest.raises(TypeError, match="load"):
        decorated(dag, lambda: answer).execute(context(dag))


def acknowledged(monkeypatch, task_operator, state):
    """Call the success listener as Airflow does; return what was acknowledged."""
    calls = []
    monkeypatch.setattr(
        oracle_script.verbs, "acknowledge", lambda *arguments: calls.append(arguments[1:])
    )
    instance = SimpleNamespace(
        task=task_operator,
        dag_id="dag",
        task_id="load",
        run_id="run",
        map_index=-1,
        end_date=END,
        get_task_states=lambda **wanted: {"run": {"load": state}},
    )
    listener.on_task_instance_success(previous_state=None, task_instance=instance)
    return calls


def test_a_success_that_airflow_confirms_is_acknowledged(dag, runners, monkeypatch):
    """The listener acknowledges the generation that this process ran."""
    task_operator = operator(dag)
    task_operator.execute(context(dag))
    ((identity, generation, at, schema),) = acknowledged(monkeypatch, task_operator, "success")
    assert (identity.key, generation, at, schema) == ("dag/load//run", 1, END, None)


@pytest.mark.parametrize("state", ["running", "up_for_retry", "failed", None])
def test_a_success_that_airflow_does_not_know_is_not_acknowledged(dag, runners, monkeypatch, state):
    """A process whose success nobody took note of must not acknowledge it."""
    task_operator = operator(dag)
    task_operator.execute(context(dag))
    assert acknowledged(monkeypatch, task_operator, state) == []


def test_other_tasks_are_left_alone(dag, monkeypatch):
    """The listener hears of every task and touches only its own."""
    assert acknowledged(monkeypatch, SimpleNamespace(acknowledge=1), "success") == []


def test_an_acknowledgement_that_fails_is_only_logged(dag, runners, monkeypatch, caplog):
    """The task stays a success when the database does not answer any more."""
    task_operator = operator(dag)
    task_operator.execute(context(dag))
    monkeypatch.setattr(task_operator, "_done", SimpleNamespace())
    assert acknowledged(monkeypatch, task_operator, "success") == []
    assert "could not be acknowledged" in caplog.text


def conf_context(dag, conf, **numbers):
    """Make a context of a DAG run with a conf, and of a task with its numbers."""
    given = context(dag, dag_run=SimpleNamespace(conf=conf, triggering_user_name="alice"))
    for name, value in {"max_tries": 1, "try_number": 1, **numbers}.items():
        setattr(given["ti"], name, value)
    return given


def test_a_conf_reaches_the_run_with_a_token_of_its_clear(dag, runners):
    """A retry has the same token, a cleared task another one; the audit gets who wished it."""
    load = operator(dag)
    conf = {"oracle_dag": {"load": {"from": "x"}}}
    for numbers in ({}, {"try_number": 2}, {"try_number": 2, "max_tries": 2}):
        load.execute(conf_context(dag, conf, **numbers))
    first, retried, cleared = (runner.options for runner in runners.all)
    assert first.restart == Restart("x", "dag_run.conf of DAG run run")
    assert first.who == "DAG run run of dag.load (alice)"
    assert first.token == retried.token != cleared.token
    assert (retried.max_tries, retried.try_number) == (1, 2)


def test_a_conf_that_is_not_understood_is_not_retried(dag, runners):
    """It stays what it is, however often the task is tried."""
    load = operator(dag)
    with pytest.raises(AirflowFailException, match="did you mean 'restart'"):
        load.execute(conf_context(dag, {"oracle_dag": {"restat": True}}))
    assert runners.all == []


def test_another_run_s_success_is_skipped_where_that_is_wished(dag, runners, monkeypatch):
    """The task shows as skipped; its XCom says who finished it, and nothing is acknowledged."""
    outcome = replace(RESULT, finished_before=True, finished_by="finished by DAG run other")
    runners.kind.outcome = staticmethod(lambda runner: outcome)
    pushed = []
    given = conf_context(dag, None)
    given["ti"].xcom_push = lambda key, value: pushed.append((key, value["finished_by"]))
    skipping = operator(dag, run_key="k", on_done="skip")
    with pytest.raises(AirflowSkipException, match="by DAG run other"):
        skipping.execute(given)
    assert pushed == [("return_value", "finished by DAG run other")]
    assert acknowledged(monkeypatch, skipping, "success") == []


def test_another_run_s_success_is_reported_and_not_acknowledged(dag, runners, monkeypatch):
    """Whoever finished it acknowledges it: its own retry must still report success once."""
    outcome = replace(RESULT, finished_before=True, finished_by="finished by DAG run other")
    runners.kind.outcome = staticmethod(lambda runner: outcome)
    load = operator(dag, run_key="k")
    assert load.execute(conf_context(dag, None))["finished_by"] == "finished by DAG run other"
    assert acknowledged(monkeypatch, load, "success") == []


@pytest.mark.parametrize("argument", ["on_done", "on_drift"])
def test_policies_are_words(dag, argument):
    """A wrong one is refused while the DAG is parsed."""
    with pytest.raises(ValueError, match=f"task load: {argument} is one of"):
        operator(dag, **{argument: "ignore"})


def test_a_run_key_that_was_rendered_to_nothing_is_refused(dag, runners):
    """All runs would share it."""
    with pytest.raises(ValueError, match="rendered to 'None'"):
        operator(dag, run_key="None").execute(context(dag))


def test_one_job_with_several_instances_has_a_key_for_each(dag, runners):
    """Where the job is not what the task is mapped over, its name alone is one key for all."""
    OracleScriptOperator.partial(
        task_id="mapped", dag=dag, script="update t set a = 1;\n", job_name="J"
    ).expand(parameters=[{}, {}])
    named = operator(dag, script="update t set a = 1;\n")
    named.job_name = "J"
    keys = []
    for task_id in ("mapped", "load"):
        given = context(dag)
        given["ti"].map_index = 1
        named.task_id = task_id
        keys.append(run_identity(named, given).map_key)
    assert keys == ["J[1]", "J"]


@pytest.mark.parametrize("script", ["nightly", "nightly/02.SQL", ["nightly/02.SQL"]])
def test_a_files_suffix_may_have_any_case(tmp_path, runners, script):
    """It is read and rendered as any other, whatever its text ends with."""
    (tmp_path / "nightly").mkdir()
    (tmp_path / "nightly" / "02.SQL").write_text("update t set a = {{ 1 + 1 }};\nrem @last.sql")
    dag = DAG("dag", schedule=None, start_date=START, template_searchpath=[str(tmp_path)])
    made = operator(dag, script=script)
    given = context(dag)
    made.render_template_fields(given, made.get_template_env(dag=dag))
    made.execute(given)
    pieces = [piece for one in runners.all for piece in one.script.pieces]
    assert [piece.text for piece in pieces if piece.verb == "UPDATE"] == ["update t set a = 2"]
    assert (pieces[0].file or runners.all[0].script.name) == "nightly/02.SQL"
