"""The command line, as far as it goes without a database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from decimal import Decimal

import pytest

from airflow_oracle_dag.cli.airflow_commands import get_cli_commands
from airflow_oracle_dag.cli.arguments import VERBS
from airflow_oracle_dag.cli.binds import script_values
from airflow_oracle_dag.cli.exits import UsageError, exit_code
from airflow_oracle_dag.cli.main import main
from airflow_oracle_dag.cli.report import because
from airflow_oracle_dag.core.errors import BindError
from airflow_oracle_dag.core.values import Timestamp
from airflow_oracle_dag.runtime.errors import (
    CheckFailed,
    ConnectFailed,
    InDoubt,
    NotInitialised,
    RunHeld,
    RunStopped,
    StepFailed,
    TakenOver,
)


@pytest.fixture(autouse=True)
def no_database(monkeypatch):
    """Forget the database that the shell may know."""
    for name in ("ORACLE_DSN", "ORACLE_USER", "ORACLE_PASSWORD", "ORACLE_DAG_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StepFailed("x", run_key="k", step="s", line=1), 1),
        (CheckFailed("x", run_key="k", step="s", line=1), 1),
        (BindError("x"), 2),
        (NotInitialised("x"), 2),
        (ConnectFailed("x"), 2),
        (UsageError("x"), 2),
        (InDoubt("x", run_key="k", step="s"), 3),
        (RunHeld("x", run_key="k"), 4),
        (TakenOver("x", run_key="k"), 4),
        (RunStopped("x"), 130),
    ],
)
def test_each_error_has_its_exit_code(error, code):
    """Exit codes tell a script what a person reads in the message."""
    assert exit_code(error) == code


def test_plan_shows_the_steps(tmp_path, capsys):
    """`plan` splits a script and needs no database and no values."""
    script = tmp_path / "a.sql"
    script.write_text("-- @step one\nupdate t set a = :a;\ncommit;\ncreate table u (a number);\n")
    assert main(["plan", str(script), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert next(step["name"] for step in shown["steps"]) == "one"
    assert [step["class"] for step in shown["steps"]] == ["TRANSACTIONAL", "DDL"]
    assert shown["binds"] == ["a"]


PLACED = """\
-- @always
alter session set nls_sort = binary;
-- @step one
update t set a = 1;
-- @step two run_on=database
update t set a = 2;
-- @step three run_on=database
update t set a = 3;
"""


def test_plan_says_where_each_step_runs_and_with_which_it_shares_a_job(tmp_path, capsys):
    """And what decides that; a step of the session runs again in each job behind it."""
    script = tmp_path / "a.sql"
    script.write_text(PLACED)

    assert main(["plan", str(script)]) == 0
    session, one, two, _ = capsys.readouterr().out.splitlines()
    assert "worker    lines 2-2  also in the job of steps 3 to 4" in session
    assert "worker    lines 4-4" in one and "job" not in one
    assert "database  lines 6-6  in the job of steps 3 to 4" in two

    assert main(["plan", str(script), "--json", "--run-on", "database"]) == 0
    shown = json.loads(capsys.readouterr().out)["steps"]
    assert [(step["place"], step["jobs"]) for step in shown] == [("database", [[1, 4]])] * 4
    assert shown[1]["place_because"] == "--run-on database"

    assert main(["plan", str(script), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["steps"]
    assert shown[2]["place_because"] == "run_on=database of its @step"
    assert shown[0]["place_because"] == "the steps behind it"


def test_plan_says_which_ddl_needs_a_person(tmp_path, capsys):
    """DDL that cannot be looked up says why; what can be, or has a probe, says nothing."""
    script = tmp_path / "a.sql"
    script.write_text(
        "drop table u;\nalter table t move;\n-- @probe select 1 from v\nalter table w move;\n"
    )
    assert main(["plan", str(script)]) == 0
    lines = capsys.readouterr().out.splitlines()
    because = "in doubt if its attempt dies: what ALTER TABLE … MOVE changes is not looked up"
    assert [because in line for line in lines] == [False, True, False]
    assert main(["plan", str(script), "--json"]) == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert [step["doubtful_because"] for step in steps] == [None, because, None]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        ("", "a.sql"),
        ("select 'a from dual;\n", "a.sql:1"),
        ("-- @stepp one\nselect 1 from dual;\n", "a.sql:1"),
        ("-- @step a\nupdate t set a=1;\n-- @step a\nupdate t set a=2;\n", "a.sql"),
    ],
)
def test_a_bad_script_is_said_where_it_is_bad(tmp_path, capsys, content, says):
    """A bad script ends with exit code 2 and a message with file and line, no traceback."""
    script = tmp_path / "a.sql"
    if content is not None:
        script.write_text(content)
    assert main(["plan", str(script)]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error


def test_a_connection_that_is_not_given_is_asked_for(tmp_path, capsys):
    """Without a connection the message says the three ways to give one."""
    script = tmp_path / "a.sql"
    script.write_text("update t set a = 1;\n")
    assert main(["run", str(script), "--run-key", "k"]) == 2
    error = capsys.readouterr().err
    assert "ORACLE_DSN" in error
    assert "--conn-id" in error


def test_a_password_comes_from_the_environment_or_a_prompt(monkeypatch, capsys):
    """There is no argument for a password, and none is asked for where nobody can type."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert main(["status", "--run-key", "k", "--dsn", "h:1/s", "--user", "u"]) == 2
    assert "ORACLE_PASSWORD" in capsys.readouterr().err
    flags = {flag for verb in VERBS for one in verb.arguments for flag in one.flags}
    assert not [flag for flag in flags if "pass" in flag]


