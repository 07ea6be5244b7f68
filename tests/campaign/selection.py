"""Choose cases: a short list that meets every edge with every ending, and random ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.campaign.cases import ENDINGS, IN_JOB, INSTANT, Blow, Case, Ending
from tests.campaign.ground import Ground
from tests.campaign.kinds import EVERY, Doubt, Kind
from tests.campaign.round import Outcome, Round

#: What brings an attempt onto each path, and the attempt whose calls then are that path.
ROLES: dict[str, tuple[tuple[Blow, ...], int]] = {
    "run": ((), 1),
    "error": ((Blow(1, "error", "work.1", 1),), 1),
    "recovery": ((Blow(1, "cut-after", "work.1", 1),), 1),
    "takeover": ((Blow(1, "dba-kill", "work.1", 1),), 2),
    "verdict": ((Blow(1, "cut-after", "block", 3), Blow(1, "cut-after", "lock_canary", 1)), 2),
    "person": ((Blow(1, "kill-lost", "block", 3),), 0),
}
#: The same where a job has the steps.
HANDED_ROLES: dict[str, tuple[tuple[Blow, ...], int]] = {
    "run": ((), 1),
    "error": ((Blow(1, "error", "job-work.1", 1),), 1),
    "takeover": ((Blow(1, "dba-kill", "job-work.1", 1),), 2),
    "person": ((Blow(1, "dba-kill", "job-block", 2),), 0),
}
#: Kinds whose paths are recorded for the short form; the others have the same calls.
TYPICAL = ("dml", "discards", "prologue", "always", "read-only", "commits", "probed", "truncate")
_BY_HAND = ("cut-before", "cut-during", "cut-after", "error", "dba-kill")
_HARDLY = frozenset({"logoff"})
_AT_JOB = (
    *("dba-kill", "stop", "sql-cancel", "error", "cancel", "timeout"),
    *("kill", "cut-after", "second", "impatient", "displace", "unlock"),
)
_LOOKS = frozenset(
    {
        *("look_at_job", "read_handover", "read_run", "read_steps", "read_step_attempts"),
        *("read_clock", "long_operation", "job-read_handed_value"),
    }
)
_FIRST_LOOKS = 2
_HANDS_OVER = "reserve_canary"
_LONGEST = 80  # milliseconds of a run in a process, about


@dataclass(frozen=True)
class Edge:
    """A call at which an attempt can be struck.

    :param before: the blows that bring the run there.
    """

    role: str
    attempt: int
    label: str
    nth: int
    before: tuple[Blow, ...] = ()

    @property
    def name(self) -> str:
        """Name it without regard to which statement of which step it is."""
        label = self.label
        if label.endswith("probe"):
            label = "probe"
        elif "." in label:
            label = "statement"
        return f"{self.role}: {label}"

    def is_critical(self, kind: Kind) -> bool:
        """Tell whether it is a statement of the kind's own step, or the block that ends it."""
        own = {part.step for part in kind.parts}
        return self.label.rpartition(".")[0] in own or (self.label, self.nth) == ("block", 3)

    @property
    def in_job(self) -> bool:
        """Tell whether a job comes to it, and not a client."""
        return self.label.startswith(IN_JOB)

    @property
    def in_script(self) -> bool:
        """Tell whether a limit of time is set while it runs."""
        return "." in self.label or self.label in ("mark", "discard")


def record(ground: Ground, kind: Kind, roles: tuple[str, ...]) -> tuple[list[Edge], list[Outcome]]:
    """Play a kind once per role and return the calls that were seen, as edges."""
    edges: dict[tuple[str, int, str, int], Edge] = {}
    outcomes = []
    step = next((part.step for part in kind.parts if part.facts), kind.parts[0].step)
    for role in roles:
        blows, attempt = (HANDED_ROLES if kind.is_handed else ROLES)[role]
        if role == "person" and kind.parts[0].doubt is Doubt.NEVER:
            continue
        before = tuple(_of_step(blow, step) for blow in blows)
        outcome = Round(ground, Case(kind, before)).play()
        outcomes.append(outcome)
        for edge in _seen(outcome, role, attempt, before):
            if kind.is_handed and _is_left_out(edge):
                continue
            edges.setdefault((role, edge.attempt, edge.label, edge.nth), edge)
    return list(edges.values()), outcomes


def _is_left_out(edge: Edge) -> bool:
    """Tell whether it depends on the clock, or is as in a worker behind the job."""
    again = edge.label in _LOOKS and edge.nth > _FIRST_LOOKS
    return again or edge.label in ("block", "after.1", "logoff")


def _of_step(blow: Blow, step: str) -> Blow:
    return Blow(blow.attempt, blow.ending, blow.label.replace("work", step), blow.nth)


def _seen(outcome: Outcome, role: str, attempt: int, before: tuple[Blow, ...]) -> Iterator[Edge]:
    numbered = [calls for number, calls in outcome.calls if number in (attempt, None)]
    if attempt == 2:  # nobody disturbs the second: it is the first calm one
        numbered = [calls for number, calls in outcome.calls if number is None]
    elif attempt == 0:
        numbered = [calls for number, calls in outcome.calls if number == 0]
    calls = numbered[0] if numbered else []
    count: dict[str, int] = {}
    hands_over = not before and _HANDS_OVER in calls  # what is before that is as in a worker
    past = not hands_over and (not before or attempt != 1)
    for label in calls:
        count[label] = count.get(label, 0) + 1
        past = past or (hands_over and label == _HANDS_OVER)
        if past:
            yield Edge(role, attempt, label, count[label], before)
        last = before[-1] if before else None
        past = past or (last is not None and (last.label, last.nth) == (label, count[label]))


