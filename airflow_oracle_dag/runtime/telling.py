"""Tell an observer what became of a step, wherever it ran."""

from __future__ import annotations

from typing import Optional

from airflow_oracle_dag.core.plan import Step, StepClass
from airflow_oracle_dag.runtime.results import Event, Observer, StepResult


def tell_success(
    observe: Observer, result: StepResult, count: int, by_itself: Optional[Step]
) -> None:
    """Tell of a step that is done, and what it printed.

    :param count: how many steps the script has.
    :param by_itself: the step, when it ended in another transaction than its own.
    """
    _tell_output(observe, result, count)
    label = _label(result, count)
    if by_itself is not None:
        observe(Event("notice", f"{label} {_by_itself(by_itself)}", result))
    errors = f", {counted(result.errors, 'error')} passed over" if result.errors else ""
    said = (
        f"{label} {result.state.value}: {counted(result.rows or 0, 'row')}, "
        f"{result.seconds or 0:.3f} s{errors}"
    )
    observe(Event("step", said, result))


def tell_failure(observe: Observer, result: StepResult, count: int, said: str) -> None:
    """Tell of a step that failed or is in doubt, and what it printed.

    :param said: what the database said; its first line is told.
    """
    _tell_output(observe, result, count)
    first = said.split("\n", 1)[0]
    observe(Event("failure", f"{_label(result, count)} {result.state.value}: {first}", result))


def _tell_output(observe: Observer, result: StepResult, count: int) -> None:
    for line in result.output:
        observe(Event("output", f"{_label(result, count)}   {line}", result))


def _label(result: StepResult, count: int) -> str:
    return f"step {result.no}/{count} {result.name}"


def _by_itself(step: Step) -> str:
    """Say that a step ended its transaction, and what that means for its class."""
    said = "committed or rolled back by itself: it ended in another transaction than its own"
    if step.strict:
        return f"{said}, in spite of atomic=strict. It counts as OPAQUE from now on"
    if step.step_class is StepClass.OPAQUE:
        return said
    return (
        f"{said}. It was taken for {step.step_class.value}, because nothing in it was seen to do "
        "that: a defect of airflow-oracle-dag, please report it with the code that the step "
        "calls. It counts as OPAQUE from now on"
    )


def counted(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
