"""An error shows its line, and a caret under the place, whatever is in the line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.errors import ScriptError, drawn, excerpt


@pytest.mark.parametrize(
    ("text", "caret", "shown", "column"),
    [
        ("select x", 8, "select x", 7),
        ("\tselect\tx", 9, " select x", 8),
        ("select '日本', x", 14, "select '日本', x", 15),
        ("select 'e\u0301', x", 13, "select 'e\u0301', x", 11),
        ("select '\x1b[31m', x", 17, "select '?[31m', x", 16),
        ("select '\u202e', x", 12, "select '?', x", 11),
        ("select", 7, "select", 6),
    ],
)
def test_the_caret_stands_under_the_place(text, caret, shown, column) -> None:
    """Columns are those of a terminal: two for a wide character, none for one that combines."""
    first, second = drawn(text, caret)
    assert first == "    " + shown
    assert second == " " * (4 + column) + "^"


@pytest.mark.parametrize(
    ("place", "begins", "ends"),
    [(1, "x", "…"), (60, "…x", "…"), (900, "…x", "…"), (1999, "…x", "x"), (2001, "…x", "x")],
)
def test_of_a_long_line_the_part_around_the_place_is_shown(place, begins, ends) -> None:
    """What is left out is a …; the place is still the same character."""
    text = "x" * 2000
    text = text[: place - 1] + "!" + text[place:] if place <= len(text) else text
    part, caret = excerpt(text, place)
    assert part.startswith(begins if place > 1 else "!")
    assert part.endswith(ends)
    assert len(part) <= 102
    assert part[caret - 1 : caret] == ("!" if place <= len(text) else "")


def test_a_line_that_fits_is_not_cut() -> None:
    """Wherever the place is in it."""
    assert excerpt("x" * 100, 99) == ("x" * 100, 99)


@given(st.text(), st.integers(0, 300))
def test_any_line_can_be_drawn(text, place) -> None:
    """One line, and one for the caret; nothing in them moves a terminal's cursor."""
    part, caret = excerpt(text * 20, min(place, len(text) * 20 + 1))
    lines = drawn(part, caret)
    assert len(lines) == (0 if not part else 2 if caret else 1)
    for line in lines:
        assert line.isprintable()
        assert not any(unicodedata.category(each) in ("Cc", "Cf") for each in line)


def test_an_error_is_drawn_like_a_compiler_s() -> None:
    """File, line, column and message; the line; the caret; the cure."""
    error = ScriptError("no", file="a.sql", line=2, column=3, text="a\tb", cure="do", rule="r")
    assert str(error).split("\n") == ["a.sql:2:3: no", "    a b", "      ^", "  To mend it: do"]
