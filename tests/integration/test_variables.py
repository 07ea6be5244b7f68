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
    bench.mark_done("set")
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
    with pytest.raises(StepFailed, match=r"take \d+ bytes, and 3994 can be kept.*in a table"):
        bench.run("variable a varchar2(4000)\nexecute :a := rpad('x', 4000, 'x')\n")


ALWAYS = """\
variable v varchar2(30)
-- @step a
begin :v := lower(:s); end;
/
-- @always ctx
begin if :v is null then raise_application_error(-20001, 'v is null'); end if; end;
/
-- @step c
insert into {t} (entry) values ('c');
"""
SECRET = {"s": Secret("HUSH-Always")}


def test_an_always_step_needs_a_value_that_nobody_knows(bench):
    """It runs again where the value is lost: no resumed run gives it NULL instead."""
    with pytest.raises(StepFailed, match="T_MISSING"):
        bench.run(ALWAYS.format(t="t_missing"), parameters=SECRET)
    with pytest.raises(StateError, match="the value of :v is not known: a secret went into it"):
        bench.run(ALWAYS.format(t="t_ledger"), parameters=SECRET)
    assert bench.ledger() == {}


def test_an_always_step_that_is_lost_with_the_connection(bench, faults):
    """The runner that reconnects has no more of the value than another one."""
    faults.cut("before", sql="insert into t_ledger")
    with pytest.raises(StateError, match="the value of :v is not known: a secret went into it"):
        bench.run(ALWAYS.format(t="t_ledger"), parameters=SECRET)
    assert bench.ledger() == {}


def test_an_always_step_behind_one_that_was_declared_done(bench):
    """What the step would have set, the @always step cannot read."""
    text = ALWAYS.replace(
        "end;\n/\n-- @always", "insert into t_missing values (1); end;\n/\n-- @always"
    )
    with pytest.raises(StepFailed):
        bench.run(text.format(t="t_ledger"), parameters=SECRET)
    bench.mark_done("a")
    with pytest.raises(StateError, match="the value of :v is not known: step a may have set it"):
        bench.run(text.format(t="t_ledger"), parameters=SECRET)


@pytest.mark.parametrize(
    "sets",
    ["variable v varchar2(9) = new", "execute :v := 'new'", "begin\n  :V := 'new';\nend;\n/"],
)
def test_an_always_step_that_begins_by_setting_the_variable(bench, sets):
    """It reads nothing of what nobody knows, and the steps behind it have what it set."""
    text = ALWAYS.replace("begin if", f"{sets}\nbegin if").replace("'c'", ":v")
    with pytest.raises(StepFailed):
        bench.run(text.format(t="t_missing"), parameters=SECRET)
    bench.run(text.format(t="t_ledger"), parameters=SECRET)
    assert bench.ledger() == {"new": 1}


@pytest.mark.parametrize(
    "reads",
    [
        "execute :v := :v || 'x'",
        "begin :v := 'a'; exception when others then null; end;\n/",
        "begin if 1 = 1 then :v := 'a'; end if; end;\n/",
    ],
)
def test_an_always_step_that_may_read_the_variable(bench, reads):
    """Where nobody can tell whether a block sets or reads it, the run is refused."""
    text = f"variable v varchar2(30)\nexecute :v := lower(:s)\n-- @always\n{reads}\n-- @step c\n"
    with pytest.raises(StepFailed):
        bench.run(f"{text}insert into t_missing values (1);\n", parameters=SECRET)
    with pytest.raises(StateError, match="the value of :v is not known"):
        bench.run(f"{text}insert into t_ledger (entry) values (1);\n", parameters=SECRET)


def test_an_error_that_keeps_a_block_from_setting_the_variable(bench):
    """The script goes on behind it, and what is bound next is not known still."""
    text = (
        "variable v varchar2(30)\nexecute :v := lower(:s)\n-- @always\n"
        "whenever sqlerror continue\nexecute :v := {value}\nwhenever sqlerror exit\n"
        "begin if :v is null then null; end if; end;\n/\n-- @step c\n"
        "insert into {t} (entry) values (1);\n"
    )
    with pytest.raises(StepFailed):
        bench.run(text.format(value="to_number('x')", t="t_missing"), parameters=SECRET)
    with pytest.raises(StepFailed, match="the value of :v is not known: a secret") as caught:
        bench.run(text.format(value="to_number('x')", t="t_ledger"), parameters=SECRET)
    assert caught.value.line == 7
    bench.run(text.format(value="'1'", t="t_ledger"), parameters=SECRET)
    assert bench.ledger() == {"1": 1}


