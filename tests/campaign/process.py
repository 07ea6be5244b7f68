"""One attempt in a process of its own, to be killed at any moment."""

from __future__ import annotations

import sys

import oracledb

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.runner import ScriptRunner

SAID_WHY = 3  # the exit code after an error of the package


def work(
    dsn: str, user: str, password: str, key: str, script: str, step_timeout: float | None
) -> None:
    """Run or resume a script under a key; the process's exit code says how it went."""
    runner = ScriptRunner(
        OracleConnector(lambda: oracledb.connect(user=user, password=password, dsn=dsn)),
        parse_script(script, name="case.sql"),
        RunIdentity(run_key=key),
        ScriptValues({}),
        RunOptions(orphan_timeout=10.0, step_timeout=step_timeout),
    )
    try:
        runner.run()
    except OracleDagError:
        sys.exit(SAID_WHY)
    sys.exit(0)
