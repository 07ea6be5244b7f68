"""The takeover's judgement, as a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

import pytest

from airflow_oracle_dag.core.liveness import Liveness, Signs, liveness_of
from airflow_oracle_dag.core.plan import Probe, StepClass
from airflow_oracle_dag.core.states import TABLE, Move, State
from airflow_oracle_dag.core.takeover import (
    Advice,
    AskEvidence,
    AskProbe,
    CleanError,
    Found,
    Verdict,
    Wait,
    decide,
)

PROBE = Probe("select 1 from dual", 3, ())
ALL_CLASSES = list(StepClass)
FENCED = (StepClass.TRANSACTIONAL, StepClass.ALWAYS, StepClass.READ_ONLY)


def found(
    step_class: StepClass,
    *,
    mark: int | None = None,
    liveness: Liveness = Liveness.DEAD,
    state: State = State.RUNNING,
) -> Found:
    """Return step 3 as it was read."""
    return Found(3, "load", step_class, state, mark, liveness)


def moved(decision: object) -> Move | None:
    """Return what a verdict does."""
    assert isinstance(decision, Verdict)
    assert decision.reason
    return decision.move


@pytest.mark.parametrize("step_class", ALL_CLASSES)
@pytest.mark.parametrize("mark", [None, 2, 3])
def test_a_live_session_is_never_taken_over(step_class: StepClass, mark: int | None) -> None:
    """Whatever the class and the mark: while the old session lives, wait."""
    assert isinstance(decide(found(step_class, mark=mark, liveness=Liveness.ALIVE), Advice()), Wait)


@pytest.mark.parametrize(
    ("step_class", "mark", "expected"),
    [
        (StepClass.TRANSACTIONAL, None, Move.TAKE_BACK),
        (StepClass.TRANSACTIONAL, 2, Move.TAKE_BACK),
        (StepClass.TRANSACTIONAL, 3, Move.DOUBT),
        (StepClass.BLOCK, 2, Move.TAKE_BACK),
        (StepClass.BLOCK, 3, Move.DOUBT),
        (StepClass.OPAQUE, None, Move.DOUBT),
        (StepClass.OPAQUE, 2, Move.DOUBT),
        (StepClass.OPAQUE, 3, Move.DOUBT),
        (StepClass.DDL, None, Move.TAKE_BACK),
        (StepClass.DDL, 2, Move.TAKE_BACK),
        (StepClass.DDL, 3, Move.DOUBT),
        (StepClass.ALWAYS, 2, Move.TAKE_BACK),
        (StepClass.READ_ONLY, 2, Move.TAKE_BACK),
    ],
)
@pytest.mark.parametrize("liveness", [Liveness.DEAD, Liveness.ENDED])
def test_a_step_of_a_dead_attempt(
    step_class: StepClass, mark: int | None, expected: Move, liveness: Liveness
) -> None:
    """Only what can have been committed is in doubt; the rest runs again."""
    assert moved(decide(found(step_class, mark=mark, liveness=liveness), Advice())) is expected


@pytest.mark.parametrize("liveness", [Liveness.UNKNOWN, Liveness.OVERDUE])
@pytest.mark.parametrize("step_class", ALL_CLASSES)
def test_an_unknown_session_is_trusted_only_behind_the_fence(
    step_class: StepClass, liveness: Liveness
) -> None:
    """Plain DML is safe by the fence; blocks and DDL may still be running: in doubt."""
    verdict = moved(decide(found(step_class, mark=2, liveness=liveness), Advice()))

    assert verdict is (Move.TAKE_BACK if step_class in FENCED else Move.DOUBT)


@pytest.mark.parametrize("step_class", [StepClass.OPAQUE, StepClass.DDL])
def test_a_probe_is_asked_only_when_it_is_needed_and_its_answer_decides(
    step_class: StepClass,
) -> None:
    """A row means done, no row means not done."""
    doubtful = found(step_class, mark=3)

    assert isinstance(decide(doubtful, Advice(PROBE)), AskProbe)
    assert moved(decide(doubtful, Advice(PROBE, probe_answer=True))) is Move.CONFIRM
    assert moved(decide(doubtful, Advice(PROBE, probe_answer=False))) is Move.TAKE_BACK
    certain = decide(found(StepClass.TRANSACTIONAL, mark=2), Advice(PROBE))
    assert moved(certain) is Move.TAKE_BACK


@pytest.mark.parametrize("step_class", [StepClass.OPAQUE, StepClass.DDL, StepClass.BLOCK])
def test_repeatable_answers_a_doubt(step_class: StepClass) -> None:
    """A step declared repeatable runs again instead of being in doubt."""
    assert moved(decide(found(step_class, mark=3), Advice(repeatable=True))) is Move.TAKE_BACK


@pytest.mark.parametrize("state", [State.RUNNING, State.IN_DOUBT])
def test_what_was_noted_is_compared_behind_the_probe_and_before_repeatable(state: State) -> None:
    """A probe is the author's own word; what the start noted needs nobody's."""
    doubtful = found(StepClass.DDL, mark=3, state=state)
    noted = Advice(repeatable=True, evidence=True)

    assert isinstance(decide(doubtful, replace(noted, probe=PROBE)), AskProbe)
    assert isinstance(decide(doubtful, noted), AskEvidence)
    done = decide(doubtful, replace(noted, evidence_answer=True, compared="T is there, and new"))
    assert done == Verdict(Move.CONFIRM, "the work is done: T is there, and new")
    again = replace(noted, evidence_answer=False, compared="T is not there")
    assert moved(decide(doubtful, again)) is Move.TAKE_BACK


def test_evidence_that_decides_nothing_leaves_the_doubt_and_is_told() -> None:
    """Then `repeatable` counts, and without it a person."""
    doubtful = found(StepClass.DDL, mark=3)
    nothing = Advice(compared="the partition was exchanged, or never")

    doubt = decide(doubtful, nothing)

    assert moved(doubt) is Move.DOUBT
    assert isinstance(doubt, Verdict) and "or never" in doubt.reason
    assert moved(decide(doubtful, replace(nothing, repeatable=True))) is Move.TAKE_BACK


def test_a_not_done_is_not_believed_of_a_session_that_may_work() -> None:
    """It could still do it a moment later; that it is done stays true."""
    doubtful = found(StepClass.DDL, mark=3, state=State.IN_DOUBT, liveness=Liveness.UNKNOWN)
    noted = Advice(evidence=True, compared="compared")

    assert moved(decide(doubtful, replace(noted, evidence_answer=False))) is None
    assert moved(decide(doubtful, replace(noted, evidence_answer=True))) is Move.CONFIRM


def test_a_step_in_doubt_stays_so_until_a_probe_answers() -> None:
    """Retries cannot answer it; a probe that was added to the script can."""
    doubtful = found(StepClass.OPAQUE, state=State.IN_DOUBT)

    assert moved(decide(doubtful, Advice())) is None
    assert moved(decide(doubtful, Advice(repeatable=True))) is None
    assert isinstance(decide(doubtful, Advice(PROBE)), AskProbe)
    assert moved(decide(doubtful, Advice(PROBE, probe_answer=True))) is Move.CONFIRM


@pytest.mark.parametrize(
    ("step_class", "mark", "same", "expected"),
    [
        (StepClass.TRANSACTIONAL, 2, None, Move.FAIL),
        (StepClass.BLOCK, 2, None, Move.FAIL),
        (StepClass.BLOCK, 3, None, Move.DOUBT),
        (StepClass.DDL, 3, None, Move.FAIL),
        (StepClass.ALWAYS, 2, None, Move.FAIL),
        (StepClass.READ_ONLY, 2, None, Move.FAIL),
        (StepClass.OPAQUE, 2, True, Move.FAIL),
        (StepClass.OPAQUE, 2, False, Move.DOUBT),
        (StepClass.OPAQUE, 2, None, Move.DOUBT),
        (StepClass.OPAQUE, 3, True, Move.DOUBT),
    ],
)
def test_after_a_clean_error(
    step_class: StepClass, mark: int, same: bool | None, expected: Move
) -> None:
    """FAILED when everything is known to be rolled back, in doubt when something may not be."""
    own = found(step_class, mark=mark, liveness=Liveness.ENDED)

    assert moved(decide(own, Advice(), CleanError(same))) is expected


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (Signs(alive=True, same_instance=True), Liveness.ALIVE),
        (Signs(alive=True, same_instance=False), Liveness.ALIVE),
        (Signs(alive=False, same_instance=True), Liveness.DEAD),
        (Signs(alive=False, same_instance=False), Liveness.UNKNOWN),
        (Signs(alive=False, same_instance=False, listed=False), Liveness.DEAD),
        (Signs(alive=False, same_instance=False, listed=True), Liveness.ALIVE),
        (Signs(alive=False, same_instance=False, lock_held=False), Liveness.DEAD),
        (Signs(alive=False, same_instance=True, lock_held=True), Liveness.ALIVE),
        (Signs(alive=True, same_instance=True, lock_held=False), Liveness.DEAD),
        (Signs(alive=True, same_instance=False, lock_held=False, listed=True), Liveness.DEAD),
        (Signs(alive=False, same_instance=False, lock_held=True, listed=False), Liveness.ALIVE),
        (Signs(alive=False, same_instance=False, job_runs=True), Liveness.ALIVE),
        (Signs(alive=False, same_instance=False, job_runs=False), Liveness.DEAD),
        (Signs(alive=False, same_instance=False, listed=True, job_runs=False), Liveness.ALIVE),
        (Signs(alive=False, same_instance=True, job_runs=True), Liveness.DEAD),
        (Signs(alive=True, same_instance=True, job_runs=False), Liveness.ALIVE),
    ],
)
def test_the_strongest_witness_of_a_session_counts(signs: Signs, expected: Liveness) -> None:
    """Its lock, GV$SESSION; DBMS_SESSION where it was asked; elsewhere the Scheduler of a job."""
    assert liveness_of(signs) is expected


def test_a_ddl_that_was_answered_is_done_though_its_block_failed() -> None:
    """The statement's answer came to this very runner; only an error of its own says it failed."""
    own = found(StepClass.DDL, mark=3, liveness=Liveness.ENDED)

    assert moved(decide(own, Advice(), CleanError(in_block=True))) is Move.CONFIRM
    assert moved(decide(own, Advice(), CleanError())) is Move.FAIL


