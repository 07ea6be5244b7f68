"""``split FILE``: the pieces of a script, as SQL*Plus would take them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED
from airflow_oracle_dag.cli.refusal import refusal_as_json
from airflow_oracle_dag.cli.script import load_script
from airflow_oracle_dag.core.queried import shown
from airflow_oracle_dag.core.source import without_passwords

if TYPE_CHECKING:
    import argparse

    from airflow_oracle_dag.core.script import Piece

_LONGEST = 60


def split(parsed: argparse.Namespace) -> int:
    """Print one line for each piece, or one JSON document with everything known about them."""
    with refusal_as_json(parsed):
        script = load_script(parsed, parsed.file)
    if parsed.json:
        document = {
            "script": parsed.file,
            "encoding": script.encoding,
            "pieces": [_document(piece) for piece in script.pieces],
            "error": None,
        }
        say(json.dumps(document, indent=2))
        return SUCCEEDED
    for piece in script.pieces:
        lines = f"{piece.first_line}-{piece.last_line}"
        of = f"{piece.file}:" if piece.file else ""
        first = without_passwords(piece.first_text)
        first = first if len(first) <= _LONGEST else first[: _LONGEST - 1] + "…"
        say(f"{of}{lines:<11}  {piece.kind.value:<9}  {piece.statement.value:<15}  {first}")
    return SUCCEEDED


def _document(piece: Piece) -> dict[str, Any]:
    return {
        "kind": piece.kind.value,
        "file": piece.file or None,
        "start": piece.start,
        "end": piece.end,
        "first_line": piece.first_line,
        "last_line": piece.last_line,
        "terminator": piece.terminator,
        "statement": piece.statement.value,
        "verb": piece.verb or None,
        "object_type": piece.object_type or None,
        "object_name": piece.object_name or None,
        "binds": list(piece.binds),
        "repeats": piece.repeats,
        "text": shown(piece.text),
        "queried": list(piece.holes),
    }
