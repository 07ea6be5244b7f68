"""Say where in a script's file something stands that the database names by line and column.

Oracle counts lines and columns in the text that it was sent. A statement's text begins where the
statement does, and has the same lines as the file. A column is told only where it is the file's
own: not behind a value that was put in, nor for EXECUTE, of which another text is sent than
written.

Unverified: the line 1 of an anonymous block is the one that its text begins with, and columns count
characters from 1 (Database Error Messages Reference, ORA-06550, ORA-06512).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Iterator, List, NamedTuple, Optional

from airflow_oracle_dag.core.errors import ScriptError, excerpt
from airflow_oracle_dag.core.script import Piece, Script
from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.source import without_passwords

_MOST = 20
_COMPILED = re.compile(r"ORA-06550: line (\d+), column (\d+):\n?([^\n]*)")
_CALLED = re.compile(r"^ORA-06512: at (?:\"[^\n]*\", )?line (\d+)\b", re.MULTILINE)
_DYNAMIC = re.compile(r"\bexecute\s+immediate\b", re.IGNORECASE)


class Place(NamedTuple):
    """A place in a file.

    :param column: 1-based, 0: not known.
    :param text: the line, or a part of a long one; :param caret: 1-based place in it, 0: none.
    """

    file: str
    line: int
    column: int
    text: str
    caret: int

    def drawn(self, message: str) -> str:
        """Write a message with the place that it is about."""
        return str(
            ScriptError(
                message,
                file=self.file,
                line=self.line,
                column=self.column,
                text=self.text,
                caret=self.caret,
            )
        )


def place_of(script: Script, piece: Piece, line: int, column: int = 0) -> Place:
    """Find a line and column of a statement's text in the file.

    :param line: 1-based, in the text as it is sent; outside of it, its first line is meant.
    :param column: 1-based, 0: the whole line is meant.
    """
    while piece.repeats is not None:  # a / stands elsewhere than what it runs
        piece = script.pieces[piece.repeats]
    sent = piece.text.split("\n")
    written = (piece.written or piece.text).split("\n")
    if not 1 <= line <= len(sent):
        line, column = 1, 0
    shown = written[line - 1] if line <= len(written) else ""
    known_up_to = _common(shown, sent[line - 1])
    caret = column if column <= known_up_to + 1 else 0
    indent = _indent(script, piece) if line == 1 else 0
    known = caret and indent is not None and piece.verb != "EXECUTE"
    text, caret = excerpt(without_passwords(shown), caret)
    file = piece.file or script.name
    return Place(
        file, piece.first_line + line - 1, column + (indent or 0) if known else 0, text, caret
    )


def _common(written: str, sent: str) -> int:
    """Return how many characters two lines have in common at their beginning."""
    pairs = zip(written, sent)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(written), len(sent)))


def _indent(script: Script, piece: Piece) -> Optional[int]:
    """Return how many characters stand before a statement in its first line, None: not known."""
    for part in script.parts:
        if part.name == piece.file:
            return _indent(part, replace(piece, file=""))
    if piece.file:
        return None
    begin = script.source.rfind(b"\n", 0, piece.start) + 1
    return len(script.source[begin : piece.start].decode(script.encoding, "replace"))


def shown_at_its_line(script: Script, error: ScriptError) -> ScriptError:
    """Give an error that names a line with that line, as it was written."""
    if not error.text and error.line:
        error.show(line_text(script, error.file, error.line))
    return error


def line_text(script: Script, file: str, line: int) -> str:
    """Return a line as it was written, "" where nobody knows it: of an included file's comments."""
    for part in script.parts:
        if part.name == file:
            script = part
    if file == script.name:
        lines = script.source.decode(script.encoding, "replace").lstrip("\ufeff").split("\n", line)
        return _shown(lines[line - 1]) if line <= len(lines) else ""
    for piece in script.pieces:
        if piece.file == file and piece.first_line <= line <= piece.last_line:
            lines = (piece.written or piece.text).split("\n")
            at = line - piece.first_line
            return _shown(lines[at]) if piece.repeats is None and at < len(lines) else ""
    return ""


def _shown(line: str) -> str:
    return excerpt(without_passwords(line.rstrip()), 0)[0]


def block_places(script: Script, piece: Piece, message: str) -> List[str]:
    """Draw the lines of an anonymous block that an error names.

    What the stack says of stored code, and of blocks in dynamic SQL, counts other texts' lines. A
    block that did not compile ran nothing, so its error has no stack; in a stack the outermost
    frame is the block itself, and with it those right before it, unless it runs dynamic SQL.

    :param message: of the database, as it is.
    """
    if piece.statement is not Is.PLSQL or piece.verb == "CALL":
        return []
    frames = list(_CALLED.finditer(message))
    if frames:
        lines = list(_own_frames(piece, frames))
        return [place_of(script, piece, line).drawn(f"line {line} of the block") for line in lines]
    return [
        place_of(script, piece, int(line), int(column)).drawn(said.strip() or "here")
        for line, column, said in _COMPILED.findall(message)[:_MOST]
    ]


def _own_frames(piece: Piece, frames: List[re.Match[str]]) -> Iterator[int]:
    """Give the lines of the frames that are the block's own, innermost first."""
    own: List[int] = []
    for frame in reversed(frames):
        if '"' in frame.group():
            break
        own.append(int(frame.group(1)))
        if _DYNAMIC.search(piece.text):
            break
    yield from reversed(own[:_MOST])
