"""The ``-- @word`` lines."""

from __future__ import annotations

from typing import Dict

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import Annotation

READ = [
    ("-- @step load", "step", "load", {}),
    ("--@step load", "step", "load", {}),
    ("  --  @STEP Load_2  ", "step", "load_2", {}),
    ("-- @step _a timeout=2h", "step", "_a", {"timeout": "2h"}),
    ("-- @step a expected_minutes=0.5", "step", "a", {"expected_minutes": "0.5"}),
    ("-- @step a timeout=30M repeatable", "step", "a", {"timeout": "30m", "repeatable": ""}),
    ("-- @step a run_on=worker", "step", "a", {"run_on": "worker"}),
    ("-- @step a run_on=Database", "step", "a", {"run_on": "database"}),
    ("-- @step " + "a" * 60, "step", "a" * 60, {}),
    ("-- @always", "always", "", {}),
    ("-- @always session", "always", "session", {}),
    ("-- @probe select 1 from t where a = ';';", "probe", "select 1 from t where a = ';'", {}),
    (
        "-- @probe with a as (select 1 from t) select * from a",
        "probe",
        "with a as (select 1 from t) select * from a",
        {},
    ),
    ("-- @check rows_loaded", "check", "rows_loaded", {}),
    ("-- @check rows_loaded after=commit", "check", "rows_loaded", {"after": "commit"}),
    ("-- @on_error continue ORA-00942, ORA-01418", "on_error", "ORA-00942 ORA-01418", {}),
    ("-- @on_error Continue ora-942,ORA-1418", "on_error", "ORA-00942 ORA-01418", {}),
    ("-- @expect rows > 0", "expect", "rows > 0", {}),
    ("-- @EXPECT Rows<=7", "expect", "rows <= 7", {}),
]


@pytest.mark.parametrize(("line", "name", "value", "options"), READ)
def test_read(line: str, name: str, value: str, options: Dict[str, str]) -> None:
    """An annotation belongs to the statement that follows it."""
    script = parse_script(f"{line}\nselect 1 from dual;\n")
    assert script.pieces[1].annotations == (Annotation(name, value, options, 1),)


REFUSED = [
    ("annotation", "-- @step"),
    ("annotation", "-- @step timeout=2h"),
    ("annotation", "-- @check"),
    ("annotation", "-- @probe"),
    ("annotation", "-- @probe delete from t"),
    ("annotation", "-- @probe select 1 from t; select 2 from t"),
    ("annotation", "-- @probe select 'a from t"),
    ("unknown-annotation", "-- @stp load"),
    ("unknown-annotation", "-- @steps load"),
    ("unknown-annotation", "-- @allways"),
    ("unknown-annotation", "-- @prob select 1 from t"),
    ("unknown-annotation", "-- @on_eror continue"),
    ("annotation-name", "-- @step 1st"),
    ("annotation-name", "-- @step lo-ad"),
    ("annotation-name", "-- @step größe"),
    ("annotation-name", "-- @step " + "a" * 61),
    ("unknown-option", "-- @step a timeot=2h"),
    ("unknown-option", "-- @step a b"),
    ("unknown-option", "-- @always a timeout=2h"),
    ("unknown-option", "-- @check a before=commit"),
    ("option-value", "-- @step a timeout=2"),
    ("option-value", "-- @step a timeout=0h"),
    ("option-value", "-- @step a timeout=1w"),
    ("option-value", "-- @step a timeout"),
    ("option-value", "-- @step a repeatable=yes"),
    ("option-value", "-- @step a expected_minutes=0"),
    ("option-value", "-- @step a expected_minutes=1h"),
    ("option-value", "-- @step a expected_minutes=0.00"),
    ("option-value", "-- @step a expected_minutes=-5"),
    ("option-value", "-- @step a timeout=1h timeout=2h"),
    ("option-value", "-- @step a run_on=databse"),
    ("option-value", "-- @step a atomic=yes"),
    ("option-value", "-- @step a atomic"),
    ("unknown-option", "-- @step a atomik=strict"),
    ("option-value", "-- @check a after=rollback"),
    ("option-value", "-- @reading"),
    ("option-value", "-- @reading sqlplsu"),
    ("bad-on-error", "-- @on_error"),
    ("bad-on-error", "-- @on_error continue"),
    ("bad-on-error", "-- @on_error exit ORA-00942"),
    ("bad-on-error", "-- @on_error contine ORA-00942"),
    ("bad-on-error", "-- @on_error continue 942"),
    ("bad-on-error", "-- @on_error continue ORA-000942"),
    ("bad-on-error", "-- @on_error continue ORA-00000"),
    ("bad-on-error", "-- @on_error continue ORA-00942 ORA-942"),
    ("bad-on-error", "-- @on_error continue DPY-4024"),
    ("bad-on-error", "-- @on_error continue ORA-03113"),
    ("bad-on-error", "-- @on_error continue ORA-02091"),
    ("bad-on-error", "-- @on_error continue all"),
    ("bad-expect", "-- @expect"),
    ("bad-expect", "-- @expect rows"),
    ("bad-expect", "-- @expect rows > -1"),
    ("bad-expect", "-- @expect row > 1"),
    ("bad-expect", "-- @expect rows == 1"),
    ("bad-expect", "-- @expect rows >> 1"),
    ("bad-expect", "-- @expect rows > 1 and rows < 5"),
]