def possible(kind: Kind, edge: Edge) -> Iterator[Case]:
    """Give every case that strikes an edge of a kind."""
    for ending in ENDINGS.values():
        if edge.in_job:
            if _fits_job(kind, edge, ending):
                yield Case(
                    kind, (*edge.before, Blow(edge.attempt, ending.name, edge.label, edge.nth))
                )
            continue
        if ending.of_job or (edge.attempt == 0 and ending.name not in _BY_HAND):
            continue
        if ending.inside and (edge.label != kind.mid or edge.nth > 1):
            continue
        if ending.name == "timeout" and not edge.in_script:
            continue
        if ending.name == "kill-instant" or (edge.label in _HARDLY and ending.family == "error"):
            continue
        yield Case(kind, (*edge.before, Blow(edge.attempt, ending.name, edge.label, edge.nth)))


def _fits_job(kind: Kind, edge: Edge, ending: Ending) -> bool:
    """Tell whether an ending can strike there in a job."""
    if ending.inside:
        return (edge.label, edge.nth) == (f"{IN_JOB}{kind.mid}", 1)
    return ending.name in _AT_JOB and (ending.name != "timeout" or edge.in_script)


def short(edges: dict[str, list[Edge]], seed: int, *, thin: bool = False) -> list[Case]:
    """Choose few cases that cross edges with endings and kinds with endings.

    :param thin: strike each edge once, and cross kinds other than `TYPICAL` with what the database
        sees of an ending.
    """
    chance = random.Random(seed)  # noqa: S311 - a choice, not a secret
    candidates = [
        (case, _aims(case, edge, thin=thin))
        for name, found in edges.items()
        if not EVERY[name].is_handed
        for edge in found
        for case in possible(EVERY[name], edge)
    ]
    chance.shuffle(candidates)
    candidates.sort(key=lambda pair: -len(pair[1]))
    met: set[tuple[str, ...]] = set()
    chosen = []
    for least in (3, 2, 1):
        for case, aims in candidates:
            if len(aims - met) >= least:
                met |= aims
                chosen.append(case)
    return chosen


#: What the database sees of a family of endings; what cannot be stopped in its middle meets each.
_EFFECTS = {"error": "error", "timeout": "stop", "on_kill": "stop", "second": "second"}


def effect_of(family: str) -> str:
    """Say what the database sees of a family of endings."""
    return _EFFECTS.get(family, "the session is gone")


def _aims(case: Case, edge: Edge, *, thin: bool) -> frozenset[tuple[str, ...]]:
    ending = ENDINGS[case.blows[-1].ending]
    # The calls of the two are those of a takeover.
    crossed = not thin and edge.role not in ("recovery", "verdict")
    effect = effect_of(ending.family)
    aims = {(edge.name, effect) if crossed else (edge.name,), (edge.role, ending.name)}
    if edge.role == "run" and edge.is_critical(case.kind):
        each = case.kind.mid and (case.kind.name in TYPICAL or not thin)
        aims.add((case.kind.name, ending.family if each else effect))
    return frozenset(aims)


def at_random(edges: dict[str, list[Edge]], seed: int) -> Iterator[Case]:
    """Give random cases without end: one to three blows, at edges or at instants."""
    chance = random.Random(seed)  # noqa: S311 - a choice, not a secret
    while True:
        kind = EVERY[chance.choice(list(edges))]
        if chance.random() < 0.04:
            blow = Blow(1, "kill-instant", INSTANT, chance.randrange(1, _LONGEST))
            yield Case(kind, (blow,))
            continue
        edge = chance.choice(edges[kind.name])
        cases = list(possible(kind, edge))
        if not cases:
            continue
        blows = list(chance.choice(cases).blows)
        while chance.random() < 0.35 and len(blows) < 4:
            more = _another(chance, kind, edges[kind.name], blows[-1])
            if fits(more, blows):
                blows.append(more)
        yield Case(kind, tuple(sorted(blows, key=lambda blow: blow.attempt or 99)))


def fits(more: Blow, blows: list[Blow]) -> bool:
    """Tell whether one attempt, a process or a thread, can meet these blows."""
    same = [ENDINGS[blow.ending] for blow in (more, *blows) if blow.attempt == more.attempt]
    processes = [ending for ending in same if ending.process]
    return not processes or not any(e.needs_thread and not e.process for e in same)


def _another(chance: random.Random, kind: Kind, edges: list[Edge], last: Blow) -> Blow:
    """Strike once more: the same attempt's recovery, or the attempt that comes next."""
    later = [edge for edge in edges if edge.role != "run"]
    while True:
        edge = chance.choice(later)
        attempt = edge.attempt
        if attempt != 0:
            attempt = last.attempt + chance.choice((0, 1)) if last.attempt else 2
        cases = list(possible(kind, Edge(edge.role, attempt, edge.label, edge.nth)))
        if cases:
            return chance.choice(cases).blows[-1]
