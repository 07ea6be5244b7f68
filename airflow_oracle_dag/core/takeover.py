"""Decide what became of a step that was running, from what the database says.

Theory of operation. While a step's transaction lives, the canary row is locked. Whoever can lock it
therefore knows that the transaction has ended, and reads `mark`: the number of the step whose
transaction was committed last. A step that is RUNNING and not the mark has left nothing behind,
unless it can commit by itself (DDL commits the mark with it; opaque PL/SQL may leave no trace).

`decide` is one table for a retry, another machine, a verb and the runner's own recovery. It does no
I/O: what it needs to know and has not been told, it asks for (`AskProbe`, `AskEvidence`), and is
called again with the answer. What is done about a session that lives is policy's: `Wait`, `Cancel`,
`Refuse`.

Unverified: to lock the canary with NOWAIT is answered with ORA-00054 until the rollback of a dead
session is complete, and with ORA-01591 while a distributed transaction is in doubt (SQL Language
Reference, SELECT; Administrator's Guide, Managing Distributed Transactions).

Unverified: the lock of a client that was killed, or whose host is gone, is freed when the server
notices, at the latest by SQLNET.EXPIRE_TIME or MAX_IDLE_BLOCKER_TIME (Net Services Reference;
Database Reference).

Unverified: a DDL statement commits before it runs even when it then fails, but not when it cannot
be parsed (SQL Language Reference, COMMIT). A committed mark does not prove that it did anything.

Unverified: a COMMIT that fails for a deferred constraint (ORA-02091) has rolled back the mark with
the work (SQL Language Reference, constraint).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional, Union

from airflow_oracle_dag.core.liveness import Liveness
from airflow_oracle_dag.core.orphans import (
    FENCED,
    Cancel,
    Policy,
    Refuse,
    Wait,
    about_living,
)
from airflow_oracle_dag.core.plan import Probe, StepClass
from airflow_oracle_dag.core.states import Move, State


@dataclass(frozen=True)
class Found:
    """The one step that a takeover has to judge, as it was read under the canary's lock.

    :param step_class: the class stored with the attempt that ran it, never the edited script's.
    :param mark: the canary's mark, None when there is none.
    """

    step_no: int
    name: str
    step_class: StepClass
    state: State
    mark: Optional[int]
    liveness: Liveness


@dataclass(frozen=True)
class CleanError:
    """The database answered the step's own statement with an error, and we rolled back.

    :param same_transaction: for a step that may end its transaction, or was only proven not to:
        the transaction was still the one that was marked (None: not asked).
    :param certain: false when the client gave up waiting: the statement may have been done.
    :param sent: false when the error came before any statement of the step was sent.
    :param in_block: the error was the block's; the step's own statements had all been answered.
    :param again: why the step may be run once more at once, "" when it may not.
    :param uncompiled: it is no error of the database's: its DDL made code that does not compile.
    """

    same_transaction: Optional[bool] = None
    certain: bool = True
    sent: bool = True
    in_block: bool = False
    again: str = ""
    uncompiled: bool = False


@dataclass(frozen=True)
class Advice:
    """What the script, as it is now, says about the step.

    :param probe_answer: None when it was not asked yet.
    :param evidence: whether what the step's start noted can be compared with what is there now;
        false also when it was compared and nothing followed.
    :param evidence_answer: whether its work is done by that; None when it was not compared yet.
    :param compared: what was compared and found, for the reason; "" when nothing was.
    """

    probe: Optional[Probe] = None
    probe_answer: Optional[bool] = None
    repeatable: bool = False
    evidence: bool = False
    evidence_answer: Optional[bool] = None
    compared: str = ""


@dataclass(frozen=True)
class AskProbe:
    """Run the step's probe and decide again."""

    probe: Probe
    reason: str


@dataclass(frozen=True)
class AskEvidence:
    """Compare what the step's start noted with what is there now, and decide again."""

    reason: str


@dataclass(frozen=True)
class Verdict:
    """Settle the step.

    :param move: what happens to it, None when it stays as it is.
    """

    move: Optional[Move]
    reason: str


Decision = Union[Wait, Cancel, Refuse, AskProbe, AskEvidence, Verdict]

_MAY_WORK = {
    Liveness.OVERDUE: "the earlier attempt's session was still alive when the waiting for it ended",
    Liveness.DECLARED_DEAD: "a person declared the earlier attempt dead while the database still "
    "showed its session",
    Liveness.UNKNOWN: "it is not known whether the earlier attempt's session still runs this step: "
    "it ran on another instance, or DBMS_SESSION could not say",
    Liveness.KILLED: "the earlier attempt's session was killed, and the database still shows it",
}
#: What a doubt is due to whose session may have gone on working since.
MAY_STILL_WORK = frozenset(_MAY_WORK.values())
_HARMLESS = (StepClass.ALWAYS, StepClass.READ_ONLY)
_REPEATED = (StepClass.TRANSACTIONAL, StepClass.BLOCK)


