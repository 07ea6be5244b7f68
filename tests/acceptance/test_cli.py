"""The command line on a running database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo.database import ORACLE_DAG, USER

SCRIPT = """
-- @step one
INSERT INTO cli_work (run_key, step) VALUES (:run_id, 'one');
COMMIT;
-- @step two
INSERT INTO cli_work (run_key, step) VALUES (:run_id, 'two');
INSERT INTO cli_late (step) VALUES ('two');
COMMIT;
-- @step three
INSERT INTO cli_work (run_key, step) VALUES (:run_id, 'three');
COMMIT;
"""
SLOW = """
-- @step one
INSERT INTO cli_work (run_key, step) VALUES (:run_id, 'one');
COMMIT;
-- @step two
INSERT INTO cli_work (run_key, step) VALUES (:run_id, 'two');
BEGIN DBMS_SESSION.SLEEP(60); END;
/
COMMIT;
"""
STEP_KEYS = {"no", "name", "state", "attempt", "rows", "started_at", "ended_at", "error"}


@pytest.fixture(scope="module")
def tables(database):
    """Make the table that the scripts write to."""
    database.change("CREATE TABLE cli_work (run_key VARCHAR2(100), step VARCHAR2(30))")
    return database


@pytest.fixture
def call(tables):
    """Return a function that runs a verb and returns the process."""

    def run(*arguments, **variables):
        return subprocess.run(
            [ORACLE_DAG, *arguments],
            env=environment(tables, **variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture
def script(tmp_path):
    """Write the script whose second step fails until its table is there."""
    file = tmp_path / "work.sql"
    file.write_text(SCRIPT)
    return str(file)


@pytest.fixture
def slow(tmp_path):
    """Write the script whose second step takes a minute."""
    file = tmp_path / "slow.sql"
    file.write_text(SLOW)
    return str(file)


def environment(database, **variables):
    """Return the environment in which a verb finds its database."""
    return {
        **database.environment,
        "ORACLE_DSN": database.dsn,
        "ORACLE_USER": USER,
        "ORACLE_PASSWORD": database.password,
        **variables,
    }


def effects(database, run_key):
    """Return which steps left a row."""
    rows = database.query("SELECT step FROM cli_work WHERE run_key = :k ORDER BY step", k=run_key)
    return [step for (step,) in rows]


def begin(database, file, run_key):
    """Start the slow script and wait until its second step works."""
    process = subprocess.Popen(
        [ORACLE_DAG, "run", file, "--run-key", run_key],
        env=environment(database),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while "one SUCCEEDED" not in process.stdout.readline():
        assert process.poll() is None
    time.sleep(0.5)
    return process


def test_init_is_safe_to_repeat_and_two_at_once(call):
    """Four of them at once all succeed, and find nothing left to do."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: call("init"), range(4)))
    assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 4
    assert call("init").stdout == "nothing to do\n"


def test_a_failed_run_is_resumed(call, tables, script):
    """Exit 1 with the step and its line; the repair; exit 0, resumed there, each effect once."""
    failed = call("run", script, "--run-key", "resumed", "--json")
    assert failed.returncode == 1
    shown = json.loads(failed.stdout)
    assert [step["state"] for step in shown["steps"]] == ["SUCCEEDED", "FAILED", "PENDING"]
    assert set(shown["steps"][0]) >= STEP_KEYS
    assert "ORA-00942" in shown["error"]
    assert "work.sql:7" in failed.stderr
    assert "two" in failed.stderr
    assert effects(tables, "resumed") == ["one"]
    tables.change("CREATE TABLE cli_late (step VARCHAR2(30))")
    resumed = call("resume", "--run-key", "resumed", "--json")
    assert resumed.returncode == 0, resumed.stderr
    shown = json.loads(resumed.stdout)
    assert (shown["state"], shown["resumed_at"], shown["error"]) == ("SUCCEEDED", "two", None)
    assert effects(tables, "resumed") == ["one", "three", "two"]
    again = call("run", script, "--run-key", "resumed")
    assert again.returncode == 0
    assert "nothing to run: run resumed was finished at" in again.stdout
    assert effects(tables, "resumed") == ["one", "three", "two"]
    tables.change("DROP TABLE cli_late")


def test_a_step_is_declared_done(call, tables, script):
    """`mark-done` is written to the audit, and a resume goes on after the step."""
    assert call("run", script, "--run-key", "marked").returncode == 1
    refused = call("mark-done", "--run-key", "marked", "--step", "two")
    assert refused.returncode == 2
    assert "--why" in refused.stderr
    marked = call("mark-done", "--run-key", "marked", "--step", "two", "--why", "done by hand")
    assert marked.returncode == 0, marked.stderr
    assert call("resume", "--run-key", "marked").returncode == 0
    assert effects(tables, "marked") == ["one", "three"]
    ((why, verb),) = tables.query("SELECT why, verb FROM odag_audit WHERE why = 'done by hand'")
    assert (why, verb) == ("done by hand", "mark-done")


