"""The verb ``sandbox``: the one place outside of tests that imports it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.exits import UsageError

if TYPE_CHECKING:
    import argparse


def serve(parsed: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    try:
        from airflow_oracle_dag.sandbox import serve as sandbox
    except ImportError as error:
        raise UsageError(
            f"the sandbox is not installed ({error}): pip install 'airflow-oracle-dag[sandbox]'"
        ) from None
    password = os.environ.get("ORACLE_PASSWORD")
    if password is None:
        password = secrets.token_urlsafe(12)
        print(f"password of {parsed.user}: {password}", flush=True)
    return sandbox.main(
        host=parsed.host,
        port=parsed.port,
        data=Path(parsed.data) if parsed.data else None,
        user=parsed.user,
        password=password,
        reply_delay=parsed.reply_delay,
        allow_remote=parsed.allow_remote,
    )
