"""A script's text after substitution and inclusion, which still knows where each byte was written.

The splitter reads the text that SQL*Plus would read; whoever asks where something stands is
answered with the file, the line and the offset that its author sees.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.queried import Setter
from airflow_oracle_dag.core.source import Source

_LARGEST = 64 * 1024 * 1024


class Span(NamedTuple):
    """A part of the expanded text.

    :param at: offset of its first byte in the expanded text.
    :param origin: the file that it comes from; :param start: where in it; :param end: exclusive.
    :param name: of the variable whose value it is, None when it is the file's own text.
    :param value: what stands there instead of the file's own text.
    """

    at: int
    origin: Source
    start: int
    end: int
    name: Optional[str] = None
    value: str = ""


class TooLarge(Exception):
    """Say that what was put together is larger than any script."""


class ExpandedText:
    """Put the expanded text together."""

    def __init__(self) -> None:
        self._parts: List[str] = []
        self._spans: List[Span] = []
        self._size = 0
        self._setters: Dict[int, Tuple[Setter, ...]] = {}  # by where their query begins

    @property
    def size(self) -> int:
        """Return the offset of what comes next."""
        return self._size

    def note(self, at: int, setters: Tuple[Setter, ...]) -> None:
        """Take note of what the query that begins at an offset does to variables."""
        if setters:
            self._setters[at] = setters

    def since(self, at: int) -> str:
        """Return what there is from an offset on; bytes as Latin-1."""
        parts: List[str] = []
        begin = self._size
        for part in reversed(self._parts):
            if begin <= at:
                break
            parts.append(part)
            begin -= len(part)
        return "".join(reversed(parts))[at - begin :]

    def copy(self, origin: Source, start: int, end: int) -> None:
        """Go on with a part of a file as it is."""
        if start >= end:
            return
        last = self._spans[-1] if self._spans else None
        if last and last.origin is origin and last.name is None and last.end == start:
            self._spans[-1] = last._replace(end=end)
        else:
            self._spans.append(Span(self._size, origin, start, end))
        self._append(origin.text[start:end])

    def put(self, origin: Source, start: int, end: int, name: str, value: str) -> None:
        """Go on with a value in the place of a part of a file.

        :raises TooLarge: the whole became too large.
        """
        self._spans.append(Span(self._size, origin, start, end, name, value))
        self._append(value.encode("utf-8").decode("latin-1"))

    def source(self, main: Source) -> Source:
        """Give the whole as a source: the script itself, where nothing was put in.

        What queries set is told of all of them, used or not: what an earlier step keeps may not
        depend on what stands in a later one, which may be mended.
        """
        if any(span.name is not None or span.origin is not main for span in self._spans):
            return _Expanded(main, "".join(self._parts), self._spans, self._setters)
        return _Asking(main, self._setters) if self._setters else main

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._size += len(text)
        if self._size > _LARGEST:
            raise TooLarge


class _Asking(Source):
    """A script as it is, whose queries set variables."""

    def __init__(self, main: Source, setters: Mapping[int, Tuple[Setter, ...]]) -> None:
        super().__init__(main.name, main.data, main.encoding, main.first)
        self._setters = setters

    def setters(self, start: int) -> Tuple[Setter, ...]:
        return self._setters.get(start - self.first, ())


class _Expanded(Source):
    """Answer for the expanded text, in the words of the files that it was made from."""

    def __init__(
        self,
        main: Source,
        text: str,
        spans: List[Span],
        setters: Mapping[int, Tuple[Setter, ...]],
    ) -> None:
        super().__init__(main.name, text.encode("latin-1"), main.encoding, 0)
        self._main = main
        self._spans = spans
        self._starts = [span.at for span in spans]
        self._setters = setters

    @property
    def main(self) -> Source:
        return self._main

    def origin(self, offset: int) -> Tuple[Source, int]:
        span = self._span(offset)
        if span.name is not None:
            return span.origin, span.start
        return span.origin, min(span.start + offset - span.at, span.end)

    def original(self, start: int, end: int) -> Tuple[int, int]:
        _, first = self.origin(start)
        span = self._span(max(start, end - 1))
        if span.name is not None:
            return first, max(first, span.end)
        return first, min(span.start + end - span.at, span.end)

    def substituted(self, start: int, end: int) -> Tuple[Tuple[str, str], ...]:
        return tuple(
            (span.name, span.value) for span in self._between(start, end) if span.name is not None
        )

    def setters(self, start: int) -> Tuple[Setter, ...]:
        return self._setters.get(start, ())

    def line_of(self, offset: int) -> int:
        origin, at = self.origin(offset)
        return origin.line_of(at)

    def position(self, offset: int) -> Tuple[int, int]:
        origin, at = self.origin(offset)
        return origin.position(at)

    def decode(self, start: int, end: int) -> str:
        found = []
        for span in self._between(start, end):
            first, last = max(0, start - span.at), end - span.at
            if span.name is not None:
                found.append(span.value.encode("utf-8")[first:last].decode("utf-8", "replace"))
            else:
                stop = min(span.start + last, span.end)
                found.append(span.origin.decode(span.start + first, stop))
        return "".join(found)

    def error(
        self, message: str, offset: int, *, rule: str, cure: str, shown: Optional[str] = None
    ) -> ScriptError:
        origin, at = self.origin(offset)
        return origin.error(message, at, rule=rule, cure=cure, shown=shown)

    def _span(self, offset: int) -> Span:
        return self._spans[max(0, bisect_right(self._starts, offset) - 1)]

    def _between(self, start: int, end: int) -> Iterator[Span]:
        at = max(0, bisect_right(self._starts, start) - 1)
        while at < len(self._spans) and self._starts[at] < end:
            span = self._spans[at]
            if span.at >= start or span.name is None or start < span.at + _length(span):
                yield span
            at += 1


def _length(span: Span) -> int:
    return len(span.value.encode("utf-8")) if span.name is not None else span.end - span.start
