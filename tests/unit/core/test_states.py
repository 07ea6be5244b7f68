"""Moves between states are those of the table and no others."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.states import TABLE, Move, State, move


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("what", list(Move))
def test_a_move_is_in_the_table_or_raises(state: State, what: Move) -> None:
    """An illegal move raises and says what a person could do instead."""
    if (state, what) in TABLE:
        assert move(state, what) is TABLE[state, what]
    else:
        with pytest.raises(
            StateError, match=f"^{what.value} does not fit a step that is {state.value}"
        ):
            move(state, what)


def test_a_running_step_is_never_declared_done_by_hand() -> None:
    """A person's word needs a takeover's verdict first."""
    with pytest.raises(StateError):
        move(State.RUNNING, Move.MARK_DONE)


def test_every_state_can_be_reached() -> None:
    """No state is a word only."""
    assert set(TABLE.values()) == set(State)
