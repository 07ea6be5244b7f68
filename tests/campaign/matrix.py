"""Kill, cut, cancel and crowd runs at every edge of the protocol, and read the ledger.

    python -m tests.campaign.matrix                   every edge with every family of endings
    python -m tests.campaign.matrix --random 5000     and so many random cases on top
    python -m tests.campaign.matrix --random 5000 --jobs 4
    python -m tests.campaign.matrix --case 'commits 1:cut-after@block#3'

Prints a table: a row per kind of step and its place (the worker's session, or a job of the database
that has the step, or the whole script), a column per family of endings, and in each cell how many
cases ended with everything exactly once by the protocol alone (no letter), decided by a probe (p),
harmlessly again (a), in doubt until a person answered (d), or WRONG; then it exits with 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice

from tests.campaign.cases import FAMILIES, Case, parse_case
from tests.campaign.ground import Ground
from tests.campaign.handed import TYPICAL_HANDED, short_handed
from tests.campaign.kinds import EVERY
from tests.campaign.round import Outcome, Round
from tests.campaign.selection import HANDED_ROLES, ROLES, TYPICAL, Edge, at_random, record, short

SEED = 20261121
GRANTS = (
    "DB_DEVELOPER_ROLE",
    "ALTER SYSTEM",
    "SELECT ON V$SESSION",
    "SELECT ON GV$SESSION",
    "EXECUTE ON DBMS_LOCK",
)
_ALL_ROLES = (*TYPICAL, "commits/job")  # of which every path is recorded
_LETTERS = {"once": "", "probe": "p", "again": "a", "doubt": "d", "WRONG": " WRONG"}


class Table:
    """What became of the cases, by kind and family of endings."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.wrong: list[Outcome] = []
        self.cases = 0
        self.blows = 0
        self.missed = 0

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        case = outcome.case
        self.cases += 1
        self.blows += len(outcome.struck)
        self.missed += bool(case.blows) and not outcome.struck
        self.cells[case.kind.name, case.family][outcome.how] += 1
        if outcome.wrong:
            self.wrong.append(outcome)

    def merge(self, other: Table) -> None:
        """Count what another process counted."""
        for cell, counts in other.cells.items():
            self.cells[cell] += counts
        self.wrong += other.wrong
        self.cases += other.cases
        self.blows += other.blows
        self.missed += other.missed

    def __str__(self) -> str:
        """Return the table, its legend and every case that went wrong."""
        columns = list(FAMILIES)
        lines = [f"{'step':20}{'place':8}" + "".join(f"{column:>16}" for column in columns)]
        for kind in EVERY.values():
            cells = [_cell(self.cells.get((kind.name, column), Counter())) for column in columns]
            if any(cells):
                named = f"{kind.name.partition('/')[0]:20}{kind.place:8}"
                lines.append(named + "".join(f"{cell:>16}" for cell in cells))
        total: Counter[str] = Counter()
        for cell in self.cells.values():
            total += cell
        lines.append(
            f"{self.cases} cases, {self.blows} blows struck ({self.missed} cases met none): "
            f"{total['once']} exactly once by the protocol alone, {total['probe']} decided by a "
            f"probe (p), {total['again']} harmlessly again (a), {total['doubt']} in doubt until a "
            f"person answered (d), {total['WRONG']} WRONG"
        )
        for outcome in self.wrong:
            lines.append(f"WRONG: {outcome.line}")
            lines += [f"    {line}" for line in outcome.wrong]
        return "\n".join(lines)


def _cell(counts: Counter[str]) -> str:
    return " ".join(f"{counts[how]}{letter}" for how, letter in _LETTERS.items() if counts[how])


