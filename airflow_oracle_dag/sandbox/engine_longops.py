"""Long operations: what SET_SESSION_LONGOPS says, for V$SESSION_LONGOPS.

PL/SQL Packages and Types Reference, DBMS_APPLICATION_INFO; Database Reference, V$SESSION_LONGOPS. A
row outlives its operation and its session, until newer ones have taken its place.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

_MOST = 1000
_TIMES = ("started", "updated")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0, tzinfo=None)


@dataclass
class LongOp:
    """Be one row."""

    sid: int
    serial: int
    username: str
    opname: str = ""
    target: str = ""
    target_desc: str = ""
    context: float = 0
    sofar: float = 0
    totalwork: float = 0
    units: str = ""
    started: dt.datetime = field(default_factory=_now)
    updated: dt.datetime = field(default_factory=_now)

    def described(self) -> dict[str, Any]:
        """Return it as the view reads it."""
        elapsed = int((self.updated - self.started).total_seconds())
        left = self.totalwork - self.sofar
        subject = " ".join(part for part in (self.target_desc, self.target) if part)
        return {
            **{name: value for name, value in vars(self).items() if name not in _TIMES},
            "start_time": str(self.started),
            "last_update_time": str(self.updated),
            "elapsed": elapsed,
            "remaining": round(elapsed * left / self.sofar) if self.sofar else None,
            "message": f"{self.opname}: {subject}: {_plain(self.sofar)} out of"
            f" {_plain(self.totalwork)} {self.units} done",
        }


def _plain(number: float) -> str:
    return format(number, "g") if number % 1 else str(int(number))


class LongOps:
    """Keep the rows of a database; for any thread."""

    def __init__(self) -> None:
        self._rows: deque[LongOp] = deque(maxlen=_MOST)
        self._lock = threading.Lock()

    def begin(self, session: EngineSession) -> LongOp:
        """Add a row for a session."""
        row = LongOp(session.sid, session.serial, session.user)
        with self._lock:
            self._rows.append(row)
        return row

    def change(self, row: LongOp, values: dict[str, Any]) -> None:
        """Take what a session says of its operation."""
        with self._lock:
            for name, value in values.items():
                setattr(row, name, value)
            row.updated = _now()

    def as_json(self) -> str:
        """Describe all rows for the view, which reads it as a setting of the asking session."""
        with self._lock:
            return json.dumps([row.described() for row in self._rows])
