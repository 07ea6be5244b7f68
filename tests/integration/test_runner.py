"""A script runs step by step, stops where it fails and resumes there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from airflow_oracle_dag.core.errors import BindError, DriftError
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import CheckFailed, RunConflict, StepFailed, StepTimeout

THREE_STEPS = """\
-- @step first
insert into t_ledger (entry, amount) values ('first', 1);
insert into t_ledger (entry, amount) values ('first too', 2);
-- @step second
insert into t_ledger (entry, amount) values ('second', 3);
insert into t_numbers (n) values (1);
-- @step third
update t_ledger set amount = amount + 10;
"""


def test_a_script_runs_to_its_end(bench: Any) -> None:
    """Every step succeeds once, with its rows and its times by the database's clock."""
    result = bench.run(THREE_STEPS)

    assert [(step.name, step.state, step.rows, step.tries) for step in result.steps] == [
        ("first", State.SUCCEEDED, 2, 1),
        ("second", State.SUCCEEDED, 2, 1),
        ("third", State.SUCCEEDED, 3, 1),
    ]
    assert result.resumed_at is None and result.rows == 7 and not result.finished_before
    assert all(step.seconds is not None and 0 <= step.seconds < 60 for step in result.steps)
    assert bench.ledger() == {"first": 1, "first too": 1, "second": 1}
    assert len(bench.said("step")) == 3


def test_a_failed_step_is_rolled_back_and_resumed(bench: Any) -> None:
    """The steps before the failed one are kept and not repeated; the failed one starts anew."""
    bench.sql("insert into t_numbers (n) values (1)")

    with pytest.raises(StepFailed) as caught:
        bench.run(THREE_STEPS)

    assert caught.value.step == "second" and caught.value.code == "ORA-00001"
    assert caught.value.line == 6 and "script.sql:6" in str(caught.value)
    assert bench.states() == {"first": "SUCCEEDED", "second": "FAILED", "third": "PENDING"}
    assert bench.ledger() == {"first": 1, "first too": 1}

    bench.sql("delete from t_numbers")
    result = bench.run(THREE_STEPS)

    assert result.resumed_at == "second" and result.attempt == 2
    assert [step.tries for step in result.steps] == [1, 2, 1]
    assert bench.ledger() == {"first": 1, "first too": 1, "second": 1}


def test_a_finished_run_reports_success_and_runs_nothing(bench: Any) -> None:
    """The same key again is a success that changes nothing."""
    bench.run(THREE_STEPS)

    again = bench.run(THREE_STEPS)

    assert again.finished_before and again.rows == 7
    assert bench.ledger() == {"first": 1, "first too": 1, "second": 1}


def test_a_step_that_is_done_may_not_change(bench: Any) -> None:
    """Text or values of a done step that changed are refused, and nothing is written."""
    text = "insert into t_ledger values ('a', :x);\ncommit;\ninsert into t_numbers values (1);\n"
    bench.sql("insert into t_numbers (n) values (1)")
    with pytest.raises(StepFailed):
        bench.run(text, parameters={"x": 1})

    with pytest.raises(DriftError, match="other values of :x"):
        bench.run(text, parameters={"x": 2})
    with pytest.raises(DriftError, match="its text was changed"):
        bench.run(text.replace("'a'", "'b'"), parameters={"x": 1})

    assert bench.states() == {"step_1": "SUCCEEDED", "step_2": "FAILED"}


def test_the_failed_step_may_be_edited(bench: Any) -> None:
    """Editing what is not done is the repair; new steps behind it are run too."""
    with pytest.raises(StepFailed):
        bench.run(
            "-- @step a\ninsert into t_ledger values ('a', 1);\n-- @step b\nselect x from dual;"
        )

    result = bench.run(
        "-- @step a\ninsert into t_ledger values ('a', 1);\n"
        "-- @step b\ninsert into t_ledger values ('b', 1);\n"
        "-- @step c\ninsert into t_ledger values ('c', 1);\n"
    )

    assert result.resumed_at == "b"
    assert bench.ledger() == {"a": 1, "b": 1, "c": 1}


def test_always_runs_again_when_the_run_is_resumed(bench: Any) -> None:
    """What belongs to the session runs in every new session, before the resumed step."""
    text = (
        "-- @always\nbegin dbms_output.put_line('session ready'); end;\n/\n"
        "-- @step a\ninsert into t_ledger values ('a', 1);\n"
        "-- @step b\ninsert into t_numbers values (1);\n"
    )
    bench.sql("insert into t_numbers (n) values (1)")
    with pytest.raises(StepFailed):
        bench.run(text)
    bench.sql("delete from t_numbers")

    result = bench.run(text)

    assert [step.tries for step in result.steps] == [2, 1, 2]
    assert result.resumed_at == "b"
    assert sum("session ready" in line for line in bench.said("output")) == 2