def test_a_wrong_port_is_one_message_without_the_password(monkeypatch, capsys):
    """Nobody listens: exit code 2, the way out, and no secret."""
    monkeypatch.setenv("ORACLE_PASSWORD", "s3cret")
    assert main(["status", "--run-key", "k", "--dsn", "127.0.0.1:1/s", "--user", "u"]) == 2
    error = capsys.readouterr().err
    assert "cannot connect" in error
    assert "s3cret" not in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("dwh_high", "unless it is an alias: no folder of tnsnames.ora"),
        ("(s3cret", "To mend it: write the connect string as host:port/service"),
    ],
)
def test_a_wrong_connect_string_is_not_repeated(monkeypatch, capsys, dsn, says):
    """It may hold a password; what mends it is said."""
    monkeypatch.setenv("ORACLE_PASSWORD", "given-to-it")
    assert main(["status", "--dsn", dsn, "--user", "u"]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert dsn not in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "a.sql", "--run-key", "k", "--show-rows", "101"), "'101' is no number from 0 to"),
        (("run", "a.sql", "--run-key", "k", "--show-rows", "all"), "'all' is no number from 0 to"),
        (("purge", "--older-than", "0d"), "'0d' is no age: write 1 to 99999 hours"),
    ],
)
def test_a_number_out_of_its_range_is_told_the_range(capsys, arguments, says):
    """In a line, not with all numbers that there are."""
    with pytest.raises(SystemExit):
        main(list(arguments))
    assert says in capsys.readouterr().err


def test_init_can_print_instead_of_run(capsys):
    """`init --print` shows a DBA every statement, without a connection."""
    assert main(["init", "--print", "--schema", "odag"]) == 0
    assert 'CREATE TABLE "ODAG".' in capsys.readouterr().out


def test_init_print_needs_the_owner(capsys):
    """Without an owner the statements cannot be written."""
    assert main(["init", "--print"]) == 2
    assert "--schema" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("reason", "inside", "says"),
    [
        ("its PL/SQL may have committed by itself", 1, "its PL/SQL committed by itself"),
        ("its PL/SQL may have committed by itself", 0, "its PL/SQL may have committed by itself"),
        ("it was not waited for", 1, "it was not waited for; it committed by itself"),
        (None, 1, "it committed by itself"),
        (None, None, ""),
    ],
)
def test_a_commit_that_is_known_is_no_guess(reason, inside, says):
    """A reason that was written before anybody looked is not repeated beside what was seen."""
    assert because(None, reason, inside) == says


def test_binds_have_types():
    """A bind is text unless its type says otherwise."""
    values = script_values(
        ["a=x", "n:number=1.50", "d:date=2026-11-20", "t:timestamp=2026-11-20T01:02:03.5"], "k"
    )
    assert values.lookup("a") == "x"
    assert values.lookup("n") == Decimal("1.50")
    assert values.lookup("d") == datetime(2026, 11, 20)
    assert isinstance(values.lookup("t"), Timestamp)
    assert values.lookup("run_id") == "k"


@pytest.mark.parametrize(
    "argument", ["a", "=1", "a:number=x", "a:date=today", "a:date=2026-01-01T00Z", "a:secret=NONE"]
)
def test_a_bind_that_cannot_be_understood_is_refused(argument):
    """The message repeats the argument."""
    with pytest.raises(UsageError, match=argument.replace("=", ".")):
        script_values([argument], "k")


def test_a_date_is_shown_as_it_is_written():
    """What the standard library says of it helps nobody."""
    with pytest.raises(UsageError, match=r"--bind a:date=21\.11\.: write it as 2026-11-20 or"):
        script_values(["a:date=21.11."], "k")


def test_a_bind_is_given_once():
    """The same name twice is a mistake, whatever its case; the values are not shown."""
    with pytest.raises(UsageError, match="twice") as caught:
        script_values(["a=hush-1", "A=hush-2"], "k")
    assert "hush" not in str(caught.value)


def test_an_unknown_type_is_refused():
    """It names those that there are, and not the value: it may have been meant to be a secret."""
    with pytest.raises(UsageError, match=r"a:password: no type 'password'.*secret") as caught:
        script_values(["a:password=hush"], "k")
    assert "hush" not in str(caught.value)


def test_a_secret_comes_from_the_environment(monkeypatch):
    """A command line is seen by every user of the machine; it only names the variable."""
    monkeypatch.setenv("TOKEN", "hush-hush")
    values = script_values(["t:secret=TOKEN"], "k")
    assert values.lookup("t") == "hush-hush"
    assert "hush" not in repr(values)
    monkeypatch.setenv("TOKEN", "abc")
    with pytest.raises(UsageError, match="at least 4 characters"):
        script_values(["t:secret=TOKEN"], "k")


def test_an_unknown_verb_is_a_usage_error():
    """Argparse itself ends with exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(["fly"])
    assert caught.value.code == 2


def test_airflow_gets_the_same_verbs():
    """`airflow oracle-dag` knows each verb with the arguments of `oracle-dag`."""

    def check(commands, verbs):
        assert [command.name for command in commands] == [verb.name for verb in verbs]
        for command, verb in zip(commands, verbs, strict=True):
            if verb.verbs:
                check(command.subcommands, verb.verbs)
                continue
            parser = ArgumentParser()
            for argument in command.args:
                argument.add_to_parser(parser)

    (group,) = get_cli_commands()
    check(group.subcommands, VERBS)
