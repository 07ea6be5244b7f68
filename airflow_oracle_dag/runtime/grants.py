"""Say which grants a connection has, and what is lost for want of each of the others.

A run needs none of them. Each is asked for by using it, or by SESSION_PRIVS, which shows those that
come by roles too.
"""

from __future__ import annotations

import re
from typing import List, Optional, Set, Tuple

from airflow_oracle_dag import sql
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import DatabaseError
from airflow_oracle_dag.runtime.findings import Finding, unless_lost
from airflow_oracle_dag.runtime.session_ends import (
    BY_CONTROL,
    BY_RDS,
    BY_SYSTEM,
    can_look_by_control,
)

# The bodies of packages of other schemas are in ALL_SOURCE for who may debug them, not for who may
# only call them (Database Reference, ALL_SOURCE).
_CODE = (
    "what a block calls in packages of other schemas cannot be read: unless DEBUG on each is "
    "granted, such a block counts as opaque, and is in doubt when its attempt is lost"
)
_END = (
    "nothing, if the package ODAG_CONTROL can be called. Without either, what another session runs "
    "for an attempt that was lost or is to stop is waited for: a DBA says ALTER SYSTEM KILL SESSION"
)
_CONTROL = (
    "nothing, if ALTER SYSTEM is granted. It is the narrower grant, for it reaches the user's own "
    "sessions only: let a DBA run what `oracle-dag init --control --grant-to {me}` prints"
)
_STOPPING = (
    "what a client runs is cancelled by its own driver alone; when that is not answered, or the "
    "client is lost, it goes on to its end: see docs/stopping.md"
)
_SYSTEM_PRIVILEGES = (
    ("CREATE TABLE", "`init` cannot make the tables: let a DBA run what `init --print` prints"),
    ("CREATE JOB", "steps with run_on=database are refused before anything is begun"),
    ("DEBUG ANY PROCEDURE", _CODE),
    ("ALTER SYSTEM", _END),
)
_HERE = (
    "what the session that holds a run is doing only a DBA can see; without DBMS_LOCK and without "
    "ODAG_CONTROL none is ended, because nobody could tell that it still is the run's own"
)
_ELSEWHERE = (
    "the same of other instances (RAC); and without DBMS_LOCK too it stays unknown whether a "
    "session there is dead: what may have committed by itself is then IN_DOUBT, a person answers"
)
_VIEWS = (("V$SESSION", "see_sessions", _HERE), ("GV$SESSION", "see_all_sessions", _ELSEWHERE))
_LOCKS = (
    "that an attempt's session is dead is believed of the same instance only, unless GV$SESSION "
    "can be read"
)
_GRANT = re.compile(r'GRANT (?P<verbs>[A-Z, ]+) ON "[^"]+"\.(?P<table>\w+) TO ')
_ANY = {"SELECT ANY TABLE", "INSERT ANY TABLE", "UPDATE ANY TABLE", "DELETE ANY TABLE"}


def examine_grants(session: Session) -> List[Finding]:
    """Look at every grant that is worth something."""
    privileges, unknown = _privileges(session)
    found = []
    for name, follows in _SYSTEM_PRIVILEGES:
        if privileges is None:
            found.append(Finding(name, None, unknown, follows))
        else:
            found.append(_grant(name, follows, ok=name in privileges))
    for name, statement, follows in _VIEWS:
        found.append(_grant(name, follows, ok=_answers(session, statement)))
    found.append(_grant("DBMS_LOCK", _LOCKS, ok=_may_lock(session)))
    return found + _examine_ways(session, privileges or set())


def _examine_ways(session: Session, privileges: Set[str]) -> List[Finding]:
    """Say in which ways an attempt can be stopped that another session works for."""
    by_control = can_look_by_control(session)
    ways = [
        (BY_SYSTEM, "ALTER SYSTEM" in privileges),
        (BY_CONTROL, by_control),
        (BY_RDS, _has_rds_package(session)),
    ]
    can = [way for way, available in ways if available]
    jobs = ["STOP_JOB for jobs"] if "CREATE JOB" in privileges else []
    listed = ", ".join(["the driver's cancel", *jobs, *can])
    control = _CONTROL.format(me=session.identity.schema)
    return [
        _grant("ODAG_CONTROL", control, ok=by_control),
        Finding("ways to stop", bool(can), listed, _STOPPING),
    ]


def _has_rds_package(session: Session) -> bool:
    try:
        rows = session.query(sql.block("see_rds_package"), {})
    except DatabaseError as error:
        unless_lost(error)
        return False
    return bool(rows[0][0])


def examine_tables(session: Session, owner: str) -> Finding:
    """Compare what was granted on somebody else's tables with what a run does to them."""
    me = session.identity.schema
    name = "privileges on them"
    if me == owner:
        return Finding(name, True, "all, as their owner")
    follows = (
        "a run fails at the first of them with ORA-01031, unless another privilege covers it: let "
        f"the owner say `oracle-dag init --grant-to {me}`"
    )
    privileges, _ = _privileges(session)
    if privileges is not None and privileges >= _ANY:
        return Finding(name, True, "on every table of the database")
    try:
        rows = session.query(sql.block("read_table_privileges"), {"owner": owner})
    except DatabaseError as error:
        return Finding(name, None, unless_lost(error), follows)
    have = {(str(table), str(privilege)) for table, privilege in rows}
    missing = [one for one in _needed(owner, me) if one not in have]
    listed = ", ".join(f"{privilege} on {table}" for table, privilege in missing)
    said = f"not granted: {listed}" if missing else "all that a run needs"
    return Finding(name, not missing, said, follows)


def _needed(owner: str, user: str) -> List[Tuple[str, str]]:
    """Return table and privilege of all that `init --grant-to` grants."""
    needed = []
    for statement in sql.grants(owner, user):
        found = _GRANT.match(statement)
        if found:
            verbs = found.group("verbs").split(", ")
            needed += [(found.group("table").upper(), verb) for verb in verbs]
    return needed


def _privileges(session: Session) -> Tuple[Optional[Set[str]], str]:
    """Return the system privileges, or why they are not known."""
    try:
        rows = session.query(sql.block("read_session_privileges"), {})
    except DatabaseError as error:
        return None, unless_lost(error)
    return {str(row[0]) for row in rows}, ""


def _grant(name: str, follows: str, *, ok: bool) -> Finding:
    return Finding(name, ok, "granted" if ok else "not granted", follows)


def _answers(session: Session, statement: str) -> bool:
    try:
        session.query(sql.block(statement), {})
    except DatabaseError as error:
        unless_lost(error)
        return False
    return True


def _may_lock(session: Session) -> bool:
    try:
        session.call(sql.block("try_lock_package"), {}, {"answer": int})
    except DatabaseError as error:
        unless_lost(error)
        return False
    return True
