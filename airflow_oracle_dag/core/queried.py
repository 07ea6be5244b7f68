"""Substitution variables that a query sets: ``COLUMN … NEW_VALUE``, and the holes that they leave.

SQL*Plus puts such a value into the lines behind the query once that has run. A plan is made before,
so a hole stands in its place until then: its name between two characters that no text has.

Unverified: the last row of each query that has the column sets the variable; without rows it stays
as it was, and is empty where it was not defined; a NULL makes it empty; COLUMN … CLEAR and CLEAR
COLUMNS leave its value (SQL*Plus User's Guide and Reference, "COLUMN", "CLEAR", "Storing Current
Date in Titles"; no release says it of a query without rows).
"""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import (
    Any,
    Container,
    Dict,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"  # which Unicode keeps out of all texts
_HOLE = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_RAW_OPEN = _OPEN.encode().decode("latin-1")
_STAR = re.compile(r"\*(?!/(?!\*))")  # not what ends a comment, but may be what begins one
_BEFORE_ALL = ("SELECT", "ALL", "DISTINCT", "UNIQUE")
_LONGEST_WORD = 16
_BLANKS = " \t\r\f\v"
_NAME = re.compile(r"[A-Za-z0-9_$#]+")
_LAST_NAME = re.compile(r"[A-Za-z0-9_$#]+\Z")
_MOST_COLUMNS = 100  # that a query can set variables by: each of them is looked at for each query
_MOST_DIGITS = 15  # that a NUMBER keeps on its way through a binary one


class BadValue(Exception):
    """Say why a value cannot be put into a statement, one clause that does not show it."""


class Setter(NamedTuple):
    """What a query that has a column does to a variable.

    :param column: in upper case; :param name: of the variable, in lower case.
    :param is_open: a query may have set it before; else `before` is its value as the query begins,
        None: it has none.
    """

    column: str
    name: str
    is_open: bool = False
    before: Optional[str] = None

    @property
    def key(self) -> str:
        """Return the name under which its value is kept."""
        return f"&{self.name}"


def hole(name: str) -> str:
    """Give what stands in a text for a value that is not known yet."""
    return f"{_OPEN}{name}{_CLOSE}"


def holes_in(text: str) -> Tuple[str, ...]:
    """Give the names of the variables whose values a text waits for."""
    return tuple(dict.fromkeys(_HOLE.findall(text)))


def told_apart(
    values: Iterable[Tuple[str, str]],
) -> Tuple[Tuple[Tuple[str, str], ...], Tuple[str, ...]]:
    """Tell the values in a text, ``&name`` and value, from its holes, and give their names."""
    known: List[Tuple[str, str]] = []
    open_names: Dict[str, None] = {}
    for name, text in values:
        if text == hole(name[1:]):
            open_names[name[1:]] = None
        else:
            known.append((name, text))
    return tuple(known), tuple(open_names)


def has_hole(text: str) -> bool:
    """Tell whether a text waits for a value."""
    return _OPEN in text


def may_have(text: str, columns: Iterable[str]) -> List[str]:
    """Give those columns that a query may have: they are named in it, or a ``*`` may be them.

    :param text: of the query, or the bytes of one as Latin-1; holes in it may be any column.
    :param columns: in upper case.
    """
    asked = list(columns)
    if not asked or has_hole(text) or _RAW_OPEN in text or _has_all_columns(text):
        return asked
    words = {word.upper() for word in _NAME.findall(text)}
    return [column for column in asked if column in words]


def _has_all_columns(text: str) -> bool:
    """Tell whether a ``*`` may stand for columns: it is behind a comma, dot, SELECT or line end."""
    for match in _STAR.finditer(text):
        at = match.start()
        while at and text[at - 1] in _BLANKS:
            at -= 1
        before = text[max(0, at - _LONGEST_WORD) : at]
        if not before or before[-1] in ",.\n" or before.endswith("*/"):
            return True
        word = _LAST_NAME.search(before)
        if word is not None and word.group().upper() in _BEFORE_ALL:
            return True
    return False


def put_in(text: str, values: Mapping[str, str]) -> str:
    """Put the values that there are into the holes of a text."""
    return _HOLE.sub(lambda match: values.get(match.group(1), match.group()), text)


def shown(text: str) -> str:
    """Give a text as its author knows it, with ``&name.`` for each hole."""
    return _HOLE.sub(r"&\1.", text)


def as_text(value: Any) -> str:
    """Give a value of a query as it is put into a statement.

    Unverified: SQL*Plus puts blanks before a number and rounds it to SET NUMWIDTH; its digits
    stand here alone and whole (SQL*Plus User's Guide and Reference, "SET NUMWIDTH", "COLUMN").

    :raises BadValue: how it is written depends on settings of the session, or is not known.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        kind = "date" if hasattr(value, "year") else type(value).__name__
        raise BadValue(f"it is no text (a {kind}): write TO_CHAR(...) in the query")
    text = repr(value)
    if isinstance(value, float) and (not _is_plain(text)):
        raise BadValue("it is a number with many digits: write TO_CHAR(...) in the query")
    return text.removesuffix(".0")


def _is_plain(text: str) -> bool:
    digits = text.lstrip("-").replace(".", "", 1).lstrip("0")
    return not digits or (digits.isdigit() and len(digits) <= _MOST_DIGITS)


# -- COLUMN lines ---------------------------------------------------------------------------------

_WORDS = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[^\s'\"]+", re.ASCII)
_COLUMN_NAME = re.compile(r"[A-Za-z0-9_$#]+")
_VARIABLE_NAME = re.compile(r"[0-9]+|[A-Za-z_][A-Za-z0-9_$#]*")


class ColumnLine(NamedTuple):
    """What a COLUMN line says of variables.

    :param column: in upper case, "" when the line only shows what there is.
    :param variable: that NEW_VALUE names, in lower case; "" when the line says nothing of it.
    :param clears: the column loses what was said of it; :param is_off: OFF.
    :param alias: by which other COLUMN lines name the column, in upper case.
    :param refused: why it cannot be honoured; :param cure: what to do instead.
    """

    column: str = ""
    variable: str = ""
    clears: bool = False
    is_off: bool = False
    alias: str = ""
    refused: str = ""
    cure: str = ""


# The capitals are the shortest abbreviation; behind those in the second list stands an argument.
_ALONE = (
    *("CLEar", "FOLD_After", "FOLD_Before", "NEWLine", "NOPRInt", "OFF", "ON", "PRInt"),
    *("TRUncated", "WORd_wrapped", "WRApped"),
)
_WITH_ARGUMENT = (
    *("ALIas", "ENTMAP", "FORmat", "HEAding", "JUStify", "LIKE", "NEW_Value", "NULl"),
    "OLD_Value",
)
_OF_VALUES = ("NEW_VALUE", "OLD_VALUE", "ALIAS", "LIKE", "CLEAR", "OFF", "ON")


def _options(words: Sequence[str]) -> Dict[str, str]:
    """Give the options of a COLUMN line with their arguments; what is none with itself."""
    found: Dict[str, str] = {}
    at = 0
    while at < len(words):
        word = words[at].upper()
        takes = next((name for name in _WITH_ARGUMENT if _abbreviates(word, name)), "")
        alone = next((name for name in _ALONE if _abbreviates(word, name)), word)
        argument = words[at + 1] if takes and at + 1 < len(words) else ""
        found[takes.upper() or alone.upper()] = argument
        at += 2 if takes else 1
    return found


def _abbreviates(word: str, name: str) -> bool:
    return _is(word, name.upper(), len(name.rstrip("_" + ascii_lowercase)))


def _words(line: str) -> List[str]:
    return _WORDS.findall(line.rstrip().rstrip(";"))[1:]


def only_formats(line: str) -> bool:
    """Tell whether a COLUMN line says nothing of values, whatever its holes are filled with."""
    words = _words(line)
    return not any(has_hole(name) or name in _OF_VALUES for name in _options(words[1:]))


def read_column(line: str) -> ColumnLine:
    """Read ``COLUMN column [option …]``: of its options, those that are about variables."""
    words = _words(line)
    if not words:
        return ColumnLine()
    name, options = words[0].strip('"').upper(), _options(words[1:])
    refused, cure = "", "write COLUMN column NEW_VALUE name alone."
    variable = options.get("NEW_VALUE", "")
    if "OLD_VALUE" in options:
        refused = "COLUMN ... OLD_VALUE"
        cure = "keep the value with NEW_VALUE, or in a VARIABLE."
    elif "NEW_VALUE" not in options:
        alias = options.get("ALIAS", "").strip('"').upper()
        return ColumnLine(name, clears="CLEAR" in options, is_off="OFF" in options, alias=alias)
    elif _VARIABLE_NAME.fullmatch(variable) is None:
        refused = "NEW_VALUE without the name of a variable"
    elif _COLUMN_NAME.fullmatch(name) is None:
        refused = "NEW_VALUE of an expression"
        cure = "give it an alias in the query, and name that."
    elif any(other in options for other in ("ALIAS", "CLEAR", "LIKE", "OFF")):
        refused = "NEW_VALUE together with ALIAS, CLEAR, LIKE or OFF"
    if refused:
        return ColumnLine(refused=refused, cure=cure)
    return ColumnLine(name, variable.lower())


def clears_columns(line: str) -> bool:
    """Tell whether a CLEAR line clears what COLUMN lines said."""
    return any(_is(word.upper(), "COLUMNS", 3) for word in line.rstrip().rstrip(";").split()[1:])


def _is(word: str, name: str, shortest: int) -> bool:
    return len(word) >= shortest and name.startswith(word)


class Columns:
    """Which columns set which variables, as COLUMN lines leave it."""

    def __init__(self) -> None:
        self._variables: Dict[str, str] = {}
        self._aliases: Dict[str, str] = {}
        self._aliased: Dict[str, int] = {}  # how many columns have an alias

    def obey(self, line: str) -> str:
        """Obey a COLUMN line, and say why it cannot be, "" when it can.

        One that is refused for itself is refused where the script is split.
        """
        said = read_column(line)
        if said.is_off and said.column in self._variables:
            return "whether a column that is OFF still sets its variable is not certain"
        if said.clears:
            self._variables.pop(said.column, None)
            self._name(said.column, "")
        if said.alias:
            self._name(said.column, said.alias)
        if said.variable:
            self._variables[said.column] = said.variable
        unclear = self._unclear_alias(said)
        if unclear:
            return f"whether NEW_VALUE is of a column that has the ALIAS {unclear} is not certain"
        if len(self._variables) > _MOST_COLUMNS:
            return f"more than {_MOST_COLUMNS} columns set variables"
        return ""

    def _unclear_alias(self, said: ColumnLine) -> str:
        """Return an alias that stands for a column that sets a variable, or is one."""
        column, alias = said.column, self._aliases.get(said.column, "")
        if alias and (column in self._variables or alias in self._variables):
            return alias
        return column if said.variable and self._aliased.get(column) else ""

    def _name(self, column: str, alias: str) -> None:
        before = self._aliases.pop(column, "")
        if before:
            self._aliased[before] -= 1
        if alias:
            self._aliases[column] = alias
            self._aliased[alias] = self._aliased.get(alias, 0) + 1

    def clear(self, line: str) -> None:
        """Obey a CLEAR line."""
        if clears_columns(line):
            for each in (self._variables, self._aliases, self._aliased):
                each.clear()

    @property
    def are_there(self) -> bool:
        """Tell whether any column sets a variable."""
        return bool(self._variables)

    def setters(
        self, text: str, values: Mapping[str, str], open_names: Container[str]
    ) -> List[Setter]:
        """Give what a query does to variables that stands here.

        :param text: see `may_have`.
        :param values: of the variables now; :param open_names: those that queries decide.
        """
        return [
            Setter(column, name, True)
            if name in open_names
            else Setter(column, name, False, values.get(name))
            for column in may_have(text, self._variables)
            for name in (self._variables[column],)
        ]
