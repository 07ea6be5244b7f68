"""Ask a database what the protocol relies on, and what no manual answers; one line each.

    ORACLE_DSN=host:1521/service ORACLE_USER=u ORACLE_PASSWORD=p python -m tests.probes.oracle

The user needs CREATE TABLE and a quota. Tables named ODAG_PROBE_… are made and dropped, and the
checkpoint tables are made where they are not there yet. ORACLE_PROBE_IN_DOUBT=1 also asks what
leaves a distributed transaction in doubt for a while. The exit code is 1 when an answer is not what
the protocol relies on; a question that cannot be asked there, and an open one, say so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import oracledb

from tests.probes import beyond, definitions, handing, loading, sessions, transactions
from tests.probes.asking import CannotBeAsked, Place, Probe, asking_at

#: Not implemented; a package that is not there or not granted; a privilege that is missing.
_NOT_THERE = ("ORA-03001", "ORA-06550", "ORA-01031")
PROBES = (
    *transactions.PROBES,
    *sessions.PROBES,
    *loading.PROBES,
    *definitions.PROBES,
    *handing.PROBES,
    *beyond.PROBES,
)


def answers(place: Place) -> Iterator[tuple[Probe, str, str]]:
    """Ask all questions; give each with its answer and what to make of it.

    The last is ``as relied on``, ``NOT AS RELIED ON``, ``open`` or ``cannot be asked``.
    """
    for probe in PROBES:
        try:
            with asking_at(place) as asking:
                answer = probe.ask(asking)
        except (oracledb.Error, CannotBeAsked) as error:
            yield probe, str(error).split("\n", 1)[0], "cannot be asked"
            continue
        if answer.startswith(_NOT_THERE):
            yield probe, answer, "cannot be asked"
        elif probe.expected is None:
            yield probe, answer, "open"
        else:
            matches = answer == probe.expected
            yield probe, answer, "as relied on" if matches else "NOT AS RELIED ON"


def main() -> int:
    """Print a line for each question."""
    env = os.environ
    missing = [n for n in ("ORACLE_DSN", "ORACLE_USER", "ORACLE_PASSWORD") if not env.get(n)]
    if missing:
        print(f"probe-oracle: set {', '.join(missing)}", file=sys.stderr)
        return 2
    place = Place(env["ORACLE_DSN"], env["ORACLE_USER"], env["ORACLE_PASSWORD"])
    with place.connect() as connection:
        print(f"Oracle {connection.version} at {place.dsn}")
    wrong = 0
    for probe, answer, judged in answers(place):
        wrong += judged.isupper()
        print(f"{judged:<17} {probe.number:>2} {probe.question}: {answer}", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
