"""Tables in the log of a category's own tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How many jobs one message of the log holds.
_ROWS = 500


def log_table(
    log: Any, title: str, columns: Sequence[tuple[str, int]], rows: Sequence[Any]
) -> None:
    """Log a line for each job, under its columns.

    The log puts its time before the first line of a message: that is the title, so that the names
    of the columns stand above what is in them.

    :param columns: name and least width of each; "job" comes before them, "why" after them.
    :param rows: each the job, what is in the columns, and why.
    """
    widths = [max([3, *(len(row[0]) for row in rows)]), *(width for _, width in columns), 1]
    head = ("job", *(name for name, _ in columns), "why")
    for at in range(0, len(rows), _ROWS):
        lines = [
            " ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            for row in (head, *rows[at : at + _ROWS])
        ]
        log.info("%s", "\n".join([f"{title}:", *lines]))
