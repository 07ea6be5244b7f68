"""What is wrong with a file of a job set: where, what, and how to mend it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.core.errors import OracleDagError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Keys and indexes from the top of a file to a value in it.
Path = tuple["str | int", ...]


@dataclass(frozen=True)
class Problem:
    """One mistake in one file.

    :param file: as its reader knows it.
    :param line: 1-based, 0 when the whole file is meant.
    :param field: dotted path, such as ``jobs.load.after``; "" when the whole file is meant.
    :param message: what is wrong, without a full stop.
    :param cure: how to mend it, without a full stop.
    :param is_warning: whether the DAG can be built all the same.
    """

    file: str
    line: int
    field: str
    message: str
    cure: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        parts = [where, *([self.field] if self.field else [])]
        kind = "warning: " if self.is_warning else ""
        text = f"{': '.join(parts)}: {kind}{self.message}"
        if not self.cure:
            return text
        return f"{text}\n  To mend it: {self.cure}{'' if self.cure.endswith('?') else '.'}"

    def as_document(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "file": self.file,
            "line": self.line or None,
            "field": self.field or None,
            "severity": "warning" if self.is_warning else "error",
            "message": self.message,
            "cure": self.cure or None,
        }


class JobSetError(OracleDagError):
    """Report everything that is wrong with a folder of job sets.

    :param problems: in the order of the files and their lines.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(path: Path) -> str:
    """Write a path as a field's name: ``jobs.load.after[1]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def nearest(name: str, known: Iterable[str]) -> str:
    """Return what may have been meant, else nothing.

    :param known: the names that there are.
    """
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]}?" if close else ""
