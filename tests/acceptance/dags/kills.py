"""DAGs whose workers, supervisors and schedulers the acceptance tests kill."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator

# The second step works until a person opens the gate; both halves of its work are one transaction.
GATED = """
-- @step first
INSERT INTO kill_ledger (run_id, step) VALUES (:run_id, 'first');
COMMIT;
-- @step gated
INSERT INTO kill_ledger (run_id, step) VALUES (:run_id, 'before the gate');
DECLARE
  open_gates NUMBER := 0;
BEGIN
  WHILE open_gates = 0 LOOP
    SELECT COUNT(*) INTO open_gates FROM kill_gate WHERE run_id = :run_id;
    DBMS_SESSION.SLEEP(0.2);
  END LOOP;
END;
/
INSERT INTO kill_ledger (run_id, step) VALUES (:run_id, 'behind the gate');
COMMIT;
-- @step last
INSERT INTO kill_ledger (run_id, step) VALUES (:run_id, 'last');
COMMIT;
"""
# The second step commits by itself, so that nobody can know how far it came.
DOUBTFUL = """
-- @step first
INSERT INTO kill_ledger (run_id, step) VALUES (:run_id, 'first');
COMMIT;
-- @step commits
DECLARE
  open_gates NUMBER := 0;
BEGIN
  INSERT INTO kill_ledger (run_id, step) VALUES (:run_id, 'committed inside');
  COMMIT;
  WHILE open_gates = 0 LOOP
    SELECT COUNT(*) INTO open_gates FROM kill_gate WHERE run_id = :run_id;
    DBMS_SESSION.SLEEP(0.2);
  END LOOP;
END;
/
-- @step last
INSERT INTO kill_ledger (run_id, step) VALUES (:run_id, 'last');
COMMIT;
"""
# The second step fails until a person opens the gate.
FAILING = """
-- @step first
INSERT INTO kill_ledger (run_id, step) VALUES (:run_id, 'first');
COMMIT;
-- @step checked
INSERT INTO kill_ledger (run_id, step) VALUES (:run_id, 'checked');
-- @check gate_is_open
SELECT COUNT(*) FROM kill_gate WHERE run_id = :run_id;
COMMIT;
"""
START = datetime(2026, 1, 1, tzinfo=UTC)
AGAIN = {"retry_delay": timedelta(seconds=1)}


def die_unrecorded(context, _result):
    """Kill the first try when its script is over, before Airflow hears of it."""
    if context["ti"].try_number == 1:
        os.kill(os.getpid(), signal.SIGKILL)


with DAG("kills_gated", schedule=None, start_date=START):
    OracleScriptOperator(task_id="work", script=GATED, retries=2, **AGAIN)

with DAG("kills_doubtful", schedule=None, start_date=START):
    OracleScriptOperator(task_id="work", script=DOUBTFUL, retries=2, **AGAIN)

with DAG("kills_failing", schedule=None, start_date=START):
    OracleScriptOperator(task_id="work", script=FAILING, retries=1, **AGAIN)

with DAG("kills_unrecorded", schedule=None, start_date=START):
    OracleScriptOperator(
        task_id="work",
        script="INSERT INTO kill_ledger (run_id, step) VALUES (:run_id, 'first');\n",
        retries=0,
        post_execute=die_unrecorded,
    )

with DAG(
    "kills_days",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=START,
    catchup=False,
    max_active_runs=4,
):
    OracleScriptOperator(task_id="work", script=FAILING, retries=0)
