"""The sessions that are open: what V$SESSION shows, and how another session ends or stops one.

Database Reference: V$SESSION, V$TRANSACTION; SQL Language Reference: ALTER SYSTEM.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

_BASE32 = "0123456789abcdfghjkmnpqrstuvwxyz"
INSTANCE = 1


@dataclass(frozen=True)
class Client:
    """Hold what a client told about itself."""

    program: str = ""
    machine: str = ""
    os_user: str = ""
    process: str = ""


@dataclass(frozen=True)
class Identity:
    """Hold in which schema names are looked up, and whose privileges count.

    :param roles: those of roles count, too.
    """

    schema: str
    user: str
    roles: bool = True


def sql_id(sql: str) -> str:
    """Return a statement's SQL_ID: the last 8 bytes of the MD5 of its text, to base 32."""
    digest = hashlib.md5(sql.encode() + b"\0", usedforsecurity=False).digest()
    high, low = (int.from_bytes(digest[i : i + 4], "little") for i in (8, 12))
    number = high << 32 | low
    return "".join(_BASE32[number >> 5 * place & 31] for place in range(12, -1, -1))


class LiveSessions:
    """Keep the open sessions by SID; for any thread."""

    def __init__(self) -> None:
        self._sessions: dict[int, EngineSession] = {}
        self._lock = threading.Lock()

    def add(self, session: EngineSession) -> None:
        """Note a session that was opened."""
        with self._lock:
            self._sessions[session.sid] = session

    def remove(self, session: EngineSession) -> None:
        """Note that a session has ended."""
        with self._lock:
            self._sessions.pop(session.sid, None)

    def all(self) -> list[EngineSession]:
        """Return the sessions that are open."""
        with self._lock:
            return list(self._sessions.values())

    def find(self, sid: int, serial: int, instance: int | None) -> EngineSession:
        """Find a session.

        :raises OracleError: ORA-00030 when there is none.
        """
        with self._lock:
            session = self._sessions.get(sid)
        if session is None or session.serial != serial or instance not in (None, INSTANCE):
            raise OracleError(30, "User session ID does not exist.")
        return session

    def as_json(self) -> str:
        """Describe all sessions for the views, which read it as a setting of the asking session."""
        now = time.monotonic()
        return json.dumps([_describe(session, now) for session in self.all()])


def _wall(ago: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - ago))


def _describe(session: EngineSession, now: float) -> dict[str, Any]:
    client, transaction, sql = session.client, session.transaction, session.sql
    return {
        "sid": session.sid,
        "serial": session.serial,
        "pid": session.pid,
        "username": session.user,
        "schemaname": session.schema,
        "status": session.status,
        "last_call_et": int(now - session.since),
        "exec_start": _wall(now - session.since) if session.status == "ACTIVE" else None,
        "sql_id": sql_id(sql) if sql and session.status == "ACTIVE" else None,
        "prev_sql_id": sql_id(session.previous_sql) if session.previous_sql else None,
        "xid": transaction.id,
        "began": transaction.began,
        "logon_time": session.logon_time,
        "program": client.program or None,
        "machine": client.machine or None,
        "osuser": client.os_user or None,
        "process": client.process or None,
        "waits_for": blocker.sid if (blocker := session.waits_for) is not None else None,
        **{
            name: session.settings.get(name) or None
            for name in ("module", "action", "client_identifier", "client_info")
        },
    }
