"""Statements that are no statements are refused, quickly."""

from __future__ import annotations

import random

import pytest

from tests.fuzz import sandbox_sql


def test_a_broken_statement_is_parsed_or_refused():
    """Tokens changed, left out, doubled, swapped or nested: hardly any makes a parser stumble."""
    counts, examples = sandbox_sql.rounds(2.0, random.Random(11))  # noqa: S311 - dice
    stumbles = sum(count for came, count in counts.items() if came.startswith("stumbled"))
    assert counts["refused"] > 0 and counts["parsed"] > 0
    assert stumbles <= counts.total() // 20, examples


@pytest.mark.parametrize(
    "sql",
    [
        "create view v as",
        "create index i on t (n,",
        "create table c (a number not null check (a > =>0))",
        "create table t (a number, b number default on null 7 7)",
        "create table t (c clob check (c check (c is json))",
        "select s.nextval  dual connect by level <= 2",
        "update t set( )",
        "update t set c(((('y'))))",
        "select a, b.v from b where a.id = b.a_id (+)",
        "declare function f return number is begin return 1t; end; begin null; end;",
    ],
)
def test_what_made_parsers_stumble_is_refused(sql):
    """Mistakes that a fuzzer has found have an error of their own now."""
    assert sandbox_sql.parse(sql) == "refused"
