"""Verbs of every kind, runners and cut connections at once: the tables always add up."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import pytest

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    ConnectionLost,
    RunHeld,
    TakenOver,
    UnknownRun,
)
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.store import CheckpointReader

SCRIPT = "".join(
    f"-- @step {name}\nset transaction name '{name}';\ninsert into t_ledger values ('{name}', 1);\n"
    for name in ("one", "two", "three")
)
REFUSED = (RunHeld, StateError, UnknownRun, TakenOver, ConnectionLost, ConnectFailed)


def adds_up(bench: Any) -> None:
    """Check what must hold whatever was done: one line of generations, one owner, no lost word."""
    session = bench.target.connector().open()
    try:
        reader = CheckpointReader(session)
        runs = reader.generations(bench.identity().digest)
        newest = runs[-1]
        steps = reader.steps(newest.run_hash, newest.generation)
        audit = reader.audit(newest.run_hash)
    finally:
        session.close()
    assert [run.generation for run in runs] == list(range(1, len(runs) + 1))
    restarts = [row.generation for row in audit if row.verb == "restart-from"]
    assert restarts == list(range(2, len(runs) + 1))
    text = "select owner from odag_canary where run_hash = :h"
    assert bench.sql(text, h=newest.run_hash) == [(newest.attempt,)]
    assert {row.attempt for row in steps if not row.is_done} <= {newest.attempt}
    assert (newest.state is State.SUCCEEDED) == all(row.is_done for row in steps)
    assert all(row.state is not State.IN_DOUBT for row in steps)


def cut_some(bench: Any, seed: int) -> None:
    """Cut one call in thirty, before or after it was done; the bench's own session is spared."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    own = bench.sql("select sys_context('userenv', 'sid') from dual")[0][0]
    chance = random.Random(seed)  # noqa: S311 - no secret

    def hook(sid: int, name: str, sql: str) -> Any:
        if sid == int(own) or chance.random() > 1 / 30:
            return None
        return Action(chance.choice([Effect.CUT_BEFORE, Effect.CUT_AFTER]))

    bench.target.server.faults.on_call(hook)


@pytest.mark.parametrize(("seed", "cuts"), [(1, False), (2, False), (3, True), (4, True)])
def test_whatever_is_said_at_once_the_tables_add_up(
    bench: Any, request: pytest.FixtureRequest, seed: int, cuts: bool
) -> None:
    """Plain DML is never in doubt, each success is audited once, and the run can be finished."""
    if cuts:
        request.getfixturevalue("faults")
    given: dict[str, Any] = {"who": "alice", "why": "race", "observe": bench.events.append}
    given["options"] = RunOptions(orphan="fail")
    where = (bench.target.connector(), bench.identity())
    acts: list[tuple[Callable[[], Any], int]] = [
        (lambda: bench.run(SCRIPT, orphan_timeout=60), 0),
        (lambda: verbs.mark_done(*where, "two", **given), 1),
        (lambda: verbs.mark_pending(*where, "two", **given), 1),
        (lambda: verbs.unlock(*where, **given), 1),
        (lambda: verbs.restart_from(*where, "two", **given), 1),
        (lambda: verbs.restart_from(*where, "one", **given), 1),
    ]
    bench.run(SCRIPT)
    if cuts:
        cut_some(bench, seed)

    def act(number: int) -> int:
        doing, audited = random.Random(seed * 1000 + number).choice(acts)  # noqa: S311 - no secret
        try:
            doing()
        except REFUSED:
            return 0
        return audited

    with ThreadPoolExecutor(4) as pool:
        heard = sum(pool.map(act, range(40)))

    if bench.target.server is not None:
        bench.target.server.faults.clear()
    adds_up(bench)
    bench.run(SCRIPT)
    adds_up(bench)
    text = "select count(*) from odag_audit where run_hash = :h"
    ((audited,),) = bench.sql(text, h=bench.identity().digest)
    assert heard <= audited <= (heard if not cuts else 40)  # a verb's last answer may be lost
    assert set(bench.ledger()) == {"one", "two", "three"}
