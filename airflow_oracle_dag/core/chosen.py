"""Which reading a script asks for itself: ``-- @reading`` before its first statement."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Optional, Tuple, Union

from airflow_oracle_dag.core.annotations import READINGS, read_annotation
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.expansion import expand
from airflow_oracle_dag.core.script import ParseSettings, PieceKind
from airflow_oracle_dag.core.source import BLANK, Source, read_source
from airflow_oracle_dag.core.split import split

_MAY_ASK = re.compile(r"@(?i:reading)")  # found at once where it is not
_LINE = re.compile(rf"(?im)^{BLANK}*(--{BLANK}*@reading\b[^\n]*)")
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

    :raises ScriptError: it asks for one that does not exist, or not for the caller's.
    """
    if _MAY_ASK.search(source.text) is None:
        return settings
    match = _LINE.search(source.text, source.first)
    if match is None or not _stands_before_statements(source, match.start(1), match.group(1)):
        return settings
    annotation = read_annotation(source, match.start(1), match.group(1).rstrip())
    wanted = annotation.value if annotation is not None else None
    if settings.reading not in (None, wanted):
        raise source.error(
            f"the file asks for the reading {wanted}, its caller for {settings.reading}",
            match.start(1),
            rule="two-readings",
            cure="delete the line, or leave the caller's reading away.",
        )
    return replace(settings, reading=wanted)


def _stands_before_statements(source: Source, at: int, line: str) -> bool:
    """Tell whether a line is a comment of its own that only comments and directives precede.

    Where it stands depends on the reading that it asks for: a comment may be more or less.
    """
    words = line.lower().split()
    reading: Optional[str] = words[-1] if words[-1] in READINGS else None
    try:
        for chunk in split(source, reading):
            if chunk.start >= at or chunk.kind not in _BEFORE:
                return chunk.start == at
    except ScriptError:  # said again when the script is split
        return False
    return False
