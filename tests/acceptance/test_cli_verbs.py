"""The verbs that look into a run's past and repair it, on a running database."""

from __future__ import annotations

import contextlib
import json

import oracledb
import pytest

from airflow_oracle_dag.cli.main import main
from demo.database import USER

SCRIPT = """
-- @step one
INSERT INTO verb_work (run_key, step) VALUES (:run_id, 'one');
COMMIT;
-- @step two
INSERT INTO verb_work (run_key, step) VALUES (:run_id, 'two');
INSERT INTO verb_late (step) VALUES ('two');
COMMIT;
"""


@pytest.fixture(scope="module")
def tables(database):
    """Make the table that the scripts write to."""
    database.change("CREATE TABLE verb_work (run_key VARCHAR2(100), step VARCHAR2(30))")
    return database


@pytest.fixture
def call(tables, monkeypatch, capsys):
    """Return a function that runs a verb here and returns exit code, output and errors."""
    monkeypatch.setenv("ORACLE_DSN", tables.dsn)
    monkeypatch.setenv("ORACLE_USER", USER)
    monkeypatch.setenv("ORACLE_PASSWORD", tables.password)

    def run(*arguments):
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def script(tables, tmp_path):
    """Write the script whose second step fails until its table is there."""
    with contextlib.suppress(oracledb.DatabaseError):
        tables.change("DROP TABLE verb_late")
    file = tmp_path / "work.sql"
    file.write_text(SCRIPT)
    return str(file)


def effects(database, run_key):
    """Return which steps left a row."""
    rows = database.query("SELECT step FROM verb_work WHERE run_key = :k ORDER BY step", k=run_key)
    return [step for (step,) in rows]


def test_history_shows_every_try_and_what_was_done_by_hand(call, script):
    """A failed try, a person's word and the try after it, in the order of their ends."""
    key = ("--run-key", "past")
    assert call("run", script, *key)[0] == 1
    assert call("run", script, *key)[0] == 1
    assert call("mark-done", *key, "--step", "two", "--why", "loaded by hand")[0] == 0

    code, shown, _ = call("history", *key, "--json")
    (one,) = json.loads(shown)["generations"]
    assert code == 0
    assert [(row["name"], row["attempt"], row["state"]) for row in one["tries"]] == [
        ("one", 1, "SUCCEEDED"),
        ("two", 1, "FAILED"),
        ("two", 2, "FAILED"),
    ]
    assert "ORA-00942" in one["tries"][1]["error"]
    assert one["tries"][0]["who"] and one["tries"][0]["ended_at"].endswith("Z")
    (hand,) = one["by_hand"]
    assert (hand["verb"], hand["no"], hand["why"]) == ("mark-done", 2, "loaded by hand")
    assert hand["changed"] == "FAILED -> SUCCEEDED"

    lines = call("history", *key)[1].splitlines()
    assert lines[0].startswith("generation 1: SUCCEEDED, ")
    assert [line.split()[5] for line in lines[2:5]] == ["SUCCEEDED", "FAILED", "FAILED"]
    assert "mark-done of step 2 by " in lines[5] and "loaded by hand" in lines[5]


def test_history_of_an_unknown_run_is_said(call):
    """A key that nobody used is exit 2."""
    code, _, said = call("history", "--run-key", "never was")
    assert code == 2 and "no run 'never was'" in said


def test_doctor_says_what_is_there_and_what_is_missing(call):
    """The tables are there: exit 0; grants that are not there say what they cost."""
    code, shown, _ = call("doctor", "--json")
    found = {one["name"]: one for one in json.loads(shown)["findings"]}
    assert code == 0
    assert found["tables"]["ok"] and found["migrations"]["ok"] and found["clock"]["ok"]
    assert found["CREATE TABLE"]["ok"] and found["CREATE JOB"]["ok"]
    for name in ("ALTER SYSTEM", "ODAG_CONTROL", "V$SESSION", "GV$SESSION", "DBMS_LOCK"):
        assert found[name]["ok"] is False and found[name]["follows"] and not found[name]["required"]
    lines = call("doctor")[1]
    assert "oracledb " in lines and "FREEPDB1" in lines and "what follows: what a client" in lines
    assert "the driver's cancel, STOP_JOB for jobs\n" in lines
    assert found["privileges on them"]["ok"] and found["driver mode"]["found"] == "thin"
    assert found["namespace"]["found"].startswith("default: ")


def test_doctor_fails_without_tables(call):
    """Exit 2, and the cure."""
    code, shown, _ = call("doctor", "--schema", "sys")
    assert code == 2
    assert "FAIL  tables" in shown and "oracle-dag init" in shown


