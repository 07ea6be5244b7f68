"""Put the jobs of a category in an order in which each begins after what it depends on.

The rows are first read against each other: a name that is there twice, a DependsOn that names
nobody, or jobs that wait for one another make an order impossible, and then nothing is started.

Jobs run in waves: a job is in the first wave that is later than every job that it depends on.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Collection, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from airflow_oracle_dag.core.errors import CatalogError, FieldError
from airflow_oracle_dag.core.jobs import Job

#: How many mistakes of one kind an error shows; a thousand lines help nobody.
_SHOWN = 10
#: How many rings are looked for: each costs a walk over all rows.
_MOST_RINGS = 50


@dataclass(frozen=True)
class Limits:
    """What was fixed when the DAG file was read.

    :param waves: how many waves there are tasks for.
    :param batches: how many batches a wave has tasks for.
    :param batch_size: how many jobs a batch can hold: ``[core] max_map_length``.
    """

    waves: int
    batches: int
    batch_size: int


class Catalog:
    """The jobs of a category, and who waits for whom.

    :param jobs: all rows of the category.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = jobs
        self._by_name = {job.name: job for job in jobs}
        self._upstream = {name: job.upstream for name, job in self._by_name.items()}
        named = {name for names in self._upstream.values() for name in names}
        #: Names in DependsOn that are not among the jobs, sorted.
        self.outside: List[str] = sorted(named - self._by_name.keys())
        #: Each job after all that it depends on; jobs that wait for themselves are missing.
        self._order = list(_in_order(self._upstream, self._by_name))

    def check(self, others: Optional[Mapping[str, Job]] = None) -> None:
        """Refuse rows that contradict each other.

        :param others: further rows by name, which the jobs may depend on.
        :raises CatalogError: it names the rows: duplicates, unknown names, jobs that wait for
            themselves.
        """
        if len(self._order) == len(self.jobs) and not self.outside:
            return
        everybody = {**(others or {}), **self._by_name}
        jobs = self.jobs
        found = [*_duplicates(jobs), *_unknown(jobs, everybody), *_cycles(jobs, everybody)]
        if not found:
            return
        names = dict.fromkeys(name for _, about in found for name in about)
        lines = "\n".join(f"  - {text}" for text, _ in found)
        raise CatalogError(
            f"these rows contradict each other, so no job was started:\n{lines}\n"
            "  To mend it: correct JobName or DependsOn of these rows, then clear the task.",
            jobs=tuple(names),
        )

    def waves(self, chosen: Collection[str]) -> List[List[Job]]:
        """Return the chosen jobs in waves; each begins after the one before is over.

        A job that is not chosen takes no wave, but keeps those that depend on it after those that
        it depends on. Inside a wave the higher Priority is first, then the name decides.

        :param chosen: names of the jobs that are to run, of rows that `check` let pass.
        """
        wanted = set(chosen)
        last: Dict[str, int] = {}
        found: List[List[Job]] = []
        for name in self._order:
            wave = max((last[one] for one in self._upstream[name] if one in last), default=0)
            if name in wanted:
                wave += 1
                if wave > len(found):
                    found.append([])
                found[wave - 1].append(self._by_name[name])
            last[name] = wave
        for jobs in found:
            jobs.sort(key=lambda job: (-_priority(job), job.name))
        return found


_Finding = Tuple[str, Tuple[str, ...]]


def _duplicates(jobs: Sequence[Job]) -> Iterator[_Finding]:
    count: Dict[str, int] = {}
    for job in jobs:
        count[job.name] = count.get(job.name, 0) + 1
    names = [name for name, times in count.items() if times > 1]
    yield from _cut(
        [
            (f"{name} is there {count[name]} times in {_place(jobs, name)}", (name,))
            for name in names
        ]
    )


def _place(jobs: Sequence[Job], name: str) -> str:
    job = next(job for job in jobs if job.name == name)
    return f"environment {job.environment}"


def _unknown(jobs: Sequence[Job], everybody: Mapping[str, Job]) -> Iterator[_Finding]:
    findings: List[_Finding] = []
    for job in jobs:
        for name in job.upstream:
            if name in everybody:
                continue
            text = f"{job.name} depends on {name}, and there is no job of that name"
            if len(findings) < _SHOWN:
                text += _near(name, everybody)
            findings.append((text, (job.name,)))
    yield from _cut(findings)


def _near(name: str, everybody: Mapping[str, Job]) -> str:
    near = nearest(name, everybody)
    return f" (is {near} meant?)" if near else ""


def nearest(name: str, names: Collection[str]) -> str:
    """Return the name that is most like one that is not there, else nothing."""
    by_capitals = {known.upper(): known for known in sorted(names)}
    found = difflib.get_close_matches(name.upper(), by_capitals, n=1)
    return by_capitals[found[0]] if found else ""


def _cycles(jobs: Sequence[Job], everybody: Mapping[str, Job]) -> Iterator[_Finding]:
    findings: List[_Finding] = []
    for ring in rings(jobs, everybody):
        chain = " -> ".join([*ring, ring[0]])
        findings.append((f"{chain}: each depends on the next", tuple(ring)))
    yield from _cut(findings)


