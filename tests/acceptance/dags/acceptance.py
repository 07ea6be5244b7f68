"""DAGs that the acceptance tests interrupt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.retry import OracleRetryPolicy

# Four steps; the third takes its time, so that it can be interrupted in the midst of its work.
SLOW = """
-- @step first
INSERT INTO acceptance_work (run_id, step) VALUES (:run_id, 'first');
COMMIT;
-- @step second
INSERT INTO acceptance_work (run_id, step) VALUES (:run_id, 'second');
COMMIT;
-- @step slow
INSERT INTO acceptance_work (run_id, step) VALUES (:run_id, 'slow');
BEGIN
  DBMS_OUTPUT.PUT_LINE('slow begins');
  DBMS_SESSION.SLEEP({seconds});
END;
/
COMMIT;
-- @step last
INSERT INTO acceptance_work (run_id, step) VALUES (:run_id, 'last');
COMMIT;
"""

ARGUMENTS = {
    "retries": 2,
    "retry_delay": timedelta(seconds=1),
    "retry_policy": OracleRetryPolicy(),
}

with DAG("killed", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
    OracleScriptOperator(task_id="slow", script=SLOW.format(seconds=12), **ARGUMENTS)

with DAG("stopped", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
    OracleScriptOperator(task_id="slow", script=SLOW.format(seconds=300), **ARGUMENTS)

with DAG("timed_out", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
    OracleScriptOperator(
        task_id="slow",
        script=SLOW.format(seconds=300),
        execution_timeout=timedelta(seconds=6),
        retries=0,
    )

with DAG("no_interval", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
    OracleScriptOperator(
        task_id="dated",
        script="DELETE FROM acceptance_work WHERE written_at < :data_interval_start;\n",
        **ARGUMENTS,
    )

with DAG("decorated", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):

    @task.oracle_script(parameters={"step": "{{ params.step }}"}, params={"step": "written"})
    def written(purpose: str) -> str:
        """Write the script."""
        return (
            f"-- {purpose}\nINSERT INTO acceptance_work (run_id, step) VALUES (:run_id, :step);\n"
        )

    written("the script of {{ run_id }}")

TWO = """
-- @step first
INSERT INTO acceptance_work (run_id, step) VALUES (:run_id, 'first');
-- @step second
INSERT INTO acceptance_work (run_id, step) VALUES (:run_id, 'second');
"""

with DAG("shared", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
    OracleScriptOperator(task_id="two", script=TWO, run_key="acceptance/shared", **ARGUMENTS)
