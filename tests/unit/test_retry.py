"""Which errors a retry can help."""

from __future__ import annotations

from datetime import timedelta

import oracledb
import pytest
from airflow.sdk.definitions.retry_policy import RetryAction

from airflow_oracle_dag.control.table import StoreUnavailable, UnknownJob, UnknownNames
from airflow_oracle_dag.core.errors import (
    BindError,
    CatalogError,
    ConditionError,
    DriftError,
    FieldError,
    Undecidable,
)
from airflow_oracle_dag.retry import OracleRetryPolicy
from airflow_oracle_dag.runtime.errors import (
    CheckFailed,
    ConnectFailed,
    ConnectionLost,
    RunConflict,
    RunStopped,
    StepFailed,
    StepTimeout,
    UnfitConnection,
)


def step_failed(code, kind=StepFailed):
    """Make the error of a failed step."""
    return kind(f"step load: {code}", run_key="key", step="load", line=7, code=code)


def decide(error):
    """Ask the policy."""
    return OracleRetryPolicy().evaluate(error, try_number=1, max_tries=3)


@pytest.mark.parametrize(
    "error",
    [
        step_failed("ORA-00054"),
        step_failed("ORA-00060"),
        ConnectionLost("gone", "DPY-4011"),
        ConnectFailed("no listener", "DPY-6005"),
        oracledb.DatabaseError("ORA-03113: end-of-file on communication channel"),
        StoreUnavailable("the control table is away"),
    ],
)
def test_what_may_pass_is_retried_after_a_delay_of_its_own(error):
    """Locks and lost connections are retried with the table's delay."""
    decision = decide(error)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay > timedelta(0)
    assert decision.reason


@pytest.mark.parametrize(
    "error",
    [
        step_failed("ORA-00942"),
        step_failed("ORA-00904"),
        ConnectFailed("wrong password", "ORA-01017"),
        BindError("no value for :day"),
        DriftError("changed", step="load"),
        RunConflict("another script"),
        UnfitConnection("a pooled server"),
        FieldError("not a date", job="A", field="StartDate", value="x"),
        ConditionError("no such day", text="FRYDAY", position=0),
        Undecidable("the row is wrong", job="A"),
        CatalogError("a ring", jobs=["A", "B"]),
        UnknownJob("no such job"),
        UnknownNames("no such column"),
    ],
)
def test_what_cannot_pass_fails_at_once(error):
    """A missing table, a wrong password or a bad script is not tried again."""
    decision = decide(error)
    assert decision.action is RetryAction.FAIL
    assert decision.reason


@pytest.mark.parametrize(
    "error",
    [
        step_failed("ORA-00028"),
        step_failed("ORA-01013"),
        step_failed("ORA-20000"),
        step_failed("ORA-20999"),
        step_failed("ORA-00001"),
        step_failed("DPY-4024", StepTimeout),
        step_failed("", CheckFailed),
        RunStopped("asked"),
        RuntimeError("something else"),
    ],
)
def test_everything_else_is_left_to_the_task(error):
    """Deliberate acts, the author's own errors, checks and unknown codes follow the task."""
    assert decide(error).action is RetryAction.DEFAULT


def test_a_failed_check_is_left_to_the_task_whatever_its_text_says():
    """An ORA- code in the text of a failed check does not decide."""
    error = CheckFailed("like ORA-00942", run_key="key", step="load", line=1)
    assert decide(error).action is RetryAction.DEFAULT
