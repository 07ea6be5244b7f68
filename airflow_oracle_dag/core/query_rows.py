"""The first rows of a script's SELECT: as a small table for a log, and as a document for JSON.

Both are small whatever the query gave: a log is read by people, and what a task passes on is kept
in Airflow's database.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

LONGEST_TEXT = 40  # characters of a value in the table
WIDEST_TABLE = 160  # characters of a line of it
LONGEST_VALUE = 200  # characters of a value in the document
LARGEST_DOCUMENT = 8192  # bytes of all of its values as JSON
_SAFE_INTEGER = 2**53  # beyond it JSON's readers round
_GAP = 2
_WRITTEN = ("timedelta", "IntervalYM", "dict", "list")  # which are texts enough themselves

Value = Union[None, bool, int, float, str]


@dataclass(frozen=True)
class QueryRows:
    """What a query gave.

    :param columns: their names.
    :param rows: those that were fetched.
    :param fetched_all: whether the query gave no more than these.
    """

    columns: Tuple[str, ...]
    rows: Tuple[Tuple[Any, ...], ...]
    fetched_all: bool

    def table(self, most: int) -> List[str]:
        """Give a headline and the first rows as lines, columns one below the other.

        :param most: how many rows at most.
        """
        shown = self.rows[:most]
        lines = [self._headline(len(shown))]
        if not shown:
            return lines
        texts = [[_cut(_text(value), LONGEST_TEXT) for value in row] for row in shown]
        names = [_cut(_printable(name), LONGEST_TEXT) for name in self.columns]
        widths = [max(map(len, column)) for column in zip(names, *texts)]
        count = _that_fit(widths)
        right = [all(_is_number(row[i]) for row in shown) for i in range(count)]
        lines.append(_line(names, widths[:count], right))
        lines.append(_line(["-" * width for width in widths], widths[:count], right))
        lines += [_line(row, widths[:count], right) for row in texts]
        if count < len(names):
            lines.append(f"(and {len(names) - count} more columns)")
        return lines

    def document(self, most: int) -> Dict[str, Any]:
        """Give what JSON knows: ``columns``, ``rows``, ``fetched`` and whether it ``is_whole``.

        :param most: how many rows at most; fewer where they are large.
        """
        rows: List[List[Value]] = []
        columns, room = self._named()
        is_whole = self.fetched_all and len(columns) == len(self.columns)
        for row in self.rows[:most]:
            values = [_value(value) for value in row[: len(columns)]]
            room -= len(json.dumps(values)) + 2
            if room < 0:
                break
            rows.append(values)
            is_whole = is_whole and not any(map(_is_cut, row[: len(columns)]))
        return {
            "columns": columns,
            "rows": rows,
            "fetched": len(self.rows),
            "is_whole": is_whole and len(rows) == len(self.rows),
        }

    def _named(self) -> Tuple[List[str], int]:
        """Give the columns for whose names there is room, and the room that they leave."""
        columns, room = [], LARGEST_DOCUMENT
        for name in self.columns:
            room -= len(json.dumps(name)) + 2
            if room < 0:
                break
            columns.append(name)
        return columns, max(room, 0)

    def _headline(self, shown: int) -> str:
        count = len(self.rows)
        rows = "1 row" if count == 1 and self.fetched_all else f"{count or 'no'} rows"
        if not self.fetched_all:
            rows += " or more"
        return rows if shown == count and self.fetched_all else f"{rows}, the first {shown}:"


def _that_fit(widths: Sequence[int]) -> int:
    """Give how many columns fit into a line; the first one always does."""
    room = WIDEST_TABLE
    for count, width in enumerate(widths):
        room -= width + (_GAP if count else 0)
        if room < 0:
            return count
    return len(widths)


def _line(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = [
        text.rjust(width) if is_right else text.ljust(width)
        for text, width, is_right in zip(texts, widths, right)
    ]
    return (" " * _GAP).join(cells).rstrip()


def _is_number(value: Any) -> bool:
    return value is None or (_plain(value) is None and not isinstance(value, (bool, str)))


def _is_cut(value: Any) -> bool:
    text = _plain(value)
    return text is not None and len(text) > LONGEST_VALUE


def _value(value: Any) -> Value:
    """Give a value that JSON knows: numbers as they are where nothing is lost, else as text."""
    text = _plain(value)
    if text is not None:
        return _cut(text, LONGEST_VALUE).replace("\0", "\ufffd")  # PostgreSQL keeps no NUL
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    return value if isinstance(value, int) and abs(value) < _SAFE_INTEGER else str(value)


def _text(value: Any) -> str:
    text = _plain(value)
    if text is None:
        text = "" if value is None else str(value)
    return _printable(text[: LONGEST_TEXT + 1])


def _plain(value: Any) -> Optional[str]:
    """Give the text of a value, None for NULL, a truth value and a number.

    What would have to be read from the database first, such as a LOB, is named by its kind.
    """
    kind = type(value).__name__
    if value is None or isinstance(value, (bool, int, float)) or kind == "Decimal":
        return None
    if isinstance(value, bytes):
        text = value[: LONGEST_VALUE + 1].hex().upper()
    elif isinstance(value, datetime):
        text = value.isoformat(" ")
    elif isinstance(value, str) or kind in _WRITTEN:
        text = str(value)
    else:
        text = f"({kind})"
    return text


def _printable(text: str) -> str:
    """Write what would move a cursor or forge a line of a log as an escape."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
