"""Read the golden cases: ``golden/*.txt``, a file of small scripts for each family of rules.

::

    ## rule | section of the manual | title | encoding, UTF-8 where none is named
    the script; <NOEOL> at its end: without a line end; <TAB>, <CR>, <U+200B> …: that character
    => kind terminator class [binds] text, with ⏎ for a line end; class of DDL: DDL/TYPE/name
    => refused hazard line
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import ParseSettings, Piece, StatementClass

FOLDER = Path(__file__).parent / "golden"
_NAMED = {"TAB": "\t", "CR": "\r", "FF": "\f", "VT": "\v", "SP": " "}
_CHARACTER = re.compile(r"<(TAB|CR|FF|VT|SP|U\+([0-9A-F]{4}))>")


class Case(NamedTuple):
    """One golden case; its source are the bytes of the file."""

    name: str
    rule: str
    section: str
    source: bytes
    encoding: str
    expected: Tuple[str, ...]


def _characters(text: str) -> str:
    return _CHARACTER.sub(
        lambda found: chr(int(found[2], 16)) if found[2] else _NAMED[found[1]], text
    )


def read_cases(family: str) -> List[Case]:
    """Read a family's file."""
    text = (FOLDER / f"{family}.txt").read_text(encoding="utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return [_case(f"{family} {number}", part) for number, part in enumerate(parts, 1)]


def _case(place: str, part: str) -> Case:
    head, _, rest = part.partition("\n")
    rule, section, title, *encoding = [field.strip() for field in head.split("|")]
    written, _, expected = rest.partition("\n=> ")
    source = _characters(written + "\n").replace("<NOEOL>\n", "")
    named = encoding[0] if encoding else "utf-8"
    return Case(
        name=f"{place}: {rule}: {title}",
        rule=rule,
        section=section,
        source=source.encode(named),
        encoding=named,
        expected=tuple(re.split(r"\n=> ", expected.rstrip("\n"))),
    )


def families() -> List[str]:
    """Name the families."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def all_cases() -> Dict[str, Case]:
    """Give all cases by name."""
    return {case.name: case for family in families() for case in read_cases(family)}


def settings_of(case: Case) -> ParseSettings:
    """Give the settings that a case is read with."""
    if case.encoding in ("utf-8", "utf-8-sig"):
        return ParseSettings()
    return ParseSettings(fallback_encoding=case.encoding)


def outcome(case: Case) -> Tuple[str, ...]:
    """Parse a case, and say what came out as its file does."""
    try:
        script = parse_script(case.source, settings=settings_of(case))
    except ScriptError as error:
        return (f"refused {error.rule} {error.line}",)
    return tuple(_said(piece) for piece in script.pieces)


def _said(piece: Piece) -> str:
    said = piece.statement.value
    if piece.statement is StatementClass.DDL and piece.object_type:
        said += "/" + piece.object_type.replace(" ", "_")
        said += f"/{piece.object_name}" if piece.object_name else ""
    text = piece.text.replace("\t", "<TAB>").replace("\n", "⏎")
    binds = " ".join(piece.binds)
    return f"{piece.kind.value} {piece.terminator or '-'} {said} [{binds}] {text}"
