"""A terminal for tests: a program on a real pseudo terminal, and the screen that a person sees."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

_ESCAPE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")


class Screen:
    """What is on the screen after some output, for the few sequences that a table needs."""

    def __init__(self) -> None:
        self.lines: list[str] = [""]
        self.row = self.column = 0
        self.cursor_visible = True
        self.coloured = False

    def feed(self, text: str) -> None:
        """Take output as a terminal does."""
        at = 0
        while at < len(text):
            found = _ESCAPE.match(text, at)
            if found:
                self._obey(found.group(1), found.group(2))
                at = found.end()
            else:
                self._put(text[at])
                at += 1

    def _put(self, letter: str) -> None:
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            self.row += 1
            self.column = 0
            self.lines += [""] * (self.row + 1 - len(self.lines))
        else:
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
            self.column += 1

    def _obey(self, numbers: str, what: str) -> None:
        if what == "A":
            self.row = max(0, self.row - int(numbers or 1))
        elif what == "K":
            self.lines[self.row] = ""
        elif what in "hl" and numbers == "?25":
            self.cursor_visible = what == "h"
        elif what == "m":
            self.coloured |= any(30 <= int(n) < 38 for n in numbers.split(";") if n)
        else:
            raise AssertionError(f"no screen knows \\x1b[{numbers}{what}")


class Terminal:
    """A program that runs on a pseudo terminal of its own, 100 columns wide.

    :param height: lines of the screen.
    """

    def __init__(self, command: list[str], env: dict[str, str], height: int = 24) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, 100, 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={"TERM": "xterm-256color", **env},
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - one thread, and Ctrl-C needs it
        )
        os.close(slave)
        self.raw = ""
        self.screen = Screen()

    def read_until(self, words: str, patience: float = 60) -> None:
        """Read until words are on the screen."""
        deadline = time.monotonic() + patience
        while not any(words in line for line in self.screen.lines):
            assert time.monotonic() < deadline, self.raw
            assert self._read(), f"it ended without {words!r}: {self.raw}"

    def read_all(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        return self.process.wait(30)

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self._master, key)

    def hang_up(self) -> None:
        """Close the terminal, as a window is closed."""
        os.close(self._master)
        self._master = -1

    def close(self) -> None:
        """End the program if it still runs."""
        self.process.kill()
        self.process.wait(30)
        if self._master >= 0:
            self.hang_up()

    def _read(self) -> bool:
        if not select.select([self._master], [], [], 60)[0]:
            raise AssertionError(f"nothing is said any more: {self.raw}")
        try:
            said = os.read(self._master, 65536).decode()
        except OSError:  # the other side is gone
            return False
        self.raw += said
        self.screen.feed(said)
        return bool(said)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