def test_init_grants_no_more_than_a_run_needs(call):
    """History and audit are insert only for another user, and a name that is none is refused."""
    code, shown, _ = call("init", "--grant-to", "sys")
    assert code == 0
    assert f'GRANT SELECT, INSERT ON "{USER.upper()}".odag_step_attempt TO "SYS"' in shown
    printed = call("init", "--print", "--schema", "own", "--grant-to", "etl")[1]
    assert 'GRANT SELECT ON "OWN".odag_version TO "ETL";' in printed
    assert call("init", "--grant-to", "a b")[0] == 2


def test_unlock_refuses_what_nobody_holds(call, script):
    """A failed attempt recorded its end: exit 2, and so is a verb without its reason."""
    key = ("--run-key", "unheld")
    assert call("run", script, *key)[0] == 1
    code, _, said = call("unlock", *key, "--why", "its host is gone")
    assert code == 2 and "recorded its end" in said
    assert call("unlock", *key, "--why", " ")[0] == 2


def test_stop_ends_what_nobody_here_began(call, tables, script, monkeypatch):
    """Exit 0 when it is over; 2 when nothing is at work or nobody says why."""
    key = ("--run-key", "stopped")
    assert call("run", script, *key)[0] == 1
    code, _, said = call("stop", *key, "--why", "the rows are needed")
    assert code == 2 and "nothing of run stopped is at work" in said
    assert call("stop", *key, "--why", " ")[0] == 2
    with tables.connection() as left, left.cursor() as cursor:
        cursor.execute(
            "update odag_run set state = 'RUNNING', attempt_ended_at = null, sid = 1, serial = 1,"
            " session_id = 'gone' where run_key = 'stopped'"
        )
        left.commit()
    code, shown, _ = call("stop", *key, "--why", "the rows are needed")
    assert code == 0 and "the rows are needed" in shown


def test_unlock_frees_a_run_whose_session_looks_alive(call, tables, script):
    """The run goes on at once, each effect once, and the history names who said so."""
    key = ("--run-key", "freed")
    assert call("run", script, *key)[0] == 1
    with tables.connection() as stranger, stranger.cursor() as cursor:
        own = cursor.var(str)
        cursor.execute("begin :own := dbms_session.unique_session_id; end;", own=own)
        cursor.execute(
            "update odag_run set state = 'RUNNING', attempt_ended_at = null, session_id = :s"
            " where run_key = 'freed'",
            s=own.getvalue(),
        )
        stranger.commit()
        tables.change("CREATE TABLE verb_late (step VARCHAR2(30))")
        assert call("resume", *key, "--orphan", "fail")[0] == 4
        code, shown, _ = call("unlock", *key, "--why", "a stranger's session")
        assert code == 0 and "nobody waits for it" in shown
        assert call("resume", *key, "--orphan", "fail")[0] == 0
    assert effects(tables, "freed") == ["one", "two"]
    assert "unlock by " in call("history", *key)[1]


def test_restart_from_runs_a_step_and_what_follows_again(call, tables, script):
    """The new generation is shown by the history; it is run by the next `resume`."""
    key = ("--run-key", "anew")
    tables.change("CREATE TABLE verb_late (step VARCHAR2(30))")
    assert call("run", script, *key)[0] == 0
    code, shown, _ = call("restart-from", "two", *key, "--why", "late rows")
    assert code == 0 and "generation 2 of run anew begins at step two" in shown
    assert effects(tables, "anew") == ["one", "two"]
    assert call("resume", *key)[0] == 0
    assert effects(tables, "anew") == ["one", "two", "two"]
    first, second = json.loads(call("history", *key, "--json")[1])["generations"]
    assert [row["name"] for row in first["tries"]] == ["one", "two"]
    assert [row["name"] for row in second["tries"]] == ["two"]
    assert second["by_hand"][0]["verb"] == "restart-from"
    assert call("restart-from", "ten", *key, "--why", "x")[0] == 2


def test_purge_leaves_a_tombstone(call, tables, script):
    """Status, history, `resume` and `run` of a purged run all know that it was finished."""
    key = ("--run-key", "over", "--namespace", "attic")
    purge = ("purge", "--older-than", "90d", "--namespace", "attic", "--why", "space")
    tables.change("CREATE TABLE verb_late (step VARCHAR2(30))")
    assert call("run", script, *key)[0] == 0
    assert call(*purge)[1].startswith("purged: 0 (only runs go whose success Airflow")
    tables.change(
        "UPDATE odag_run SET ended_at = ended_at - 100, acknowledged_at = ended_at - 99"
        " WHERE run_key = 'over'"
    )
    assert "would purge: 1" in call(*purge[:-2], "--dry-run")[1]
    code, _, said = call(*purge[:-2])
    assert code == 2 and "--why is missing" in said
    code, shown, _ = call(*purge)
    assert code == 0 and "over: finished " in shown and "purged: 1" in shown
    assert "purged: nothing is kept of its steps" in call("status", *key)[1]
    assert "purge by " in call("history", *key)[1]
    for again in (("resume", *key), ("run", script, *key)):
        code, shown, _ = call(*again)
        assert code == 0 and "nothing to run: run over was finished" in shown
    code, shown, _ = call("resume", *key, "--json")
    assert code == 0 and json.loads(shown)["state"] == "SUCCEEDED"
    assert effects(tables, "over") == ["one", "two"]


