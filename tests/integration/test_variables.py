"""VARIABLE values outlive a step, an attempt and a session."""

from __future__ import annotations

import json

import pytest

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.values import Secret
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import StepFailed
from airflow_oracle_dag.runtime.results import RunOptions

SCRIPT = """\
variable total number = 10
variable name varchar2(30)
-- @step first
begin :total := :total + 0.1234567890123456789; :name := 'Öl'; end;
/
-- @step second
execute :total := :total * 2
-- @step third
insert into t_ledger values (:name, :total);
-- @step fourth
begin if :total < {limit} then raise_application_error(-20001, 'not yet'); end if; end;
/
print total name
"""
TOTAL = "20.2469135780246913578"


def told(bench, kind="output"):
    """Return what was told of one kind."""
    return [event.text for event in bench.events if event.kind == kind]


def test_values_flow_from_step_to_step(bench):
    """What a block sets, the statements of later steps read, to the last digit."""
    bench.run(SCRIPT.format(limit=1))
    assert told(bench)[-2:] == [f":total = {TOTAL}", ":name = Öl"]
    assert list(bench.ledger()) == ["Öl"]


def test_a_resumed_run_goes_on_with_the_values(bench):
    """The next attempt has another session and none of the done steps, and yet the values."""
    with pytest.raises(StepFailed, match="not yet"):
        bench.run(SCRIPT.format(limit=100))
    result = bench.run(SCRIPT.format(limit=1))
    assert result.resumed_at == "fourth"
    assert told(bench)[-2:] == [f":total = {TOTAL}", ":name = Öl"]


def test_a_lost_connection_keeps_the_values(bench, faults):
    """The runner that reconnects goes on with what was kept, not with what it had in hand."""
    faults.cut("before", sql="insert into t_ledger")
    bench.run(SCRIPT.format(limit=1))
    assert told(bench)[-2:] == [f":total = {TOTAL}", ":name = Öl"]
    assert bench.ledger() == {"Öl": 1}


def test_always_steps_do_not_take_values_back(bench):
    """An @always step runs again on resumption; what came after it still counts."""
    text = (
        "variable a number\n-- @always\nexecute :a := 1\n"
        "-- @step up\nexecute :a := :a + 1\n-- @step out\ninsert into {t} values ('x', :a);\n"
    )
    with pytest.raises(StepFailed):
        bench.run(text.format(t="t_missing"))
    bench.run(text.format(t="t_ledger"))
    assert bench.sql("select amount from t_ledger") == [(2,)]


def test_an_always_step_behind_what_is_done_counts(bench):
    """What it sets is what the first open step would have seen without an interruption."""
    text = (
        "variable a number\n-- @step up\nexecute :a := 1\n-- @always\nexecute :a := 5\n"
        "-- @step out\ninsert into {t} values ('x', :a);\n"
    )
    with pytest.raises(StepFailed):
        bench.run(text.format(t="t_missing"))
    bench.run(text.format(t="t_ledger"))
    assert bench.sql("select amount from t_ledger") == [(5,)]


def test_kept_values_do_not_depend_on_the_character_set(bench):
    """They are written in ASCII, whatever a national character set holds."""
    bench.run("variable n nvarchar2(9)\nexecute :n := 'Ж'\n")
    kept = 'select count(*) from odag_step where to_char(variables) = \'{"n":"\\u0416"}\''
    assert bench.sql(kept) == [(1,)]


def test_returning_into_a_variable(bench):
    """RETURNING gives its one value to the variable; more than one row is an error."""
    text = (
        "variable a number\ninsert into t_ledger values ('x', 7) returning amount into :a;\nprint\n"
    )
    bench.run(text)
    assert told(bench)[-1] == ":a = 7"
    with pytest.raises(StepFailed, match="returned 2 rows into :a"):
        bench.run(
            "variable a number\ninsert into t_ledger values ('y', 1);\n"
            "update t_ledger set amount = 8 returning amount into :a;\n",
            key=f"{bench.key}-2",
        )


def test_declared_done_means_unknown(bench):
    """Behind a step that a person declared done the run does not go on with old values."""
    text = (
        "variable a number\n-- @step set\nbegin :a := 1; raise_application_error(-20001, 'no'); "
        "end;\n/\n-- @step use\ninsert into t_ledger values ('x', :a);\n"
    )
    with pytest.raises(StepFailed):
        bench.run(text)
    verbs.mark_done(
        bench.target.connector(),
        bench.identity(),
        "set",
        who="test",
        why="by hand",
        options=RunOptions(),
        observe=bench.events.append,
    )
    with pytest.raises(StateError, match=r":a is not known: step set may have set it"):
        bench.run(text)
    assert bench.ledger() == {}


def test_restart_from_begins_with_the_values_before_that_step(bench):
    """The new generation has what the steps before it left."""
    bench.run(SCRIPT.format(limit=1))
    verbs.restart_from(
        bench.target.connector(),
        bench.identity(),
        "second",
        who="test",
        why="again",
        options=RunOptions(),
        observe=bench.events.append,
    )
    bench.run(SCRIPT.format(limit=1))
    assert told(bench)[-2:] == [f":total = {TOTAL}", ":name = Öl"]


def test_a_value_that_a_secret_went_into_is_not_kept(bench):
    """Within the attempt it is used; what is kept only says that it is unknown."""
    text = (
        "variable a varchar2(60)\n-- @step set\nexecute :a := 'token ' || :token\n"
        "-- @step use\nbegin if :a <> 'token ' || :token then "
        "raise_application_error(-20001, 'lost');"
        " end if; end;\n/\nprint a\n"
    )
    bench.run(text, parameters={"token": Secret("hush-4711")})
    kept = bench.sql(
        "select variables from odag_step where run_hash = :h order by step_no",
        h=bench.identity().digest,
    )
    assert {json.loads(row[0])["a"]["unknown"] for row in kept} == {
        "a secret went into it, which is not kept"
    }
    assert "hush" not in " ".join(told(bench))


def test_values_that_are_too_long_fail_their_step(bench):
    """Nothing is cut: the step is rolled back and the error says what to do."""
    with pytest.raises(StepFailed, match=r"take \d+ bytes, and 4000 can be kept.*in a table"):
        bench.run("variable a varchar2(4000)\nexecute :a := rpad('x', 4000, 'x')\n")
