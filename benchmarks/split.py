"""What splitting a script costs, beside sqlparse and sqlglot on the same scripts in one run.

The scripts are made up, always the same ones, in the proportions that public Oracle scripts show:
half of the bytes PL/SQL, SQL ended by ``;`` and ``/``, comments, PROMPT, SET, COLUMN, substitution
variables in a quarter of the files, Windows line ends in a tenth, a few KB each. `parse_script`
does all that it does for a run: it splits, compares both readings, classifies, finds binds and
reads annotations. sqlparse splits; sqlglot's tokenizer for Oracle only tokenizes. CPU time of one
process on one core.

    python -m benchmarks.split [--megabytes 1] [--profile]
"""

# ruff: noqa: S608  # these statements are made to be split: nothing runs them
from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import statistics
import time
from typing import TYPE_CHECKING

import sqlglot
import sqlparse

from airflow_oracle_dag.core.parse import parse_script

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROUNDS = 5
FASTER_THAN_SQLPARSE = 4.0
MEGABYTES_A_SECOND = 2.0
DOUBLING = 2.2
MEGABYTE = 1_000_000
_WORDS = [
    "account",
    "amount",
    "batch",
    "branch",
    "category",
    "channel",
    "city",
    "country",
    "currency",
    "customer",
    "delivery",
    "detail",
    "employee",
    "history",
    "invoice",
    "item",
    "ledger",
    "line",
    "location",
    "order",
    "partner",
    "payment",
    "price",
    "product",
    "quantity",
    "region",
    "report",
    "segment",
    "shipment",
    "status",
    "stock",
    "store",
    "supplier",
    "tax",
    "total",
    "unit",
    "vendor",
]


class _Maker:
    """Write scripts like those that people write; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # not for secrets
        self._substitutes = False

    def script(self) -> str:
        """Write one script of a few KB."""
        size = int(self._random.lognormvariate(7.9, 1.1))
        kinds = (
            (self._insert, 30),
            (self._query, 26),
            (self._table, 12),
            (self._update, 10),
            (self._block, 6),
            (self._package, 3),
            (self._comment, 30),
            (self._formatting, 36),
            (self._execute, 3),
        )
        self._substitutes = self._random.random() < 0.25
        made = ["set echo off feedback on\n"]
        if self._substitutes:
            made.append("define owner = stg\n")
        makers = [maker for maker, _ in kinds]
        weights = [weight for _, weight in kinds]
        while sum(map(len, made)) < size:
            (maker,) = self._random.choices(makers, weights)
            made.append(maker())
            made.append(self._random.choice(("", "\n", "\n\n")))
        text = "".join(made)
        return text.replace("\n", "\r\n") if self._random.random() < 0.1 else text

    def _name(self) -> str:
        return "_".join(self._random.choices(_WORDS, k=2))

    def _number(self) -> int:
        return self._random.randrange(100_000)

    def _end(self) -> str:
        return ";\n" if self._random.random() < 0.93 else "\n/\n"

    def _insert(self) -> str:
        columns = ", ".join(self._random.sample(_WORDS, 4))
        return (
            f"insert into {self._name()} ({columns})\nvalues ({self._number()}, "
            f"'{self._name()} of the {self._name()}', to_date('2026-01-{self._number() % 28 + 1}', "
            f"'YYYY-MM-DD'), 'it''s {self._number()}'){self._end()}"
        )

    def _query(self) -> str:
        table = f"&owner..{self._name()}" if self._substitutes else self._name()
        columns = ",\n".join(
            f"       nvl(a.{word}, {self._number()}) as {word}_value  -- the {word}"
            for word in self._random.sample(_WORDS, self._random.randint(2, 8))
        )
        return (
            f"select a.id,\n{columns}\n  from {table} a, {self._name()} b\n"
            f" where a.id = b.{self._name()}_id and b.{self._random.choice(_WORDS)} > "
            f"{self._number()} /* only {self._name()} */\n   and a.name like '%{self._name()}%'\n"
            f" order by 1, 2{self._end()}"
        )

    def _table(self) -> str:
        columns = ",\n".join(
            f"  {word:<12} {self._random.choice(('number(10)', 'varchar2(200 char)', 'date'))}"
            for word in self._random.sample(_WORDS, self._random.randint(3, 9))
        )
        return f"create table {self._name()} (\n{columns}\n) pctfree 10{self._end()}"

    def _update(self) -> str:
        return (
            f"update {self._name()} set {self._random.choice(_WORDS)} = '{self._name()}'\n"
            f" where id in (select id from {self._name()} where x = {self._number()});\n"
            + self._random.choice(("commit;\n", "", ""))
        )

    def _block(self) -> str:
        return f"declare\n  v_id number := {self._number()};\nbegin\n{self._body(2)}end;\n/\n"

    def _package(self) -> str:
        name = self._name()
        bodies = "".join(
            f"\n  -- does what {part} wants\n  procedure {part} (p_id in number) is\n"
            f"    v_id number;\n  begin\n{self._body(4)}  end {part};\n"
            for part in self._random.sample(_WORDS, self._random.randint(4, 16))
        )
        return f"create or replace package body {name} as\n{bodies}\nend {name};\n/\nshow errors\n"

    def _body(self, indent: int) -> str:
        makers = (self._call, self._branch, self._loop, self._stored, self._remark)
        chosen = self._random.choices(makers, k=self._random.randint(2, 9))
        return "".join(maker(" " * indent) for maker in chosen)

    def _call(self, blank: str) -> str:
        return f"{blank}v_id := {self._name()}.{self._name()}({self._number()}, 'a', v_id);\n"

    def _branch(self, blank: str) -> str:
        shown = f"{blank}  dbms_output.put_line('{self._name()}: ' || v_id);\n"
        return f"{blank}if v_id > {self._number()} then\n{shown}{blank}end if;\n\n"

    def _loop(self, blank: str) -> str:
        return (
            f"{blank}for r in (select * from {self._name()} where id = v_id) loop\n"
            f"{blank}  update {self._name()} set x = case when r.y = 1 then 2 else 3 end "
            f"where id = r.id;  -- one by one\n{blank}end loop;\n"
        )

    def _stored(self, blank: str) -> str:
        return f"{blank}insert into {self._name()} values (v_id, q'[it's {self._name()}]');\n"

    def _remark(self, blank: str) -> str:
        return f"{blank}/* {self._name()}\n{blank}   {self._name()} */\n{blank}null;\n"

    def _comment(self) -> str:
        return self._random.choice(
            (
                f"-- {self._name()}: it's the {self._name()}; see {self._number()}\n",
                f"/* {self._name()}\n * {self._name()} {self._number()}\n */\n",
                "-- " + "=" * 60 + "\n",
                f"rem {self._name()} {self._name()}\n",
            )
        )

    def _formatting(self) -> str:
        return self._random.choice(
            (
                f"prompt Creating {self._name()} ... it's {self._number()}\n",
                f"column {self._random.choice(_WORDS)} format a{self._number() % 90} heading 'X'\n",
                f"set linesize {self._number() % 900 + 80} pagesize 100 verify off\n",
                "set serveroutput on size unlimited\n",
            )
        )

    def _execute(self) -> str:
        return f"exec {self._name()}.{self._name()}({self._number()}, 'x')\n"


def scripts(megabytes: float) -> list[str]:
    """Write so many scripts that they have this size together."""
    maker = _Maker(4711)
    made, size = [], 0
    while size < megabytes * MEGABYTE:
        made.append(maker.script())
        size += len(made[-1])
    return made


def parse_all(texts: Sequence[bytes]) -> None:
    """Do what is measured."""
    for number, text in enumerate(texts):
        parse_script(text, name=f"script_{number}.sql")


def split_all(texts: Sequence[str]) -> None:
    """Do what sqlparse does for it."""
    for text in texts:
        sqlparse.split(text)


def tokenize_all(texts: Sequence[str]) -> None:
    """Do what sqlglot does for it: its tokenizer alone."""
    for text in texts:
        try:
            sqlglot.tokenize(text, read="oracle")
        except sqlglot.errors.TokenError:  # it knows no PROMPT it's: what was done is done
            continue


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of a piece of work."""
    began = time.process_time()
    work()
    return time.process_time() - began


