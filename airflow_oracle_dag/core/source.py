"""The bytes of a script, with lines, columns and errors that point into them.

Splitting works on a Latin-1 view of the bytes: one character is one byte, so every offset is a
byte offset whatever the encoding. Only ASCII characters mean anything to the splitter, and every
encoding that is let in agrees with ASCII. Text is decoded piece by piece at the end.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import List, Tuple, Union

from airflow_oracle_dag.core.errors import ScriptError, excerpt
from airflow_oracle_dag.core.queried import Setter
from airflow_oracle_dag.core.script import ParseSettings

# ASCII only: str.strip() and \s eat 0xA0 and 0x85, the tail bytes of UTF-8 letters.
BLANKS = " \t\r\f\v"
BLANK = r"[ \t\r\f\v]"

_UTF8_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_WITH_NEWLINE = (1).__add__
_HYPHEN = re.compile(rf"-{BLANK}*\n")
_SECRET = re.compile(r"(?i)\b(identified\s+by\s+(?:values\s+)?)\S.*")


def without_passwords(line: str) -> str:
    """Cut off of a line of a script what IDENTIFIED BY is followed by."""
    return _SECRET.sub(r"\1...", line)


class Source:
    """Hold a script's bytes and answer where an offset stands.

    :param text: the Latin-1 view; ``len(text) == len(data)``.
    :param first: offset of the first byte after a byte order mark.
    """

    def __init__(self, name: str, data: bytes, encoding: str, first: int) -> None:
        self.name = name
        self.data = data
        self.encoding = encoding
        self.first = first
        self.text = data.decode("latin-1")

    @cached_property
    def _line_starts(self) -> List[int]:
        # All of it within the interpreter's own code: a script has as many lines as statements.
        return [0, *accumulate(map(_WITH_NEWLINE, map(len, self.text.split("\n")[:-1])))]

    def line_of(self, offset: int) -> int:
        """Give the 1-based line that an offset stands on."""
        return bisect_right(self._line_starts, offset)

    def position(self, offset: int) -> Tuple[int, int]:
        """Give the 1-based line and column, the column counted in characters."""
        line = self.line_of(offset)
        start = self._line_start(line)
        return line, len(self._decode(start, max(start, offset), "replace")) + 1

    @property
    def main(self) -> Source:
        """Return the script itself, before anything was put into it."""
        return self

    def origin(self, offset: int) -> Tuple[Source, int]:
        """Give the file that an offset was written in, and the offset there."""
        return self, offset

    def file_of(self, offset: int) -> str:
        """Give the name of the file that an offset was written in, "" for the script itself."""
        origin, _ = self.origin(offset)
        return "" if origin.name == self.name else origin.name

    def original(self, start: int, end: int) -> Tuple[int, int]:
        """Give where a part was written: offsets into its file."""
        return start, end

    def substituted(self, start: int, end: int) -> Tuple[Tuple[str, str], ...]:  # noqa: ARG002  # of a file as it is: nothing
        """Give the variables whose values stand in a part, ``&name`` and value, in order."""
        return ()

    def setters(self, start: int) -> Tuple[Setter, ...]:  # noqa: ARG002  # of a file as it is: nothing
        """Give what the query that begins at an offset does to variables."""
        return ()

    def line_text(self, line: int) -> str:
        """Give one line for a message: without its line end, never with a password."""
        start = self._line_start(line)
        end = self.text.find("\n", start)
        end = len(self.text) if end < 0 else end
        shown = self._decode(start, end, "replace").rstrip(BLANKS).replace("\t", " ")
        return without_passwords(shown)

    def decode(self, start: int, end: int) -> str:
        """Decode a piece.

        :raises ScriptError: the bytes are not of the script's encoding.
        """
        try:
            return self._decode(start, end, "strict")
        except UnicodeError as error:
            raise self.error(
                f"these bytes are not {self.encoding}",
                start,
                rule="encoding",
                cure="save the file as UTF-8, or set fallback_encoding to the file's encoding.",
            ) from error

    def _decode(self, start: int, end: int, errors: str) -> str:
        return self.data[start:end].decode(self.encoding, errors)

    def _line_start(self, line: int) -> int:
        return max(self.first, self._line_starts[line - 1])

    def error(
        self, message: str, offset: int, *, rule: str, cure: str, shown: Union[str, None] = None
    ) -> ScriptError:
        """Make the error that points at an offset.

        :param shown: what to show instead of the rest of the line, which may hold a secret.
        """
        line, column = self.position(offset)
        text = self.line_text(line)
        if shown is not None:
            text = text[: column - 1] + shown
        text, caret = excerpt(text, column)
        return ScriptError(
            message,
            file=self.name,
            line=line,
            column=column,
            text=text,
            caret=caret,
            cure=cure,
            rule=rule,
        )


def read_source(source: Union[bytes, str], name: str, settings: ParseSettings) -> Source:
    """Find the encoding and refuse what is not text.

    A byte order mark decides, else valid UTF-8, else the fallback of the settings.

    :raises ScriptError: empty, or not text.
    """
    if isinstance(source, str):
        try:
            data = source.encode("utf-8")
        except UnicodeError as error:
            raise _refuse(name, "the script is not text: it has lone surrogates") from error
    else:
        data = bytes(source)
    if data.startswith(_WIDE_MARKS):
        raise _refuse(name, "the script is UTF-16 or UTF-32, which this package does not read")
    nul = data.find(b"\0")
    if nul >= 0:
        raise _refuse(name, f"the script is not text: byte {nul} is NUL")
    first = len(_UTF8_MARK) if data.startswith(_UTF8_MARK) else 0
    return Source(name, data, _encoding(data, first, settings), first)


def _encoding(data: bytes, first: int, settings: ParseSettings) -> str:
    try:
        data.decode("utf-8")
    except UnicodeError:
        # After a UTF-8 mark the file has said what it is: decoding a piece then reports the line.
        return "utf-8" if first else settings.fallback_encoding
    return "utf-8"


def _refuse(name: str, message: str) -> ScriptError:
    return ScriptError(
        message, file=name, rule="encoding", cure="save the file as UTF-8 text and try again."
    )


def as_sent(text: str) -> str:
    """Give the text that SQL*Plus sends: LF line ends, no white space at the end of a line.

    SQL*Plus User's Guide and Reference, "Entering and Executing Commands".
    """
    text = text.replace("\r\n", "\n").rstrip(BLANKS + "\n")
    if " \n" in text or "\t\n" in text:
        text = "\n".join([line.rstrip(BLANKS) for line in text.split("\n")])
    return text


def joined_lines(text: str) -> str:
    """Put a blank in the place of a hyphen at the end of a line and the line end, as SQL*Plus does.

    SQL*Plus User's Guide and Reference, "Continuing a Long SQL*Plus Command on Additional Lines".
    """
    return _HYPHEN.sub(" ", text)
