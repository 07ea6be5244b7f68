"""DAGs whose long steps run in jobs of the database, while parts of Airflow are killed."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator

SECONDS = 180 if os.environ.get("ORACLE_DAG_LONG") else 20
LONG = """
-- @step first run_on=worker
INSERT INTO handed_ledger (run_id, step) VALUES (:run_id, 'first');
COMMIT;
-- @step long
INSERT INTO handed_ledger (run_id, step) VALUES (:run_id, 'before');
BEGIN
  DBMS_SESSION.SLEEP(:seconds);
END;
/
INSERT INTO handed_ledger (run_id, step) VALUES (:run_id, 'behind');
COMMIT;
-- @step last run_on=worker
INSERT INTO handed_ledger (run_id, step) VALUES (:run_id, 'last');
COMMIT;
"""
GATED = """
-- @step gated
INSERT INTO handed_ledger (run_id, step) VALUES (:run_id, :name);
UPDATE handed_gate SET passed = passed + 1;
COMMIT;
"""
START = datetime(2026, 1, 1, tzinfo=UTC)


class DyingOperator(OracleScriptOperator):
    """Kill the worker of the first try, supervisor and all, when it has handed over."""

    def execute(self, context):
        self.is_first = context["ti"].try_number == 1
        return super().execute(context)

    def defer(self, **kwargs):
        if self.is_first:
            os.kill(os.getppid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
        super().defer(**kwargs)


for dag_id, kind, seconds in (
    ("handed_short", OracleScriptOperator, 1),
    ("handed_long", OracleScriptOperator, SECONDS),
    ("handed_dying", DyingOperator, SECONDS),
):
    with DAG(dag_id, schedule=None, start_date=START):
        kind(
            task_id="work",
            script=LONG,
            parameters={"seconds": seconds},
            run_on="database",
            poll_interval=2.0,
            retries=2,
            retry_delay=timedelta(seconds=1),
        )

with DAG("handed_many", schedule=None, start_date=START):
    OracleScriptOperator.partial(
        task_id="work", script=GATED, run_on="database", poll_interval=2.0
    ).expand(parameters=[{"name": f"task {number}"} for number in range(20)])
