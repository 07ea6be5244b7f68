"""@on_error passes over the errors that it names; @expect holds a statement to its rows."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import CheckFailed, StepFailed

CONTINUES = """\
-- @on_error continue ORA-00942, ORA-01418
drop table t_made;
-- @step load
insert into t_ledger (entry, amount) values ('before', 1);
-- @on_error continue ORA-00001
insert into t_numbers (n) select n from (select 5 n from dual union all select 1 n from dual);
insert into t_ledger (entry, amount) values ('after', 1);
"""


def test_a_named_error_is_passed_over(bench: Any) -> None:
    """Its statement alone is undone, all of it; the step goes on, and the error is counted."""
    bench.sql("insert into t_numbers (n) values (1)")

    result = bench.run(CONTINUES)

    assert [(step.state, step.errors) for step in result.steps] == [
        (State.SUCCEEDED, 1),
        (State.SUCCEEDED, 1),
    ]
    assert bench.ledger() == {"before": 1, "after": 1}
    assert bench.sql("select n from t_numbers") == [(1,)]
    passed = [text for text in bench.said("notice") if "passed over: " in text]
    assert [text.split(": ")[0] for text in passed] == ["script.sql:2", "script.sql:6"]
    assert "1 error passed over" in bench.said("step")[1]


def test_another_error_stops(bench: Any) -> None:
    """One that is not named rolls the step back, and so does one of the next statement."""
    text = "-- @step a\ninsert into t_ledger (entry, amount) values ('x', 1);\n"
    with pytest.raises(StepFailed, match="ORA-00942"):
        bench.run(f"{text}-- @on_error continue ORA-00001\ndelete from t_nothing;\n")
    with pytest.raises(StepFailed, match="ORA-00942"):
        bench.run(
            f"{text}-- @on_error continue ORA-00942\ndelete from t_nothing;\n"
            "delete from t_nothing;\n"
        )
    assert bench.ledger() == {}


def test_rows_as_expected(bench: Any) -> None:
    """Rows that were changed, and rows that a query gave."""
    result = bench.run(
        "-- @expect rows = 1\ninsert into t_ledger (entry, amount) values ('x', 1);\n"
        "-- @expect rows > 0\nselect entry from t_ledger;\n"
        "-- @expect rows = 0\ndelete from t_ledger where entry = 'y';\n"
    )
    assert [step.state for step in result.steps] == [State.SUCCEEDED]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("-- @expect rows > 0\ndelete from t_numbers;", "@expect rows > 0: DELETE changed no rows"),
        (
            "-- @expect rows <> 1\nselect entry from t_ledger;",
            "@expect rows <> 1: SELECT gave 1 row",
        ),
        (
            "-- @expect rows < 2\nselect level l from dual connect by level <= 200;",
            "@expect rows < 2: SELECT gave 100 rows or more",
        ),
    ],
)
def test_other_rows_fail_the_step(bench: Any, statement: str, says: str) -> None:
    """Both figures are told with the annotation's line, and what the step did is undone."""
    text = "whenever sqlerror continue\ninsert into t_ledger (entry, amount) values ('x', 1);\n"
    with pytest.raises(CheckFailed) as caught:
        bench.run(f"{text}{statement}\n")
    assert says in str(caught.value)
    assert (caught.value.line, caught.value.step) == (3, "step_1")
    assert bench.ledger() == {}


def test_what_was_passed_over_is_not_counted(bench: Any) -> None:
    """Of a statement whose error the script goes on after nothing is expected."""
    result = bench.run(
        "-- @expect rows > 0\n-- @on_error continue ORA-00942\ndelete from t_nothing;\n"
    )
    assert [(step.state, step.errors) for step in result.steps] == [(State.SUCCEEDED, 1)]
