"""A / or RUN at the prompt runs what the buffer holds once more: SPUG, "/ (slash)", "RUN"."""

from __future__ import annotations

from typing import List, Tuple

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.script import ParseSettings, PieceKind
from airflow_oracle_dag.core.values import ScriptValues

ALLOWED = ParseSettings(rerun="allow")


def steps(text: str, settings: ParseSettings = ALLOWED) -> List[Tuple[str, List[str]]]:
    """Return the name of each step and the statements in it."""
    plan = build_plan(parse_script(text, settings=settings), ScriptValues({}, {}))
    return [(step.name, [unit.piece.text for unit in step.units]) for step in plan.steps]


def test_it_names_what_it_repeats() -> None:
    """The piece has the text, the class and the binds of the one that it repeats."""
    pieces = parse_script("-- a\nselect :x from dual;\nset echo on\nrun\n").pieces
    assert [piece.kind for piece in pieces][-1] is PieceKind.RERUN
    assert (pieces[3].repeats, pieces[3].binds, pieces[3].first_line) == (1, ("x",), 4)
    assert (pieces[3].text, pieces[3].statement) == (pieces[1].text, pieces[1].statement)


@pytest.mark.parametrize(
    "statement", ["insert into t values (1);", "begin null; end;\n/", "savepoint a;", "call p(1);"]
)
def test_what_is_refused_can_be_allowed(statement: str) -> None:
    """DML, PL/SQL and the like run twice only where that was asked for."""
    with pytest.raises(ScriptError, match="rerun='allow'"):
        parse_script(f"{statement}\n/\n")
    pieces = parse_script(f"{statement}\n/\n", settings=ALLOWED).pieces
    assert pieces[1].repeats == 0
    assert pieces[1].text == pieces[0].text


@pytest.mark.parametrize("statement", ["commit", "rollback", "alter session set a = 1"])
def test_what_does_nothing_more_needs_no_permission(statement: str) -> None:
    """The end of a transaction and what belongs to the session are not there twice."""
    assert len(steps(f"delete t;\ncommit;\n{statement};\n/\n", ParseSettings())) <= 2
    pieces = parse_script(f"{statement};\n/\n").pieces
    assert (pieces[1].text, pieces[1].repeats) == (statement, 0)


def test_what_is_allowed_is_one_of_two() -> None:
    """A misspelt setting is no permission."""
    with pytest.raises(ValueError, match="rerun is 'refuse' or 'allow'"):
        ParseSettings(rerun="yes")


def test_an_empty_buffer_cannot_be_allowed() -> None:
    """What another file left in the buffer is not known, whatever is allowed."""
    with pytest.raises(ScriptError, match="what an earlier file left"):
        parse_script("/\n", settings=ALLOWED)


def test_values_that_may_have_changed_cannot_be_allowed() -> None:
    """The buffer holds &x, not its value: SQL*Plus would put in what it is by then."""
    with pytest.raises(ScriptError, match="the values that its variables have then"):
        parse_script("define x = 1\ndelete t where a = &x;\n/\n", settings=ALLOWED)


def test_a_query_or_ddl_again_is_a_step_of_its_own() -> None:
    """Where nothing is open, what runs once more has a checkpoint of its own."""
    assert steps("select 1 from dual;\n/\nselect 2 from dual;\n", ParseSettings()) == [
        ("step_1", ["select 1 from dual"]),
        ("step_2", ["select 1 from dual"]),
        ("step_3", ["select 2 from dual"]),
    ]
    assert [name for name, _ in steps("-- @step a\ndrop table t;\n/\n")] == ["a", "a.2"]


@pytest.mark.parametrize(
    "before", ["insert into t values (1);\n", "select 1 from t for update;\n", "savepoint a;\n"]
)
def test_no_transaction_is_cut_in_two(before: str) -> None:
    """Within a transaction it belongs to that, so that a ROLLBACK behind it means the same."""
    found = steps(f"{before}select 1 from dual;\n/\nrollback;\n")
    assert [len(texts) for _, texts in found] == [4]


def test_dml_again_belongs_to_its_transaction() -> None:
    """Two INSERTs are one step, whether the second was written out or is a /."""
    assert steps("insert into t values (1);\n/\ncommit;\n") == [
        ("step_1", ["insert into t values (1)"] * 2)
    ]


def test_annotations_above_it_are_its_own() -> None:
    """A @step above a / begins a step with it."""
    found = steps("insert into t values (1);\n-- @step twice\n/\n")
    assert found[1] == ("twice", ["insert into t values (1)"])


@pytest.mark.parametrize("between", ["spool x\n", "-- a\nset echo off\n", "exec q\n"])
def test_what_waited_runs_once(between: str) -> None:
    """A statement that . ended is no statement of the plan until the / that runs it."""
    found = steps(
        f"insert into u values (1);\n-- @step a\ndelete t\n.\n{between}/\n", ParseSettings()
    )
    assert (found[-1][0], found[-1][1][-1]) == ("a", "delete t")
    assert sum(texts.count("delete t") for _, texts in found) == 1


def test_what_waited_is_no_step_of_its_own() -> None:
    """Its first run belongs where it stands; what runs it once more is a step of its own."""
    text = "select 1 from dual;\nselect 2 from dual\n.\nspool x\n/\n"
    queries = ["select 1 from dual", "select 2 from dual"]
    assert steps(text, ParseSettings()) == [("step_1", queries)]
    assert steps(f"{text}/\n", ParseSettings()) == [("step_1", queries), ("step_2", queries[1:])]
