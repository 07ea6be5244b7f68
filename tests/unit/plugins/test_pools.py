"""The scheduler makes the pools of job categories, and nothing it does there can hurt it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.models.dagrun import DagRun
from airflow.models.pool import Pool
from airflow.providers.common.compat.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.sqlalchemy import prohibit_commit
from sqlalchemy import create_engine, select
from sqlalchemy.orm import sessionmaker

from airflow_oracle_dag.groups.job_category import job_category_group
from airflow_oracle_dag.plugins import pools


@pytest.fixture
def session():
    """Open a session as the scheduler's is: no autoflush, and a table of pools."""
    engine = create_engine("sqlite://")
    Pool.__table__.create(engine)
    opened = sessionmaker(engine, autoflush=False)()
    yield opened
    opened.close()
    engine.dispose()


def dag_run(session, **arguments):
    """Return a run of a DAG with a category, as the scheduler has it."""
    with DAG("etl", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)) as dag:
        EmptyOperator(task_id="first") >> job_category_group("RAW", **arguments)
    run = DagRun(dag_id="etl", run_id="run")
    run.dag = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    session.add(run)
    return run


def there(session):
    """Return the pools."""
    columns = (Pool.pool, Pool.slots, Pool.include_deferred)
    return [tuple(row) for row in session.execute(select(*columns).order_by(Pool.pool))]


def test_a_missing_pool_is_made_when_a_run_begins(session):
    """It counts deferred tasks; the scheduler's transaction is its own to commit."""
    with prohibit_commit(session):
        pools.on_dag_run_running(dag_run(session, max_concurrency=7), "started")
        assert there(session) == [("etl.raw", 7, True)]


def test_a_second_run_of_the_same_transaction_finds_it(session):
    """The scheduler begins several runs before it commits."""
    run = dag_run(session)
    with prohibit_commit(session):
        pools.on_dag_run_running(run, "started")
        pools.on_dag_run_running(run, "started")
    assert there(session) == [("etl.raw", 16, True)]


def test_a_pool_that_is_there_is_left_alone(session, caplog):
    """Its size is somebody's wish; the difference is said once."""
    session.add(Pool(pool="etl.raw", slots=2, description="mine", include_deferred=False))
    session.flush()
    pools._told.clear()
    run = dag_run(session, max_concurrency=5)
    with caplog.at_level(logging.WARNING, pools.__name__):
        pools.on_dag_run_running(run, "started")
        pools.on_dag_run_running(run, "started")
    assert there(session) == [("etl.raw", 2, False)]
    assert len(caplog.records) == 1
    assert "pool etl.raw has 2 slots and does not count deferred tasks" in caplog.text
    assert "airflow pools set etl.raw 5 '' --include-deferred" in caplog.text


def test_another_scheduler_may_be_first(session, caplog):
    """The pool comes between the look and the insert: the savepoint keeps the transaction."""
    session.add(Pool(pool="etl.raw", slots=16, description="", include_deferred=True))
    session.flush()
    run = dag_run(session)
    with caplog.at_level(logging.INFO, pools.__name__):
        pools._insert(session, "etl.raw", 16, "jobs")
    assert "by another scheduler" in caplog.text
    assert there(session) == [("etl.raw", 16, True)]
    assert run in session.new


@pytest.mark.parametrize("dag", [None, SimpleNamespace(tasks=[SimpleNamespace(task_type="Other")])])
def test_a_dag_without_categories_is_not_looked_at(dag, caplog):
    """Not even a session is asked for, which this run does not have."""
    pools.on_dag_run_running(SimpleNamespace(dag=dag), "started")
    assert caplog.records == []


def test_an_error_is_logged_and_stops_nothing(session, caplog):
    """Scheduling goes on whatever happens here."""
    run = dag_run(session)
    Pool.__table__.drop(session.get_bind())
    pools.on_dag_run_running(run, "started")
    assert "the pools of etl could not be made" in caplog.text
