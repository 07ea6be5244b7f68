"""The sandbox's document says what the conformance cases say."""

from __future__ import annotations

import pytest

from tests.documents import sandbox


def test_the_table_is_what_the_cases_give() -> None:
    """Written anew by `python -m tests.documents.sandbox`."""
    page = sandbox.PAGE.read_text(encoding="utf-8")

    assert sandbox.written(page) == page


def test_a_missing_table_is_said() -> None:
    """A document that lost the comments is not left as it was."""
    with pytest.raises(ValueError, match="must stand there once"):
        sandbox.written("no table")
