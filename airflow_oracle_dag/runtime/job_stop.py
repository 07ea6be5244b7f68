"""Stop the job that a client waits for, because the client is to stop or a step takes too long."""

from __future__ import annotations

from typing import Tuple

from airflow_oracle_dag.runtime.connector import Connector
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions
from airflow_oracle_dag.runtime.stopping import BY_ITSELF, stop_attempt
from airflow_oracle_dag.runtime.worker_stop import SECONDS


def stop_job(
    connector: Connector,
    options: RunOptions,
    identity: RunIdentity,
    attempt: int,
    wish: Tuple[str, str],
    observe: Observer,
) -> None:
    """Stop what an attempt does in the database, and tell in which way.

    :param wish: who asks, and why.
    """
    who, why = wish
    stopped = stop_attempt(
        connector, options.schema, identity.digest, attempt, who, why, seconds=SECONDS
    )
    if stopped.way != BY_ITSELF:
        observe(Event("notice", stopped.text))
