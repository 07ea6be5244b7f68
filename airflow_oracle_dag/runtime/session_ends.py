"""Look at another session, stop what it runs, or end it, in whichever way the database permits.

Three ways, the first that is granted: ALTER SYSTEM itself; the package ODAG_CONTROL, which a DBA
installed (``sql/control_package.sql``) and which reaches the caller's own sessions only; and the
package that Amazon RDS gives its master user. What is asked here has no doubts: who asks has made
sure that it is the right session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.orphans import Means
from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError

_IS_MARKED, _IS_GONE, _NOT_GRANTED = "ORA-00031", "ORA-00030", "ORA-01031"
_NO_SUCH_VIEW = ("ORA-00942", "ORA-01031")
_NOT_INSTALLED = ("ORA-06550", "ORA-01031", "ORA-04063", "ORA-06508", "ORA-00942")
_NOT_OURS = "ORA-20791"
#: What can be known of a session, in this order wherever it is read from.
_SHOWN = ("username", "module", "client", "machine", "process", "action", "status", "seconds")
_SHOWN_KINDS: Dict[str, Any] = {**dict.fromkeys(_SHOWN, str), "seconds": int}

BY_SYSTEM, BY_CONTROL, BY_RDS = "ALTER SYSTEM", "ODAG_CONTROL", "rdsadmin.rdsadmin_util"
WAYS = (BY_SYSTEM, BY_CONTROL, BY_RDS)
_STATEMENTS = {
    (BY_SYSTEM, Means.CANCEL_SQL): "cancel_sql",
    (BY_SYSTEM, Means.KILL_SESSION): "kill_session",
    (BY_CONTROL, Means.CANCEL_SQL): "control_cancel_sql",
    (BY_CONTROL, Means.KILL_SESSION): "control_kill_session",
    (BY_RDS, Means.CANCEL_SQL): "rds_cancel_sql",
    (BY_RDS, Means.KILL_SESSION): "rds_kill_session",
}


@dataclass(frozen=True)
class SessionName:
    """What the database calls a session."""

    sid: int
    serial: int
    instance: int

    def __str__(self) -> str:
        """Write it as ALTER SYSTEM wants it."""
        return f"{self.sid},{self.serial},@{self.instance}"


@dataclass(frozen=True)
class SessionSeen:
    """What the database shows of a session: columns of V$SESSION."""

    username: Optional[str]
    module: Optional[str]
    client: Optional[str]
    machine: Optional[str]
    process: Optional[str]
    action: Optional[str]
    status: Optional[str]
    seconds: Optional[int]

    def __str__(self) -> str:
        """Say it in a few words."""
        return (
            f"module {self.module}, action {self.action}, client identifier {self.client}, "
            f"{self.status} for {int(self.seconds or 0)} s"
        )


@dataclass(frozen=True)
class Ended:
    """What became of asking the database to stop or end a session.

    :param way: in which it took that on itself, one of `WAYS`; "": it did not.
    :param obstacles: what stood in the way of each way that was tried.
    :param unknown: the database does not know such a statement (before 18c).
    """

    way: str = ""
    obstacles: Tuple[str, ...] = field(default=())
    unknown: bool = False


def name_of(run: RunRow) -> Optional[SessionName]:
    """Return the name of a run's session, None when a part of it is not known."""
    if run.sid is None or run.serial is None or run.instance is None:
        return None
    return SessionName(run.sid, run.serial, run.instance)


def look(session: Session, name: SessionName) -> Tuple[bool, Optional[SessionSeen]]:
    """Tell whether sessions can be looked at, and what is shown of one; None: there is none."""
    binds = {"sid": name.sid, "serial": name.serial}
    asked = [("read_session_anywhere", {**binds, "instance": name.instance})]
    if name.instance == session.identity.instance:
        asked.append(("read_session", binds))
    for statement, values in asked:
        try:
            rows = session.query(sql.block(statement), values)
        except DatabaseError as error:
            if error.code not in _NO_SUCH_VIEW:
                raise
        else:
            return True, SessionSeen(*rows[0]) if rows else None
    return _look_by_control(session, name)


def _look_by_control(session: Session, name: SessionName) -> Tuple[bool, Optional[SessionSeen]]:
    try:
        shown = session.call(sql.block("control_look"), _ins(name), _SHOWN_KINDS)
    except DatabaseError as error:
        if error.code == _NOT_OURS:
            return True, None
        if error.code not in _NOT_INSTALLED:
            raise
        return False, None
    return True, SessionSeen(**shown)


def can_look_by_control(session: Session) -> bool:
    """Tell whether the package ODAG_CONTROL can be called: it shows a session to itself."""
    me = session.identity
    return _look_by_control(session, SessionName(me.sid, me.serial or 1, me.instance))[0]


def ask(session: Session, means: Means, name: SessionName) -> Ended:
    """Stop what a session runs, or end it, by the first way that is permitted.

    The connection of the session that asks may be lost by it: the driver takes ORA-00031, which
    says that another session is marked for kill, for its own end.
    """
    obstacles: List[str] = []
    unknown = False
    for way in WAYS:
        if way == BY_RDS and name.instance != session.identity.instance:
            continue
        try:
            _send(session, way, means, name)
        except DatabaseError as error:
            if error.code == _IS_GONE or _IS_MARKED in error.message:
                return Ended(way)
            obstacles.append(_obstacle(session, way, error))
            unknown = unknown or (
                way == BY_SYSTEM
                and means is Means.CANCEL_SQL
                and error.code != _NOT_GRANTED
                and not isinstance(error, ConnectionLost)
            )
            if isinstance(error, ConnectionLost):
                break
        else:
            return Ended(way)
    return Ended("", tuple(one for one in obstacles if one), unknown)


def _send(session: Session, way: str, means: Means, name: SessionName) -> None:
    statement = _STATEMENTS[way, means]
    if way == BY_SYSTEM:
        session.execute(sql.alter_system(statement, name.sid, name.serial, name.instance), {})
    elif way == BY_CONTROL:
        session.call(sql.block(statement), _ins(name), {})
    else:
        session.call(sql.block(statement), {"sid": name.sid, "serial": name.serial}, {})


def _obstacle(session: Session, way: str, error: DatabaseError) -> str:
    """Say what stood in the way; a package that is nowhere is worth a word only with the grant."""
    me = session.identity.schema
    said = error.message.split("\n", 1)[0]
    if way == BY_SYSTEM and error.code == _NOT_GRANTED:
        return (
            f"ALTER SYSTEM is not granted: GRANT ALTER SYSTEM TO {me}, or let a DBA install what "
            f"`oracle-dag init --control --grant-to {me}` prints"
        )
    if error.code in _NOT_INSTALLED:
        return ""
    return f"{way}: it could not be ended: {said}"


def _ins(name: SessionName) -> Dict[str, int]:
    return {"sid": name.sid, "serial": name.serial, "instance": name.instance}
