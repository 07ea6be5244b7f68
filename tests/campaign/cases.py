"""A case of the kill matrix: a kind of steps, and what strikes which call of which attempt.

A case is written as one line, and that line repeats it::

    commits 1:cut-after@block#2 2:kill@release_canary#1
    commits/job 1:kill@create_handed_job#1 2:stop@job-block#2

reads: in attempt 1 the connection is cut after the second block was applied; attempt 2 is killed at
the first release of the canary. ``p`` in place of a number is the person who answers a doubt. A
kind with a place has its steps in a job: the client is killed as it creates that, and while client
2 looks after the job, STOP_JOB ends it before its second block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.campaign.kinds import EVERY, Kind


@dataclass(frozen=True)
class Ending:
    """One way in which an attempt is disturbed.

    :param process: the attempt is a process of its own, to be killed.
    :param inside: strikes while a statement of the step is half done.
    :param hurried: somebody does not wait for an attempt that lives.
    :param seconds: limit of each step.
    :param of_job: strikes only what runs in a job.
    """

    name: str
    meaning: str
    process: bool = False
    inside: bool = False
    hurried: bool = False
    seconds: float | None = None
    of_job: bool = False

    @property
    def needs_thread(self) -> bool:
        """Tell whether its attempt must be in this process, where it can be spoken to."""
        return self.name.startswith(("cancel", "timeout")) or self.inside

    @property
    def family(self) -> str:
        """Return the word that it has in common with its likes."""
        return next(family for family in FAMILIES if self.name.startswith(FAMILIES[family]))


FAMILIES = {
    "kill -9": ("kill",),
    "cut": ("cut",),
    "error": ("error",),
    "timeout": ("timeout",),
    "on_kill": ("cancel",),
    "DBA kill": ("dba",),
    "second": ("second", "impatient", "displace", "unlock"),
    "STOP_JOB": ("stop", "sql-cancel"),
}
IN_JOB = "job-"  # how labels begin of what a job comes to
INSTANT = "instant"  # the label of a blow that strikes by the clock; its number is milliseconds

ENDINGS = {
    ending.name: ending
    for ending in (
        Ending("kill", "SIGKILL of the client, the call is carried out", process=True),
        Ending("kill-lost", "SIGKILL of the client, the call never arrives", process=True),
        Ending("kill-inside", "SIGKILL in the middle of a statement", process=True, inside=True),
        Ending("kill-instant", "SIGKILL so many milliseconds after the first call", process=True),
        Ending("cut-before", "the connection breaks, the call never arrives"),
        Ending("cut-during", "the connection breaks, the call is carried out meanwhile"),
        Ending("cut-after", "the call is carried out, its answer is lost"),
        Ending("cut-inside", "the connection breaks in the middle of a statement", inside=True),
        Ending("error", "a clean ORA- error in place of the call"),
        Ending("error-inside", "the code of the step raises in its middle", inside=True),
        Ending("timeout", "carried out, but answered after the limit", seconds=0.25),
        Ending("timeout-inside", "the limit is met in its middle", inside=True, seconds=0.25),
        Ending("cancel", "on_kill after the call was carried out, before its answer"),
        Ending("cancel-early", "on_kill just before the call"),
        Ending("cancel-inside", "on_kill in the middle of a statement", inside=True),
        Ending("dba-kill", "the session is killed before the call"),
        Ending("dba-kill-inside", "the session is killed in the middle", inside=True),
        Ending("second", "another runner arrives and waits"),
        Ending("impatient", "another runner arrives and waits 0.1 s only", hurried=True),
        Ending("impatient-inside", "the same in the middle", inside=True, hurried=True),
        Ending("displace", "another runner arrives with orphan=cancel", hurried=True),
        Ending("displace-inside", "the same in the middle", inside=True, hurried=True),
        Ending("unlock", "declared dead, another runner goes on, then it wakes", hurried=True),
        Ending("unlock-inside", "the same in the middle", inside=True, hurried=True),
        Ending("stop", "STOP_JOB", of_job=True),
        Ending("stop-inside", "STOP_JOB in the middle", inside=True, of_job=True),
        Ending("sql-cancel", "CANCEL SQL of the job's session", of_job=True),
        Ending("sql-cancel-inside", "the same in the middle", inside=True, of_job=True),
    )
}


@dataclass(frozen=True)
class Blow:
    """What strikes an attempt.

    :param attempt: 1, 2, …; 0: the person's verb.
    :param label: of the call, see `tests.campaign.ground.Ground.label`.
    :param nth: the how manieth call of that label in the attempt, from 1.
    """

    attempt: int
    ending: str
    label: str
    nth: int

    def __str__(self) -> str:
        """Write it as in a case."""
        return f"{self.attempt or 'p'}:{self.ending}@{self.label}#{self.nth}"


@dataclass(frozen=True)
class Case:
    """A kind and the blows that its run meets."""

    kind: Kind
    blows: tuple[Blow, ...]

    def __str__(self) -> str:
        """Write the line that repeats it."""
        return " ".join((self.kind.name, *map(str, self.blows)))

    @property
    def family(self) -> str:
        """Return the column of the table in which the case is counted."""
        return ENDINGS[self.blows[-1].ending].family if self.blows else "none"

    @property
    def hurried(self) -> bool:
        """Tell whether anybody does not wait for an attempt that lives."""
        return any(ENDINGS[blow.ending].hurried for blow in self.blows)


_BLOW = re.compile(r"(\d+|p):([a-z-]+)@([\w.-]+)#(\d+)")


def parse_case(line: str) -> Case:
    """Read a case from its line.

    :raises ValueError: when it is none.
    """
    kind, *words = line.split()
    blows = []
    for word in words:
        found = _BLOW.fullmatch(word)
        if found is None or found[2] not in ENDINGS:
            raise ValueError(f"{word} is no blow: write attempt:ending@label#nth")
        number = 0 if found[1] == "p" else int(found[1])
        blows.append(Blow(number, found[2], found[3], int(found[4])))
    if kind not in EVERY:
        raise ValueError(f"there is no kind {kind}; there are {', '.join(EVERY)}")
    return Case(EVERY[kind], tuple(blows))
