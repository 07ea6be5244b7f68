"""Stop the job that a client waits for, because the client is to stop or a step takes too long."""

from __future__ import annotations

from typing import Mapping, Optional, Tuple

from airflow_oracle_dag.core.handed import HandoverRow
from airflow_oracle_dag.runtime.carriers import Carrier
from airflow_oracle_dag.runtime.connector import Connector
from airflow_oracle_dag.runtime.errors import CarrierBusy, CarrierRefused
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions
from airflow_oracle_dag.runtime.stopping import BY_ITSELF, stop_attempt
from airflow_oracle_dag.runtime.worker_stop import SECONDS


def stop_carried(
    carriers: Mapping[str, Carrier], row: Optional[HandoverRow], attempt: int, observe: Observer
) -> None:
    """Stop what carries an attempt outside of the database; what stands in the way is told.

    :param row: of the job that was looked at last.
    """
    carrier = None if row is None else carriers.get(row.place)
    if row is None or carrier is None or row.attempt != attempt:
        return
    try:
        obstacle = carrier.stop(row)
    except (CarrierBusy, CarrierRefused) as error:
        obstacle = str(error).split("\n", 1)[0]
    if obstacle is None:
        observe(Event("notice", f"{row.called} was asked to stop"))
    else:
        observe(Event("notice", f"{row.called} could not be stopped: {obstacle}"))


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
