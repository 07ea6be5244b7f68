"""Decide what to do about an earlier attempt that lives: wait, end it, refuse, or go on.

`about_living` is one table of who it is, what it runs and what policy says. It does no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Optional, Union

from airflow_oracle_dag.core.plan import StepClass

#: What `orphan` can say: let the table below choose, or force one thing.
ORPHAN = ("auto", "wait", "cancel", "fail")

#: Steps that cannot commit by themselves: whoever is late with them changes nothing, by the fence.
FENCED = (StepClass.TRANSACTIONAL, StepClass.ALWAYS, StepClass.READ_ONLY)
#: What `auto` may end: steps that could only roll back. None: nothing runs.
_ENDED_BY_AUTO = (None, StepClass.TRANSACTIONAL, StepClass.READ_ONLY)


class Means(str, Enum):
    """What the database offers against a session, the gentler first."""

    CANCEL_SQL = "ALTER SYSTEM CANCEL SQL"
    KILL_SESSION = "ALTER SYSTEM KILL SESSION"


@dataclass(frozen=True)
class Policy:
    """What a caller wants and may do about an attempt that lives.

    :param orphan: one of `ORPHAN`.
    :param patience_is_over: it was waited for as long as policy says.
    :param client_is_dead: nobody is left who could go on with it: it is an earlier try of the same
        task instance, the caller's own lost session, or a person said so.
    :param is_own: the caller recovers its own run, of which nobody else knows more.
    :param means: what may be tried next; None: nothing is left or permitted, or not yet.
    """

    orphan: str = "auto"
    patience_is_over: bool = False
    client_is_dead: bool = False
    is_own: bool = False
    means: Optional[Means] = None


@dataclass(frozen=True)
class Wait:
    """Try again later: the old session lives."""

    reason: str


@dataclass(frozen=True)
class Cancel:
    """Stop or end the old session, and look again."""

    means: Means
    reason: str


@dataclass(frozen=True)
class Refuse:
    """Raise: the old session lives and is not waited for, or not any longer."""

    reason: str


def about_living(
    policy: Policy, step_class: Optional[StepClass], reason: str, *, locked: bool
) -> Union[Wait, Cancel, Refuse, None]:
    """Say what is done about an attempt that lives; None: go on without it.

    :param step_class: of the step that it left running, None when none is.
    :param reason: how it is known that it lives.
    :param locked: its transaction holds the canary, so nobody can go on.
    """
    if policy.orphan == "fail" and not policy.is_own:
        return Refuse(f"{reason}; it was not waited for")
    if policy.means is not None and _may_end(policy, step_class):
        return Cancel(policy.means, reason)
    if not policy.patience_is_over:
        return Wait(reason)
    return Refuse(reason) if locked or step_class in FENCED else None


def _may_end(policy: Policy, step_class: Optional[StepClass]) -> bool:
    if policy.orphan == "cancel":
        return True
    return policy.orphan == "auto" and policy.client_is_dead and step_class in _ENDED_BY_AUTO
