"""The first rows of a query are small and plain, whatever is in them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.query_rows import (
    LARGEST_DOCUMENT,
    LONGEST_TEXT,
    WIDEST_TABLE,
    QueryRows,
)


def one(value: Any) -> QueryRows:
    """Return a query of one value."""
    return QueryRows(("C",), ((value,),), True)


class Lob:
    """Stand for what would have to be read first."""

    def __str__(self) -> str:
        raise AssertionError("it was read")


@pytest.mark.parametrize(
    ("value", "shown", "kept"),
    [
        (None, "", None),
        ("text", "text", "text"),
        ("a\nb\x1b[2J", "a\\nb\\x1b[2J", "a\nb\x1b[2J"),
        ("a\0b", "a\\x00b", "a\ufffdb"),
        (5, "5", 5),
        (2**53, "9007199254740992", "9007199254740992"),
        (1.5, "1.5", 1.5),
        (float("nan"), "nan", "nan"),
        (float("-inf"), "-inf", "-inf"),
        (Decimal("3.10"), "3.10", "3.10"),
        (True, "True", True),
        (b"\x00\xff", "00FF", "00FF"),
        (datetime(2026, 11, 20, 3), "2026-11-20 03:00:00", "2026-11-20 03:00:00"),
        (timedelta(days=1), "1 day, 0:00:00", "1 day, 0:00:00"),
        ({"a": [1]}, "{'a': [1]}", "{'a': [1]}"),
        (Lob(), "(Lob)", "(Lob)"),
    ],
)
def test_each_kind_of_value(value: Any, shown: str, kept: Any) -> None:
    """A log shows no character that moves its cursor; JSON loses no digit."""
    assert one(value).table(1)[-1].strip() == shown
    assert one(value).document(1)["rows"] == [[kept]]


@pytest.mark.parametrize(
    ("rows", "fetched_all", "most", "headline"),
    [
        (0, True, 5, "no rows"),
        (1, True, 5, "1 row"),
        (5, True, 5, "5 rows"),
        (6, True, 5, "6 rows, the first 5:"),
        (100, False, 20, "100 rows or more, the first 20:"),
        (100, False, 100, "100 rows or more, the first 100:"),
    ],
)
def test_the_headline_says_how_many(rows: int, fetched_all: bool, most: int, headline: str) -> None:
    """It never claims more rows to be shown or known than are."""
    query = QueryRows(("N",), tuple((n,) for n in range(rows)), fetched_all)
    assert query.table(most)[0] == headline
    assert query.document(most)["is_whole"] == (fetched_all and rows <= most)


def test_a_long_value_is_cut() -> None:
    """The table has its beginning, the document more of it; both say that it was cut."""
    query = one("x" * 1000)
    assert query.table(1)[-1] == "x" * (LONGEST_TEXT - 1) + "…"
    assert query.document(1)["rows"][0][0].endswith("x…")
    assert not query.document(1)["is_whole"]


def test_columns_that_do_not_fit_are_counted() -> None:
    """A wide table stays readable."""
    names = tuple(f"COLUMN_{n}" for n in range(50))
    lines = QueryRows(names, (tuple(range(50)),), True).table(1)
    assert max(map(len, lines)) <= WIDEST_TABLE
    assert lines[-1] == f"(and {50 - len(lines[1].split())} more columns)"


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.datetimes()
)


@given(
    st.lists(st.text(min_size=1), min_size=1, max_size=400).flatmap(
        lambda names: st.tuples(
            st.just(names),
            st.lists(st.tuples(*[VALUES] * min(len(names), 4)), max_size=20),
        )
    )
)
def test_always_small_and_valid(given_: Tuple[List[str], List[Tuple[Any, ...]]]) -> None:
    """Whatever a query gives: JSON of a limited size, lines of a limited width, no line ends."""
    names, rows = given_
    full = tuple((*row, *([None] * (len(names) - len(row)))) for row in rows)
    query = QueryRows(tuple(names), full, True)
    document = query.document(20)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert len(json.dumps([document["columns"], document["rows"]])) <= LARGEST_DOCUMENT + 100
    for line in query.table(20):
        assert len(line) <= WIDEST_TABLE
        assert line.isprintable()
