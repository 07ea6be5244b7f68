"""The script and the values that a job's row names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import TemplateNotFound

from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.runtime.results import PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.providers.common.compat.sdk import BaseOperator, Context

    from airflow_oracle_dag.core.jobs import Job


def row_script(task: BaseOperator, job: Job, context: Context) -> str:
    """Read the script that a row names, as Airflow reads the ``.sql`` files of templated fields.

    :raises FieldError: when Script is no such path, or no such file is there.
    """
    path = job.script
    if not path or not path.endswith(".sql") or "\n" in path:
        raise _wrong(
            job,
            "not the path of a .sql file" if path else "empty, and the task has no script either",
            "write the path of a .sql file beside the DAG or in its template_searchpath; "
            "a row never holds SQL itself",
        )
    if path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/"):
        raise _wrong(
            job,
            "a path that leads out of the folders of scripts",
            "write it relative to the folder of the DAG or of its template_searchpath, without ..",
        )
    environment = task.get_template_env(dag=context["dag"])
    try:
        return str(task.render_template(path, context, environment))
    except TemplateNotFound as error:
        folders = ", ".join(str(one) for one in getattr(environment.loader, "searchpath", ()))
        missing = "no such file" if error.name == path else f"it names {error.name}: no such file"
        raise _wrong(
            job, f"{missing} in {folders}", "correct the path, or put the file there"
        ) from None


def row_parameters(job: Job, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Merge the values of a row under those of the task, which win.

    :raises FieldError: when Parameters cannot be read, or a value cannot be bound.
    """
    values = job.parameter_values
    for name, value in values.items():
        if isinstance(value, (dict, list)):
            raise FieldError(
                f"{name} cannot be bound",
                job=job.name,
                field="Parameters",
                value=job.parameters,
                cure="write texts, numbers, true, false or null",
            )
    own = {name.lower() for name in given or {}}
    return {**{n: v for n, v in values.items() if n.lower() not in own}, **(given or {})}


def row_place(job: Job, otherwise: str) -> str:
    """Return where the steps of a job run, one of `PLACES`.

    :param otherwise: where they do if the row says nothing.
    :raises FieldError: when RunOn is no such place.
    """
    place = job.run_on.lower() or otherwise
    if place not in PLACES:
        raise FieldError(
            "not a place where jobs run",
            job=job.name,
            field="RunOn",
            value=job.run_on,
            cure="write WORKER, DATABASE or GLUE, or leave it empty: then the task's run_on says "
            "it",
        )
    return place


def _wrong(job: Job, what: str, cure: str) -> FieldError:
    return FieldError(what, job=job.name, field="Script", value=job.script, cure=cure)
