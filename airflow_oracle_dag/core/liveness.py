"""Say whether the session of an earlier attempt lives, from what the database could be asked.

Three witnesses, the strongest first. The session's own lock (DBMS_LOCK) goes with it, whatever the
instance. GV$SESSION lists the sessions of all instances. IS_SESSION_ALIVE needs no grant, and its
"no" is believed of the asking session's own instance alone. A "yes" may be about a stranger who
got the same number after a restart of the instance: it costs time, never work. Of a job of the
database that ran on another instance the Scheduler says whether it runs.

Unverified: USER_SCHEDULER_RUNNING_JOBS shows the jobs of its user that run on any instance
(Database Reference, ALL_SCHEDULER_RUNNING_JOBS).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Optional


class Liveness(str, Enum):
    """What is known of the session of the attempt that held the run."""

    ENDED = "ended"  # it recorded its end, or it is the caller's own and is over
    DEAD = "dead"  # by its own lock, by GV$SESSION, or asked of the same instance
    ALIVE = "alive"
    KILLED = "killed"  # it was told to end, and the database still shows it
    OVERDUE = "overdue"  # alive, and policy says not to wait any longer
    DECLARED_DEAD = "declared dead"  # alive by what the database says, dead by a person's word
    UNKNOWN = "unknown"  # another instance, or nobody could be asked


@dataclass(frozen=True)
class Signs:
    """What the database said of a session.

    :param alive: by IS_SESSION_ALIVE.
    :param same_instance: it ran where the question was asked.
    :param lock_held: whether somebody has its lock; None: it had none, or that could not be asked.
    :param listed: whether GV$SESSION has it; None: not asked, or not granted.
    :param job_runs: whether the Scheduler says that its job runs; None: it is no job of this user.
    """

    alive: bool
    same_instance: bool
    lock_held: Optional[bool] = None
    listed: Optional[bool] = None
    job_runs: Optional[bool] = None


def liveness_of(signs: Signs) -> Liveness:
    """Weigh the witnesses."""
    for witness in (signs.lock_held, signs.listed):
        if witness is not None:
            return Liveness.ALIVE if witness else Liveness.DEAD
    if signs.alive:
        return Liveness.ALIVE
    if signs.same_instance:
        return Liveness.DEAD
    if signs.job_runs is None:
        return Liveness.UNKNOWN
    return Liveness.ALIVE if signs.job_runs else Liveness.DEAD
