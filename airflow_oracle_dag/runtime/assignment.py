"""What an attempt is given to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Mapping, Optional

from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime.carriers import Carrier
from airflow_oracle_dag.runtime.connector import Connector
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.results import Observer, RunOptions


@dataclass(frozen=True)
class Assignment:
    """What an attempt is to run under which key, how, and who listens.

    :param between_steps: see `airflow_oracle_dag.runtime.runner.ScriptRunner`; so are `carriers`.
    """

    connector: Connector
    identity: RunIdentity
    values: ScriptValues
    options: RunOptions
    observe: Observer
    between_steps: Optional[Callable[[], Optional[str]]]
    interrupt: Interrupt
    carriers: Mapping[str, Carrier]