def test_a_ddl_that_made_code_which_does_not_compile_failed() -> None:
    """It is committed; nobody says of it that it was rolled back."""
    own = found(StepClass.DDL, mark=3, liveness=Liveness.ENDED)

    verdict = decide(own, Advice(), CleanError(uncompiled=True))

    assert moved(verdict) is Move.FAIL
    assert "is there" in verdict.reason


@pytest.mark.parametrize("step_class", ALL_CLASSES)
def test_a_step_is_run_once_more_only_when_nothing_of_it_can_be_committed(
    step_class: StepClass,
) -> None:
    """After an error that says nothing of the step itself."""
    again = CleanError(again="a newer change was met")
    own = found(step_class, mark=2, liveness=Liveness.ENDED)
    repeated = step_class in (StepClass.TRANSACTIONAL, StepClass.BLOCK)
    other = replace(again, same_transaction=True)

    assert (moved(decide(own, Advice(), again)) is Move.TAKE_BACK) is repeated
    assert (moved(decide(own, Advice(), other)) is Move.TAKE_BACK) is repeated
    assert moved(decide(replace(own, mark=3), Advice(), again)) is not Move.TAKE_BACK


def test_a_clean_error_never_repeats_the_step() -> None:
    """Neither `repeatable` nor a probe that says no makes the same attempt run it again."""
    own = found(StepClass.OPAQUE, mark=3, liveness=Liveness.ENDED)

    assert moved(decide(own, Advice(repeatable=True), CleanError(False))) is Move.FAIL
    advice = Advice(PROBE, probe_answer=False)
    assert moved(decide(own, advice, CleanError(False))) is Move.FAIL


