"""Hand the steps of a segment to a job, as the attempt that stands before them."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from airflow_oracle_dag.core.compiled import SHOW_ERRORS
from airflow_oracle_dag.core.crossing import given_binds
from airflow_oracle_dag.core.drafts import Unit
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.handover import DATABASE, Given, Segment
from airflow_oracle_dag.core.kept_variables import sets_first
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
    :raises ScriptError: a VARIABLE holds a secret.
    """
    run_with: List[Given] = []
    if segment.place == DATABASE:
        run_with += [_given(progress, step, obeys=False) for step in segment.carried]
        run_with += [_given(progress, step, obeys=True) for step in segment.steps]
    else:
        _refuse_secrets(progress, segment)
    return handover.reserve(
        progress.hold,
        progress.plan,
        segment,
        run_with,
        identity,
        unfinished=_unfinished(progress, segment.steps[0].no),
        keep_output=keep_output,
        is_end=is_end,
    )


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
        for name, bind in variables.binds(unit.piece).items():
            if variables.holds_secret(name):
                raise _secret(progress, step, unit, name)
            found[name] = bind.value
        binds.append(found)
    for line in step.after if obeys else ():
        if line.verb != SHOW_ERRORS:
            variables.obey(line)
    return Given(tuple(binds), variables.kept())


def _refuse_secrets(progress: Progress, segment: Segment) -> None:
    """Refuse what another runner could not know: it reads what VARIABLEs hold from the tables."""
    for step in segment.handed:
        for unit in step.units:
            for name in (one.name for one in unit.piece.variables):
                if progress.variables.holds_secret(name) and not sets_first(unit.piece, name):
                    raise _secret(progress, step, unit, name)


def _secret(progress: Progress, step: Step, unit: Unit, name: str) -> ScriptError:
    return ScriptError(
        f"the VARIABLE {name} holds what a secret went into, and none is ever written into a table",
        file=unit.piece.file or progress.plan.script.name,
        line=unit.piece.first_line,
        text=unit.piece.first_text,
        cure="give the step run_on=worker",
        rule="cannot-be-handed",
        step=step.name,
    )


def _unfinished(progress: Progress, first_no: int) -> int:
    """Count the steps that a job's attempt takes: what is not done, and what it runs again."""
    always = {step.no for step in progress.plan.steps if step.step_class is StepClass.ALWAYS}
    return sum(
        result.state in (State.PENDING, State.FAILED)
        or (result.state is State.SUCCEEDED and no in always and no < first_no)
        for no, result in progress.results.items()
    )
