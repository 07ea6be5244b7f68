"""DAGs whose steps run in AWS Glue, as the stand-in of the tests runs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from airflow_oracle_dag.operators.glue_oracle_script import GlueOracleScriptOperator

SCRIPT = """
-- @step first run_on=worker
INSERT INTO glue_ledger (run_id, step) VALUES (:run_id, 'first');
COMMIT;
-- @step long
INSERT INTO glue_ledger (run_id, step) VALUES (:run_id, 'before');
BEGIN
  DBMS_SESSION.SLEEP(:seconds);
END;
/
INSERT INTO glue_ledger (run_id, step) VALUES (:run_id, 'behind');
COMMIT;
-- @step last run_on=worker
INSERT INTO glue_ledger (run_id, step) VALUES (:run_id, 'last');
COMMIT;
"""

for dag_id, seconds in (("glue_short", 10), ("glue_long", 90)):
    with DAG(dag_id, schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
        GlueOracleScriptOperator(
            task_id="work",
            script=SCRIPT,
            parameters={"seconds": seconds},
            glue_job_name="steps",
            glue_secret_id="prod/db",
            aws_conn_id="glue",
            poll_interval=2.0,
            retries=2,
            retry_delay=timedelta(seconds=1),
        )
