"""A call that does not answer is given up on signs that stay, and on nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.liveness import Liveness
from airflow_oracle_dag.core.watch import (
    WATCHING,
    LongOperation,
    Look,
    duration,
    lost_reply,
    progress_of,
)

PATIENCE = 15.0


def looks(*seen: str) -> list[Look]:
    """Return looks, ten seconds apart, from a word for each."""
    kinds = {
        "working": {"liveness": Liveness.ALIVE},
        "committed": {"committed": True, "liveness": Liveness.ALIVE},
        "dead": {"liveness": Liveness.DEAD},
        "unknown": {},
        "between calls": {"idle": 3.0, "liveness": Liveness.ALIVE},
        "idle": {"idle": 30.0, "liveness": Liveness.ALIVE},
    }
    return [Look(at=10.0 * n, **kinds[word]) for n, word in enumerate(seen)]  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ([], ""),
        (["working", "working", "working"], ""),
        (["unknown", "unknown", "unknown"], ""),
        (["dead"], ""),
        (["dead", "dead"], "its session is not alive any more"),
        (["dead", "working", "dead"], ""),
        (["committed", "committed"], ""),
        (["committed"] * 3, "its checkpoint has been committed for 20 s at least"),
        (["working", "committed", "committed"], ""),
        (["idle"], ""),
        (["idle", "idle"], "its session has waited for its client for 30 s"),
        (["between calls"] * 5, ""),
        (["idle", "working", "idle"], ""),
        (["committed", "idle", "committed"], ""),
    ],
)
def test_a_sign_counts_when_it_stays(seen: list[str], reason: str) -> None:
    """At two looks at least; a reply may be under way for as long as patience lasts."""
    assert lost_reply(looks(*seen), PATIENCE) == reason


@pytest.mark.parametrize("seen", ["committed", "idle"])
def test_by_default_it_takes_half_a_minute(seen: str) -> None:
    """From the call's begin: with a tick of a second each, far less than a minute."""
    found: list[Look] = []
    at = WATCHING.silent_after + 1
    while not lost_reply(found, WATCHING.patience):
        idle = at if seen == "idle" else None
        found.append(Look(at=at, committed=seen == "committed", idle=idle))
        at += WATCHING.look_every + 1

    assert found[-1].at < 30


@given(st.lists(st.sampled_from(["working", "committed", "dead", "idle", "unknown"]), max_size=8))
def test_a_session_that_was_just_seen_at_work_is_left_alone(seen: list[str]) -> None:
    """Whatever the looks before showed: the last one decides whether anything is wrong at all."""
    assert lost_reply(looks(*seen, "working"), PATIENCE) == ""
    assert lost_reply(looks(*seen, "working", "dead"), PATIENCE) == ""


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (None, ("step 3/7", None)),
        (LongOperation("Table Scan", 41, 100), ("step 3/7, 41 %", "Table Scan")),
        (
            LongOperation("Table Scan", 419, 1000, "DEMO.SALES", 754),
            ("step 3/7, 41 %", "Table Scan of DEMO.SALES, about 12 min 34 s left"),
        ),
        (LongOperation("Sort", 999999, 1000000), ("step 3/7, 99 %", "Sort")),
        (LongOperation("Sort", 0, 10), ("step 3/7, 0 %", "Sort")),
        (LongOperation("Sort", 10, 10), ("step 3/7", None)),
        (LongOperation("Sort", 11, 10), ("step 3/7", None)),
        (LongOperation("Sort", 3, 0), ("step 3/7", None)),
    ],
)
def test_progress_is_said_of_what_is_not_over(
    operation: LongOperation | None, said: tuple[str, str | None]
) -> None:
    """A row of V$SESSION_LONGOPS stays when its operation is done, and may lack its size."""
    assert progress_of(3, 7, operation) == said


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (3605, "1 h"),
        (90000, "1 d 1 h"),
    ],
)
def test_durations_are_written_in_two_units(seconds: float, text: str) -> None:
    """The larger ones, and the second only where it stands next to the first."""
    assert duration(seconds) == text
