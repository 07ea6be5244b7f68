"""Rows of Oracle tables as jobs and job runs, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import oracledb

from airflow_oracle_dag.control.rules import shortened
from airflow_oracle_dag.core.jobs import Job, JobRun
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.sql.control_tables import ControlTables

TIMESTAMP = oracledb.DB_TYPE_TIMESTAMP
#: Bytes that a column holds; longer texts are cut, for they only tell a story.
_BYTES = {
    "decided_by": 1000,
    "run_key": 1200,
    "reason": 4000,
    "why": 1000,
    "who": 255,
    "value": 4000,
}


def job_of(environment: str, tables: ControlTables, row: Sequence[Any]) -> Job:
    """Read a row of the columns that a team's table has.

    :param environment: that was asked for; a table without such a column serves them all.
    :raises FieldError: for a row without a name.
    """
    fields = dict(zip(tables.columns, row, strict=True))
    moment = fields.get("LastRunTimestamp")
    fields["LastRunTimestamp"] = moment if isinstance(moment, datetime) else None
    fields["Environment"] = environment
    return Job.from_fields(fields)


def run_of(environment: str, row: Sequence[Any]) -> JobRun:
    """Read a row of the job runs, its columns in the order of `control.sql`."""
    name, key, due_at, state, attempt, decided_by, run_key, reason, started_at, ended_at = row
    return JobRun(
        environment=environment,
        job_name=name,
        interval_key=key,
        due_at=due_at,
        state=State(state),
        attempt=int(attempt),
        decided_by=decided_by or "",
        run_key=run_key or "",
        reason=reason or "",
        started_at=started_at,
        ended_at=ended_at,
    )


def run_binds(run: JobRun) -> dict[str, Any]:
    """Return the binds that say which run is meant and what is known of it."""
    return {
        "environment": run.environment,
        "job_name": run.job_name,
        "interval_key": run.interval_key,
        "due_at": run.due_at,
        "decided_by": cut("decided_by", run.decided_by),
        "run_key": cut("run_key", run.run_key),
        "reason": cut("reason", run.reason),
    }


def job_binds(tables: ControlTables, environment: str, name: str) -> dict[str, Any]:
    """Return the binds that say which row of the jobs is meant."""
    binds = {"job_name": name}
    return {**binds, "environment": environment} if "Environment" in tables.columns else binds


def cut(bind: str, text: str) -> str:
    """Cut a text to what its column holds."""
    return shortened(text, _BYTES[bind])


def in_call(binds: Mapping[str, Any]) -> dict[str, Any]:
    """Say of moments that they are TIMESTAMP, as `Session.call` wants it."""
    return {
        name: (value, TIMESTAMP) if isinstance(value, datetime) else value
        for name, value in binds.items()
    }
