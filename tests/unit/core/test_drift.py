"""What disagrees between a script and what it did, step by step, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Optional

import pytest

from airflow_oracle_dag.core.drift import Drift, Kind, fit
from airflow_oracle_dag.core.drift_report import Kept, drift_error
from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.fingerprint import SPLITTER_VERSION, value_hashes
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, build_plan
from airflow_oracle_dag.core.resume import new_rows, regenerated, resumption
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.values import ScriptValues, Secret

A = "-- @step a\ninsert into t values (1);\n"
B = "-- @step b\ninsert into t values (2);\n"
C = "-- @step c\ninsert into t values (3);\n"
X = "-- @step x\ninsert into t values (9);\n"
SETTINGS = "-- @always\nalter session set nls_date_format = 'YYYY';\n"
ONE, TWO, NEW = (f"insert into t values ({n});\ncommit;\n" for n in (1, 2, 9))


def plan(text: str, **values: object) -> Plan:
    """Return the plan of a text."""
    return build_plan(parse_script(text, name="s.sql"), ScriptValues(values))


def rows(text: str, states: str, **values: object) -> List[StepRow]:
    """Return recorded rows; S, F, P stand for their states."""
    words: Dict[str, State] = {"S": State.SUCCEEDED, "F": State.FAILED, "P": State.PENDING}
    made = new_rows(plan(text, **values), 1)
    return [replace(row, state=words[s], tries=1) for row, s in zip(made, states)]


def drifts(before: str, states: str, after: str, *, finished: bool = False) -> List[Drift]:
    """Return what disagrees."""
    return list(fit(rows(before, states), plan(after), finished=finished).drifts)


@pytest.mark.parametrize(
    ("before", "states", "after", "expected"),
    [
        (A + B + C, "SSF", A + B + C.replace("3", "33"), []),
        (A + B + C, "SSF", A + B + X, []),
        (A + B + C, "SSF", A + B, []),
        (A + B + C, "SSF", A + B + X + C, []),
        (A + B, "SF", SETTINGS + A + B, []),
        (SETTINGS + A + B, "SSF", A + B, []),
        (SETTINGS + A + B, "SSF", SETTINGS.replace("YYYY", "MM") + A + B, []),
        (ONE + TWO, "SF", SETTINGS.split("\n", 1)[1] + ONE + TWO, []),
        (A + B + C, "SSF", A.replace("1", "11") + B + C, [(Kind.TEXT, "a", 1)]),
        (A + B + C, "SSF", A + B.replace("@step b", "@step z") + C, [(Kind.RENAMED, "b", 2)]),
        (A + B + C, "SSF", X + A + B + C, [(Kind.INSERTED, "x", 1)]),
        (A + B + C, "SSF", A + X + B + C, [(Kind.INSERTED, "x", 2)]),
        (A + B + C, "SSF", A + C + B, [(Kind.INSERTED, "c", 2)]),
        (A + B + C, "SFS", A + B + C, []),
        (A + B + C, "SSF", B + C, [(Kind.REMOVED, "a", 1)]),
        (A + B + C, "SSF", A + C, [(Kind.REMOVED, "b", 2)]),
        (A + B + C, "SSF", B + A + C, [(Kind.MOVED, "b", 1)]),
        (A + B + C, "SSF", A + "exit\n" + B + C, [(Kind.ENDED, "b", 2)]),
        (ONE + TWO, "SF", NEW + ONE + TWO, [(Kind.INSERTED, "step_1", 1)]),
        (ONE + TWO, "SF", NEW + TWO, [(Kind.TEXT, "step_1", 1)]),
        (
            A + B + C,
            "SSF",
            X + A.replace("1", "11") + C,
            [(Kind.INSERTED, "x", 1), (Kind.TEXT, "a", 2), (Kind.REMOVED, "b", 3)],
        ),
    ],
)
def test_each_edit_is_called_what_it_is(
    before: str, states: str, after: str, expected: List[object]
) -> None:
    """Only what is done, and what is put in front of it, counts; the rest may be edited."""
    assert [(one.kind, one.name, one.at) for one in drifts(before, states, after)] == expected


def test_a_finished_run_has_run_the_whole_script() -> None:
    """A step that came later was never run."""
    found = drifts(A, "S", A + B, finished=True)
    assert [(one.kind, one.name, one.at) for one in found] == [(Kind.ADDED, "b", 2)]


def test_what_is_done_moves_to_its_new_place() -> None:
    """A setting that is put in front moves the rows and costs no result."""
    stored = rows(A + B, "SF")
    changes = resumption(stored, stored, plan(SETTINGS + A + B), 2)
    assert [(row.step_no, row.name, row.state) for row in changes.add] == [
        (1, "step_1", State.PENDING),
        (2, "a", State.SUCCEEDED),
        (3, "b", State.FAILED),
    ]
    assert [row.step_no for row in changes.remove] == [1, 2]
    assert changes.resume_step == 1


def test_an_accepted_change_keeps_the_result_and_the_reason() -> None:
    """The row has the new fingerprint, so that the next attempt finds nothing to accept."""
    stored = rows(A + B, "SF")
    edited = plan(A.replace("1", "11") + B)
    changes = resumption(stored, stored, edited, 2, accept=True)
    kept = changes.add[0]
    assert (kept.name, kept.state, kept.attempt) == ("a", State.SUCCEEDED, 1)
    assert kept.reason == "kept although its text was changed (on_drift=accept)"
    assert kept.text_hash == edited.steps[0].text_hash
    assert fit([kept, changes.add[1]], edited).drifts == ()


def test_the_values_that_changed_are_named() -> None:
    """Not those that did not, and never what they are; the run's own id is none of them."""
    text = "insert into t values (:region, :day, :run_id);\n"
    offered = {"run_id": "one"}
    script = parse_script(text, name="s.sql")
    then = build_plan(script, ScriptValues({"region": "EMEA", "day": 1}, offered))
    now = build_plan(script, ScriptValues({"region": "APAC", "day": 1}, {"run_id": "two"}))
    stored = [replace(row, state=State.SUCCEEDED) for row in new_rows(then, 1)]
    (drift,) = fit(stored, now).drifts
    assert (drift.kind, drift.names) == (Kind.VALUES, (":region",))
    said = str(drift_error([drift], now))
    assert "with other values of :region;" in said.replace("\n", ";")
    assert "APAC" not in said and "EMEA" not in said


