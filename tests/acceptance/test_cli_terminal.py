"""The command line on a real terminal: what a person sees while a script runs."""

from __future__ import annotations

import signal

import pytest

from demo.database import ORACLE_DAG, USER
from tests.acceptance.terminal import Terminal

SCRIPT = """
-- @step one
INSERT INTO seen_work (run_key, step) VALUES (:run_id, 'one');
-- @step two
INSERT INTO seen_work (run_key, step) VALUES (:run_id, 'two');
BEGIN DBMS_SESSION.SLEEP({seconds}); DBMS_OUTPUT.PUT_LINE('half way'); END;
/
-- @step three
INSERT INTO seen_work (run_key, step) VALUES (:run_id, 'three');
INSERT INTO {table} (run_key, step) VALUES (:run_id, 'three again');
"""


@pytest.fixture(scope="module")
def tables(database):
    """Make the table that the scripts write to."""
    database.change("CREATE TABLE seen_work (run_key VARCHAR2(100), step VARCHAR2(30))")
    return database


@pytest.fixture
def script(tmp_path):
    """Return a function that writes the script and gives its path."""

    def write(*, seconds=0, table="seen_work"):
        file = tmp_path / "seen.sql"
        file.write_text(SCRIPT.format(seconds=seconds, table=table))
        return str(file)

    return write


@pytest.fixture
def terminal(tables):
    """Return a function that starts a verb on a terminal."""
    started = []

    def start(*arguments, height=24, **variables):
        env = {
            **tables.environment,
            "TERM": "xterm-256color",
            "ORACLE_DSN": tables.dsn,
            "ORACLE_USER": USER,
            "ORACLE_PASSWORD": tables.password,
            **variables,
        }
        started.append(Terminal([str(ORACLE_DAG), *arguments], env, height))
        return started[-1]

    yield start
    for one in started:
        one.close()


def effects(database, run_key):
    """Return which steps left a row."""
    rows = database.query("SELECT step FROM seen_work WHERE run_key = :k ORDER BY step", k=run_key)
    return [step for (step,) in rows]


def states(screen):
    """Return the table on the screen: state by step."""
    words = [line.split() for line in screen.lines]
    return {found[1]: found[2] for found in words if len(found) > 2 and found[0].isdigit()}


def test_the_steps_are_a_table_that_is_drawn_again(terminal, script):
    """While a step runs it says so; at the end one table stands below the lines."""
    shown = terminal("run", script(seconds=2), "--run-key", "seen")
    shown.read_until("two    RUNNING")
    shown.read_until("three  PENDING")  # the rows come from above
    assert states(shown.screen) == {"one": "SUCCEEDED", "two": "RUNNING", "three": "PENDING"}
    assert not shown.screen.cursor_visible
    assert shown.read_all() == 0
    assert shown.screen.cursor_visible and shown.screen.coloured
    lines = [line.rstrip() for line in shown.screen.lines if line.strip()]
    assert [line for line in lines if line.startswith("no  step")] == [
        "no  step   state      tries  rows  seconds  reason"
    ]
    assert "step 2/3 two   half way" in lines
    assert lines[-1].split()[:5] == ["3", "three", "SUCCEEDED", "1", "2"]


def test_a_failure_stands_in_the_table_and_below_it(terminal, script):
    """The row has the database's words, the message the cure."""
    shown = terminal("run", script(table="no_such"), "--run-key", "seen failing")
    assert shown.read_all() == 1
    assert states(shown.screen)["three"] == "FAILED"
    (row,) = [line for line in shown.screen.lines if line.startswith(" 3  three")]
    assert row.split("FAILED")[1].split()[:2] == ["1", "ORA-00942:"]
    assert any("To mend it" in line for line in shown.screen.lines)


def test_a_resumption_shows_what_was_done_before(terminal, tables, script):
    """Rows and seconds of the first attempt stand beside those of the second."""
    key = ("--run-key", "seen twice")
    assert terminal("run", script(table="no_such"), *key).read_all() == 1
    again = terminal("resume", *key, "--file", script())
    assert again.read_all() == 0
    tries = [line.split()[3] for line in again.screen.lines if line[:2].strip().isdigit()]
    assert tries == ["1", "1", "2"]
    assert effects(tables, "seen twice") == ["one", "three", "three again", "two"]


def test_ctrl_c_rolls_back_and_leaves_the_terminal_as_it_was(terminal, tables, script):
    """The key itself is pressed: exit 130, the cursor is there, and nothing of the step is."""
    shown = terminal("run", script(seconds=60), "--run-key", "seen stopping")
    shown.read_until("two    RUNNING")
    shown.press(b"\x03")
    assert shown.read_all() == 130
    assert shown.screen.cursor_visible
    assert "Traceback" not in shown.raw
    assert "oracle-dag: stopped" in shown.raw
    assert effects(tables, "seen stopping") == ["one"]


def test_sigterm_leaves_the_terminal_as_it_was(terminal, tables, script):
    """As Ctrl-C does."""
    shown = terminal("run", script(seconds=60), "--run-key", "seen ending")
    shown.read_until("two    RUNNING")
    shown.process.send_signal(signal.SIGTERM)
    assert shown.read_all() == 130
    assert shown.screen.cursor_visible
    assert effects(tables, "seen ending") == ["one"]


def test_no_colour_is_shown_to_who_wants_none(terminal, script):
    """NO_COLOR leaves the table, and takes its colours."""
    shown = terminal("run", script(), "--run-key", "seen grey", NO_COLOR="1")
    assert shown.read_all() == 0
    assert not shown.screen.coloured
    assert states(shown.screen)["three"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("arguments", "variables"), [(("--plain",), {}), ((), {"TERM": "dumb"}), (("--json",), {})]
)
def test_lines_are_said_where_no_table_fits(terminal, script, arguments, variables):
    """On request, on a terminal that cannot move its cursor, and beside a JSON document."""
    key = f"seen plain {arguments} {variables}"
    shown = terminal("run", script(), "--run-key", key, *arguments, **variables)
    assert shown.read_all() == 0
    assert "\x1b" not in shown.raw
    assert "step 3/3 three SUCCEEDED" in shown.raw


def test_a_terminal_that_goes_away_ends_the_run_in_order(terminal, tables, script):
    """The window is closed: the step is cancelled, and the next attempt begins with it at once."""
    shown = terminal("run", script(seconds=60), "--run-key", "seen no more")
    shown.read_until("two    RUNNING")
    shown.hang_up()
    assert shown.process.wait(30) == 130
    again = terminal("run", script(), "--run-key", "seen no more", "--orphan", "fail")
    assert again.read_all() == 0
    assert effects(tables, "seen no more") == ["one", "three", "three again", "two"]
