"""What the tasks of a job category are, as a DAG file makes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from airflow.providers.common.compat.sdk import DAG, TriggerRule
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.serialization.serialized_objects import DagSerialization

from airflow_oracle_dag.groups.job_category import job_category_group
from airflow_oracle_dag.retry import OracleRetryPolicy


@pytest.fixture
def dag():
    """Open a DAG for the length of a test."""
    with DAG("etl", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)) as opened:
        yield opened


def tasks(dag):
    """Return what is directly before each task."""
    return {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks}


def test_waves_come_one_after_the_other_and_batches_beside_each_other(dag):
    """Every batch of a wave waits for all batches of the wave before, and for the decision."""
    job_category_group("RAW", max_waves=2, max_batches=2)
    assert tasks(dag) == {
        "raw.decide": [],
        "raw.wave_1_batch_1": ["raw.decide"],
        "raw.wave_1_batch_2": ["raw.decide"],
        "raw.jobs_1_1": ["raw.wave_1_batch_1"],
        "raw.jobs_1_2": ["raw.wave_1_batch_2"],
        "raw.wave_2_batch_1": ["raw.decide", "raw.jobs_1_1", "raw.jobs_1_2"],
        "raw.wave_2_batch_2": ["raw.decide", "raw.jobs_1_1", "raw.jobs_1_2"],
        "raw.jobs_2_1": ["raw.wave_2_batch_1"],
        "raw.jobs_2_2": ["raw.wave_2_batch_2"],
        "raw.outcome": [
            "raw.decide",
            "raw.jobs_1_1",
            "raw.jobs_1_2",
            "raw.jobs_2_1",
            "raw.jobs_2_2",
        ],
    }
    rules = {task.task_id: TriggerRule(task.trigger_rule).value for task in dag.tasks}
    assert {name for name, rule in rules.items() if rule == "all_done"} == {
        "raw.wave_2_batch_1",
        "raw.wave_2_batch_2",
        "raw.outcome",
    }


def test_a_group_ends_with_its_outcome(dag):
    """What comes after the group hangs on the outcome alone, what comes before on the decision."""
    before, after = EmptyOperator(task_id="before"), EmptyOperator(task_id="after")
    before >> job_category_group("RAW", max_waves=3) >> after
    assert after.upstream_task_ids == {"raw.outcome"}
    assert before.downstream_task_ids == {"raw.decide"}


def test_a_category_may_follow_one_that_failed(dag):
    """As the page shows it: the next one decides anyway, and a last task fails the DAG run."""
    raw = job_category_group("RAW", max_waves=1, max_batches=1)
    staged = job_category_group("STG", max_waves=1, max_batches=1)
    raw >> staged
    staged.get_child_by_label("decide").trigger_rule = "all_done"
    [raw, staged] >> EmptyOperator(task_id="all_is_well")

    written = DagSerialization.to_dict(dag)["dag"]["tasks"]
    found = {task["__var"]["task_id"]: task["__var"] for task in written}
    assert found["stg.decide"]["trigger_rule"] == "all_done"
    assert found["all_is_well"].get("trigger_rule", "all_success") == "all_success"
    assert found["raw.outcome"]["downstream_task_ids"] == ["all_is_well", "stg.decide"]
    assert found["stg.outcome"]["downstream_task_ids"] == ["all_is_well"]
    assert [task.task_id for task in dag.leaves] == ["all_is_well"]


def test_jobs_share_one_pool(dag):
    """All waves and batches are in the pool of the group; the small tasks are not."""
    job_category_group("RAW", max_waves=2)
    job_category_group("STG", pool="warehouse", max_waves=1)
    pools = {task.task_id: task.pool for task in dag.tasks}
    jobs = {name: pool for name, pool in pools.items() if ".jobs_" in name}
    assert {pool for name, pool in jobs.items() if name.startswith("raw")} == {"etl.raw"}
    assert {pool for name, pool in jobs.items() if name.startswith("stg")} == {"warehouse"}
    assert {pools[name] for name in pools.keys() - jobs.keys()} == {"default_pool"}


def test_a_pools_name_fits_airflows_column(dag):
    """Long ids are cut, and stay different."""
    dag.dag_id = "d" * 150
    for last in "ab":
        job_category_group("a" * 149 + last)
    pools = {task.pool for task in dag.tasks if ".jobs_" in task.task_id}
    assert len(pools) == 2
    assert max(map(len, pools)) <= 250


def test_arguments_go_to_the_jobs_and_those_about_retries_to_all(dag):
    """A store that cannot be reached is retried as the jobs are."""
    policy = OracleRetryPolicy()
    job_category_group(
        "RAW",
        max_waves=1,
        max_batches=1,
        environment="production",
        control_conn_id="control",
        due="start",
        timezone="Europe/Berlin",
        retries=3,
        retry_delay=timedelta(seconds=7),
        retry_policy=policy,
        execution_timeout=timedelta(hours=1),
        skip_between_steps=True,
    )
    jobs = dag.get_task("raw.jobs_1_1").partial_kwargs
    assert jobs["skip_between_steps"] is True
    assert jobs["execution_timeout"] == timedelta(hours=1)
    assert jobs["check_upstream"] is True
    assert jobs["environment"] == "production"
    decide = dag.get_task("raw.decide")
    assert (decide.due, decide.timezone) == ("start", "Europe/Berlin")
    for name in ("decide", "wave_1_batch_1", "outcome"):
        task = dag.get_task(f"raw.{name}")
        assert (task.retries, task.retry_delay) == (3, timedelta(seconds=7))
        assert task.retry_policy is policy
        assert task.execution_timeout is None
    for name in ("decide", "outcome"):
        assert dag.get_task(f"raw.{name}").control_conn_id == "control"


def test_the_groups_id_is_the_category_in_small_letters(dag):
    """What an id cannot have becomes an underscore; two groups of one category need ids."""
    assert job_category_group("Raw data/EU").group_id == "raw_data_eu"
    assert job_category_group("RAW", group_id="other").group_id == "other"
    with pytest.raises(ValueError, match="give group_id"):
        job_category_group("日本")


@pytest.mark.parametrize("name", ["max_concurrency", "max_waves", "max_batches"])
@pytest.mark.parametrize("value", [0, -1, "3"])
def test_limits_below_one_are_refused(dag, name, value):
    """Where the mistake is: in the DAG file."""
    with pytest.raises(ValueError, match=f"{name}={value!r} is too small"):
        job_category_group("RAW", **{name: value})
    assert not dag.tasks


@pytest.mark.parametrize("name", ["script", "job_name", "run_key", "trigger_rule", "task_id"])
def test_what_the_group_decides_cannot_be_given(dag, name):
    """The error says what to do instead."""
    with pytest.raises(ValueError, match=f"has no argument {name}: "):
        job_category_group("RAW", **{name: "x"})


def test_an_unknown_argument_is_refused_where_the_dag_is_written(dag):
    """A typing mistake is an error of the DAG file, not of a task at night."""
    with pytest.raises(TypeError, match="orphann"):
        job_category_group("RAW", orphann="wait")
