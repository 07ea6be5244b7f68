"""Why tests of the driver's suite fail here: what the sandbox lacks, or does differently.

Each reason is a name and a pattern of the failure's message; the first that fits counts. A failure
that fits none is to be looked into: it is a defect, or a difference that nobody has named yet.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REASONS: tuple[tuple[str, str], ...] = ()
_COMPILED = tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in REASONS)


class Outcome(NamedTuple):
    """Hold how one test ended."""

    test: str
    kind: str  # passed, failed or skipped
    message: str = ""


def outcomes(report: Path) -> Iterator[Outcome]:
    """Read a JUnit report; an error of a fixture is a failure of its test."""
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - the same
        name = f"{case.get('classname')}.{case.get('name')}"
        kind, message = "passed", ""
        for child in case:
            if child.tag in ("failure", "error"):
                kind, message = "failed", f"{child.get('message') or ''}\n{child.text or ''}"
            elif child.tag == "skipped":
                kind = "skipped"
        yield Outcome(name, kind, message)


def reason_of(message: str) -> str | None:
    """Return the name of the reason, None when nobody has named it."""
    return next((name for name, pattern in _COMPILED if pattern.search(message)), None)
