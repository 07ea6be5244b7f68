"""An answer about a step in doubt is about that doubt alone; one that comes too late is none."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_oracle_dag.core.states import Move, State
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import InDoubt
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.store import CheckpointReader
from airflow_oracle_dag.runtime.verbs import Asked

COMMITS_INSIDE = """\
-- @step load
begin
  insert into t_ledger values ('inside', 1);
  commit;
  insert into t_ledger values ('open', 1);
end;
/
-- @step after
insert into t_ledger values ('after', 1);
"""
FAILS_INSIDE = COMMITS_INSIDE.replace("('open', 1)", "(null, 1)")


def doubted(bench: Any, faults: Any) -> Asked:
    """Leave the first step in doubt; return what a person is asked about."""
    faults.cut("during", sql="'inside'", times=None)
    with pytest.raises(InDoubt) as caught:
        bench.run(COMMITS_INSIDE)
    faults.clear()
    bench.until_carried_out()
    run, row = caught.value.run, caught.value.row
    assert run is not None
    assert row is not None
    return Asked(row.name, run.generation, row.tries)


def answer(bench: Any, asked: Asked, what: Any) -> Any:
    """Let a person answer."""
    return verbs.answer(
        bench.target.connector(),
        bench.identity(),
        asked,
        what,
        who="ada",
        why="looked",
        options=RunOptions(orphan="fail"),
        observe=bench.events.append,
    )


def audit(bench: Any) -> list[tuple[Any, ...]]:
    """Return what was audited, in order."""
    session = bench.target.connector().open()
    try:
        rows = CheckpointReader(session).audit(bench.identity().digest)
    finally:
        session.close()
    return [(row.step_no, row.verb, row.who, row.why, row.detail) for row in rows]


@pytest.mark.parametrize(
    ("what", "detail", "ledger"),
    [
        (Move.MARK_DONE, "IN_DOUBT -> SUCCEEDED", {"inside": 1, "after": 1}),
        (Move.MARK_PENDING, "IN_DOUBT -> PENDING", {"inside": 2, "open": 1, "after": 1}),
    ],
)
def test_an_answer_is_carried_out_and_audited(
    bench: Any, faults: Any, what: Any, detail: str, ledger: Any
) -> None:
    """Done passes over the step, run again runs it; the next attempt goes on."""
    asked = doubted(bench, faults)
    changed = answer(bench, asked, what)
    assert changed.name == "load"
    assert audit(bench) == [(1, what.value, "ada", "looked", detail)]
    bench.run(COMMITS_INSIDE)
    assert bench.ledger() == ledger


def test_an_answer_that_leaves_the_doubt_is_audited(bench: Any, faults: Any) -> None:
    """Nothing is decided by it; the same doubt can be answered later."""
    asked = doubted(bench, faults)
    assert answer(bench, asked, None).state is State.IN_DOUBT
    assert audit(bench) == [(1, "leave-in-doubt", "ada", "looked", "IN_DOUBT")]
    with pytest.raises(InDoubt):
        bench.run(COMMITS_INSIDE)
    assert answer(bench, asked, Move.MARK_DONE).state is State.SUCCEEDED
    bench.run(COMMITS_INSIDE)
    assert bench.ledger() == {"inside": 1, "after": 1}


@pytest.mark.parametrize("what", [Move.MARK_DONE, Move.MARK_PENDING, None])
def test_an_answer_that_comes_too_late_changes_nothing(bench: Any, faults: Any, what: Any) -> None:
    """Somebody else answered before; also when the run is over by then."""
    asked = doubted(bench, faults)
    answer(bench, asked, Move.MARK_DONE)
    assert answer(bench, asked, what) is None
    bench.run(COMMITS_INSIDE)
    assert answer(bench, asked, what) is None
    assert len(audit(bench)) == 1
    assert bench.ledger() == {"inside": 1, "after": 1}


def test_an_answer_is_not_taken_for_a_later_doubt_of_the_step(bench: Any, faults: Any) -> None:
    """The step ran again meanwhile: what was looked at before says nothing of that."""
    first = doubted(bench, faults)
    answer(bench, first, Move.MARK_PENDING)
    second = doubted(bench, faults)
    assert (second.step, second.tries) == ("load", first.tries + 1)
    assert answer(bench, first, Move.MARK_DONE) is None
    assert bench.states()["load"] == "IN_DOUBT"
    assert answer(bench, second, Move.MARK_DONE).state is State.SUCCEEDED


def test_a_doubt_that_an_error_left_carries_the_error(bench: Any) -> None:
    """What the database said is part of the evidence."""
    with pytest.raises(InDoubt) as caught:
        bench.run(FAILS_INSIDE)
    row = caught.value.row
    assert row is not None
    assert row.error_code == "ORA-01400"
    assert "ORA-01400" in str(row.error_text)
    assert row.reason == "the statement failed after something was committed"
