"""The table of a run's steps, as it is drawn on screens of many sizes."""

from __future__ import annotations

import io
import os

import pytest
from rich.console import Console

from airflow_oracle_dag.cli.live import LiveTable, _Patient
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.results import Event, StepResult


def drawn(table, console):
    """Return the lines of the table as it is now."""
    with console.capture() as captured:
        console.print(table)
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.fixture
def console():
    """Give a screen of 80 columns and 12 lines."""
    return Console(file=io.StringIO(), width=80, height=12, highlight=False, markup=False)


def fill(table, running):
    """Let the table have thirty steps, one of which runs."""
    for no in range(1, 31):
        state = State.SUCCEEDED if no < running else State.PENDING
        table.follow(StepResult(no, f"step{no}", state, 1, int(no < running), rows=1000))
    table.follow(StepResult(running, f"step{running}", State.RUNNING, 1, 1))


@pytest.mark.parametrize(
    ("running", "first", "last"),
    [
        (1, "step1", "... 24 to come"),
        (15, "... 11 before", "... 13 to come"),
        (30, "... 24 before", "step30"),
    ],
)
def test_a_long_script_is_shown_around_the_step_that_runs(console, running, first, last):
    """A table higher than the screen could not be drawn again; nothing scrolls away."""
    table = LiveTable(console)
    fill(table, running)
    lines = drawn(table, console)
    assert first in lines[1] and last in lines[-1]
    assert any(f"step{running}" in line and "RUNNING" in line for line in lines)
    assert len(lines) <= console.height - 3


def test_seconds_go_on_while_a_step_runs(console):
    """By this side's clock, from the moment at which it began."""
    now = [100.0]
    table = LiveTable(console, clock=lambda: now[0])
    table.follow(StepResult(1, "load", State.RUNNING, 1, 1))
    now[0] = 163.4
    assert drawn(table, console)[1].split() == ["1", "load", "RUNNING", "1", "63"]


def test_a_long_reason_and_a_long_name_leave_the_other_columns_whole(console):
    """They are cut, a reason to its first line."""
    table = LiveTable(console)
    table.follow(
        StepResult(
            1, "n" * 128, State.FAILED, 1, 3, error="a.sql:1: x) failed: " + "e" * 99 + "\nx"
        )
    )
    head, row = drawn(table, console)
    assert head.split() == ["no", "step", "state", "tries", "rows", "seconds", "reason"]
    assert row.split()[2:4] == ["FAILED", "3"]


def test_what_a_database_says_moves_no_cursor(console):
    """Control characters are shown, in lines and in the table, and nothing is taken for markup."""
    table = LiveTable(console)
    step = StepResult(1, "load", State.FAILED, 1, 1, error="\x1b[2J[red]gone")
    table.tell(Event("failure", "said \x1b[2J[red]", step))
    assert console.file.getvalue() == "said \\x1b[2J[red]\n"
    assert "\\x1b[2J[red]" in drawn(table, console)[1]


def test_nothing_is_drawn_before_the_steps_are_known(console):
    """Who waits for another attempt has no table yet."""
    assert "".join(drawn(LiveTable(console), console)) == ""


def test_a_verb_s_reason_stands_beside_its_step(console):
    """What somebody said when a step was marked by hand."""
    table = LiveTable(console)
    table.follow(StepResult(1, "load", State.SUCCEEDED, 1, 1, reason="mark-done: seen the rows"))
    assert drawn(table, console)[1].endswith("mark-done: seen the rows")


def test_nothing_is_left_to_be_written_to_a_terminal_that_went_away() -> None:
    """The end of the program would meet the same error, and end with Python's own code."""
    listener, speaker = os.pipe()
    stream = os.fdopen(speaker, "w", encoding="utf-8")
    os.close(listener)
    patient = _Patient(stream)

    assert patient.write("nobody reads this\n") == 18
    patient.flush()

    stream.close()  # writes what is left