def test_a_step_is_declared_not_done(call, tables, tmp_path):
    """`mark-pending` makes a resume run a step once more."""
    file = tmp_path / "twice.sql"
    file.write_text(SCRIPT.replace("INSERT INTO cli_late (step) VALUES ('two');\n", ""))
    assert call("run", str(file), "--run-key", "twice").returncode == 0
    pending = ("mark-pending", "--run-key", "twice", "--step", "three", "--why", "lost")
    assert call(*pending).returncode == 0
    assert call("run", str(file), "--run-key", "twice").returncode == 0
    assert effects(tables, "twice") == ["one", "three", "three", "two"]


def test_status_is_one_line_a_step(call, script):
    """`status` shows each step with its state."""
    call("run", script, "--run-key", "shown")
    lines = call("status", "--run-key", "shown").stdout.splitlines()
    assert [line.split()[1:3] for line in lines[2:]] == [
        ["one", "SUCCEEDED"],
        ["two", "FAILED"],
        ["three", "PENDING"],
    ]


def test_a_run_that_is_held_is_not_joined(call, tables, slow):
    """Exit 4 while another attempt works; Ctrl-C ends that one with its step rolled back."""
    holder = begin(tables, slow, "held")
    try:
        held = call("run", slow, "--run-key", "held", "--orphan", "fail")
        assert held.returncode == 4, held.stderr
        waited = call("run", slow, "--run-key", "held", "--orphan-timeout", "1")
        assert waited.returncode == 4, waited.stderr
        holder.send_signal(signal.SIGINT)
        assert holder.wait(10) == 130
        assert "Traceback" not in holder.stderr.read()
        assert effects(tables, "held") == ["one"]
    finally:
        holder.kill()
        holder.communicate()


def test_a_terminated_run_rolls_back(tables, slow):
    """SIGTERM ends a run in order."""
    process = begin(tables, slow, "terminated")
    process.send_signal(signal.SIGTERM)
    try:
        assert process.wait(10) == 130
        assert effects(tables, "terminated") == ["one"]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"ORACLE_PASSWORD": "wr0ng-s3cret"}, "ORA-01017"),
        ({"ORACLE_USER": "nobody"}, "ORA-01017"),
        ({"ORACLE_DSN": "127.0.0.1:1/FREEPDB1"}, "DPY-6005"),
    ],
)
def test_a_connection_that_fails_is_one_message(call, variables, says):
    """Wrong user, password or port: exit 2, the code, the way out, no secret, no traceback."""
    done = call("status", "--run-key", "x", **variables)
    assert done.returncode == 2
    assert says in done.stderr
    assert "To mend it" in done.stderr
    assert "s3cret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_service_is_one_message(call, tables):
    """A service that the listener does not know is exit 2."""
    done = call("status", "--run-key", "x", ORACLE_DSN=f"{tables.host}:{tables.port}/NOSUCH")
    assert done.returncode == 2
    assert "service" in done.stderr


def test_tables_that_are_not_there_are_named(call, script):
    """Without `init` the message says how to make them."""
    done = call("run", script, "--run-key", "x", "--schema", "nobody")
    assert done.returncode == 2
    assert "oracle-dag init" in done.stderr


def test_an_unknown_run_is_said(call):
    """A key that nobody used is exit 2."""
    done = call("status", "--run-key", "never")
    assert done.returncode == 2
    assert "never" in done.stderr


def test_a_missing_bind_is_said_before_the_first_step(call, tables, tmp_path):
    """Nothing is recorded of a script whose values are not complete."""
    file = tmp_path / "bind.sql"
    file.write_text(SCRIPT.replace("'three'", ":what"))
    done = call("run", str(file), "--run-key", "bind")
    assert done.returncode == 2
    assert "what" in done.stderr
    assert call("status", "--run-key", "bind").returncode == 2
    assert effects(tables, "bind") == []


def test_a_step_in_doubt_is_exit_3(call, tables, tmp_path):
    """A block that committed before it failed: a person's word is asked for, then it goes on."""
    file = tmp_path / "doubt.sql"
    file.write_text(
        "-- @step half\nbegin\n  insert into cli_work values (:run_id, 'half');\n  commit;\n"
        "  raise_application_error(-20001, 'late');\nend;\n/\n"
    )
    done = call("run", str(file), "--run-key", "doubt")
    assert done.returncode == 3
    assert "doubt.sql:2: step half" in done.stderr
    assert "mark-done" in done.stderr
    assert call("run", str(file), "--run-key", "doubt").returncode == 3
    marked = call("mark-done", "--run-key", "doubt", "--step", "half", "--why", "seen the row")
    assert marked.returncode == 0
    assert call("run", str(file), "--run-key", "doubt").returncode == 0
    assert effects(tables, "doubt") == ["half"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"select 'x from dual;\n", "bad.sql:1:8: this string is not ended"),
        (b"select 1 from dual;\n/* x\n", "bad.sql:2:1: this comment is not ended"),
        (b"begin\n  null;\nend;\n", "bad.sql:1:1: this statement has no end"),
        (b"-- @stpe a\nselect 1 from dual;\n", "did you mean @step?"),
        (b"-- @step a timeot=1h\nselect 1 from dual;\n", "did you mean timeout?"),
        (
            b"-- @step a\nselect 1 from dual;\n-- @step a\nselect 2 from dual;\n",
            "bad.sql:3",
        ),
        (b"", "the script is empty"),
        (b"select \x00 from dual;\n", "not text"),
        (b"connect scott/tiger@db\nselect 1 from dual;\n", "CONNECT is not supported"),
        (b"select '&x' from dual;\n", "SET DEFINE OFF"),
    ],
)
def test_a_bad_script_is_refused_where_it_is_bad(call, tmp_path, content, says):
    """Exit 2, the place and the cure; nothing is recorded, and no secret is repeated."""
    file = tmp_path / "bad.sql"
    file.write_bytes(content)
    done = call("run", str(file), "--run-key", "bad")
    assert done.returncode == 2
    assert says in done.stderr
    assert "To mend it" in done.stderr
    assert "Traceback" not in done.stderr
    assert "tiger" not in done.stdout + done.stderr
    assert call("status", "--run-key", "bad").returncode == 2


