"""Acknowledge a run when Airflow counts its task as a success.

A worker may die, or lose its supervisor, between the end of a script and the moment in which
Airflow takes note of it. Such a run is finished but not acknowledged, and the next attempt reports
its success without running anything. Once acknowledged, an attempt that begins later can only mean
that somebody cleared the task: it runs anew.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.providers.common.compat.sdk import hookimpl

log = logging.getLogger(__name__)


@hookimpl
def on_task_instance_success(previous_state: Any, task_instance: Any) -> None:  # noqa: ARG001 - named by Airflow
    """Acknowledge the run of an `OracleScriptOperator`; leave every other task alone.

    :param task_instance: it carries its operator, the object that ran `execute`, as ``task``.
    """
    acknowledge = getattr(getattr(task_instance, "task", None), "acknowledge", None)
    owner = type(getattr(task_instance, "task", None))
    if acknowledge is None or not any(
        parent.__module__.startswith("airflow_oracle_dag.") for parent in owner.__mro__
    ):
        return
    try:
        acknowledge(task_instance)
    except Exception as error:  # noqa: BLE001 - the task is a success, whatever happens here
        log.warning(
            "the run could not be acknowledged, so that a cleared task will report success once "
            "before it runs anew: %s",
            error,
        )
