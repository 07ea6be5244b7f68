"""Look at a connection as the protocol will use it: what is there, what is missing, what follows.

Nothing here needs more than CREATE SESSION, and nothing is changed. What is missing and cannot be
done without makes the examination fail; every other grant only costs what its finding says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Callable, List, Optional

from airflow_oracle_dag import sql
from airflow_oracle_dag.runtime.connector import Connector, Session
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError
from airflow_oracle_dag.runtime.schema import missing_migrations

#: Seconds between two clocks that are worth a word.
CLOCK_TOLERANCE = 5.0

TABLES = (
    *("ODAG_VERSION", "ODAG_RUN", "ODAG_STEP", "ODAG_STEP_ATTEMPT", "ODAG_CANARY", "ODAG_AUDIT"),
    *("ODAG_JOB", "ODAG_JOB_RUN", "ODAG_JOB_AUDIT", "ODAG_CALENDAR_DAY"),
)

_SYSTEM_PRIVILEGES = (
    ("CREATE TABLE", "`init` cannot make the tables: let a DBA run what `init --print` prints"),
    ("CREATE JOB", "nothing: this version runs no step as a database job"),
    (
        "ALTER SYSTEM",
        "a session that is left over and holds a run has to be ended by a DBA (KILL SESSION)",
    ),
)
_OF_OTHERS = dict.fromkeys(("session_lock", "instance", "sid", "serial"), (None, int))
_SESSIONS = "see_sessions"
_ALL_SESSIONS = "see_all_sessions"
_VIEWS = (
    ("V$SESSION", _SESSIONS, "what the session that holds a run is doing only a DBA can see"),
    (
        "GV$SESSION",
        _ALL_SESSIONS,
        "the same of other instances; a DDL or block that one of them left is IN_DOUBT either way",
    ),
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    :param ok: None when it is only told, or could not be asked.
    :param required: nothing runs without it.
    :param follows: what does not work without it, and the way to mend it.
    """

    name: str
    ok: Optional[bool]
    found: str
    follows: str = ""
    required: bool = False


def examine(
    connector: Connector, schema: Optional[str], now: Callable[[], datetime]
) -> List[Finding]:
    """Look at a database through a session of its own.

    :param schema: owner of the tables, None for the user that connects.
    :param now: this side's clock (aware).
    :raises ConnectFailed: when no session can be had.
    """
    session = connector.open()
    try:
        owner = (schema or session.identity.schema).upper()
        return [
            _server(session),
            _place(session),
            _clock(session, now),
            _packages(session),
            _tables(session, owner),
            _migrations(session, owner),
            *_privileges(session),
        ]
    finally:
        session.close()


def _server(session: Session) -> Finding:
    try:
        rows = session.query(sql.block("read_banner"), {})
    except DatabaseError as error:
        return Finding("server", None, _unless_lost(error))
    return Finding("server", None, str(rows[0][0]) if rows else "unknown")


def _place(session: Session) -> Finding:
    me = session.identity
    found = f"{me.db_name} ({me.con_name}), instance {me.instance}, as {me.schema}"
    return Finding("database", None, found)


def _clock(session: Session, now: Callable[[], datetime]) -> Finding:
    before = now()
    there = session.query(sql.block("read_clock"), {})[0][0].replace(tzinfo=timezone.utc)
    middle = before + (now() - before) / 2
    ahead = (there - middle).total_seconds()
    return Finding(
        "clock",
        abs(ahead) <= CLOCK_TOLERANCE,
        f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this host",
        "times in the tables and in the log do not fit each other; let both hosts follow NTP",
    )


def _packages(session: Session) -> Finding:
    """Call what the protocol rests on; DBMS_OUTPUT was called when the session was opened."""
    try:
        session.call(sql.block("transaction_id"), {}, {"transaction_id": str})
        me = session.identity
        own = {"session_id": me.session_id, "elsewhere": 0, **_OF_OTHERS}
        outs = {"alive": int, "lock_answer": int, "found": int}
        alive = session.call(sql.block("session_alive"), own, outs)["alive"]
    except DatabaseError as error:
        found, ok = _unless_lost(error), False
    else:
        ok = bool(alive)
        found = "can be called" if ok else "DBMS_SESSION does not know this very session"
    return Finding(
        "DBMS_SESSION, DBMS_TRANSACTION",
        ok,
        found,
        "nothing can run; PUBLIC has EXECUTE on them unless a DBA revoked it. The session must be "
        "a dedicated one",
        required=True,
    )


def _tables(session: Session, owner: str) -> Finding:
    seen = {str(row[0]) for row in session.query(sql.block("read_tables"), {"owner": owner})}
    missing = [table for table in TABLES if table not in seen]
    found = f"{len(TABLES) - len(missing)} of {len(TABLES)} in schema {owner}"
    return Finding(
        "tables",
        not missing,
        found + (f", without {', '.join(missing)}" if missing else ""),
        "nothing can run: say `oracle-dag init`, name their owner with --schema, or let the owner "
        f"say `oracle-dag init --grant-to {session.identity.schema}`",
        required=True,
    )


def _migrations(session: Session, owner: str) -> Finding:
    try:
        missing = missing_migrations(session, owner)
    except DatabaseError as error:
        return Finding("migrations", False, _unless_lost(error), required=True)
    return Finding(
        "migrations",
        not missing,
        f"missing: {', '.join(missing)}" if missing else f"all, up to {sql.MIGRATIONS[-1]}",
        "nothing can run: say `oracle-dag init` as the owner of the tables",
        required=True,
    )


def _privileges(session: Session) -> List[Finding]:
    found = []
    try:
        rows = session.query(sql.block("read_session_privileges"), {})
        granted: Optional[List[str]] = [str(row[0]) for row in rows]
    except DatabaseError as error:
        granted, unknown = None, _unless_lost(error)
    for name, follows in _SYSTEM_PRIVILEGES:
        if granted is None:
            found.append(Finding(name, None, unknown, follows))
        else:
            found.append(_grant(name, follows, ok=name in granted))
    for name, statement, follows in _VIEWS:
        found.append(_grant(name, follows, ok=_answers(session, statement)))
    locks = "nothing: this version takes no such lock"
    found.append(_grant("DBMS_LOCK", locks, ok=_may_lock(session)))
    return found


def _grant(name: str, follows: str, *, ok: bool) -> Finding:
    return Finding(name, ok, "granted" if ok else "not granted", follows)


def _answers(session: Session, statement: str) -> bool:
    try:
        session.query(sql.block(statement), {})
    except DatabaseError as error:
        _unless_lost(error)
        return False
    return True


def _may_lock(session: Session) -> bool:
    try:
        session.call(sql.block("try_lock_package"), {}, {"answer": int})
    except DatabaseError as error:
        _unless_lost(error)
        return False
    return True


def _unless_lost(error: DatabaseError) -> str:
    """Return an answer of the database; a connection that broke answers nothing."""
    if isinstance(error, ConnectionLost):
        raise error
    return error.message.splitlines()[0]
