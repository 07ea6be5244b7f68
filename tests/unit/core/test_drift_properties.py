"""Whatever is edited, no result of a step is lost, given to another step, or passed over unsaid."""

from __future__ import annotations

from dataclasses import replace
from typing import List, Tuple

from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.drift import Kind, fit
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, StepClass, build_plan
from airflow_oracle_dag.core.resume import new_rows, resumption
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.values import ScriptValues

# A step as (name, text); "" has no name, and ends with a COMMIT of its own. A text of 0 is a
# setting of the session.
STEP = st.tuples(st.sampled_from(["", "a", "b", "c", "d"]), st.integers(0, 4))
SCRIPT = st.lists(STEP, min_size=1, max_size=6, unique_by=lambda step: step[0] or object())


def plan(script: List[Tuple[str, int]]) -> Plan:
    """Write a script and plan it."""
    lines = []
    for name, text in script:
        lines.append(f"-- @step {name}" if name else "commit;")
        lines.append(f"insert into t values ({text});")
        if not text and not name:
            lines[-1] = "alter session set nls_date_format = 'YYYY';"
    return build_plan(parse_script("\n".join([*lines, ""]), name="s.sql"), ScriptValues())


def rows(made: Plan, done: int) -> List[StepRow]:
    """Return recorded rows of which the first ones are done."""
    words = [State.SUCCEEDED] * done + [State.FAILED] + [State.PENDING] * len(made.steps)
    return [replace(row, state=state) for row, state in zip(new_rows(made, 1), words)]


@given(SCRIPT, SCRIPT, st.integers(0, 6))
def test_what_disagrees_with_nothing_is_what_was_done(
    before: List[Tuple[str, int]], after: List[Tuple[str, int]], done: int
) -> None:
    """Without a drift each result belongs to the same text, in the same order, at the front."""
    stored, edited = rows(plan(before), done), plan(after)
    fitted = fit(stored, edited)
    assert [row.step_no for row in fitted.rows] == [step.no for step in edited.steps]
    if fitted.drifts:
        assert [drift.at for drift in fitted.drifts] == sorted(drift.at for drift in fitted.drifts)
        return
    results = [row.text_hash for row in stored if is_result(row)]
    work = [row for row in fitted.rows if row.step_class is not StepClass.ALWAYS]
    assert [row.text_hash for row in work if is_result(row)] == results
    assert [row.text_hash for row in work[: len(results)]] == results


@given(SCRIPT, SCRIPT, st.integers(0, 6))
def test_what_is_accepted_is_accepted_once(
    before: List[Tuple[str, int]], after: List[Tuple[str, int]], done: int
) -> None:
    """After it every result is kept but those that were taken out, and nothing disagrees."""
    stored, edited = rows(plan(before), done), plan(after)
    drifts = fit(stored, edited).drifts
    if any(drift.kind is Kind.INSERTED for drift in drifts):
        return
    changes = resumption(stored, stored, edited, 2, accept=True)
    removed = [row.step_no for row in changes.remove]
    now = [row for row in stored if row.step_no not in removed] + list(changes.add)
    assert len({row.step_no for row in now}) == len(now) == len(edited.steps)
    gone = sum(drift.kind is Kind.REMOVED for drift in drifts)
    assert sum(map(is_result, now)) == sum(map(is_result, stored)) - gone
    assert fit(now, edited).drifts == ()


@given(SCRIPT, st.integers(0, 6))
def test_a_script_agrees_with_itself(script: List[Tuple[str, int]], done: int) -> None:
    """However much of it is done."""
    made = plan(script)
    assert fit(rows(made, done), made).drifts == ()


def is_result(row: StepRow) -> bool:
    """Tell whether a row says that work was done."""
    return row.state is State.SUCCEEDED and row.step_class is not StepClass.ALWAYS
