"""Say what becomes of an attempt that finds its run finished.

Finished by this task's own run: a success is reported once, whatever happened to the worker that
reached it; once the scheduler has recorded it, a later attempt can only mean that somebody cleared
the task, and the script runs anew. Finished by another run, which a run key of the caller's own
makes possible: `on_done` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Optional, Tuple

from airflow_oracle_dag.core.rows import RunRow

ON_DONE = ("success", "skip", "restart", "fail")
#: Clocks of two workers are not further apart than that.
_SKEW = timedelta(minutes=5)


class Then(Enum):
    """What an attempt does with a run that is finished."""

    REPORT = "report its success and run nothing"
    ANEW = "begin a new generation"
    REFUSE = "say who finished it"


@dataclass(frozen=True)
class Asker:
    """Whose attempt it is, in the words of ODAG_RUN's columns.

    :param run_id: None: no task of a scheduler, each call is a run of its own.
    :param shares_key: its run key is one of the caller's own, so other runs may have it, too.
    :param began_at: naive UTC, by the scheduler's clock; None: never anew.
    :param max_tries: of its task, :param try_number: as well; None: not to be compared.
    """

    dag_id: Optional[str] = None
    task_id: Optional[str] = None
    map_key: Optional[str] = None
    run_id: Optional[str] = None
    shares_key: bool = False
    began_at: Optional[datetime] = None
    max_tries: Optional[int] = None
    try_number: Optional[int] = None

    @property
    def place(self) -> Tuple[Optional[str], ...]:
        """Return which task of which run it is."""
        return self.dag_id, self.task_id, self.map_key, self.run_id


def is_anothers(run: RunRow, asker: Asker) -> bool:
    """Tell whether another run than the asker's finished it."""
    if not asker.shares_key:
        return False
    there = (run.dag_id, run.task_id, run.map_key, run.run_id)
    return asker.run_id is None or asker.place != there


def decide_finished(run: RunRow, asker: Asker, on_done: str, *, made: bool) -> Then:
    """Say what the asker does with a finished run.

    :param made: one of its generations was made because the asker wished it so.
    """
    if not is_anothers(run, asker):
        return Then.ANEW if is_cleared(run, asker) else Then.REPORT
    if on_done == "fail":
        return Then.REFUSE
    return Then.ANEW if on_done == "restart" and not made else Then.REPORT


def is_cleared(run: RunRow, asker: Asker) -> bool:
    """Tell whether the scheduler knew of the success before it began this attempt.

    Clocks of two workers differ a little, so within that the task's own numbers count: a clear
    raises max_tries, a retry only the number of the try. A run that was deleted and made again has
    the old numbers: then the clock decides. An attempt that began well before the success was
    recorded never makes the run anew, whatever its numbers: it may have been frozen since.
    """
    if asker.began_at is None or run.acknowledged_at is None:
        return False
    later = asker.began_at - run.acknowledged_at
    if None in (asker.max_tries, asker.try_number, run.max_tries, run.try_number):
        return later > timedelta(0)
    if asker.max_tries != run.max_tries:
        return later > -_SKEW
    is_retry = (asker.try_number or 0) > (run.try_number or 0)
    return later > (_SKEW if is_retry else timedelta(0))


def finished_by(run: RunRow) -> str:
    """Say who finished a run, and when."""
    when = f" at {run.ended_at:%Y-%m-%d %H:%M:%S} UTC" if run.ended_at else ""
    whose = f"from the command line, {run.client}"
    if run.run_id:
        index = f" [{run.map_key}]" if run.map_key else ""
        whose = f"by DAG run {run.run_id} of {run.dag_id}.{run.task_id}{index}"
    return f"finished{when} {whose}, as generation {run.generation}"
