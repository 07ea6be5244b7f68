"""Turn the database's answer into an error that says what, where and what to do."""

from __future__ import annotations

from typing import Tuple

from airflow_oracle_dag.core.places import block_places
from airflow_oracle_dag.runtime import codes
from airflow_oracle_dag.runtime.compilation import NotCompiled
from airflow_oracle_dag.runtime.errors import (
    CheckFailed,
    CodeNotCompiled,
    DatabaseError,
    StepFailed,
    StepTimeout,
)
from airflow_oracle_dag.runtime.progress import Failing
from airflow_oracle_dag.runtime.steps import CheckNotTrue, NotAsExpected

_STRICT = (
    "atomic=strict forbids COMMIT and ROLLBACK in all that the step calls, also in autonomous "
    "transactions, such as a logger's: call code that has neither, or delete atomic=strict and "
    "give the step a -- @probe, or say that it is repeatable;"
)


#: What to do about errors whose own text leaves one alone.
_CURES = {
    "ORA-00955": "what has that name may be the same thing, or stored code that an earlier attempt "
    "made and that does not compile: drop it, or write CREATE OR REPLACE. Remove the cause",
    "ORA-02091": "the rows that break the deferred constraint named above were written by this "
    "step: mend them. SET CONSTRAINTS ALL IMMEDIATE; as the step's last statement says it there, "
    "before COMMIT. Remove the cause",
    "ORA-08177": "another session changed rows that this serializable transaction was to change: "
    "run it when the other one does not, or "
    "without SERIALIZABLE. Remove the cause",
    "ORA-04068": "a package that the session had used was compiled anew, and lost what its "
    "variables held: leave packages alone while scripts run, or set what they need in an @always "
    "step. Remove the cause",
    "ORA-01555": "cut the step into smaller ones, so that no query in it runs for so long, or let "
    "the DBA raise UNDO_RETENTION (with room in the undo tablespace; for a LOB, its RETENTION); a "
    "loop that commits while it fetches brings it about, too. Remove the cause",
}


def _uncompiled(error: NotCompiled) -> Tuple[str, str]:
    """Say what a CREATE left that made code which does not compile, and how to mend it."""
    left = f"{error.unit or 'It'} is there and stays there, invalid"
    if error.replaces:
        return left, "correct the code"
    return left, (
        "correct the code, and write CREATE OR REPLACE or drop what is there: it is in the way of "
        "a CREATE (ORA-00955)"
    )


def explained(error: DatabaseError, failing: Failing) -> StepFailed:
    """Return the error of the step that was running."""
    step, unit = failing.step, failing.unit
    line = unit.piece.first_line if unit is not None else step.first_line
    file = unit.piece.file if unit is not None else step.file
    kind = StepFailed
    if isinstance(error, CheckNotTrue):
        kind = CheckFailed
        if unit is not None:
            said = unit.expected if isinstance(error, NotAsExpected) else unit.check
            line, file = (said.line, said.file) if said is not None else (line, file)
    elif isinstance(error, NotCompiled):
        kind = CodeNotCompiled
    elif error.code == "DPY-4024":
        kind = StepTimeout
    where = file or failing.script.name
    meaning = codes.meaning_of(error.code).text
    cause = _CURES.get(error.code, "remove the cause")
    if error.code == "ORA-00034" and step.strict:
        cause = _STRICT
    left, cure = "The step was rolled back", f"{cause} or edit the step"
    if isinstance(error, NotCompiled):
        meaning, left, cure = "", *_uncompiled(error)
    elif unit is not None:
        found = block_places(failing.script, unit.piece, error.message)
        meaning = "\n".join([f" ({meaning})" if meaning else "", *found])
    message = (
        f"{where}:{line}: step {step.name} (run {failing.run_key}, attempt "
        f"{failing.attempt}) failed: {error.message}{meaning}"
        f"\n  {left}; the steps before it are kept. To mend it: "
        f"{cure}, and run it again: it resumes at step {step.name}."
    )
    reason = codes.cause_of(error.code, error.message)
    return kind(message, run_key=failing.run_key, step=step.name, line=line, code=reason)
