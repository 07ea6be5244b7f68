"""What an attempt cost is shared out to its steps, and nothing of it is lost."""

from __future__ import annotations

import random

from airflow_oracle_dag.core.costs import shares


def test_each_step_pays_for_its_time() -> None:
    """In proportion."""
    assert shares(8.0, {1: 30.0, 2: 10.0}) == {1: 6.0, 2: 2.0}


def test_what_took_no_time_pays_alike() -> None:
    """There is nothing else to go by; what is left over goes to the first."""
    assert shares(1.0, {3: 0.0, 4: 0.0, 5: -1.0}) == {3: 0.334, 4: 0.333, 5: 0.333}


def test_the_shares_sum_up() -> None:
    """Whatever the times are."""
    chance = random.Random(7)  # noqa: S311 - times, not secrets
    for _ in range(200):
        total = chance.randrange(1, 10**7) / 1000
        seconds = {no: chance.expovariate(0.01) for no in range(chance.randrange(1, 9))}

        found = shares(total, seconds)

        assert sum(round(one * 1000) for one in found.values()) == round(total * 1000)
        assert all(one >= 0 for one in found.values())
