"""atomic=strict: what a step calls cannot end its transaction."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import InDoubt, StepFailed

CODE = {
    "t_clean": "procedure t_clean is begin insert into t_ledger values ('clean', 1); end;",
    "t_commits": (
        "procedure t_commits is begin insert into t_ledger values ('commits', 1); commit; end;"
    ),
    "t_logs": (
        "procedure t_logs is pragma autonomous_transaction; begin "
        "insert into t_ledger values ('log', 1); commit; end;"
    ),
}


@pytest.fixture
def code(bench: Any) -> Any:
    """Give the procedures above."""
    for source in CODE.values():
        bench.sql(f"create or replace {source}")
    yield bench
    for name in CODE:
        bench.sql(f"drop procedure {name}")


def strict(body: str) -> str:
    """Return a strict step and one behind it."""
    return (
        f"-- @step load atomic=strict\n{body}\n-- @step after\n"
        "insert into t_ledger values ('after', 1);\n"
    )


def test_code_that_does_not_commit_runs(code: Any) -> None:
    """And COMMIT is allowed again behind it: the next step may commit in PL/SQL."""
    result = code.run(
        strict("begin t_clean; end;\n/") + "-- @step last\nbegin t_commits; end;\n/\n"
    )

    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 3
    assert code.ledger() == {"clean": 1, "after": 1, "commits": 1}


@pytest.mark.parametrize("name", ["t_commits", "t_logs"])
def test_a_commit_is_refused_and_explained(code: Any, name: str) -> None:
    """In what is called, and in autonomous transactions; nothing of the step is left."""
    script = strict(f"begin t_clean; {name}; end;\n/")

    with pytest.raises(StepFailed, match="atomic=strict forbids COMMIT") as caught:
        code.run(script)

    assert caught.value.code == "ORA-00034"
    assert code.states() == {"load": "FAILED", "after": "PENDING"}
    assert code.ledger() == {}
    code.sql(f"create or replace {CODE[name].replace('commit;', 'null;')}")
    if name == "t_commits":
        code.run(script)
        assert code.ledger() == {"clean": 1, "commits": 1, "after": 1}


def test_a_lost_connection_leaves_no_doubt(code: Any, faults: Any) -> None:
    """Without atomic=strict this step would be in doubt, had nobody read what it calls."""
    faults.cut("during", sql="t_clean", times=1)

    result = code.run(strict("begin t_clean; end;\n/"))

    assert result.steps[0].tries == 2
    assert code.ledger() == {"clean": 1, "after": 1}


def test_a_rollback_of_the_script_discards(code: Any) -> None:
    """It is not sent in a block, which could not roll back."""
    code.run(strict("begin t_clean; end;\n/\nrollback;\nbegin t_clean; end;\n/"))

    assert code.ledger() == {"clean": 1, "after": 1}


def test_an_error_that_is_passed_over(code: Any) -> None:
    """The step goes on, and ends in the transaction that was marked."""
    code.run("whenever sqlerror continue\n" + strict("begin t_commits; end;\n/"))

    assert code.ledger() == {"after": 1}
    assert code.sql("select commits_inside from odag_step_attempt where name = 'load'")[-1] == (0,)


def test_dbms_stats_commits_in_spite_of_it(code: Any) -> None:
    """So the transaction's id is compared: the failed step is not taken for undone."""
    body = (
        "begin t_clean; dbms_stats.gather_table_stats(user, 'T_LEDGER'); "
        "raise_application_error(-20001, 'late'); end;\n/"
    )

    with pytest.raises(InDoubt):
        code.run(strict(body))

    assert code.ledger() == {"clean": 1}