def rings(jobs: Sequence[Job], everybody: Mapping[str, Job]) -> Iterator[List[str]]:
    """Find rings of jobs of which each depends on the next, and the last on the first.

    Only rings that one of the jobs is part of, and each job in one ring at most.

    :param everybody: the jobs, and all others that they may depend on, by name.
    """
    members = {job.name for job in jobs}
    upstream = _reachable(jobs, everybody)
    count, left = 0, set(upstream)
    while count < _MOST_RINGS and (left := _unsettled(upstream, left)):
        ring = _ring(upstream, left)
        if members.intersection(ring):
            count += 1
            yield ring
        left.difference_update(ring)


def _reachable(jobs: Sequence[Job], everybody: Mapping[str, Job]) -> Dict[str, Tuple[str, ...]]:
    """Return what each job depends on, of the jobs and of all that they lead to."""
    found: Dict[str, Tuple[str, ...]] = {}
    waiting = [job.name for job in jobs]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = tuple(other for other in everybody[name].upstream if other in everybody)
            waiting.extend(found[name])
    return found


def _unsettled(upstream: Mapping[str, Tuple[str, ...]], among: Set[str]) -> Set[str]:
    """Return the jobs that are part of a ring, or come after one."""
    return among - set(_in_order(upstream, among))


def _in_order(upstream: Mapping[str, Tuple[str, ...]], among: Collection[str]) -> Iterator[str]:
    """Give each job after all that it depends on; those of rings and after them never."""
    missing: Dict[str, int] = {}
    downstream: Dict[str, List[str]] = {}
    for name in among:
        before = [one for one in upstream[name] if one in among]
        missing[name] = len(before)
        for one in before:
            downstream.setdefault(one, []).append(name)
    ready = [name for name, count in missing.items() if not count]
    while ready:
        name = ready.pop()
        yield name
        for later in downstream.get(name, ()):
            missing[later] -= 1
            if not missing[later]:
                ready.append(later)


def _ring(upstream: Mapping[str, Tuple[str, ...]], among: Set[str]) -> List[str]:
    """Walk upstream among jobs that all have somebody there, until one comes again."""
    path: List[str] = []
    place: Dict[str, int] = {}
    name = min(among)
    while name not in place:
        place[name] = len(path)
        path.append(name)
        name = next(one for one in upstream[name] if one in among)
    ring = path[place[name] :]
    first = ring.index(min(ring))
    return ring[first:] + ring[:first]


def _cut(findings: Sequence[_Finding]) -> Iterator[_Finding]:
    yield from findings[:_SHOWN]
    if len(findings) > _SHOWN:
        rest = findings[_SHOWN:]
        yield (
            f"and {len(rest)} more of the same kind",
            tuple(name for _, who in rest for name in who),
        )


def _priority(job: Job) -> int:
    try:
        return job.priority_number
    except FieldError:
        return 0  # the row is wrong, its own task says so


def batches(found: Sequence[Sequence[Job]], limits: Limits, category: str) -> List[List[List[Job]]]:
    """Deal the jobs of each wave out to batches that can be mapped.

    Batches run beside each other, and inside one the first begin first; dealt out like cards, the
    jobs begin in the wave's order.

    :param found: what `Catalog.waves` returned.
    :param category: for the error.
    :raises CatalogError: when there are more waves or batches than tasks for them; it says how
        many are needed.
    """
    size = limits.batch_size
    cut = [_dealt(list(wave), -(-len(wave) // size)) for wave in found]
    if len(cut) > limits.waves:
        path = _longest_path(found)
        raise CatalogError(
            f"category {category} needs {len(cut)} waves and has tasks for {limits.waves}, so no "
            f"job was started: {_shown_path(path)} run one after another.\n"
            f"  To mend it: max_waves={len(cut)} in the DAG file, or fewer names in DependsOn.",
            jobs=path,
        )
    widest = max(range(len(cut)), key=lambda no: len(cut[no]), default=0)
    if cut and len(cut[widest]) > limits.batches:
        needed, jobs = len(cut[widest]), len(found[widest])
        raise CatalogError(
            f"wave {widest + 1} of category {category} has {jobs} jobs, which need {needed} "
            f"batches of {size}, and has tasks for {limits.batches}, so no job was started.\n"
            f"  To mend it: max_batches={needed} in the DAG file, or a larger [core] "
            "max_map_length.",
            jobs=tuple(job.name for job in found[widest]),
        )
    return cut


def _dealt(wave: List[Job], count: int) -> List[List[Job]]:
    return [wave[at::count] for at in range(count)]


def _shown_path(path: Sequence[str]) -> str:
    return " -> ".join([*path[:_SHOWN], *(["..."] if len(path) > _SHOWN else [])])


def _longest_path(found: Sequence[Sequence[Job]]) -> Tuple[str, ...]:
    """Return one job of each wave, each depending on the next where that can be seen."""
    path = [found[-1][0]]
    for wave in reversed(found[:-1]):
        named = [job for job in wave if job.name in path[-1].upstream]
        path.append((named or list(wave))[0])
    return tuple(job.name for job in reversed(path))
