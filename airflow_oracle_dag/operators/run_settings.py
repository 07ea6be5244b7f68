"""Which run a task's attempt belongs to, and what it may do with one that is there already."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, conf

from airflow_oracle_dag.core.finished import ON_DONE
from airflow_oracle_dag.core.handover import GLUE
from airflow_oracle_dag.core.orphans import ORPHAN
from airflow_oracle_dag.operators.doubt import ON_DOUBT, wrong_asking
from airflow_oracle_dag.operators.restart_conf import ConfError, restart_wish
from airflow_oracle_dag.operators.script_settings import READING, RERUN, SPOOL
from airflow_oracle_dag.operators.script_sources import wrong_script
from airflow_oracle_dag.runtime.connector import SEEN_ROWS
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import ON_DRIFT, PLACES, RunOptions

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator

#: What Jinja makes of a value that is not there.
_NOTHING = ("None", "none", "null")


def refuse_wrong_arguments(task: OracleScriptOperator) -> None:
    """Refuse what can be seen to be wrong while the DAG is parsed.

    :raises ValueError: naming the task and the argument.
    """
    if task.script is None and task.job_name is None:
        raise ValueError(f"task {task.task_id} has nothing to run: give script or job_name")
    if wrong := wrong_script(task.script):
        raise ValueError(f"task {task.task_id}: {wrong}")
    for name, allowed in (
        ("spool", SPOOL),
        ("reading", READING),
        ("rerun", RERUN),
        ("orphan", ORPHAN),
        ("on_done", ON_DONE),
        ("on_drift", ON_DRIFT),
        ("on_doubt", ON_DOUBT),
        ("run_on", PLACES),
    ):
        value = getattr(task, name)
        if value not in allowed:
            raise ValueError(f"task {task.task_id}: {name} is one of {allowed}, not {value!r}")
    if task.run_on == GLUE and task.glue_job_name is None:
        raise ValueError(
            f"task {task.task_id}: run_on='glue' needs glue_job_name, the job that `oracle-dag "
            "glue deploy` made, and glue_secret_id"
        )
    if mistake := wrong_asking(task.on_doubt, task.ask_timeout):
        raise ValueError(f"task {task.task_id}: {mistake}")
    if task.show_rows not in range(SEEN_ROWS + 1):
        raise ValueError(
            f"task {task.task_id}: show_rows is 0 to {SEEN_ROWS}, not {task.show_rows}"
        )
    for name in ("start_timeout", "poll_interval"):
        value = getattr(task, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
            raise ValueError(
                f"task {task.task_id}: {name} is a number of seconds above 0, not {value!r}"
            )


def run_identity(task: OracleScriptOperator, context: Context) -> RunIdentity:
    """Say which run it is.

    :raises ValueError: for a run key that identifies nothing.
    """
    instance = context["ti"]
    if task.run_key in _NOTHING:
        raise ValueError(
            f"task {task.task_id}: the run key was rendered to {task.run_key!r}, which all runs "
            "would share: the value in its template is not there"
        )
    return RunIdentity(
        namespace=conf.get("oracle_dag", "namespace", fallback="default"),
        dag_id=instance.dag_id,
        task_id=instance.task_id,
        map_key=_map_key(task, context),
        run_id=instance.run_id,
        run_key=task.run_key,
    )


def wishes(task: OracleScriptOperator, context: Context, identity: RunIdentity) -> dict[str, Any]:
    """Return the options of a run that say what may become of one that is there already.

    :raises ConfError: dag_run.conf cannot be understood.
    """
    instance, run = context["ti"], context.get("dag_run")
    whose = f"DAG run {identity.run_id}"
    person = getattr(run, "triggering_user_name", None)
    who = f"{whose} of {identity.dag_id}.{identity.task_id}" + (f" ({person})" if person else "")
    max_tries = getattr(instance, "max_tries", None)
    parts = [*identity.columns.values(), max_tries]
    return {
        "on_done": task.on_done,
        "on_drift": task.on_drift,
        "restart": restart_wish(
            getattr(run, "conf", None), identity.task_id, _script_tasks(context), whose
        ),
        "token": hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
        "who": who,
        "max_tries": max_tries,
        "try_number": getattr(instance, "try_number", None),
    }


def run_options(task: OracleScriptOperator, context: Context, identity: RunIdentity) -> RunOptions:
    """Return how a task's attempt behaves.

    :raises AirflowFailException: dag_run.conf cannot be understood.
    """
    try:
        wished = wishes(task, context, identity)
    except ConfError as error:  # it stays what it is, however often the task is tried
        raise AirflowFailException(str(error)) from error
    return RunOptions(
        schema=task.schema or conf.get("oracle_dag", "schema", fallback="") or None,
        orphan=task.orphan,
        orphan_timeout=task.orphan_timeout,
        step_timeout=task.step_timeout,
        began_at=context["ti"].start_date,
        show_rows=task.show_rows,
        run_on=task.run_on,
        wait_for_jobs=False,
        start_timeout=task.start_timeout,
        watching=task.watching,
        expected=task.expectation(),
        **wished,
    )


def _map_key(task: OracleScriptOperator, context: Context) -> str:
    """Return the job's name, else the map index; both where one job has several instances."""
    index = context["ti"].map_index
    mapped = index is not None and index >= 0
    if not task.job_name:
        return str(index) if mapped else ""
    origin = getattr(context["dag"], "task_dict", {}).get(task.task_id)
    same = mapped and "job_name" in getattr(origin, "partial_kwargs", {})
    return f"{task.job_name}[{index}]" if same else task.job_name


def _script_tasks(context: Context) -> set[str]:
    """Return the ids by which dag_run.conf may name tasks: a group's for all of its steps."""
    found = set()
    for one in context["dag"].tasks:
        kind = getattr(one, "operator_class", type(one))
        if not isinstance(kind, type) or hasattr(kind, "acknowledge"):
            found.add(str(getattr(one, "group", None) or one.task_id))
    return found
