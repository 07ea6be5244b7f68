"""What a takeover may not believe, and what an attempt that was taken over may not do."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime import block, verbs
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    ConnectionLost,
    InDoubt,
    RunHeld,
    StepFailed,
    TakenOver,
)
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import RunOptions

COMMITS_AND_GOES_ON = """\
-- @step load
-- @probe select 1 from t_ledger where entry = 'last'
begin
  insert into t_ledger values ('first', 1);
  commit;
  dbms_session.sleep(1);
  insert into t_ledger values ('last', 1);
  commit;
end;
/
"""


def steal_at(bench: Any, pattern: str, tables: tuple[str, ...]) -> Callable[..., None]:
    """Return a hook that gives the run to another attempt when a call matches."""
    stolen: list[str] = []
    columns = {"odag_canary": "owner", "odag_step": "attempt", "odag_run": "attempt"}

    def hook(sid: int, name: str, sql: str) -> None:
        if stolen or not re.search(pattern, sql):
            return
        stolen.append(sql)
        with bench.target.connect() as thief, thief.cursor() as cursor:
            for table in tables:
                cursor.execute(
                    f"update {table} set {columns[table]} = 9 where run_hash = :h",
                    h=bench.identity().digest,
                )
            thief.commit()

    return hook


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("", r"odag_step s"),
        ("set transaction name 'x';\n", r"set transaction name"),
        ("begin commit; end;\n/\nrollback;\n", r"ROLLBACK;\s+UPDATE"),
    ],
)
def test_only_the_owner_can_mark(bench: Any, faults: Any, text: str, before: str) -> None:
    """The canary has another owner, the step rows not yet: the mark matches no row."""
    faults.on_call(steal_at(bench, before, ("odag_canary",)))

    with pytest.raises(TakenOver):
        bench.run(text + "insert into t_ledger values ('late', 1);\n")

    assert bench.ledger() == {}
    digest = bench.identity().digest
    assert bench.sql("select owner from odag_canary where run_hash = :h", h=digest) == [(9,)]


@pytest.mark.parametrize(
    ("rest", "tables"),
    [
        ("", ("odag_canary", "odag_step")),
        ("", ("odag_canary", "odag_run")),
        ("-- @step two\nselect 1 from dual;\n", ("odag_canary", "odag_step")),
    ],
)
def test_a_block_that_comes_late_commits_nothing(
    bench: Any, faults: Any, rest: str, tables: tuple[str, ...]
) -> None:
    """The run changed hands while the step worked: its block rolls the work back."""
    faults.on_call(steal_at(bench, "'late'", tables))

    with pytest.raises(TakenOver):
        bench.run("begin commit; end;\n/\ninsert into t_ledger values ('late', 1);\n" + rest)

    assert bench.ledger() == {}


@pytest.mark.parametrize("when", ["CUT_BEFORE", "CUT_AFTER"])
def test_a_takeover_that_dies_loses_no_mark(bench: Any, faults: Any, when: str) -> None:
    """At whichever call the takeover of a committed DDL dies: IN_DOUBT, never a second ALTER."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    text = "alter table t_numbers add (a number, b number);"
    for victim in range(40):
        key = f"{bench.key}-{victim}"
        calls: list[str] = []
        dead: list[bool] = []

        def hook(
            sid: int,
            name: str,
            sql: str,
            victim: int = victim,
            calls: list[str] = calls,
            dead: list[bool] = dead,
        ) -> Any:
            if "alter table t_numbers" in sql and not dead:
                dead.append(True)
                return Action(Effect.CUT_DURING)
            if dead:
                calls.append(sql)
                if len(calls) == victim + 1:
                    return Action(Effect[when])
            return None

        faults.on_call(hook)
        with pytest.raises((InDoubt, ConnectionLost, ConnectFailed)):
            bench.run(text, key=key)
        faults.clear()
        with pytest.raises(InDoubt):
            bench.run(text, key=key)
        bench.sql("alter table t_numbers drop (a, b)")
        if len(calls) <= victim:
            return
    pytest.fail("the takeover never ended")


def test_opaque_code_that_goes_on_after_its_client_is_waited_for(bench: Any, faults: Any) -> None:
    """Its inner commit freed the canary; only its session's end says that it is over."""
    faults.cut("during", sql="'first'", times=1)

    result = bench.run(COMMITS_AND_GOES_ON)

    assert result.steps[0].tries == 1
    assert bench.ledger() == {"first": 1, "last": 1}


def test_a_doubt_is_not_answered_while_its_session_works(bench: Any) -> None:
    """Neither a probe nor a person's word lets the step run beside itself."""
    slow = COMMITS_AND_GOES_ON.replace("sleep(1)", "sleep(3)")
    begun = threading.Event()
    runner = bench.runner(slow)
    runner.observe = lambda event: begun.set() if "is new" in event.text else None
    unprobed = slow.replace("-- @probe select 1 from t_ledger where entry = 'last'\n", "")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(runner.run)
        assert begun.wait(10)
        while bench.ledger() != {"first": 1}:
            assert not first.done()
        for text in (unprobed, slow):
            with pytest.raises(InDoubt, match="still alive"):
                bench.run(text, orphan_timeout=0.2)
        with pytest.raises(RunHeld):
            verbs.mark_pending(
                bench.target.connector(),
                bench.identity(),
                "load",
                who="alice",
                why="impatient",
                options=RunOptions(orphan="fail"),
                observe=bench.events.append,
            )
        with pytest.raises(TakenOver):
            first.result(30)

    result = bench.run(slow)

    assert result.finished_before or result.steps[0].state is State.SUCCEEDED
    assert bench.ledger() == {"first": 1, "last": 1}