@pytest.mark.parametrize(("rule", "line"), REFUSED)
def test_refused(rule: str, line: str) -> None:
    """A mistake in an annotation is an error at its line, with a cure."""
    with pytest.raises(ScriptError) as caught:
        parse_script(f"commit;\n{line}\nselect 1 from dual;\n")
    assert (caught.value.rule, caught.value.line) == (rule, 2)
    assert caught.value.cure


@pytest.mark.parametrize(
    ("line", "nearest"),
    [
        ("-- @stp load", "@step"),
        ("-- @chek a", "@check"),
        ("-- @step a timeot=2h", "timeout"),
        ("-- @step a repeatble", "repeatable"),
        ("-- @step a run_on=databse", "database"),
        ("-- @step a atomc=strict", "atomic"),
        ("-- @step a atomic=strickt", "strict"),
    ],
)
def test_suggests_the_nearest(line: str, nearest: str) -> None:
    """A near miss is met with the word that it resembles."""
    with pytest.raises(ScriptError, match=f"did you mean {nearest}"):
        parse_script(f"{line}\nselect 1 from dual;\n")


@pytest.mark.parametrize("line", ["-- @author me", "-- @param p_id the id", "-- @todo"])
def test_other_words_are_comments_with_a_notice(line: str) -> None:
    """What resembles no annotation is a comment, and the log says so."""
    script = parse_script(f"{line}\ncommit;\n")
    assert script.pieces[1].annotations == ()
    assert [notice.line for notice in script.notices] == [1]


@pytest.mark.parametrize("line", ["-- @file.sql", "-- @@inc", "-- me@home", "-- @", "-- @1"])
def test_other_at_signs_are_comments(line: str) -> None:
    """An @ that is followed by no word alone means nothing."""
    script = parse_script(f"{line}\ncommit;\n")
    assert script.notices == ()


def test_probe_over_several_lines() -> None:
    """A probe goes on in the comment lines that are indented by three or more."""
    script = parse_script(
        "-- @probe select 1\n--    from t\n--\twhere a = :b;\n-- made by night\n-- "
        "@step a\ncommit;\n"
    )
    probe, step = script.pieces[-1].annotations
    assert probe == Annotation("probe", "select 1\nfrom t\nwhere a = :b", {}, 1)
    assert step.name == "step"


def test_inside_a_statement_it_is_a_comment() -> None:
    """An annotation that does not stand at the prompt is ignored with a notice."""
    script = parse_script("begin\n  -- @step a\n  null;\nend;\n/\n")
    assert script.pieces[0].annotations == ()
    assert [(notice.line, "@step" in notice.text) for notice in script.notices] == [(2, True)]


def test_directives_and_comments_do_not_take_annotations() -> None:
    """An annotation waits for the next statement."""
    script = parse_script("-- @step a\nprompt x\n-- y\n/* z */\ncommit;\n")
    assert [len(piece.annotations) for piece in script.pieces] == [0, 0, 0, 0, 1]


def test_trailing_annotations() -> None:
    """An annotation behind the last statement is kept apart."""
    script = parse_script("commit;\n-- @step a\n")
    assert script.trailing == (Annotation("step", "a", {}, 2),)


@pytest.mark.parametrize("line", ["-- @probe select 1 from t", "-- @check a"])
def test_probe_and_check_need_a_statement(line: str) -> None:
    """A probe or check that belongs to nothing is refused."""
    with pytest.raises(ScriptError) as caught:
        parse_script(f"commit;\n{line}\n")
    assert (caught.value.rule, caught.value.line) == ("dangling-annotation", 2)


def test_check_needs_a_select() -> None:
    """A check looks at the result of a SELECT."""
    with pytest.raises(ScriptError) as caught:
        parse_script("-- @check a\ndelete from t;\n")
    assert (caught.value.rule, caught.value.line) == ("check-without-select", 1)


def test_duplicate_step_names() -> None:
    """Two steps of one name are refused, whatever their case, and both lines are named."""
    with pytest.raises(ScriptError, match="line 1 already has") as caught:
        parse_script("-- @step a\ncommit;\n-- @step A\ncommit;\n")
    assert (caught.value.rule, caught.value.line) == ("duplicate-step-name", 3)


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        ("empty-step", "-- @step a", "-- @step b"),
        ("empty-step", "-- @step a", "-- @always"),
        ("second-annotation", "-- @check a", "-- @check b"),
        ("second-annotation", "-- @probe select 1 from t", "-- @probe select 2 from t"),
    ],
)
def test_two_for_one_statement(rule: str, first: str, second: str) -> None:
    """Two annotations of a kind cannot share a statement."""
    with pytest.raises(ScriptError) as caught:
        parse_script(f"{first}\n{second}\nselect 1 from dual;\n")
    assert (caught.value.rule, caught.value.line) == (rule, 2)
