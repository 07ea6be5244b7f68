"""The states of a step, and every move between them, as a table.

Theory of operation: a step is started by the block that ends the step before it, and ended by the
block that starts the next one. Whatever else happens to it is a verdict: of its own runner after an
error, of a takeover, or of a person. A move that is not in the table raises and changes nothing.
"""

from __future__ import annotations

from enum import Enum
from typing import Dict, Tuple

from airflow_oracle_dag.core.errors import StateError


class State(str, Enum):
    """State of a step, the same word in code, tables, events and pages."""

    PENDING = "PENDING"  # not started, or known to have left no trace
    RUNNING = "RUNNING"  # started by an attempt; ended by nobody yet
    SUCCEEDED = "SUCCEEDED"  # its work and this word were committed together
    FAILED = "FAILED"  # ended with an error; nothing of it was committed
    SKIPPED = "SKIPPED"  # the script ended before it
    IN_DOUBT = "IN_DOUBT"  # something of it may be committed; a person or a probe must say


class Move(str, Enum):
    """What can happen to a step."""

    START = "start"  # the block, as the next step
    FINISH = "finish"  # the block, as the step that is done
    FAIL = "fail"  # its runner, after an error that left nothing behind
    DOUBT = "doubt"  # its runner or a takeover, when something may be committed
    TAKE_BACK = "take back"  # a takeover, knowing that nothing was committed
    CONFIRM = "confirm"  # a probe or the database says that it had been committed
    RENEW = "renew"  # a takeover, for what runs again in every session
    SKIP = "skip"  # EXIT in the script
    MARK_DONE = "mark-done"  # a person
    MARK_PENDING = "mark-pending"  # a person


TABLE: Dict[Tuple[State, Move], State] = {
    (State.PENDING, Move.START): State.RUNNING,
    (State.FAILED, Move.START): State.RUNNING,
    (State.RUNNING, Move.FINISH): State.SUCCEEDED,
    (State.RUNNING, Move.FAIL): State.FAILED,
    (State.RUNNING, Move.DOUBT): State.IN_DOUBT,
    (State.RUNNING, Move.TAKE_BACK): State.PENDING,
    (State.RUNNING, Move.CONFIRM): State.SUCCEEDED,
    (State.IN_DOUBT, Move.CONFIRM): State.SUCCEEDED,
    (State.IN_DOUBT, Move.TAKE_BACK): State.PENDING,
    (State.SUCCEEDED, Move.RENEW): State.PENDING,
    (State.FAILED, Move.RENEW): State.PENDING,
    (State.PENDING, Move.SKIP): State.SKIPPED,
    (State.PENDING, Move.MARK_DONE): State.SUCCEEDED,
    (State.FAILED, Move.MARK_DONE): State.SUCCEEDED,
    (State.IN_DOUBT, Move.MARK_DONE): State.SUCCEEDED,
    (State.FAILED, Move.MARK_PENDING): State.PENDING,
    (State.IN_DOUBT, Move.MARK_PENDING): State.PENDING,
    (State.SUCCEEDED, Move.MARK_PENDING): State.PENDING,
}

_BY_HAND = (Move.MARK_DONE, Move.MARK_PENDING)


def move(state: State, what: Move) -> State:
    """Return the state that a move leads to.

    :raises StateError: when the table does not have it.
    """
    try:
        return TABLE[state, what]
    except KeyError:
        by_hand = sorted(m.value for s, m in TABLE if s is state and m in _BY_HAND)
        raise StateError(
            f"{what.value} does not fit a step that is {state.value}"
            + (f"; possible: {', '.join(by_hand)}" if by_hand else "")
        ) from None
