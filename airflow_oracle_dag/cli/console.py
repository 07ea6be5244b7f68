"""Talk to a terminal, a pipe or a file, none of which may stop the work or change its outcome."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO

#: Control characters could move a terminal's cursor or change its colours; line ends and tabs stay.
_VISIBLE = {code: f"\\x{code:02x}" for code in (*range(32), 127) if chr(code) not in "\n\t"}


def prepare() -> None:
    """Let no character that a terminal does not know end the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def visible(text: str) -> str:
    """Return a text whose control characters can be read instead of obeyed."""
    return text.translate(_VISIBLE)


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a line; whoever does not listen any more misses it.

    :param stream: where to, standard output unless given.
    """
    target = stream or sys.stdout
    try:
        print(visible(text), file=target, flush=True)
    except OSError:  # a closed pipe, a full disk: the work goes on without a listener
        forget(target)


def forget(stream: TextIO) -> None:
    """Send what is still to be written to nowhere, so that the end of the program is quiet too."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
