"""The totals of a day, computed in Python and independently of the scripts' SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

LINES = 200_000
REGIONS = ("NORTH", "EAST", "SOUTH", "WEST")
FIRST_RATE_DAY = date(2020, 1, 1)


@dataclass
class Total:
    """What the report must say about a region."""

    orders: int = 0
    reported_cents: int = 0


def rate(day: date, region: str) -> Decimal:
    """Return a region's rate of a day."""
    number = (day - FIRST_RATE_DAY).days * 17 + (REGIONS.index(region) + 1) * 131
    return 1 + Decimal(number % 500) / 10000


def totals(day: date) -> dict[str, Total]:
    """Return what a day's report must say."""
    seed = int(day.strftime("%Y%m%d"))
    customers: dict[tuple[str, int], list[int]] = {}
    for line in range(1, LINES + 1):
        returned = line % 997 == 0
        # Every 500th line repeats the order before it; of two lines of an order the newer counts.
        repeated = (line + 1) % 500 == 0
        if returned or repeated:
            continue
        quantity = 1 + (line * 7 + seed) % 9
        cents = quantity * (100 + (line * 7919 + seed) % 9900)
        region = REGIONS[(line + seed) % 4]
        customer = 1 + (line * 31 + seed) % 5000
        facts = customers.setdefault((region, customer), [0, 0])
        facts[0] += 1
        facts[1] += cents
    found = {region: Total() for region in REGIONS}
    for (region, _), (orders, cents) in customers.items():
        found[region].orders += orders
        # each customer's amount is rounded by itself, away from zero as Oracle's ROUND does
        valued = (cents * rate(day, region)).quantize(Decimal(1), ROUND_HALF_UP)
        found[region].reported_cents += int(valued)
    return found
