"""The same operators with the control table in DynamoDB: only the connection differs."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import AirflowSkipException
from moto.server import ThreadedMotoServer

from airflow_oracle_dag.control.dynamo_tables import create_tables
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.hooks.control_table import ControlTableHook
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.operators.run_condition import RunConditionOperator
from airflow_oracle_dag.runtime.errors import StepFailed
from airflow_oracle_dag.sensors.control_table import ControlTableSensor, SkipFlagSensor


@pytest.fixture(scope="module")
def dynamodb():
    """Start moto's server; return its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def world(world, dynamodb, monkeypatch):
    """Keep the world's jobs in DynamoDB instead."""
    connection = {
        "conn_type": "aws",
        "login": "t",
        "password": "t",
        "extra": {"region_name": "eu-central-1", "endpoint_url": dynamodb},
    }
    monkeypatch.setenv("AIRFLOW_CONN_CONTROL", json.dumps(connection))
    monkeypatch.setenv("AIRFLOW__ORACLE_DAG__CONTROL_CONN_ID", "control")
    from airflow.providers.amazon.aws.hooks.dynamodb import DynamoDBHook

    resource = DynamoDBHook(aws_conn_id="control").conn
    if not list(resource.tables.all()):
        create_tables(resource)
    world.table = ControlTableHook().get_table()
    return world


def task(world, **arguments):
    """Make the task of the world's job."""
    world.forget_tasks()
    given = {"script": world.script("first", "second"), "job_name": world.job_name, **arguments}
    return OracleScriptOperator(task_id="load", dag=world.dag, **given)


def test_a_job_fails_is_tried_again_and_succeeds(world):
    """FAILED, then SUCCEEDED as the second attempt; StatusFlag follows."""
    world.put()
    bad = world.script("first") + "-- @step second\nselect 1 from no_such;\n"
    with pytest.raises(StepFailed):
        task(world, script=bad).execute(world.context())
    assert (world.run().state, world.row().status_flag) == (State.FAILED, "failure")

    result = task(world).execute(world.context())
    assert result["resumed_at"] == "second"
    assert (world.run().state, world.run().attempt) == (State.SUCCEEDED, 2)
    assert world.row().status_flag == "success"


def test_a_flag_stops_the_job_and_its_sensor_until_it_is_cleared(world):
    """SKIPPED with the reason; the sensors see flag and success."""
    world.put(skip_flag="YES")
    with pytest.raises(AirflowSkipException, match="SkipFlag is YES"):
        task(world).execute(world.context())
    assert world.run().state is State.SKIPPED
    flag = SkipFlagSensor(task_id="flag", job_name=world.job_name)
    assert not flag.poke(world.context())

    world.change(SkipFlag="NO")
    assert flag.poke(world.context())
    task(world, skip_between_steps=True).execute(world.context(clears=1))
    job = ControlTableSensor(task_id="job", job_name=world.job_name)
    assert job.poke(world.context())


def test_a_row_decides_about_what_is_downstream(world):
    """The short circuit reads the same table."""
    world.put(run_condition="FRIDAY")
    decides = RunConditionOperator(task_id="decides", job_name=world.job_name, dag=world.dag)
    assert decides.execute(world.context(task=decides))["ShouldRunToday"]
