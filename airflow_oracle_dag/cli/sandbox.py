"""The verb ``sandbox``: the one place outside of tests that imports it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.exits import UsageError

if TYPE_CHECKING:
    import argparse


def serve(parsed: argparse.Namespace) -> int:
    """Serve until a signal ends it; the password comes from ORACLE_PASSWORD or is made."""
    if parsed.data is not None and not parsed.data.strip():
        raise UsageError("--data names no folder: leave it out for data that go at the end")
    try:
        from airflow_oracle_dag.sandbox import serve as sandbox
    except ImportError as error:
        raise UsageError(
            f"the sandbox is not installed ({error}): pip install 'airflow-oracle-dag[sandbox]'"
        ) from None
    return sandbox.main(
        host=parsed.host,
        port=parsed.port,
        data=Path(parsed.data) if parsed.data is not None else None,
        user=parsed.user,
        reply_delay=parsed.reply_delay,
        service=parsed.service,
        allow_remote=parsed.allow_remote,
        seeds=[Path(file) for file in parsed.seed or ()],
    )