LARGE: dict[str, Callable[[int], bytes]] = {
    "one statement": lambda half: (
        b"insert into t\n"
        + b"select 1234, 'a ''b''', :c, x.y -- z\n from dual union all\n" * (half * 8_500)
        + b"select 1, 'x', 2, 3 from dual;\n"
    ),
    "directives": lambda half: b"prompt hello, it is me\nset echo off\n" * (half * 12_500),
}


def doubling(make: Callable[[int], bytes]) -> float:
    """Return how many times as much twice as much costs: of 1 MB, or of 50,000 lines.

    The fastest of some rounds each, because whatever else the machine does only adds to them.
    """
    once, twice = make(2), make(4)
    taken = [(_parsed(once), _parsed(twice)) for _ in range(2 * ROUNDS)]
    return min(second for _, second in taken) / min(first for first, _ in taken)


def _parsed(data: bytes) -> float:
    return seconds(lambda: parse_script(data))


def rates(texts: list[str], rounds: int) -> dict[str, float]:
    """Return MB/s of each, the median of rounds in which they take turns."""
    data = [text.encode() for text in texts]
    size = sum(map(len, data)) / MEGABYTE
    works: dict[str, Callable[[], None]] = {
        "parse_script": lambda: parse_all(data),
        "sqlparse.split": lambda: split_all(texts),
        "sqlglot.tokenize": lambda: tokenize_all(texts),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(seconds(work))
    return {name: size / statistics.median(found) for name, found in taken.items()}


def _profile(texts: list[str]) -> None:
    data = [text.encode() for text in texts]
    profile = cProfile.Profile()
    profile.runcall(parse_all, data)
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)


def main() -> int:
    """Measure and print; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.split", description=__doc__)
    parser.add_argument("--megabytes", type=float, default=1.0)
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    parsed = parser.parse_args()
    texts = scripts(parsed.megabytes)
    if parsed.profile:
        _profile(texts)
        return 0
    found = rates(texts, ROUNDS)
    ours = found["parse_script"]
    print(f"{len(texts)} scripts, {sum(map(len, texts)) / MEGABYTE:.2f} MB")
    for name, rate in found.items():
        print(f"{name:<18}{rate:8.2f} MB/s  {ours / rate:8.1f} x as fast is parse_script")
    grown = {name: doubling(make) for name, make in LARGE.items()}
    for name, times in grown.items():
        print(f"{name:<18}{times:8.2f} x for twice the size, at most {DOUBLING}")
    fast = ours / found["sqlparse.split"] >= FASTER_THAN_SQLPARSE and ours >= MEGABYTES_A_SECOND
    return 0 if fast and max(grown.values()) <= DOUBLING else 1


if __name__ == "__main__":
    raise SystemExit(main())
