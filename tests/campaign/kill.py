"""Kill a worker at every edge of the protocol and at random instants; every effect stays once.

The worker is killed with SIGKILL while the sandbox, in this process, goes on as a database would:
a call that had arrived is carried out to its end, and then the session is rolled back. After each
kill another worker resumes the run, and what it leaves is compared with a run that nobody killed.

    python -m tests.campaign.kill --random 200
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import oracledb

from airflow_oracle_dag import sql
from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.sandbox.faults import Action, Effect
from tests.campaign.worker import work

TABLES = (
    "create table k_ledger (entry varchar2(30), amount number)",
    "create table k_account (id number primary key, balance number)",
    "create table k_number (n number primary key, part number)",
)
CUT_BEFORE = Action(Effect.CUT_BEFORE)


@dataclass
class Outcome:
    """What a campaign saw.

    :param edges: kills per edge.
    :param inside: kills that left a step RUNNING or met the block.
    :param wrong: what differed from the unkilled run, per round.
    """

    edges: Counter[str] = field(default_factory=Counter)
    inside: int = 0
    rounds: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the table of edges and the verdict."""
        lines = [f"{count:6d}  {edge}" for edge, count in sorted(self.edges.items())]
        lines.append(f"{self.rounds} kills, {self.inside} of them inside a RUNNING step or a block")
        lines += self.wrong or ["every effect exactly once in every round"]
        return "\n".join(lines)


