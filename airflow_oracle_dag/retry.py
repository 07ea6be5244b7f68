"""Whether a retry can help, decided by the error and its ORA- or DPY- code."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow_oracle_dag.compat import RetryDecision, RetryPolicy
from airflow_oracle_dag.control.table import StoreUnavailable, UnknownJob, UnknownNames
from airflow_oracle_dag.core.errors import (
    CatalogError,
    ConditionError,
    DriftError,
    FieldError,
    ScriptError,
    Undecidable,
)
from airflow_oracle_dag.runtime.codes import Action, code_of, meaning_of
from airflow_oracle_dag.runtime.errors import CheckFailed, RunConflict, UnfitConnection

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

#: Errors that stay the same however often the task is tried.
_UNMENDABLE = (
    ScriptError,
    DriftError,
    RunConflict,
    UnfitConnection,
    FieldError,
    ConditionError,
    Undecidable,
    CatalogError,
    UnknownJob,
    UnknownNames,
)
_STORE_PAUSE = timedelta(seconds=60)


class OracleRetryPolicy(RetryPolicy):
    """Retry what may pass, fail at once what cannot, leave the rest to the task.

    The table is `airflow_oracle_dag.runtime.codes`. ``retries`` stays the upper limit. What the
    table does not know is the task's own affair, among it a failed ``@check`` (late data may still
    come) and ORA-20000 to ORA-20999 (only the script's author knows what they mean).
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 - named by Airflow
        max_tries: int,  # noqa: ARG002 - named by Airflow
        context: Context | None = None,  # noqa: ARG002 - named by Airflow
    ) -> RetryDecision:
        """Decide about one failed attempt.

        :param exception: what ended it.
        """
        if isinstance(exception, _UNMENDABLE):
            return RetryDecision.fail(f"{type(exception).__name__}: a retry would end the same way")
        if isinstance(exception, StoreUnavailable):
            return RetryDecision.retry(_STORE_PAUSE, "the control table cannot be asked for now")
        if isinstance(exception, CheckFailed):
            return RetryDecision.default()
        code = code_of(exception)
        meaning = meaning_of(code)
        reason = f"{code}: {meaning.text}"
        if meaning.action is Action.FAIL:
            return RetryDecision.fail(reason)
        if meaning.action is Action.RETRY:
            delay = None if meaning.delay is None else timedelta(seconds=meaning.delay)
            return RetryDecision.retry(delay, reason)
        return RetryDecision.default()
