"""Play one case to its end and judge it by what the ledger says, not by what the package says.

The judge knows nothing of marks, owners or classes. Whenever every session of an attempt is gone it
counts what is committed of each step and holds that against the step's recorded state: done means
exactly once, to be run means not at all, and a doubt is allowed only where the kind says so. A
statement that arrives although its work is committed is a silent repetition. At the end a person
who can read the ledger answers the doubts, and everything must be there exactly once.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    DatabaseError,
    InDoubt,
    JobLost,
    RunHeld,
    RunStopped,
    StepFailed,
    TakenOver,
    UnknownRun,
)
from airflow_oracle_dag.sandbox.faults import Action
from tests.campaign.attempt import FENCED, Actor, Attempt
from tests.campaign.cases import IN_JOB, Blow, Case
from tests.campaign.ground import Ground
from tests.campaign.kinds import Doubt, Part

_MOST_ATTEMPTS = 6
_KEYS = itertools.count(time.time_ns())


@dataclass
class Outcome:
    """What became of a case.

    :param how: ``once``, ``probe``, ``again``, ``doubt``, or ``WRONG``.
    :param granted: see `Ground`.
    :param struck: the blows that met a call.
    :param calls: of each attempt, in order, with its number (None: a calm one).
    """

    case: Case
    how: str
    struck: tuple[Blow, ...]
    calls: list[tuple[int | None, list[str]]]
    wrong: list[str] = field(default_factory=list)
    granted: bool = False

    @property
    def line(self) -> str:
        """Return the command line that plays the case again."""
        option = " --granted" if self.granted else ""
        return f"python -m tests.campaign.matrix{option} --case '{self.case}'"


class Round:
    """One case on a ground that is this round's alone."""

    def __init__(self, ground: Ground, case: Case) -> None:
        self.ground = ground
        self.case = case
        self.key = f"case-{next(_KEYS)}"
        self.wrong: list[str] = []
        self.attempts: list[Attempt] = []
        self.current: Attempt | None = None
        self.doubts = 0
        self.repeated = 0
        self._by_sid: dict[int, Attempt] = {}
        self._jobs: dict[int, Actor] = {}
        self._labels = ground.labels(case.kind)
        self._parts = {part.step: part for part in case.kind.all_parts}
        self._arrivals: set[str] = set()

    def play(self) -> Outcome:
        """Play the case."""
        kind = self.case.kind
        self.ground.until_gone(jobs=kind.is_handed)
        self.ground.reset(kind)
        self.ground.server.faults.on_call(self._meet)
        self.ground.scheduler.watcher = self._meet_in_job if kind.is_handed else None
        try:
            for number in range(1, max((blow.attempt for blow in self.case.blows), default=0) + 1):
                self._disturbed(number)
            self._calm()
        except TimeoutError as error:
            self.wrong.append(str(error))
        finally:
            self.ground.server.faults.on_call(None)
            self.ground.scheduler.watcher = None
            self.ground.free()
        return self._outcome()

    # ------------------------------------------------------------------------------- attempts

    def _attempt(self, number: int | None) -> Attempt:
        blows = tuple(blow for blow in self.case.blows if blow.attempt == number)
        self.current = Attempt(
            self.ground,
            self.key,
            self.case.kind.script,
            blows,
            number=number,
            arrived=self._arrive,
            register=self._by_sid.__setitem__,
        )
        self.attempts.append(self.current)
        return self.current

    def _disturbed(self, number: int) -> None:
        attempt = self._attempt(number)
        inside = [blow.ending for blow in attempt.blows if blow.ending.endswith("-inside")]
        if inside:
            self.ground.hold("error" if "error-inside" in inside else "sleep")
        attempt.play()
        self.ground.free()
        self._settled(attempt)
        self._observe(f"after attempt {number}")

    def _calm(self) -> None:
        """Let the run be finished by others, whom nobody disturbs, and by a person."""
        for _ in range(_MOST_ATTEMPTS):
            attempt = self._attempt(None)
            attempt.play()
            self._settled(attempt)
            self._observe("after a calm attempt")
            if attempt.error is None:
                break
            if not isinstance(attempt.error, InDoubt):
                self.wrong.append(f"a calm attempt ended with {_named(attempt.error)}")
                break
            self._answer()
        else:
            self.wrong.append("the run does not come to an end")
        self._final()

    def _settled(self, attempt: Attempt) -> None:
        self.ground.until_gone(jobs=self.case.kind.is_handed)
        expected = (*_EXPECTED, *_CROWDED) if attempt.others else _EXPECTED
        for one in (attempt, *attempt.others):
            if one.error is not None and not isinstance(one.error, expected):
                self.wrong.append(f"an attempt ended with {_named(one.error)}")

    def _answer(self) -> None:
        """Answer a doubt by what is committed, as a person would who looks at the ledger."""
        for step, state in self.ground.states(self.key).items():
            if state != "IN_DOUBT":
                continue
            self.doubts += 1
            part = self._parts[step]
            done = all(count == 1 for count in self.ground.facts([part])[step])
            if not done:
                self.ground.clean(part)
            for number in (0, None):  # the person's own connection may break
                attempt = self._attempt(number)
                attempt.run_verb(verbs.mark_done if done else verbs.mark_pending, step)
                self._settled(attempt)
                if attempt.error is None or isinstance(attempt.error, StateError):
                    break
            return

    # ------------------------------------------------------------------------------- the hook

    def _meet(self, sid: int, name: str, text: str) -> Action | None:
        if sid in self.ground.own or self.current is None:
            return None
        attempt = self._by_sid.get(sid, self.current)
        return attempt.meets(sid, self.ground.label(self._labels, name, text))

    def _meet_in_job(self, session: Any, text: str) -> None:
        """Let what is over which attempt now strike a job, whoever handed it over."""
        attempt = self.current
        if attempt is None:
            return
        actor = self._jobs.setdefault(session.sid, Actor())
        label = self.ground.job_label(self._labels, text)
        plain = label[len(IN_JOB) :]
        attempt.meets_in_job(session, label, lambda: self._arrive(actor, plain))
        if actor.superseded and plain in FENCED:  # while it was held back
            actor.stopped = True

    def _arrive(self, attempt: Actor, label: str) -> None:
        """Look whether the first statement of a step arrives where its work is committed."""
        self._fence(attempt, label)
        step, _, unit = label.rpartition(".")
        part = self._parts.get(step)
        if part is None or unit == "probe":
            return
        if attempt.stopped:
            self.wrong.append(f"an attempt that was taken over sends {label}")
        self._arrivals.add(step)
        if unit == "1" and any(self.ground.facts([part])[step]):
            self.repeated += 1
            if not part.again:
                self.wrong.append(f"step {step} is repeated although its work is committed")

    def _fence(self, attempt: Actor, label: str) -> None:
        """Keep account of who was taken over: what such an attempt asks the protocol must end it.

        A takeover is seen by its last two calls. The statement that an attempt is in, and those of
        the same step, nobody can stop; the next block or mark must.
        """
        if label == "release_canary":
            attempt.releasing = True
        elif label == "commit" and attempt.releasing:
            clients = [one for each in self.attempts for one in (each, *each.others)]
            everybody: list[Actor] = [*clients, *self._jobs.values()]
            for one in everybody:
                one.superseded = one is not attempt
            attempt.releasing = attempt.stopped = False
        elif label in FENCED and attempt.superseded:
            attempt.stopped = True

    # ------------------------------------------------------------------------------- judgement

    def _observe(self, when: str) -> None:
        states = self.ground.states(self.key)
        facts = self.ground.facts(self._parts.values())
        for step, part in self._parts.items():
            state = states.get(step, "none")
            for problem in self._problems(part, state, facts[step]):
                self.wrong.append(f"{when}: step {step} is {state}: {problem}, facts {facts[step]}")

    def _problems(self, part: Part, state: str, facts: list[float]) -> list[str]:
        problems = []
        if any(count > 1 for count in facts) and not part.again:
            problems.append("its work is there more than once")
        if any(count not in (0, 1) for count in facts) and not part.again:
            problems.append("a half of its work is there")
        if state == "SUCCEEDED" and not all(count >= 1 for count in facts):
            problems.append("its work is not there")
        if state in ("PENDING", "FAILED", "none", "SKIPPED") and any(facts) and not part.again:
            problems.append("its work is committed, and it is to be run")
        if state == "IN_DOUBT" and not self._may_doubt(part):
            problems.append("a doubt that is none")
        return problems

    def _may_doubt(self, part: Part) -> bool:
        if part.doubt is Doubt.STARTED:
            return True
        if part.doubt is Doubt.ARRIVED and part.step in self._arrivals:
            return True
        unknown = any(
            (blow.ending, blow.label) == ("error", "session_alive") for blow in self.case.blows
        )
        return not part.fenced and (self.case.hurried or unknown)

    def _final(self) -> None:
        if self.wrong:
            return
        facts = self.ground.facts(self._parts.values())
        for step, part in self._parts.items():
            fitting = all(n >= 1 for n in facts[step]) if part.again else set(facts[step]) <= {1}
            if not fitting:
                self.wrong.append(f"at the end: step {step} has the facts {facts[step]}")
        if self.case.kind.is_handed and self.ground.jobs():
            self.wrong.append(f"at the end there are jobs: {self.ground.jobs()}")
        states = set(self.ground.states(self.key).values())
        if states != {"SUCCEEDED"}:
            self.wrong.append(f"at the end the states are {sorted(states)}")

    def _outcome(self) -> Outcome:
        probes = any(label.endswith(".probe") for one in self.attempts for label in one.calls)
        how = "once"
        if self.wrong:
            how = "WRONG"
        elif self.doubts:
            how = "doubt"
        elif probes:
            how = "probe"
        elif self.repeated:
            how = "again"
        struck = tuple(blow for attempt in self.attempts for blow in attempt.struck)
        calls = [(attempt.number, attempt.calls) for attempt in self.attempts]
        return Outcome(self.case, how, struck, calls, self.wrong, self.ground.granted)


_EXPECTED: tuple[type[BaseException], ...] = (
    ConnectFailed,
    DatabaseError,
    InDoubt,
    JobLost,
    RunStopped,
    StateError,
    StepFailed,
    UnknownRun,
)
_CROWDED = (RunHeld, TakenOver)  # only where another attempt is


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".split("\n", 1)[0][:300]
