"""All cases, from the modules under ``cases``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.conformance.record import Case, Feature

FOLDER = Path(__file__).parent / "cases"


class Chapter(NamedTuple):
    """Hold what one module says."""

    module: str
    feature: Feature
    cases: tuple[Case, ...]


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return every feature with its cases, in the order of the items and titles."""
    found = []
    for path in FOLDER.glob("[a-z]*.py"):
        module = importlib.import_module(f"tests.conformance.cases.{path.stem}")
        found.append(Chapter(path.stem, module.FEATURE, tuple(module.CASES)))
    return tuple(sorted(found, key=lambda c: (c.feature.item, c.feature.title.lower())))


def cases() -> Iterator[tuple[str, Case]]:
    """Give every case with a name that there is only once."""
    for chapter in chapters():
        for case in chapter.cases:
            yield f"{chapter.module}: {case.name}", case