@pytest.mark.parametrize("age", ["90", "0d", "-1d", "d", "3y"])
def test_an_age_that_is_none_is_refused(call, age, capsys):
    """An age has a number and h, d or w."""
    with pytest.raises(SystemExit, match="2"):
        call("purge", "--older-than", age, "--why", "x")
    assert "--older-than" in capsys.readouterr().err


def test_unlock_names_the_session_whose_transaction_is_open(call, tables, script, monkeypatch):
    """Exit 4, and what a DBA has to do; the run is as before."""
    monkeypatch.setattr("airflow_oracle_dag.cli.repair._MOMENT", 0.2)
    key = ("--run-key", "open")
    assert call("run", script, *key)[0] == 1
    with tables.connection() as holder, holder.cursor() as cursor:
        cursor.execute(
            "select owner from odag_canary where run_hash = (select run_hash from odag_run"
            " where run_key = 'open') for update"
        )
        code, _, said = call("unlock", *key, "--why", "its host is gone")
    assert code == 4 and "ALTER SYSTEM KILL SESSION" in said and ", session " in said
    assert call("status", *key)[1].startswith("open: FAILED")


def test_status_lists_the_runs_of_a_namespace(call, script):
    """Those at work last come first, one line for each run key."""
    whose = ("--namespace", "listed")
    assert call("status", *whose)[1] == "no runs in namespace listed\n"
    for key in ("first", "second", "first"):
        assert call("run", script, "--run-key", key, *whose)[0] == 1
    lines = call("status", *whose)[1].splitlines()
    assert lines[0].split()[:3] == ["run", "key", "state"]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["first", "FAILED", "2"],
        ["second", "FAILED", "1"],
    ]
    shown = json.loads(call("status", *whose, "--limit", "1", "--json")[1])
    assert shown["namespace"] == "listed"
    (run,) = shown["runs"]
    assert (run["run_key"], run["attempt"]) == ("first", 2)
    assert run["attempt_started_at"].endswith("Z") and run["ended_at"] is None


def test_an_unknown_run_says_where_to_look(call):
    """A wrong key and a wrong namespace look the same: both verbs are named."""
    code, _, said = call("status", "--run-key", "never")
    assert code == 2 and "`oracle-dag status` without --run-key" in said
    assert "`oracle-dag doctor`" in said


def test_what_was_done_by_hand_is_kept_with_who_when_why_and_what(call, script):
    """Every verb that changes a run leaves its line, and none of them goes without a reason."""
    key = ("--run-key", "by hand")
    assert call("run", script, *key)[0] == 1
    why = ("--why", "ticket 4711")
    for verb in (
        ("mark-done", *key, "--step", "two"),
        ("mark-pending", *key, "--step", "two"),
        ("restart-from", "two", *key),
    ):
        assert call(*verb, "--why", " ")[0] == 2
        code, _, said = call(*verb, *why)
        assert code == 0, said
    found = json.loads(call("history", *key, "--json")[1])["generations"]
    done = [row for one in found for row in one["by_hand"]]
    assert [(row["verb"], row["no"], row["why"]) for row in done] == [
        ("mark-done", 2, "ticket 4711"),
        ("mark-pending", 2, "ticket 4711"),
        ("restart-from", 2, "ticket 4711"),
    ]
    assert all("@" in row["who"] and row["at"].endswith("Z") for row in done)
    assert [row["changed"] for row in done[:2]] == ["FAILED -> SUCCEEDED", "SUCCEEDED -> PENDING"]


@pytest.mark.parametrize(
    ("arguments", "code", "cure"),
    [
        (("--grant-to", "nobody"), "ORA-01917", "--grant-to"),
        (("--schema", "nobody"), "ORA-01918", "--schema"),
    ],
)
def test_an_init_that_fails_says_what_mends_it(call, arguments, code, cure):
    """Exit 2, the database's words and the way out."""
    ended, _, said = call("init", *arguments)
    assert ended == 2
    assert code in said and f"To mend it: check the name behind {cure}" in said


def test_a_reason_of_two_lines_is_one_in_the_history(call, script):
    """Each verb has a line of its own, whatever was said."""
    key = ("--run-key", "two lines")
    assert call("run", script, *key)[0] == 1
    assert call("mark-done", *key, "--step", "two", "--why", "seen\nthe row")[0] == 0
    assert call("history", *key)[1].splitlines()[-1].endswith(": seen the row")
    code, _, said = call("mark-done", *key, "--step", "", "--why", "x")
    assert code == 2 and "no step ''; it has one, two" in said
