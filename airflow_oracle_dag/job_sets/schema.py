"""The JSON schema that editors check job sets with, kept as a file.

    python -m airflow_oracle_dag.job_sets.schema

writes ``schema.json`` anew after a change of the model; a test keeps the two equal.
"""

from __future__ import annotations

import ast
import itertools
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from airflow_oracle_dag.job_sets import model
from airflow_oracle_dag.job_sets.model import Job, JobCallbacks, JobSet, SetCallbacks, Settings

_MODEL = Path(model.__file__).read_text(encoding="utf-8")
FILE = Path(__file__).with_name("schema.json")


def schema_text() -> str:
    """Return the schema as it stands in the file."""
    schema = _plain(_described(JobSet.model_json_schema()))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Job set of airflow-oracle-dag",
        "description": "One file, one DAG: when it runs, and its jobs.",
    }
    return json.dumps({**schema, **head}, indent=2, ensure_ascii=False) + "\n"


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    """Put the text beneath each field of the model into its schema.

    pydantic can do so by itself, but then looks for its source whenever the model is imported.
    """
    texts = {node.name: node for node in ast.parse(_MODEL).body if isinstance(node, ast.ClassDef)}
    for one in (JobSet, Job, Settings, JobCallbacks, SetCallbacks):
        part = schema if one is JobSet else schema["$defs"][one.__name__]
        for base in one.__mro__:
            body = texts[base.__name__].body if base.__name__ in texts else []
            for field, text in itertools.pairwise(body):
                if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                    _describe(part["properties"], one, field, text)
    return schema


def _describe(
    properties: dict[str, Any], one: type[BaseModel], field: ast.AnnAssign, text: ast.Expr
) -> None:
    name = getattr(field.target, "id", "")
    written = one.model_fields[name].alias or name
    said = getattr(text.value, "value", "")
    properties[written].setdefault("description", " ".join(said.split()))


def _plain(schema: Any) -> Any:
    """Leave out what pydantic adds for itself: titles, and null for what is not given."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: {key: _plain(field) for key, field in part.items()}
        if name in ("properties", "$defs")
        else _plain(part)
        for name, part in schema.items()
        if name != "title" and (name, part) != ("default", None)
    }
    choices = kept.get("anyOf", [])
    if {"type": "null"} in choices and len(choices) == 2:
        del kept["anyOf"]
        kept = {**next(choice for choice in choices if choice != {"type": "null"}), **kept}
    return kept


if __name__ == "__main__":
    FILE.write_text(schema_text(), encoding="utf-8")