def test_every_verdict_is_a_move_that_the_table_of_states_allows() -> None:
    """Whatever is found, the verdict can be written."""
    answers = [Advice(), Advice(repeatable=True)]
    answers += [Advice(PROBE, probe_answer=answer) for answer in (True, False)]
    for step_class in StepClass:
        for state in (State.RUNNING, State.IN_DOUBT):
            for mark in (None, 2, 3):
                for liveness in Liveness:
                    for advice in answers:
                        for error in (None, CleanError(), CleanError(True), CleanError(False)):
                            what = found(step_class, mark=mark, liveness=liveness, state=state)
                            decision = decide(what, advice, error)
                            if isinstance(decision, Verdict) and decision.move is not None:
                                assert (state, decision.move) in TABLE


def test_a_doubt_waits_for_the_session_that_left_it() -> None:
    """While it may be at work only a probe that says done is believed."""

    def doubt(liveness: Liveness, answer: Optional[bool]) -> object:
        what = found(StepClass.OPAQUE, state=State.IN_DOUBT, liveness=liveness)
        return decide(what, Advice(PROBE, probe_answer=answer))

    assert isinstance(doubt(Liveness.ALIVE, None), Wait)
    for liveness in (Liveness.UNKNOWN, Liveness.OVERDUE):
        assert moved(doubt(liveness, True)) is Move.CONFIRM
        assert moved(doubt(liveness, False)) is None
    assert moved(doubt(Liveness.DEAD, False)) is Move.TAKE_BACK


def test_a_ddl_is_failed_only_on_the_database_s_own_word() -> None:
    """After a time-out of the client its commit tells, as after a lost connection."""
    own = found(StepClass.DDL, mark=3, liveness=Liveness.ENDED)
    unsent = found(StepClass.DDL, mark=2, liveness=Liveness.ENDED)

    assert moved(decide(own, Advice(), CleanError())) is Move.FAIL
    assert moved(decide(own, Advice(), CleanError(certain=False))) is Move.DOUBT
    assert moved(decide(unsent, Advice(), CleanError(certain=False))) is Move.FAIL


@pytest.mark.parametrize("step_class", ALL_CLASSES)
def test_a_step_of_which_nothing_was_sent_runs_again(step_class: StepClass) -> None:
    """The error came between its start and its first statement."""
    own = found(step_class, mark=2, liveness=Liveness.ENDED)

    assert moved(decide(own, Advice(), CleanError(sent=False))) is Move.TAKE_BACK


@pytest.mark.parametrize("step_class", ALL_CLASSES)
@pytest.mark.parametrize("mark", [None, 3])
def test_a_persons_word_that_a_session_is_dead_repeats_nothing_by_itself(
    step_class: StepClass, mark: int | None
) -> None:
    """What can commit beside the fence is in doubt; the rest is judged by its mark."""
    dead = found(step_class, mark=mark, liveness=Liveness.DECLARED_DEAD)
    harmless = step_class in {StepClass.ALWAYS, StepClass.READ_ONLY}
    again = harmless or (step_class is StepClass.TRANSACTIONAL and mark != 3)

    assert moved(decide(dead, Advice())) is (Move.TAKE_BACK if again else Move.DOUBT)
