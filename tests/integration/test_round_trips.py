"""A checkpoint costs no round trip more than the commit that it replaces."""

from __future__ import annotations

from typing import Any

import pytest


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
