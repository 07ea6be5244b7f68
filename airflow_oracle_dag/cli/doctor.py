"""The verb ``doctor``: what a connection can do, and what does not work where it cannot."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow_oracle_dag import __version__
from airflow_oracle_dag.cli.connect import connector
from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED, USAGE
from airflow_oracle_dag.runtime.doctor import Finding, examine

if TYPE_CHECKING:
    import argparse


def doctor(parsed: argparse.Namespace) -> int:
    """Look at a database; 2 when something is missing without which nothing runs."""
    found = [_here(), *examine(connector(parsed), parsed.schema, lambda: datetime.now(UTC))]
    failed = any(one.required and one.ok is False for one in found)
    if parsed.json:
        shown = {"ok": not failed, "findings": [asdict(one) for one in found]}
        say(json.dumps(shown, indent=2))
    else:
        width = max(len(one.name) for one in found)
        for one in found:
            say(f"{_mark(one)}  {one.name:<{width}}  {one.found}")
            if one.ok is False and one.follows:
                say(f"      {'':<{width}}  without it: {one.follows}")
    return USAGE if failed else SUCCEEDED


def _here() -> Finding:
    import oracledb

    mode = "thin" if oracledb.is_thin_mode() else "thick"
    found = (
        f"airflow-oracle-dag {__version__}, oracledb {oracledb.__version__} ({mode}), "
        f"Python {platform.python_version()}"
    )
    return Finding("versions", None, found)


def _mark(one: Finding) -> str:
    if one.ok is None:
        return "    "
    if one.ok:
        return "ok  "
    return "FAIL" if one.required else "--  "
