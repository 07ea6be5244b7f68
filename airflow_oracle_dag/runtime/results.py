"""What a runner is told, what it says while it works, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Callable, Mapping, Optional, Tuple

from airflow_oracle_dag.core.expected import Expectation, Overdue
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.watch import WATCHING, Watching

ON_DRIFT = ("fail", "accept", "rerun")
#: Where a step can run: in the client's session, in a job of the database, in a run of AWS Glue.
PLACES = ("worker", "database", "glue")


@dataclass(frozen=True)
class Restart:
    """A wish to begin a run anew.

    :param step: name or number of the step to begin at, those before it keep their results; None:
        the first.
    :param why: who asked for it where; kept in ODAG_AUDIT.
    """

    step: Optional[str] = None
    why: str = "it was asked for"


@dataclass(frozen=True)
class RunOptions:
    """How a runner behaves.

    :param schema: owner of the checkpoint tables, None for the user that connects.
    :param orphan: what to do while an earlier attempt lives: ``wait`` for it, ``cancel`` (end its
        session, where that is permitted), ``fail`` at once; ``auto`` ends what a dead client left,
        if it could only roll back, and waits for all else.
    :param orphan_timeout: seconds to wait at most, None for no limit.
    :param step_timeout: seconds for steps that say nothing themselves, None for no limit.
    :param began_at: when the scheduler began this attempt (aware). A run that is finished and was
        acknowledged before that moment begins a new generation; None: never.
    :param max_tries: of the task: a clear raises it, a retry does not. None: not to be compared.
    :param try_number: of the task, with it.
    :param on_done: what to do when another run finished the run key: ``success`` reports it,
        ``skip`` does and says so in `RunResult.finished_by`, ``restart`` begins a new generation,
        ``fail`` raises.
    :param on_drift: what to do when a step that is done was changed: ``fail`` raises, ``accept``
        keeps its result, ``rerun`` begins a new generation at the first such step.
    :param restart: a wish to begin anew that counts once for each `token`.
    :param token: of up to 64 characters: the same for all tries that a wish counts for.
    :param who: that wishes it, and accepts; kept in ODAG_AUDIT.
    :param until_step: name of the last step to run. The attempt ends after it and leaves the rest
        to another one; nothing is run when it is done already. None: run to the end.
    :param show_rows: how many rows of each query are told and of the last one kept, up to 100; 0:
        none.
    :param watching: when a call that does not answer is looked at from a second session; None:
        never, and nothing is said of what takes longer than expected.
    :param expected: how long the whole run takes as a rule; None: nobody knows.
    :param told: names of steps of the job that `waited_for` names which were told to take longer
        than expected, "" for the run.
    :param reported: number of the last of its steps that was told to be done; 0: none.
    :param run_on: where steps run that say nothing themselves, one of `PLACES`.
    :param wait_for_jobs: whether the runner itself waits for a job of the database; else it returns
        a result that says which one is waited for, and whoever comes back runs the script again.
    :param start_timeout: seconds that a job may be queued before it is removed.
    :param waited_for: attempt of the job that the caller has waited for, as `Waiting` named it:
        that it failed is then raised. None: the caller is a new try, which goes on after a job
        that failed unseen, as after any attempt that did.
    :param adopt: attempt that was handed over, which this runner is to be: it claims or takes over
        nothing, runs the steps that were handed to it, here, and leaves the rest. None: a runner
        of its own.
    :param adopt_as: id of the Glue run that it is, None: not known.
    """

    schema: Optional[str] = None
    orphan: str = "auto"
    orphan_timeout: Optional[float] = 86400.0
    step_timeout: Optional[float] = None
    began_at: Optional[datetime] = None
    max_tries: Optional[int] = None
    try_number: Optional[int] = None
    on_done: str = "success"
    on_drift: str = "fail"
    restart: Optional[Restart] = None
    token: Optional[str] = None
    who: str = ""
    until_step: Optional[str] = None
    show_rows: int = 20
    watching: Optional[Watching] = WATCHING
    expected: Optional[Expectation] = None
    told: Tuple[str, ...] = ()
    reported: int = 0
    run_on: str = "worker"
    wait_for_jobs: bool = True
    start_timeout: float = 600.0
    waited_for: Optional[int] = None
    adopt: Optional[int] = None
    adopt_as: Optional[str] = None


@dataclass(frozen=True)
class Waiting:
    """A run whose steps were handed to a job, which is not over yet.

    :param attempt: that the job holds.
    :param first_step: number of the first step that it runs; :param last_step: of the last one.
    :param submitted_at: when it was reserved, naive UTC by the database's clock.
    :param deadlines: seconds that a step may take, by its number; a step without a limit has none.
    :param expected: seconds that a step takes as a rule, by its name, "" for the run: when they are
        over, and it is not, the run is to be looked after, which tells it.
    :param told: of which of them that was told.
    :param reported: see `RunOptions`; so is `told`.
    :param place: ``database`` or ``glue``; of a Glue run also the name of its job, and its id and
        region once it was begun. A run that could not be begun for now has no id: whoever waits
        runs the script again after a while, which tries once more.
    """

    run_hash: str
    run_key: str
    generation: int
    attempt: int
    job_name: str
    first_step: int
    last_step: int
    submitted_at: datetime
    deadlines: Mapping[int, float] = field(default_factory=dict)
    expected: Mapping[str, float] = field(default_factory=dict)
    told: Tuple[str, ...] = ()
    reported: int = 0
    place: str = "database"
    external_job: Optional[str] = None
    external_id: Optional[str] = None
    external_region: Optional[str] = None


@dataclass(frozen=True)
class StepResult:
    """What became of a step.

    :param attempt: the attempt that ran it last.
    :param tries: how often it was started.
    :param output: lines of DBMS_OUTPUT of the last try, when this runner ran it.
    :param errors: that WHENEVER SQLERROR CONTINUE passed over in it, when this runner ran it.
    :param reason: why a takeover or a verb set its state, when one did.
    :param dpu_seconds: its part of what runs of AWS Glue cost, of all its tries there.
    """

    no: int
    name: str
    state: State
    attempt: int
    tries: int
    rows: Optional[int] = None
    started_at: Optional[datetime] = None
    ended_at: Optional[datetime] = None
    error: Optional[str] = None
    output: Tuple[str, ...] = ()
    errors: int = 0
    reason: Optional[str] = None
    dpu_seconds: Optional[float] = None

    @property
    def seconds(self) -> Optional[float]:
        """Return how long its last try took, by the database's clock."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class RunResult:
    """What became of a run.

    :param resumed_at: name of the step at which this attempt went on, None when it began.
    :param rows: rows that all steps changed.
    :param finished_before: the run was finished already; nothing was run.
    :param finished_by: another run that did that, in words; "": it was this one.
    :param query: of the last query that this attempt ran: `QueryRows.document`, and its ``step``
        and ``line``; None: it ran none.
    :param variables: what the script's own variables hold at the end, see
        `airflow_oracle_dag.core.variable_report`.
    :param waiting: the job that runs some of the steps now; None: the attempt is complete.
    """

    run_key: str
    generation: int
    attempt: int
    steps: Tuple[StepResult, ...]
    resumed_at: Optional[str]
    rows: int
    finished_before: bool = False
    finished_by: str = ""
    query: Optional[Mapping[str, Any]] = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    waiting: Optional[Waiting] = None

    @property
    def dpu_seconds(self) -> Optional[float]:
        """Return what runs of AWS Glue cost that ran steps of it, None when none is known."""
        known = [step.dpu_seconds for step in self.steps if step.dpu_seconds is not None]
        return round(sum(known), 3) if known else None


@dataclass(frozen=True)
class Event:
    """One line for the log, or word of a step for who draws a table.

    :param kind: ``decision``, ``step``, ``failure``, ``output``, ``notice``, ``wait``; ``progress``
        or ``overdue``, which may come from another thread than the runner's; or
        ``stands``, which has no text: this is how `step` stands as the attempt, or the step,
        begins.
    """

    kind: str
    text: str
    step: Optional[StepResult] = None


@dataclass(frozen=True)
class OverdueEvent(Event):
    """Word of something that takes longer than expected, and is not over."""

    overdue: Optional[Overdue] = None


Observer = Callable[[Event], None]
