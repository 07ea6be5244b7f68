"""One script as one task per step, for those who want the steps in the graph.

The tasks share one run of the script, with one run key and one set of checkpoints: each goes on
where the run is and ends after its own step. So a retry of a task resumes at its step, a task whose
step is done already has nothing to do, and what ``@always`` sets up is set up again in each task's
session.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import TaskGroup
from jinja2 import TemplateNotFound

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, StepClass, build_plan
from airflow_oracle_dag.core.script import ParseSettings
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.runtime.identity import RunIdentity
    from airflow_oracle_dag.runtime.results import RunOptions


class ScriptStepOperator(OracleScriptOperator):
    """Run a script up to one of its steps.

    :param group: id of the group; the run key has it in place of a task's own id.
    :param until_step: name of the step; None: to the end of the script.
    :param begins: whether the task, cleared after the script's success or told so by dag_run.conf,
        runs the script anew; the others then find the new run.
    """

    def __init__(
        self, *, group: str, until_step: str | None, begins: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.group = group
        self.until_step = until_step
        self.begins = begins
        self.name_script(self.script)

    def name_script(self, script: object) -> None:
        """Remember how errors call the script: all tasks of a group by the same name."""
        super().name_script(script)
        if str(self._script_name).startswith("<"):
            self._script_name = f"<{getattr(self, 'group', '')}>"

    def _identity(self, context: Context) -> RunIdentity:
        return replace(super()._identity(context), task_id=self.group)

    def _options(self, context: Context) -> RunOptions:
        # The tasks of a group are tried and cleared each for itself: their numbers say nothing
        # of one another.
        options = replace(
            super()._options(context),
            until_step=self.until_step,
            max_tries=None,
            try_number=None,
        )
        return options if self.begins else replace(options, began_at=None, restart=None)


def script_task_group(
    script: str | list[str],
    *,
    group_id: str | None = None,
    **arguments: Any,
) -> TaskGroup:
    """Make one task for each step of a script inside the current DAG, one after the other.

    The script is read while the DAG file is, and nothing is asked of a database then. Its steps are
    those of the text as it stands: templates in it may change values, and no steps.

    :param script: the script itself, or the path of a ``.sql`` file beside the DAG or in its
        ``template_searchpath``; not several.
    :param group_id: the file's name unless given.
    :param arguments: further arguments of each task's `OracleScriptOperator`.
    :raises ScriptError: when the file is not there, or cannot be cut into steps.
    """
    if not isinstance(script, str) or script.endswith("/"):
        raise ValueError(
            "script_task_group takes one script: make a group of each, or run them all by one "
            "OracleScriptOperator"
        )
    is_file = script.endswith(".sql") and "\n" not in script
    if group_id is None and not is_file:
        raise ValueError("a script that is no file gives no name: give group_id")
    name = group_id or _as_id(posixpath.basename(script).removesuffix(".sql"))
    with TaskGroup(name, tooltip=f"steps of {script if is_file else name}") as group:
        text = _file_text(group, script) if is_file else script
        names = _step_names(_plan(text, script if is_file else f"<{name}>", arguments))
        before: ScriptStepOperator | None = None
        for step, task_id in names.items():
            task = ScriptStepOperator(
                task_id=task_id,
                script=script,
                group=str(group.group_id),
                until_step=None if step == list(names)[-1] else step,
                begins=before is None,
                **arguments,
            )
            if before is not None:
                before >> task
            before = task
    return group


def _file_text(group: TaskGroup, script: str) -> str:
    """Read a file where Airflow will find it for the task's template."""
    environment = group.dag.get_template_env()
    if environment.loader is None:
        raise ScriptError("the DAG has no folder to look for it in", file=script)
    try:
        return environment.loader.get_source(environment, script)[0]
    except TemplateNotFound:
        folders = ", ".join(str(one) for one in getattr(environment.loader, "searchpath", ()))
        raise ScriptError(
            f"no such file in {folders}",
            file=script,
            cure="write its path relative to the DAG file or to template_searchpath",
        ) from None


def _plan(text: str, name: str, arguments: Mapping[str, Any]) -> Plan:
    """Cut a script into steps; every bind gets a value, as the run will give it one."""
    chosen = {key: arguments[key] for key in ("reading", "rerun") if key in arguments}
    script = parse_script(text, name=name, settings=ParseSettings(**chosen))
    binds = {bind: "" for piece in script.pieces for bind in piece.binds}
    return build_plan(script, ScriptValues({}, binds))


def _step_names(plan: Plan) -> dict[str, str]:
    """Return the task id of each step that gets a task.

    What runs again in every session is no task of its own, nor is what stands behind an EXIT.
    """
    names: dict[str, str] = {}
    for step in plan.steps:
        if step.step_class is StepClass.ALWAYS or step.is_skipped:
            continue
        task_id = _as_id(step.name) or f"step_{step.no}"
        names[step.name] = task_id if task_id not in names.values() else f"{task_id}_{step.no}"
    if not names:
        raise ScriptError(
            "every step of it runs again in each session: it has no step to make a task of",
            file=plan.script.name,
            cure="run it with OracleScriptOperator",
        )
    return names


def _as_id(name: str) -> str:
    """Return a task id: Airflow lets an id have ASCII letters, digits, dashes and underscores."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")
