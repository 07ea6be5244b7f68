"""What is wrong with rows of jobs beside each other, and names that nobody has."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.control.table import UnknownJob
from airflow_oracle_dag.core import catalog
from airflow_oracle_dag.core.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from airflow_oracle_dag.control.table import ControlTable
    from airflow_oracle_dag.core.jobs import Job

#: How many names of others are shown.
_SHOWN = 10


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
    near = catalog.nearest(name, names)
    return f"did you mean {near!r}?" if near else ""


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
                near = catalog.nearest(name, everybody.keys())
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
    for ring in catalog.rings(jobs, everybody):
        here = next(job for job in jobs if job.name in ring)
        if len(ring) == 1:
            continue
        first = ring.index(here.name)
        chain = [*ring[first:], *ring[:first], here.name]
        shown = chain if len(chain) <= _SHOWN else [*chain[:_SHOWN], "..."]
        yield FieldError(
            f"{' -> '.join(shown)}: each depends on the next, so none of them can begin",
            job=here.name,
            field="DependsOn",
            value=here.depends_on,
            cure="take one of these names out",
        )


def beside_each_other(jobs: Sequence[Job], everybody: Sequence[Job]) -> list[FieldError]:
    """Find everything that is wrong with rows beside each other.

    :param everybody: all rows of the environment.
    """
    by_name = {job.name: job for job in everybody}
    return [*twice(jobs, everybody), *nobody(jobs, by_name), *rings(jobs, by_name)]