class Matrix:
    """Plays cases on one ground and keeps the table."""

    def __init__(self, ground: Ground, kinds: Iterable[str] = EVERY) -> None:
        self.ground = ground
        self.kinds = list(kinds)
        self.table = Table()

    def edges(self, *, all_roles: bool) -> dict[str, list[Edge]]:
        """Play the kinds undisturbed, and on the other paths, and return the edges seen.

        :param all_roles: of all; else of typical ones, and those alone where a job has the steps.
        """
        found = {}
        for name in self.kinds:
            kind = EVERY[name]
            if kind.is_handed and not all_roles and name not in TYPICAL_HANDED:
                continue
            known = HANDED_ROLES if kind.is_handed else ROLES
            roles = tuple(known) if all_roles or name in _ALL_ROLES else ("run",)
            found[name], outcomes = record(self.ground, kind, roles)
            for outcome in outcomes:
                self.table.add(outcome)
        return found

    def play(self, cases: Iterable[Case], *, progress: int = 0) -> None:
        """Play cases.

        :param progress: say so after each of so many cases; 0: never.
        """
        began = time.monotonic()
        for number, case in enumerate(cases, 1):
            outcome = Round(self.ground, case).play()
            self.table.add(outcome)
            if progress and outcome.wrong:
                print(f"WRONG: {case}: {outcome.wrong[0]}", flush=True)
            if progress and number % progress == 0:
                seconds = time.monotonic() - began
                print(f"{number} cases, {seconds:.0f} s, {len(self.table.wrong)} wrong", flush=True)


@dataclass(frozen=True)
class Share:
    """What one process plays: every `of`-th of the cases, from number `number` (0, 1, …) on.

    :param random: how many random cases; they are its own, since users with and without the grants
        meet different calls.
    :param random_seed: added to the seed for them.
    :param granted: by a user who may ask of other sessions, and end them.
    """

    number: int
    of: int
    kinds: tuple[str, ...]
    random: int
    seed: int
    random_seed: int = 0
    cases: tuple[str, ...] = ()
    granted: bool = False

    def part(self, cases: Iterable[Case], count: int | None = None) -> Iterator[Case]:
        """Return this share of cases."""
        return islice(cases, self.number, count, self.of)


def play_share(share: Share) -> Table:
    """Play a share against a sandbox of its own."""
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    users = {"DEMO": "campaign", "GRANTED": "campaign"}
    database = open_database(None, users, privileges={"GRANTED": GRANTS})
    try:
        with SandboxServer(database) as server:
            dsn = f"127.0.0.1:{server.port}/{database.service_name}"
            user = "granted" if share.granted else "demo"
            ground = Ground(server, database.jobs, dsn, user, "campaign", granted=share.granted)
            matrix = Matrix(ground, share.kinds)
            if share.cases:
                matrix.play(share.part(map(parse_case, share.cases)))
            else:
                edges = matrix.edges(all_roles=bool(share.random))
                if share.number:
                    matrix.table = Table()  # the first share of a user counts these
                cases = short(edges, share.seed)
                cases += short_handed(edges, share.kinds, share.seed)
                matrix.play(share.part(cases), progress=100)
                own = at_random(edges, share.seed + share.random_seed)
                matrix.play(islice(own, share.random), progress=100)
            ground.close()
    finally:
        database.close()
    return matrix.table


def _shares(given: argparse.Namespace, kinds: tuple[str, ...]) -> list[Share]:
    """Divide the cases; the first half of the processes has no grants, the second has them."""
    jobs, cases = given.jobs, tuple(given.case)
    if cases:
        return [
            Share(number, jobs, kinds, 0, given.seed, 0, cases, given.granted)
            for number in range(jobs)
        ]
    plain = 0 if given.granted else (jobs + 1) // 2
    shares = []
    for number in range(jobs):
        granted = number >= plain
        place, of = (number - plain, jobs - plain) if granted else (number, plain)
        random = given.random // jobs + (number < given.random % jobs)
        shares.append(Share(place, of, kinds, random, given.seed, number, (), granted))
    return shares


def main() -> int:
    """Play the matrix and print the table."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--random", type=int, default=0, metavar="N")
    arguments.add_argument("--seed", type=int, default=SEED)
    arguments.add_argument("--case", action="append", default=[], metavar="LINE")
    arguments.add_argument("--kind", action="append", choices=list(EVERY))
    arguments.add_argument("--jobs", type=int, default=1, metavar="N", help="processes at once")
    arguments.add_argument(
        "--granted", action="store_true", help="by a user who may end sessions, as half of the jobs"
    )
    given = arguments.parse_args()
    began = time.monotonic()
    kinds = tuple(given.kind or EVERY)
    shares = _shares(given, kinds)
    if given.jobs == 1:
        table = play_share(shares[0])
    else:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(given.jobs, mp_context=spawn) as pool:
            table = Table()
            for one in pool.map(play_share, shares):
                table.merge(one)
    print(f"{table}\nseed {given.seed}, {given.jobs} at once, {time.monotonic() - began:.0f} s")
    return int(bool(table.wrong))


if __name__ == "__main__":
    sys.exit(main())
