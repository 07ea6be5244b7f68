"""A runner that is to run until a step ends after it; the next one goes on there."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import ConnectFailed, ConnectionLost, StepFailed

SCRIPT = """\
-- @always
alter session set nls_date_format = 'YYYY-MM-DD';
-- @step one
insert into t_ledger values ('one', 1);
-- @step two
insert into t_ledger values (to_char(date '2026-11-21'), 2);
-- @step three
insert into t_ledger values ('three', 3);
"""
DONE = {"one": 1, "2026-11-21": 1, "three": 1}


def states(bench: Any) -> list[str]:
    """Return the states of the steps that leave something."""
    return list(bench.states().values())[1:]


def test_each_attempt_ends_after_its_step(bench: Any) -> None:
    """Three attempts do one step each; what is @always runs in each session."""
    seen = []
    for step in ("one", "two", None):
        result = bench.run(SCRIPT, until_step=step)
        seen.append([done.state.value for done in result.steps[1:]])
    assert seen == [
        ["SUCCEEDED", "PENDING", "PENDING"],
        ["SUCCEEDED", "SUCCEEDED", "PENDING"],
        ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"],
    ]
    assert bench.ledger() == DONE
    assert [step.tries for step in result.steps] == [3, 1, 1, 1]


def test_a_step_that_is_done_is_not_run_and_nothing_after_it_is(bench: Any) -> None:
    """The attempt of a task that is tried again finds its step done and leaves the rest alone."""
    bench.run(SCRIPT, until_step="two")
    bench.run(SCRIPT, until_step="one")
    bench.run(SCRIPT, until_step="two")
    assert states(bench) == ["SUCCEEDED", "SUCCEEDED", "PENDING"]
    assert "step two is done already, nothing to run" in bench.said("decision")
    bench.run(SCRIPT)
    assert bench.ledger() == DONE


def test_a_step_before_that_is_not_done_is_run_first(bench: Any) -> None:
    """Order is the script's: no step is left out because a later one was asked for."""
    bench.run(SCRIPT, until_step="two")
    assert states(bench) == ["SUCCEEDED", "SUCCEEDED", "PENDING"]


def test_a_failed_step_is_resumed_by_its_own_attempt(bench: Any) -> None:
    """An attempt that is to run until the step before does not touch the failed one."""
    text = SCRIPT.replace("2);", ":two);")
    with pytest.raises(StepFailed):
        bench.run(text, until_step="two", parameters={"two": "no number"})
    bench.run(text, until_step="one", parameters={"two": "no number"})
    assert states(bench) == ["SUCCEEDED", "FAILED", "PENDING"]
    bench.run(text, until_step="two", parameters={"two": 2})
    assert states(bench) == ["SUCCEEDED", "SUCCEEDED", "PENDING"]


def test_an_unknown_step_is_refused_before_anything_is_asked(bench: Any) -> None:
    """The error names the script and the steps that it has."""
    with pytest.raises(ScriptError, match=r"script.sql: the script has no step four.*one, two"):
        bench.run(SCRIPT, until_step="four")
    assert bench.states() == {}


def test_only_a_finished_run_can_be_acknowledged(bench: Any) -> None:
    """A success that is reported after a part of the run does not make the rest a new run."""
    runner = bench.runner(SCRIPT, until_step="one")
    runner.run()
    moment = datetime.now(timezone.utc)
    assert not verbs.acknowledge(runner.connector, bench.identity(), 1, moment)
    bench.run(SCRIPT, began_at=datetime.now(timezone.utc))
    assert bench.ledger() == DONE


@pytest.mark.parametrize("when", ["BEFORE", "DURING", "AFTER"])
def test_a_cut_at_every_call_of_the_part(bench: Any, faults: Any, when: str) -> None:
    """Wherever the connection breaks, the part is done once and the rest not at all."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    calls: list[str] = []
    faults.on_call(lambda sid, name, sql: calls.append(name))
    bench.run(SCRIPT, key=f"{bench.key}-undisturbed", until_step="one")
    faults.clear()
    bench.sql("delete from t_ledger")
    for victim in range(len(calls)):
        seen = 0

        def hook(sid: int, name: str, sql: str, victim: int = victim) -> Action | None:
            nonlocal seen
            seen += 1
            return Action(Effect[f"CUT_{when}"]) if seen == victim + 1 else None

        key = f"{bench.key}-{victim}"
        faults.on_call(hook)
        try:
            bench.run(SCRIPT, key=key, until_step="one")
        except (ConnectionLost, ConnectFailed):
            bench.run(SCRIPT, key=key, until_step="one")
        faults.clear()
        assert bench.ledger() == {"one": 1}, f"cut {when} call {victim}"
        bench.run(SCRIPT, key=key)
        assert bench.ledger() == DONE, f"cut {when} call {victim}"
        bench.sql("delete from t_ledger")