def test_rollback_only_ends_a_read_only_transaction(bench: Any, faults: Any) -> None:
    """What follows it is a step of its own, marked and fenced."""
    faults.on_call(steal_at(bench, "'late'", ("odag_step", "odag_run")))

    with pytest.raises(TakenOver):
        bench.run(
            "set transaction read only;\nselect 1 from dual;\nrollback;\n"
            "begin insert into t_ledger values ('late', 1); end;\n/\n"
        )

    assert bench.ledger() == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "alter session set nls_date_format = 'YYYY-MM-DD';\n",
            "insert into t_ledger values ('new', 1);\ncommit;\n",
        ),
        (
            "-- @always prep\nbegin dbms_output.put_line('x'); end;\n/\n-- @step a\n",
            "-- @step prep\ninsert into t_ledger values ('new', 1);\n-- @step a\n",
        ),
    ],
)
def test_what_becomes_a_step_is_run(bench: Any, before: str, after: str) -> None:
    """A piece of the session that is edited into a real step was not done."""
    work = "insert into t_ledger values ('a', 1);\ncommit;\n"
    with pytest.raises(StepFailed):
        bench.run(before + work + "select x from dual;\n")

    bench.run(after + work + "insert into t_ledger values ('c', 1);\n")

    assert bench.ledger() == {"new": 1, "a": 1, "c": 1}


def test_an_acknowledgement_ends_with_the_success_that_it_was_of(bench: Any) -> None:
    """A step that is opened again makes the run unacknowledged: its retry resumes."""
    me = RunIdentity(dag_id="d", task_id="t", run_id=bench.key)
    script = "-- @step one\ninsert into t_ledger values ('one', 1);\n"
    script += "-- @step two\ninsert into t_ledger values ('two', 1);\n"
    began, minute = datetime.now(timezone.utc), timedelta(minutes=1)
    bench.run(script, identity=me, began_at=began)
    verbs.acknowledge(bench.target.connector(), me, 1, began + minute)
    verbs.mark_pending(
        bench.target.connector(),
        me,
        "two",
        who="alice",
        why="late rows",
        options=RunOptions(),
        observe=bench.events.append,
    )
    bench.run(script, identity=me, began_at=began + 2 * minute)

    retry = bench.run(script, identity=me, began_at=began + 3 * minute)

    assert retry.finished_before and retry.generation == 1
    assert bench.ledger() == {"one": 1, "two": 2}


def test_a_ddl_that_was_not_waited_for_is_in_doubt(bench: Any, faults: Any) -> None:
    """A time-out is the client's word: the statement may have been done all the same."""
    from airflow_oracle_dag.sandbox.faults import Action, Effect

    faults.on_call(
        lambda sid, name, sql: (
            Action(Effect.DELAY, seconds=1.0) if "alter table t_numbers" in sql else None
        )
    )

    with pytest.raises(InDoubt):
        bench.run("alter table t_numbers add (a number, b number);", step_timeout=0.3)

    assert bench.states() == {"step_1": "IN_DOUBT"}


def test_output_in_any_alphabet_fits(bench: Any) -> None:
    """The buffer of the block is in bytes, however many characters they are."""
    bench.run(
        "begin for i in 1 .. 40 loop dbms_output.put_line(rpad('ü', 1000, 'ü')); end loop; "
        "dbms_output.put_line(rpad('ü', 4000, 'ü')); end;\n/\n"
    )

    lines = bench.said("output")
    assert [len(line.split()[-1]) for line in lines] == [1000] * 40 + [4000]


def test_a_probe_sees_what_the_step_saw(bench: Any, faults: Any) -> None:
    """The session's settings are made before the probe is asked."""
    faults.cut("during", sql="'inside'", times=1)

    bench.run(
        "alter session set nls_date_format = 'YYYY';\n-- @step load\n"
        "-- @probe select 1 from t_ledger where length(to_char(sysdate)) = 4\n"
        "begin insert into t_ledger values ('inside', 1); commit; end;\n/\n"
    )

    assert bench.ledger() == {"inside": 1}


def test_advice_belongs_to_the_step_that_it_was_written_for(bench: Any, faults: Any) -> None:
    """An unnamed step's number is no name: another statement's probe says nothing of it."""
    opaque = "begin insert into t_ledger values ('inside', 1); commit; end;\n/\n"
    faults.cut("during", sql="'inside'", times=None)
    with pytest.raises(InDoubt):
        bench.run(opaque)
    faults.clear()

    with pytest.raises(InDoubt):
        bench.run(
            "-- @probe select 1 from dual where 1 = 0\n"
            f"insert into t_ledger values ('new', 1);\ncommit;\n{opaque}"
        )

    assert bench.ledger() == {"inside": 1}


def test_a_step_whose_start_was_not_answered_is_begun_again(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error after a block's commit is neither the finished step's nor the next one's."""
    original = block._check_mark
    seen: list[int] = []

    def fails_once(hold: Any, marked: int) -> None:
        seen.append(marked)
        original(hold, -60 if len(seen) == 2 else marked)

    monkeypatch.setattr(block, "_check_mark", fails_once)

    result = bench.run(
        "-- @step one\ninsert into t_ledger values ('one', 1);\n"
        "-- @step two\nbegin insert into t_ledger values ('two', 1); commit; end;\n/\n"
    )

    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 2
    assert bench.ledger() == {"one": 1, "two": 1}
