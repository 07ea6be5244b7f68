"""The verb ``doctor``: what a connection can do, and what does not work where it cannot."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from textwrap import fill, indent
from typing import TYPE_CHECKING

from airflow_oracle_dag import __version__
from airflow_oracle_dag.cli.connect import connector, namespace
from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED, USAGE
from airflow_oracle_dag.runtime.doctor import examine
from airflow_oracle_dag.runtime.findings import Finding

if TYPE_CHECKING:
    import argparse


_WIDTH = 110  # of a line; what stands in a table's column is not cut


def doctor(parsed: argparse.Namespace) -> int:
    """Look at a database; 2 when something is missing without which nothing runs."""
    database = connector(parsed)
    there = examine(database, parsed.schema, lambda: datetime.now(UTC), namespace(parsed))
    found = [*_here(), *there]
    failed = any(one.required and one.ok is False for one in found)
    if parsed.json:
        shown = {"ok": not failed, "findings": [asdict(one) for one in found]}
        say(json.dumps(shown, indent=2))
    else:
        width = max(len(one.name) for one in found)
        for one in found:
            say(f"{_mark(one)}  {one.name:<{width}}  {one.found}")
            if one.ok is False and one.follows:
                before = " " * (width + 8)
                said = fill(f"what follows: {one.follows}", _WIDTH - len(before))
                say(indent(said, before))
    return USAGE if failed else SUCCEEDED


def _here() -> list[Finding]:
    """Say what this side is; the driver's mode is known once it has connected."""
    import oracledb

    thin = oracledb.is_thin_mode()
    client = "" if thin else f", client {'.'.join(map(str, oracledb.clientversion()))}"
    return [
        Finding(
            "versions",
            None,
            f"airflow-oracle-dag {__version__}, oracledb {oracledb.__version__}, "
            f"Python {platform.python_version()}",
        ),
        Finding(
            "driver mode",
            thin,
            "thin" if thin else f"thick{client}",
            "a request to stop may go unanswered where the network swallows breaks: give long "
            "steps timeout=, and set DISABLE_OOB=ON in sqlnet.ora, see docs/connections.md",
        ),
    ]


def _mark(one: Finding) -> str:
    if one.ok is None:
        return "    "
    if one.ok:
        return "ok  "
    return "FAIL" if one.required else "--  "