def decide(
    found: Found,
    advice: Advice,
    error: Optional[CleanError] = None,
    policy: Policy = Policy(),  # noqa: B008 - it cannot be changed
) -> Decision:
    """Say what is to be done about a step that an attempt left behind.

    :param error: when the caller is the runner that got the database's answer itself.
    """
    if found.state not in (State.RUNNING, State.IN_DOUBT):
        return Verdict(None, f"{found.name} is {found.state.value}")
    fenced = found.step_class in FENCED
    if found.liveness is Liveness.ALIVE or (found.liveness is Liveness.KILLED and not fenced):
        reason = f"the session of the earlier attempt is {found.liveness.value}"
        waiting = about_living(policy, found.step_class, reason, locked=False)
        if waiting is not None:
            return waiting
        if found.liveness is Liveness.ALIVE:
            found = replace(found, liveness=Liveness.OVERDUE)
    if found.state is State.IN_DOUBT:
        return _in_doubt(found, advice)
    if found.liveness in _MAY_WORK and not fenced:
        return Verdict(Move.DOUBT, _MAY_WORK[found.liveness])
    if error is not None:
        return _after_clean_error(found, advice, error)
    return _after_silence(found, advice)


def _after_silence(found: Found, advice: Advice) -> Decision:
    """Judge a step whose attempt is over and told nobody how."""
    if found.step_class in _HARMLESS:
        return Verdict(Move.TAKE_BACK, "it changes nothing, so it runs again")
    if found.step_class is StepClass.OPAQUE:
        return _maybe_committed(advice, "its PL/SQL may have committed by itself")
    if found.mark == found.step_no:
        return _maybe_committed(advice, "its transaction, or a part of it, was committed")
    return Verdict(Move.TAKE_BACK, "the attempt ended and nothing of this step was committed")


def _in_doubt(found: Found, advice: Advice) -> Decision:
    """Ask the probe again, but only when the session that left the doubt cannot go on working."""
    answer = _answer(advice, "the step is in doubt")
    if answer is None:
        return Verdict(None, "still in doubt: a person must say, by mark-done or mark-pending")
    not_done = isinstance(answer, Verdict) and answer.move is Move.TAKE_BACK
    if not_done and found.liveness in _MAY_WORK:
        return Verdict(None, f"{answer.reason}, but its session may still be at work")
    return answer


def _maybe_committed(advice: Advice, why: str) -> Decision:
    answer = _answer(advice, why)
    if answer is not None:
        return answer
    said = f"{why}; {advice.compared}" if advice.compared else why
    if advice.repeatable:
        return Verdict(Move.TAKE_BACK, f"{said}; it is declared repeatable, so it runs again")
    return Verdict(Move.DOUBT, said)


def _answer(advice: Advice, why: str) -> Optional[Decision]:
    """Answer by the probe, else by what was noted; None when neither can."""
    if advice.probe is not None:
        if advice.probe_answer is None:
            return AskProbe(advice.probe, why)
        if advice.probe_answer:
            return Verdict(Move.CONFIRM, "its probe gave a row: the work is done")
        return Verdict(Move.TAKE_BACK, "its probe gave no row: the work is not done")
    if advice.evidence_answer is None:
        return AskEvidence(why) if advice.evidence else None
    if advice.evidence_answer:
        return Verdict(Move.CONFIRM, f"the work is done: {advice.compared}")
    return Verdict(Move.TAKE_BACK, f"it may run again: {advice.compared}")


def _rolled_back(found: Found, error: CleanError) -> Verdict:
    if error.again and found.step_class in _REPEATED:
        why = f"{error.again}; nothing of it was committed, so it runs once more"
        return Verdict(Move.TAKE_BACK, why)
    return Verdict(Move.FAIL, "the statement failed and everything was rolled back")


def _after_clean_error(found: Found, advice: Advice, error: CleanError) -> Decision:
    """Judge a step whose statement failed.

    The runner that saw it fail repeats it only after an error that says nothing of the step itself,
    and when nothing of it can have been committed.
    """
    marked = found.mark == found.step_no
    if not error.sent and not marked:
        return Verdict(Move.TAKE_BACK, "it was started, but nothing of it was sent")
    if found.step_class is StepClass.DDL and error.in_block:
        return Verdict(Move.CONFIRM, "the database answered that it is done; its checkpoint failed")
    if found.step_class is StepClass.DDL and error.uncompiled:
        return Verdict(Move.FAIL, "what it made is there, and does not compile")
    refused = found.step_class is StepClass.DDL and error.certain
    asked, opaque = error.same_transaction, found.step_class is StepClass.OPAQUE
    unseen = not (asked or (asked is None and not opaque))
    if found.step_class in _HARMLESS or refused or not (marked or unseen):
        return _rolled_back(found, error)
    decision = _maybe_committed(advice, "the statement failed after something was committed")
    if isinstance(decision, Verdict) and decision.move is Move.TAKE_BACK:
        return Verdict(Move.FAIL, decision.reason)
    return decision
