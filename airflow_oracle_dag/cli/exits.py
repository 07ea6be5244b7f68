"""Which error ends the command line with which exit code."""

from __future__ import annotations

from airflow_oracle_dag.control.csv_file import JobFileError
from airflow_oracle_dag.control.table import ControlTableError
from airflow_oracle_dag.core.errors import (
    CatalogError,
    ConditionError,
    DriftError,
    FieldError,
    OracleDagError,
    ScriptError,
    StateError,
)
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    InDoubt,
    NotGranted,
    NotInitialised,
    RunConflict,
    RunHeld,
    RunStopped,
    TakenOver,
    UnknownRun,
)

SUCCEEDED, FAILED, USAGE, IN_DOUBT, HELD, STOPPED = 0, 1, 2, 3, 4, 130


class UsageError(OracleDagError):
    """Report a command line that cannot be understood or lacks something."""


#: What is said as one message, without a traceback.
EXPECTED = (OracleDagError, OSError, ValueError)

_CODES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], int], ...] = (
    (InDoubt, IN_DOUBT),
    ((RunHeld, TakenOver), HELD),
    (RunStopped, STOPPED),
    (
        (
            ScriptError,
            DriftError,
            StateError,
            RunConflict,
            UnknownRun,
            NotInitialised,
            NotGranted,
            ConnectFailed,
            UsageError,
            ControlTableError,
            FieldError,
            ConditionError,
            CatalogError,
            JobFileError,
            OSError,
            ValueError,
        ),
        USAGE,
    ),
)


def exit_code(error: BaseException) -> int:
    """Return the exit code of an error; what is not listed is a failed step."""
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), FAILED)
