"""What can go wrong before a database is asked, and the base of every error of this package.

::

    OracleDagError
    ├── ScriptError            a script that cannot be run as it stands: file, line, cure
    │   └── BindError          a bind that is missing, unused, absent or not allowed
    ├── DriftError             a step that is done was changed afterwards
    ├── StateError             a move between states that the table does not allow
    ├── ConditionError         a run condition without a meaning: text, position, cure
    ├── FieldError             a row of a control table that cannot be read: job, field, value, cure
    ├── Undecidable            a job about which nothing can be decided: its row is wrong
    └── CatalogError           rows that contradict each other: unknown names, cycles, duplicates

`airflow_oracle_dag.runtime.errors` continues the tree with what a database can answer.
"""

from __future__ import annotations

import unicodedata
from typing import List, Optional, Sequence, Tuple

#: Columns of a terminal that the line of a script may take below an error.
_WIDEST = 100
_MORE = "…"


def excerpt(text: str, caret: int) -> Tuple[str, int]:
    """Give the part of a long line around a place, with … for what is left out.

    :param caret: 1-based place, 0: none.
    :returns: the part, and the place in it.
    """
    if len(text) <= _WIDEST:
        return text, caret
    around = max(0, caret - 1 - _WIDEST // 2)
    start = around if len(text) - around > _WIDEST // 2 else max(0, len(text) - _WIDEST)
    shown = text[start : start + _WIDEST]
    more = _MORE if start + _WIDEST < len(text) else ""
    if not start:
        return shown + more, caret
    return _MORE + shown + more, caret - start + 1 if caret else 0


def drawn(text: str, caret: int) -> List[str]:
    """Draw a line of a script with a caret under a place, as a terminal's columns are counted.

    A tab is one blank. What is wide takes two columns, what combines none; what no terminal shows,
    or would obey, is a question mark.

    :param text: "": nothing is drawn; :param caret: 1-based place in it, 0: the whole line.
    """
    if len(text) > _WIDEST + 2 * len(_MORE):
        text, caret = excerpt(text, caret)
    if not text:
        return []
    shown = [_visible(character) for character in text]
    lines = ["    " + "".join(shown)]
    if caret:
        before = shown[: caret - 1]
        # Behind the end of the line, such as where something is missing.
        beyond = max(0, caret - 1 - len(shown))
        lines.append(" " * (4 + sum(map(_columns, before)) + beyond) + "^")
    return lines


def _visible(character: str) -> str:
    if character == "\t":
        return " "
    return character if character.isprintable() else "?"


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class OracleDagError(Exception):
    """Be the base of every error that this package raises on purpose."""


class ScriptError(OracleDagError):
    """Report a script that cannot be run as it stands, where the mistake is and how to mend it.

    :param message: what is wrong, one sentence.
    :param file: name of the script.
    :param line: 1-based line, 0 when the whole file is meant.
    :param column: 1-based column, 0 when the whole line is meant.
    :param text: the offending line, or a part of it.
    :param caret: 1-based place in ``text`` that the column is at, where ``text`` is a part only.
    :param cure: how to mend it, one sentence.
    :param rule: a stable name for the kind of mistake, such as ``unended-at-eof``.
    :param step: name of the step that it stands in, if known.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str = "<script>",
        line: int = 0,
        column: int = 0,
        text: str = "",
        caret: int = 0,
        cure: str = "",
        rule: str = "",
        step: Optional[str] = None,
    ) -> None:
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.text = text
        self.caret = caret or column
        self.cure = cure
        self.rule = rule
        self.step = step
        super().__init__(self._render())

    def show(self, text: str) -> None:
        """Give it the line that it is about."""
        self.text = text
        self.args = (self._render(),)

    def _render(self) -> str:
        where = self.file
        if self.line:
            where += f":{self.line}" + (f":{self.column}" if self.column else "")
        step = f" (step {self.step})" if self.step else ""
        lines = [f"{where}: {self.message}{step}", *drawn(self.text, self.caret)]
        if self.cure:
            lines.append(f"  To mend it: {self.cure}")
        return "\n".join(lines)


class BindError(ScriptError):
    """Report a bind that is missing, unused, absent or not allowed where it stands."""


class DriftError(OracleDagError):
    """Report that a step which is done was changed afterwards.

    :param step: name of the first such step.
    :param line: its line in the new script, 0 when the step is gone.
    :param diff: what its text was and is, in unified format; "" when that is not what changed, or
        not known.
    """

    def __init__(self, message: str, *, step: str, line: int = 0, diff: str = "") -> None:
        super().__init__(message)
        self.step = step
        self.line = line
        self.diff = diff


class StateError(OracleDagError):
    """Report a move between states that the table does not allow."""


class ConditionError(OracleDagError):
    """Report a run condition that has no meaning.

    :param message: what is wrong, one sentence.
    :param text: the whole condition.
    :param position: 0-based place of the mistake in it.
    :param cure: how to mend it.
    """

    def __init__(self, message: str, *, text: str, position: int, cure: str = "") -> None:
        self.message = message
        self.text = text
        self.position = position
        self.cure = cure
        lines = [f"{message}, at position {position + 1} of the condition"]
        start = max(0, position - 60)
        # A control character would move the terminal's cursor, and with it the caret.
        shown = "".join(c if c.isprintable() else "?" for c in text[start : start + 120])
        lines.append(f"    {shown}")
        lines.append("    " + " " * (position - start) + "^")
        if cure:
            lines.append(f"  To mend it: {cure}.")
        super().__init__("\n".join(lines))


class FieldError(OracleDagError):
    """Report a value in a row of a control table that cannot be read.

    :param job: JobName of the row.
    :param field: such as ``SkipFlag``.
    :param value: as it stands there.
    """

    def __init__(self, message: str, *, job: str, field: str, value: str, cure: str = "") -> None:
        self.message = message
        self.job = job
        self.field = field
        self.value = value
        self.cure = cure
        shown = value if len(value) <= 200 else value[:200] + "…"
        whose = f"job {job}, " if job else ""
        text = f"{whose}{field} {shown!r}: {message}"
        super().__init__(text + (f"\n  To mend it: {cure}." if cure else ""))


class Undecidable(OracleDagError):
    """Report a job about which nothing can be decided, because its row is wrong.

    :param job: JobName of the row.
    """

    def __init__(self, message: str, *, job: str) -> None:
        self.job = job
        super().__init__(message)


class CatalogError(OracleDagError):
    """Report rows that contradict each other; nothing was started.

    :param jobs: names of the rows.
    """

    def __init__(self, message: str, *, jobs: Sequence[str] = ()) -> None:
        self.jobs = tuple(jobs)
        super().__init__(message)
