"""One thing to know about a script, as lint says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from airflow_oracle_dag.core.errors import drawn


class Severity(str, Enum):
    """How bad it is."""

    ERROR = "error"  # a run refuses the script
    WARNING = "warning"  # a run may need a person, or not do what is written
    NOTE = "note"  # what a run says in its log, and what is good to know


@dataclass(frozen=True)
class Problem:
    """One thing to know about a script.

    :param rule: a stable name for this kind of problem, such as ``missing-slash``.
    :param line: 1-based, 0 when the whole file is meant; :param column: the same.
    :param text: the line, with the column at ``caret``; "" where the line is not shown.
    """

    severity: Severity
    rule: str
    file: str
    line: int
    column: int
    message: str
    cure: str = ""
    text: str = ""
    caret: int = 0

    def __str__(self) -> str:
        """Write it as a compiler would: where, what, the line with a caret, the cure."""
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        lines = [f"{where}: {self.severity.value}: {self.message} [{self.rule}]"]
        lines += drawn(self.text, self.caret)
        if self.cure:
            lines.append(f"  To mend it: {self.cure}")
        return "\n".join(lines)