def test_session_settings_are_made_again(bench: Any) -> None:
    """ALTER SESSION at the head of a transaction is repeated on resume without being told so."""
    text = (
        "alter session set nls_date_format = 'YYYY-MM-DD';\n"
        "insert into t_ledger values ('a', 1);\ncommit;\n"
        "insert into t_numbers values (1);\n"
    )
    bench.sql("insert into t_numbers (n) values (1)")
    with pytest.raises(StepFailed):
        bench.run(text)
    bench.sql("delete from t_numbers")

    result = bench.run(text)

    assert [step.tries for step in result.steps] == [2, 1, 2]
    assert bench.ledger() == {"a": 1}


def test_ddl_is_a_step_of_its_own(bench: Any) -> None:
    """A DDL statement commits around itself, so it is checkpointed alone."""
    result = bench.run(
        "insert into t_ledger values ('before', 1);\n"
        "create table t_made (n number);\n"
        "insert into t_made values (1);\n"
    )

    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 3
    assert bench.sql("select count(*) from t_made") == [(1,)]


def test_a_failed_ddl_is_failed_and_can_be_resumed(bench: Any) -> None:
    """The database's own answer to a DDL statement leaves nothing in doubt."""
    bench.sql("create table t_made (n number)")
    with pytest.raises(StepFailed) as caught:
        bench.run("create table t_made (n number);")
    assert caught.value.code == "ORA-00955"
    assert bench.states() == {"step_1": "FAILED"}

    bench.sql("drop table t_made")

    assert bench.run("create table t_made (n number);").steps[0].tries == 2


def test_rollback_at_top_level_discards_and_goes_on(bench: Any) -> None:
    """What came before ROLLBACK is thrown away, what follows is committed with its step."""
    result = bench.run(
        "insert into t_ledger values ('discarded', 1);\nrollback;\n"
        "insert into t_ledger values ('kept', 1);\n"
    )

    assert bench.ledger() == {"kept": 1}
    assert result.rows == 1


def test_a_read_only_transaction_is_a_step(bench: Any) -> None:
    """SET TRANSACTION READ ONLY carries no mark and ends before the checkpoint is written."""
    result = bench.run(
        "-- @step report\nset transaction read only;\nselect count(*) from t_ledger;\ncommit;\n"
        "insert into t_ledger values ('after', 1);\n"
    )

    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 2
    assert bench.ledger() == {"after": 1}


def test_dml_in_a_read_only_transaction_fails(bench: Any) -> None:
    """The database's ORA-01456 fails the step and nothing else."""
    with pytest.raises(StepFailed) as caught:
        bench.run("set transaction read only;\ninsert into t_ledger values ('no', 1);\n")

    assert caught.value.code == "ORA-01456"
    assert bench.ledger() == {}


def test_dbms_output_comes_with_its_step(bench: Any) -> None:
    """Each step's lines are told with the step, also of the step that fails."""
    with pytest.raises(StepFailed, match="ORA-20001: too few"):
        bench.run(
            "begin dbms_output.put_line('one'); dbms_output.put_line('two'); end;\n/\ncommit;\n"
            "begin dbms_output.put_line('three'); "
            "raise_application_error(-20001, 'too few'); end;\n/\n"
        )

    assert [line.split()[-1] for line in bench.said("output")] == ["one", "two", "three"]


def test_a_lot_of_dbms_output_comes_whole(bench: Any) -> None:
    """More lines than one round trip carries arrive in order and complete."""
    bench.run(
        "begin for i in 1 .. 2000 loop dbms_output.put_line('line number ' || i); end loop; "
        "end;\n/\n"
    )

    lines = bench.said("output")
    assert len(lines) == 2000 and lines[-1].endswith("line number 2000")


def test_a_check_that_is_not_true_vetoes_the_commit(bench: Any) -> None:
    """The rows that the check refused are rolled back with the step."""
    text = (
        "-- @step load\ninsert into t_ledger values ('loaded', :n);\n"
        "-- @check enough\nselect case when sum(amount) > 5 then 1 else 0 end as enough "
        "from t_ledger;\n"
    )
    with pytest.raises(CheckFailed, match="@check enough is not true: ENOUGH = 0"):
        bench.run(text, parameters={"n": 1})
    assert bench.ledger() == {}

    bench.run(text, parameters={"n": 6})

    assert bench.ledger() == {"loaded": 1}


