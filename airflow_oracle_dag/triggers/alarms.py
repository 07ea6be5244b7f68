"""When waiting for a job of the database has lasted too long. Decided without any I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_oracle_dag.triggers.poller import Sight


@dataclass(frozen=True)
class Limits:
    """How long it may last.

    :param submitted_at: when the job was made, naive UTC by the database's clock.
    :param start_timeout: seconds until it has to begin.
    :param deadlines: seconds that a step may take, by its number.
    :param ends_at: when the task has to end, aware, by Airflow's clock; None: never.
    :param expected: seconds that a step takes as a rule, by its name, "" for the run.
    :param again_at: when it is to be tried again to begin it, aware; None: it was begun.
    """

    submitted_at: datetime
    start_timeout: float
    deadlines: Mapping[int, float] = field(default_factory=dict)
    ends_at: datetime | None = None
    expected: Mapping[str, float] = field(default_factory=dict)
    again_at: datetime | None = None


@dataclass(frozen=True)
class Alarm:
    """Something that has lasted too long, or will have.

    :param seconds: until then; none are left at 0 and below.
    :param reason: ``execution``, ``start``, ``step``; ``overdue``: it may go on, and is to be
        told; ``again``: it could not be begun, and that is to be tried once more.
    """

    seconds: float
    reason: str
    message: str


def next_alarm(
    limits: Limits, sight: Sight | None, seen_at: datetime | None, now: datetime
) -> Alarm | None:
    """Return the alarm that comes first, None when none can come before more is seen.

    What counts by the database's clock counts up to the last look: a step whose time is up since
    may have ended since.

    :param sight: what was last seen of the job, None: nothing yet.
    :param seen_at: when that was, naive UTC by the database's clock; None: never.
    :param now: by Airflow's clock, aware.
    """
    alarms = list(_alarms(limits, sight, seen_at, now))
    return min(alarms, key=lambda alarm: alarm.seconds, default=None)


def _alarms(
    limits: Limits, sight: Sight | None, seen_at: datetime | None, now: datetime
) -> Iterator[Alarm]:
    if limits.ends_at is not None:
        left = (limits.ends_at - now).total_seconds()
        yield Alarm(left, "execution", "the task has taken as long as its execution_timeout allows")
    if limits.again_at is not None:
        left = (limits.again_at - now).total_seconds()
        yield Alarm(left, "again", "it is time to try again to begin it")
        return
    if sight is None or seen_at is None:
        return
    if sight.claimed_at is None:
        left = _left(limits.submitted_at, limits.start_timeout, seen_at)
        message = f"the job has not begun within {limits.start_timeout:g} s"
        yield Alarm(left, "start", message)
    allowed = limits.deadlines.get(sight.step_no or 0)
    if allowed is not None and sight.since is not None:
        message = f"step {sight.step_no} {sight.step} has taken longer than {allowed:g} s"
        yield Alarm(_left(sight.since, allowed, seen_at), "step", message)
    for name, since in (("", sight.claimed_at), (sight.step or "", sight.since)):
        usual = limits.expected.get(name)
        if usual is not None and since is not None:
            what = f"step {name}" if name else "the run"
            message = f"{what} takes longer than expected"
            yield Alarm(_left(since, usual, seen_at), "overdue", message)


def _left(since: datetime, seconds: float, now: datetime) -> float:
    return (since + timedelta(seconds=seconds) - now).total_seconds()
