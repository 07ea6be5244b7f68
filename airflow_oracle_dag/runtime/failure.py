"""Turn the database's answer into an error that says what, where and what to do."""

from __future__ import annotations

from airflow_oracle_dag.runtime import codes
from airflow_oracle_dag.runtime.errors import (
    CheckFailed,
    DatabaseError,
    StepFailed,
    StepTimeout,
)
from airflow_oracle_dag.runtime.progress import Progress
from airflow_oracle_dag.runtime.steps import CheckNotTrue

_STRICT = (
    "atomic=strict forbids COMMIT and ROLLBACK in all that the step calls, also in autonomous "
    "transactions, such as a logger's: call code that has neither, or delete atomic=strict and "
    "give the step a -- @probe, or say that it is repeatable;"
)


def explained(error: DatabaseError, progress: Progress) -> StepFailed:
    """Return the error of the step that was running."""
    step, hold = progress.step, progress.hold
    if step is None:
        raise error
    unit = progress.unit
    line = unit.piece.first_line if unit is not None else step.first_line
    file = unit.piece.file if unit is not None else step.file
    kind = StepFailed
    if isinstance(error, CheckNotTrue):
        kind = CheckFailed
        if unit is not None and unit.check is not None:
            line, file = unit.check.line, unit.check.file
    elif error.code == "DPY-4024":
        kind = StepTimeout
    where = file or progress.plan.script.name
    meaning = codes.meaning_of(error.code).text
    cause = _STRICT if error.code == "ORA-00034" and step.strict else "remove the cause"
    message = (
        f"{where}:{line}: step {step.name} (run {hold.run_key}, attempt "
        f"{hold.attempt}) failed: {error.message}"
        + (f" ({meaning})" if meaning else "")
        + "\n  The step was rolled back; the steps before it are kept. To mend it: "
        f"{cause} or edit the step, and run it again: it resumes at step {step.name}."
    )
    return kind(message, run_key=hold.run_key, step=step.name, line=line, code=error.code)
