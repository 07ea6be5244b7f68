"""A checkpoint costs no round trip more than the commit that it replaces."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from airflow_oracle_dag.runtime.errors import StepFailed


def trips(bench: Any, faults: Any, script: str) -> int:
    """Count the calls of a complete run, log-in apart."""
    seen: list[tuple[int, str]] = []
    faults.on_call(lambda sid, name, sql: seen.append((sid, name)))
    bench.run(script, key=f"{bench.key}-{len(script)}")
    faults.clear()
    return len(seen)


def steps(count: int, statements: int = 1) -> str:
    """Return a script of `count` steps with `statements` each."""
    one = "insert into t_ledger values ('x', 1);\n" * statements
    return "".join(f"-- @step s{n}\n{one}" for n in range(count))


def test_a_one_statement_step_costs_two(bench: Any, faults: Any) -> None:
    """Its statement and its block: what execute and commit cost."""
    assert trips(bench, faults, steps(12)) - trips(bench, faults, steps(2)) == 10 * 2


@pytest.mark.parametrize("statements", [2, 5])
def test_n_statements_cost_n_and_one(bench: Any, faults: Any, statements: int) -> None:
    """One block for the whole step."""
    few, many = steps(1, statements), steps(5, statements)

    assert trips(bench, faults, many) - trips(bench, faults, few) == 4 * (statements + 1)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("begin dbms_output.put_line('x'); end;\n/\n", 2),
        ("begin commit; end;\n/\n", 2),
        ("select 1 from dual;\n", 2),
        ("truncate table t_numbers;\n", 2),
        ("comment on table t_numbers is 'x';\n", 2),
        ("alter session set nls_sort = binary;\n", 2),
        ("insert into t_ledger values ('x', 1);\nrollback;\nselect 1 from dual;\n", 4),
        ("set transaction read only;\nselect 1 from dual;\n", 3),
        ("set transaction name 'x';\nselect 1 from dual;\n", 4),
    ],
)
def test_exceptions_by_kind(bench: Any, faults: Any, step: str, expected: int) -> None:
    """Each kind of step costs what the manual of the protocol says."""
    script = "".join(f"-- @step s{n}\n{step}" for n in range(3))
    shorter = "".join(f"-- @step s{n}\n{step}" for n in range(2))

    assert trips(bench, faults, script) - trips(bench, faults, shorter) == expected


def test_the_fixed_costs_of_a_run(bench: Any, faults: Any) -> None:
    """Identify, look, claim (canary, run, steps, commit), first block, log off: eight in all."""
    assert trips(bench, faults, steps(3)) == 8 + 3 * 2


def test_what_a_failure_and_a_resumption_cost(bench: Any, faults: Any) -> None:
    """Eleven calls to fail, its statement apart, and eleven to be at the failed step again."""
    script = "-- @step a\ninsert into t_numbers (n) values (1);\n"
    bench.sql("insert into t_numbers (n) values (1)")
    seen: list[str] = []
    faults.on_call(lambda sid, name, sql: seen.append(name))
    with pytest.raises(StepFailed):
        bench.run(script)
    fixed = 7  # identify, look, claim in four, first block
    assert len(seen) - fixed - 1 == 11

    faults.on_call(None)
    bench.sql("delete from t_numbers")
    seen.clear()
    faults.on_call(lambda sid, name, sql: seen.append(name))
    bench.run(script)

    statement_block_and_log_off = 3
    assert len(seen) - statement_block_and_log_off == 11


@pytest.mark.parametrize(
    ("text", "looks"),
    [("create table t_made (n number);", 1), ("truncate table t_numbers;", 2)],
)
def test_what_a_look_costs(bench: Any, faults: Any, text: str, looks: int) -> None:
    """A DDL step that may have been done is looked up under the lock: once, TRUNCATE twice."""
    seen: list[str] = []
    faults.cut("during", sql=f"^{text[:8]}", times=1)
    faults.on_call(lambda sid, name, sql: seen.append(sql))
    bench.run(text)

    asked = [sql for sql in seen if sql.startswith("SELECT '{") or "has_rows" in sql]
    assert len(asked) == looks


def test_what_a_repetition_costs(bench: Any, faults: Any) -> None:
    """Fifteen calls from the error to the step's second begin."""
    script = steps(1)
    plain = trips(bench, faults, script)
    faults.raise_error(4068, "discarded", sql="insert into t_ledger")
    seen: list[str] = []
    faults.on_call(lambda sid, name, sql: seen.append(name))
    bench.run(script)

    assert len(seen) - plain - 1 == 15


