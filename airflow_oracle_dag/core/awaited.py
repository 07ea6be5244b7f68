"""Whether what somebody waits for has come: jobs that ended well, a state that was reached."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, List, Mapping, Optional, Sequence

from airflow_oracle_dag.core.jobs import JobRun
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.upstream import is_blocked

_SHOWN = 5


class Outcome(str, Enum):
    """What a look shows."""

    WAITING = "waiting"
    REACHED = "reached"
    FAILED = "failed"


@dataclass(frozen=True)
class Sight:
    """What somebody saw who looked.

    :param text: one sentence for the log.
    :param state: of a query, as `state_of` writes it; None when nothing could be seen.
    """

    outcome: Outcome
    text: str
    state: Optional[str] = None


def judge_runs(
    names: Sequence[str],
    runs: Mapping[str, JobRun],
    *,
    fail_on_failure: bool,
    skipped_is_done: bool,
) -> Sight:
    """Say whether jobs have ended well.

    :param runs: by name, for one interval; jobs without a run are missing.
    :param fail_on_failure: whether a job that failed, is in doubt or was blocked ends the waiting;
        else it may still be mended.
    :param skipped_is_done: whether a job that its own row skipped counts; one that was blocked by
        another never does.
    """
    failed: List[str] = []
    open_: List[str] = []
    for name in names:
        run = runs.get(name)
        if run is None:
            open_.append(f"{name} (no run yet)")
        elif run.state is State.SKIPPED and not is_blocked(run):
            if not skipped_is_done:
                open_.append(f"{name} (SKIPPED: {run.reason})")
        elif run.state is not State.SUCCEEDED:
            bad = run.state is not State.RUNNING
            (failed if bad and fail_on_failure else open_).append(f"{name} ({_how(run)})")
    if failed:
        return Sight(Outcome.FAILED, f"not ended well: {_listed(failed)}")
    if open_:
        done = len(names) - len(open_)
        return Sight(
            Outcome.WAITING, f"{done} of {len(names)} jobs are done, not yet: {_listed(open_)}"
        )
    return Sight(Outcome.REACHED, f"{len(names)} of {len(names)} jobs are done")


def judge_state(
    state: str,
    first: Optional[str],
    *,
    becomes: Optional[Sequence[Any]] = None,
    fails_on: Sequence[Any] = (),
) -> Sight:
    """Say whether a query's state is what somebody waits for.

    :param state: as `state_of` writes it.
    :param first: the state that was seen first, None when this is it.
    :param becomes: values of the only column to wait for; None waits for any change.
    :param fails_on: values of the only column that end the waiting.
    """
    if state in _rows(fails_on):
        return Sight(Outcome.FAILED, f"the state is {state}", state)
    if becomes is not None:
        outcome = Outcome.REACHED if state in _rows(becomes) else Outcome.WAITING
        return Sight(outcome, f"the state is {state}", state)
    if first is None or state == first:
        return Sight(Outcome.WAITING, f"the state is {state}", state)
    return Sight(Outcome.REACHED, f"the state was {first} and is {state}", state)


def state_of(values: Optional[Sequence[Any]]) -> str:
    """Write a row as a text that is the same for the same values.

    Oracle's own notions hold: an empty text is NULL, blanks at the end of a CHAR mean nothing, 1.0
    is 1.

    :param values: of a row; None when the query gave none.
    """
    if values is None:
        return "no row"
    return json.dumps([_text(value) for value in values], ensure_ascii=False)


def _rows(values: Sequence[Any]) -> List[str]:
    return [state_of([value]) for value in values]


def _text(value: Any) -> Optional[str]:
    text = str(value)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        text = value.rstrip(" ") or " "
    elif isinstance(value, bool):
        text = text.upper()
    elif isinstance(value, (int, float, Decimal)):
        number = Decimal(text)
        text = format(number.normalize(), "f") if number.is_finite() else text
    elif isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime(*value.timetuple()[:3])  # noqa: DTZ001 - Oracle's DATE has no zone
        text = moment.isoformat(sep=" ")
    elif isinstance(value, bytes):
        text = value.hex()
    return text


def _how(run: JobRun) -> str:
    return f"{run.state.value}: {run.reason}" if run.reason else run.state.value


def _listed(items: Sequence[str]) -> str:
    more = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
