"""What is done about an attempt that lives, as a table."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from airflow_oracle_dag.core.liveness import Liveness
from airflow_oracle_dag.core.orphans import (
    FENCED,
    ORPHAN,
    Cancel,
    Means,
    Policy,
    Refuse,
    Wait,
    about_living,
)
from airflow_oracle_dag.core.plan import StepClass
from airflow_oracle_dag.core.states import Move, State
from airflow_oracle_dag.core.takeover import Advice, Found, Verdict, decide

T, B, P, D = StepClass.TRANSACTIONAL, StepClass.BLOCK, StepClass.OPAQUE, StepClass.DDL
R, A = StepClass.READ_ONLY, StepClass.ALWAYS
KILL = Means.KILL_SESSION
EVERY: list[Optional[StepClass]] = [None, *StepClass]


def done(policy: Policy, step_class: Optional[StepClass], *, locked: bool = True) -> Any:
    """Return the kind of action."""
    found = about_living(policy, step_class, "it lives", locked=locked)
    assert found is None or found.reason.startswith("it lives")
    return None if found is None else type(found)


@pytest.mark.parametrize("orphan", ["auto", "wait", "cancel"])
@pytest.mark.parametrize("step_class", EVERY)
def test_it_is_waited_for_when_nothing_may_be_done(
    orphan: str, step_class: Optional[StepClass]
) -> None:
    """Whoever it is and whatever it runs."""
    for dead in (False, True):
        assert done(Policy(orphan, client_is_dead=dead), step_class) is Wait


@pytest.mark.parametrize(
    ("step_class", "ended"),
    [(None, True), (T, True), (R, True), (A, False), (B, False), (P, False), (D, False)],
)
def test_auto_ends_what_could_only_roll_back_of_a_dead_client(
    step_class: Optional[StepClass], *, ended: bool
) -> None:
    """Blocks and DDL may be at work, and go on by themselves."""
    dead = Policy("auto", client_is_dead=True, means=KILL)

    assert done(dead, step_class) is (Cancel if ended else Wait)
    assert done(Policy("auto", means=KILL), step_class) is Wait
    assert done(Policy("wait", client_is_dead=True, means=KILL), step_class) is Wait


@pytest.mark.parametrize("step_class", EVERY)
def test_cancel_ends_whatever_it_is_and_fail_never_waits(step_class: Optional[StepClass]) -> None:
    """These two force one thing."""
    assert done(Policy("cancel", means=KILL), step_class) is Cancel
    assert done(Policy("fail", client_is_dead=True, means=KILL), step_class) is Refuse


def test_the_own_run_is_waited_for_even_under_fail() -> None:
    """Nobody else is told to come later: it is this attempt's own lost session."""
    assert done(Policy("fail", is_own=True), T) is Wait


@pytest.mark.parametrize("orphan", [one for one in ORPHAN if one != "fail"])
@pytest.mark.parametrize("step_class", EVERY)
def test_patience_ends(orphan: str, step_class: Optional[StepClass]) -> None:
    """Locked: an error. Not locked: an error for what is fenced, else it is gone on without it."""
    over = Policy(orphan, patience_is_over=True)

    assert done(over, step_class) is Refuse
    assert done(over, step_class, locked=False) is (Refuse if step_class in FENCED else None)


@pytest.mark.parametrize("step_class", [B, P, D])
@pytest.mark.parametrize("liveness", [Liveness.ALIVE, Liveness.KILLED])
def test_what_commits_by_itself_is_in_doubt_when_it_was_waited_for_in_vain(
    step_class: StepClass, liveness: Liveness
) -> None:
    """A session that was told to end may not have noticed it yet."""
    found = Found(3, "load", step_class, State.RUNNING, 2, liveness)

    assert isinstance(decide(found, Advice()), Wait)
    verdict = decide(found, Advice(), policy=Policy(patience_is_over=True))

    assert isinstance(verdict, Verdict) and verdict.move is Move.DOUBT
    assert ("killed" in verdict.reason) is (liveness is Liveness.KILLED)


@pytest.mark.parametrize("step_class", FENCED)
def test_what_was_killed_is_not_waited_for_behind_the_fence(step_class: StepClass) -> None:
    """Its row may stay in V$SESSION for as long as its client is silent."""
    found = Found(3, "load", step_class, State.RUNNING, 2, Liveness.KILLED)
    verdict = decide(found, Advice())

    assert isinstance(verdict, Verdict) and verdict.move is Move.TAKE_BACK
