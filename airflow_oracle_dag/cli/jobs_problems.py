"""What is wrong with rows of jobs beside each other, and names that nobody has."""

from __future__ import annotations

import sys
from collections import Counter
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.control.table import UnknownJob
from airflow_oracle_dag.core.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from airflow_oracle_dag.control.table import ControlTable
    from airflow_oracle_dag.core.jobs import Job

#: How many names of others are shown.
_SHOWN = 10
#: How many rings are looked for: each costs a walk over all rows.
_MOST_RINGS = 50


def warn(lines: Iterable[str]) -> None:
    """Say what does not stop anything, but hardly was meant."""
    for line in lines:
        say(f"warning: {line}", sys.stderr)


def find(table: ControlTable, environment: str, name: str) -> Job:
    """Read the row of a name that somebody typed.

    :raises UnknownJob: it says which name may have been meant.
    """
    try:
        return table.job(environment, name.strip())
    except UnknownJob as error:
        names = {job.name for job in table.jobs(environment)}
        hint = _meant(name.strip(), names)
        if not hint:
            raise
        what, _, cure = str(error).partition("\n")
        raise UnknownJob(f"{what}; {hint}\n{cure}") from None


def _meant(name: str, names: Collection[str]) -> str:
    parts = [part.strip() for part in name.split(",")]
    if len(parts) > 1 and not set(parts).isdisjoint(names):
        return "names are separated by blanks, not by commas"
    near = nearest(name, names)
    return f"did you mean {near!r}?" if near else ""


def nearest(name: str, names: Collection[str]) -> str:
    """Return the name that is most like one that is not there, else nothing."""
    by_capitals = {known.upper(): known for known in sorted(names)}
    found = get_close_matches(name.upper(), by_capitals, n=1)
    return by_capitals[found[0]] if found else ""


def twice(jobs: Sequence[Job], everybody: Sequence[Job]) -> Iterator[FieldError]:
    """Find names of jobs that several rows have."""
    counts = Counter(job.name for job in everybody)
    for name in dict.fromkeys(job.name for job in jobs):
        if (count := counts[name]) > 1:
            yield FieldError(
                f"{count} rows have this name",
                job=name,
                field="JobName",
                value=name,
                cure="delete all but one; a unique key on environment and name keeps it so",
            )


def nobody(jobs: Sequence[Job], everybody: Mapping[str, Job]) -> Iterator[FieldError]:
    """Find names in DependsOn that no row has."""
    for job in jobs:
        for name in job.upstream:
            if name not in everybody and ";" not in name:
                near = nearest(name, everybody.keys())
                yield FieldError(
                    f"no job {name!r} in environment {job.environment}",
                    job=job.name,
                    field="DependsOn",
                    value=job.depends_on,
                    cure=f"write {near}" if near else "correct the name, or add that job",
                )


def rings(jobs: Sequence[Job], everybody: Mapping[str, Job]) -> Iterator[FieldError]:
    """Find jobs that wait for each other; each is said of the first of the jobs that is in it.

    A job that waits for itself is not looked for: its row alone says so.
    """
    graph = {
        job.name: {name for name in job.upstream if name in everybody and name != job.name}
        for job in everybody.values()
    }
    for _ in range(_MOST_RINGS):
        ring = _ring(graph)
        here = [job for job in jobs if job.name in ring]
        if here:
            first = ring.index(here[0].name)
            chain = [*ring[first:], *ring[:first], here[0].name]
            shown = chain if len(chain) <= _SHOWN else [*chain[:_SHOWN], "..."]
            yield FieldError(
                f"{' -> '.join(shown)}: each depends on the next, so none of them can begin",
                job=here[0].name,
                field="DependsOn",
                value=here[0].depends_on,
                cure="take one of these names out",
            )
        for name in ring:
            del graph[name]
        for others in graph.values():
            others.difference_update(ring)


def beside_each_other(jobs: Sequence[Job], everybody: Sequence[Job]) -> list[FieldError]:
    """Find everything that is wrong with rows beside each other.

    :param everybody: all rows of the environment.
    """
    by_name = {job.name: job for job in everybody}
    return [*twice(jobs, everybody), *nobody(jobs, by_name), *rings(jobs, by_name)]


def _ring(graph: Mapping[str, Collection[str]]) -> list[str]:
    """Return jobs of which each depends on the next and the last on the first, else nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = list(error.args[1][:-1])
        return found[::-1]
    return []
