"""The command line shows neither a password nor a secret, whatever becomes of a run."""

from __future__ import annotations

import json
import subprocess

import pytest

from demo.database import ORACLE_DAG, USER

TOKEN = "hush-4711-hush"
SCRIPT = """
-- @step talk
BEGIN DBMS_OUTPUT.PUT_LINE('token ' || :token); END;
/
-- @step look
SELECT :token AS token FROM dual;
-- @step fail
BEGIN RAISE_APPLICATION_ERROR(-20001, 'refused: ' || :token); END;
/
"""
TABLES = ("odag_run", "odag_step", "odag_step_attempt", "odag_canary", "odag_audit")


@pytest.fixture
def call(database):
    """Return a function that runs a verb and returns its exit code and all that it printed."""

    def run(*arguments, **variables):
        env = {
            **database.environment,
            "ORACLE_DSN": database.dsn,
            "ORACLE_USER": USER,
            "ORACLE_PASSWORD": database.password,
            "TOKEN": TOKEN,
            **variables,
        }
        done = subprocess.run(
            [ORACLE_DAG, *arguments],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_no_verb_shows_a_secret(call, database, tmp_path, as_json):
    """A failure, a resumption, a look, a person's word; then the tables and the sandbox's log."""
    file = tmp_path / "secret.sql"
    file.write_text(SCRIPT)
    key = ("--run-key", f"secret {as_json}")
    bind = ("--bind", "token:secret=TOKEN")
    run = call("run", str(file), *key, *bind, *as_json)
    outcomes = [
        (1, run),
        (1, call("resume", *key, *bind, *as_json)),
        (0, call("status", *key, *as_json)),
        (0, call("plan", str(file), *bind, *as_json)),
        (0, call("mark-done", *key, "--step", "fail", "--why", "it is a test")),
        (0, call("run", str(file), *key, *bind, *as_json)),
    ]
    said = "".join(out + err for _, (_, out, err) in outcomes)
    kept = str([database.query(f"SELECT * FROM {table}") for table in TABLES])

    assert [code for _, (code, *_) in outcomes] == [expected for expected, _ in outcomes]
    assert "refused: ***" in run[2]
    if as_json:
        assert "refused: ***" in json.loads(run[1])["error"]
    log = (database.processes.logs / "sandbox.log").read_text()
    for secret in (TOKEN, database.password):
        assert secret not in said + kept + log


def test_a_refused_connection_shows_no_password(call, database, tmp_path):
    """A wrong password, a dead port, and a password that was put into the connect string."""
    file = tmp_path / "plain.sql"
    file.write_text("SELECT 1 FROM dual;")
    with_password = f"{USER}/{database.password}@{database.dsn}"

    said = ""
    for variables in (
        {"ORACLE_PASSWORD": "wrong-password"},
        {"ORACLE_DSN": "127.0.0.1:1/none"},
        {"ORACLE_DSN": with_password},
    ):
        code, out, err = call("run", str(file), "--run-key", "refused", **variables)
        assert code == 2
        said += out + err

    assert database.password not in said
    assert "wrong-password" not in said
