"""Hand the steps of a segment to a job, as the attempt that stands before them."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from airflow_oracle_dag.core.compiled import SHOW_ERRORS
from airflow_oracle_dag.core.crossing import given_binds
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.handed_values import CannotBeHanded
from airflow_oracle_dag.core.handover import Given, Segment
from airflow_oracle_dag.core.plan import Step, StepClass
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.handover import Handover
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.progress import Progress


def hand_over(
    handover: Handover,
    progress: Progress,
    segment: Segment,
    identity: RunIdentity,
    *,
    keep_output: bool,
    is_end: bool,
) -> Optional[int]:
    """Reserve an attempt for the job of a segment; see `Handover.reserve`.

    :param progress: of the attempt that hands over, which has ended what it had begun.
    :raises ScriptError: a VARIABLE holds what no job can be given.
    """
    carried = [_given(progress, step, obeys=False) for step in segment.carried]
    own = [_given(progress, step, obeys=True) for step in segment.steps]
    try:
        return handover.reserve(
            progress.hold,
            segment,
            [*carried, *own],
            identity,
            unfinished=_unfinished(progress, segment.steps[0].no),
            keep_output=keep_output,
            is_end=is_end,
        )
    except CannotBeHanded as why:
        first = segment.steps[0]
        raise ScriptError(
            f"a value of a step that runs in the database {why}",
            file=first.file or progress.plan.script.name,
            line=first.first_line,
            cure="give the step run_on=worker",
            rule="cannot-be-handed",
            step=first.name,
        ) from None


def _given(progress: Progress, step: Step, *, obeys: bool) -> Given:
    """Return what a step is run with, as `steps.StepWork` would find it.

    :param obeys: carry its VARIABLE lines out; of a step that is run again they count no more.
    """
    variables, values = progress.variables, progress.plan.values
    if obeys:
        variables.begin(step)
    binds: List[Dict[str, Any]] = []
    for unit in step.units:
        for line in unit.before if obeys else ():
            if line.verb != SHOW_ERRORS:
                variables.obey(line)
        found: Dict[str, Any] = {name: values.lookup(name) for name in given_binds(unit.piece)}
        found.update({name: bind.value for name, bind in variables.binds(unit.piece).items()})
        binds.append(found)
    for line in step.after if obeys else ():
        if line.verb != SHOW_ERRORS:
            variables.obey(line)
    return Given(tuple(binds), variables.kept())


def _unfinished(progress: Progress, first_no: int) -> int:
    """Count the steps that a job's attempt takes: what is not done, and what it runs again."""
    always = {step.no for step in progress.plan.steps if step.step_class is StepClass.ALWAYS}
    return sum(
        result.state in (State.PENDING, State.FAILED)
        or (result.state is State.SUCCEEDED and no in always and no < first_no)
        for no, result in progress.results.items()
    )
