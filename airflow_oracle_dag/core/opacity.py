"""Say whether a PL/SQL block may commit by itself, so that the canary cannot see what it did.

A block is clean only when everything it does is known not to commit: its own statements, its
local subprograms, Oracle's functions and a few packages. Embedded SQL cannot commit, whatever
functions it calls (ORA-14552). All else is opaque: what cannot be read, too. What it calls may be
proven by reading the stored code, see `airflow_oracle_dag.core.stored_code`.

Unverified: a function that SQL calls can neither commit nor roll back (ORA-14552) unless it is
autonomous, and then leaves the caller's transaction alone (Development Guide, Invoking Stored
PL/SQL Functions from SQL Statements).
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence, Tuple

from airflow_oracle_dag.core.filling import is_in_code
from airflow_oracle_dag.core.plsql import read_block, read_call
from airflow_oracle_dag.core.plsql_traits import Call, OpaqueCode, Remark, Traits
from airflow_oracle_dag.core.script import Piece, StatementClass


def traits_of(piece: Piece) -> Traits:
    """Read what a piece does to its transaction; of SQL other than CALL it is nothing."""
    if piece.statement is not StatementClass.PLSQL:
        return Traits()
    if piece.holes and is_in_code(piece.text):
        names = ", ".join(f"&{name}" for name in piece.holes)
        return Traits([Remark(f"has code that a query decides ({names})", 1)])
    try:
        return read_call(piece.text) if piece.verb == "CALL" else read_block(piece.text)
    except OpaqueCode as unread:
        return Traits([Remark(str(unread), unread.line)])


def opaque_reason(piece: Piece) -> Optional[str]:
    """Give what makes a piece opaque, None when it is clean.

    :returns: such as ``calls load_orders``.
    """
    return traits_of(piece).said


class Opacity(NamedTuple):
    """What may commit in a step beside its author's own COMMIT.

    :param because: what to say of it, "" when there is nothing.
    :param calls: the calls that alone make it opaque: a look behind them may prove it clean.
    :param itself: what its own text does, with the piece that has it.
    """

    because: str
    calls: Tuple[Call, ...]
    itself: Optional[Tuple[Piece, str]]


def opacity_of(pieces: Sequence[Piece]) -> Opacity:
    """Say what makes a step opaque."""
    because = ""
    found: List[Call] = []
    itself: Optional[Tuple[Piece, str]] = None
    for piece in pieces:
        traits = traits_of(piece)
        found += traits.calls
        because = because or (f"line {piece.first_line}: {traits.said}" if traits.said else "")
        if traits.remarks and itself is None:
            itself = (piece, traits.remarks[0].text)
    is_known = itself is not None or any(call.is_supplied for call in found)
    return Opacity(because, () if is_known else tuple(found), itself)
