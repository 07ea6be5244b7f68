"""Stored code that a script makes: which unit it is, and where its compiler's lines stand.

``CREATE`` and ``ALTER … COMPILE`` of stored code succeed although the code does not compile; what
is wrong is found in ALL_ERRORS, by lines of the source as it is stored.

Unverified: a stored source begins at the keyword that says what it is (``PROCEDURE p …``), and its
lines count from there; POSITION counts characters (Database Reference, ALL_SOURCE, ALL_ERRORS).

Unverified: the lines of a trigger's errors count from its body: DECLARE, BEGIN or COMPOUND TRIGGER
(PL/SQL Language Reference, CREATE TRIGGER; Database Reference, ALL_ERRORS).

Unverified: a view's errors have no line (Database Reference, ALL_ERRORS; SQL Language Reference,
CREATE VIEW … FORCE).

Unverified: a name without quotes has the letters of the database's character set, and is stored
with each of them in upper case where that is one letter, too (SQL Language Reference, Database
Object Naming Rules).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Sequence

from airflow_oracle_dag.core.places import Place, place_of
from airflow_oracle_dag.core.queried import has_hole
from airflow_oracle_dag.core.script import Piece, Script
from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.tokens import Unclosed, code_pattern, read_head, scan

#: What SHOW ERRORS is as a piece of a script.
SHOW_ERRORS = "SHOW ERRORS"
#: What is stored with its errors, by the word that ALL_ERRORS has for it.
KINDS = (
    *("PROCEDURE", "FUNCTION", "PACKAGE", "PACKAGE BODY", "TYPE", "TYPE BODY", "TRIGGER", "VIEW"),
    *("JAVA SOURCE", "JAVA CLASS", "DIMENSION"),
)
_WITH_BODY = ("PACKAGE", "TYPE")
_NAME = r'(?:"[^"]+"|[^\W\d_][\w$#]*)'  # letters are those of the database's character set
_QUALIFIED = re.compile(rf"(?:({_NAME})\s*\.\s*)?({_NAME})")
_SHOW = re.compile(r"\s*SHOW?\s+ERR(?:O|OR|ORS)?\b\s*(.*?)[;\s]*", re.IGNORECASE | re.DOTALL)
_BODY = code_pattern(r"(?i:\b(?:declare|begin|compound)\b)", "<<")
_HEAD = 24
_IGNORED = re.compile(r"PL/SQL: (?:SQL )?(?:Statement|Item|Declaration|Compilation)\b")
_MOST = 50


@dataclass(frozen=True)
class StoredUnit:
    """A unit as the catalogue names it.

    :param kind: as in ALL_ERRORS.
    :param owner: None for the schema that is current.
    :param name: "" where it cannot be known before the script runs, or not be read.
    :param or_body: its body is meant, too.
    """

    kind: str
    owner: Optional[str]
    name: str
    or_body: bool = False

    @property
    def kinds(self) -> Sequence[str]:
        """Return the kinds by which ALL_ERRORS may have it."""
        return (self.kind, f"{self.kind} BODY") if self.or_body else (self.kind,)

    @property
    def quoted(self) -> str:
        """Return its name as a script may write it, "" where it has none."""
        if not self.name:
            return ""
        return f'"{self.owner}"."{self.name}"' if self.owner else f'"{self.name}"'

    def __str__(self) -> str:
        """Say what it is."""
        return f"{self.kind.lower()} {f'{self.owner}.' if self.owner else ''}{self.name}"


class CompilerLine(NamedTuple):
    """A row of ALL_ERRORS.

    :param line: of the stored source; :param column: in it; 0: not known.
    :param is_error: else it is a warning.
    """

    kind: str
    line: int
    column: int
    text: str
    is_error: bool


def unit_of(piece: Piece) -> Optional[StoredUnit]:
    """Return what a CREATE makes, or an ALTER compiles.

    :return: None: that is no stored code, or its name is not known.
    """
    unit = last_made(piece, None)
    return unit if unit is not None and unit.name else None


def last_made(piece: Piece, before: Optional[StoredUnit]) -> Optional[StoredUnit]:
    """Return what SHOW ERRORS means behind a statement.

    :param before: what it meant before it.
    """
    if piece.statement is not Is.DDL or piece.object_type not in KINDS:
        return before
    if piece.verb not in ("CREATE", "ALTER"):
        return before
    kind, both = piece.object_type, False
    if piece.verb == "ALTER":
        words = read_head(piece.text, 0, len(piece.text), _HEAD).words
        compiles = words.index("COMPILE") if "COMPILE" in words else -1
        if compiles < 0:
            return before
        what = words[compiles + 1] if compiles + 1 < len(words) else ""
        if kind in _WITH_BODY and what != "SPECIFICATION":
            kind, both = (f"{kind} BODY", False) if what == "BODY" else (kind, True)
    return _named(kind, piece.object_name, both=both) or StoredUnit(kind, None, "")


def replaces(piece: Piece) -> bool:
    """Tell whether a statement does the same again while what it made is there."""
    words = read_head(piece.text, 0, len(piece.text), _HEAD).words
    return piece.verb == "ALTER" or words[1:3] == ("OR", "REPLACE")


def leaves_what_is_there(piece: Piece) -> bool:
    """Tell whether a CREATE … IF NOT EXISTS would pass over a unit that does not compile."""
    words = read_head(piece.text, 0, len(piece.text), _HEAD).words
    found = any(words[at : at + 3] == ("IF", "NOT", "EXISTS") for at in range(len(words)))
    return found and unit_of(piece) is not None


def shown_unit(line: Piece) -> Optional[StoredUnit]:
    """Return what a SHOW ERRORS line is about, as `read_show_errors` found it; None: not known."""
    return _named(line.object_type, line.object_name)


def read_show_errors(line: str, last: Optional[StoredUnit]) -> Optional[StoredUnit]:
    """Read ``SHOW ERRORS [type [schema.]name]``.

    SQL*Plus User's Guide and Reference, "SHOW": without a name, the unit is meant that the script
    made or compiled last.

    :return: None: another SHOW, or nothing that has errors; without a name: see `StoredUnit`.
    """
    match = _SHOW.fullmatch(line)
    if match is None or not match.group(1):
        return last if match else None
    words = match.group(1).split()
    for length in (2, 1):
        kind = " ".join(words[:length]).upper()
        if kind in KINDS and len(words) > length:
            return _named(kind, " ".join(words[length:]))
    return None


def _named(kind: str, name: str, *, both: bool = False) -> Optional[StoredUnit]:
    match = _QUALIFIED.fullmatch(name.strip())
    if match is None or has_hole(name):
        return None
    owner = match.group(1)
    return StoredUnit(kind, None if owner is None else _stored(owner), _stored(match[2]), both)


def _stored(name: str) -> str:
    if name.startswith('"'):
        return name[1:-1]
    return "".join(each.upper() if len(each.upper()) == 1 else each for each in name)


def described(script: Script, piece: Optional[Piece], found: Sequence[CompilerLine]) -> List[str]:
    """Write what the compiler said, at the places in the script where that is.

    :param piece: the CREATE that holds the source; None: it is not in the script, and lines are
        those of the stored source.
    """
    shown: List[str] = []
    before: Optional[Place] = None
    for row in found[:_MOST]:
        text = row.text if row.is_error else f"warning: {row.text}"
        if piece is None:
            where = f"{row.line}/{row.column}" if row.line else "0/0"
            shown.append(f"{row.kind} {where}: {text}")
            continue
        place = _place(script, piece, row)
        follows = before is not None and before.line == place.line and _IGNORED.match(row.text)
        if follows or not row.line:
            place = place._replace(text="", caret=0)
        shown.append(place.drawn(text))
        before = place
    if len(found) > _MOST:
        shown.append(f"and {len(found) - _MOST} more, see ALL_ERRORS")
    return shown


def _place(script: Script, piece: Piece, row: CompilerLine) -> Place:
    if not row.line:
        return place_of(script, piece, 1)
    begin = _source_begin(piece)
    skipped = piece.text.count("\n", 0, begin)
    column = row.column
    if row.line == 1 and column:
        column += begin - (piece.text.rfind("\n", 0, begin) + 1)
    return place_of(script, piece, row.line + skipped, column)


def _source_begin(piece: Piece) -> int:
    """Return where in a CREATE the source begins that Oracle counts lines of."""
    text = piece.text
    first = piece.object_type.split(" ", 1)[0]
    head = read_head(text, 0, len(text), _HEAD).tokens
    begin = next((token.start for token in head if token.text.upper() == first), 0)
    if piece.object_type != "TRIGGER":
        return begin
    try:
        return next((each.start for each in scan(text, _BODY, begin, len(text))), begin)
    except Unclosed:
        return begin
