"""Fit the steps that are recorded to the script as it is now, and say where the two disagree.

Steps that are done must be unchanged: their effects are in the database, and running something else
after them would give a result that no version of the script describes. What is not done may be
edited freely; that is how a failed step is repaired.

A step is recognised by its name and text, then by a name that its author gave, then by its text,
then by its place. So whatever is inserted, renamed or moved is called what it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.states import Move, State, move

_NUMBERED = re.compile(r"(?:[^.]+\.)?step_[0-9]+")  # of several files each has its own


class Kind(str, Enum):
    """How a step that is done, or one in front of it, is not what it was."""

    TEXT = "its text was changed"
    VALUES = "it ran with other values"
    RENAMED = "it was renamed"
    MOVED = "it was moved"
    REMOVED = "it was removed"
    INSERTED = "it was put before what is done"
    ENDED = "it stands behind an EXIT now"
    ADDED = "it was added after the run had finished"


@dataclass(frozen=True)
class Drift:
    """One disagreement.

    :param at: number of the step of the script with which all that disagrees begins; one more than
        the last one's when nothing of the script does.
    :param row: what is done; None of a step that was not there.
    :param step: of the script as it is now; None: it is gone.
    :param names: of values that changed, ``:bind`` and ``&variable``.
    :param beside: name of the done step that it was moved or inserted before.
    """

    kind: Kind
    at: int
    row: Optional[StepRow] = None
    step: Optional[Step] = None
    names: Tuple[str, ...] = ()
    beside: str = ""

    @property
    def name(self) -> str:
        """Return what the step is called, as it ran if it did."""
        if self.row is not None:
            return self.row.name
        return self.step.name if self.step is not None else ""


@dataclass(frozen=True)
class Fitted:
    """The recorded steps as the script has them now.

    :param rows: one for each step of the script; what is done keeps its result.
    :param drifts: in the order of the script; empty: every step that is done is what it was.
    """

    rows: Tuple[StepRow, ...]
    drifts: Tuple[Drift, ...] = ()

    def before(self, no: int) -> Tuple[Drift, ...]:
        """Return what disagrees in front of a step."""
        return tuple(drift for drift in self.drifts if drift.at < no)


def fit(rows: Sequence[StepRow], plan: Plan, *, finished: bool = False) -> Fitted:
    """Fit recorded steps to a script.

    :param finished: the run is over: what it never ran is a disagreement, too.
    """
    found = _matched(rows, plan.steps)
    by_step = {step.no: row for row, step in found}
    drifts = list(_drifts(rows, plan, found))
    if finished:
        drifts += [
            Drift(Kind.ADDED, step.no, step=step)
            for step in plan.steps
            if not (step.is_skipped or step.step_class is StepClass.ALWAYS)
            and not _is_done(by_step.get(step.no))
            and all(drift.step is not step for drift in drifts)
        ]
    drifts.sort(key=lambda drift: drift.at)
    said: Dict[int, List[str]] = {}
    for drift in drifts:
        if drift.step is not None and drift.row is not None:
            said.setdefault(drift.step.no, []).append(drift.kind.value)
    target = [_target(by_step.get(step.no), step, said.get(step.no, [])) for step in plan.steps]
    return Fitted(tuple(target), tuple(drifts))


def pending_row(step: Step, attempt: int, reason: Optional[str] = None) -> StepRow:
    """Return the row of a step that nobody began."""
    return StepRow(
        step_no=step.no,
        name=step.name,
        step_class=step.step_class,
        state=move(State.PENDING, Move.SKIP) if step.is_skipped else State.PENDING,
        attempt=attempt,
        tries=0,
        text_hash=step.text_hash,
        values_hash=step.values_hash,
        first_line=step.first_line,
        last_line=step.last_line,
        reason=reason,
        value_hashes=step.value_hashes or None,
    )


def _is_done(row: Optional[StepRow]) -> bool:
    """Tell whether a row has a result that must stay true."""
    return (
        row is not None and row.state == State.SUCCEEDED and row.step_class is not StepClass.ALWAYS
    )


def _matched(rows: Sequence[StepRow], steps: Sequence[Step]) -> List[Tuple[StepRow, Step]]:
    """Find the step that each row is about; what is done chooses first."""
    left = sorted(rows, key=lambda row: (not _is_done(row), row.step_no))
    free = {step.no: step for step in steps}
    found: List[Tuple[StepRow, Step]] = []
    tests: Tuple[Callable[[StepRow, Step], bool], ...] = (
        lambda row, step: row.name == step.name and row.text_hash == step.text_hash,
        lambda row, step: row.name == step.name and step.is_named,
        lambda row, step: row.text_hash == step.text_hash and _same_kind(row, step),
        lambda row, step: row.step_no == step.no and row.name == step.name,
        lambda row, step: row.step_no == step.no and _same_kind(row, step),
    )
    for test in tests:
        for row in list(left):
            step = next((one for one in free.values() if test(row, one)), None)
            if step is not None:
                found.append((row, free.pop(step.no)))
                left.remove(row)
    return sorted(found, key=lambda pair: pair[0].step_no)


def _same_kind(row: StepRow, step: Step) -> bool:
    return (row.step_class is StepClass.ALWAYS) == (step.step_class is StepClass.ALWAYS)


def _drifts(
    rows: Sequence[StepRow], plan: Plan, found: Sequence[Tuple[StepRow, Step]]
) -> Iterator[Drift]:
    known = {row.step_no for row, _ in found}
    place, last = 0, ""
    for row, step in found:
        if not _is_done(row):
            continue
        if step.no < place:
            yield Drift(Kind.MOVED, step.no, row, step, beside=last)
        else:
            place, last = step.no, row.name
        yield from _changes(row, step)
    for row in rows:
        if _is_done(row) and row.step_no not in known:
            before = [step.no for one, step in found if one.step_no < row.step_no]
            yield Drift(Kind.REMOVED, max(before, default=0) + 1, row)
    rows_of = {step.no: row for row, step in found}
    for step in plan.steps:
        row_of = rows_of.get(step.no)
        if step.no < place and _is_work(step) and not _is_done(row_of):
            beside = _overtaken(step, row_of, found)
            if beside:
                yield Drift(Kind.INSERTED, step.no, step=step, beside=beside)


def _overtaken(step: Step, row: Optional[StepRow], found: Sequence[Tuple[StepRow, Step]]) -> str:
    """Name the first done step that a step stands before now, and did not when that was done."""
    for done, after in found:
        if _is_done(done) and after.no > step.no and (row is None or done.step_no < row.step_no):
            return done.name
    return ""


def _is_work(step: Step) -> bool:
    return not step.is_skipped and step.step_class is not StepClass.ALWAYS


def _changes(row: StepRow, step: Step) -> Iterator[Drift]:
    if step.is_skipped:
        yield Drift(Kind.ENDED, step.no, row, step)
        return
    if row.name != step.name and (step.is_named or not _NUMBERED.fullmatch(row.name)):
        yield Drift(Kind.RENAMED, step.no, row, step)
    if row.text_hash != step.text_hash:
        yield Drift(Kind.TEXT, step.no, row, step)
    elif row.values_hash != step.values_hash:
        yield Drift(Kind.VALUES, step.no, row, step, names=_other_values(row, step))


def _other_values(row: StepRow, step: Step) -> Tuple[str, ...]:
    """Name the values that changed; all that the step uses where it was not kept of each."""
    then, now = json.loads(row.value_hashes or "{}"), json.loads(step.value_hashes or "{}")
    changed = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    return tuple(sorted(name if name.startswith("&") else f":{name}" for name in changed or now))


def _target(row: Optional[StepRow], step: Step, said: Sequence[str]) -> StepRow:
    """Return a step's row with what is known of it."""
    fresh = pending_row(step, 0)
    if row is None or row.state is State.SKIPPED:
        return replace(fresh, attempt=row.attempt) if row else fresh  # nothing of it ever ran
    if not _is_done(row):
        if row.name != step.name or step.is_skipped:
            return fresh
        if row.is_done and step.step_class is not StepClass.ALWAYS:
            return fresh  # it belonged to the session and is a step of the run now
        step_class = fresh.step_class
    else:
        step_class = row.step_class
    reason = f"kept although {', '.join(said)} (on_drift=accept)" if said else row.reason
    return replace(
        row,
        step_no=step.no,
        name=step.name,
        step_class=step_class,
        text_hash=fresh.text_hash,
        values_hash=fresh.values_hash,
        value_hashes=fresh.value_hashes,
        first_line=fresh.first_line,
        last_line=fresh.last_line,
        reason=reason,
    )