def test_a_secret_is_no_drift() -> None:
    """It may be renewed."""
    text = "insert into t values (:token);\n"
    stored = rows(text, "S", token=Secret("first-secret"))
    assert fit(stored, plan(text, token=Secret("second-secret"))).drifts == ()


def test_hashes_of_values_fit_their_column() -> None:
    """Those of very many values are left out; the hash of them all still tells a change."""
    many = {f"name_{n}": n for n in range(300)}
    assert len(value_hashes(many, many)) <= 4000


def report(before: str, after: str, kept: Optional[Kept] = None, **values: object) -> str:
    """Return the error about a script of one step that is done."""
    found = fit(rows(before, "S" * 9, **values), plan(after, **values)).drifts
    return str(drift_error(found, plan(after, **values), kept or Kept(before)))


def test_the_error_shows_the_changed_step_only_as_a_unified_diff() -> None:
    """With the lines of both scripts; edits elsewhere are not in it."""
    before = A + "-- @step b\nupdate t\n   set n = 2\n where n = 1;\n"
    after = "-- a new remark\n" + before.replace("n = 2", "n = 3")
    assert report(before, after) == (
        "s.sql:5: step b is done, but its text was changed afterwards\n"
        "    --- s.sql as it ran\n"
        "    +++ s.sql now\n"
        "    @@ -4,3 +5,3 @@\n"
        "     update t\n"
        "    -   set n = 2\n"
        "    +   set n = 3\n"
        "      where n = 1;\n"
        "  To mend it: put it back as it was, or run the script under another run key; or say "
        "on_drift=accept to keep what is done, or on_drift=rerun to run it again from step b on "
        "(--on-drift on the command line)"
    )


