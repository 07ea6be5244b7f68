"""Carry steps into a job of the database: the place ``database`` of a step.

`submit` creates the job and lets it begin, however often it is called. The job's name tells its
attempt from all others, so nothing has to be looked for.
"""

from __future__ import annotations

import secrets
from typing import Any, Optional, Sequence, Tuple

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.handed import External, HandoverRow, JobState
from airflow_oracle_dag.core.handover import DATABASE, Job, prepare
from airflow_oracle_dag.core.plan import Step
from airflow_oracle_dag.core.script import StatementClass
from airflow_oracle_dag.runtime.carriers import Packed, Parcel
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import DatabaseError, NotGranted
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.store import CheckpointReader
from airflow_oracle_dag.runtime.table_rows import cut_bytes

_LOCKS = 2**30  # numbers of locks of one's own, see `connector`
_IS_THERE, _IS_GONE, _RUNS = "ORA-27477", ("ORA-27475", "ORA-27476"), "ORA-27478"
_DISABLED = "DISABLED"
_CANNOT_CALL = ("ORA-06550", "ORA-01031")


def refuse_without_grants(session: Session, steps: Sequence[Step]) -> None:
    """Refuse to begin what a user may not hand over, before anything is begun.

    Unverified: a block that names a package which may not be called does not compile (ORA-06550),
    whether that call is reached or not (PL/SQL Language Reference, PL/SQL Name Resolution).

    :param steps: of the script; nothing is asked where none of them runs in the database.
    :raises NotGranted: with the grant.
    """
    handed = [step for step in steps if step.place == DATABASE and not step.is_skipped]
    if not handed:
        return
    if not session.query(sql.block("read_job_privilege"), {})[0][0]:
        raise _not_granted(session, "CREATE JOB")
    units = [unit for step in handed for unit in step.units]
    asks = any(unit.piece.statement is StatementClass.SELECT for unit in units)
    for name, package in [("see_scheduler", "DBMS_SCHEDULER"), ("see_dynamic_sql", "DBMS_SQL")]:
        if name == "see_dynamic_sql" and not asks:
            continue
        try:
            session.call(sql.block(name), {}, {})
        except DatabaseError as error:
            if error.code not in _CANNOT_CALL:
                raise
            raise _not_granted(session, f"EXECUTE ON {package}") from error


def _not_granted(session: Session, privilege: str) -> NotGranted:
    me = session.identity.schema
    return NotGranted(
        f"steps of this script run in the database (run_on=database), in a job of {me}, who lacks "
        f"{privilege}: let a DBA say GRANT {privilege} TO {me}, or run them in the worker "
        "(run_on=worker)"
    )


class SchedulerJobs:
    """What DBMS_SCHEDULER carries, as one session sees it."""

    def __init__(self, store: CheckpointReader) -> None:
        self._store = store
        self.session = store.session

    def pack(self, parcel: Parcel) -> Packed:
        """Write a segment as one block, with its statements and values in rows."""
        job = Job(
            session_lock=secrets.randbelow(_LOCKS),
            module=_module(parcel.identity),
            client_identifier=cut_bytes(parcel.run_key, 64),
            keep_output=parcel.keep_output,
            is_end=parcel.is_end,
        )
        prepared = prepare(parcel.segment.handed, parcel.run_with, job)
        body = sql.handed_body(prepared.operations, prepared.kinds, parcel.schema)
        return Packed(body, None, prepared.units, prepared.values)

    def submit(self, row: HandoverRow, body: str, *, again: bool) -> Optional[External]:  # noqa: ARG002 - the job reads its body where it is kept
        """Create the job and let it begin; what is there already is left as it is.

        :param again: the time that it may be queued begins anew.
        """
        if again:
            key = {"run_hash": row.run_hash, "attempt": row.attempt}
            self.session.change(sql.statement("resubmit_handover", self._store.schema), [key])
            self.session.commit()
        label = {"job_name": _label(row)}
        action = sql.statement("job_action", self._store.schema)
        said = f"steps {row.first_step} to {row.last_step} of a run of airflow-oracle-dag"
        try:
            self.session.call(
                sql.block("create_handed_job"),
                {**label, "job_action": action, "comments": said},
                {},
            )
        except DatabaseError as error:
            if error.code != _IS_THERE:
                raise
            if self.state(row).state not in (_DISABLED, None):
                return None
        try:
            self.session.call(sql.block("start_handed_job"), label, {})
        except DatabaseError as error:
            if error.code not in (*_IS_GONE, _RUNS):  # somebody else let it begin
                raise
        return None

    def state(self, row: HandoverRow) -> JobState:
        """Say what the views of the Scheduler show of the job."""
        binds = {"job_name": row.job_name}
        found = self.session.query(sql.block("look_at_job"), binds)
        if found:
            state, enabled, running = found[0]
            return JobState(state, enabled == "TRUE", running > 0)
        runs: Sequence[Tuple[Any, ...]]
        runs = self.session.query(sql.block("look_at_job_runs"), binds)
        said = ""
        if runs:
            status, _, errors, information = runs[0]
            said = " ".join(str(part) for part in (status, errors or information) if part)
        return JobState(runs=len(runs), said=said)

    def drop(self, row: HandoverRow) -> Optional[str]:
        """Remove the job, if it does not run; return what stood in the way, None when it is gone.

        One that has begun finds that the run is not its own, and ends by itself.
        """
        try:
            self.session.call(sql.block("drop_handed_job"), {"job_name": _label(row)}, {})
        except DatabaseError as error:
            if error.code in (*_IS_GONE, _RUNS):
                return None
            return error.message.split("\n", 1)[0]
        return None

    def stop(self, row: HandoverRow) -> Optional[str]:  # noqa: ARG002 - the protocol's
        """Do nothing: `airflow_oracle_dag.runtime.stopping` stops what the database runs."""
        return None

    def cost(self, row: HandoverRow) -> Optional[float]:  # noqa: ARG002 - the protocol's
        """Return None: nobody is paid for it."""
        return None


def is_own(session: Session, row: HandoverRow) -> bool:
    """Tell whether a job is one of the session's user, whose jobs alone the views show."""
    return row.place == DATABASE and row.job_owner == session.identity.schema


def _label(row: HandoverRow) -> str:
    return f'"{row.job_owner}"."{row.job_name}"'


def _module(identity: RunIdentity) -> str:
    named = f"{identity.dag_id}.{identity.task_id}" if identity.dag_id else ""
    return cut_bytes(named or "airflow_oracle_dag", 48)
