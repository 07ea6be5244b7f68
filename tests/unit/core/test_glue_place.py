"""Steps of AWS Glue are cut as others are, and refused where nobody carries them there."""

from __future__ import annotations

from typing import Any, Tuple

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.handed_refusals import refuse_uncarried
from airflow_oracle_dag.core.handover import segments
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, build_plan
from airflow_oracle_dag.core.values import ScriptValues, Secret

THREE = (
    "-- @step a\ndelete from t;\n-- @step b run_on=glue\ndelete from t;\n"
    "-- @step c run_on=database\ndelete from t;\n"
)


def plan(text: str, run_on: str = "worker", **parameters: Any) -> Plan:
    """Return the plan of a text."""
    script = parse_script(text, name="s.sql")
    return build_plan(script, ScriptValues(parameters), run_on=run_on)


def test_each_place_is_a_segment_of_its_own() -> None:
    """Also where one place elsewhere follows another one."""
    found = segments(plan(THREE).steps)

    assert [(one.place, [s.name for s in one.steps]) for one in found] == [
        ("worker", ["a"]),
        ("glue", ["b"]),
        ("database", ["c"]),
    ]


def test_a_step_that_nobody_carries_is_refused_with_its_line() -> None:
    """The message says who could, and where else it runs."""
    found = plan(THREE)
    with pytest.raises(ScriptError, match="glue_job_name") as refused:
        refuse_uncarried(found.script, found.steps, ())

    assert (refused.value.line, refused.value.step) == (4, "b")
    assert refused.value.rule == "nobody-carries"


@pytest.mark.parametrize(
    ("text", "carried"),
    [
        (THREE, ("glue",)),
        (f"-- @step x run_on=worker\ndelete from t;\nexit\n{THREE}", ()),
    ],
)
def test_what_is_carried_or_never_run_is_not_refused(text: str, carried: Tuple[str, ...]) -> None:
    """A step behind an EXIT needs nobody; the same one in front of it does."""
    found = plan(text)
    refuse_uncarried(found.script, found.steps, carried)

    before = plan(text.replace("exit\n", ""))
    with pytest.raises(ScriptError, match="glue_job_name"):
        refuse_uncarried(before.script, before.steps, ())


def test_a_secret_is_never_carried() -> None:
    """It would stand in a table, and in the arguments of a Glue run."""
    with pytest.raises(ScriptError, match=":token is a secret") as refused:
        plan(
            THREE.replace("delete from t", "delete from t where k = :token"), token=Secret("hush-1")
        )

    assert (refused.value.line, refused.value.step) == (4, "b")


def test_a_secret_of_an_always_step_before_them_is_none_either() -> None:
    """The session in Glue runs it, too."""
    text = "-- @always\nbegin p(:token); end;\n/\n-- @step b run_on=glue\ndelete from t;\n"
    with pytest.raises(ScriptError, match="run_on=worker, or put it behind them"):
        plan(text, token=Secret("hush-1"))


def test_what_a_runner_can_do_is_not_refused() -> None:
    """PRINT, VARIABLEs that are set and values of queries: the process there is a client itself."""
    found = plan(
        "variable v number\n-- @step a run_on=glue\nbegin :v := 1; end;\n/\nprint v\n"
        "column n new_value m\nselect n from t;\n-- @step b run_on=glue\n"
        "delete from t where n = &m;\n"
    )

    assert {step.place for step in found.steps} == {"glue"}
