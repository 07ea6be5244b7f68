"""What every store of a control table holds to, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from airflow_oracle_dag.control.table import ControlTableError, UnknownJob
from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.core.jobs import FIELDS, Job

_Row = TypeVar("_Row")

#: What `change` leaves alone: the key, and what runs write.
NOT_BY_HAND = ("Environment", "JobName", "StatusFlag", "LastRunTimestamp")
BY_HAND = tuple(field for field in FIELDS if field not in NOT_BY_HAND)


class NamelessRows(FieldError):
    """Report rows without a name; nobody can say what they would have been.

    :param jobs: the other rows.
    """

    def __init__(self, table: str, count: int, jobs: Sequence[Job]) -> None:
        self.jobs = list(jobs)
        what = f"{count} rows of {table} are" if count > 1 else f"a row of {table} is"
        cure = "give every row a JobName, or delete it"
        super().__init__(f"{what} without a name", job="", field="JobName", value="", cure=cure)


def named(rows: Iterable[_Row], read: Callable[[_Row], Job], table: str) -> list[Job]:
    """Read rows in the order of their names.

    :raises NamelessRows: for rows without a name.
    """
    jobs: list[Job] = []
    nameless = 0
    for row in rows:
        try:
            jobs.append(read(row))
        except FieldError:
            nameless += 1
    jobs.sort(key=lambda job: job.name)
    if nameless:
        raise NamelessRows(table, nameless, jobs)
    return jobs


def only(found: Sequence[Job], environment: str, name: str, table: str) -> Job:
    """Return the one row of a name.

    :raises UnknownJob: when there is none.
    :raises ControlTableError: when there are more.
    """
    if not found:
        raise unknown_job(name, environment, table)
    if len(found) > 1:
        raise ControlTableError(
            f"{table} has {len(found)} rows of job {name} in environment {environment}\n"
            "  To mend it: delete all but one; a unique key on environment and name keeps it so."
        )
    return found[0]


def unknown_job(name: str, environment: str, table: str) -> UnknownJob:
    """Make the error for a row that is not there."""
    return UnknownJob(
        f"{table} has no job {name!r} in environment {environment!r}\n"
        "  To mend it: check the name and the environment with `oracle-dag jobs list`, or add the "
        "job with `oracle-dag jobs import`."
    )


def changeable(changes: Mapping[str, str | None], columns: Collection[str], table: str) -> None:
    """Refuse fields that do not exist, that people do not write, or that the table lacks."""
    for field in changes:
        if field not in BY_HAND:
            why = "is not changed by hand" if field in NOT_BY_HAND else "is no field of a job"
            raise ControlTableError(f"{field} {why}\n  To mend it: use {', '.join(BY_HAND)}.")
        if field not in columns:
            raise ControlTableError(
                f"{table} has nothing for {field}: control_names says null\n"
                "  To mend it: name its column in control_names, or leave the field out."
            )


def differences(old: Job, new: Job, columns: Collection[str]) -> dict[str, str]:
    """Return what people would have to write to make one row of another: new texts by field."""
    before, after = old.as_fields(), new.as_fields()
    return {
        field: after[field]
        for field in BY_HAND
        if field in columns and before[field] != after[field]
    }


def shortened(text: str, size: int) -> str:
    """Return what of a text a store can hold: so many bytes of UTF-8."""
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


def given_once(jobs: Sequence[Job]) -> None:
    """Refuse rows of which two have the same key."""
    seen: set[tuple[str, str]] = set()
    for job in jobs:
        key = (job.environment, job.name)
        if key in seen:
            raise ControlTableError(f"job {job.name} of environment {job.environment} comes twice")
        seen.add(key)
