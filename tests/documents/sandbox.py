"""Write the table of features in `docs/sandbox.md` from what the conformance cases say.

    python -m tests.documents.sandbox

A test keeps the document equal to that; the suite keeps the cases equal to the sandbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.record import ITEMS, Case, Differs, Manual, Missing, RealRun, Transcript
from tests.conformance.suite import Chapter, cases, chapters

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
BEGIN, END = "<!-- features -->\n", "<!-- end of features -->"
KINDS = {
    Manual: "a section of a manual",
    Transcript: "a published transcript",
    RealRun: "a run on a real Oracle",
}


def table() -> str:
    """Lay out every feature with its state."""
    lines = [totals(), ""]
    for item, title in ITEMS.items():
        found = [chapter for chapter in chapters() if chapter.feature.item == item]
        lines += [f"| {title} | Cases | State |", "|---|---|---|"]
        lines += [row(c.feature.title, str(len(c.cases)), state(c)) for c in found]
        lines.append("")
    return "\n".join(lines)


def row(*cells: str) -> str:
    """Lay out one row; what concatenates in SQL would end a cell."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def totals() -> str:
    """Count the cases by their evidence and by what the sandbox makes of them."""
    every = [case for _, case in cases()]
    kinds = Counter(type(case.evidence) for case in every)
    states = Counter(type(case.sandbox) for case in every)
    evidence = ", ".join(f"{kinds[kind]} by {name}" for kind, name in KINDS.items())
    return (
        f"{len(every)} cases, expected {evidence}. "
        f"{states[type(None)]} work, {states[Missing]} are ORA-03001, {states[Differs]} differ."
    )


def state(chapter: Chapter) -> str:
    """Say what of a feature works, what is ORA-03001 and what differs."""
    unlike = [case for case in chapter.cases if case.sandbox is not None]
    if not unlike:
        return "works"
    if all(isinstance(case.sandbox, Missing) for case in chapter.cases):
        return "ORA-03001"
    return "works; " + "; ".join(_remarks(unlike))


def _remarks(unlike: list[Case]) -> Iterator[str]:
    absent = [case.name for case in unlike if isinstance(case.sandbox, Missing)]
    if absent:
        yield f"ORA-03001: {', '.join(absent)}"
    for case in unlike:
        if isinstance(case.sandbox, Differs):
            yield f"differs in “{case.name}”: {case.sandbox.how}"


def written(page: str) -> str:
    """Return the document with the table as the cases have it now."""
    if (page.count(BEGIN), page.count(END)) != (1, 1):
        raise ValueError(f"{PAGE}: the table must stand there once, between its comments")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
