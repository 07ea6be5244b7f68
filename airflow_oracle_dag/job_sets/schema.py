"""The JSON schema that editors check job sets with, kept as a file.

    python -m airflow_oracle_dag.job_sets.schema

writes ``schema.json`` anew after a change of the model; a test keeps the two equal.
"""

from __future__ import annotations

import json
from pathlib import Path

from airflow_oracle_dag.job_sets.model import JobSet

FILE = Path(__file__).with_name("schema.json")


def schema_text() -> str:
    """Return the schema as it stands in the file."""
    schema = JobSet.model_json_schema(mode="validation")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Job set of airflow-oracle-dag",
        "description": "One file, one DAG: when it runs, and its jobs.",
    }
    return json.dumps({**schema, **head}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema_text(), encoding="utf-8")
