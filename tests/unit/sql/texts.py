"""Every SQL text of the package by name, those of the migrations and of the schema included."""

from __future__ import annotations

import re
from collections.abc import Iterator

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import PieceKind

_PLSQL = re.compile(r"(BEGIN|DECLARE)\b")
_LITERAL = r"'(?:[^']|'')*'"
#: What a block runs dynamically: literals, and between them names that are put in.
_DYNAMIC = re.compile(
    rf"EXECUTE IMMEDIATE\s+({_LITERAL}(?:\s*\|\|.*?\|\|\s*{_LITERAL})*)", re.DOTALL
)


def _said(part: str) -> str:
    return part[1:-1].replace("''", "'") if part.startswith("'") else "NAME"


def _texts() -> Iterator[tuple[str, str]]:
    for name in sql.names():
        text = sql.statement(name, "own")
        yield name, text
        for number, found in enumerate(_DYNAMIC.findall(text), 1):
            yield f"{name} dynamic {number}", "".join(map(_said, re.split(r"\s*\|\|\s*", found)))
    scripts = {f"migration {one.name}": one.text for one in sql.migrations("own")}
    scripts["schema"] = sql.schema_script("own")
    for name, text in scripts.items():
        for piece in parse_script(text, name=f"{name}.sql").pieces:
            if piece.kind in (PieceKind.SQL, PieceKind.PLSQL):
                yield f"{name} line {piece.first_line}", piece.text


TEXTS = dict(_texts())
BLOCKS = sorted(name for name, text in TEXTS.items() if _PLSQL.match(text))
STATEMENTS = sorted(set(TEXTS) - set(BLOCKS))
