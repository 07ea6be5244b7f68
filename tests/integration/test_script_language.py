"""Values and files that are put into a script: what runs, and what a resumed run does."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_oracle_dag.core.errors import DriftError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import Included, ParseSettings
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime.errors import StepFailed
from airflow_oracle_dag.runtime.results import RunOptions, RunResult
from airflow_oracle_dag.runtime.runner import ScriptRunner

MAIN = """\
define first = 'a value'
-- @step one
insert into t_ledger (entry, amount) values ('&first', 1);
commit;
@part 2
-- @step three
insert into t_ledger (entry, amount) values ('&1 &last', 3);
"""
PART = """\
-- @step two
insert into t_numbers (n) values (&1);
define last = '&first.s'
commit;
"""


def run(bench: Any, *, main: str = MAIN, part: str = PART, **defines: str) -> RunResult:
    """Run the script with its file under the test's key."""
    settings = ParseSettings(
        defines=defines, include=lambda request: Included(request.file, part.encode())
    )
    return ScriptRunner(
        bench.target.connector(),
        parse_script(main, name="main.sql", settings=settings),
        bench.identity(),
        ScriptValues({}, {}),
        RunOptions(),
        bench.events.append,
    ).run()


def test_values_and_files_run(bench: Any) -> None:
    """The statements are sent with their values, in the order in which SQL*Plus reads them."""
    result = run(bench)

    assert [step.name for step in result.steps] == ["one", "two", "three"]
    assert bench.ledger() == {"a value": 1, "2 a values": 1}
    assert bench.sql("select n from t_numbers") == [(2,)]


def test_a_resumed_run_has_the_values_of_an_uninterrupted_one(bench: Any) -> None:
    """What a done step defined is defined for the next one, in a new session, too."""
    bench.sql("insert into t_numbers (n) values (2)")
    with pytest.raises(StepFailed) as caught:
        run(bench)
    assert str(caught.value).startswith("part.sql:2: step two")
    bench.sql("delete from t_numbers")

    result = run(bench)

    assert result.resumed_at == "two"
    assert bench.ledger() == {"a value": 1, "2 a values": 1}


def test_another_value_for_a_done_step_is_refused(bench: Any) -> None:
    """A value is part of what a step was, in the script and from the caller."""
    bench.sql("insert into t_numbers (n) values (2)")
    text = MAIN.replace("define first = 'a value'\n", "")
    with pytest.raises(StepFailed):
        run(bench, main=text, first="x")
    with pytest.raises(DriftError, match="other values of &first"):
        run(bench, main=text, first="y")

    repaired = PART.replace("(&1)", "(&1 + 1)")
    assert run(bench, main=text, part=repaired, first="x").resumed_at == "two"
    assert bench.ledger() == {"x": 1, "2 xs": 1}


def test_execute_runs_in_the_transaction_of_its_step(bench: Any) -> None:
    """An EXEC is a block of its step: its output is told, and an error names its line."""
    text = (
        "-- @step a\ninsert into t_ledger (entry, amount) values ('a', 1);\n"
        "exec dbms_output.put_line('loaded ' -\n  || :what)\n"
        "exec insert into t_numbers (n) values (1)\n"
    )
    bench.sql("insert into t_numbers (n) values (1)")
    with pytest.raises(StepFailed, match=r"script\.sql:5: step a"):
        bench.run(text, parameters={"what": "it"})
    assert bench.ledger() == {}
    bench.sql("delete from t_numbers")

    result = bench.run(text, parameters={"what": "it"})

    assert result.steps[0].output == ("loaded it",)
    assert bench.ledger() == {"a": 1}
