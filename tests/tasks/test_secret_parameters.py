"""A task's secrets: asked for at each try, bound, and in no row, result or log."""

from __future__ import annotations

import json
import logging

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.operators.secret_parameters import SecretUnavailable
from airflow_oracle_dag.runtime.errors import StepFailed
from tests.planted import PLANTED, in_tables

TOKEN = f"{PLANTED}of-a-job-4711"
SCRIPT = """
-- @step load
insert into t_effects values (:run_id, :job || ' ' || length(:token));
commit;
-- @step refuse
begin
  dbms_output.put_line('token ' || :token);
  if :token = 'a new password' then
    insert into t_effects values (:run_id, :job || ' renewed');
  else
    raise_application_error(-20001, 'refused: ' || :token);
  end if;
end;
/
-- @step look
select :token as token, :job as job from dual;
"""


def task(world, **arguments):
    """Make the task of the world's job, as the process of each try does."""
    world.forget_tasks()
    return OracleScriptOperator(
        task_id="load",
        dag=world.dag,
        job_name=world.job_name,
        script=SCRIPT,
        secret_parameters={"token": "env:JOB_TOKEN"},
        **arguments,
    )


def test_a_job_keeps_no_secret_and_its_retry_asks_again(world, monkeypatch, caplog):
    """Rows say what happened without it; a renewed password is no drift and is used."""
    caplog.set_level(logging.DEBUG)
    world.put(parameters=json.dumps({"job": world.job_name, "TOKEN": "of the row"}))
    monkeypatch.setenv("JOB_TOKEN", TOKEN)
    with pytest.raises(StepFailed, match=r"refused: \*\*\*"):
        task(world).execute(world.context())

    assert "refused: ***" in world.run().reason
    assert world.effects() == [str(len(TOKEN))]
    monkeypatch.setenv("JOB_TOKEN", "a new password")
    context = world.context()
    result = task(world).execute(context)

    assert result["resumed_at"] == "refuse"
    assert world.effects() == [str(len(TOKEN)), "renewed"]
    assert result["query"]["rows"] == [["***", "***"]]  # of a query that binds a secret
    assert world.run().state is State.SUCCEEDED
    said = json.dumps([result, context["ti"].pushed], default=str) + caplog.text
    for secret in (TOKEN, "a new password"):
        assert secret not in said
    with world.database.connect() as connection:
        assert in_tables(connection) == []


def test_a_job_whose_secret_is_missing_has_failed_and_says_so(world, monkeypatch):
    """Nothing of the script ran; its row says which source has nothing."""
    world.put(parameters=json.dumps({"job": world.job_name}))
    monkeypatch.delenv("JOB_TOKEN", raising=False)
    with pytest.raises(SecretUnavailable, match="has no environment variable JOB_TOKEN"):
        task(world).execute(world.context())

    assert world.effects() == []
    assert world.run().state is State.FAILED
    assert "JOB_TOKEN" in world.run().reason
