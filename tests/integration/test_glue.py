"""Steps that AWS Glue runs are attempts like any others: begun once, found again, settled."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_oracle_dag.core.states import State
from tests.integration.glue_runs import EVERYTHING, MIXED, GlueRuns


@pytest.fixture(autouse=True)
def _gate(bench: Any) -> None:
    """Give the row that a test may lock to hold a process where it is."""
    bench.sql("insert into t_numbers values (1)")


@pytest.fixture
def glue(bench: Any) -> GlueRuns:
    """Give what carries steps."""
    return GlueRuns(bench)


def run(bench: Any, glue: GlueRuns, text: str = MIXED, **options: Any) -> Any:
    """Run a script whose steps may be carried."""
    return bench.run(text, carriers={"glue": glue}, **options)


def handover(bench: Any, attempt: int = 2) -> dict[str, Any]:
    """Return the row of an attempt that was handed over."""
    names = (
        "place, job_name, external_job, external_id, external_region, claimed_at, ended_at,"
        " ending, error_text, dpu_seconds"
    )
    ((row),) = bench.sql(
        f"select {names} from odag_handover where run_hash = :h and attempt = :a",
        h=bench.identity().digest,
        a=attempt,
    )
    return dict(zip(names.replace(",", " ").split(), row))


def test_a_glue_run_works_between_the_workers_steps(bench: Any, glue: GlueRuns) -> None:
    """It is the attempt that was reserved; output, rows and states are as a worker has them."""
    result = run(bench, glue)

    assert bench.ledger() == EVERYTHING
    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 4
    assert [step.attempt for step in result.steps] == [1, 2, 2, 3]
    assert [step.rows for step in result.steps] == [1, 2, 0, 1]
    assert result.steps[1].output == ("said second",)
    assert any("said third" in text for text in bench.said("output"))
    glue.settle()
    row = handover(bench)
    assert (row["external_job"], row["external_id"]) == ("etl", "jr_0")
    assert (row["ending"], row["external_region"]) == ("SUCCEEDED", "eu-central-1")
