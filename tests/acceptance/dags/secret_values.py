"""A DAG whose tasks meet secrets in every place where one could slip out."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG

from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator

# Says every secret in each way in which a script can.
TELLS = """
-- @step load
INSERT INTO secret_work (run_id, letters) VALUES (:run_id, LENGTH(:token) + LENGTH(:api_key));
COMMIT;
-- @step talk
BEGIN
  DBMS_OUTPUT.PUT_LINE('token ' || :token || ' key ' || :api_key);
END;
/
-- @step look
SELECT :token AS token, '{"key": "' || :api_key || '"}' AS document FROM dual;
"""
# Fails in each way in which a script can, the second one when the gate is open.
FAILS = """
-- @step fail
-- @check is_open
SELECT CASE COUNT(*) WHEN 0 THEN :token ELSE '1' END AS gate FROM secret_gate;
COMMIT;
-- @step refuse
BEGIN
  RAISE_APPLICATION_ERROR(-20001, 'refused: ' || :token || ' ' || :api_key || ' ' || :of_worker);
END;
/
"""
# As long as an error gets: the database cuts it within the secret.
CUT = """
BEGIN
  RAISE_APPLICATION_ERROR(-20001, RPAD('x', 2030, 'x') || :token);
END;
/
"""
SOURCES = {"token": "variable:kept_token", "api_key": "connection:kept_service.extra.api_key"}

with DAG("secret_values", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
    OracleScriptOperator(task_id="tells", script=TELLS, secret_parameters=SOURCES)
    OracleScriptOperator(
        task_id="fails",
        script=FAILS,
        secret_parameters={**SOURCES, "of_worker": "env:KEPT_OF_WORKER"},
    )
    OracleScriptOperator(
        task_id="cut", script=CUT, secret_parameters={"token": "variable:kept_token"}
    )
    OracleScriptOperator(
        task_id="unavailable",
        script="SELECT :token FROM dual;",
        secret_parameters={"token": "connection:kept_service.extra.nothing"},
    )
    OracleScriptOperator(task_id="wallet", script="SELECT 1 FROM dual;", oracle_conn_id="wallet")
    OracleScriptOperator(task_id="wrong", script="SELECT 1 FROM dual;", oracle_conn_id="wrong")
    OracleScriptOperator(
        task_id="aws", script="SELECT 1 FROM dual;", job_name="ANY", control_conn_id="kept_aws"
    )
