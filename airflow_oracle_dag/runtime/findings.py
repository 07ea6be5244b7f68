"""What an examination of a connection finds, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    :param ok: None when it is only told, or could not be asked.
    :param required: nothing runs without it.
    :param follows: what does not work without it, and the way to mend it.
    """

    name: str
    ok: Optional[bool]
    found: str
    follows: str = ""
    required: bool = False


def unless_lost(error: DatabaseError) -> str:
    """Return an answer of the database; a connection that broke answers nothing."""
    if isinstance(error, ConnectionLost):
        raise error
    return error.message.splitlines()[0]
