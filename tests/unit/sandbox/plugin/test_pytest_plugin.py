"""The fixtures, in a project of somebody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
PLUGIN = "airflow_oracle_dag.sandbox.pytest_plugin"
TESTS = '''
from pathlib import Path

import oracledb
import pytest

from airflow_oracle_dag.sandbox.seed import SeedError

USERS = []


@pytest.mark.parametrize("n", [1, 2])
def test_each_test_has_an_empty_schema(oracle_schema, n):
    USERS.append(oracle_schema.user)
    assert oracle_schema.rows("select object_name from user_objects") == []
    oracle_schema.run_script("""
        create table t (n number);
        create sequence s;
        create or replace procedure p as begin insert into t values (s.nextval); end;
        /
        exec p
    """)
    assert oracle_schema.rows("select n from t where n = :1", 1) == [(1,)]
    oracle_schema.connect().cursor().execute("lock table t in exclusive mode")


def test_nothing_is_left(oracle_sandbox):
    with oracle_sandbox.as_dba() as dba, dba.cursor() as cursor:
        cursor.execute("select username from all_users where username like 'TEST%'")
        assert cursor.fetchall() == []
        cursor.execute("select owner, name from all_source where owner like 'TEST%'")
        assert cursor.fetchall() == []
    assert len(set(USERS)) == 2


def test_a_file_is_run(oracle_schema):
    Path("s.sql").write_text("create table t (n number);\\nselect 1 from nowhere;\\n")
    with pytest.raises(SeedError, match="s.sql:2: ORA-00942"):
        oracle_schema.run_script(Path("s.sql"))
    assert oracle_schema.rows("select count(*) from t") == [(0,)]


def test_a_commit_is_lost(oracle_schema):
    oracle_schema.run_script("create table t (n number);")
    oracle_schema.faults.cut("after", calls=["commit"])
    writer = oracle_schema.connect()
    writer.cursor().execute("insert into t values (1)")
    with pytest.raises(oracledb.DatabaseError):
        writer.commit()
    assert oracle_schema.connect().cursor().execute("select n from t").fetchall() == [(1,)]
    oracle_schema.faults.refuse_log_ins()


def test_a_session_that_a_fault_has_stranded_is_ended(oracle_schema):
    oracle_schema.run_script("create table t (n number);")


KEPT = []


def test_a_pool_that_nobody_closes(oracle_schema):
    who = {"user": oracle_schema.user, "password": oracle_schema.password}
    pool = oracledb.create_pool(dsn=oracle_schema.dsn, min=2, max=2, **who)
    busy = pool.acquire()
    busy.cursor().execute("create table t (n number)")
    busy.cursor().execute("insert into t values (1)")
    KEPT.extend([pool, busy])


def test_a_job_that_still_runs(oracle_schema):
    oracle_schema.connection.cursor().execute("""begin
        dbms_scheduler.create_job('J', 'PLSQL_BLOCK', 'begin dbms_session.sleep(60); end;',
                                  enabled => true);
    end;""")


def test_airflow_knows_the_way(oracle_airflow_connection, oracle_schema):
    from airflow.providers.oracle.hooks.oracle import OracleHook

    assert oracle_airflow_connection == "etl_db"
    hook = OracleHook(oracle_conn_id=oracle_airflow_connection)
    assert hook.get_first("select user from dual") == (oracle_schema.user,)
'''
INI = "[pytest]\noracle_sandbox_conn_id = etl_db\n"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest there, with the plugin even where the package is not installed as it is now."""
    installed = any(point.value == PLUGIN for point in entry_points(group="pytest11"))
    given = [] if installed else ["-p", PLUGIN]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *given, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "AIRFLOW_HOME": str(folder / "airflow")},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def test_a_project_uses_the_fixtures(tmp_path):
    """Each test has a schema of its own, faults end with it, and Airflow finds a connection."""
    (tmp_path / "pytest.ini").write_text(INI)
    (tmp_path / "test_it.py").write_text(TESTS)

    ended = run(tmp_path)

    assert ended.returncode == 0, ended.stdout
    assert "9 passed" in ended.stdout


def test_nothing_is_imported_before_it_is_wanted(tmp_path):
    """A project that wants none of it pays for pytest alone."""
    (tmp_path / "test_it.py").write_text(
        "import sys\n\ndef test_it():\n"
        "    loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "    assert not loaded & {'airflow', 'oracledb', 'psycopg', 'sqlglot'}\n"
        "    assert 'airflow_oracle_dag.sandbox.engine' not in sys.modules\n"
    )

    ended = run(tmp_path)

    assert ended.returncode == 0, ended.stdout


def test_it_loads_on_an_old_python():
    """Nothing in it is evaluated that Python 3.9 does not know."""
    python39 = ROOT / ".venv39" / "bin" / "python"
    if not python39.exists():
        pytest.skip("make test-py39 has not made .venv39")
    path = ROOT / "airflow_oracle_dag" / "sandbox" / "pytest_plugin.py"

    ended = subprocess.run(
        [python39, "-c", f"import runpy; runpy.run_path({str(path)!r})"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
