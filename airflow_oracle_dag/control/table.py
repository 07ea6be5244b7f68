"""What a control table can do, whichever store keeps it.

::

    OracleDagError                  (airflow_oracle_dag.core.errors)
    ├── FieldError                  a row that cannot be read: job, field, value, cure
    ├── CatalogError                rows that contradict each other; nothing was started
    └── ControlTableError           the store said no
        ├── StoreUnavailable        it cannot be reached or is overloaded: worth another try
        └── UnknownJob              no row of that name

A store never guesses: when it cannot be read, nobody decides, and nothing is run or skipped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.jobs import FIELDS, Job, JobRun
from airflow_oracle_dag.core.states import State


class ControlTableError(OracleDagError):
    """Report that the store of the control table said no."""


class StoreUnavailable(ControlTableError):
    """Report a store that cannot be reached or is overloaded: another try may help."""


class UnknownJob(ControlTableError):
    """Report that the control table has no row of that name."""


class UnknownNames(ControlTableError):
    """Report names of tables or columns that cannot be used."""


@dataclass(frozen=True)
class ControlNames:
    """How the tables and columns of a team are called.

    :param job_table: the table of jobs, for Oracle with an owner or without.
    :param run_table: the table of job runs.
    :param audit_table: the table of changes by hand.
    :param columns: column or attribute of a field; None says that the table has none. Fields that
        are not named have the store's own name for them.
    """

    job_table: str | None = None
    run_table: str | None = None
    audit_table: str | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse fields that do not exist and a table without names of jobs."""
        unknown = sorted(set(self.columns) - set(FIELDS))
        if unknown:
            raise UnknownNames(f"no such field: {', '.join(unknown)}; known: {', '.join(FIELDS)}")
        if self.columns.get("JobName", "") is None:
            raise UnknownNames("JobName needs a column: nothing else tells jobs apart")

    @classmethod
    def from_json(cls, text: str) -> ControlNames:
        """Read ``{"job_table": ..., "columns": {"JobName": ..., "Owner": null}}``.

        :raises UnknownNames: for anything else.
        """
        if not text.strip():
            return cls()
        try:
            found: Any = json.loads(text)
        except ValueError as error:
            raise UnknownNames(f"the names are not JSON: {error}") from None
        known = {"job_table", "run_table", "audit_table", "columns"}
        if not isinstance(found, dict) or not set(found) <= known:
            raise UnknownNames(f"the names are a JSON object with {', '.join(sorted(known))}")
        columns: Any = found.pop("columns", {})
        if not isinstance(columns, dict) or any(
            not (value is None or isinstance(value, str)) for value in columns.values()
        ):
            raise UnknownNames("columns is a JSON object: a field and its column, or null")
        if any(not isinstance(value, str) for value in found.values()):
            raise UnknownNames("the name of a table is a text")
        return cls(columns=columns, **found)


@dataclass(frozen=True)
class Audit:
    """Who changes a row by hand, and why."""

    who: str
    why: str


class ControlTable(Protocol):
    """A control table and its job runs. Not shared between threads; closed after use."""

    def job(self, environment: str, name: str) -> Job:
        """Read one row.

        :raises UnknownJob: when there is none.
        :raises StoreUnavailable: when the store cannot be asked.
        """

    def jobs(self, environment: str, category: str | None = None) -> list[Job]:
        """Read all rows of an environment, or of one category, in the order of their names."""

    def job_runs(
        self, environment: str, interval_key: str, names: Sequence[str] | None = None
    ) -> dict[str, JobRun]:
        """Read what became of jobs for an interval, in the order of their names.

        Jobs without a run are missing.

        :param names: of the jobs, None for all.
        """

    def history(self, environment: str, name: str, limit: int = 30) -> list[JobRun]:
        """Read the newest runs of a job, latest interval first."""

    def begin(self, run: JobRun) -> JobRun:
        """Write down that a job begins for an interval; return it with its attempt.

        StatusFlag and LastRunTimestamp follow, unless a later interval has a run already. All of
        it happens at once or not at all.

        :param run: its state, attempt and times are not looked at.
        :raises UnknownJob: when the row is gone.
        """

    def finish(self, run: JobRun, state: State, reason: str = "") -> bool:
        """Write down how the attempt ended; False when it no longer is the newest one.

        :param run: as `begin` returned it.
        :param state: SUCCEEDED, FAILED, SKIPPED or IN_DOUBT.
        """

    def skip(self, runs: Sequence[JobRun]) -> None:
        """Write down jobs that do not run for an interval, each with its reason.

        A run of that interval that is RUNNING, IN_DOUBT or SUCCEEDED is left as it is. StatusFlag
        follows as in `begin`; LastRunTimestamp does not.
        """

    def change(
        self, environment: str, name: str, changes: Mapping[str, str | None], audit: Audit
    ) -> Job:
        """Change fields of a row and keep who did it and why; return the row as it was.

        :param changes: new texts by field, None for NULL. Environment, JobName, StatusFlag and
            LastRunTimestamp cannot be changed so.
        :raises UnknownJob: when there is no such row.
        """

    def put(self, jobs: Sequence[Job], audit: Audit) -> dict[str, str]:
        """Add rows, or replace what people write in them; return "added" or "changed" by name.

        A row that is what it should be already is neither changed nor returned. StatusFlag and
        LastRunTimestamp are left alone.
        """

    def calendar_days(self, name: str) -> Mapping[Any, str] | None:
        """Return the holidays of an own calendar, day to label; None when there is no such one."""

    def close(self) -> None:
        """Give back what was opened."""
