"""A disk that is full: what cannot be is refused, nothing hangs, and it goes on when there is room.

The disk is a small file system of its own, which takes root to mount; elsewhere these are skipped.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import oracledb
import psycopg
import pytest

from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.engine_server import RESERVE
from airflow_oracle_dag.sandbox.serve import main
from airflow_oracle_dag.sandbox.server import SandboxServer

PASSWORD = "of-a-full-disk"
SECONDS = 20.0
_ROWS = "select level, rpad('x', 1900, 'x') from dual connect by level"


class Disk:
    """A small disk, and the file that fills it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._filler = place / "filler"

    def leave(self, size: int) -> None:
        """Fill all but so many bytes."""
        self.empty()
        room = os.statvfs(self.place)
        with self._filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - size)

    def empty(self) -> None:
        """Give the room back."""
        self._filler.unlink(missing_ok=True)


class Sandbox:
    """A sandbox on the disk."""

    def __init__(self, disk: Disk, server: SandboxServer) -> None:
        self.disk = disk
        self.server = server

    def connect(self) -> oracledb.Connection:
        """Connect as its user."""
        dsn = f"{self.server.address}/FREEPDB1"
        return oracledb.connect(user="demo", password=PASSWORD, dsn=dsn)

    def use_up_the_log(self) -> None:
        """Have PostgreSQL begin new files of its log until there is none left to be used again."""
        folder = self.disk.place / "data" / "pgdata"
        with psycopg.connect(f"host={folder} user=postgres dbname=oracle", autocommit=True) as link:
            for _ in range(20):
                link.execute("SELECT pg_logical_emit_message(false, '', 'x'), pg_switch_wal()")


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """Mount a small disk."""
    place = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=192M,mode=755", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small file system cannot be mounted here")
    for folder in [place, *place.parents][:3]:
        folder.chmod(0o755)  # PostgreSQL runs as another user than root
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - of the system


@pytest.fixture(scope="module")
def opened(disk: Disk) -> Iterator[Sandbox]:
    """Open a sandbox on the disk."""
    users = {"SYSTEM": PASSWORD, "DEMO": PASSWORD}
    database = open_database(disk.place / "data", users)
    try:
        with SandboxServer(database) as server:
            yield Sandbox(disk, server)
    finally:
        disk.empty()
        database.close()


@pytest.fixture
def sandbox(opened: Sandbox) -> Iterator[Sandbox]:
    """Begin and end with room on the disk."""
    opened.disk.empty()
    yield opened
    opened.disk.empty()


def code_of(call: Callable[[], object]) -> str:
    """Return the ORA- code that a call meets, '' when it goes well."""
    try:
        call()
    except oracledb.Error as error:
        found = re.search(r"ORA-(\d{5})", error.args[0].message)
        return found.group(1) if found else error.args[0].message
    return ""


def until_it_works(call: Callable[[], object]) -> set[str]:
    """Repeat what a database that begins anew refuses; return what it said."""
    met: set[str] = set()
    end = time.monotonic() + SECONDS
    while code := code_of(call):
        met.add(code)
        assert time.monotonic() < end, met
    return met


def make_table(connection: oracledb.Connection, name: str) -> oracledb.Cursor:
    """Make a table with one row, committed."""
    cursor = connection.cursor()
    cursor.execute(f"create table {name} (n number, v varchar2(4000))")
    cursor.execute(f"insert into {name} values (1, 'kept')")
    connection.commit()
    return cursor


