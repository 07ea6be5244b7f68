"""Several files as one script: split each for itself, one plan, one text that is kept."""

from __future__ import annotations

from typing import List, Sequence, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.errors import BindError, ScriptError
from airflow_oracle_dag.core.joined import (
    join_scripts,
    kept_files,
    kept_text,
    prefixes,
    read_kept,
)
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.places import block_places, line_text
from airflow_oracle_dag.core.plan import Plan, build_plan
from airflow_oracle_dag.core.script import Script
from airflow_oracle_dag.core.values import ScriptValues


def parse(text: str, name: str) -> Script:
    """Read one script."""
    return parse_script(text, name=name)


def joined(*files: Tuple[str, str]) -> Script:
    """Join files, given by name and text."""
    return join_scripts("nightly", [parse(text, name) for name, text in files])


def plan(script: Script, **parameters: str) -> Plan:
    """Make the plan."""
    return build_plan(script, ScriptValues(parameters))


ONE = ("n/01_load.sql", "insert into t values (1);\ncommit;\n-- @step check\nselect 1 from dual;\n")
TWICE = "-- @step a\nselect 1 from dual;\n-- @step a\nselect 2 from dual;\n"
TWO = ("n/02_sum.sql", "update t set n = 2;\n")


def test_steps_are_called_by_their_file_and_numbered_in_it() -> None:
    """So that a step that is put into one file renames none of another."""
    made = plan(joined(ONE, TWO))
    assert [(step.no, step.name) for step in made.steps] == [
        (1, "01_load.step_1"),
        (2, "01_load.check"),
        (3, "02_sum.step_1"),
    ]
    assert [step.file for step in made.steps] == [ONE[0], ONE[0], TWO[0]]
    assert [step.first_line for step in made.steps] == [1, 4, 1]


def test_a_file_ends_its_transaction_and_its_settings() -> None:
    """What is open is a step of its own; WHENEVER, DEFINE and VARIABLE end with the file."""
    first = (
        "a.sql",
        "whenever sqlerror continue\nvariable x number\ndefine d = 1\nupdate t set n = 1;\n",
    )
    made = plan(joined(first, ("b.sql", "update t set n = 2;\n")))
    assert [len(step.units) for step in made.steps] == [1, 1]
    assert [step.units[0].piece.goes_on for step in made.steps] == [True, False]
    with pytest.raises(BindError) as missing:
        plan(joined(first, ("b.sql", "update t set n = :x;\n")))
    assert missing.value.file == "b.sql"
    with pytest.raises(ScriptError) as undefined:
        joined(first, ("b.sql", "update t set n = &d;\n"))
    assert (undefined.value.file, undefined.value.line) == ("b.sql", 1)


def test_an_exit_ends_its_file_alone() -> None:
    """Scripts that cron runs end with EXIT."""
    made = plan(joined(("a.sql", "update t set n = 1;\nexit\nupdate t set n = 9;\n"), TWO))
    assert [(step.name, step.is_skipped) for step in made.steps] == [
        ("a.step_1", False),
        ("a.step_2", True),
        ("02_sum.step_1", False),
    ]


def test_a_parameter_must_be_used_by_one_of_the_files() -> None:
    """One that no file uses is refused."""
    script = joined(("a.sql", "update t set n = :a;"), ("b.sql", "update t set n = :b;"))
    assert len(plan(script, a="1", b="2").steps) == 2
    with pytest.raises(BindError, match="uses no bind called :c"):
        plan(script, a="1", b="2", c="3")


def test_the_same_name_of_a_step_may_stand_in_two_files() -> None:
    """Their files tell them apart."""
    text = "-- @step load\nupdate t set n = 1;\n"
    assert [step.name for step in plan(joined(("a.sql", text), ("b.sql", text))).steps] == [
        "a.load",
        "b.load",
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["sql/01 Load.sql", "sql/02.SQL"], ["01_load", "02"]),
        (["a/load.sql", "b/load.sql", "c.sql"], ["a_load", "b_load", "c"]),
        (["<task 1>", "<task 2>"], ["task_1", "task_2"]),
        (["é.sql", "ü.sql"], ["script_4a99557e", "script_607474ca"]),
        (["ü.sql"], ["script_607474ca"]),
        (["lädt.sql", "lödt.sql", "l-dt.sql"], ["l_dt_9f600087", "l_dt_66db319b", "l_dt"]),
        (["a b.sql", "a-b.sql"], ["a_b_debc8151", "a_b_ce529c8e"]),
        (["a/x y.sql", "b/x-y.sql", "a/x-y.sql"], ["a_x_y_4f1c2697", "b_x_y", "a_x_y_ef613d3f"]),
        (["x" * 200 + "1.sql", "x" * 200 + "2.sql"], ["x" * 59 + "1", "x" * 59 + "2"]),
    ],
)
def test_what_a_steps_name_begins_with_is_short_and_unique(
    names: Sequence[str], expected: Sequence[str]
) -> None:
    """The file's name without its suffix; its folder before it where two are called the same."""
    assert list(prefixes(names).values()) == expected


_PATHS = st.lists(st.sampled_from(["a", "b", "a_b", "a-b", "A"]), min_size=1, max_size=3)


