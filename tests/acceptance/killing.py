"""Find the processes and sessions that a test is to kill, cut off or wait for."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import oracledb


@contextmanager
def dba(world):
    """Open a cursor as somebody who may see and end sessions."""
    database = world.database
    with (
        oracledb.connect(user="system", password=database.password, dsn=database.dsn) as session,
        session.cursor() as cursor,
    ):
        yield cursor


def sessions_of(world, pid):
    """Return the database sessions of a process."""
    with dba(world) as cursor:
        cursor.execute(
            "SELECT s.sid, s.serial# FROM v$session s WHERE s.process = :pid", pid=str(pid)
        )
        return cursor.fetchall()


def is_running(pid):
    """Tell whether a process is there and is not only waiting to be forgotten."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def disconnect(world, pid):
    """Cut the database sessions of a process off, as a DBA or a firewall does."""
    for sid, serial in sessions_of(world, pid):
        with dba(world) as cursor:
            cursor.execute(f"ALTER SYSTEM DISCONNECT SESSION '{sid},{serial}' IMMEDIATE")


def schedulers(world):
    """Find the scheduler among the processes that were started here, not what it forked."""
    found = {
        pid: int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        for pid in world.processes.survivors()
        if b"\0scheduler\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    }
    return [pid for pid, parent in found.items() if parent not in found]
