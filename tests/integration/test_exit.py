"""EXIT ends a run with success; the steps behind it are SKIPPED."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_oracle_dag.core.errors import DriftError
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import StepFailed

EARLY_EXIT = """\
-- @step first
insert into t_ledger (entry, amount) values ('first', 1);
-- @step second
insert into t_numbers (n) values (1);
exit
-- @step third
insert into t_ledger (entry, amount) values ('third', 1);
"""


def test_exit_skips_the_rest(bench: Any) -> None:
    """The run succeeds; what stands behind EXIT is recorded as skipped and leaves nothing."""
    result = bench.run(EARLY_EXIT)

    assert [step.state for step in result.steps] == [
        State.SUCCEEDED,
        State.SUCCEEDED,
        State.SKIPPED,
    ]
    assert bench.states() == {"first": "SUCCEEDED", "second": "SUCCEEDED", "third": "SKIPPED"}
    assert bench.ledger() == {"first": 1}
    assert bench.run(EARLY_EXIT).finished_before


def test_a_resumed_run_still_ends_at_exit(bench: Any) -> None:
    """After a failure the run resumes and skips the same steps."""
    bench.sql("insert into t_numbers (n) values (1)")
    with pytest.raises(StepFailed):
        bench.run(EARLY_EXIT)
    assert bench.states() == {"first": "SUCCEEDED", "second": "FAILED", "third": "SKIPPED"}
    bench.sql("delete from t_numbers")

    result = bench.run(EARLY_EXIT)

    assert result.resumed_at == "second"
    assert bench.states() == {"first": "SUCCEEDED", "second": "SUCCEEDED", "third": "SKIPPED"}
    assert bench.ledger() == {"first": 1}


def test_the_repair_may_take_the_exit_out(bench: Any) -> None:
    """The resumed run follows the script as it is now; a finished one does not begin again."""
    bench.sql("insert into t_numbers (n) values (1)")
    with pytest.raises(StepFailed):
        bench.run(EARLY_EXIT)
    bench.sql("delete from t_numbers")

    bench.run(EARLY_EXIT.replace("exit\n", ""))

    assert bench.states() == {"first": "SUCCEEDED", "second": "SUCCEEDED", "third": "SUCCEEDED"}
    assert bench.ledger() == {"first": 1, "third": 1}
    with pytest.raises(DriftError, match="behind an EXIT now"):
        bench.run(EARLY_EXIT)


def test_exit_rollback_discards_the_open_step(bench: Any) -> None:
    """The step that is open at EXIT ROLLBACK succeeds and leaves nothing; the one before stays."""
    text = EARLY_EXIT.replace("exit\n", "exit rollback\n")

    result = bench.run(text)

    assert [step.rows for step in result.steps] == [1, 0, None]
    assert bench.ledger() == {"first": 1}
    assert bench.sql("select count(*) from t_numbers") == [(0,)]
