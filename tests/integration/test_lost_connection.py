"""A connection that breaks at any call of a run leads to the same result as one that holds."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest

from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    ConnectionLost,
    DatabaseError,
    StepFailed,
)

SCRIPT = """\
-- @step one
insert into t_ledger values ('one', 1);
-- @step two
insert into t_ledger values ('two', 2);
update t_ledger set amount = amount + 1;
-- @step three
update t_ledger set amount = amount * 2;
"""
EXPECTED = [("one", 4), ("two", 6)]


def counted(bench: Any, faults: Any) -> int:
    """Return how many calls an undisturbed run makes after its log-in."""
    calls: list[str] = []
    faults.on_call(lambda sid, name, sql: calls.append(name))
    bench.run(SCRIPT, key=f"{bench.key}-undisturbed")
    faults.clear()
    bench.sql("delete from t_ledger")
    return len(calls)


@pytest.mark.parametrize("when", ["BEFORE", "DURING", "AFTER"])
def test_a_cut_at_every_call(bench: Any, faults: Any, when: str) -> None:
    """One recovery in the process, or one more run: each effect is there exactly once."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    action = Action(Effect[f"CUT_{when}"])
    for victim in range(counted(bench, faults)):
        seen = 0

        def hook(sid: int, name: str, sql: str, victim: int = victim) -> Action | None:
            nonlocal seen
            seen += 1
            return action if seen == victim + 1 else None

        key = f"{bench.key}-{victim}"
        faults.on_call(hook)
        try:
            bench.run(SCRIPT, key=key)
        except (ConnectionLost, ConnectFailed):
            bench.run(SCRIPT, key=key)
        faults.clear()

        rows: list[tuple[str, int]] = bench.sql("select entry, amount from t_ledger order by 1")
        assert [tuple(row) for row in rows] == EXPECTED, f"cut {when} call {victim}"
        bench.sql("delete from t_ledger")


def test_one_recovery_is_made_in_the_process(bench: Any, faults: Any) -> None:
    """The second loss goes to the scheduler; its retry resumes."""
    rule = faults.cut("before", sql="'two'", times=2)

    with pytest.raises(ConnectionLost):
        bench.run(SCRIPT)
    assert rule.fired == 2
    result = bench.run(SCRIPT)

    assert result.resumed_at == "two" and result.attempt == 3
    assert [step.tries for step in result.steps] == [1, 3, 1]


def test_an_error_before_the_first_step_is_met_once_more(bench: Any, faults: Any) -> None:
    """No step has begun, so beginning again is safe; the second error is raised."""
    rule = faults.raise_error(1652, sql="UPDATE .*odag_step s", times=2)

    with pytest.raises(DatabaseError, match="ORA-01652"):
        bench.run(SCRIPT)
    assert rule.fired == 2
    assert set(bench.states().values()) == {"PENDING"}
    bench.run(SCRIPT)

    assert bench.sql("select entry, amount from t_ledger order by 1") == EXPECTED


def test_a_killed_session_stays_killed(bench: Any, faults: Any) -> None:
    """A DBA's kill is not answered with a new session at once; the next run resumes."""
    faults.kill_session(sql="update t_ledger set amount = amount \\+ 1")

    with pytest.raises(ConnectionLost) as caught:
        bench.run(SCRIPT)
    assert caught.value.code == "ORA-00028"
    result = bench.run(SCRIPT)

    assert result.resumed_at == "two"
    assert bench.sql("select entry, amount from t_ledger order by 1") == EXPECTED


@pytest.mark.parametrize(("nth", "failed"), [(2, "one"), (3, "two"), (4, "three")])
def test_an_error_of_the_block_itself(bench: Any, faults: Any, nth: int, failed: str) -> None:
    """An ORA- error instead of the block: its step is rolled back, FAILED, and resumed."""
    faults.raise_error(1652, sql="UPDATE .*odag_step s", nth=nth)

    with pytest.raises(StepFailed):
        bench.run(SCRIPT)
    faults.clear()
    assert bench.states()[failed] == "FAILED"
    assert bench.run(SCRIPT).resumed_at == failed

    assert bench.sql("select entry, amount from t_ledger order by 1") == EXPECTED


def test_a_session_that_cannot_say_who_it_is_is_closed(bench: Any, faults: Any) -> None:
    """Nothing holds on to a connection of which no session came."""
    faults.raise_error(4031, sql="UNIQUE_SESSION_ID")
    opened: list[Any] = []

    def connect() -> Any:
        opened.append(bench.target.connect())
        return opened[-1]

    with pytest.raises(DatabaseError, match="ORA-04031"):
        bench.run(SCRIPT, connect=connect)
    assert [connection.is_healthy() for connection in opened] == [False]


def test_a_step_that_took_too_long_is_not_run_again_at_once(bench: Any, faults: Any) -> None:
    """Where the driver loses the connection with its time-out, the next try begins the step."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    text = "-- @step slow timeout=1s\ninsert into t_ledger values ('slow', 1);\n"
    seen: list[str] = []

    def slow(_sid: int, _name: str, sql: str | None) -> Any:
        if not sql or not sql.startswith("insert into t_ledger"):
            return None
        seen.append(sql)
        Event().wait(1.2)  # the driver has given up by then, and waits for its break
        return Action(Effect.CUT_BEFORE)

    faults.on_call(slow)
    with pytest.raises(ConnectionLost, match=r"step slow of run .* took longer than its 1 s"):
        bench.run(text)
    assert len(seen) == 1
    faults.clear()
    bench.run(text)
    assert bench.ledger() == {"slow": 1}
