"""Which reading a script asks for itself: ``-- @reading`` before its first statement."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import Dict, List, Optional, Set, Tuple, Union

from airflow_oracle_dag.core.annotations import READINGS, read_annotation
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.expansion import expand
from airflow_oracle_dag.core.script import ParseSettings, PieceKind
from airflow_oracle_dag.core.source import BLANK, Source, read_source
from airflow_oracle_dag.core.split import split

_MAY_ASK = re.compile(r"@(?i:reading)")  # found at once where it is not
_LINE = re.compile(rf"(?i){BLANK}*(--{BLANK}*@reading\b[^\n]*)")
_LINE_BEHIND = re.compile(rf"\n{_LINE.pattern[4:]}", re.IGNORECASE)
_BEFORE = (PieceKind.COMMENT, PieceKind.DIRECTIVE)


def opened(
    source: Union[bytes, str], name: str, settings: ParseSettings
) -> Tuple[Source, ParseSettings]:
    """Give the script with values and files put in, and how it is to be read.

    :raises ScriptError: it is not text, or they cannot be put in.
    """
    read = read_source(source, name, settings)
    settings = with_reading(read, settings)
    return expand(read, settings), settings


def with_reading(source: Source, settings: ParseSettings) -> ParseSettings:
    """Give the settings with the reading that a script asks for.

    :raises ScriptError: it asks for one that does not exist, for two, or not for the caller's.
    """
    if _MAY_ASK.search(source.text) is None:
        return settings
    wishes = _wishes(source)
    if not wishes:
        return settings
    (at, wanted), *others = wishes
    for again, another in others:
        if another != wanted:
            raise source.error(
                f"line {source.line_of(at)} asks for the reading {wanted}, this one for {another}",
                again,
                rule="two-readings",
                cure="delete one of the two lines.",
            )
    if settings.reading not in (None, wanted):
        raise source.error(
            f"the file asks for the reading {wanted}, its caller for {settings.reading}",
            at,
            rule="two-readings",
            cure="delete the line, or leave the caller's reading away.",
        )
    return replace(settings, reading=wanted)


def _wishes(source: Source) -> List[Tuple[int, str]]:
    """Give where the script asks for a reading, and for which.

    :raises ScriptError: for one that does not exist.
    """
    first = _LINE.match(source.text, source.first)
    lines = [*([first] if first else []), *_LINE_BEHIND.finditer(source.text, source.first)]
    comments: Dict[Optional[str], Set[int]] = {}
    found: List[Tuple[int, str]] = []
    for line in lines:
        last = line.group(1).lower().split()[-1]
        reading = last if last in READINGS else None
        if reading not in comments:
            comments[reading] = _comments_before_statements(source, reading)
        if line.start(1) not in comments[reading]:
            continue
        annotation = read_annotation(source, line.start(1), line.group(1).rstrip())
        if annotation is not None:
            found.append((line.start(1), annotation.value))
    return found


def _comments_before_statements(source: Source, reading: Optional[str]) -> Set[int]:
    """Give where the comments begin that only comments and directives precede.

    :param reading: that the comment asks for: with it, a comment may be more or less.
    """
    found: Set[int] = set()
    with contextlib.suppress(ScriptError):  # said again when the script is split
        for chunk in split(source, reading):
            if chunk.kind not in _BEFORE:
                break
            if chunk.kind is PieceKind.COMMENT:
                found.add(chunk.start)
    return found
