"""What a query gives (COLUMN … NEW_VALUE) is put into the statements behind it, in any attempt."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.values import Secret
from airflow_oracle_dag.runtime.errors import ConnectFailed, ConnectionLost, StepFailed

SCRIPT = """\
define part = none
define kept = 'as defined'
variable total number = 1
column part new_value part
column top new_value top
column gone new_value gone
-- @always
select 'always' gone from dual;
-- @step ask
select '&part' part, 3 top from dual;
select 'x' || count(*) part, 7 top from dual;
begin :total := :total + to_number('&top'); end;
/
-- @step write
insert into t_ledger (entry, amount) values ('&part/&kept/&gone', :total);
commit;
define kept = 'anew'
insert into t_&where. (entry, amount) select '&part', amount + &top from t_ledger;
select 'later' part from dual where 1 = 0;
commit;
select 'y' part from dual;
execute :total := :total * to_number('&top')
-- @step last
insert into t_ledger (entry, amount) values ('&part/&kept/&top', :total);
"""
SCRIPT = SCRIPT.replace("t_&where.", "t_ledger")
EXPECTED = [("x1", 15), ("x1/as defined/always", 8), ("y/anew/7", 56)]


def rows(bench: Any) -> list[tuple[str, int]]:
    """Return the ledger."""
    return [tuple(row) for row in bench.sql("select entry, amount from t_ledger order by 1")]


def test_values_flow_from_queries_to_statements(bench: Any) -> None:
    """The last query that has the column counts; without rows it changes nothing."""
    result = bench.run(SCRIPT)
    assert {step.state for step in result.steps} == {State.SUCCEEDED}
    assert rows(bench) == EXPECTED


@pytest.mark.parametrize("when", ["BEFORE", "AFTER"])
def test_a_crash_at_any_call_leaves_the_values_of_an_uninterrupted_run(
    bench: Any, faults: Any, when: str
) -> None:
    """VARIABLEs, DEFINEs and columns: whoever resumes has what there would have been.

    From its victim on an attempt gets no answer any more, as when its process had died.
    """
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    action, calls = Action(Effect[f"CUT_{when}"]), []
    faults.on_call(lambda sid, name, sql: calls.append(name))
    bench.run(SCRIPT, key=f"{bench.key}-undisturbed")
    for victim in range(len(calls)):
        bench.sql("delete from t_ledger")
        seen: list[str] = []

        def hook(sid: int, name: str, sql: str, victim: int = victim) -> Action | None:
            seen.append(name)  # noqa: B023  # of this turn
            return action if len(seen) > victim else None  # noqa: B023  # the same

        faults.on_call(hook)
        key = f"{bench.key}-{victim}"
        with suppress(ConnectionLost, ConnectFailed):  # the very last calls change nothing
            bench.run(SCRIPT, key=key)
        faults.clear()
        bench.run(SCRIPT, key=key)
        assert rows(bench) == EXPECTED, f"cut {when} call {victim}"


def test_one_recovery_in_the_process(bench: Any, faults: Any) -> None:
    """The runner that reconnects goes on with what was kept, not with what it had in hand."""
    faults.cut("after", sql="select 'y' part")
    bench.run(SCRIPT)
    assert rows(bench) == EXPECTED


def test_a_failed_step_is_mended_and_resumed(bench: Any) -> None:
    """The next attempt has none of the steps that are done, and yet their values."""
    with pytest.raises(StepFailed):
        bench.run(
            SCRIPT.replace(
                "insert into t_ledger (entry, amount) values ('&part/&kept/&top'",
                "insert into t_missing (entry, amount) values ('&part/&kept/&top'",
            )
        )
    result = bench.run(SCRIPT)
    assert result.resumed_at == "last"
    assert rows(bench) == EXPECTED


def test_a_prompt_is_told(bench: Any) -> None:
    """Its text stands in the log where the script has it, with the values that there are."""
    bench.run(
        "define a = one\ncolumn v new_value v\nprompt\nprompt &a   begins\n"
        "select 'two' v from dual;\nPRO &a and &v..\n-- @step last\ndelete from t_ledger;\n"
        "prompt done\n"
    )
    told = bench.said("output")
    assert [text for text in told if text[:3] in ("one", "don")] == [
        "one   begins",
        "one and two.",
        "done",
    ]


def test_a_prompt_shows_no_secret(bench: Any) -> None:
    """One that would repeat a secret's text is told as ***."""
    bench.run(
        "define a = quiet-prompt\nprompt &a\ninsert into t_ledger (entry) values (:s);\n",
        parameters={"s": Secret("quiet-prompt")},
    )
    assert bench.said("output") == ["***"]


