"""Whatever dies of a Glue run, or of who waits for it, its effects are there once."""

from __future__ import annotations

from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    ConnectionLost,
    JobLost,
    RunHeld,
    TakenOver,
)
from tests.integration.glue_runs import EVERYTHING, MIXED, GlueRuns
from tests.integration.handed_jobs import handed, held, until


@pytest.fixture(autouse=True)
def _gate(bench: Any) -> None:
    """Give the row that a test may lock to hold a process where it is."""
    bench.sql("insert into t_numbers values (1)")


@pytest.fixture
def glue(bench: Any) -> GlueRuns:
    """Give what carries steps."""
    return GlueRuns(bench)


def dying(bench: Any, rule: Any) -> Any:
    """Return how a process connects that is dead once a fault has struck."""

    def connect() -> Any:
        if rule.fired:
            raise oracledb.OperationalError("the process is gone")
        return bench.target.connect()

    return connect


#: What is struck, and the how manieth time it is sent; the client sends none of it before.
EDGES = {
    "it claims": (r"SET h\.claimed_at", 1),
    "it says in which session": (r"SET r\.session_id = :session_id, r\.sid", 1),
    "its first step is begun": ("THEN 'SUCCEEDED' ELSE 'RUNNING' END", 1),
    "a step works": (r"values \('second', 1\)", 1),
    "two steps meet": ("THEN 'SUCCEEDED' ELSE 'RUNNING' END", 2),
    "its last step ends": ("THEN 'SUCCEEDED' ELSE 'RUNNING' END", 3),
    "its end is written": (r"SET h\.ended_at = SYS_EXTRACT_UTC\(SYSTIMESTAMP\), h\.changed_at", 1),
}
#: The worker's step is behind those that Glue runs.
LAST = MIXED.replace("-- @step first\ninsert into t_ledger values ('first', 1);\n", "")
ALL = {name: 1 for name in EVERYTHING if name != "first"}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("edge", EDGES)
def test_a_process_that_dies_is_replaced(
    bench: Any, glue: GlueRuns, faults: Any, edge: str, when: str
) -> None:
    """Who waited is told, if anything is left to be done; the next try does it."""
    text, nth = EDGES[edge]
    rule = faults.cut(when, sql=text, nth=nth)
    glue.connect = dying(bench, rule)

    try:
        bench.run(LAST, carriers={"glue": glue})
        was_told = False
    except JobLost:
        was_told = True
    glue.settle()
    assert rule.fired == 1
    is_done = edge == "its end is written" or (edge, when) == ("its last step ends", "after")
    assert was_told != is_done

    glue.connect = None
    bench.run(LAST, carriers={"glue": glue})

    assert bench.ledger() == ALL
    assert set(bench.states().values()) == {"SUCCEEDED"}


MOMENTS = {
    "the attempt is reserved": r"SET c\.owner = :job_attempt",
    "its row is written": r"INSERT INTO \S+odag_handover\b",
    "its id is kept": r"SET h\.external_id",
    "it is looked after": r"h\.external_region, h\.dpu_seconds",
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_client_that_dies_is_replaced(
    bench: Any, glue: GlueRuns, faults: Any, moment: str, when: str
) -> None:
    """Whoever comes next finds the run that was begun, and begins no other one."""
    rule = faults.cut(when, sql=MOMENTS[moment])
    with pytest.raises((ConnectionLost, ConnectFailed)):
        bench.run(MIXED, carriers={"glue": glue}, connect=dying(bench, rule))
    bench.until_carried_out()

    bench.run(MIXED, carriers={"glue": glue})

    assert (len(glue.runs), bench.ledger()) == (1, EVERYTHING)
    assert [step.tries for step in bench.run(MIXED, carriers={"glue": glue}).steps] == [1] * 4


def test_a_lost_connection_costs_a_client_nothing(bench: Any, glue: GlueRuns, faults: Any) -> None:
    """It connects again, and finds the run by what its row says."""
    faults.cut("after", sql=MOMENTS["its id is kept"])

    result = bench.run(MIXED, carriers={"glue": glue})

    assert ([step.tries for step in result.steps], len(glue.runs)) == ([1] * 4, 1)


def test_a_session_outlives_what_the_service_says(bench: Any, glue: GlueRuns) -> None:
    """A run may be over for AWS while its statement works on: it is waited for, as any orphan."""
    with held(bench, "update t_numbers set n = n"):
        handed(bench, MIXED, carriers={"glue": glue})
        until(lambda: bench.states()["second"] == "RUNNING")
        glue.runs[0].state = "TIMEOUT"
        with pytest.raises(RunHeld, match=r"alive|locked"):
            bench.run(MIXED, carriers={"glue": glue}, waited_for=2, orphan="fail")

    glue.settle()
    result = bench.run(MIXED, carriers={"glue": glue}, waited_for=2)
    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 4
    assert bench.ledger() == EVERYTHING


def test_a_process_that_was_taken_over_changes_nothing_more(bench: Any, glue: GlueRuns) -> None:
    """Its next block matches no row."""
    text = (
        MIXED.replace(
            "begin insert into t_ledger values ('third', 1);",
            "-- @always c\nbegin dbms_application_info.set_client_info('c'); end;\n/\n"
            "-- @step third.b run_on=glue\nbegin insert into t_ledger values ('third', 1);",
        )
        .replace("-- @step third run_on=glue\n", "")
        .replace("third.b", "third")
    )
    digest = bench.identity().digest
    with held(bench, "update t_numbers set n = n"):
        handed(bench, text, carriers={"glue": glue})
        until(lambda: bench.states()["second"] == "RUNNING")
        # As a takeover leaves the rows that decided the session to be dead.
        bench.sql("update odag_run set attempt = 3 where run_hash = :h", h=digest)
        bench.sql("update odag_step set attempt = 3 where run_hash = :h and attempt = 2", h=digest)
    glue.settle()

    assert isinstance(glue.runs[0].error, TakenOver)
    assert bench.ledger() == {"first": 1}
