"""A person declares an attempt dead: nobody waits for it, and nothing is repeated by that word."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    ConnectionLost,
    DatabaseError,
    InDoubt,
    RunHeld,
    StepFailed,
    TakenOver,
    UnknownRun,
)
from airflow_oracle_dag.runtime.results import RunOptions

PLAIN = "-- @step load\ninsert into t_ledger values ('load', 1);\ninsert into t_late values (1);\n"
OPAQUE = "-- @step load\nbegin insert into t_ledger values ('in', 1); commit; end;\n/\n"
PROBED = OPAQUE.replace("\nbegin", "\n-- @probe select 1 from t_ledger where entry = 'in'\nbegin")
WORKING = """\
-- @step load
begin
  insert into t_ledger values ('first', 1);
  commit;
  dbms_session.sleep(2);
  insert into t_ledger values ('last', 1);
  commit;
end;
/
-- @step after
insert into t_ledger values ('after', 1);
"""


def unlock(bench: Any, why: str = "its host is gone", **options: Any) -> Any:
    """Say the verb as a person would."""
    return verbs.unlock(
        bench.target.connector(),
        bench.identity(),
        who="alice",
        why=why,
        options=RunOptions(**{"orphan": "fail", **options}),
        observe=bench.events.append,
    )


def audit(bench: Any) -> list[Any]:
    """Return what the audit kept of the bench's run."""
    return list(
        bench.sql(
            "select verb, step_no, who, why from odag_audit where run_hash = :h",
            h=bench.identity().digest,
        )
    )


@pytest.fixture
def stranger(bench: Any) -> Iterator[Any]:
    """Give a live session that has nothing to do with the run."""
    session = bench.target.connector().open()
    yield session
    session.close()


def leave_held(bench: Any, stranger: Any, mark: int | None = None) -> None:
    """Make the bench's run look as if the stranger's session held it, its first step running."""
    digest = bench.identity().digest
    bench.sql(
        "update odag_run set state = 'RUNNING', attempt_ended_at = null, ended_at = null, "
        "session_id = :s where run_hash = :h",
        s=stranger.identity.session_id,
        h=digest,
    )
    bench.sql("update odag_step set state = 'RUNNING' where run_hash = :h", h=digest)
    bench.sql("delete from odag_step_attempt where run_hash = :h", h=digest)
    bench.sql("update odag_canary set mark = :m where run_hash = :h", m=mark, h=digest)


def test_plain_dml_runs_again_at_once(bench: Any, stranger: Any) -> None:
    """Its session is said to live, its transaction does not: the fence makes a repetition safe."""
    script = PLAIN.replace("insert into t_late values (1);\n", "select x from dual;\n")
    with pytest.raises(StepFailed):
        bench.run(script)
    leave_held(bench, stranger)
    with pytest.raises(RunHeld, match="oracle-dag unlock"):
        bench.run(script, orphan="fail")

    unlock(bench)

    assert bench.states() == {"load": "PENDING"}
    result = bench.run(script.replace("select x from dual;\n", ""), orphan="fail")
    assert result.steps[0].state is State.SUCCEEDED
    assert bench.ledger() == {"load": 1}
    assert audit(bench) == [("unlock", 1, "alice", "its host is gone")]


@pytest.mark.parametrize(("script", "mark"), [(OPAQUE, None), (PLAIN, 1)])
def test_what_may_be_committed_is_in_doubt(
    bench: Any, stranger: Any, script: str, mark: int | None
) -> None:
    """The word is about the session; what the step did is asked as ever, but not waited for."""
    script = script.replace("insert into t_late values (1);\n", "")
    bench.run(script)
    leave_held(bench, stranger, mark)

    unlock(bench)

    assert bench.states() == {"load": "IN_DOUBT"}
    with pytest.raises(InDoubt):
        bench.run(script, orphan="fail")
    assert sum(bench.ledger().values()) == 1


def test_a_doubt_is_answered_without_its_session(bench: Any, stranger: Any) -> None:
    """A run that is in doubt already: after the verb its probe is asked."""
    bench.run(PROBED)
    leave_held(bench, stranger)
    bench.sql(
        "update odag_step set state = 'IN_DOUBT' where run_hash = :h", h=bench.identity().digest
    )
    with pytest.raises(RunHeld):
        bench.run(PROBED, orphan="fail")

    unlock(bench)

    assert bench.states() == {"load": "IN_DOUBT"}
    assert bench.run(PROBED, orphan="fail").steps[0].state is State.SUCCEEDED
    assert bench.ledger() == {"in": 1}


def test_a_session_that_works_after_all_is_fenced(bench: Any) -> None:
    """Its own commits happen; its step is in doubt and nothing behind it runs."""
    begun = threading.Event()
    runner = bench.runner(WORKING)
    runner.observe = lambda event: begun.set() if "is new" in event.text else None
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(runner.run)
        assert begun.wait(10)
        while bench.ledger() != {"first": 1}:
            assert not first.done()
        unlock(bench)
        with pytest.raises(InDoubt):
            bench.run(WORKING, orphan="fail")
        with pytest.raises(TakenOver):
            first.result(30)

    assert bench.states() == {"load": "IN_DOUBT", "after": "PENDING"}
    assert bench.ledger() == {"first": 1, "last": 1}