def test_names_of_tables_come_from_queries(bench: Any) -> None:
    """DDL, DML and blocks behind the query name what it gave."""
    bench.run(
        "column t new_value t\nselect 't_' || 'made' t from dual;\ncommit;\n"
        "create table &t (a number);\ninsert into &t values (1);\n"
        "begin update &t set a = 2; end;\n/\n"
    )
    assert bench.sql("select a from t_made") == [(2,)]


def test_no_row_defines_an_empty_value(bench: Any) -> None:
    """A query that has the column and gives no row makes a variable that was not there."""
    bench.run(
        'column 1 new_value 1\nselect null "1" from dual where 1 = 0;\n'
        "insert into t_ledger (entry) values (nvl('&1', 'default'));\n"
    )
    assert bench.ledger() == {"default": 1}


KEPT = (
    "select to_char(s.variables) from odag_step s join odag_run r on r.run_hash = s.run_hash "
    "where r.run_key = :key and s.variables is not null order by s.step_no"
)


def kept(bench: Any) -> list[dict[str, Any]]:
    """Return what is kept with each step."""
    return [json.loads(text) for (text,) in bench.sql(KEPT, key=bench.key)]


def test_what_is_kept(bench: Any) -> None:
    """All that queries gave, used or not: a later step may be mended to use it."""
    bench.run(
        "column a new_value a\ncolumn b new_value b\nselect 'Ö' a, 2 b from dual;\n"
        "insert into t_ledger (entry) values ('&a');\n"
    )
    assert kept(bench) == [{"&a": "Ö", "&b": "2"}]


MENDED = [
    "insert into t_ledger (entry) values ('&c/&d');",
    "insert into t_ledger (entry) values ('&c/' || '&d');",
    "insert into t_ledger (entry) values ('cc/zz');",
    "insert into t_ledger (entry) values ('&d');\nupdate t_ledger set entry = '&c' || '/&d';",
    "prompt &c and &d\ninsert into t_ledger (entry) values ('&c/&d');",
    "select 'q' c from dual where 1 = 0;\ninsert into t_ledger (entry) values ('&c/&d');",
]


@pytest.mark.parametrize("repair", MENDED)
@pytest.mark.parametrize("failed", ["'&c'", "'&d'", "'x'"])
def test_a_mended_step_uses_what_it_did_not(bench: Any, repair: str, failed: str) -> None:
    """No done step drifts by it, and what the queries gave is what an uninterrupted run has."""
    text = (
        "column c new_value c\ncolumn d new_value d\n-- @step ask\n"
        "select 'cc' c, 'zz' d from dual;\ncommit;\n-- @step write\n"
    )
    with pytest.raises(StepFailed):
        bench.run(f"{text}insert into t_missing values ({failed});\n")
    bench.run(f"{text}{repair}\n")
    assert bench.sql("select entry from t_ledger") == [("cc/zz",)]
    assert ("cc and zz" in bench.said("output")) is ("prompt" in repair)


def test_what_there_is_no_room_for_is_unknown(bench: Any) -> None:
    """The step is done with it; who resumes is told, unless a query gives the value anew."""
    text = (
        "column c new_value c\ncolumn d new_value d\n-- @step ask\n"
        "select rpad('c', 3990, 'c') c, 'zz' d from dual;\ncommit;\n-- @step write\n"
    )
    with pytest.raises(StepFailed):
        bench.run(f"{text}insert into t_missing values (length('&c'));\n")
    assert [sorted(each) for each in kept(bench)] == [["&", "&d"]]
    with pytest.raises(StateError, match=r"the value of &c is not known: its value was too long"):
        bench.run(f"{text}insert into t_ledger (entry) values (length('&c'));\n")
    again = "select 'new' c from dual{};\ninsert into t_ledger (entry) values ('&c/&d');\n"
    with pytest.raises(StepFailed, match=r"the value of &c is not known"):
        bench.run(text + again.format(" where 1 = 0"))
    bench.run(text + again.format(""))
    assert bench.ledger() == {"new/zz": 1}


