"""The checkpoint tables: a reader that only reads, and the store that writes.

`CheckpointStore` knows how each write is fenced, not when it is due: that is the runner's and the
takeover's business. Its methods take part in the session's transaction; those that end it say so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.liveness import Signs
from airflow_oracle_dag.core.rows import AttemptRow, AuditRow, Canary, RunRow, StepRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import DatabaseError, NotInitialised, UnknownRun
from airflow_oracle_dag.runtime.table_rows import (
    attempt_row,
    cut_bytes,
    plain_step,
    run_row,
    step_row,
)

_LOCKED = ("ORA-00054", "ORA-30006", "ORA-01591")
_UNIQUE = "ORA-00001"
#: Of DBMS_LOCK.REQUEST: 0 got it, 1 gave up waiting. Whatever else it says, says nothing.
_LOCK_ANSWERS = {0: False, 1: True}
_NO_TABLE = "ORA-00942"
_IDENTITY = (
    *("run_hash", "generation", "namespace", "run_key"),
    *("dag_id", "task_id", "map_key", "run_id"),
)
#: Columns of ODAG_RUN that say for whom, and with which splitter, the attempt that holds it works.
HOLDER = (*("dag_id", "task_id", "map_key", "run_id"), *("splitter", "max_tries", "try_number"))


class RecentRun(NamedTuple):
    """What a list of runs says of one; times are naive UTC."""

    run_key: str
    state: State
    generation: int
    attempt: int
    script_name: str
    attempt_started_at: datetime
    ended_at: Optional[datetime]


class CheckpointReader:
    """Read the checkpoint tables.

    :param schema: owner of the tables, None for the session's own user.
    :raises NotInitialised: from every method, when the tables are not there.
    """

    def __init__(self, session: Session, schema: Optional[str] = None) -> None:
        self.session = session
        self.schema = schema or session.identity.schema

    def run(self, run_hash: str) -> Optional[RunRow]:
        """Return the newest generation of a run key, None when there is none."""
        rows = self._query("read_run", run_hash=run_hash)
        return run_row(rows[0]) if rows else None

    def steps(self, run_hash: str, generation: int) -> List[StepRow]:
        """Return the steps of a generation in order."""
        found = self._query("read_steps", run_hash=run_hash, generation=generation)
        return [step_row(row) for row in found]

    def attempts(self, run_hash: str, generation: int) -> List[AttemptRow]:
        """Return how each try of each step ended, in order."""
        found = self._query("read_step_attempts", run_hash=run_hash, generation=generation)
        return [attempt_row(row) for row in found]

    def generations(self, run_hash: str) -> List[RunRow]:
        """Return every generation of a run key, oldest first."""
        return [run_row(row) for row in self._query("read_generations", run_hash=run_hash)]

    def audit(self, run_hash: str) -> List[AuditRow]:
        """Return what people did to a run by hand, oldest first."""
        return [AuditRow(*row) for row in self._query("read_audit", run_hash=run_hash)]

    def recent(self, namespace: str, at_most: int) -> List[RecentRun]:
        """Return the runs of a namespace that were at work last, the newest first."""
        found = self._query("read_recent_runs", namespace=namespace, at_most=at_most)
        return [RecentRun(key, State(state), *rest) for key, state, *rest in found]

    def purgeable(self, namespace: str, before: datetime) -> List[str]:
        """Return the hashes of run keys that were finished and acknowledged before a moment.

        :param before: naive UTC, by the database's clock.
        """
        found = self._query("read_purgeable", namespace=namespace, before=before)
        return [str(row[0]) for row in found]

    def clock(self) -> datetime:
        """Return the database's clock (naive UTC)."""
        now: datetime = self.session.query(sql.block("read_clock"), {})[0][0]
        return now

    def script_text(self, run_hash: str, generation: int) -> str:
        """Return the script as it was run last."""
        return str(self._query("read_script_text", run_hash=run_hash, generation=generation)[0][0])

    def signs_of_life(self, run: RunRow) -> Signs:
        """Ask in every way that is permitted whether a run's session lives, in one round trip."""
        here = self.session.identity
        same = run.instance == here.instance
        found = self.session.call(
            sql.block("session_alive"),
            {
                "session_id": (run.session_id, str),
                "session_lock": (run.session_lock, int),
                "elsewhere": int(not same),
                "instance": (run.instance, int),
                "sid": (run.sid, int),
                "serial": (run.serial, int),
            },
            {"alive": int, "lock_answer": int, "found": int},
        )
        return Signs(
            alive=found["alive"] == 1,
            same_instance=same,
            lock_held=_LOCK_ANSWERS.get(found["lock_answer"]),
            listed=None if found["found"] is None else found["found"] > 0,
        )

    def _query(self, name: str, **binds: Any) -> List[Any]:
        try:
            return self.session.query(self._sql(name), binds)
        except DatabaseError as error:
            raise self._explained(error) from error

    def _sql(self, name: str) -> str:
        return sql.statement(name, self.schema)

    def _explained(self, error: DatabaseError) -> Exception:
        if error.code == _NO_TABLE:
            return NotInitialised(
                f"the checkpoint tables are not in schema {self.schema.upper()}: run "
                "`oracle-dag init` once, or name their owner with --schema"
            )
        return error