def test_nobody_has_to_listen(call, tables, script, tmp_path):
    """A closed pipe and a terminal without the letters change neither the work nor its outcome."""
    file = tmp_path / "said.sql"
    file.write_text(
        "-- @step a\nbegin dbms_output.put_line('漢字 ' || chr(27)); end;\n/\n"
        "-- @step b\ninsert into cli_work values (:run_id, 'b');\n"
    )
    ascii_only = call("run", str(file), "--run-key", "ascii", PYTHONIOENCODING="ascii")
    assert ascii_only.returncode == 0
    assert "\\u6f22\\u5b57 \\x1b" in ascii_only.stdout

    with subprocess.Popen(
        [ORACLE_DAG, "run", str(file), "--run-key", "deaf"],
        env=environment(tables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""
    assert effects(tables, "deaf") == ["b"]


def test_json_has_its_keys_whatever_happens(call, script):
    """Without a connection too, the document has every key."""
    done = call("run", script, "--run-key", "json", "--json", ORACLE_PASSWORD="wrong")
    assert done.returncode == 2
    shown = json.loads(done.stdout)
    assert shown["run_key"] == "json"
    assert shown["state"] is None
    assert "ORA-01017" in shown["error"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "x.sql", "--run-key", "k", "--step-timeout", "-1"), "--step-timeout"),
        (("sandbox", "--port", "80000"), "--port"),
        (("status", "--run-key", "a\nb"), "control characters"),
        (("mark-done", "--run-key", "no such", "--step", "a", "--why", "x"), "no run 'no such'"),
        (
            ("status", "--run-key", "k", "--dsn", "demo/s3cr3t@127.0.0.1:1/x"),
            "write the connect string as host:port/service",
        ),
    ],
)
def test_bad_usage_is_one_message(call, arguments, says):
    """Exit 2, what was wrong, no traceback and no secret."""
    done = call(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr


@pytest.mark.timeout(120)
def test_airflow_offers_the_same_verbs_with_its_connections(call, tables, script, tmp_path):
    """`airflow oracle-dag status --conn-id` shows a run through an Airflow connection."""
    call("run", script, "--run-key", "by airflow")
    done = subprocess.run(
        [
            Path(sys.executable).with_name("airflow"),
            *("oracle-dag", "status", "--run-key", "by airflow", "--conn-id", "warehouse"),
        ],
        env={
            **os.environ,
            "AIRFLOW_HOME": str(tmp_path / "airflow"),
            "AIRFLOW_CONN_WAREHOUSE": json.dumps(tables.airflow_connection()),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert "SUCCEEDED" in done.stdout


def test_an_alias_is_looked_up_where_tns_admin_says(call, tables, tmp_path):
    """TNS_ADMIN or --config-dir: the same run is found by an alias."""
    (tmp_path / "tnsnames.ora").write_text(
        "dwh = (DESCRIPTION = (ADDRESS = (PROTOCOL = tcp)"
        f"(HOST = {tables.host})(PORT = {tables.port}))"
        f"(CONNECT_DATA = (SERVICE_NAME = {tables.service})))\n"
        "drcp = (DESCRIPTION = (ADDRESS = (PROTOCOL = tcp)"
        f"(HOST = {tables.host})(PORT = {tables.port}))"
        f"(CONNECT_DATA = (SERVICE_NAME = {tables.service})(SERVER = POOLED)))\n"
    )
    found = call("doctor", ORACLE_DSN="dwh", TNS_ADMIN=str(tmp_path))
    assert found.returncode == 0, found.stderr
    assert f"service {tables.service}" in found.stdout
    named = call("status", "--config-dir", str(tmp_path), ORACLE_DSN="dwh")
    assert named.returncode == 0, named.stderr
    refused = call("status", "--config-dir", str(tmp_path), ORACLE_DSN="drcp")
    assert refused.returncode == 2
    assert "pooled server" in refused.stderr and "To mend it" in refused.stderr
    lost = call("status", "--config-dir", str(tmp_path), ORACLE_DSN="dhw")
    assert lost.returncode == 2
    assert "DPY-4000" in lost.stderr and "tnsnames.ora" in lost.stderr