def test_an_almost_full_disk_refuses_changes_and_nothing_else(sandbox: Sandbox) -> None:
    """Rows are read and transactions committed, rows are changed again once there is room."""
    with sandbox.connect() as connection:
        cursor = make_table(connection, "nearly")
        cursor.execute("insert into nearly values (2, 'open')")
        sandbox.disk.leave(RESERVE - (1 << 20))
        assert code_of(lambda: cursor.execute("insert into nearly values (3, 'x')")) == "01653"
        assert code_of(lambda: cursor.execute("update nearly set n = 9")) == "30036"
        assert code_of(lambda: cursor.execute("begin delete from nearly; end;")) == "30036"
        assert code_of(lambda: cursor.execute("create table more as select * from nearly"))
        connection.commit()
        with sandbox.connect() as other:
            rows = other.cursor().execute("select n from nearly order by n").fetchall()
        assert rows == [(1,), (2,)]
        sandbox.disk.empty()
        cursor.execute("insert into nearly values (3, 'x')")
        connection.rollback()
        cursor.execute("truncate table nearly")


def test_room_can_be_made_by_truncate_and_drop(sandbox: Sandbox) -> None:
    """What gives room back is not refused, and at once there is room for changes."""
    with sandbox.connect() as connection:
        cursor = make_table(connection, "heavy")
        cursor.execute(f"insert into heavy {_ROWS} < 6000")
        connection.commit()
        sandbox.disk.leave(RESERVE - (4 << 20))
        assert code_of(lambda: cursor.execute("insert into heavy values (0, 'x')")) == "01653"
        cursor.execute("truncate table heavy")
        cursor.execute("insert into heavy values (0, 'x')")
        cursor.execute("drop table heavy")


def test_a_statement_that_fills_the_disk_is_undone_or_ends_its_session(sandbox: Sandbox) -> None:
    """A statement that was begun with room and runs out of it leaves nothing behind."""
    with sandbox.connect() as connection:
        cursor = make_table(connection, "grown")
        sandbox.disk.leave(RESERVE + (1 << 20))
        grow = f"insert into grown {_ROWS} < 30000"
        assert code_of(lambda: cursor.execute(grow)) in ("01653", "01092")
    sandbox.disk.empty()
    assert until_it_works(lambda: sandbox.connect().close()) <= {"01033", "01034"}
    with sandbox.connect() as other:
        assert other.cursor().execute("select n, v from grown").fetchall() == [(1, "kept")]


def test_postgresql_that_ended_for_want_of_room_is_started_again(sandbox: Sandbox) -> None:
    """Sessions end by ORA-01092, new ones are refused; with room again all is as committed."""
    connection, idle = sandbox.connect(), sandbox.connect()
    cursor = make_table(connection, "lasting")
    cursor.execute("insert into lasting values (2, 'open')")
    sandbox.disk.leave(0)
    with pytest.raises(psycopg.Error):
        sandbox.use_up_the_log()
    end = time.monotonic() + SECONDS
    for session in (cursor, idle.cursor()):
        # PostgreSQL ends one connection after the other.
        while not (code := code_of(lambda one=session: one.execute("select * from lasting"))):
            assert time.monotonic() < end
        assert code == "01092"
    while (code := code_of(sandbox.connect)) == "01033":
        assert time.monotonic() < end
    assert code == "01034"
    sandbox.disk.empty()
    assert until_it_works(lambda: sandbox.connect().close()) <= {"01033", "01034"}
    with sandbox.connect() as other:
        assert other.cursor().execute("select n, v from lasting").fetchall() == [(1, "kept")]
        other.cursor().execute("drop table lasting")
        other.cursor().execute("create table lasting (n number)")
        block = ["j", "PLSQL_BLOCK", "begin null; end;", 0, None, None, None, None, True]
        other.cursor().callproc("dbms_scheduler.create_job", block)
        runs = "select status from user_scheduler_job_run_details"
        while not (rows := other.cursor().execute(runs).fetchall()):
            assert time.monotonic() < end
        assert rows == [("SUCCEEDED",)]


def test_a_new_database_wants_room(disk: Disk, capsys: pytest.CaptureFixture[str]) -> None:
    """The sandbox says at its start how much room it lacks."""
    disk.leave(16 << 20)
    try:
        assert main(port=0, data=disk.place / "new", password=PASSWORD) == 2
    finally:
        disk.empty()
    assert "No space left on device (16 MB are left, 112 MB are needed)" in capsys.readouterr().err
