"""Every case gives what its evidence says, or what the documents admit.

    pytest tests/conformance --db sandbox | oracle
    pytest tests/conformance -k "forall"

A new module under ``cases`` is a new feature; ``record.py`` says what a case looks like. What the
cases say of the sandbox becomes the table in docs/sandbox.md: `python -m tests.documents.sandbox`.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conformance import suite
from tests.conformance.bench import Bench, expected_of, outcome
from tests.conformance.record import Case, Manual

CASES = dict(suite.cases())
CHAPTERS = {chapter.module: chapter for chapter in suite.chapters()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(bench: Bench, case: Case) -> None:
    """A case ends as it must here."""
    expected = expected_of(case, sandbox=bench.place.is_sandbox)

    assert outcome(bench, case, expected) == expected


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=CHAPTERS)
def test_a_feature_has_five_cases_with_names_of_their_own(chapter: suite.Chapter) -> None:
    """No feature is judged by an example or two, and no case is there twice."""
    names = Counter(case.name for case in chapter.cases)

    assert len(names) >= 5
    assert set(names.values()) == {1}


def test_a_feature_is_one_module() -> None:
    """A title stands once, so that the table has one row for it."""
    titles = Counter(chapter.feature.title.lower() for chapter in CHAPTERS.values())

    assert [title for title, modules in titles.items() if modules > 1] == []


def test_a_book_that_is_not_oracles_is_no_evidence() -> None:
    """What the sandbox has answered proves nothing."""
    with pytest.raises(ValueError, match="Oracle's manuals"):
        Manual("What the sandbox said", "yesterday")
