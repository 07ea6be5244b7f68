"""Print the mistake that keeps a verb from reading a script as JSON, too, where that was asked."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.core.errors import ScriptError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


@contextmanager
def refusal_as_json(parsed: argparse.Namespace) -> Iterator[None]:
    """Print a document with the key ``error`` under ``--json``; the error goes on its way."""
    try:
        yield
    except ScriptError as error:
        if parsed.json:
            said = {
                "file": error.file,
                "line": error.line or None,
                "column": error.column or None,
                "rule": error.rule or None,
                "message": error.message,
                "cure": error.cure or None,
            }
            say(json.dumps({"script": parsed.file, "error": said}, indent=2))
        raise