class Campaign:
    """Kill workers against one sandbox.

    :param server: the sandbox's listener in this process.
    """

    def __init__(self, server: Any, dsn: str, user: str, password: str) -> None:
        self.server = server
        self.credentials = (dsn, user, password)
        self.processes = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload(["tests.campaign.worker"])
        self.connection = oracledb.connect(user=user, password=password, dsn=dsn)
        self.sids: set[int] = set()
        self.times: list[float] = []
        self.own_sid = int(self._rows("select sys_context('userenv', 'sid') from dual")[0][0])
        self.names = {sql.statement(name, user): name for name in sql.names()}
        self.outcome = Outcome()
        self._prepare()
        self.expected, self.calls, self.seconds = self._undisturbed()

    def edges(self) -> None:
        """Kill at every call of a run, when it has not arrived and when it has."""
        for number in range(len(self.calls)):
            for lost in (True, False):
                self._round([(number, lost)])

    def takeover_edges(self) -> None:
        """Kill the second worker too, at every call that it makes before it goes on working."""
        victim = self._index("trim")
        key = self._round([(victim, False)])
        takeover = self._calls_of_resumption(victim)
        del key
        for number in range(takeover):
            for lost in (True, False):
                self._round([(victim, False), (number, lost)], label="takeover: ")

    def random_instants(self, count: int, seed: int) -> None:
        """Kill at `count` random moments between a run's first call and its last block."""
        chance = random.Random(seed)  # noqa: S311 - moments, not secrets
        for _ in range(count):
            self._round([chance.uniform(0, self.seconds)])

    # ------------------------------------------------------------------------------- rounds

    def _round(self, kills: list[tuple[int, bool] | float], label: str = "") -> str:
        self._reset()
        key = f"kill-{time.time_ns()}"
        for kill in kills:
            edge = self._killed(key, kill)
        self.outcome.rounds += 1
        self.outcome.edges[label + edge] += 1
        self.outcome.inside += self._was_inside(key, edge)
        worker = self._start(key)
        worker.join(60)
        if worker.exitcode != 0:
            worker.kill()
            self.outcome.wrong.append(f"{edge}: the resuming worker ended with {worker.exitcode}")
        elif self._effects() != self.expected:
            self.outcome.wrong.append(f"{edge}: {self._effects()} instead of {self.expected}")
        return key

    def _killed(self, key: str, kill: tuple[int, bool] | float) -> str:
        """Start a worker, kill it and return the edge at which it died."""
        seen: list[str] = []
        began = threading.Event()
        pids: list[int] = []

        def hook(sid: int, name: str, text: str) -> Action | None:
            if sid == self.own_sid:
                return None
            self.sids.add(sid)
            seen.append(self._label(name, text))
            began.set()
            if isinstance(kill, tuple) and len(seen) == kill[0] + 1:
                while not pids:
                    time.sleep(0.001)
                os.kill(pids[0], signal.SIGKILL)
                return CUT_BEFORE if kill[1] else None
            return None

        self.server.faults.on_call(hook)
        worker = self._start(key)
        pids.append(worker.pid or 0)
        if isinstance(kill, float):
            began.wait(30)
            time.sleep(kill)
            worker.kill()
        worker.join(60)
        self.server.faults.on_call(None)
        self._until_gone()
        how = ""
        if isinstance(kill, tuple):
            how = " not arrived" if kill[1] else " arrived"
        return (seen[-1] if seen else "before the first call") + how

    def _calls_of_resumption(self, victim: int) -> int:
        """Count the calls that a resuming worker makes until its first block."""
        self._reset()
        key = f"kill-{time.time_ns()}"
        self._killed(key, (victim, False))
        seen = self._recorded(key)
        return seen.index("block") + 1

    def _recorded(self, key: str) -> list[str]:
        seen: list[str] = []
        self.times = []

        def hook(sid: int, name: str, text: str) -> None:
            if sid != self.own_sid:
                seen.append(self._label(name, text))
                self.times.append(time.monotonic())

        self.server.faults.on_call(hook)
        worker = self._start(key)
        worker.join(60)
        self.server.faults.on_call(None)
        return seen

    def _start(self, key: str) -> Any:
        worker = self.processes.Process(target=work, args=(*self.credentials, key))
        worker.start()
        return worker

    def _undisturbed(self) -> tuple[list[Any], list[str], float]:
        self._reset()
        self._recorded(f"warm-{time.time_ns()}")
        self._reset()
        calls = self._recorded(f"calm-{time.time_ns()}")
        last = max(n for n, label in enumerate(calls) if label == "block")
        return self._effects(), calls, self.times[last] - self.times[0]

    # ------------------------------------------------------------------------------- what is seen

    def _label(self, name: str, text: str) -> str:
        known = self.names.get(text)
        if known == "advance":
            return "block"
        if known is not None:
            return known
        if name in ("execute", "reexecute"):
            return "statement: " + " ".join(text.split())[:80]
        return name

    def _index(self, entry: str) -> int:
        return next(n for n, call in enumerate(self.calls) if f"'{entry}'" in call)

    def _was_inside(self, key: str, edge: str) -> bool:
        if edge.startswith("block"):
            return True
        running = self._rows(
            "select count(*) from odag_step where run_hash = :1 and state = 'RUNNING'",
            RunIdentity(run_key=key).digest,
        )
        return bool(running[0][0])

    def _until_gone(self) -> None:
        """Wait until the sandbox has ended the sessions of killed workers."""
        deadline = time.monotonic() + 30
        while any(live.sid in self.sids for live in self.server.sessions()):
            if time.monotonic() > deadline:
                raise TimeoutError("a killed worker's session does not end")
            time.sleep(0.002)

    # ------------------------------------------------------------------------------- tables

    def _prepare(self) -> None:
        dsn, user, password = self.credentials
        schema.init(
            OracleConnector(lambda: oracledb.connect(user=user, password=password, dsn=dsn))
        )
        for text in TABLES:
            try:
                self._rows(text)
            except oracledb.DatabaseError as error:
                if "ORA-00955" not in str(error):
                    raise

    def _reset(self) -> None:
        for table in ("k_ledger", "k_account", "k_number"):
            self._rows(f"delete from {table}")
        self._rows("insert into k_account (id, balance) values (1, 100)")
        self._rows("insert into k_account (id, balance) values (2, 50)")
        self.connection.commit()

    def _effects(self) -> list[Any]:
        found = [
            self._rows("select entry, amount from k_ledger order by entry, amount"),
            self._rows("select id, balance from k_account order by id"),
            self._rows("select count(*), sum(n), sum(part) from k_number"),
        ]
        self.connection.commit()
        return found

    def _rows(self, text: str, *binds: Any) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(text, binds)
            return cursor.fetchall() if cursor.description else None


def main() -> int:
    """Run the whole campaign against a sandbox of its own and print the table."""
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--random", type=int, default=200, metavar="N")
    arguments.add_argument("--seed", type=int, default=20261121)
    given = arguments.parse_args()
    database = open_database(None, {"DEMO": "campaign"})
    try:
        with SandboxServer(database) as server:
            dsn = f"127.0.0.1:{server.port}/{database.service_name}"
            campaign = Campaign(server, dsn, "demo", "campaign")
            campaign.edges()
            campaign.takeover_edges()
            print(f"edges:\n{campaign.outcome}\n")
            failed = bool(campaign.outcome.wrong)
            campaign.outcome = Outcome()
            campaign.random_instants(given.random, given.seed)
            print(f"random instants (seed {given.seed}):\n{campaign.outcome}")
            return int(failed or bool(campaign.outcome.wrong))
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())
