"""DAGs whose task asks a person what became of a step that commits by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator

# Whoever loses the second step while its gate is closed cannot know how far it came.
SCRIPT = """
-- @step first
INSERT INTO doubt_ledger (run_id, step) VALUES (:run_id, 'first');
COMMIT;
-- @step commits
DECLARE
  open_gates NUMBER := 0;
BEGIN
  INSERT INTO doubt_ledger (run_id, step) VALUES (:run_id, 'committed inside');
  COMMIT;
  WHILE open_gates = 0 LOOP
    SELECT COUNT(*) INTO open_gates FROM doubt_gate WHERE run_id = :run_id;
    DBMS_SESSION.SLEEP(0.2);
  END LOOP;
END;
/
-- @step last
INSERT INTO doubt_ledger (run_id, step) VALUES (:run_id, 'last');
COMMIT;
"""

TRIES = {"retries": 6, "retry_delay": timedelta(seconds=1)}
START = datetime(2026, 1, 1, tzinfo=UTC)

with DAG("doubts", schedule=None, start_date=START):
    OracleScriptOperator(task_id="work", script=SCRIPT, on_doubt="ask", **TRIES)

with DAG("doubts_timed", schedule=None, start_date=START):
    OracleScriptOperator(task_id="work", script=SCRIPT, on_doubt="ask", ask_timeout=1, **TRIES)