def test_a_query_that_waits_for_its_slash_has_not_run(bench: Any) -> None:
    """An empty one leaves what DEFINE said, whatever stands between the dot and the slash."""
    bench.run(
        "define x = a\ncolumn c new_value x\nselect 'b' c from dual where 1 = 0\n.\nspool foo\n"
        "/\ninsert into t_ledger (entry) values ('got:&x');\n"
    )
    assert bench.ledger() == {"got:a": 1}


REFUSED = [
    ("select 'it''s' v from dual", "'&v'", "it begins or ends a string"),
    ("select '1 or 1 = 1' v from dual", "&v", "outside of strings it can be a number"),
    ("select 1 / 0 v from dual", "'&v'", "the substitution variable &v has no value"),
    ("select date '2026-11-20' v from dual", "'&v'", "it is no text (a date): write TO_CHAR"),
    ("select level v from dual connect by level < 200", "&v", "gave 100 rows or more"),
]


@pytest.mark.parametrize(("query", "use", "says"), REFUSED)
def test_a_value_that_cannot_stand_there(bench: Any, query: str, use: str, says: str) -> None:
    """The step fails at the statement that would use it, whatever WHENEVER says."""
    with pytest.raises(StepFailed) as caught:
        bench.run(
            f"whenever sqlerror continue\ncolumn v new_value v\n{query};\n"
            f"insert into t_ledger (entry) values ({use});\n",
            key=f"value-{bench.key[-19:]}",
        )
    assert says in str(caught.value)
    assert caught.value.line == 4
    assert "or 1 = 1" not in str(caught.value)
    assert rows(bench) == []


def test_declared_done_means_unknown(bench: Any) -> None:
    """Behind a step that a person declared done the run does not go on with old values."""
    text = (
        "column v new_value v\n-- @step ask\nselect 1 v from dual;\ndelete from {t};\n"
        "-- @step use\ninsert into t_ledger (entry) values ('&v');\n"
    )
    with pytest.raises(StepFailed):
        bench.run(text.format(t="t_missing"))
    bench.mark_done("ask")
    with pytest.raises(StateError, match=r"the value of &v is not known: step ask may have set it"):
        bench.run(text.format(t="t_missing"))


def test_what_a_query_gives_anew_is_known(bench: Any) -> None:
    """Behind a step that was declared done the next query's value counts, where it gives one."""
    text = (
        "column v new_value v\n-- @step ask\nselect 1 v from dual;\ndelete from t_missing;\n"
        "-- @step again\nselect 2 {column} from dual;\n"
        "insert into t_ledger (entry) values ('&v');\n"
    )
    with pytest.raises(StepFailed):
        bench.run(text.format(column="w"))
    bench.mark_done("ask")
    with pytest.raises(StateError, match="the value of &v is not known: step ask may have set it"):
        bench.run(text.format(column="w"))
    bench.run(text.format(column="v"))
    assert bench.ledger() == {"2": 1}


def test_a_secret_is_used_by_nobody_and_not_kept(bench: Any) -> None:
    """The rows of a query come masked; what was masked cannot be put anywhere."""
    text = (
        "column v new_value v\nselect :s || 'x' v from dual;\n"
        "insert into t_ledger (entry) values ('&v');\n"
    )
    with pytest.raises(StepFailed, match="a secret went into it"):
        bench.run(text, parameters={"s": Secret("hush-new-value")})
    assert rows(bench) == []


def test_what_is_made_of_a_secret_is_not_kept(bench: Any) -> None:
    """Whatever a query makes of it is not told from it: the row has none of it."""
    text = (
        "column v new_value v\ncolumn w new_value w\n-- @step ask\n"
        "select lower(:s) v from dual;\nselect 'w' w from dual;\ncommit;\n-- @step write\n"
        "insert into t_ledger (entry) values ('{}');\n"
    )
    secret = {"s": Secret("HUSH-Derived")}
    with pytest.raises(StepFailed, match="a secret went into it"):
        bench.run(text.format("&v"), parameters=secret)
    secretive = {"unknown": "a secret went into it, which is not kept"}
    assert kept(bench) == [{"&v": secretive, "&w": "w"}]
    bench.run(text.format("&w"), parameters=secret)
    assert bench.ledger() == {"w": 1}


