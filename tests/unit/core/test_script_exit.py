"""EXIT and QUIT: SQL*Plus User's Guide and Reference, "EXIT"."""

from __future__ import annotations

from typing import List, Tuple

import pytest

from airflow_oracle_dag.core.errors import BindError, ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, build_plan
from airflow_oracle_dag.core.script import PieceKind
from airflow_oracle_dag.core.values import ScriptValues

INSERT = "insert into t values (1);\n"


def plan(text: str, **parameters: object) -> Plan:
    """Return the plan of a text."""
    return build_plan(parse_script(text, name="s.sql"), ScriptValues(parameters))


def shape(text: str) -> List[Tuple[int, bool]]:
    """Return how many units each step has, and whether it is skipped."""
    return [(len(step.units), step.is_skipped) for step in plan(text).steps]


@pytest.mark.parametrize(
    "line",
    [
        "exit",
        "EXIT;",
        "quit",
        "exit success",
        "exit 0",
        "exit 00",
        "exit commit",
        "exit success commit",
        "exit sql.sqlcode",
        "EXIT SQL.SQLCODE COMMIT;",
    ],
)
def test_exit_at_the_end_changes_nothing(line: str) -> None:
    """The end of the script commits, as EXIT does."""
    assert shape(f"{INSERT}{line}\n") == [(1, False)]
    script = parse_script(f"{INSERT}{line}\n")
    assert script.pieces[1].kind is PieceKind.DIRECTIVE
    assert script.notices == ()


@pytest.mark.parametrize(
    "line",
    [
        "exit failure",
        "exit warning",
        "exit 1",
        "quit 256",
        "exit -1",
        "exit rc",
        "exit :rc",
        "exit failure rollback",
        "exit 0 1",
        "exit rollback commit",
    ],
)
def test_an_exit_code_of_failure_is_refused(line: str) -> None:
    """A run that keeps its work and reports a failure could never succeed, however often tried."""
    with pytest.raises(ScriptError) as caught:
        parse_script(f"{INSERT}{line}\n")
    assert (caught.value.rule, caught.value.line) == ("directive-not-supported", 2)
    assert "RAISE_APPLICATION_ERROR" in caught.value.cure


def test_the_rest_is_skipped() -> None:
    """What stands behind an EXIT is planned as skipped steps, and the reader is told."""
    made = plan(f"-- @step a\n{INSERT}exit\n-- @step b\n{INSERT}commit;\n{INSERT}")
    assert [(step.name, step.is_skipped) for step in made.steps] == [
        ("a", False),
        ("b", True),
        ("b.2", True),
    ]
    assert [notice.line for notice in made.notices] == [5, 7]


def test_exit_ends_the_step() -> None:
    """The transaction that is open at EXIT ends there; the second EXIT is never reached."""
    assert shape(f"{INSERT}exit\n{INSERT}exit rollback\n{INSERT}") == [(1, False), (2, True)]


@pytest.mark.parametrize(
    ("text", "discards"),
    [
        (f"{INSERT}exit rollback\n", [False, True]),
        (f"{INSERT}commit;\nexit rollback\n", [False]),
        ("create table t (a number);\nexit rollback\n", [False]),
        ("set transaction read only;\nselect 1 from t;\nexit rollback\n", [False, False]),
        ("alter session set nls_date_format = 'YYYY';\nexit rollback\n", [False]),
    ],
)
def test_exit_rollback_discards_the_open_transaction(text: str, discards: List[bool]) -> None:
    """EXIT ROLLBACK is a ROLLBACK at the end of the step that is open, and of no other."""
    (step,) = plan(text).steps
    assert [unit.discard for unit in step.units] == discards


def test_nothing_before_exit() -> None:
    """A script of which nothing would run is refused."""
    with pytest.raises(ScriptError) as caught:
        plan(f"exit\n{INSERT}")
    assert caught.value.rule == "nothing-to-run"


def test_text_behind_exit_is_not_read() -> None:
    """SQL*Plus never reads what stands behind EXIT, so it may be anything: the notice says so."""
    script = parse_script(f"{INSERT}exit\n{INSERT}Notes: don't touch this\n\nselect &x\n")
    assert [piece.first_line for piece in script.pieces] == [1, 2, 3]
    (notice,) = script.notices
    assert notice.line == 4
    assert "line 2 ends the script" in notice.text


def test_binds_behind_exit_need_no_value() -> None:
    """A skipped step asks for nothing; a parameter that only it uses is used."""
    text = "insert into t values (:a);\nexit\ninsert into t values (:b, :c);\n"
    assert len(plan(text, a=1, b=2).steps) == 2
    with pytest.raises(BindError, match="no value for :a"):
        plan(text, b=2)


@pytest.mark.parametrize("word", ["@step a", "@always", "@check a", "@probe select 1 from dual"])
def test_an_annotation_before_exit_waits_in_vain(word: str) -> None:
    """EXIT is no statement that an annotation could belong to."""
    with pytest.raises(ScriptError) as caught:
        parse_script(f"{INSERT}-- {word}\nexit\nselect 1 from dual;\n")
    assert (caught.value.rule, caught.value.line) == ("dangling-annotation", 2)


def test_exit_inside_code_is_code() -> None:
    """EXIT ends a PL/SQL loop where a line of a block begins with it (PL/SQL, "EXIT Statement")."""
    assert shape("begin\n loop\n  exit;\n end loop;\nend;\n/\n") == [(1, False)]
