"""Be an attempt that somebody else has reserved: the side of a handed segment that works.

The process that AWS Glue runs is a runner like any other, except for how it begins and ends. It
claims the row of ODAG_HANDOVER, which lets one process do so and once; then it holds the run, works
through the steps that were handed over, and leaves the rest. What it could not do itself it leaves
to whoever waits for it: it takes nothing over, reconnects to nothing and hands nothing on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Optional, Tuple

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.handed import HandoverRow
from airflow_oracle_dag.core.handover import WORKER
from airflow_oracle_dag.core.kept_variables import refuse_unknown
from airflow_oracle_dag.core.plan import Plan
from airflow_oracle_dag.core.resume import resumption
from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.runtime.block import Hold, taken_over
from airflow_oracle_dag.runtime.claim import Beginning, refuse_other
from airflow_oracle_dag.runtime.connector import Connector, Session
from airflow_oracle_dag.runtime.errors import NotAdopted
from airflow_oracle_dag.runtime.handover import Handover
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import Event, Observer, RunOptions
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.table_rows import cut_bytes

SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"
_LONGEST_CALL = 20.0  # seconds that writing an end down may take


class Adoption:
    """One attempt that was handed over, as the process that is to be it.

    :param attempt: its number.
    """

    def __init__(
        self, identity: RunIdentity, attempt: int, options: RunOptions, observe: Observer
    ) -> None:
        self._identity = identity
        self._attempt = attempt
        self._options = options
        self._observe = observe
        self._session_id: Optional[str] = None
        self.row: Optional[HandoverRow] = None

    @property
    def claimed(self) -> bool:
        """Tell whether this process is the attempt."""
        return self.row is not None

    def claim(self, store: CheckpointStore) -> None:
        """Become the attempt, in one transaction that one process can do once.

        :raises NotAdopted: it is another process's, it has ended, or the run is not its own.
        """
        me = store.session_columns()
        key = {"run_hash": self._identity.digest, "attempt": self._attempt}
        session = {name: me[name] for name in ("session_id", "sid", "serial", "instance")}
        claim = {**key, **session, "external_id": self._options.adopt_as}
        change, text = store.session.change, sql.statement
        if (
            change(text("adopt_handover", store.schema), [claim]) != 1
            or change(
                text("adopt_run", store.schema),
                [{**key, **session, "session_lock": me["session_lock"]}],
            )
            != 1
        ):
            store.session.rollback()
            raise self._not_adopted(store)
        store.session.commit()
        run = store.run(self._identity.digest)
        self.row = None if run is None else Handover(store).read(run)
        if self.row is None or self.row.attempt != self._attempt:
            self.row = None
            raise self._not_adopted(store)
        self._session_id = me["session_id"]
        zone = {"time_zone": (self.row.time_zone, str)}  # as the job of a database has it
        store.session.call(sql.block("set_time_zone"), zone, {})
        said = f"steps {self.row.first_step} to {self.row.last_step}"
        self._say(f"attempt {self._attempt} of run {self._identity.key} begins: {said}")

    def plan(self, plan: Plan) -> Plan:
        """Return the plan with all steps in this very process."""
        return replace(plan, steps=tuple(replace(step, place=WORKER) for step in plan.steps))

    def begin(self, store: CheckpointStore, plan: Plan, script_hash: str) -> Tuple[Beginning, int]:
        """Return what the attempt begins with, the rows as they were reserved for it.

        What the stored code says of a step may have changed since: its row then says so, too.

        :return: also the number of the last step that it is to run.
        :raises RunConflict: another script or another database than the run's.
        :raises DriftError: this process was given another script, or other values.
        :raises StateError: nobody knows the value of a variable.
        :raises TakenOver: another attempt came in between.
        """
        run = self._run(store)
        refuse_other(run, plan, script_hash, store.session)
        rows = store.steps(run.run_hash, run.generation)
        hold = self._hold(run, store)
        changes = resumption(rows, rows, plan, self._attempt)
        before = {row.step_no: row for row in rows}
        add = [row for row in changes.add if row != before.get(row.step_no)]
        numbers = {row.step_no for row in add}
        after = [row for row in rows if row.step_no not in numbers]
        after = sorted([*after, *add], key=lambda row: row.step_no)
        refuse_unknown(plan, after)
        remove = [row for row in rows if row.step_no in numbers]
        if not store.replace_steps(run, remove, add):
            store.session.rollback()
            raise taken_over(hold)
        store.session.commit()
        beginning = Beginning(hold, tuple(after), changes.resume_step, resumed=True)
        return beginning, self.row.last_step if self.row is not None else 0

    def end(
        self, session: Optional[Session], connector: Connector, error: Optional[BaseException]
    ) -> None:
        """Write down how it ended, if it can be; whoever waits finds out without it, only later.

        :param session: its own, None where that is lost; it has no transaction.
        :param error: that ended it, None: it has done what it was to do.
        """
        if self.row is None:
            return
        opened: Optional[Session] = None
        try:
            opened = connector.open() if session is None else None
            self._write_end(opened or session, error)
        except OracleDagError as obstacle:
            first = str(obstacle).split("\n", 1)[0]
            self._observe(Event("notice", f"the end could not be written down: {first}"))
        finally:
            if opened is not None:
                opened.close()

    def _write_end(self, session: Optional[Session], error: Optional[BaseException]) -> None:
        if session is None or self.row is None:
            return
        session.limit(_LONGEST_CALL)
        told = "" if error is None else str(error) or type(error).__name__
        ending: Dict[str, Any] = {
            "run_hash": self.row.run_hash,
            "attempt": self._attempt,
            "session_id": self._session_id,
            "ending": SUCCEEDED if error is None else FAILED,
            "error_code": getattr(error, "code", None) or None,
            "error_text": cut_bytes(told, 4000) or None,
        }
        schema = self._options.schema or session.identity.schema
        session.change(sql.statement("end_adopted", schema), [ending])
        session.commit()

    def _run(self, store: CheckpointStore) -> RunRow:
        run = store.run(self._identity.digest)
        if run is None or run.attempt != self._attempt:
            raise self._not_adopted(store)
        return run

    def _hold(self, run: RunRow, store: CheckpointStore) -> Hold:
        return Hold(
            run_hash=run.run_hash,
            run_key=run.run_key,
            generation=run.generation,
            attempt=self._attempt,
            schema=store.schema,
            client=store.session.identity.client,
        )

    def _not_adopted(self, store: CheckpointStore) -> NotAdopted:
        """Say what stands in the way, as far as the rows tell."""
        key, attempt = self._identity.key, self._attempt
        run = store.run(self._identity.digest)
        if run is None:
            why = "there is no such run in this database"
        elif run.attempt != attempt:
            why = f"attempt {run.attempt} holds the run by now"
        else:
            row = Handover(store).read(run)
            if row is None:
                why = "it was not handed over"
            elif row.ended_at is not None:
                why = f"it has ended: {row.ending}"
            elif row.claimed_at is not None:
                why = "another process is it already"
            elif row.stop_wishes:
                why = "it is to stop before it begins"
            else:
                why = f"it was handed to {row.called}"
        return NotAdopted(
            f"this process cannot be attempt {attempt} of run {key}: {why}. Nothing was run",
            run_key=key,
        )

    def _say(self, text: str) -> None:
        self._observe(Event("decision", text))
