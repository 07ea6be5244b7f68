"""Choose cases of steps that a job has: few that strike each edge of the hand-over."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.campaign.cases import ENDINGS, IN_JOB, Blow, Case
from tests.campaign.kinds import EVERY, Kind
from tests.campaign.selection import Edge, fits, possible

#: Whose paths are recorded for the short form; what others come to has the same names.
TYPICAL_HANDED = ("dml/job", "discards/job", "commits/job", "strict/job", "dml/whole")
_USUAL = ("dml/job", "commits/job")  # what both come to, every kind comes to
_CROWDS = ("second", "impatient", "displace", "unlock")
_OF_CLIENT = ("cut-after", "kill", "error", "cut-before", "cancel", "kill-lost", "cut-during")
_OF_JOB = ("dba-kill", "stop", "error", "sql-cancel", "cancel")
_ASIDE = ("kill", "cut-after")  # the client is gone, and the job goes on
_ENDS = frozenset({"kill", "kill-lost", "error", "cancel"})  # the client ends there
_BEGINS = "start_handed_job"

_One = TypeVar("_One")


def short_handed(edges: dict[str, list[Edge]], kinds: Iterable[str], seed: int) -> list[Case]:
    """Choose for each kind a case that strikes the client and the job, and one the job alone.

    Edges and endings turn as the kinds do; an edge that was not met by then is struck for the kind
    whose path it was recorded of.

    :param edges: of the kinds whose paths were recorded.
    """
    handed = [EVERY[name] for name in kinds if EVERY[name].is_handed]
    recorded = {name: found for name, found in edges.items() if EVERY[name].is_handed}
    usual = _usual(recorded)
    if not usual:
        return []
    begun = max(number for number, edge in enumerate(usual) if edge.label == _BEGINS)
    chance = random.Random(seed)  # noqa: S311 - a choice, not a secret
    calls = _turning(chance, [edge for edge in usual if not edge.in_job])
    moments = _turning(chance, [edge for edge in usual if edge.in_job])
    client = itertools.cycle([*_OF_CLIENT, *_CROWDS])
    job, alone = itertools.cycle(_OF_JOB), itertools.cycle([*_CROWDS, *_ASIDE, *_OF_JOB])
    chosen = []
    for kind in handed:
        call, ending = next(calls), next(client)
        early = usual.index(call) <= begun and ending in _ENDS  # the job is the second client's
        blows = [_blow(kind, call, 1, ending)]
        more = _blow(kind, next(moments), 1 + early, next(job))
        if not fits(more, blows):
            more = replace(more, ending="stop")
        chosen.append(Case(kind, (*blows, more)))
        if len(chosen) % 3 == 1:
            chosen.append(Case(kind, (_blow(kind, next(moments), 1, next(alone)),)))
    chosen += _inside(handed)
    return [*chosen, *_left(chance, recorded, chosen)]


def _usual(recorded: dict[str, list[Edge]]) -> list[Edge]:
    """Return the edges that every kind has, in their order."""
    first, second = ([e for e in recorded.get(name, ()) if e.role == "run"] for name in _USUAL)
    return [edge for edge in first if edge in second]


def _turning(chance: random.Random, things: Sequence[_One]) -> Iterator[_One]:
    return itertools.cycle(chance.sample(things, len(things)))


def _blow(kind: Kind, edge: Edge, attempt: int, ending: str) -> Blow:
    step = next((part.step for part in kind.parts if part.facts), kind.parts[0].step)
    label = edge.label.replace(f"{IN_JOB}work.", f"{IN_JOB}{step}.")
    return Blow(attempt, ending, label, edge.nth)


def _inside(handed: Sequence[Kind]) -> Iterator[Case]:
    """Strike in the middle of a statement of a job; one kind for each ending."""
    kinds = itertools.cycle(kind for kind in handed if kind.mid)
    for ending in ENDINGS.values():
        if ending.inside:
            kind = next(kinds)
            yield Case(kind, (Blow(1, ending.name, f"{IN_JOB}{kind.mid}", 1),))


def _left(
    chance: random.Random, recorded: dict[str, list[Edge]], chosen: Sequence[Case]
) -> Iterator[Case]:
    """Strike what nothing strikes so far."""
    met = {blow.label for case in chosen for blow in case.blows}
    for name, found in recorded.items():
        for edge in found:
            cases = [] if edge.label in met else list(possible(EVERY[name], edge))
            cases = [case for case in cases if not ENDINGS[case.blows[-1].ending].inside]
            if cases:
                met.add(edge.label)
                yield chance.choice(cases)