def test_a_probe_is_not_asked_behind_an_always_step_that_cannot_run(bench, faults):
    """The settings that it would see are not those of its step."""
    text = ALWAYS.replace(
        "insert into {t} (entry) values ('c');",
        "-- @probe select 1 from t_ledger\n"
        "begin insert into t_ledger (entry) values ('c'); commit; end;\n/",
    )
    faults.cut("after", sql="insert into t_ledger")
    with pytest.raises(StateError, match=r"script.sql:6: the value of :v is not known.*mark-done"):
        bench.run(text, parameters=SECRET)
    bench.mark_done("c")
    bench.run(text, parameters=SECRET)
    assert bench.ledger() == {"c": 1}


def test_an_always_step_at_the_end_has_the_values(bench):
    """Where nothing else is left to run it has what the last step left."""
    text = (
        "variable a number\nexecute :a := 1\n-- @always\n"
        "insert into {t} (entry, amount) values ('x', :a);\n"
    )
    with pytest.raises(StepFailed):
        bench.run(text.format(t="t_missing"))
    assert bench.run(text.format(t="t_ledger")).variables == {"a": 1}
    assert bench.sql("select amount from t_ledger") == [(1,)]


def test_an_always_step_prints_a_value_that_nobody_knows(bench):
    """What it only shows is no obstacle, and is not shown as if it were empty."""
    text = (
        "variable v varchar2(30)\nexecute :v := lower(:s)\n-- @always\nselect 1 from dual;\n"
        "print v\n-- @step c\ninsert into {t} (entry) values ('c');\n"
    )
    with pytest.raises(StepFailed):
        bench.run(text.format(t="t_missing"), parameters=SECRET)
    bench.run(text.format(t="t_ledger"), parameters=SECRET)
    assert [line for line in told(bench) if line[0] == ":"] == [":v = ***", ":v = (not known)"]


DERIVED = """\
variable v varchar2(30)
variable n number
variable c clob
begin
  :v := lower(:s); :n := length(:s); :c := lower(:s);
end;
/
print v n c
select :v x, 7 y from dual;
select lower(:s) x, null z from dual;
"""


def test_nothing_made_of_a_secret_is_shown(bench):
    """PRINT and queries show what there is, with the mask in the place of each value."""
    result = bench.run(DERIVED, parameters={"s": Secret("HUSH-Derived")})
    assert "hush" not in repr([result, bench.events])
    assert told(bench)[:4] == [
        ":v = ***",
        ":n = ***",
        ":c = ***",
        "script.sql:9: 1 row",
    ]
    assert [line.split() for line in told(bench)[4:]][::2][:2] == [["X", "Y"], ["***", "***"]]
    assert result.query["columns"] == ["X", "Z"]
    assert result.query["rows"] == [["***", "***"]]


def test_a_query_without_a_secret_is_shown_beside_others(bench):
    """Only what binds a secret, or a variable made of one, is masked."""
    result = bench.run(
        f"{DERIVED}select 'plain' p from dual;\n", parameters={"s": Secret("HUSHED")}
    )
    assert result.query["rows"] == [["plain"]]


def test_a_variable_that_is_set_anew_is_shown_and_kept(bench):
    """A block that begins by setting it leaves nothing of a secret in it."""
    result = bench.run(
        "variable v varchar2(30)\nexecute :v := lower(:s)\nprint v\nexecute :v := upper(:v)\n"
        "print v\nexecute :v := 'new'\nprint v\n",
        parameters=SECRET,
    )
    assert told(bench) == [":v = ***", ":v = ***", ":v = new"]
    assert result.variables == {"v": "new"}


def test_a_check_that_is_not_true_shows_nothing_made_of_a_secret(bench):
    """It is judged by the values, and its error has the mask."""
    text = "-- @check fits\nselect {} as fits, 1 as one from dual;\n"
    with pytest.raises(StepFailed, match=r"@check fits is not true: FITS = \*\*\*") as caught:
        bench.run(text.format("lower(:s)"), parameters=SECRET)
    assert "hush" not in str(caught.value)
    bench.run(text.format("length(:s)"), parameters=SECRET)
