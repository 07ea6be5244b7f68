"""What a task's ``script`` can be: a text, a ``.sql`` file, a folder of them, or a list of these.

Airflow itself puts the content of a ``.sql`` file in the place of its path, in lists, too. A folder
is read when the task runs, its files rendered like any other.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.joined import join_scripts
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.operators.script_settings import script_folders, script_settings
from airflow_oracle_dag.runtime.script_files import sql_files

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from jinja2 import Environment

    from airflow_oracle_dag.core.script import Script
    from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator


def script_names(task_id: str, script: Any) -> str | tuple[str, ...]:
    """Return what errors call a script, or each of a list: its file, or the task with its text.

    :param script: as it was given, before Airflow puts a file's content in its place.
    """
    if isinstance(script, (list, tuple)):
        return tuple(_name(one, f"<{task_id} {number}>") for number, one in enumerate(script, 1))
    return _name(script, f"<{task_id}>")


def _name(script: Any, otherwise: str) -> str:
    is_file = isinstance(script, str) and (script.lower().endswith(".sql") or _is_path(script))
    return script if is_file else otherwise


def _is_path(script: str) -> bool:
    """Tell whether a text can only be a path: no statement ends with a slash in its first line."""
    return script.endswith("/") and script.strip("/") != "" and not set(script) & set(" \t\n;'\"")


def read_script(
    task: OracleScriptOperator,
    context: Context,
    script: Any,
    names: str | tuple[str, ...],
) -> Script:
    """Split what a task is to run.

    :param script: as Airflow rendered it.
    :param names: of `script_names`; for a list that came later, such as from another task, what
        errors call the whole.
    :raises ScriptError: it cannot be read, or a folder has no scripts.
    """

    def parsed(text: str, name: str) -> Script:
        return parse_script(text, name=name, settings=script_settings(task, context, name))

    if not isinstance(script, (list, tuple)):
        text, name = str(script), str(names)
        found = _folder(task, context, text)
        if found is None:
            return parsed(_text(task, context, text), name)
        folder = posixpath.normpath(text)
        return join_scripts(folder, [parsed(*one) for one in _files(task, context, folder, found)])
    whole = f"<{task.task_id}>"
    given = names if isinstance(names, tuple) and len(names) == len(script) else None
    each = given or script_names(task.task_id, script)
    scripts: list[Script] = []
    for text, name in zip(script, each, strict=True):
        found = _folder(task, context, str(text))
        if found is None:
            scripts.append(parsed(_text(task, context, str(text)), name))
        else:
            folder = posixpath.normpath(str(text))
            scripts += [parsed(*one) for one in _files(task, context, folder, found)]
    return join_scripts(whole, scripts)


def _folder(task: OracleScriptOperator, context: Context, script: str) -> Path | None:
    """Return the folder that a script names, None when it is a text.

    :raises ScriptError: it can only be a folder, and is none.
    """
    if _is_text(script):
        return None
    folders = script_folders(task, context)
    for one in folders:
        if _is_inside(script) and (one / script).is_dir():
            return one / script
    if not _is_path(script):
        return None
    where = ", ".join(str(one) for one in folders)
    raise ScriptError(
        f"no such folder in {where}",
        file=script,
        rule="no-such-folder",
        cure="write its path relative to the DAG file or to template_searchpath, without ..",
    )


def _is_text(script: str) -> bool:
    """Tell whether a script can be no path."""
    if not script or len(script) > 1000:
        return True
    return bool(set(script) & set("\n;'\"")) or script != script.strip()


def _is_inside(path: str) -> bool:
    return ".." not in Path(path).parts and not Path(path).is_absolute()


def _text(task: OracleScriptOperator, context: Context, script: str) -> str:
    """Return a script's text, also where it names a file by a suffix that Airflow does not know."""
    if not _is_text(script) and script.lower().endswith(".sql") and _is_inside(script):
        for one in script_folders(task, context):
            if (one / script).is_file():
                environment = task.get_template_env(dag=context["dag"])
                return _rendered(task, context, environment, script, one / script)
    return script


def _rendered(
    task: OracleScriptOperator, context: Context, environment: Environment, name: str, path: Path
) -> str:
    """Render a file; one whose suffix is .SQL would be a text for Airflow, which is its path."""
    if name.endswith(tuple(task.template_ext)):
        return str(task.render_template(name, context, environment))
    content = path.read_text(encoding="utf-8") + "\n"  # so that what it ends with is no suffix
    return str(task.render_template(content, context, environment))


def _files(
    task: OracleScriptOperator, context: Context, folder: str, found: Path
) -> list[tuple[str, str]]:
    """Read and render the files of a folder, in the order of their names."""
    files = {f"{folder}/{file.name}": file for file in sql_files(found)}
    if not files:
        raise ScriptError(
            "the folder has no .sql file", file=folder, rule="empty-folder", cure="put one there"
        )
    environment = task.get_template_env(dag=context["dag"])
    return [
        (_rendered(task, context, environment, name, file), name) for name, file in files.items()
    ]


def wrong_script(script: Any) -> str:
    """Say what is wrong with a script that is given while the DAG is parsed, "" when nothing is."""
    if isinstance(script, str) or not isinstance(script, Sequence):
        return ""
    if not script:
        return "script is an empty list"
    wrong = [one for one in script if isinstance(one, (bytes, list, tuple, dict)) or one is None]
    return f"script has {type(wrong[0]).__name__} in it: a list of texts" if wrong else ""
