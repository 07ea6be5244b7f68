"""Read TOML, and find the line of a value when it is asked for.

`tomllib` says where a file is not TOML, but not where a value of a good one stands. `index_lines`
finds that: it goes through a text that `tomllib` has accepted, so it need only tell keys, strings,
brackets and comments apart.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_oracle_dag.job_sets.problems import Path

_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_SKIP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANKS = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\"]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\r\n]+")


class TomlFile:
    """A file's values and their lines; the same shape as `YamlFile`.

    :ivar data: the values.
    :ivar problems: path, line, what and cure of each thing that was refused.
    """

    def __init__(self, text: str) -> None:
        self.data: Any = None
        self.problems: list[tuple[Path, int, str, str]] = []
        self._text = text.replace("\r\n", "\n")
        self._lines: dict[Path, int] | None = None
        try:
            self.data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            self._refuse(str(error))

    def line_of(self, path: Path) -> int:
        """Return the line of a key, or of what comes nearest to it.

        :param path: from the top of the file.
        """
        if self._lines is None:
            self._lines = index_lines(self._text) if self.data is not None else {}
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return 0

    def _refuse(self, said: str) -> None:
        found = _LINE.search(said)
        line = 0
        if found is not None:
            line = int(found[1]) if found[1] else self._text.count("\n") + 1
        message = f"not TOML: {_LINE.sub('', said).strip()}"
        cure = "correct the TOML"
        if "overwrite" in said or "Cannot declare" in said or "Cannot mutate" in said:
            cure = "give each key and each table one place in the file"
        self.problems.append(((), line, message, cure))


def index_lines(text: str) -> dict[Path, int]:
    """Return the line of each key, table and element of a valid TOML text."""
    return _Index(text).read()


class _Index:
    """Walk through a valid text once.

    Arrays of tables are counted, because ``[[a]]`` names the next element and ``[a.b]`` a part of
    the last one.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._line_at = (0, 1)

    def read(self) -> dict[Path, int]:
        table: Path = ()
        while True:
            self._skip(_SKIP)
            if self._at >= len(self._text):
                return self._lines
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        line = self._line()
        doubled = self._text.startswith("[[", self._at)
        self._at += 2 if doubled else 1
        names = self._key()
        self._at += 2 if doubled else 1
        path: Path = ()
        for no, name in enumerate(names):
            path = (*path, name)
            self._lines.setdefault(path, line)
            is_last = no == len(names) - 1
            if is_last and doubled:
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
        # A table that was only implied by a longer name stands where it is declared itself.
        self._lines[path] = line
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for name in self._key():
            path = (*path, name)
            self._lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._skip(_BLANKS)
        self._value(path)

    def _key(self) -> list[str]:
        names: list[str] = []
        while True:
            self._skip(_BLANKS)
            if self._text[self._at] in "\"'":
                names.append(str(next(iter(tomllib.loads(f"{self._take(_STRING)} = 0")))))
            else:
                names.append(self._take(_BARE))
            self._skip(_BLANKS)
            if self._text[self._at] != ".":
                return names
            self._at += 1

    def _value(self, path: Path) -> None:
        first = self._text[self._at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in "\"'":
            self._take(_STRING)
        else:
            self._take(_PLAIN)

    def _array(self, path: Path) -> None:
        self._at += 1
        no = 0
        while True:
            self._skip(_SKIP)
            if self._text[self._at] == "]":
                break
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._lines[(*path, no)] = self._line()
            self._value((*path, no))
            no += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while True:
            self._skip(_SKIP)
            if self._text[self._at] == "}":
                break
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._pair(path)
        self._at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._take(pattern)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise AssertionError(f"not TOML after all, at offset {self._at}")
        self._at = found.end()
        return found[0]

    def _line(self) -> int:
        seen, line = self._line_at
        line += self._text.count("\n", seen, self._at)
        self._line_at = (self._at, line)
        return line