@given(st.lists(_PATHS.map("/".join), unique=True, min_size=1, max_size=5), _PATHS.map("/".join))
def test_a_file_that_is_added_takes_no_others_name(names: List[str], added: str) -> None:
    """Else its steps would count as done, and those of the other would run once more."""
    before, after = prefixes(names), prefixes([added, *names])
    assert len(set(after.values())) == len({added, *names})
    for name in names:
        assert all(after[other] != before[name] for other in after if other != name)


def test_what_is_kept_can_be_read_again() -> None:
    """Byte for byte but for the last line end, with any line in it, and in any encoding."""
    tricky = ("t.sql", "-- @file lines=1 x\nselect 'é' from dual;\r\n\n\nselect 2 from dual")
    latin = parse_script("select 'ü' from dual;\n".encode("latin-1"), name="l.sql")
    script = join_scripts("n", [parse(tricky[1] + ";", tricky[0]), latin, parse(TWO[1], TWO[0])])
    text = script.source.decode(script.encoding)
    assert [file.text for file in kept_files(text)] == [
        tricky[1] + ";\n",
        "select 'ü' from dual;\n",
        TWO[1],
    ]
    again = read_kept(text, "n", parse)
    assert again.source == script.source
    assert [piece.text for piece in again.pieces] == [piece.text for piece in script.pieces]


def test_a_single_script_is_kept_as_it_is() -> None:
    """Nothing stands before it."""
    assert kept_files(ONE[1]) == ()
    assert read_kept(ONE[1], "a.sql", parse).parts == ()


def test_a_file_that_is_given_twice_is_refused() -> None:
    """Its steps could not be told apart."""
    with pytest.raises(ScriptError, match="given twice"):
        joined(ONE, ONE)
    with pytest.raises(ScriptError, match="no script"):
        join_scripts("nightly", [])


def test_an_error_names_its_file_and_shows_its_line() -> None:
    """A mistake of the plan, a line of a block, and a / that runs a statement again."""
    with pytest.raises(ScriptError) as failed:
        plan(joined(ONE, ("b.sql", TWICE)))
    assert (failed.value.file, failed.value.line > 2) == ("b.sql", True)
    script = joined(ONE, ("b.sql", "\n  begin\n    q;\n  end;\n/\n"), TWO)
    block = plan(script).steps[2].units[0].piece
    shown = block_places(script, block, "ORA-06550: line 1, column 3:\nPLS-00103: no")
    assert shown[0].startswith("b.sql:2:5: PLS-00103")
    assert line_text(script, "b.sql", 3).strip() == "q;"
    rerun = plan(joined(ONE, ("b.sql", "select 1 from dual;\n/\n"))).steps[-1].units[-1].piece
    assert rerun.repeats is not None


def test_a_variable_is_not_declared_for_what_is_kept_and_for_what_is_not() -> None:
    """A kept value of that name could not be told from one that is lost with the session."""
    first = "variable x number\nupdate t set n = 1 where n = :x;\ncommit;\n"
    second = "variable x clob\nbegin :x := 'a'; end;\n/\n"
    for script in (joined(("a.sql", first), ("b.sql", second)), parse(first + second, "a.sql")):
        with pytest.raises(ScriptError, match="VARIABLE x CLOB was declared as NUMBER before"):
            plan(script)


@pytest.mark.parametrize(
    "text", ["", "\ufeff", " \n\n", "-- later\n", "/* later */\nset echo on\n", "exit\ncommit;\n"]
)
def test_a_file_without_statements_is_nothing(text: str) -> None:
    """As for SQL*Plus; a notice says so, and the others run."""
    script = joined(ONE, ("n/015_later.sql", text), TWO)
    made = plan(script)
    assert [step.name for step in made.steps] == [
        "01_load.step_1",
        "01_load.check",
        "02_sum.step_1",
    ]
    assert [step.no for step in made.steps] == [1, 2, 3]
    said = [notice.text for notice in made.notices if notice.file == "n/015_later.sql"]
    assert said[-1] == "nothing is run of this file: it has no statement"
    again = read_kept(script.source.decode(script.encoding), "nightly", parse)
    assert [step.text_hash for step in plan(again).steps] == [step.text_hash for step in made.steps]


def test_only_files_without_statements_are_refused() -> None:
    """There is nothing to run; what to do about it is said."""
    with pytest.raises(ScriptError, match="none of the scripts has a statement") as failed:
        plan(joined(("a.sql", "-- later\n"), ("b.sql", "exit\nselect 1 from dual;\n")))
    assert failed.value.rule == "nothing-to-run"
    assert "into one of them, before its EXIT" in failed.value.cure
    with pytest.raises(ScriptError, match="the script has no statement to run") as failed:
        plan(parse("-- later\n", "a.sql"))
    assert failed.value.cure == "write at least one statement into it, ended by ; or /."


@pytest.mark.parametrize("first", ["-- @file lines=1 other.sql\n", "-- @file alone\n", ""])
def test_a_single_script_is_never_taken_for_several(first: str) -> None:
    """Whatever its first lines are, it is read again as it was, its lines where they were."""
    script = parse(f"{first}select 1 from dual;\nselect 2 from dual;\n", "a.sql")
    again = read_kept(kept_text(script), "a.sql", parse)
    assert (again.source, again.parts) == (script.source, ())
    assert again.pieces == script.pieces
