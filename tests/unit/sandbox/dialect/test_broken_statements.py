"""Statements that are no statements are refused, quickly."""

from __future__ import annotations

import random

from tests.fuzz import sandbox_sql


def test_a_broken_statement_is_parsed_or_refused():
    """Tokens changed, left out, doubled, swapped or nested: hardly any makes a parser stumble."""
    counts, examples = sandbox_sql.rounds(2.0, random.Random(11))  # noqa: S311 - dice
    stumbles = sum(count for came, count in counts.items() if came.startswith("stumbled"))
    assert counts["refused"] > 0 and counts["parsed"] > 0
    assert stumbles <= counts.total() // 20, examples
