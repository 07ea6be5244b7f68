"""What the checkpoint tables hold, as values.

Field names are column names (``sql/schema.sql`` comments each); times are naive UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional, Sequence

from airflow_oracle_dag.core.plan import StepClass
from airflow_oracle_dag.core.states import State


@dataclass(frozen=True)
class Canary:
    """The row that says who holds a run and which step's transaction was committed last."""

    owner: int
    mark: Optional[int]


@dataclass(frozen=True)
class RunRow:
    """One generation of a run, see ODAG_RUN."""

    run_hash: str
    generation: int
    namespace: str
    run_key: str
    dag_id: Optional[str]
    task_id: Optional[str]
    map_key: Optional[str]
    run_id: Optional[str]
    script_name: str
    script_hash: str
    db_name: str
    con_name: str
    state: State
    started_at: datetime
    ended_at: Optional[datetime]
    acknowledged_at: Optional[datetime]
    attempt: int
    attempt_started_at: datetime
    attempt_ended_at: Optional[datetime]
    resumed_step: Optional[int]
    session_id: Optional[str]
    sid: Optional[int]
    serial: Optional[int]
    instance: Optional[int]
    client: Optional[str]
    restart_token: Optional[str] = None
    session_lock: Optional[int] = None
    splitter: Optional[int] = None
    max_tries: Optional[int] = None
    try_number: Optional[int] = None


def is_purged(run: RunRow, steps: Sequence[StepRow]) -> bool:
    """Tell whether only a tombstone is kept of a run; a script always has steps."""
    return run.state is State.SUCCEEDED and not steps


@dataclass(frozen=True)
class StepRow:
    """One step's checkpoint, see ODAG_STEP."""

    step_no: int
    name: str
    step_class: StepClass
    state: State
    attempt: int
    tries: int
    text_hash: str
    values_hash: str
    first_line: int
    last_line: int
    started_at: Optional[datetime] = None
    ended_at: Optional[datetime] = None
    row_count: Optional[int] = None
    error_code: Optional[str] = None
    error_text: Optional[str] = None
    reason: Optional[str] = None
    evidence: Optional[str] = None
    commits_inside: Optional[int] = None
    variables: Optional[str] = None
    value_hashes: Optional[str] = None
    dpu_seconds: Optional[float] = None

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is left to do for it."""
        return self.state in (State.SUCCEEDED, State.SKIPPED)


@dataclass(frozen=True)
class AttemptRow:
    """How one try of a step ended, see ODAG_STEP_ATTEMPT."""

    step_no: int
    attempt: int
    name: str
    step_class: StepClass
    state: State
    started_at: Optional[datetime]
    ended_at: datetime
    row_count: Optional[int]
    error_code: Optional[str]
    error_text: Optional[str]
    reason: Optional[str]
    client: Optional[str]
    commits_inside: Optional[int] = None
    output: Optional[str] = None


@dataclass(frozen=True)
class AuditRow:
    """What a person did to a run by hand, see ODAG_AUDIT."""

    happened_at: datetime
    generation: int
    step_no: Optional[int]
    verb: str
    who: str
    why: str
    detail: Optional[str]
