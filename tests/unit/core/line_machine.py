"""A second, deliberately naive SQL*Plus: a machine that reads lines and knows no quotes.

Written from the manual alone, it shares nothing with the package but the order of the answer. It
does what SQL*Plus literally does, right or wrong; what a parser accepts must agree with it.
SQL*Plus User's Guide and Reference, "Running SQL Commands", "Running PL/SQL Blocks", "Placing
Comments in Scripts", "SET System Variable Summary". Substitution and files are not its business.
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Tuple

BLANKS = " \t\r\f\v"
_TOKEN = re.compile(r"[A-Za-z_\x80-\xff][A-Za-z0-9_$#\x80-\xff]*|<<|@@|--|/\*|[^ \t\r\f\v\n]")
_SQL = re.compile(
    "ADMINISTER|ALTER|ANALYZE|ASSOCIATE|AUDIT|CALL|COMMENT|COMMIT|CREATE|DELETE|DISASSOCIATE|DROP|"
    "EXPLAIN|FLASHBACK|GRANT|INSERT|LOCK|MERGE|NOAUDIT|PURGE|RENAME|REVOKE|ROLLBACK|SAVEPOINT|"
    "SELECT|TRUNCATE|UNDROP|UPDATE|VALIDATE|WITH|[(]"
)
_STORED = re.compile("FUNCTION|LIBRARY|PACKAGE|PROCEDURE|TRIGGER|TYPE|JAVA|MLE")
_BEFORE = re.compile("OR|REPLACE|AND|RESOLVE|COMPILE|EDITIONABLE|NONEDITIONABLE")
_TRANSACTION = re.compile("SET (ROLE|TRANSACTION|CONSTRAINT|CONSTRAINTS)")
_DOCUMENT = re.compile("DOC(U|UM|UME|UMEN|UMENT)?")


class Found(NamedTuple):
    """A command: its kind, where it begins and ends, what ended it, and the text that is sent."""

    kind: str
    start: int
    end: int
    terminator: str
    text: str = ""


class Machine:
    """Read a script line by line."""

    def __init__(self, text: str) -> None:
        self.found: List[Found] = []
        self._text = text
        self._at = 0
        self._ends, self._block, self._blank_lines = ";", ".", False
        self._separator = ""
        self._held = -1  # index of a statement that was entered and did not run
        self._held_by = ""  # the mark that ended it, "" for a blank line

    def run(self) -> List[Found]:
        """Give the commands in order; kind ``unrun`` for what never runs."""
        while self._at < len(self._text):
            line, start, end = self._line()
            if line:
                self._prompt(line, start, end)
        return self.found

    def _line(self) -> Tuple[str, int, int]:
        """Take the next line: without blanks around it, and where that begins and ends."""
        stop = self._text.find("\n", self._at)
        stop = len(self._text) if stop < 0 else stop
        whole = self._text[self._at : stop]
        start = self._at + len(whole) - len(whole.lstrip(BLANKS))
        end = self._at + len(whole.rstrip(BLANKS))
        self._at = stop + 1
        return whole.strip(BLANKS), start, end

    def _prompt(self, line: str, start: int, end: int) -> None:
        words = [word.upper() for word in _TOKEN.findall(self._text[start : start + 2000])[:12]]
        if line.startswith("--"):
            self.found.append(Found("comment", start, end, ""))
        elif line.startswith("/*") and line[2:3] not in ("", " ", "\t", "\r", "\f", "\v", "*"):
            self.found.append(Found("rerun", start, end, ""))
        elif line.startswith("/*"):
            self._comment(start)
        elif line == "/" or line.rstrip("; ").upper() in ("R", "RUN"):
            self._again(line, start, end)
        elif words[0] in ("BEGIN", "DECLARE", "<<") or _is_stored(words):
            self._statement("plsql", line, start, end)
        elif _SQL.fullmatch(words[0]) or _TRANSACTION.fullmatch(" ".join(words[:2])):
            self._statement("sql", line, start, end)
        else:
            self._directive(line, words[0], start, end)
        if self.found[-1].kind in ("sql", "plsql", "rerun") and not _executes(words[0]):
            self._held = -1

    def _comment(self, start: int) -> None:
        stop = self._text.find("*/", start + 2)
        self._at = len(self._text) if stop < 0 else stop + 2
        self.found.append(Found("comment", start, self._at, ""))

    def _again(self, line: str, start: int, end: int) -> None:
        if line == "/" and self._held == len(self.found) - 1 >= 0:
            held = self.found.pop()
            self.found.append(Found(held.terminator, held.start, end, "/", held.text))
            return
        if self._held >= 0 and self._held_by:
            held = self.found[self._held]
            entered = Found(held.terminator, held.start, held.end, self._held_by, held.text)
            self.found[self._held] = entered
        self.found.append(Found("rerun", start, end, "/" if line == "/" else ""))

    def _directive(self, line: str, word: str, start: int, end: int) -> None:
        if _DOCUMENT.fullmatch(word):
            self._document(start)
            return
        whole = line
        mark = line.find(self._separator) if self._separator else -1
        if 0 <= mark < len(line) - 1:
            self._at = start + mark + 1
            self._set(line[:mark])
            self.found.append(Found("directive", start, self._at, self._separator))
            return
        while line.endswith("-") and self._at < len(self._text):
            before = self._at
            line, _, stop = self._line()
            if not line:
                self._at = before
                break
            whole, end = f"{whole[:-1]} {line}", stop
        self._set(whole)
        kind = "plsql" if _executes(word) else "directive"
        self.found.append(Found(kind, start, end, ""))

    def _document(self, start: int) -> None:
        line = ""
        while line != "#" and self._at < len(self._text):
            line, _, end = self._line()
        self.found.append(Found("directive", start, end, ""))

    def _set(self, line: str) -> None:
        if line[:3].upper() != "SET":
            return
        tokens = [token.strip("'\"").upper() for token in line.rstrip("; ").split()]
        for name, value in zip(tokens, tokens[1:]):
            if name.startswith("SQLT"):
                self._ends = {"ON": ";", "OFF": ""}.get(value, value)
            elif name.startswith("BLO"):
                self._block = {"ON": ".", "OFF": ""}.get(value, value)
            elif name.startswith("CMDS"):
                self._separator = {"ON": ";", "OFF": ""}.get(value, value)
            elif name.startswith("SQLBL"):
                self._blank_lines = value == "ON"

    def _statement(self, kind: str, line: str, start: int, end: int) -> None:
        lines: List[str] = []
        is_first = True
        begins = start
        while True:
            shown = self._text[begins:end]
            if kind == "sql" and self._ends and line.endswith(self._ends):
                lines.append(shown[:-1])
                self._take(kind, start, end, self._ends, lines)
                return
            if not is_first and line == "/":
                self._take(kind, start, end, "/", lines)
                return
            is_blank = kind == "sql" and not line and not self._blank_lines
            if not is_first and (is_blank or (self._block and line == self._block)):
                self._hold(kind, start, end, lines)
                self._held_by = line
                return
            lines.append(shown)
            is_first = False
            if self._at >= len(self._text):
                self._hold(kind, start, end, lines)
                return
            begins = self._at
            line, _, end = self._line()
            end = max(begins, end)

    def _take(self, kind: str, start: int, end: int, mark: str, lines: List[str]) -> None:
        self.found.append(Found(kind, start, end, mark, _sent(lines, joins=kind == "sql")))

    def _hold(self, kind: str, start: int, end: int, lines: List[str]) -> None:
        self._held = len(self.found)
        self.found.append(Found("unrun", start, end, kind, _sent(lines)))


def _executes(word: str) -> bool:
    return len(word) > 3 and "EXECUTE".startswith(word)


def _is_stored(words: List[str]) -> bool:
    if words[0] == "CREATE":
        rest = [word for word in words[1:] if not _BEFORE.fullmatch(word)]
        return rest != [] and _STORED.fullmatch(rest[0]) is not None
    functions = words[0] == "WITH" and words[1:2] in (["FUNCTION"], ["PROCEDURE"])
    return functions and words[2:3] not in ([], ["AS"], ["("])


def _sent(lines: List[str], *, joins: bool = False) -> str:
    """Give the text that is sent; a hyphen at the end of a line of SQL joins the next one to it.

    Not in a line that looks like a comment: those go on as they are.
    """
    sent = ""
    for line in lines:
        kept = line.rstrip(BLANKS)
        is_joined = joins and kept.endswith("-") and "--" not in kept
        sent += kept[:-1] + " " if is_joined else kept + "\n"
    return sent.rstrip(BLANKS + "\n")
