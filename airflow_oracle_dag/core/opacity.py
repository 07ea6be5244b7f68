"""Say whether a PL/SQL block may commit by itself, so that the canary cannot see what it did.

A block is clean only when everything it does is known not to commit: its own statements, its
local subprograms, Oracle's functions and a few packages. Embedded SQL cannot commit, whatever
functions it calls (ORA-14552). All else is opaque: what cannot be read, too.
"""

from __future__ import annotations

from typing import Optional

from airflow_oracle_dag.core.plsql import OpaqueCode, read_block, read_call
from airflow_oracle_dag.core.script import Piece, StatementClass


def opaque_reason(piece: Piece) -> Optional[str]:
    """Give what makes a piece opaque, None when it is clean.

    :returns: such as ``calls load_orders``; always None for SQL other than CALL.
    """
    if piece.statement is not StatementClass.PLSQL:
        return None
    try:
        if piece.verb == "CALL":
            read_call(piece.text)
        else:
            read_block(piece.text)
    except OpaqueCode as reason:
        return str(reason)
    return None
