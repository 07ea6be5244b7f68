"""WHENEVER SQLERROR CONTINUE: an error is passed over and counted; what matters still stops."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import CheckFailed, RunStopped, StepFailed, StepTimeout

GOES_ON = """\
whenever sqlerror continue
drop table t_made;
-- @step load
insert into t_ledger (entry, amount) values ('before', 1);
insert into t_numbers (n) values (1);
begin
  insert into t_numbers (n) values (1);
end;
/
insert into t_ledger (entry, amount) values ('after', 1);
whenever sqlerror exit
-- @step last
insert into t_numbers (n) values (2);
"""


def test_errors_are_passed_over_and_counted(bench: Any) -> None:
    """What the statements before and after the error did is committed with the step."""
    bench.sql("insert into t_numbers (n) values (1)")

    result = bench.run(GOES_ON)

    assert [(step.state, step.errors) for step in result.steps] == [
        (State.SUCCEEDED, 1),
        (State.SUCCEEDED, 2),
        (State.SUCCEEDED, 0),
    ]
    assert bench.ledger() == {"before": 1, "after": 1}
    passed = [text for text in bench.said("notice") if "passed over: " in text]
    assert [text.split(": ")[0] for text in passed] == [
        "script.sql:2",
        "script.sql:5",
        "script.sql:6",
    ]
    assert "ORA-00942" in passed[0] and "ORA-00001" in passed[1]
    assert "2 errors passed over" in bench.said("step")[1]


def test_exit_ends_the_patience(bench: Any) -> None:
    """After WHENEVER SQLERROR EXIT an error stops; the resumed run counts its own errors only."""
    bench.sql("insert into t_numbers (n) values (2)")
    with pytest.raises(StepFailed) as caught:
        bench.run(GOES_ON)
    assert caught.value.step == "last"
    bench.sql("delete from t_numbers")

    result = bench.run(GOES_ON)

    assert [step.errors for step in result.steps] == [0, 0, 0]
    assert bench.ledger() == {"before": 1, "after": 1}


def test_a_check_is_never_passed_over(bench: Any) -> None:
    """A @check vetoes whatever WHENEVER says, when it is untrue and when it cannot be asked."""
    text = (
        "whenever sqlerror continue\n-- @step a\n"
        "insert into t_ledger (entry, amount) values ('x', 1);\n-- @check c\n"
    )
    with pytest.raises(CheckFailed):
        bench.run(text + "select 0 as good from dual;\n")
    with pytest.raises(StepFailed, match="ORA-00942"):
        bench.run(text + "select n from t_nothing;\n")
    assert bench.ledger() == {}


def test_a_stop_is_no_error_to_pass_over(bench: Any) -> None:
    """Who cancels the run means it, though the database answers with an error of the statement."""
    runner = bench.runner(
        "whenever sqlerror continue\n-- @step slow\n"
        "insert into t_ledger (entry, amount) values ('slow', 1);\n"
        "begin\n  insert into t_numbers (n) values (1);\n"
        "  dbms_session.sleep(60);\nend;\n/\n"
    )
    working = threading.Event()
    runner.observe = lambda event: working.set() if event.kind == "decision" else None
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(runner.run)
        assert working.wait(10)
        runner.cancel("somebody")
        with pytest.raises(RunStopped):
            running.result(10)
    assert bench.ledger() == {}


def test_a_time_out_is_no_error_to_pass_over(bench: Any) -> None:
    """A step that takes too long stops."""
    text = "whenever sqlerror continue\n-- @step a timeout=1s\n"
    slow = "begin dbms_session.sleep(60); end;\n/\n"
    with pytest.raises(StepTimeout):
        bench.run(text + slow)
