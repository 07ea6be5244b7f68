"""What is kept with a step beside its state: its output, and whether it ended its transaction."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_oracle_dag.core.values import Secret
from airflow_oracle_dag.runtime.errors import StepFailed

SAYS = "begin dbms_output.put_line('loaded {what}'); end;\n/\n"


def history(bench: Any) -> list[Any]:
    """Return output and commits_inside of each try of the test's run, in order."""
    return bench.sql(
        "select name, output, commits_inside from odag_step_attempt where run_hash = :h "
        "order by attempt, step_no",
        h=bench.identity().digest,
    )


def test_output_is_kept_with_the_try_that_wrote_it(bench):
    """Each step's history has its own lines of DBMS_OUTPUT, and none has another's."""
    bench.run(SAYS.format(what="one") + "commit;\n" + SAYS.format(what="two"))
    assert history(bench) == [("step_1", "loaded one\n", 0), ("step_2", "loaded two\n", 0)]


def test_a_long_output_is_cut(bench):
    """What does not fit 4,000 bytes is cut at a whole character, and the step succeeds."""
    text = "begin for i in 1 .. 500 loop dbms_output.put_line('öööööööööö'); end loop; end;\n/\n"
    bench.run(text)
    output = history(bench)[0][1]
    assert 3990 <= len(output.encode()) <= 4000
    assert set(output) <= {"ö", "\n", " "}


def test_the_output_of_a_failed_try_is_kept(bench):
    """What a step said before it failed is in its history."""
    with pytest.raises(StepFailed):
        bench.run(
            "begin dbms_output.put_line('so far'); raise_application_error(-20001, 'no'); end;\n/\n"
        )
    assert history(bench) == [("step_1", "so far", None)]


def test_output_of_a_run_with_secrets_is_not_kept(bench):
    """The database cannot mask, so nothing of DBMS_OUTPUT is kept where a secret is bound."""
    bench.run(
        "begin dbms_output.put_line('token ' || :token); end;\n/\n",
        parameters={"token": Secret("hush-4711")},
    )
    assert history(bench) == [("step_1", None, 0)]


@pytest.mark.parametrize(
    ("body", "inside"),
    [
        ("insert into t_ledger values ('a', 1);", 0),
        ("insert into t_ledger values ('a', 1); commit;", 1),
        ("rollback; insert into t_ledger values ('a', 1); commit;", 1),
        ("rollback;", 1),
        ("savepoint s; insert into t_ledger values ('a', 1); rollback to s;", 0),
    ],
)
def test_a_step_that_ends_its_transaction_is_found_out(bench, body, inside):
    """The step's row and its history say whether it committed or rolled back by itself."""
    bench.run(f"begin {body} end;\n/\n")
    assert history(bench)[0][2] == inside
    rows = bench.sql(
        "select commits_inside from odag_step where run_hash = :h", h=bench.identity().digest
    )
    assert rows == [(inside,)]


def test_what_carries_no_mark_is_not_asked(bench):
    """READ ONLY, @always and DDL end the transaction by their nature: nothing is recorded."""
    bench.run(
        "alter session set nls_date_format = 'YYYY-MM-DD';\n"
        "create table t_evidence (a number);\n"
        "set transaction read only;\nselect count(*) from t_ledger;\ncommit;\n"
        "drop table t_evidence;\n"
    )
    assert {row[2] for row in history(bench)} == {None}
