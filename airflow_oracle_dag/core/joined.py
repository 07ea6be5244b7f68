"""Several files as one script: each is split by itself, their steps are one run.

What a file sets for SQL*Plus (DEFINE, SET, VARIABLE, WHENEVER), its open transaction and its EXIT
end with the file, as if SQL*Plus had been called for each; the session is the same for all. Each
step's name begins with its file's, so that a file can be edited without renaming the steps of
another.

The text that is kept with the run has all files, each behind a line that says its name and how
many lines follow, so that a resumption can read it again. A single script that begins with such a
line itself is kept behind one that says that it is alone.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from airflow_oracle_dag.core.drafts import Check, Unit
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.script import Annotation, Piece, Script

_HEAD = re.compile(r"-- @file lines=(\d+) (.+)")
_MARK = "-- @file "
_ALONE = f"{_MARK}alone\n"
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_$#]+")
_HASH = 8
_LONGEST = 60  # of what a step's name begins with; 128 bytes are kept of the whole


def join_scripts(name: str, scripts: Sequence[Script]) -> Script:
    """Join scripts to one that runs them in their order.

    :param name: what errors call the whole.
    :raises ScriptError: there is none, or one is given twice.
    """
    if not scripts:
        raise ScriptError("there is no script to run", file=name, rule="nothing-to-run")
    seen: Dict[str, None] = {}
    for script in scripts:
        if script.name in seen:
            raise ScriptError(
                "the file is given twice",
                file=script.name,
                rule="file-twice",
                cure="name it once; to run statements twice, put them in with @ from a main script",
            )
        seen[script.name] = None
    pieces: List[Piece] = []
    for script in scripts:
        base = len(pieces)
        pieces += [in_file(piece, script.name, base) for piece in script.pieces]
    return Script(
        name=name,
        source="".join(map(_with_head, scripts)).encode("utf-8"),
        encoding="utf-8",
        pieces=tuple(pieces),
        parts=tuple(scripts),
    )


def _with_head(script: Script) -> str:
    text = script.source.decode(script.encoding).lstrip("\ufeff")
    lines = text[:-1].split("\n") if text.endswith("\n") else text.split("\n")
    return "\n".join((f"-- @file lines={len(lines)} {script.name}", *lines, ""))


def kept_text(script: Script) -> str:
    """Return the text that is kept with a run of a script."""
    text = script.source.decode(script.encoding)
    return _ALONE + text if not script.parts and text.startswith(_MARK) else text


def single_text(text: str) -> str:
    """Return the text of a single script as it was, of the one that is kept."""
    return text.removeprefix(_ALONE)


class KeptFile(NamedTuple):
    """One file of a joined script, as it was kept."""

    name: str
    text: str


def kept_files(text: str) -> Tuple[KeptFile, ...]:
    """Take the text that is kept with a run apart; () for that of a single script."""
    lines = text.split("\n")
    found: List[KeptFile] = []
    at = 0
    while at < len(lines):
        head = _HEAD.fullmatch(lines[at])
        if head is None:
            break
        count = int(head.group(1))
        body = lines[at + 1 : at + 1 + count]
        found.append(KeptFile(head.group(2), "\n".join(body) + "\n"))
        at += 1 + count
    return tuple(found)


def read_kept(text: str, name: str, parse: Callable[[str, str], Script]) -> Script:
    """Read what is kept with a run once more.

    :param parse: reads one script, given its text and its name.
    """
    files = kept_files(text)
    if not files:
        return parse(single_text(text), name)
    return join_scripts(name, [parse(file.text, file.name) for file in files])


def prefixes(names: Sequence[str]) -> Dict[str, str]:
    """Return what the names of the steps of each file begin with: the file's own, without suffix.

    Where two could be called the same, each has the name of its folder before it, and a hash where
    that does not tell them apart. None keeps the short name by its place: a file that comes in
    between would take it, and with it the word that its steps are done.
    """
    candidates = {name: _candidates(name) for name in names}
    often = Counter(each for found in candidates.values() for each in set(found))
    return {
        name: next((each for each in found if often[each] == 1), "") or _hashed(found[-1], name)
        for name, found in candidates.items()
    }


def _candidates(name: str) -> List[str]:
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part != "/"]
    stem = parts[-1][:-4] if parts[-1].lower().endswith(".sql") else parts[-1]
    words = [*parts[:-1], stem]
    return [_plain("_".join(words[-length:])) for length in range(1, len(words) + 1)]


def _plain(name: str) -> str:
    plain = _NOT_IN_A_NAME.sub("_", name.lower()).strip("_")[-_LONGEST:] or "script"
    is_told = all(each.isascii() or not each.isalnum() for each in name)
    return plain if is_told else _hashed(plain, name)


def _hashed(plain: str, name: str) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
    return f"{plain[: _LONGEST - _HASH - 1]}_{digest}"


def file_of_step(step: str, names: Sequence[str]) -> Optional[str]:
    """Return the file that a step was in, by its name."""
    begins = {prefix: name for name, prefix in prefixes(names).items()}
    return begins.get(step.split(".", 1)[0])


def unit_in_file(unit: Unit, file: str, base: int) -> Unit:
    """Return a statement of a step as a part of the whole."""
    check = unit.check
    return replace(
        unit,
        piece=in_file(unit.piece, file, base),
        check=None if check is None else Check(check.name, check.line, check.file or file),
        before=lines_in_file(unit.before, file, base),
    )


def lines_in_file(lines: Sequence[Piece], file: str, base: int) -> Tuple[Piece, ...]:
    """Return VARIABLE, PRINT and SHOW ERRORS lines as parts of the whole."""
    return tuple(in_file(line, file, base) for line in lines)


def in_file(piece: Piece, file: str, base: int) -> Piece:
    """Return a piece as a part of the whole.

    :param base: index of the first piece of its file.
    """
    annotations: Tuple[Annotation, ...] = tuple(
        replace(each, file=each.file or file) for each in piece.annotations
    )
    repeats = None if piece.repeats is None else piece.repeats + base
    return replace(piece, file=piece.file or file, annotations=annotations, repeats=repeats)