def test_a_probes_no_is_not_believed_while_the_session_works(bench: Any) -> None:
    """A person was wrong: what the probe looks for may still come, so nothing runs beside it."""
    probe = "-- @probe select 1 from t_ledger where entry = 'last'\nbegin"
    script = WORKING.replace("begin", probe, 1)
    begun = threading.Event()
    runner = bench.runner(script)
    runner.observe = lambda event: begun.set() if "is new" in event.text else None
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(runner.run)
        assert begun.wait(10)
        while bench.ledger() != {"first": 1}:
            assert not first.done()
        unlock(bench)
        with pytest.raises(InDoubt, match="in doubt"):
            bench.run(script, orphan="fail")
        assert any("may still be at work" in text for text in bench.said("decision"))
        assert bench.ledger() == {"first": 1}
        with pytest.raises(TakenOver):
            first.result(30)

    assert bench.run(script).steps[0].state is State.SUCCEEDED
    assert bench.ledger() == {"first": 1, "last": 1, "after": 1}


def test_a_transaction_is_not_ended_by_a_word(bench: Any) -> None:
    """While plain work is open the verb says whose session it is, and changes nothing."""
    reached, go = threading.Event(), threading.Event()
    runner = bench.runner(WORKING.replace("  commit;\n", "").replace("sleep(2)", "sleep(0)"))

    def between() -> None:
        reached.set()
        assert go.wait(20)

    runner.between_steps = between
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(runner.run)
        assert reached.wait(10)
        try:
            with pytest.raises(RunHeld, match="KILL SESSION"):
                unlock(bench)
        finally:
            go.set()
        assert first.result(30).rows >= 1

    assert bench.ledger() == {"first": 1, "last": 1, "after": 1}
    assert audit(bench) == []


def test_two_at_once_say_it_once(bench: Any, stranger: Any) -> None:
    """One is heard; the others find the run held for the moment, or nothing left to unlock."""
    bench.run(OPAQUE)
    leave_held(bench, stranger)

    def say(_: int) -> str:
        try:
            unlock(bench)
        except (RunHeld, StateError) as error:
            return type(error).__name__
        return "said"

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(say, range(4)))

    assert said.count("said") == 1
    assert len(audit(bench)) == 1
    assert bench.states() == {"load": "IN_DOUBT"}


def test_what_nobody_holds_is_refused(bench: Any) -> None:
    """A recorded end needs no such word, and a reason is needed always."""
    bench.run("-- @step a\ninsert into t_ledger values ('a', 1);")

    with pytest.raises(StateError, match="recorded its end"):
        unlock(bench)
    with pytest.raises(ValueError, match="say why"):
        unlock(bench, why=" ")
    assert audit(bench) == []


@pytest.mark.parametrize("when", ["CUT_BEFORE", "CUT_AFTER"])
def test_a_verb_that_dies_loses_no_mark(bench: Any, stranger: Any, faults: Any, when: str) -> None:
    """At whichever call it dies: said again, the committed step is in doubt, audited once."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    script = PLAIN.replace("insert into t_late values (1);\n", "")
    for victim in range(40):
        bench.key = f"{bench.key.split('#')[0]}#{victim}"
        bench.run(script)
        leave_held(bench, stranger, mark=1)
        calls: list[str] = []

        def hook(
            sid: int, name: str, sql: str, victim: int = victim, calls: list[str] = calls
        ) -> Any:
            calls.append(sql)
            return Action(Effect[when]) if len(calls) == victim + 1 else None

        faults.on_call(hook)
        try:
            unlock(bench)
            died = False
        except (ConnectionLost, ConnectFailed, DatabaseError):
            died = True
        faults.clear()
        if died:
            try:
                unlock(bench, orphan="wait", orphan_timeout=20)  # the lock of the one that died
            except StateError:
                assert when == "CUT_AFTER"
        assert bench.states() == {"load": "IN_DOUBT"}
        assert len(audit(bench)) == 1
        if len(calls) <= victim:
            return
    pytest.fail("the verb never ended")


def test_a_runner_that_is_declared_dead_again_and_again_does_each_step_once(bench: Any) -> None:
    """Whenever the word falls between two steps, the next attempt knows what is done."""
    names = [f"s{number}" for number in range(12)]
    script = "".join(
        f"-- @step {n}\nset transaction name '{n}';\ninsert into t_ledger values ('{n}', 1);\n"
        for n in names
    )  # its mark is set by a call of its own: until then only the fence protects it
    over = threading.Event()

    def nag() -> int:
        heard = 0
        while not over.is_set():
            try:
                unlock(bench)
                heard += 1
            except (RunHeld, StateError, UnknownRun):
                over.wait(0.002)
        return heard

    with ThreadPoolExecutor(2) as pool:
        nagging = [pool.submit(nag) for _ in range(2)]
        try:
            for _ in range(200):
                try:
                    bench.run(script, orphan_timeout=30)
                except TakenOver:
                    continue
                break
        finally:
            over.set()
        heard = sum(one.result(30) for one in nagging)

    assert bench.run(script).finished_before
    assert bench.ledger() == dict.fromkeys(names, 1)
    assert len(audit(bench)) == heard