@pytest.mark.parametrize("rows", ["where 1 = 0", "connect by level <= 2"])
def test_a_check_wants_exactly_one_row(bench: Any, rows: str) -> None:
    """No row and two rows are both a failure."""
    with pytest.raises(CheckFailed, match="instead of one"):
        bench.run(f"-- @check one\nselect 1 from dual {rows};\n")


def test_a_check_after_the_commit_is_a_step_that_only_reads(bench: Any) -> None:
    """It runs after the commit, and running it again repeats nothing."""
    text = (
        "-- @step load\ninsert into t_ledger values ('loaded', 1);\n"
        "-- @check seen after=commit\nselect count(*) - 1 from t_ledger;\n"
    )
    with pytest.raises(CheckFailed):
        bench.run(text)
    assert bench.states() == {"load": "SUCCEEDED", "load.seen": "FAILED"}
    bench.sql("insert into t_ledger values ('another', 1)")

    bench.run(text)

    assert bench.ledger() == {"loaded": 1, "another": 1}


def test_dates_are_bound_with_their_time(bench: Any) -> None:
    """A datetime arrives as DATE; arithmetic with it is the database's."""
    bench.run(
        "insert into t_ledger values "
        "(to_char(:data_interval_start + 1, 'YYYY-MM-DD HH24:MI'), 1);\n",
        offered={"data_interval_start": datetime(2026, 2, 28, 6, 30)},
    )

    assert bench.ledger() == {"2026-03-01 06:30": 1}


def test_binds_are_checked_before_anything_runs(bench: Any) -> None:
    """A missing bind in the last step leaves no trace of the run."""
    with pytest.raises(BindError, match="no value for :amont"):
        bench.run(
            "insert into t_ledger values ('a', 1);\ncommit;\n"
            "insert into t_ledger values ('b', :amont);\n",
            parameters={"amount": 1},
        )

    assert bench.states() == {} and bench.ledger() == {}


def test_a_step_that_takes_too_long_is_cancelled(bench: Any) -> None:
    """The step's timeout ends its statement, rolls it back and leaves the run resumable."""
    with pytest.raises(StepTimeout):
        bench.run(
            "insert into t_ledger values ('slow', 1);\nbegin dbms_session.sleep(30); end;\n/\n",
            step_timeout=0.5,
        )

    assert bench.states() == {"step_1": "FAILED"} and bench.ledger() == {}


def test_another_script_under_the_same_key_is_refused(bench: Any) -> None:
    """A run key belongs to one script."""
    bench.run("insert into t_ledger values ('a', 1);")

    with pytest.raises(RunConflict, match="belongs to the script"):
        bench.run("insert into t_ledger values ('b', 1);", name="other.sql")


def test_a_named_step_goes_on_after_its_commit(bench: Any) -> None:
    """COMMIT inside a named step makes a second part that is resumed by itself."""
    bench.sql("insert into t_numbers (n) values (1)")
    text = (
        "-- @step load\ninsert into t_ledger values ('part 1', 1);\ncommit;\n"
        "insert into t_numbers values (1);\n"
    )

    with pytest.raises(StepFailed):
        bench.run(text)

    assert bench.states() == {"load": "SUCCEEDED", "load.2": "FAILED"}


@pytest.mark.parametrize(
    "edited",
    [
        THREE_STEPS.replace("('first', 1)", "('first', 9)"),
        THREE_STEPS + "-- @step fourth\ninsert into t_ledger values ('fourth', 1);\n",
    ],
)
def test_a_finished_run_is_not_another_scripts_success(bench: Any, edited: str) -> None:
    """A changed or a longer script under a finished key is refused, not called done."""
    bench.run(THREE_STEPS)

    with pytest.raises(DriftError, match="under another run key"):
        bench.run(edited)

    assert bench.ledger() == {"first": 1, "first too": 1, "second": 1}


def test_what_may_not_be_meant_is_said(bench: Any) -> None:
    """DML under @always and a check that comes too late are allowed and noticed."""
    bench.run(
        "-- @always\ninsert into t_ledger values ('always', 1);\n"
        "-- @step a\ninsert into t_ledger values ('a', 1);\ncommit;\n"
        "-- @check late\nselect 1 from dual;\n"
    )

    said = " ".join(bench.said("notice"))
    assert "DML under @always is repeated" in said
    assert "@check late stands in a step of its own" in said
