"""A second naive reader: a `Machine` that knows quotes and comments inside a statement.

It reads character by character, as an editor does: SQL ends at the first ``;`` in its code, SQL and
PL/SQL at a ``/`` or ``.`` alone on a line of code. Where it and the `Machine` cut a script
differently, a parser that claims to notice that must refuse it.
"""

from __future__ import annotations

import re
from typing import List, Tuple

from tests.unit.core.line_machine import BLANKS, Found, Machine

_QUOTING = re.compile(r"(?:^|[^A-Za-z0-9_$#\x80-\xff])[nN]?[qQ]\Z")
_PAIRS = {"[": "]", "(": ")", "{": "}", "<": ">"}


class CodeMachine(Machine):
    """Read a script that has no SET CMDSEP."""

    def _prompt(self, line: str, start: int, end: int) -> None:
        if line.startswith("/*"):
            self._comment(start)
        else:
            super()._prompt(line, start, end)

    def _statement(self, kind: str, line: str, start: int, end: int) -> None:
        text, at = self._text, start
        while at < len(text):
            if kind == "sql" and text[at] == self._ends:
                self._found(kind, start, at + 1, self._ends)
                return
            if text[at] == "\n":
                alone, first, after = self._line_behind(at)
                if alone == "/" or (self._block and alone == self._block):
                    self._found(kind if alone == "/" else "unrun", start, first + 1, kind)
                    self._at = after
                    return
            at = _behind(text, at)
        self._found("unrun", start, len(text), kind)

    def _found(self, kind: str, start: int, end: int, mark: str) -> None:
        if kind == "unrun":
            self._held, self._held_by = len(self.found), self._block
        self.found.append(Found(kind, start, end, mark))
        self._at = end

    def _line_behind(self, at: int) -> Tuple[str, int, int]:
        """Give the line behind a line end, where its first character stands, and where it ends."""
        stop = self._text.find("\n", at + 1)
        stop = len(self._text) if stop < 0 else stop
        line = self._text[at + 1 : stop]
        return line.strip(BLANKS), at + 1 + len(line) - len(line.lstrip(BLANKS)), stop


def _behind(text: str, at: int) -> int:
    """Give the offset behind a quote, a comment or a character of code."""
    if text.startswith("--", at):
        found = text.find("\n", at)
        return len(text) if found < 0 else found
    if text.startswith("/*", at):
        return _found_at(text, "*/", at + 2)
    if text[at] == '"':
        return _found_at(text, '"', at + 1)
    if text[at] != "'":
        return at + 1
    before = _QUOTING.search(text[:at][-3:])
    opener = text[at + 1 : at + 2]
    if before is not None and opener not in ("", " ", "\t", "\r", "\n"):
        return _found_at(text, _PAIRS.get(opener, opener) + "'", at + 2)
    return _found_at(text, "'", at + 1)


def _found_at(text: str, wanted: str, at: int) -> int:
    found = text.find(wanted, at)
    return len(text) if found < 0 else found + len(wanted)


def places(found: List[Found], text: str) -> List[Tuple[str, int, int]]:
    """Say where the commands are, without the blanks behind them."""
    return [(each.kind, each.start, len(text[: each.end].rstrip(" \t\r\f\v\n"))) for each in found]
