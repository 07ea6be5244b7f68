"""Changes by hand in Oracle tables: each locked, compared, written and audited in a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_oracle_dag import sql
from airflow_oracle_dag.control.oracle_rows import cut, job_binds, job_of
from airflow_oracle_dag.control.rules import changeable, differences, named, only
from airflow_oracle_dag.control.table import Audit
from airflow_oracle_dag.core.jobs import Job
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.sql.control_tables import ControlTables, bind_name, written_fields

#: Rows that come or go with one round trip.
ROWS_AT_ONCE = 2_000


def read_jobs(
    session: Session, tables: ControlTables, environment: str, statement: str, **binds: Any
) -> list[Job]:
    """Read rows of the jobs in the order of their names."""
    if "Environment" in tables.columns:
        binds["environment"] = environment
    rows = session.query(sql.control_statement(statement, tables), binds, ROWS_AT_ONCE)
    return named(rows, lambda row: job_of(environment, tables, row), tables.shown)


def change(
    session: Session,
    tables: ControlTables,
    key: tuple[str, str],
    changes: Mapping[str, str | None],
    audit: Audit,
) -> Job:
    """Change fields of a row; return it as it was. Does not commit.

    :param key: environment and name.
    """
    changeable(changes, tables.columns, tables.shown)
    session.execute(sql.control_statement("write_as_text", tables), {})
    _lock(session, tables, [key])
    environment, name = key
    before = only(
        read_jobs(session, tables, environment, "read_job", job_name=name), *key, tables.shown
    )
    changed = {field: text or "" for field, text in changes.items()}
    changed = {f: text for f, text in changed.items() if before.as_fields()[f] != text}
    if changed:
        _write(session, tables, {key: changed})
        _audit(session, tables, [(before, changed)], audit)
    return before


def put(
    session: Session, tables: ControlTables, jobs: Sequence[Job], audit: Audit
) -> dict[str, str]:
    """Add rows, or change what people write in them; return which. Does not commit."""
    session.execute(sql.control_statement("write_as_text", tables), {})
    _lock(session, tables, sorted({(job.environment, job.name) for job in jobs}))
    there: dict[tuple[str, str], list[Job]] = defaultdict(list)
    for environment in {job.environment for job in jobs}:
        for job in read_jobs(session, tables, environment, "read_jobs"):
            there[job.environment, job.name].append(job)
    added: list[Job] = []
    changed: list[tuple[Job, dict[str, str]]] = []
    for job in jobs:
        key = (job.environment, job.name)
        if key not in there:
            added.append(job)
            continue
        old = only(there[key], *key, tables.shown)
        found = differences(old, job, tables.columns)
        if found:
            changed.append((old, found))
    _add(session, tables, added)
    _write(session, tables, {(old.environment, old.name): found for old, found in changed})
    _audit(session, tables, [(job, {}) for job in added], audit)
    _audit(session, tables, changed, audit)
    return {job.name: "added" for job in added} | {old.name: "changed" for old, _ in changed}


def _lock(session: Session, tables: ControlTables, keys: Sequence[tuple[str, str]]) -> None:
    text = sql.control_statement("lock_job", tables)
    for some in _parts([job_binds(tables, *key) for key in keys]):
        session.change(text, some)


def _add(session: Session, tables: ControlTables, jobs: Sequence[Job]) -> None:
    text = sql.control_statement("add_job", tables)
    rows = [
        {bind_name(field): job.as_fields()[field] or None for field in written_fields(tables)}
        for job in jobs
    ]
    for some in _parts(rows):
        session.change(text, some)


def _write(
    session: Session,
    tables: ControlTables,
    changes: Mapping[tuple[str, str], Mapping[str, str]],
) -> None:
    """Update the rows, those that change the same fields together."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for key, changed in changes.items():
        binds = {bind_name(field): text or None for field, text in changed.items()}
        alike[tuple(changed)].append({**binds, **job_binds(tables, *key)})
    for fields, rows in alike.items():
        text = sql.control_statement("change_job", tables, fields)
        for some in _parts(rows):
            session.change(text, some)


def _audit(
    session: Session,
    tables: ControlTables,
    changes: Sequence[tuple[Job, Mapping[str, str]]],
    audit: Audit,
) -> None:
    """Write a line for each field that changed; of a row that was added, for each that is set."""
    said = {"who": cut("who", audit.who), "why": cut("why", audit.why)}
    rows = []
    for job, changed in changes:
        row = {"environment": job.environment, "job_name": job.name, **said}
        fields = job.as_fields()
        new = changed or {f: fields[f] for f in written_fields(tables) if fields[f]}
        for field, text in new.items():
            old = cut("value", fields[field]) if changed else ""
            texts = {"old_value": old or None, "new_value": cut("value", text) or None}
            rows.append({**row, "field": field, **texts})
    text = sql.control_statement("insert_job_audit", tables)
    for some in _parts(rows):
        session.change(text, some)


def _parts(rows: Sequence[dict[str, Any]]) -> list[Sequence[dict[str, Any]]]:
    return [rows[start : start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE)]
