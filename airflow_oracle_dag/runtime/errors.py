"""What a database can answer, and what follows for a run.

::

    OracleDagError                 (airflow_oracle_dag.core.errors)
    ├── DatabaseError              the driver's error, with its code
    │   └── ConnectionLost         the session is gone; what it did last is not known yet
    ├── ConnectFailed              wrong address, service, user or password
    │   └── UnfitConnection        it would lead to a session that is not a run's own
    ├── NotInitialised             the checkpoint tables are not there
    ├── NotGranted                 a privilege is missing that the script needs; nothing was begun
    ├── RunConflict                another script or another database under the same run key
    │   └── AlreadyFinished        another run finished it, and that is not to happen
    ├── UnknownRun                 no run of that key
    ├── RunHeld                    another attempt holds the run and policy says not to wait longer
    ├── TakenOver                  another attempt took the run over; this one changed nothing more
    ├── RunStopped                 somebody asked the runner to stop
    ├── RunSkipped                 somebody asked the run to end between two steps
    ├── JobLost                    a job ended and told nobody how
    │   └── JobNotStarted          it was queued for too long, and removed
    ├── CarrierRefused             AWS does not let steps be handed over, and will not by itself
    ├── CarrierBusy                AWS does not for now; it is tried again
    ├── NotAdopted                 an attempt that was handed over is another process's, or nobody's
    ├── InDoubt                    something of a step may be committed; a person must say
    └── StepFailed                 a step's statement failed; the step was rolled back
        ├── CheckFailed            a @check was not true
        ├── CodeNotCompiled        stored code was made and does not compile; it stays as it is
        └── StepTimeout            a step took longer than it may
"""

from __future__ import annotations

from typing import Optional

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.rows import RunRow, StepRow


class DatabaseError(OracleDagError):
    """Carry what the driver reported.

    :param code: such as ``ORA-00942`` or ``DPY-4011``, "" when the driver gave none.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class ConnectionLost(DatabaseError):
    """Report that the session is gone; what it did last is not known yet."""


class ConnectFailed(OracleDagError):
    """Report that no session could be had."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class UnfitConnection(ConnectFailed):
    """Report a connection that leads to a session which a run cannot have for itself."""


class NotInitialised(OracleDagError):
    """Report that the checkpoint tables are not there."""


class NotGranted(OracleDagError):
    """Report a privilege that the script needs and the user lacks; nothing was begun."""


class RunConflict(OracleDagError):
    """Report another script or another database under the same run key."""


class AlreadyFinished(RunConflict):
    """Report that another run finished this run key, where on_done says that none should have."""


class UnknownRun(OracleDagError):
    """Report that there is no run of that key, or no step of that name."""


class RunHeld(OracleDagError):
    """Report that another attempt holds the run and policy says not to wait longer."""

    def __init__(self, message: str, *, run_key: str) -> None:
        super().__init__(message)
        self.run_key = run_key


class TakenOver(OracleDagError):
    """Report that another attempt took the run over; this one changed nothing more."""

    def __init__(self, message: str, *, run_key: str) -> None:
        super().__init__(message)
        self.run_key = run_key


class RunStopped(OracleDagError):
    """Report that somebody asked the runner to stop; the running step was rolled back."""


class RunSkipped(OracleDagError):
    """Report that a run ended between two steps, as somebody asked; it can be resumed there.

    :param step: name of the first step that was not run.
    :param reason: as it was given.
    """

    def __init__(self, message: str, *, run_key: str, step: str, reason: str) -> None:
        super().__init__(message)
        self.run_key = run_key
        self.step = step
        self.reason = reason


class JobLost(OracleDagError):
    """Report a job that ended and told nobody how; the run can be resumed.

    :param job_name: as USER_SCHEDULER_JOB_RUN_DETAILS and ODAG_HANDOVER have it.
    """

    def __init__(self, message: str, *, run_key: str, job_name: str) -> None:
        super().__init__(message)
        self.run_key = run_key
        self.job_name = job_name


class JobNotStarted(JobLost):
    """Report a job that was queued for too long, and removed; nothing of it was run."""


class CarrierRefused(OracleDagError):
    """Report what carries steps elsewhere and does not, until somebody mends what is said."""


class CarrierBusy(OracleDagError):
    """Report what carries steps elsewhere and does not for now: it is tried again later."""


class NotAdopted(OracleDagError):
    """Report an attempt that was handed over, and that this process cannot be.

    Another process is it already, or it was taken over before it began: there is nothing to do.
    """

    def __init__(self, message: str, *, run_key: str) -> None:
        super().__init__(message)
        self.run_key = run_key


class InDoubt(OracleDagError):
    """Report a step of which something may be committed; retries cannot answer it.

    :param run: the run that it belongs to, with the attempt that left it so.
    :param row: how the step stands, with what made it doubtful.
    """

    def __init__(
        self,
        message: str,
        *,
        run_key: str,
        step: str,
        run: Optional[RunRow] = None,
        row: Optional[StepRow] = None,
    ) -> None:
        super().__init__(message)
        self.run_key = run_key
        self.step = step
        self.run = run
        self.row = row


class StepFailed(OracleDagError):
    """Report that a step's statement failed and the step was rolled back.

    :param line: 1-based line of the statement in the script.
    :param code: such as ``ORA-01403``, "" when the database gave none.
    """

    def __init__(
        self, message: str, *, run_key: str, step: str, line: int, code: Optional[str] = ""
    ) -> None:
        super().__init__(message)
        self.run_key = run_key
        self.step = step
        self.line = line
        self.code = code or ""


class CheckFailed(StepFailed):
    """Report that a @check was not true; the step that it guards was rolled back."""


class CodeNotCompiled(StepFailed):
    """Report stored code that was made, and stays there, although it does not compile."""


class StepTimeout(StepFailed):
    """Report that a step took longer than it may."""
