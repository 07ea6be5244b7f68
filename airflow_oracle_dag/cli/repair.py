"""The verbs that change the tables by hand: ``init``, ``mark-done``, ``mark-pending``."""

from __future__ import annotations

import getpass
import socket
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.connect import connector, identity
from airflow_oracle_dag.cli.exits import SUCCEEDED, UsageError
from airflow_oracle_dag.runtime import verbs

if TYPE_CHECKING:
    import argparse


def init(parsed: argparse.Namespace) -> int:
    """Make the checkpoint tables, or print how."""
    if parsed.print_only:
        if not parsed.schema:
            raise UsageError("--print needs --schema: the owner is part of each statement")
        print(verbs.schema_script(parsed.schema), end="")
        return SUCCEEDED
    for line in verbs.init(connector(parsed), parsed.schema):
        print(line)
    return SUCCEEDED


def mark_done(parsed: argparse.Namespace) -> int:
    """Declare a step done."""
    verbs.mark_done(
        connector(parsed), parsed.schema, identity(parsed), parsed.step, parsed.why, _who()
    )
    print(f"{parsed.step}: SUCCEEDED by your word; `oracle-dag resume` goes on after it")
    return SUCCEEDED


def mark_pending(parsed: argparse.Namespace) -> int:
    """Declare a step not done."""
    verbs.mark_pending(
        connector(parsed), parsed.schema, identity(parsed), parsed.step, parsed.why, _who()
    )
    print(f"{parsed.step}: PENDING by your word; `oracle-dag resume` runs it again")
    return SUCCEEDED


def _who() -> str:
    """Return who types, for the audit table; the database adds its own user."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
