"""A second session that looks at what the first one does; it holds nothing between two looks."""

from __future__ import annotations

import time
from typing import Dict, List, Optional, Sequence, Set, Tuple

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.expected import Expectation, learned
from airflow_oracle_dag.core.liveness import liveness_of
from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.watch import LongOperation, Look
from airflow_oracle_dag.runtime.block import Hold
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError
from airflow_oracle_dag.runtime.store import CheckpointReader
from airflow_oracle_dag.runtime.table_rows import cut_bytes

_LONGEST_CALL = 10.0  # seconds that a question may take
_MOST_RUNS = 50  # that something is learned from
_MOST_LOOKED_AT = 100  # runs, some of which failed
_INACTIVE = "INACTIVE"
_Rows = List[Tuple[object, ...]]


class Witness:
    """Ask about the attempt that holds a run, in a session of its own.

    :raises DatabaseError: from every method.
    """

    def __init__(self, session: Session, hold: Hold) -> None:
        session.limit(_LONGEST_CALL)
        self._session = session
        self._hold = hold
        self._reader = CheckpointReader(session, hold.schema)
        self._views = SessionViews(session)

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def look(self, awaited: Optional[Tuple[int, State]]) -> Look:
        """Look at the attempt's session and at the checkpoint that it is to write.

        :param awaited: number of a step, and the state that the client waits for it to have.
        """
        run = self._run()
        if run is None:
            return Look(time.monotonic())
        return Look(
            time.monotonic(),
            committed=awaited is not None and self._is_committed(*awaited),
            liveness=liveness_of(self._reader.signs_of_life(run)),
            idle=self._views.idle(run),
        )

    def long_operation(self) -> Optional[LongOperation]:
        """Return what the attempt's session works on, None when nothing is shown."""
        run = self._run()
        return None if run is None else self._views.long_operation(run)

    def beat(self, progress: str) -> None:
        """Write down that the client lives, and how far it is."""
        self._session.call(
            sql.statement("beat", self._hold.schema),
            {
                "run_hash": self._hold.run_hash,
                "attempt": self._hold.attempt,
                "progress": cut_bytes(progress, 1000),
            },
            {},
        )

    def usual(self, name: str) -> Optional[Expectation]:
        """Return what a step of that name takes as a rule, None when that is not known."""
        hold = self._hold
        return usual(self._reader, hold.run_hash, hold.generation, [name]).get(name)

    def _run(self) -> Optional[RunRow]:
        """Return the run while it is the attempt's; its row has the numbers of the session."""
        run = self._reader.run(self._hold.run_hash)
        return run if run is not None and run.attempt == self._hold.attempt else None

    def _is_committed(self, step_no: int, state: State) -> bool:
        binds = {
            "run_hash": self._hold.run_hash,
            "generation": self._hold.generation,
            "attempt": self._hold.attempt,
            "step_no": step_no,
            "state": state.value,
        }
        text = sql.statement("watched_step", self._hold.schema)
        return bool(self._session.query(text, binds)[0][0])


class SessionViews:
    """What the database shows of the session of a run; not everybody may read all of it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._unreadable: Set[str] = set()

    def idle(self, run: RunRow) -> Optional[float]:
        """Return for how long it has waited for its client; None: it works, or that is unknown."""
        numbers = {"sid": run.sid, "serial": run.serial}
        if self._is_near(run):
            rows = self._readable("read_session", **numbers)
        else:
            rows = self._readable("read_session_anywhere", instance=run.instance, **numbers)
        if not rows:
            return None
        *_, status, seconds = rows[0]
        return float(str(seconds or 0)) if status == _INACTIVE else None

    def long_operation(self, run: RunRow) -> Optional[LongOperation]:
        """Return what it works on, None when nothing is shown."""
        if not self._is_near(run):
            return None
        rows = self._readable("long_operation", sid=run.sid, serial=run.serial)
        if not rows:
            return None
        name, done, total, target, left = rows[0]
        seconds = None if left is None else float(str(left))
        size = float(str(done or 0)), float(str(total or 0))
        return LongOperation(str(name or ""), *size, str(target or ""), seconds)

    def _is_near(self, run: RunRow) -> bool:
        return run.instance == self._session.identity.instance

    def _readable(self, name: str, **binds: Optional[int]) -> _Rows:
        """Query a view that may not be granted; after a first refusal it is not asked again."""
        if name in self._unreadable or None in binds.values():
            return []
        try:
            return self._session.query(sql.block(name), binds)
        except ConnectionLost:
            raise
        except DatabaseError:
            self._unreadable.add(name)
            return []


def usual(
    reader: CheckpointReader, run_hash: str, generation: int, names: Sequence[str]
) -> Dict[str, Expectation]:
    """Return what steps take as a rule, by their names, from earlier runs of the script and task.

    One query, however many steps there are; those of which too little is known are left out.
    """
    binds = {
        "run_hash": run_hash,
        "generation": generation,
        "name": names[0] if len(names) == 1 else None,
        "runs": _MOST_LOOKED_AT,
    }
    took: Dict[str, List[float]] = {name: [] for name in names}
    rows = reader.session.query(sql.statement("durations", reader.schema), binds)
    for name, started, ended in rows:
        if name in took and len(took[name]) < _MOST_RUNS:
            took[name].append((ended - started).total_seconds())
    found = {name: learned(seconds) for name, seconds in took.items()}
    return {name: one for name, one in found.items() if one is not None}
