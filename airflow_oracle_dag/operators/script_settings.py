"""How a task's script is read: what its substitution variables are, and where its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.script import ParseSettings
from airflow_oracle_dag.core.values import interval_values
from airflow_oracle_dag.runtime.script_files import ScriptFiles

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, Context

    from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator

SPOOL = ("ignore", "refuse")
READING = (None, "sqlplus", "lexical")
RERUN = ("refuse", "allow")


def script_settings(task: OracleScriptOperator, context: Context, script: str) -> ParseSettings:
    """Say how to read a task's script.

    Files are looked for in the script's folder, then in those where Airflow finds scripts: the
    DAG's own and its ``template_searchpath``. None is read from anywhere else, because a value that
    somebody typed into a form can be part of a path.

    :param task: whose values of variables are rendered: texts and whole numbers.
    :param script: what errors call it: the path of a file, else ``<task_id>``.
    :raises ScriptError: a value that no substitution variable can have.
    """
    folders = script_folders(task, context)
    found = next((one for one in folders if (one / script).is_file()), None)
    folder = (found / script).parent if found else (folders or [Path()])[0]
    try:
        return ParseSettings(
            spool=task.spool,
            reading=task.reading,
            rerun=task.rerun,
            defines=_defines(task.defines),
            arguments=_arguments(task.arguments),
            include=ScriptFiles(folder, folders, within=folders),
        )
    except (TypeError, ValueError) as error:
        raise ScriptError(
            str(error),
            file=script,
            rule="definition",
            cure="correct defines= or arguments= of the task",
        ) from None


def offered_values(context: Context, timezone: str | None) -> dict[str, Any]:
    """Return the binds that every run offers.

    :param timezone: of the DATE binds; the DAG's own unless given.
    """
    return interval_values(
        logical_date=context.get("logical_date"),
        data_interval_start=context.get("data_interval_start"),
        data_interval_end=context.get("data_interval_end"),
        run_id=context["run_id"],
        zone=ZoneInfo(timezone) if timezone else context["dag"].timezone,
    )


def script_folders(task: BaseOperator, context: Context) -> list[Path]:
    """Return where Airflow finds a task's files: the DAG's folder, ``template_searchpath``."""
    loader = task.get_template_env(dag=context["dag"]).loader
    return [Path(one) for one in getattr(loader, "searchpath", ())]


def _defines(given: Any) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(f"defines is a mapping of names to values, not {_kind(given)}")
    return {str(name): _text(f"&{name}", value) for name, value in given.items()}


def _arguments(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise TypeError(f"arguments is a list of values, not {_kind(given)}")
    return tuple(_text(f"&{number}", value) for number, value in enumerate(given, 1))


def _text(name: str, value: Any) -> str:
    """Give a value as it is put in; what has more than one way to be written is refused."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError(
            f"the value of {name} is {_kind(value)}: write it as a text, as it is to stand in the "
            "script"
        )
    return str(value)


def _kind(value: object) -> str:
    return f"of type {type(value).__name__}"
