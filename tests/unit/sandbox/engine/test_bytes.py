"""LENGTHB and SUBSTRB count bytes, in SQL and in PL/SQL alike."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("lengthb('aü€')", 6),
        ("substrb('aü€b', 1, 1)", "a"),
        ("substrb('aü€b', 2, 2)", "ü"),
        ("substrb('aü€b', 2, 3)", "ü "),
        ("substrb('aü€b', 3, 4)", " €"),
        ("substrb('aü€b', 4)", "€b"),
        ("substrb('aü€b', -1)", "b"),
        ("substrb('abc', 1, 0)", None),
        ("substrb('abc', 9)", None),
    ],
)
def test_bytes(client, expression, expected):
    """The bytes of a character that is cut become blanks."""
    assert client.one(f"select {expression} from dual") == expected
    assert client.block(f"begin :x := {expression}; end;") == {"x": expected}
