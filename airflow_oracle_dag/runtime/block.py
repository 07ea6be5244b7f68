"""The block between two steps: ends one and starts the next in a single round trip.

What the step changed and the word that it is done are committed by the same COMMIT; the next step's
mark opens the next transaction. Its text stands in ``sql/checkpoint.sql``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, List, Optional, Tuple

import oracledb

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.plan import Step
from airflow_oracle_dag.runtime import snapshot
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import DatabaseError, TakenOver


@dataclass(frozen=True)
class Hold:
    """A run that an attempt holds."""

    run_hash: str
    run_key: str
    generation: int
    attempt: int
    schema: str
    client: str


@dataclass(frozen=True)
class Finished:
    """A step whose work is done and whose checkpoint is due.

    :param transaction_id: that it was marked with; None when it carries no mark, or ended it as
        every DDL statement does.
    :param variables: JSON of what the script's variables hold, None when it has none.
    """

    step: Step
    started_at: datetime
    rows: int
    transaction_id: Optional[str] = None
    variables: Optional[str] = None


@dataclass(frozen=True)
class Advanced:
    """What the block answered.

    :param at: when the step before ended and the next one started, by the database's clock.
    :param output: lines of DBMS_OUTPUT since the block before.
    :param transaction_id: of the next step's transaction, None when the block did not mark it.
    :param commits_inside: the step that ended did so in another transaction than the marked one.
    """

    at: datetime
    output: Tuple[str, ...]
    transaction_id: Optional[str]
    commits_inside: bool = False


_OUTS: Dict[str, Any] = {
    "committed": int,
    "marked": int,
    "inside": int,
    "output": str,
    "more": int,
    "moment": oracledb.DB_TYPE_TIMESTAMP,
    "transaction_id": str,
}


def advance(
    session: Session,
    hold: Hold,
    done: Optional[Finished],
    following: Optional[Step],
    *,
    halted: bool = False,
    keep_output: bool = True,
) -> Advanced:
    """End a step and start the next one.

    :param done: None before the first step; :param following: None after the last one.
    :param halted: end the attempt here, with steps that are still to be run.
    :param keep_output: whether DBMS_OUTPUT may be kept with the step that is done.
    :raises TakenOver: when another attempt holds the run; the step's work is rolled back, or was
        committed with its checkpoint before that attempt came.
    """
    mark_next = following is not None and following.marked_by_block
    noted = snapshot.noted_binds(following)
    found = session.call(
        sql.statement("advance_ddl" if noted else "advance", hold.schema),
        {
            **_ins(hold, done, following, mark_next=mark_next),
            **(noted or {"evidence": (following.evidence if following else None, str)}),
            "halted": int(halted),
            "keep_output": int(keep_output),
        },
        _OUTS,
    )
    if mark_next:
        _check_mark(hold, found["marked"])
    lines = _lines(found["output"])
    if found["more"]:
        lines += drain_output(session)
    inside = found["inside"] == 1
    return Advanced(found["moment"], tuple(lines), found["transaction_id"], inside)


def mark(session: Session, hold: Hold, step: Step, *, discard: bool = False) -> Optional[str]:
    """Mark the running step in a call of its own and return its transaction's id.

    :param discard: roll back first what the step did so far.
    :raises TakenOver: when another attempt holds the run.
    """
    found = session.call(
        sql.statement("discard" if discard else "mark", hold.schema),
        {"run_hash": hold.run_hash, "attempt": hold.attempt, "step_no": step.no},
        {"marked": int, "transaction_id": str},
    )
    _check_mark(hold, found["marked"])
    transaction_id: Optional[str] = found["transaction_id"]
    return transaction_id


def drain_output(session: Session) -> List[str]:
    """Read what is left of DBMS_OUTPUT; one round trip for about every 24,000 bytes."""
    lines: List[str] = []
    more = 1
    while more:
        found = session.call(sql.block("drain_output"), {}, {"output": str, "more": int})
        lines += _lines(found["output"])
        more = found["more"]
    return lines


def transaction_id(session: Session) -> Optional[str]:
    """Ask for the id of the session's transaction, None when there is none.

    Unverified: LOCAL_TRANSACTION_ID changes with each transaction and is NULL outside of one, and
    autonomous transactions leave it alone (PL/SQL Packages and Types Reference, DBMS_TRANSACTION).
    """
    found: Optional[str] = session.call(sql.block("transaction_id"), {}, {"transaction_id": str})[
        "transaction_id"
    ]
    return found


def _check_mark(hold: Hold, marked: int) -> None:
    """Raise unless the mark was set: 0 rows, or the negative code of the error that stopped it."""
    if marked < 0:
        raise DatabaseError("the step could not be marked", f"ORA-{-marked:05d}")
    if marked != 1:
        raise taken_over(hold)


def taken_over(hold: Hold) -> TakenOver:
    """Say that another attempt holds the run now."""
    return TakenOver(
        f"attempt {hold.attempt} of run {hold.run_key} was taken over by another one; it changed "
        "nothing after that",
        run_key=hold.run_key,
    )


def _ins(
    hold: Hold, done: Optional[Finished], following: Optional[Step], *, mark_next: bool
) -> Dict[str, Any]:
    step = done.step if done else None
    return {
        "run_hash": hold.run_hash,
        "generation": hold.generation,
        "attempt": hold.attempt,
        "client": hold.client,
        "done": (step.no if step else None, int),
        "done_name": (step.name if step else None, str),
        "done_class": (step.step_class.value if step else None, str),
        "variables": (done.variables if done else None, str),
        "marked_id": (done.transaction_id if done else None, str),
        "done_text": (step.text_hash if step and step.is_believed else None, str),
        "code_place": (following.code_place if following else None, str),
        "done_started": (done.started_at if done else None, oracledb.DB_TYPE_TIMESTAMP),
        "row_count": (done.rows if done else None, int),
        "next": (following.no if following else None, int),
        "expected": int(done is not None) + int(following is not None),
        "read_only": int(step is not None and step.read_only),
        "mark_next": int(mark_next),
    }


def _lines(text: Optional[str]) -> List[str]:
    return text.rstrip("\n").split("\n") if text else []
