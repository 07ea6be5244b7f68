"""The control table in an Oracle database.

What changes a job's runs is one block in one round trip: it locks the job's row, writes the run,
and moves StatusFlag unless a later interval has a run already. The lock comes first, so whoever
looks for later intervals sees every run that others have committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter
from types import TracebackType
from typing import Any, Self

from airflow_oracle_dag import sql
from airflow_oracle_dag.control import oracle_changes
from airflow_oracle_dag.control.oracle_changes import ROWS_AT_ONCE, read_jobs
from airflow_oracle_dag.control.oracle_errors import translated
from airflow_oracle_dag.control.oracle_rows import TIMESTAMP, cut, in_call, run_binds, run_of
from airflow_oracle_dag.control.rules import given_once, only, unknown_job
from airflow_oracle_dag.control.table import Audit, ControlNames, ControlTableError, UnknownNames
from airflow_oracle_dag.core.jobs import STATUS_FLAGS, Job, JobRun
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.connector import Connector, Session
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError
from airflow_oracle_dag.sql.control_tables import ControlTables, control_tables

#: Jobs that are skipped with one round trip: each is a block that locks and writes.
SKIPPED_AT_ONCE = 500
#: Jobs that a query of job runs names, padded to these; for more the whole interval is read.
NAMED_AT_ONCE = (1, 10, 100)
#: No call takes longer; a locked row answers after 5 seconds already.
CALL_SECONDS = 60.0

#: Somebody else adds one of the same rows: has committed it, or waits for a row of ours as well.
_ADDED_BY_ANOTHER = ("ORA-00001", "ORA-00060")
#: Each try finds the rows of one more of those who add them at the same time.
_TRIES = 5


class OracleControlTable:
    """Keep jobs and their runs in Oracle tables.

    A session is opened when it is first needed, and again after one was lost.

    :param connector: opens sessions.
    :param schema: owner of tables that name none; None for the user that connects.
    :param names: what a team's own tables and columns are called.
    :raises UnknownNames: when a name is no plain identifier.
    """

    def __init__(
        self,
        connector: Connector,
        schema: str | None = None,
        names: ControlNames = ControlNames(),  # noqa: B008 - frozen
    ) -> None:
        self._connector = connector
        self._schema = schema
        self._names = names
        self._opened: tuple[Session, ControlTables] | None = None
        self._tables(schema or "SOMEBODY")  # a bad name is said here, not at the first use

    def __enter__(self) -> Self:
        """Return the table."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back what was opened."""
        self.close()

    def close(self) -> None:
        """Give back what was opened."""
        if self._opened is not None:
            self._opened[0].close()
            self._opened = None

    # -- reading ------------------------------------------------------------------------------

    def job(self, environment: str, name: str) -> Job:
        """Read one row."""
        with self._working(f"reading job {name}") as (session, tables):
            found = read_jobs(session, tables, environment, "read_job", job_name=name)
            return only(found, environment, name, tables.shown)

    def jobs(self, environment: str, category: str | None = None) -> list[Job]:
        """Read all rows of an environment, or of one category, in the order of their names."""
        if category is None:
            with self._working("reading all jobs") as (session, tables):
                return read_jobs(session, tables, environment, "read_jobs")
        with self._working(f"reading category {category}") as (session, tables):
            if "JobCategory" not in tables.columns:
                raise ControlTableError(
                    f"category {category} cannot be read: control_names gives {tables.shown} no "
                    "column for JobCategory\n  To mend it: name the column, or ask for all jobs."
                )
            return read_jobs(session, tables, environment, "read_category", category=category)

    def job_runs(
        self, environment: str, interval_key: str, names: Sequence[str] | None = None
    ) -> dict[str, JobRun]:
        """Read what became of jobs for an interval, by name; jobs without a run are missing."""
        wanted = None if names is None else sorted(set(names))
        if wanted == []:
            return {}
        binds: dict[str, Any] = {"environment": environment, "interval_key": interval_key}
        with self._working(f"reading the runs of {interval_key}") as (session, tables):
            size = 0 if wanted is None else len(wanted)
            padded = next((limit for limit in NAMED_AT_ONCE if size <= limit), 0)
            if wanted is None or not padded:
                text = sql.control_statement("read_interval", tables)
            else:
                text = sql.control_statement("read_job_runs", tables, names=padded)
                filled = wanted + [wanted[-1]] * (padded - size)
                binds.update({f"name_{no}": name for no, name in enumerate(filled)})
            rows = session.query(text, binds, ROWS_AT_ONCE)
        runs = sorted((run_of(environment, row) for row in rows), key=attrgetter("job_name"))
        chosen = {run.job_name for run in runs} if wanted is None else set(wanted)
        return {run.job_name: run for run in runs if run.job_name in chosen}

    def history(self, environment: str, name: str, limit: int = 30) -> list[JobRun]:
        """Read the newest runs of a job, latest interval first."""
        binds = {"environment": environment, "job_name": name, "most": limit}
        with self._working(f"reading the runs of job {name}") as (session, tables):
            rows = session.query(sql.control_statement("read_history", tables), binds)
        return [run_of(environment, row) for row in rows]

    def calendar_days(self, name: str) -> Mapping[Any, str] | None:
        """Return the holidays of an own calendar, day to label; None when there is no such one."""
        with self._working(f"reading calendar {name}") as (session, tables):
            text = sql.control_statement("read_calendar", tables)
            rows = session.query(text, {"calendar": name}, ROWS_AT_ONCE)
        return {day.date(): label or "" for day, label in rows} or None

    # -- runs ---------------------------------------------------------------------------------

    def begin(self, run: JobRun) -> JobRun:
        """Write down that a job begins for an interval; return it with its attempt."""
        with self._working(f"beginning job {run.job_name}") as (session, tables):
            text = sql.control_statement("begin_job", tables)
            outs = {"attempt": int, "started_at": TIMESTAMP}
            found = session.call(text, in_call(run_binds(run)), outs)
            if found["attempt"] is None:
                raise unknown_job(run.job_name, run.environment, tables.shown)
        return replace(
            run,
            state=State.RUNNING,
            attempt=found["attempt"],
            started_at=found["started_at"],
            ended_at=None,
        )

    def finish(self, run: JobRun, state: State, reason: str = "") -> bool:
        """Write down how the attempt ended; False when it no longer is the newest one."""
        ins = {
            "environment": run.environment,
            "job_name": run.job_name,
            "interval_key": run.interval_key,
            "due_at": run.due_at,
            "attempt": run.attempt,
            "state": state.value,
            "reason": cut("reason", reason),
            "status_flag": STATUS_FLAGS[state],
        }
        with self._working(f"ending job {run.job_name}") as (session, tables):
            if "StatusFlag" not in tables.columns:
                del ins["status_flag"]
            text = sql.control_statement("finish_job", tables)
            return bool(session.call(text, in_call(ins), {"finished": int})["finished"])

    def skip(self, runs: Sequence[JobRun]) -> None:
        """Write down jobs that do not run for an interval, each with its reason."""
        ordered = sorted(runs, key=lambda run: (run.environment, run.job_name))  # no deadlocks
        if not ordered:
            return
        with self._working(f"skipping {len(ordered)} jobs") as (session, tables):
            text = sql.control_statement("skip_job", tables)
            for start in range(0, len(ordered), SKIPPED_AT_ONCE):
                some = ordered[start : start + SKIPPED_AT_ONCE]
                session.change(text, [run_binds(run) for run in some], timestamps=("due_at",))
            session.commit()

    # -- changes by hand ----------------------------------------------------------------------

    def change(
        self, environment: str, name: str, changes: Mapping[str, str | None], audit: Audit
    ) -> Job:
        """Change fields of a row and keep who did it and why; return the row as it was."""
        with self._working(f"changing job {name}") as (session, tables):
            before = oracle_changes.change(session, tables, (environment, name), changes, audit)
            session.commit()
        return before

    def put(self, jobs: Sequence[Job], audit: Audit) -> dict[str, str]:
        """Add rows, or replace what people write in them; return "added" or "changed" by name."""
        given_once(jobs)
        if not jobs:
            return {}
        ordered = sorted(jobs, key=lambda job: (job.environment, job.name))  # no deadlocks
        with self._working(f"writing {len(jobs)} jobs") as (session, tables):
            for left in reversed(range(_TRIES)):
                try:
                    done = oracle_changes.put(session, tables, ordered, audit)
                    break
                except DatabaseError as error:
                    if error.code not in _ADDED_BY_ANOTHER or not left:
                        raise
                    session.rollback()  # now it is there
            session.commit()
        return done

    # -- the session --------------------------------------------------------------------------

    def _tables(self, schema: str) -> ControlTables:
        names = self._names
        try:
            return control_tables(
                schema, names.job_table, names.run_table, names.audit_table, names.columns
            )
        except sql.UnknownSchemaName as error:
            raise UnknownNames(f"control_names: {error}") from None

    @contextmanager
    def _working(self, doing: str) -> Iterator[tuple[Session, ControlTables]]:
        """Give the session and the tables; after an error nothing that was begun is left."""
        if self._opened is None:
            with translated(None, doing):
                session = self._connector.open()
                session.limit(CALL_SECONDS)
            self._opened = (session, self._tables(self._schema or session.identity.schema))
        opened = self._opened
        try:
            with translated(opened[1], doing):
                yield opened
        except BaseException as error:
            self._give_up(error)
            raise

    def _give_up(self, error: BaseException) -> None:
        """Roll back; a session that is not whole any more is closed and opened anew when needed."""
        if self._opened is None:
            return
        try:
            broken = isinstance(error.__cause__, ConnectionLost) or not isinstance(error, Exception)
            if broken:
                self.close()
            else:
                self._opened[0].rollback()
        except DatabaseError:
            self.close()
