"""What was found in PL/SQL that bears on its caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, NamedTuple, Optional, Tuple


class OpaqueCode(Exception):
    """Say that code could not be read, and where.

    :param line: counted from the first line of the text, 1.
    """

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.line = line


class Remark(NamedTuple):
    """Something that code does itself, such as ``has COMMIT``."""

    text: str
    line: int


class Call(NamedTuple):
    """A name that stands for code elsewhere, or may do so.

    :param parts: as Oracle folds them, without quotes.
    :param said: what is to be said when nobody looks behind the name.
    :param is_supplied: one of Oracle's own that is not known to leave the transaction alone.
    :param is_own: of the same stored unit.
    """

    parts: Tuple[str, ...]
    line: int
    said: str
    is_supplied: bool = False
    is_own: bool = False

    @property
    def name(self) -> str:
        """Give the name as it is written."""
        return ".".join(self.parts)


@dataclass
class Traits:
    """What one piece of code does itself, and what it calls.

    :param is_autonomous: it runs in a transaction of its own, and so does all that it calls.
    """

    remarks: List[Remark] = field(default_factory=list)
    calls: List[Call] = field(default_factory=list)
    is_autonomous: bool = False

    @property
    def said(self) -> Optional[str]:
        """Give the first thing that makes it opaque, None when there is none."""
        if self.remarks:
            return self.remarks[0].text
        return self.calls[0].said if self.calls else None

    def take(self, other: Traits) -> None:
        """Add what a part of it does."""
        self.remarks += other.remarks
        self.calls += other.calls
