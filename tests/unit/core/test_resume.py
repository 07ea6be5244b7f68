"""Recorded steps are fitted to the script as it is now."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List

import pytest

from airflow_oracle_dag.core.errors import DriftError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, build_plan
from airflow_oracle_dag.core.resume import new_rows, refuse_other_steps, resumption
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.values import ScriptValues

TEXT = """\
-- @always
alter session set nls_date_format = 'YYYY';
-- @step a
insert into t values (1);
-- @step b
insert into t values (2);
-- @step c
insert into t values (3);
"""


def plan(text: str = TEXT) -> Plan:
    """Return the plan of a text."""
    return build_plan(parse_script(text, name="s.sql"), ScriptValues())


def rows(states: str, text: str = TEXT, attempt: int = 1) -> List[StepRow]:
    """Return recorded rows; S, F, P, D stand for their states."""
    words: Dict[str, State] = {
        "S": State.SUCCEEDED,
        "F": State.FAILED,
        "P": State.PENDING,
        "D": State.IN_DOUBT,
    }
    made = new_rows(plan(text), attempt)
    return [replace(row, state=words[s], tries=1) for row, s in zip(made, states)]


def test_the_unfinished_rows_get_the_new_attempt() -> None:
    """Done rows keep the attempt that finished them; the session's own step runs again."""
    stored = rows("SSFP")

    changes = resumption(stored, stored, plan(), 2)

    assert changes.resume_step == 3
    assert [(row.name, row.state, row.attempt) for row in changes.add] == [
        ("step_1", State.PENDING, 2),
        ("b", State.FAILED, 2),
        ("c", State.PENDING, 2),
    ]
    assert [row.step_no for row in changes.remove] == [1, 3, 4]


def test_a_verdict_is_written_with_its_row() -> None:
    """A step that a probe confirmed is replaced by its settled row, without a new attempt."""
    stored = rows("SSDP")
    settled = [replace(r, state=State.SUCCEEDED) if r.name == "b" else r for r in stored]

    changes = resumption(stored, settled, plan(), 2)

    assert changes.resume_step == 4
    confirmed = next(row for row in changes.add if row.name == "b")
    assert confirmed.state is State.SUCCEEDED and confirmed.attempt == 1


def test_everything_done_is_nothing_to_resume() -> None:
    """No row changes, and the session's step is not renewed."""
    stored = rows("SSSS")

    changes = resumption(stored, stored, plan(), 2)

    assert changes.resume_step is None and not changes.add and not changes.remove


def test_edited_unfinished_steps_are_replaced() -> None:
    """The failed step keeps its tries when it keeps its name; new steps are added."""
    stored = rows("SSFP")
    edited = TEXT.replace("(2)", "(22)") + "-- @step d\ninsert into t values (4);\n"

    changes = resumption(stored, stored, plan(edited), 2)

    assert [(row.name, row.tries) for row in changes.add] == [
        ("step_1", 1),
        ("b", 1),
        ("c", 1),
        ("d", 0),
    ]
    assert {row.text_hash for row in changes.add} == {
        step.text_hash for step in plan(edited).steps if step.name != "a"
    }


def test_removed_unfinished_steps_disappear() -> None:
    """A step that is no longer in the script and was not done is forgotten."""
    stored = rows("SSFP")
    edited = TEXT[: TEXT.index("-- @step c")]

    changes = resumption(stored, stored, plan(edited), 2)

    assert [row.name for row in changes.add] == ["step_1", "b"]
    assert [row.name for row in changes.remove] == ["step_1", "b", "c"]


@pytest.mark.parametrize(
    ("edited", "message"),
    [
        (TEXT.replace("(1)", "(11)"), "its text was changed"),
        (TEXT.replace("@step a", "@step z"), "is now called z"),
        (TEXT[: TEXT.index("-- @step a")], "no longer in the script"),
    ],
)
def test_a_changed_step_that_is_done_is_refused(edited: str, message: str) -> None:
    """The error names the step and what changed."""
    stored = rows("SSFP")

    with pytest.raises(DriftError, match=message) as caught:
        resumption(stored, stored, plan(edited), 2)

    assert caught.value.step == "a"


def test_a_verb_without_a_script_changes_no_text() -> None:
    """Without a plan the rows stay as they are but for the attempt."""
    stored = rows("SSFP")

    changes = resumption(stored, stored, None, 5)

    assert [(row.name, row.attempt) for row in changes.add] == [("b", 5), ("c", 5)]
    assert changes.resume_step == 3


EXITED = """\
-- @step a
insert into t values (1);
exit
-- @step b
insert into t values (2);
"""
CONTINUED = EXITED.replace("exit\n", "")


def test_the_rows_behind_an_exit_are_skipped_from_the_start() -> None:
    """EXIT is unconditional: the plan knows already what it skips, and a takeover keeps it."""
    stored = new_rows(plan(EXITED), 1)
    assert [row.state for row in stored] == [State.PENDING, State.SKIPPED]

    changes = resumption(stored, stored, plan(EXITED), 2)

    assert changes.resume_step == 1
    assert [row.name for row in changes.add] == ["a"]


def test_an_exit_that_was_taken_out_brings_its_steps_back() -> None:
    """While a run is unfinished its script may be edited, EXIT included."""
    stored = new_rows(plan(EXITED), 1)
    stored[0] = replace(stored[0], state=State.SUCCEEDED)

    changes = resumption(stored, stored, plan(CONTINUED), 2)

    assert changes.resume_step == 2
    assert [(row.name, row.state, row.attempt) for row in changes.add] == [("b", State.PENDING, 2)]


def test_an_exit_that_was_put_in_skips_what_is_not_done() -> None:
    """What is not done is skipped, and the run is complete."""
    stored = new_rows(plan(CONTINUED), 1)
    stored[0] = replace(stored[0], state=State.SUCCEEDED)

    changes = resumption(stored, stored, plan(EXITED), 2)

    assert changes.resume_step is None
    assert [(row.name, row.state, row.attempt) for row in changes.add] == [("b", State.SKIPPED, 2)]


def test_a_done_step_cannot_be_skipped() -> None:
    """An EXIT before a step that is done is drift."""
    stored = [replace(row, state=State.SUCCEEDED) for row in new_rows(plan(CONTINUED), 1)]

    with pytest.raises(DriftError, match="stands behind an EXIT now"):
        resumption(stored, stored, plan(EXITED), 2)


def test_a_finished_run_is_not_finished_for_the_script_without_exit() -> None:
    """What an EXIT skipped was never run."""
    stored = new_rows(plan(EXITED), 1)
    stored[0] = replace(stored[0], state=State.SUCCEEDED)

    refuse_other_steps(stored, plan(EXITED))
    with pytest.raises(DriftError, match="stood behind an EXIT, when"):
        refuse_other_steps(stored, plan(CONTINUED))
