"""Every SQL text of the package by name, those of the migrations and of the schema included."""

from __future__ import annotations

import re
from collections.abc import Iterator

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import PieceKind

_PLSQL = re.compile(r"(BEGIN|DECLARE)\b")


def _texts() -> Iterator[tuple[str, str]]:
    for name in sql.names():
        yield name, sql.statement(name, "own")
    scripts = {f"migration {one.name}": one.text for one in sql.migrations("own")}
    scripts["schema"] = sql.schema_script("own")
    for name, text in scripts.items():
        for piece in parse_script(text, name=f"{name}.sql").pieces:
            if piece.kind in (PieceKind.SQL, PieceKind.PLSQL):
                yield f"{name} line {piece.first_line}", piece.text


TEXTS = dict(_texts())
BLOCKS = sorted(name for name, text in TEXTS.items() if _PLSQL.match(text))
STATEMENTS = sorted(set(TEXTS) - set(BLOCKS))
