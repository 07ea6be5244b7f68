"""VARIABLE and PRINT: what is declared, where it may be used, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from airflow_oracle_dag.core.errors import BindError, ScriptError, StateError
from airflow_oracle_dag.core.kept_variables import kept_before, refuse_unknown
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, build_plan
from airflow_oracle_dag.core.resume import new_rows
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.core.variables import Variable

THREE = """\
variable total number
-- @step one
begin :total := 1; end;
/
-- @step two
begin :total := :total + 1; end;
/
-- @step three
insert into t values (:total);
"""


def planned(text: str, **parameters: object) -> Plan:
    """Make the plan of a script text."""
    return build_plan(parse_script(text, name="s.sql"), ScriptValues(parameters))


@pytest.mark.parametrize(
    ("line", "declared"),
    [
        ("variable a number", Variable("a", "NUMBER", 0, None, 1)),
        ("var A NUMBER = -1.50", Variable("a", "NUMBER", 0, Decimal("-1.50"), 1)),
        ("VARIABLE a varchar2(30)", Variable("a", "VARCHAR2", 30, None, 1)),
        ("variable a varchar2 ( 30 byte )", Variable("a", "VARCHAR2", 30, None, 1)),
        ("variable a varchar2(9) = it's", Variable("a", "VARCHAR2", 9, "it's", 1)),
        ("variable a varchar2(9)='it''s '", Variable("a", "VARCHAR2", 9, "it's ", 1)),
        ("variable a char", Variable("a", "CHAR", 1, None, 1)),
        ("variable a refcursor", Variable("a", "REFCURSOR", 0, None, 1)),
        ("variable a -\n  number", Variable("a", "NUMBER", 0, None, 1)),
        ("variable a binary_double;", Variable("a", "BINARY_DOUBLE", 0, None, 1)),
    ],
)
def test_declared(line, declared):
    """Name, type, length and first value are read as SQL*Plus reads them."""
    assert parse_script(f"{line}\n").pieces[0].variables == (declared,)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("variable a date", ":a|VARIABLE a DATE is not supported"),
        ("variable a number(5)", "has no length"),
        ("variable a varchar2(0)", "is not between 1 and 32767 long"),
        ("variable a number = twelve", "is not a number"),
        ("variable a clob = x", "cannot have a first value"),
        ("variable a = 1", ":a was not declared before"),
        ("variable 1 number", "cannot be read"),
        ("print a", ":a was not declared before"),
    ],
)
def test_refused(line, said):
    """What cannot be honoured is refused with its line and a cure."""
    with pytest.raises(ScriptError, match=said) as caught:
        parse_script(f"commit;\n{line}\n")
    assert (caught.value.rule, caught.value.line) == ("variable", 2)
    assert caught.value.cure


def test_listing_declares_nothing():
    """VARIABLE without a type only lists what there is."""
    script = parse_script("variable\nvariable a\n")
    assert [piece.variables for piece in script.pieces] == [(), ()]


def test_a_variable_needs_no_parameter():
    """A bind that the script declares is not asked of the caller."""
    plan = planned(THREE)
    assert [[v.name for u in step.units for v in u.piece.variables] for step in plan.steps] == [
        ["total"],
        ["total"],
        ["total"],
    ]


def test_a_parameter_of_the_same_name_is_refused():
    """The script would overwrite it before anything sees it."""
    with pytest.raises(BindError, match="declares :total itself") as caught:
        planned(THREE, total=1)
    assert (caught.value.rule, caught.value.line) == ("parameter-is-variable", 1)


def test_a_variable_used_above_its_declaration_is_refused():
    """Before its VARIABLE line a bind has no value."""
    with pytest.raises(BindError) as caught:
        planned("insert into t values (:a);\nvariable a number\n")
    assert (caught.value.rule, caught.value.line) == ("variable-out-of-place", 1)


def test_a_probe_cannot_use_a_variable():
    """Whoever asks the probe later does not know the value."""
    with pytest.raises(BindError) as caught:
        planned(
            "variable a number\n-- @step x\n-- @probe select 1 from t where n = :a\n"
            "insert into t values (:a);\n"
        )
    assert caught.value.rule == "variable-out-of-place"


@pytest.mark.parametrize("kind", ["clob", "refcursor", "blob"])
def test_a_value_of_the_session_may_not_cross_a_step(kind):
    """A LOB or cursor is lost with its session, so it is used in one step only."""
    with pytest.raises(ScriptError, match="step_1 and in step step_2") as caught:
        planned(
            f"variable a {kind}\nbegin p(:a); end;\n/\ncommit;\nprint a\nbegin p(:a); end;\n/\n"
        )
    assert (caught.value.rule, caught.value.line) == ("variable-crosses-step", 1)


def test_a_value_of_the_session_may_be_used_in_one_step():
    """Declared anew, the same name is another variable."""
    plan = planned(
        "variable a clob\nbegin p(:a); end;\n/\nprint a\ncommit;\n"
        "variable a clob\nbegin p(:a); end;\n/\nprint a\n"
    )
    assert [line.verb for line in plan.steps[0].after] == ["PRINT"]
    assert [line.verb for line in plan.steps[1].units[0].before] == ["VARIABLE"]


def test_a_declaration_belongs_to_the_fingerprint_of_its_step():
    """Another first value is another step."""
    one, two = (planned(THREE.replace("number", f"number = {n}", 1)) for n in (1, 2))
    assert one.steps[0].text_hash != two.steps[0].text_hash
    assert one.steps[1].text_hash == two.steps[1].text_hash


def rows(plan: Plan, *kept: str | None) -> list[StepRow]:
    """Return rows of which the first are done and kept these values."""
    done = [
        replace(row, state=State.SUCCEEDED, variables=text)
        for row, text in zip(new_rows(plan, 1), kept)
    ]
    return [*done, *new_rows(plan, 1)[len(done) :]]


def test_the_last_step_that_is_done_says_what_the_values_are():
    """Older values do not count."""
    plan = planned(THREE)
    found = rows(plan, '{"total":{"number":"1"}}', '{"total":{"number":"2"}}')
    assert kept_before(plan, found, 3) == {"total": {"number": "2"}}
    refuse_unknown(plan, found)


def test_a_step_that_a_person_declared_done_leaves_its_values_unknown():
    """Who resumes behind it is told which step to run again."""
    plan = planned(THREE)
    with pytest.raises(StateError, match=":total is not known: step two may have set it"):
        refuse_unknown(plan, rows(plan, '{"total":{"number":"1"}}', None))


def test_an_unknown_value_that_nothing_needs_is_no_obstacle():
    """Only the rest of the script counts."""
    plan = planned(THREE.replace("(:total)", "(1)"))
    found = rows(plan, '{"total":{"number":"1"}}', None)
    refuse_unknown(plan, found)
    assert kept_before(plan, found, 3)["total"]["unknown"].startswith("step two")


def test_a_declaration_counts_though_its_step_was_declared_done():
    """Its text says the value; a resumed run would bind NULL without it."""
    text = (
        "variable n number = 5\nvariable t varchar2(9)\ncreate table a (b number);\n"
        "variable t varchar2(9) = x\ninsert into a values (:n, :t);\n"
    )
    plan = planned(text)
    found = rows(plan, None)
    assert kept_before(plan, found, 2) == {"n": {"number": "5"}, "t": None}
    refuse_unknown(plan, found)


def test_a_later_statement_makes_a_declared_value_unknown():
    """What it made of it nobody knows; a later declaration settles it again."""
    plan = planned(THREE.replace("variable total number", "variable total number = 5"))
    with pytest.raises(StateError, match=":total is not known: step one may have set it"):
        refuse_unknown(plan, rows(plan, None))
    again = planned(THREE + "commit;\nvariable total number = 7\ncreate table u (a number);\n")
    assert kept_before(again, rows(again, *[None] * 4), 5) == {"total": {"number": "7"}}


def test_a_statement_that_only_reads_a_variable_leaves_it_known():
    """An INSERT that binds it can be declared done; one with RETURNING may have set it."""
    text = (
        "variable n number\nbegin :n := 7; end;\n/\ncommit;\ninsert into a values (:n);\n"
        "commit;\ninsert into b values (:n);\n"
    )
    kept = '{"n":{"number":"7"}}'
    plan = planned(text)
    refuse_unknown(plan, rows(plan, kept, None))

    plan = planned(text.replace("a values (:n)", "a values (1) returning b into :n"))
    with pytest.raises(StateError, match=":n is not known: step"):
        refuse_unknown(plan, rows(plan, kept, None))
