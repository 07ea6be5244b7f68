"""Substitution variables: what SQL*Plus puts in place of ``&name`` before it reads a line.

SQL*Plus User's Guide and Reference, "Using Substitution Variables", "SET DEF[INE]", "SET CON[CAT]",
"START" (``&1``), "DEFINE", "ACCEPT".
"""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from airflow_oracle_dag.core.queried import Columns, Setter, hole
from airflow_oracle_dag.core.script import ParseSettings

_NAME = r"([0-9]+|[A-Za-z_\x80-\uffff][A-Za-z0-9_$#\x80-\uffff]*)"
_MORE = re.compile(r"[A-Za-z0-9_$#\x80-\uffff]")
_WORDS = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[^\s'\"]\S*", re.ASCII)
_DEFINITION = re.compile(r"\S+\s+([A-Za-z_][A-Za-z0-9_$#]*)\s*=\s*(.*)", re.ASCII | re.DOTALL)
# What stands behind a quoted value is not part of it; only a comment is let in.
_COMMENT_BEHIND = re.compile(r"('(?:[^']|'')*'|\"[^\"]*\")[ \t]*(?:--|/\*).*", re.DOTALL)
_LONGEST = 32767
_DEFAULT = re.compile(r"(?i)DEF(?:A(?:U(?:L(?:T)?)?)?)?")


class Reference(NamedTuple):
    """A place where a value is put.

    :param start: offset of its first ``&``.
    :param end: offset after its name and the mark that ends it.
    :param name: in lower case.
    """

    start: int
    end: int
    name: str


class Undefined(Exception):
    """Say that a variable has no value, or that where its name ends is not certain.

    :param at: offset of the reference.
    """

    def __init__(self, name: str, at: int, *, unclear: bool = False) -> None:
        super().__init__(name)
        self.name = name
        self.at = at
        self.unclear = unclear


class BadDefinition(Exception):
    """Say why a DEFINE or ACCEPT line defines nothing, and how to mend it."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(why)
        self.why = why
        self.cure = cure


class Variables:
    """The substitution variables of a session: one name space for a script and what it includes.

    :param given: the values that the caller gave; they answer ACCEPT.
    """

    def __init__(self, settings: ParseSettings) -> None:
        self.given = {name.lower(): value for name, value in settings.defines.items()}
        self.values: Dict[str, str] = dict(self.given)
        self.open: Dict[str, None] = {}  # those whose values a query may have set
        self._columns = Columns()
        self.pass_arguments(settings.arguments)
        self.is_on = True
        self._mark = "&"
        self._joint = "."
        self._pattern = _pattern("&")

    def pass_arguments(self, arguments: Sequence[str]) -> None:
        """Define ``&1``, ``&2`` … for every script from here on, as START does."""
        for number, argument in enumerate(arguments, 1):
            self._set(str(number), argument)

    def _set(self, name: str, value: str) -> None:
        self.values[name] = value
        self.open.pop(name, None)

    def text_of(self, name: str) -> str:
        """Return what is put in the place of a variable: its value, or a hole for it."""
        return hole(name) if name in self.open else self.values[name]

    def column(self, line: str) -> None:
        """Obey a COLUMN line.

        :raises BadDefinition: whether its variable is still set is not certain.
        """
        unclear = self._columns.obey(line)
        if unclear:
            raise BadDefinition(unclear, "write COLUMN ... CLEAR.")

    def clear(self, line: str) -> None:
        """Obey a CLEAR line."""
        self._columns.clear(line)

    @property
    def are_queried(self) -> bool:
        """Tell whether a query may set variables."""
        return self._columns.are_there

    def after_query(self, text: str) -> Tuple[Setter, ...]:
        """Take note of a query, and say what it does to variables."""
        setters = tuple(self._columns.setters(text, self.values, self.open))
        self.open.update(dict.fromkeys(setter.name for setter in setters))
        return setters

    @property
    def mark(self) -> str:
        """Return the character that begins a reference, "" while substitution is off."""
        return self._mark if self.is_on else ""

    def set_define(self, value: str) -> None:
        """Obey SET DEFINE ON | OFF | c; ON brings ``&`` back, whatever stood before."""
        self.is_on = value.upper() != "OFF"
        if self.is_on:
            self._mark = "&" if value.upper() == "ON" else value
            self._pattern = _pattern(self._mark)

    def set_scan(self, value: str) -> None:
        """Obey SET SCAN ON | OFF, which leaves the character as it is."""
        self.is_on = value.upper() != "OFF"

    def set_concat(self, value: str) -> None:
        """Obey SET CONCAT ON | OFF | c."""
        self._joint = {"ON": ".", "OFF": ""}.get(value.upper(), value)

    def references(self, text: str, start: int, end: int) -> List[Reference]:
        """Find the references between two offsets, in strings and comments, too.

        :raises Undefined: one of them has no value.
        """
        if not self.is_on or text.find(self._mark, start, end) < 0:
            return []
        found = []
        for match in self._pattern.finditer(text, start, end):
            name, after = match.group(1).lower(), match.end()
            if name not in self.values and name not in self.open:
                raise Undefined(match.group(1), match.start())
            if name[0] in "0123456789" and after < end and _MORE.match(text, after):
                raise Undefined(match.group(1), match.start(), unclear=True)
            if self._joint and text.startswith(self._joint, after, end):
                after += len(self._joint)
            found.append(Reference(match.start(), after, name))
        return found

    def define(self, line: str) -> None:
        """Obey a DEFINE line; one that only displays changes nothing.

        :raises BadDefinition: it has no value, or where the value ends is not certain.
        """
        match = _DEFINITION.fullmatch(line)
        if match is None:
            if "=" in line:
                raise BadDefinition("this DEFINE has no name", "write DEFINE name = 'value'.")
            return
        name, value = match.group(1).lower(), match.group(2).strip()
        if not value:
            raise BadDefinition("this DEFINE has no value", f"write DEFINE {name} = ''.")
        value = _unquoted(_without_comment(value), f"write DEFINE {name} = '...'.")
        if len(value) > _LONGEST:
            raise BadDefinition(f"the value is longer than {_LONGEST} characters", "shorten it.")
        self._set(name, value)

    def undefine(self, line: str) -> None:
        """Obey an UNDEFINE line."""
        for name in line.split()[1:]:
            self.values.pop(name.lower(), None)
            self.open.pop(name.lower(), None)

    def accept(self, line: str) -> None:
        """Obey an ACCEPT line: the caller's value, else its DEFAULT.

        :raises BadDefinition: there is neither.
        """
        words = _WORDS.findall(line)[1:]
        name = words[0].lower() if words else ""
        default = _default(words[1:])
        value = self.given.get(name, default)
        if not name or value is None:
            raise BadDefinition(
                "nobody is there to answer this ACCEPT",
                "give it a DEFAULT, or pass a value for the variable (defines).",
            )
        self._set(name, value)


def _pattern(mark: str) -> re.Pattern[str]:
    """Match a reference; blanks between the mark and the name are skipped, as SQL*Plus does."""
    escaped = re.escape(mark)
    return re.compile(rf"{escaped}{escaped}?[ \t]*{_NAME}")


def _without_comment(value: str) -> str:
    match = _COMMENT_BEHIND.fullmatch(value)
    return value if match is None else match.group(1)


def _unquoted(value: str, cure: str) -> str:
    for quote in "'\"":
        if value.startswith(quote):
            inside = value[1:-1]
            doubled = quote * 2
            if len(value) < 2 or value[-1] != quote or quote in inside.replace(doubled, ""):
                raise BadDefinition("the value's quotes do not match", cure)
            return inside.replace(doubled, quote)
    if any(character in " \t" for character in value):
        raise BadDefinition("a value with blanks needs quotes", cure)
    return value


def _default(words: Sequence[str]) -> Optional[str]:
    for word, following in zip(words, words[1:]):
        if word.upper() in ("PROMPT", "PROMP", "PROM", "PRO"):
            return None  # what follows is its text
        if _DEFAULT.fullmatch(word):
            return _unquoted(following, "quote the DEFAULT.")
    return None


def arguments_of(line: str) -> Tuple[str, Tuple[str, ...]]:
    """Give the file and the arguments of an ``@``, ``@@`` or START line.

    :raises BadDefinition: a quote is not ended, or no file is named.
    """
    text = line.lstrip("@") if line.startswith("@") else line.partition(" ")[2]
    words = [_unquoted(word, "end the quote.") for word in _WORDS.findall(text)]
    if not words or "'" in _WORDS.sub("", text) or '"' in _WORDS.sub("", text):
        raise BadDefinition("this names no file", "write @file.sql, with arguments behind it.")
    return words[0], tuple(words[1:])