def test_only_opaque_steps_ask_for_their_transaction_after_an_error(
    bench: Any, faults: Any
) -> None:
    """One call more than a plain step's failure, and three to look behind what they call."""
    counts = []
    for text in ("begin raise_application_error(-20001, 'x'); end;", "begin no_such(1); end;"):
        seen: list[str] = []
        faults.on_call(lambda sid, name, sql, seen=seen: seen.append(name))
        with pytest.raises(StepFailed):
            bench.run(f"{text}\n/\n", key=f"{bench.key}-{len(counts)}")
        counts.append(len(seen))
    faults.on_call(None)

    assert counts[1] - counts[0] == 1 + 2


def test_what_a_finished_run_costs(bench: Any, faults: Any) -> None:
    """Identify, look, lock, read twice, roll back, log off."""
    bench.run(steps(2))
    seen: list[str] = []
    faults.on_call(lambda sid, name, sql: seen.append(name))
    bench.run(steps(2))

    assert len(seen) == 7


def test_what_atomic_strict_costs(bench: Any, faults: Any) -> None:
    """COMMIT is switched off and on again; ROLLBACK and the new mark are two calls."""
    step = "insert into t_ledger values ('x', 1);\n"
    counted = [
        trips(bench, faults, f"-- @step s{option}\n{body}")
        for option in ("", " atomic=strict")
        for body in (step, step + "rollback;\n" + step)
    ]

    assert counted[2] - counted[0] == 2
    assert counted[3] - counted[1] == 2 + 1


def test_what_a_look_behind_calls_costs(bench: Any, faults: Any) -> None:
    """Seven calls for one procedure that nobody looked at before, one afterwards, none without."""
    bench.sql("create or replace procedure t_cheap is begin null; end;")
    bench.sql("delete from odag_code")
    seen: list[str] = []

    def note(sid: int, name: str, sql: str) -> None:
        if "read_units" not in sql and "SYSDATE" in sql:
            seen[:] = [one for one in seen if "SYSDATE" not in one]  # it may wait for a second
        seen.append(sql or name)

    counts = []
    for number, body in enumerate(("t_cheap;", "t_cheap;", "null;")):
        seen.clear()
        faults.on_call(note)
        bench.run(f"-- @step s\nbegin {body} end;\n/\n", key=f"{bench.key}-{number}")
        counts.append(len(seen))
    faults.on_call(None)
    bench.sql("drop procedure t_cheap")

    assert counts[0] - counts[2] == 7
    assert counts[1] - counts[2] == 1


def test_what_handing_steps_over_costs(bench: Any, faults: Any) -> None:
    """Asked, reserved, created, looked after: 25 for all steps of a job; 8 to come back to it."""
    text = steps(1) + steps(3).replace("-- @step s", "-- @step t").replace(
        "\ninsert", " run_on=database\ninsert"
    )
    name = f"{time.time_ns()}.sql"  # nobody knows how long its steps take
    bench.target.as_dba("alter system set job_queue_processes = 0")
    seen: Counter[int] = Counter()  # by session: a DBA's log-off may come late
    try:
        faults.on_call(lambda sid, name, sql: seen.update([sid]))
        job = bench.run(text, name=name, wait_for_jobs=False).waiting.job_name
        faults.clear()
    finally:
        bench.target.as_dba("alter system set job_queue_processes = 20")
    assert max(seen.values()) == 8 + 2 + 25

    log = "select count(*) from user_scheduler_job_run_details where job_name = :j"
    deadline = time.monotonic() + 20
    while bench.sql(log, j=job) != [(1,)] and time.monotonic() < deadline:
        time.sleep(0.01)
    seen.clear()
    faults.on_call(lambda sid, name, sql: seen.update([sid]))
    bench.run(text, name=name, waited_for=2)
    faults.clear()
    assert max(seen.values()) == 8
