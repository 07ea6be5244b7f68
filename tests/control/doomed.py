"""A program that begins a job and is killed: ``python -m tests.control.doomed WHERE RUN``.

It says "begun" once the store has answered, and is then at its work until somebody kills it.
"""

from __future__ import annotations

import json
import signal
import sys
from datetime import datetime
from typing import Any

import boto3
import oracledb

from airflow_oracle_dag.control.dynamo import DynamoControlTable
from airflow_oracle_dag.control.oracle import OracleControlTable
from airflow_oracle_dag.control.table import ControlTable
from airflow_oracle_dag.core.jobs import JobRun
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.connector import OracleConnector


def opened(where: dict[str, Any]) -> ControlTable:
    """Open the store that a test named."""
    if "endpoint_url" in where:
        return DynamoControlTable(boto3.resource("dynamodb", **where))
    return OracleControlTable(OracleConnector(lambda: oracledb.connect(**where)))


def main() -> None:
    """Begin the run and wait for the end."""
    where, run = (json.loads(argument) for argument in sys.argv[1:])
    due_at, state = datetime.fromisoformat(run.pop("due_at")), State(run.pop("state"))
    opened(where).begin(JobRun(due_at=due_at, state=state, **run))
    print("begun", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
