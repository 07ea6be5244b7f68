"""ALTER SYSTEM: end another session, or stop what it runs.

SQL Language Reference, ALTER SYSTEM: end_session_clauses and cancel_sql_clause.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_live import sql_id
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

Run = Callable[["EngineSession"], None]
_SESSION = re.compile(r"\s*(\d+)\s*,\s*(\d+)\s*(?:,\s*@\s*(\d+)\s*)?")
_CANCEL = re.compile(_SESSION.pattern + r"(?:,\s*(\w{13})\s*)?")


def alter_system(cursor: TokenCursor) -> Run:
    """Read behind ALTER SYSTEM; who lacks the privilege meets ORA-01031 before anything else."""
    run: Run | None = None
    wrong = OracleError(900, "invalid SQL statement")
    try:
        run = _parse(cursor)
    except OracleError as error:
        wrong = error

    def checked(session: EngineSession) -> None:
        session.require("ALTER SYSTEM")
        if run is None:
            raise OracleError(wrong.code, wrong.message, wrong.offset)
        run(session)

    return checked


def _parse(cursor: TokenCursor) -> Run:
    if cursor.take("KILL", "SESSION"):
        return _kill(cursor)
    if cursor.take("DISCONNECT", "SESSION"):
        return _disconnect(cursor)
    if cursor.take("CANCEL", "SQL"):
        return _cancel(cursor)
    if cursor.take("SET", "JOB_QUEUE_PROCESSES"):
        return _job_queue_processes(cursor)
    raise unimplemented(f"ALTER SYSTEM {cursor.token.value}")


def _identifier(cursor: TokenCursor, form: re.Pattern[str]) -> tuple[int, int, int | None, str]:
    token = cursor.next()
    found = form.fullmatch(token.value) if token.kind is Kind.STRING else None
    if found is None:
        raise OracleError(26, "missing or invalid session ID", token.start)
    parts = (*found.groups(), "")
    return int(parts[0]), int(parts[1]), int(parts[2]) if parts[2] else None, parts[3] or ""


def _other(session: EngineSession, sid: int, serial: int, instance: int | None) -> EngineSession:
    victim = session.database.live.find(sid, serial, instance)
    if victim is session:
        raise OracleError(27, "cannot kill current session")
    return victim


def _kill(cursor: TokenCursor) -> Run:
    sid, serial, instance, _ = _identifier(cursor, _SESSION)
    immediate = False
    while not cursor.at_end():
        if cursor.take("IMMEDIATE"):
            immediate = True
        elif cursor.take("TIMEOUT"):
            cursor.number()
        elif not (cursor.take("NOREPLAY") or cursor.take("FORCE")):
            cursor.finish()

    def run(session: EngineSession) -> None:
        victim = _other(session, sid, serial, instance)
        if victim.killed or not (victim.kill() or immediate):
            raise OracleError(31, "session marked for kill")

    return run


def _disconnect(cursor: TokenCursor) -> Run:
    sid, serial, instance, _ = _identifier(cursor, _SESSION)
    after = cursor.take("POST_TRANSACTION")
    immediate = cursor.take("IMMEDIATE")
    cursor.take("NOREPLAY")
    cursor.finish()
    if not after and not immediate:
        raise cursor.error("missing or invalid option", 922)
    return lambda session: _other(session, sid, serial, instance).disconnect(
        after_transaction=after and not immediate
    )


def _job_queue_processes(cursor: TokenCursor) -> Run:
    cursor.expect("=")
    most = int(cursor.number())
    while not cursor.at_end():
        if not (cursor.take("SCOPE", "=", "MEMORY") or cursor.take("SCOPE", "=", "BOTH")):
            cursor.finish()
    return lambda session: session.database.jobs.set_processes(most)


def _cancel(cursor: TokenCursor) -> Run:
    sid, serial, instance, wanted = _identifier(cursor, _CANCEL)
    cursor.finish()

    def run(session: EngineSession) -> None:
        victim = session.database.live.find(sid, serial, instance)
        if victim is not session and wanted in ("", sql_id(victim.sql)):
            victim.cancel()

    return run