def test_a_removed_step_is_shown() -> None:
    """All of it is gone."""
    said = report(A + B, A)
    assert "@@ -4,1 +0,0 @@\n    -insert into t values (2);" in said


def test_a_diff_has_no_secret_and_an_end() -> None:
    """A secret that somebody wrote into the text is masked; a long diff is cut."""
    before = A.replace("(1)", "('s3cret-word', :token)") + B
    after = before.replace("'s3cret-word'", "\n--" * 100 + "\n's3cret-word-2'")
    said = report(before, after, token=Secret("s3cret-word"))
    assert "s3cret" not in said and "***" in said
    assert "lines more)" in said


def test_another_splitter_is_named() -> None:
    """Where the text is the same, the author is not told that he changed it without the cause."""
    stored = [replace(row, text_hash="0" * 64) for row in rows(A, "S")]
    found = fit(stored, plan(A)).drifts
    kept = Kept(A, is_same=True, splitter=SPLITTER_VERSION - 1)
    said = str(drift_error(found, plan(A), kept))
    assert f"cut into steps by splitter {SPLITTER_VERSION - 1}, now it is by splitter" in said
    assert "splitter" not in str(drift_error(found, plan(A), replace(kept, is_same=False)))


def test_a_new_generation_takes_over_what_stands_before() -> None:
    """What belongs to the session runs again; the rest begins at the step."""
    text = SETTINGS + A + B + C
    fitted = fit(rows(text, "SSSF"), plan(text)).rows
    made = regenerated(fitted, plan(text), 3, 7, "taken", "again")
    assert [(row.name, row.state.value, row.reason) for row in made] == [
        ("step_1", "PENDING", "again"),
        ("a", "SUCCEEDED", "taken"),
        ("b", "PENDING", "again"),
        ("c", "PENDING", "again"),
    ]


def test_a_new_generation_cannot_pass_over_what_is_not_done() -> None:
    """A restart is no mark-done."""
    fitted = fit(rows(A + B + C, "SFP"), plan(A + B + C)).rows
    with pytest.raises(StateError, match="step b stands before c and is FAILED"):
        regenerated(fitted, plan(A + B + C), 3, 7, "taken", "again")


BARE = "-- @step a\nupdate t set n = 1;\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("-- @step a\n-- @expect rows > 0\nupdate t set n = 1;\n", BARE),
        (BARE, "-- @step a\n-- @on_error continue ORA-00942\nupdate t set n = 1;\n"),
        (f"whenever sqlerror continue\n{BARE}", BARE),
        (BARE, "-- @step a timeout=1h repeatable\nupdate t set n = 1;\n"),
        (BARE, "-- @step a\n-- @probe select 1 from t\nupdate t set n = 1;\n"),
        (BARE, BARE.replace("@step", "@always")),
        (BARE, f"-- why\nprompt hello\n{BARE}"),
        (BARE, BARE.replace("1;", "1   \n;")),
    ],
)
def test_how_a_step_was_run_is_not_compared(before: str, after: str) -> None:
    """What is done stays done and runs no second time; the new words hold for what runs later."""
    stored = rows(before + B, "SF")
    edited = plan(after + B)
    assert fit(stored, edited).drifts == ()
    changes = resumption(stored, stored, edited, 2)
    assert [row.state for row in (*changes.add,) if row.name == "a"] in ([], [State.SUCCEEDED])
    assert changes.resume_step == 2


@pytest.mark.parametrize(
    "after",
    [
        BARE.replace("1", "2"),
        BARE.replace("n = 1", "n =  1"),
        BARE.replace("update", "-- @step other\nupdate", 1).replace("-- @step a\n", ""),
        f"variable x number\n{BARE}".replace("n = 1", "n = 1 + :x"),
        f"{BARE}select 1 from t;\n",
    ],
)
def test_what_a_step_did_is_compared(after: str) -> None:
    """Its statements, blanks inside them, its variables and its name."""
    assert fit(rows(BARE + B, "SF"), plan(after + B)).drifts != ()
