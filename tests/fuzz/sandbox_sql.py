"""Feed broken SQL and PL/SQL to the sandbox's parsers.

    python -m tests.fuzz.sandbox_sql [--seconds 60] [--seed 1]

The statements of the conformance suite are taken apart into tokens, which are changed, left out,
doubled, swapped between statements or nested. Whatever comes of it is parsed or refused with an
ORA- error; anything else that the parser raises is a stumble, which the wire answers with ORA-03001
(`Calls`): its kinds are counted, so that they can be mended. None may take long, and none may end
the process.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from functools import cache

from airflow_oracle_dag.sandbox.engine_statement import parse_statement
from airflow_oracle_dag.sandbox.session import OracleError
from tests.conformance.suite import cases

SLOW = 5.0  # seconds that no statement may take
_TOKEN = re.compile(r"\s+|'(?:[^']|'')*'|\"[^\"]*\"|[\w$#]+|.", re.DOTALL)
_SPICE = (
    *"(),'\":;@%\0é", ":x", "/*", "*/", "--", "||", ":=", "=>", "..", "q'[", "1e400",
    "null", "select", "begin", "end", "from", "with", "as", "case",
)  # fmt: skip


@cache
def corpus() -> tuple[list[str], ...]:
    """Return the statements of the conformance suite, in tokens."""
    texts = set()
    for _, case in cases():
        said = [*case.setup, case.run, case.then]
        texts.update(text for text in said if isinstance(text, str))
    return tuple(_TOKEN.findall(text) for text in sorted(texts))


def broken(dice: random.Random) -> str:
    """Make a statement that is wrong in one to four places."""
    tokens = list(dice.choice(corpus()))
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(tokens) + 1)
        way = dice.randrange(6)
        if way == 0:
            del tokens[at : at + dice.randrange(1, 4)]
        elif way == 1:
            tokens.insert(at, dice.choice(_SPICE))
        elif way == 2:
            tokens[at:at] = tokens[at : at + dice.randrange(1, 9)]
        elif way == 3:
            other = dice.choice(corpus())
            start = dice.randrange(len(other))
            tokens[at:at] = other[start : start + dice.randrange(1, 12)]
        elif way == 4:
            del tokens[at:]
        else:
            depth = dice.choice((1, 5, 60, 3000))
            tokens[at:at] = ["("] * depth
            tokens.append(")" * depth)
        tokens = tokens or [" "]
    return "".join(tokens)


def parse(sql: str) -> str:
    """Parse a statement; return what came of it.

    :raises AssertionError: when that took too long.
    """
    begin = time.process_time()  # others may use this machine
    try:
        parse_statement(sql)
        came = "parsed"
    except OracleError:
        came = "refused"
    except RecursionError:
        came = "too deep"
    except Exception as error:  # noqa: BLE001 - whatever it is: counted as a stumble
        came = f"stumbled: {type(error).__name__} {str(error)[:60]!r}"
    seconds = time.process_time() - begin
    assert seconds < SLOW, f"{seconds:.1f} s for {sql!r}"
    return came


def rounds(seconds: float, dice: random.Random) -> tuple[Counter[str], dict[str, str]]:
    """Parse broken statements for a while; return what came of them, and one example of each."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sql = broken(dice)
        came = parse(sql)
        counts[came] += 1
        examples.setdefault(came, sql)
    return counts, examples


def main() -> None:
    """Parse until the time is over; the seed is told, so that it can be repeated."""
    parser = argparse.ArgumentParser(description="broken statements for the sandbox's parsers")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % (1 << 32))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}")
    dice = random.Random(chosen.seed)  # noqa: S311 - dice
    counts, examples = rounds(chosen.seconds, dice)
    for came, count in counts.most_common():
        print(f"{count:7} {came}")
        if came.startswith("stumbled"):
            print(f"        {examples[came]!r}")


if __name__ == "__main__":
    main()