class CheckpointStore(CheckpointReader):
    """Write the checkpoint tables, each write under its fence."""

    def insert_generation(self, run: Dict[str, Any], steps: Sequence[StepRow]) -> None:
        """Insert a generation with its steps.

        :param run: the binds of the statement ``insert_run``.
        """
        self._change("insert_run", [run])
        self._insert_steps(run["run_hash"], run["generation"], steps)

    def insert_restarted(self, run: RunRow, script_text: str, steps: Sequence[StepRow]) -> None:
        """Insert a generation that nobody works on yet; it is left to be resumed.

        :param run: the generation before it, with the new one's number, attempt and state.
        """
        script = ("script_name", "script_hash", "db_name", "con_name", "attempt")
        wanted = {*_IDENTITY, *HOLDER, *script}
        columns = {name: getattr(run, name) for name in wanted}
        self.insert_generation(
            {
                **self.session_columns(),
                **columns,
                "script_text": script_text,
                "restart_token": None,
            },
            steps,
        )
        self.end_attempt(run, run.attempt, run.state)

    def insert_canary(self, run_hash: str, owner: int) -> bool:
        """Insert a run key's canary; False when somebody was first."""
        try:
            self._change("insert_canary", [{"run_hash": run_hash, "owner": owner}])
        except DatabaseError as error:
            if error.code == _UNIQUE:
                return False
            raise
        return True

    def lock_canary(self, run_hash: str) -> Optional[Canary]:
        """Lock a run key and read its canary; None when its owner's transaction lives.

        :raises UnknownRun: when there is no run of that key.
        """
        try:
            rows = self.session.query(self._sql("lock_canary"), {"run_hash": run_hash})
        except DatabaseError as error:
            if error.code in _LOCKED:
                return None
            raise self._explained(error) from error
        if not rows:
            raise UnknownRun(f"there is no run {run_hash}")
        owner, mark = rows[0]
        return Canary(int(owner), None if mark is None else int(mark))

    def replace_steps(self, run: RunRow, remove: Sequence[StepRow], add: Sequence[StepRow]) -> bool:
        """Replace steps, if they still are what was read.

        :return: False when one is not: somebody else wrote it in between.
        """
        if remove:
            keys = [
                {
                    "run_hash": run.run_hash,
                    "generation": run.generation,
                    "step_no": row.step_no,
                    "state": row.state.value,
                    "attempt": row.attempt,
                }
                for row in remove
            ]
            if self._change("delete_step", keys) != len(keys):
                return False
        self._insert_steps(run.run_hash, run.generation, add)
        return True

    def hold_run(
        self,
        run: RunRow,
        attempt: int,
        script_hash: str,
        edited: Optional[str],
        resumed: Optional[int],
        ending: Optional[State],
        holder: Optional[Mapping[str, Any]] = None,
    ) -> bool:
        """Write down that this session's attempt holds the generation.

        :param edited: the script's text, when it is not the one that is kept.
        :param resumed: number of the first step that is not done.
        :param ending: the state in which the run is left, None when the attempt goes on. A run in
            doubt keeps the session that left it so: it may still be at work.
        :param holder: the columns `HOLDER`; None: they stay as they are.
        """
        fence = {
            "run_hash": run.run_hash,
            "generation": run.generation,
            "old_attempt": run.attempt,
            "attempt": attempt,
        }
        if ending is State.IN_DOUBT:
            return self._change("doubt_run", [fence]) == 1
        binds = {
            **fence,
            **self.session_columns(),
            **(holder or {name: getattr(run, name) for name in HOLDER}),
            "resumed_step": resumed,
            "script_hash": script_hash,
            "state": (ending or State.RUNNING).value,
            "ended": int(ending is not None),
        }
        if edited is None:
            return self._change("hold_run", [binds]) == 1
        return self._change("hold_edited_run", [{**binds, "script_text": edited}]) == 1

    def release_canary(self, run_hash: str, owner: int) -> None:
        """Hand the run key to an attempt; the last thing before the commit."""
        self._change("release_canary", [{"run_hash": run_hash, "owner": owner}])

    def settle_step(
        self, run: RunRow, row: StepRow, state: State, code: str, text: str, reason: str
    ) -> bool:
        """Write a verdict about a step, if it still is what was read."""
        binds = {
            "run_hash": run.run_hash,
            "generation": run.generation,
            "step_no": row.step_no,
            "attempt": row.attempt,
            "old_state": row.state.value,
            "state": state.value,
            "error_code": code or None,
            "error_text": cut_bytes(text, 4000) or None,
            "reason": cut_bytes(reason, 1000),
            "commits_inside": row.commits_inside,
        }
        return self._change("settle_step", [binds]) == 1

    def insert_attempt(
        self,
        run: RunRow,
        row: StepRow,
        state: State,
        code: str,
        text: str,
        reason: str,
        output: Sequence[str] = (),
    ) -> None:
        """Keep how a try ended that its own block did not end.

        :param output: lines of DBMS_OUTPUT, without secrets.
        """
        binds = {
            "run_hash": run.run_hash,
            "generation": run.generation,
            "step_no": row.step_no,
            "attempt": row.attempt,
            "name": row.name,
            "step_class": row.step_class.value,
            "state": state.value,
            "started_at": row.started_at,
            "error_code": code or None,
            "error_text": cut_bytes(text, 4000) or None,
            "reason": cut_bytes(reason, 1000),
            "client": run.client,
            "commits_inside": row.commits_inside,
            "output": cut_bytes("\n".join(output), 4000) or None,
        }
        self._change("insert_step_attempt", [binds])

    def end_attempt(self, run: RunRow, attempt: int, state: State) -> bool:
        """Write down that an attempt ended, and in which state it leaves the run."""
        binds = {
            "run_hash": run.run_hash,
            "generation": run.generation,
            "attempt": attempt,
            "state": state.value,
        }
        return self._change("end_attempt", [binds]) == 1

    def acknowledge(self, run_hash: str, generation: int, at: datetime) -> bool:
        """Write down that the scheduler recorded the success; False when that is known already."""
        binds = {"run_hash": run_hash, "generation": generation, "acknowledged_at": at}
        return self._change("acknowledge", [binds]) == 1

    def purge(self, run: RunRow) -> Dict[str, int]:
        """Remove all that is kept of a run key but its canary, its audit and a tombstone.

        :param run: the newest generation, finished and acknowledged.
        :return: how many steps, tries, older generations and jobs were removed.
        """
        key = {"run_hash": run.run_hash}
        generation = {**key, "generation": run.generation}
        removed = {
            "steps": self._change("purge_steps", [key]),
            "tries": self._change("purge_history", [key]),
            "older generations": self._change("purge_generations", [generation]),
            "jobs": self._change("purge_handovers", [key]),
        }
        for name in ("purge_handover_units", "purge_handover_values", "purge_signals"):
            self._change(name, [key])
        self._change("leave_tombstone", [generation])
        return removed

    def insert_audit(
        self, run: RunRow, step_no: Optional[int], verb: str, who: str, why: str, detail: str
    ) -> None:
        """Keep who changed a run by hand, and why."""
        binds = {
            "run_hash": run.run_hash,
            "generation": run.generation,
            "step_no": step_no,
            "verb": verb,
            "who": cut_bytes(who, 255),
            "why": cut_bytes(why, 1000),
            "detail": cut_bytes(detail, 1000),
        }
        self._change("insert_audit", [binds])

    def session_columns(self) -> Dict[str, Any]:
        """Return the columns of ODAG_RUN that say who this session is."""
        me = self.session.identity
        return {
            "session_id": me.session_id,
            "sid": me.sid,
            "serial": me.serial,
            "instance": me.instance,
            "client": me.client,
            "session_lock": me.lock,
        }

    def _insert_steps(self, run_hash: str, generation: int, steps: Sequence[StepRow]) -> None:
        if not steps:
            return
        rows = [
            {**plain_step(row), "run_hash": run_hash, "generation": generation} for row in steps
        ]
        self._change("insert_step", rows)

    def _change(self, name: str, rows: Sequence[Dict[str, Any]]) -> int:
        timestamps = [column for column in rows[0] if column.endswith("_at")]
        try:
            return self.session.change(self._sql(name), rows, timestamps)
        except DatabaseError as error:
            raise self._explained(error) from error
