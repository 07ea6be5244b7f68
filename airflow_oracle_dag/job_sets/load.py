"""`load_job_sets`: what a DAG file calls."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import get_parsing_context

from airflow_oracle_dag.job_sets.build import BuildError, build
from airflow_oracle_dag.job_sets.problems import JobSetError
from airflow_oracle_dag.job_sets.read import SetFile, read_folder
from airflow_oracle_dag.job_sets.stand_in import stand_in

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import DAG

    from airflow_oracle_dag.job_sets.problems import Problem

log = logging.getLogger(__name__)


def load_job_sets(
    folder: str | Path, namespace: dict[str, Any], *, on_error: str = "show"
) -> dict[str, DAG]:
    """Build one DAG for each file of a folder, in the order of the paths.

    A file with mistakes does not take the others down. With ``on_error="show"`` a DAG under its id
    shows them and fails when the set is due; with ``"raise"``, for tests, the good sets are built
    first and then everything that is wrong is raised as one error. In Airflow itself an error of
    the DAG file takes all its DAGs off the schedule, so there ``"show"`` is the right one.

    Nothing connects anywhere, and a task of one set does not build the others.

    :param folder: with ``*.yaml``, ``*.yml`` and ``*.toml``; relative to the DAG file.
    :param namespace: ``globals()`` of the DAG file, where Airflow looks for DAGs.
    :param on_error: ``show`` or ``raise``.
    :return: the DAGs by their ids, those that stand for a broken file among them.
    :raises JobSetError: when there is no such folder; with ``raise``, when a file has mistakes.
    """
    if on_error not in ("show", "raise"):
        raise ValueError(f"on_error={on_error!r} is not known: write show or raise")
    dag_file = str(namespace.get("__file__") or "")
    beside = Path(dag_file).parent if dag_file else Path.cwd()
    root = beside / folder
    files = read_folder(root)
    # Airflow looks beside the DAG file anyway. A path in the DAG's own arguments would make a new
    # version of the DAG wherever else the same files are checked out.
    searchpath = [] if root.parent == beside else [str(root.parent)]
    wanted = get_parsing_context().dag_id
    dags: dict[str, DAG] = {}
    for found in files:
        if wanted is None or wanted == found.set_id:
            dag = _built(found, namespace, searchpath)
            if dag is not None:
                dags[found.set_id] = dag
    if on_error == "show":
        good = {found.set_id for found in files if not found.problems}
        dags.update(_shown(files, {*good, *namespace}, wanted))
    for dag_id, dag in dags.items():
        if dag_file:
            dag.fileloc = dag_file
        namespace[dag_id] = dag
    _tell([found for found in files if wanted in (None, found.set_id)], on_error)
    return dags


def _tell(files: list[SetFile], on_error: str) -> None:
    problems = [problem for found in files for problem in found.problems]
    for problem in problems:
        log.error("%s", problem)
    if problems and on_error == "raise":
        raise JobSetError(problems)


def _built(found: SetFile, namespace: dict[str, Any], searchpath: list[str]) -> DAG | None:
    if found.job_set is None or not found.job_set.enabled:
        return None
    if found.set_id in namespace:
        found.refuse(_taken(found))
        return None
    try:
        return build(found.job_set, found.set_id, searchpath)
    except BuildError as error:
        found.refuse(found.problem(error.path, error.message, error.cure))
    except Exception as error:  # noqa: BLE001 - what Airflow refuses must not reach other sets
        message = f"Airflow refuses it: {type(error).__name__}: {error}"
        found.refuse(found.problem((), message, "change what the message names"))
    return None


def _taken(found: SetFile) -> Problem:
    return found.problem(
        ("id",),
        f"the DAG file uses the name {found.set_id} already",
        "give the set another id, or rename what the DAG file calls so",
    )


def _shown(files: list[SetFile], taken: set[str], wanted: str | None) -> dict[str, DAG]:
    """Return a DAG for each id that has no other because its file has mistakes."""
    broken: dict[str, list[SetFile]] = {}
    for found in files:
        is_off = found.timing is not None and not found.timing.enabled
        if found.problems and not is_off:
            broken.setdefault(_free_id(found, taken), []).append(found)
    shown: dict[str, DAG] = {}
    for dag_id, same in broken.items():
        if wanted is None or wanted == dag_id:
            problems = [problem for found in same for problem in found.problems]
            shown[dag_id] = stand_in(dag_id, same[0].timing, problems)
    return shown


def _free_id(found: SetFile, taken: set[str]) -> str:
    """Return the set's own id, if it can be one and nothing else has it."""
    allowed = "".join(char if char.isalnum() or char in "_.-" else "_" for char in found.set_id)
    dag_id = allowed[:200]
    while dag_id in taken:
        dag_id += ".broken"
    return dag_id
