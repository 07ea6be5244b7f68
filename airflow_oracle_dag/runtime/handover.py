"""Hand steps to a job of the database, and see how that job stands.

`reserve` writes everything that the job needs in one transaction, before there is a job; `submit`
creates it, however often it is called. Between the two nothing can be lost: whoever finds the row
without the job creates it again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Dict, Optional, Sequence, Tuple

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.handed import HandoverRow, JobState
from airflow_oracle_dag.core.handover import DATABASE, Given, Job, Segment, prepare
from airflow_oracle_dag.core.liveness import Liveness, Signs, liveness_of
from airflow_oracle_dag.core.plan import Step
from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.core.script import StatementClass
from airflow_oracle_dag.runtime.block import Hold
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import DatabaseError, NotGranted
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.table_rows import cut_bytes

_CLIENT = "job "  # as ODAG_RUN names a job that holds a run
_LOCKS = 2**30  # numbers of locks of one's own, see `connector`
_IS_THERE, _IS_GONE, _RUNS = "ORA-27477", ("ORA-27475", "ORA-27476"), "ORA-27478"
_DISABLED = "DISABLED"
_CANNOT_CALL = ("ORA-06550", "ORA-01031")


@dataclass(frozen=True)
class Sight:
    """How a job stands.

    :param now: by the clock of the database.
    """

    row: HandoverRow
    job: JobState
    now: datetime


def job_of(run: RunRow) -> Optional[str]:
    """Return the name of the job that holds a run and has not ended, None when it is none."""
    client = run.client or ""
    if run.attempt_ended_at is not None or not client.startswith(_CLIENT):
        return None
    return client[len(_CLIENT) :]


def with_job(store: CheckpointStore, run: RunRow, signs: Signs) -> Signs:
    """Add what the Scheduler says of a job that ran on another instance; see `core.liveness`."""
    handover = Handover(store)
    row = None if signs.same_instance or job_of(run) is None else handover.read(run)
    runs = None if row is None else handover.runs(row)
    return replace(signs, job_runs=runs)


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


class Handover:
    """The job that one run's steps are handed to, as one session sees it."""

    def __init__(self, store: CheckpointStore) -> None:
        self._store = store
        self.session = store.session

    def reserve(
        self,
        hold: Hold,
        segment: Segment,
        run_with: Sequence[Given],
        identity: RunIdentity,
        *,
        unfinished: int,
        keep_output: bool,
        is_end: bool,
    ) -> Optional[int]:
        """Make the job's attempt the owner of the run, and keep what it is to do; one transaction.

        :param run_with: for each step of `Segment.handed`.
        :param unfinished: how many steps are not done, or run again in a session of their own.
        :param is_end: the run has no further step.
        :return: the attempt; None when the run is not `hold`'s any more.
        """
        attempt = hold.attempt + 1
        name = f"ODAG_{hold.run_hash[:24].upper()}_{attempt}"
        job = Job(
            session_lock=secrets.randbelow(_LOCKS),
            module=_module(identity),
            client_identifier=cut_bytes(hold.run_key, 64),
            keep_output=keep_output,
            is_end=is_end,
        )
        prepared = prepare(segment.handed, run_with, job)
        key = {"run_hash": hold.run_hash, "attempt": attempt}
        if not self._take(hold, attempt, name, segment.steps[0].no, unfinished):
            self.session.rollback()
            return None
        self._change(
            "insert_handover",
            [
                {
                    **key,
                    "generation": hold.generation,
                    "job_name": name,
                    "job_owner": self.session.identity.schema,
                    "place": segment.place,
                    "first_step": segment.handed[0].no,
                    "last_step": segment.handed[-1].no,
                    "body": sql.handed_body(
                        prepared.operations, prepared.kinds, self._store.schema
                    ),
                }
            ],
        )
        units = [{**key, "unit_no": no, "text": text} for no, text in enumerate(prepared.units, 1)]
        if units:
            self._change("insert_handover_unit", units)
        values = [{**key, "value_no": value.no, **value.columns} for value in prepared.values]
        self._change("insert_handover_value", values, ["timestamp_value"])
        self.session.commit()
        return attempt

    def _take(self, hold: Hold, attempt: int, name: str, first_step: int, unfinished: int) -> bool:
        fence = {"run_hash": hold.run_hash, "attempt": hold.attempt, "job_attempt": attempt}
        generation = {**fence, "generation": hold.generation}
        change = self._change
        return (
            change("reserve_canary", [fence]) == 1
            and change("reserve_steps", [{**generation, "first_step": first_step}]) == unfinished
            and change("reserve_run", [{**generation, "client": f"{_CLIENT}{name}"}]) == 1
        )

    def submit(self, row: HandoverRow, *, again: bool = False) -> None:
        """Create the job and let it begin; what is there already is left as it is.

        :param again: the time that it may be queued begins anew.
        """
        if again:
            key = {"run_hash": row.run_hash, "attempt": row.attempt}
            self._change("resubmit_handover", [key])
            self.session.commit()
        label = {"job_name": self._label(row)}
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
            if self._state(row).state not in (_DISABLED, None):
                return
        try:
            self.session.call(sql.block("start_handed_job"), label, {})
        except DatabaseError as error:
            if error.code not in (*_IS_GONE, _RUNS):  # somebody else let it begin
                raise

    def drop(self, row: HandoverRow) -> Optional[str]:
        """Remove the job, if it does not run; return what stood in the way, None when it is gone.

        One that has begun finds that the run is not its own, and ends by itself.
        """
        try:
            self.session.call(sql.block("drop_handed_job"), {"job_name": self._label(row)}, {})
        except DatabaseError as error:
            if error.code in (*_IS_GONE, _RUNS):
                return None
            return error.message.split("\n", 1)[0]
        return None

    def withdraw(self, run: RunRow) -> Optional[str]:
        """Remove the job of an attempt that was taken over before it began; see `drop`."""
        row = self.read(run) if job_of(run) is not None and run.session_id is None else None
        return None if row is None else self.drop(row)

    def runs(self, row: HandoverRow) -> Optional[bool]:
        """Tell whether a job runs, on whatever instance; None: it is another user's."""
        return self._state(row).running if self._is_mine(row) else None

    def look(self, run: RunRow) -> Optional[Sight]:
        """Say how the job stands that holds a run; None: no job does."""
        name = job_of(run)
        if name is None:
            return None
        row = self.read(run)
        if row is None:
            return None
        job = self._state(row) if self._is_mine(row) else self._from_outside(run, row)
        now = self._store.clock()
        row = self.read(run)  # after the views, see `core.handed`
        return None if row is None else Sight(row, job, now)

    def read(self, run: RunRow) -> Optional[HandoverRow]:
        """Return the row of the job that a run's attempt is or was; None: it is none."""
        text = sql.statement("read_handover", self._store.schema)
        rows = self.session.query(text, {"run_hash": run.run_hash, "attempt": run.attempt})
        return HandoverRow(*rows[0]) if rows else None

    def _change(
        self, name: str, rows: Sequence[Dict[str, Any]], timestamps: Sequence[str] = ()
    ) -> int:
        return self.session.change(sql.statement(name, self._store.schema), rows, timestamps)

    def _is_mine(self, row: HandoverRow) -> bool:
        return row.job_owner == self.session.identity.schema

    def _label(self, row: HandoverRow) -> str:
        return f'"{row.job_owner}"."{row.job_name}"'

    def _state(self, row: HandoverRow) -> JobState:
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

    def _from_outside(self, run: RunRow, row: HandoverRow) -> JobState:
        """Say what can be known of the job of another user: whether its session lives."""
        if row.claimed_at is None:
            return JobState("SCHEDULED", enabled=True)
        over = (Liveness.DEAD, Liveness.ENDED)
        return JobState(running=liveness_of(self._store.signs_of_life(run)) not in over)


def _module(identity: RunIdentity) -> str:
    named = f"{identity.dag_id}.{identity.task_id}" if identity.dag_id else ""
    return cut_bytes(named or "airflow_oracle_dag", 48)
