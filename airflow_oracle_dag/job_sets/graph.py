"""Whether the names in ``after`` lead somewhere, and never in a circle."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.job_sets.problems import Path, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_graph(jobs: Any) -> Iterator[tuple[Path, str, str]]:
    """Give path, message and cure of each mistake.

    :param jobs: as it stands in the file, so that other mistakes of the file hide none of these.
    """
    if not isinstance(jobs, dict):
        return
    upstream = {name: _after(job) for name, job in jobs.items()}
    for name, names in upstream.items():
        for no, other in enumerate(names):
            is_list = isinstance(jobs[name]["after"], list)
            path: Path = ("jobs", name, "after", *([no] if is_list else []))
            if other == name:
                yield path, f"{name} cannot come after itself", "remove it"
            elif other not in upstream:
                cure = nearest(other, upstream) or "name a job of this file"
                yield path, f"there is no job {other}", cure
            elif other in names[:no]:
                yield path, f"{other} is named twice", "remove one of them"
    known = {
        name: [other for other in names if other in upstream and other != name]
        for name, names in upstream.items()
    }
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        # Each comes before the next, and the first is the last again.
        circle = error.args[1]
        later = circle[1]
        yield (
            ("jobs", later, "after"),
            f"the jobs wait for each other: {' -> '.join(circle)}",
            "remove one of these from after",
        )


def _after(job: Any) -> list[str]:
    named = job.get("after", []) if isinstance(job, dict) else []
    if isinstance(named, str):
        return [named]
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
