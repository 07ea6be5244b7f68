"""Look at a connection as the protocol will use it: what is there, what is missing, what follows.

Nothing here needs more than CREATE SESSION, and nothing is changed. What is missing and cannot be
done without makes the examination fail; every other grant only costs what its finding says.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Callable, List, Optional, Set

from airflow_oracle_dag import sql
from airflow_oracle_dag.runtime.connector import Connector, Session
from airflow_oracle_dag.runtime.errors import DatabaseError
from airflow_oracle_dag.runtime.findings import Finding, unless_lost
from airflow_oracle_dag.runtime.grants import examine_grants, examine_tables
from airflow_oracle_dag.runtime.schema import missing_migrations

#: Seconds between two clocks that are worth a word.
CLOCK_TOLERANCE = 5.0

TABLES = (
    *("ODAG_VERSION", "ODAG_RUN", "ODAG_STEP", "ODAG_STEP_ATTEMPT", "ODAG_CANARY", "ODAG_AUDIT"),
    *("ODAG_CODE", "ODAG_COMMITTER"),
    *("ODAG_HANDOVER", "ODAG_HANDOVER_UNIT", "ODAG_HANDOVER_VALUE", "ODAG_SIGNAL"),
    *("ODAG_JOB", "ODAG_JOB_RUN", "ODAG_JOB_AUDIT", "ODAG_CALENDAR_DAY"),
)

_OF_OTHERS = dict.fromkeys(("session_lock", "instance", "sid", "serial"), (None, int))
#: The oldest release whose manuals this package was written by.
_MOST_NAMESPACES = 20
_OLDEST = 19
_RELEASE = re.compile(r"Database (\d+)(?:i|g|c|ai)\b")


def examine(
    connector: Connector,
    schema: Optional[str],
    now: Callable[[], datetime],
    namespace: str = "default",
) -> List[Finding]:
    """Look at a database through a session of its own.

    :param schema: owner of the tables, None for the user that connects.
    :param now: this side's clock (aware).
    :param namespace: whose runs are meant.
    :raises ConnectFailed: when no session can be had.
    """
    session = connector.open()
    try:
        owner = (schema or session.identity.schema).upper()
        seen = {str(row[0]) for row in session.query(sql.block("read_tables"), {"owner": owner})}
        mine_to_make = owner == session.identity.schema and seen.isdisjoint(TABLES)
        return [
            _server(session),
            _place(session),
            _clock(session, now),
            _packages(session),
            _tables(session, owner, seen),
            *([] if mine_to_make else [examine_tables(session, owner)]),
            _migrations(session, owner),
            *([] if mine_to_make else [_namespace(session, owner, namespace)]),
            *examine_grants(session),
        ]
    finally:
        session.close()


def _server(session: Session) -> Finding:
    try:
        rows = session.query(sql.block("read_banner"), {})
    except DatabaseError as error:
        return Finding("server", None, unless_lost(error))
    banner = str(rows[0][0]) if rows else "unknown"
    release = _RELEASE.search(banner)
    return Finding(
        "server",
        None if release is None else int(release.group(1)) >= _OLDEST,
        banner,
        f"nothing is known to fail, but what is relied on was read in manuals from {_OLDEST}c on",
    )


def _place(session: Session) -> Finding:
    me = session.identity
    (service, proxy), *_ = session.query(sql.block("read_place"), {})
    through = f" through {proxy}" if proxy else ""
    where = f"{me.db_name} ({me.con_name}), service {service}, instance {me.instance}"
    return Finding("database", None, f"{where}, as {me.schema}{through}")


def _clock(session: Session, now: Callable[[], datetime]) -> Finding:
    before = now()
    there = session.query(sql.block("read_clock"), {})[0][0].replace(tzinfo=timezone.utc)
    middle = before + (now() - before) / 2
    ahead = (there - middle).total_seconds()
    return Finding(
        "clock",
        abs(ahead) <= CLOCK_TOLERANCE,
        f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this host",
        "no decision about a step rests on it, but times in tables and log do not fit each other, "
        "and an acknowledgement carries Airflow's clock: `purge --older-than` takes it for that "
        "much older or younger. Where it is Airflow's hosts that differ, a run that was cleared "
        "just then may be taken for finished: let all hosts follow NTP",
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
        found, ok = unless_lost(error), False
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


def _tables(session: Session, owner: str, seen: Set[str]) -> Finding:
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
        return Finding("migrations", False, unless_lost(error), required=True)
    return Finding(
        "migrations",
        not missing,
        f"missing: {', '.join(missing)}" if missing else f"all, up to {sql.MIGRATIONS[-1]}",
        "nothing can run: say `oracle-dag init` as the owner of the tables",
        required=True,
    )


def _namespace(session: Session, owner: str, namespace: str) -> Finding:
    """Say whose runs a verb would find; the wrong namespace looks as if nothing had ever run."""
    try:
        rows = session.query(sql.statement("read_namespaces", owner), {})
    except DatabaseError as error:
        return Finding("namespace", None, f"{namespace}; {unless_lost(error)}")
    runs = {str(name): int(count) for name, count in rows}
    mine = runs.pop(namespace, 0)
    most = sorted(runs.items(), key=lambda item: (-item[1], item[0]))
    others = ", ".join(f"{name} {count}" for name, count in most[:_MOST_NAMESPACES])
    if len(most) > _MOST_NAMESPACES:
        others += f" and {len(most) - _MOST_NAMESPACES} more"
    return Finding(
        "namespace",
        bool(mine) or not runs,
        f"{namespace}: {mine} run keys" + (f"; of others: {others}" if others else ""),
        "`status` and the other verbs find none of these runs: name theirs with --namespace or "
        "ORACLE_DAG_NAMESPACE, as [oracle_dag] namespace of their Airflow has it",
    )