def test_a_variable_that_is_made_of_a_secret_is_not_kept(bench: Any) -> None:
    """It is used, and so is what is made of it; neither is in a row. The others are."""
    bench.run(
        "variable v varchar2(30)\nvariable w varchar2(30)\nvariable n number = 1\n"
        "begin :v := lower(:s); :n := :n; end;\n/\nbegin :w := 'x' || :v; end;\n/\n"
        "commit;\ninsert into t_ledger (entry) values (:w);\n",
        parameters={"s": Secret("HUSH-Variable")},
    )
    assert bench.ledger() == {"xhush-variable": 1}
    secret = {"unknown": "a secret went into it, which is not kept"}
    assert kept(bench) == [{"v": secret, "w": secret, "n": {"number": "1"}}] * 2


@pytest.mark.parametrize("size", [3985, 3990])
def test_variables_leave_room_to_say_that_a_value_was_left_out(bench: Any, size: int) -> None:
    """No step fails for the value of a query, which maybe nobody uses."""
    text = (
        "variable v varchar2(4000)\ncolumn c new_value c\n"
        f"execute :v := rpad('x', {size - 2 - len('v') - 4}, 'x')\n"
        "select 'abcdefghijklmnopqrstuvwxyz' c from dual;\ncommit;\n"
        "insert into {t} (entry) values ({use});\n"
    )
    with pytest.raises(StepFailed, match="T_MISSING"):
        bench.run(text.format(t="t_missing", use="'x'"))
    assert [(sorted(each), each["&"]) for each in kept(bench)] == [(["&", "v"], 0)]
    with pytest.raises(StateError, match="the value of &c is not known: its value was too long"):
        bench.run(text.format(t="t_ledger", use="'&c'"))
    bench.run(text.format(t="t_ledger", use="length(:v)"))
    assert bench.ledger() == {str(size - 7): 1}


def test_a_query_that_has_no_such_column_leaves_the_value_known(bench: Any) -> None:
    """A step that was declared done cannot have set what its queries do not give."""
    text = (
        "column v new_value v\n-- @step ask\nselect 1 v from dual;\n"
        "-- @step mid\nselect count(*) n from {t};\n"
        "-- @step use\ninsert into t_ledger (entry) values ('&v');\n"
    )
    with pytest.raises(StepFailed):
        bench.run(text.format(t="t_missing"))
    bench.mark_done("mid")
    bench.run(text.format(t="t_missing"))
    assert bench.ledger() == {"1": 1}


def test_a_repair_brings_the_first_column(bench: Any) -> None:
    """What was done before it set nothing, and ended by its own attempt."""
    text = "-- @step a\nselect 'e' e from dual;\ninsert into t_ledger (entry) values ('a');\n"
    with pytest.raises(StepFailed):
        bench.run(f"{text}-- @step b\ninsert into t_missing values (1);\n")
    bench.run(
        f"column d new_value d\n{text}-- @step b\nselect 'n' d from dual where 1=0;\n"
        "insert into t_ledger (entry) values ('[&d]');\n"
    )
    assert bench.ledger() == {"a": 1, "[]": 1}


def test_a_repair_that_makes_a_done_query_set_a_value(bench: Any) -> None:
    """Where its change is accepted, nobody says that the step was not ended by its own attempt."""
    text = (
        "-- @step a\nselect 'e' d from dual;\n-- @step b\ninsert into {t} (entry) values ({v});\n"
    )
    with pytest.raises(StepFailed):
        bench.run(text.format(t="t_missing", v=1))
    again = f"column d new_value d\n{text.format(t='t_ledger', v=chr(39) + '&d' + chr(39))}"
    with pytest.raises(
        StateError, match="&d is not known: step a may set it, but nothing was kept of it when"
    ):
        bench.run(again, on_drift="accept")
