"""What the sandbox costs beside psycopg on the same PostgreSQL, in one run.

The sandbox runs in a process of its own, as users have it; the peer talks to the PostgreSQL
within. Both read and write the same tables, in turn, and the best of the rounds counts. Then a
hundred sessions at once, and how long a start takes.

    python -m benchmarks.sandbox [--selects 2000] [--inserts 100000] [--rows 1000000]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import oracledb
import psycopg

PASSWORD = "benchmark"  # noqa: S105 - of a sandbox that lives as long as the benchmark
TARGETS = {"select by key": 3.0, "executemany": 4.0, "fetch": 5.0}
NEW_SECONDS, OLD_SECONDS = 5.0, 2.0
ROUNDS = 3
SESSIONS = TRANSACTIONS = 100
COLUMNS = "n, name, amount, made, note"
INSERT = f"insert into taken ({COLUMNS}) values (:1, :2, :3, sysdate, :4)"  # noqa: S608 - constants
PG_INSERT = 'insert into "DEMO"."TAKEN" values (%s, %s, %s, localtimestamp(0), %s)'
TABLE = """
create table {} (n number(9) primary key, name varchar2(40), amount number(12, 2), made date,
                 note varchar2(100))
"""


@contextmanager
def sandbox(data: Path) -> Iterator[str]:
    """Run a sandbox in its own process and give its connect string."""
    command = [str(Path(sys.executable).with_name("oracle-dag")), "sandbox", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--user", "demo", "--data", str(data)],
        env={**os.environ, "ORACLE_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = next((line for line in process.stdout if line.startswith("ready ")), None)
        if ready is None:
            raise SystemExit("the sandbox did not start")
        yield ready.split()[1]
    finally:
        process.terminate()
        process.wait(30)


def log_in(dsn: str) -> oracledb.Connection:
    """Open a session of the sandbox."""
    return oracledb.connect(user="demo", password=PASSWORD, dsn=dsn)


def peer(data: Path) -> psycopg.Connection:
    """Connect to the PostgreSQL that the sandbox runs."""
    lines = (data / "pgdata" / "postmaster.pid").read_text().splitlines()
    return psycopg.connect(host=lines[4], user="postgres", dbname="oracle")


def best(work: Callable[[], object]) -> float:
    """Return the seconds of one run."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def compare(
    name: str, ours: Callable[[], object], theirs: Callable[[], object], rounds: int = ROUNDS
) -> bool:
    """Measure both in turn, print the best of each and tell whether the target is met."""
    measured = [(best(theirs), best(ours)) for _ in range(rounds)]
    peer_seconds = min(first for first, _ in measured)
    our_seconds = min(second for _, second in measured)
    ratio, target = our_seconds / peer_seconds, TARGETS[name]
    print(
        f"{name:<14} psycopg {peer_seconds:8.3f} s   sandbox {our_seconds:8.3f} s"
        f"   ratio {ratio:5.2f} (target {target:g}: {'met' if ratio <= target else 'missed'})"
    )
    return ratio <= target


def select_by_key(session: oracledb.Connection, other: psycopg.Connection, count: int) -> bool:
    """Compare one-row SELECTs by primary key."""
    ours, theirs = session.cursor(), other.cursor()

    def our_work() -> None:
        for key in range(count):
            ours.execute("select name, amount from given where n = :1", [key % 1000 + 1])
            assert ours.fetchone() is not None

    def their_work() -> None:
        for key in range(count):
            theirs.execute(
                'select "NAME", "AMOUNT" from "DEMO"."GIVEN" where "N" = %s', [key % 1000 + 1]
            )
            assert theirs.fetchone() is not None

    return compare("select by key", our_work, their_work)


def executemany(session: oracledb.Connection, other: psycopg.Connection, count: int) -> bool:
    """Compare inserting many rows by one call, and the commit."""
    rows = [(n, f"name {n}", n * 0.25, f"a note that says {n}") for n in range(count)]
    ours, theirs = session.cursor(), other.cursor()

    def our_work() -> None:
        ours.executemany(INSERT, rows)
        session.commit()
        assert ours.rowcount == count

    def their_work() -> None:
        theirs.executemany(PG_INSERT, rows)
        other.commit()

    def emptied(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            work()
            theirs.execute('delete from "DEMO"."TAKEN"')
            other.commit()

        return run

    # The same delete stands behind both; it is a small part of either.
    return compare("executemany", emptied(our_work), emptied(their_work), rounds=2)


def fetch(session: oracledb.Connection, other: psycopg.Connection, count: int) -> bool:
    """Compare fetching many rows of five columns."""
    ours = session.cursor()
    ours.arraysize = ours.prefetchrows = 10_000

    def our_work() -> None:
        assert len(ours.execute(f"select {COLUMNS} from given").fetchall()) == count  # noqa: S608 - constants

    def their_work() -> None:
        with other.cursor() as cursor:
            assert len(cursor.execute('select * from "DEMO"."GIVEN"').fetchall()) == count

    return compare("fetch", our_work, their_work, rounds=2)


def at_once(dsn: str) -> bool:
    """Let many sessions make many transactions each, and count what is there."""
    session = log_in(dsn)
    with session.cursor() as cursor:
        cursor.execute("create table counted (worker number(4), turn number(4))")
    failures: list[BaseException] = []
    begin = time.perf_counter()

    def work(worker: int) -> None:
        try:
            with log_in(dsn) as own, own.cursor() as cursor:
                for turn in range(TRANSACTIONS):
                    cursor.execute("insert into counted values (:1, :2)", [worker, turn])
                    own.commit()
        except oracledb.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    with session.cursor() as cursor:
        cursor.execute("select count(distinct worker * 1000 + turn) from counted")
        (found,) = cursor.fetchone() or (0,)
    session.close()
    expected = SESSIONS * TRANSACTIONS
    print(
        f"{SESSIONS} sessions, {TRANSACTIONS} transactions each: {seconds:.1f} s, "
        f"{expected - found} lost, {len(failures)} failed {failures[:1] or ''}"
    )
    return found == expected and not failures


def first_query(data: Path, what: str, target: float) -> bool:
    """Measure from the start of the process to the first answer."""

    def work() -> None:
        with sandbox(data) as dsn, log_in(dsn) as session:
            session.cursor().execute("select 1 from dual")
            ended.append(time.perf_counter())

    ended: list[float] = []
    begin = time.perf_counter()
    work()
    seconds = ended[0] - begin
    verdict = "met" if seconds <= target else "missed"
    print(f"start to first query, {what}: {seconds:.2f} s (target {target:g}: {verdict})")
    return seconds <= target


def main() -> int:
    """Measure it all; 1 if a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--selects", type=int, default=2000)
    parser.add_argument("--inserts", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        met = [first_query(data, "new directory", NEW_SECONDS)]
        met.append(first_query(data, "existing directory", OLD_SECONDS))
        with sandbox(data) as dsn, log_in(dsn) as session, peer(data) as other:
            with session.cursor() as cursor:
                cursor.execute(TABLE.format("given"))
                cursor.execute(TABLE.format("taken"))
            other.execute(
                'insert into "DEMO"."GIVEN" select n, \'name \' || n, n * 0.25,'
                " date '2026-01-01' + mod(n, 365) * interval '1 day 1 second',"
                " 'a note that says ' || n"
                " from generate_series(1, %s) n",
                [chosen.rows],
            )
            other.commit()
            met.append(select_by_key(session, other, chosen.selects))
            met.append(executemany(session, other, chosen.inserts))
            met.append(fetch(session, other, chosen.rows))
            met.append(at_once(dsn))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
