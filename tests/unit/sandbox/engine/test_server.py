"""The database over its life: restart, several users, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from airflow_oracle_dag.sandbox.engine import open_database

_CHILD = """
import pathlib, sys, time
from airflow_oracle_dag.sandbox.engine import open_database
database = open_database(pathlib.Path(sys.argv[1]), {"demo": "x"})
session = database.open("DEMO", program="", machine="", os_user="", process="")
for sql in ("CREATE TABLE t (a NUMBER)", "INSERT INTO t VALUES (1)"):
    session.execute(session.parse(sql), (), [()])
session.commit()
session.execute(session.parse("INSERT INTO t VALUES (2)"), (), [()])
pid = (pathlib.Path(sys.argv[1]) / "pgdata" / "postmaster.pid").read_text().split()[0]
print(pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def data_dir():
    """Make a directory outside pytest's own, which it closes to the server's user."""
    with tempfile.TemporaryDirectory(prefix="odag-data-") as name:
        yield Path(name)


def _gone(pid, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_killed_process_leaves_committed_data_and_no_server(data_dir):
    """After kill -9 PostgreSQL ends by itself, and the next start finds what was committed."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    pid = int(child.stdout.readline())
    child.kill()
    child.communicate()
    assert _gone(pid, 15)
    database = open_database(data_dir, {"demo": "x", "second": "y"})
    session = database.open("DEMO", program="", machine="", os_user="", process="")
    result = session.execute(session.parse("SELECT a FROM t"), (), [()])
    assert result.rows.fetch(10) == [(1,)]
    assert database.password_of("SECOND") == "y"
    assert database.password_of("NOBODY") is None
    again = int((data_dir / "pgdata" / "postmaster.pid").read_text().split()[0])
    database.close()
    assert _gone(again, 5)


def test_a_database_of_an_older_sandbox_is_brought_up_to_date(data_dir):
    """What may have changed since is made anew at the start; data, users and privileges stay.

    The folder begins as one whose making was killed at once.
    """
    mark = data_dir / "pgdata" / "PG_VERSION"
    mark.parent.mkdir()
    mark.touch()
    for digest in ("of an older sandbox", None):
        database = open_database(data_dir, {"demo": "x"}, privileges={"demo": ["CONNECT"]})
        assert database.users.granted("DEMO") == {"CONNECT", "USER"}
        assert database._rows("SHOW fsync") == [("on",)]
        session = database.open("DEMO", program="", machine="", os_user="", process="")
        columns = session.parse("SELECT COUNT(*) FROM all_tab_columns WHERE table_name = 'DUAL'")
        assert session.execute(columns, (), [()]).rows.fetch(1) == [(0,)]
        session.close()
        if digest:
            database._admin.script(f"COMMENT ON SCHEMA oracle IS '{digest}'")
        database.close()


def test_only_a_temporary_database_does_not_wait_for_the_disk(database):
    """Nothing of it is to survive; see the test before for one that lasts."""
    assert database._rows("SHOW fsync") == [("off",)]
