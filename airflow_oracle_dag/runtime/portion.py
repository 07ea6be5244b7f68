"""Say which of a script's steps an attempt runs, and which of them here."""

from __future__ import annotations

from typing import Optional, Tuple

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.handover import WORKER, Segment, segments
from airflow_oracle_dag.core.plan import Plan, Step


def last_no(plan: Plan, until_step: Optional[str]) -> int:
    """Return the number of the last step to run.

    :param until_step: its name, None: the script's last one.
    :raises ScriptError: there is none of that name.
    """
    if until_step is None:
        return len(plan.steps)
    for step in plan.steps:
        if step.name == until_step:
            return step.no
    names = ", ".join(step.name for step in plan.steps)
    raise ScriptError(
        f"the script has no step {until_step} to run until; it has {names}",
        file=plan.script.name,
        cure="parse the DAG again, if the script was changed since",
        rule="no-such-step",
    )


def cut(steps: Tuple[Step, ...]) -> Tuple[Tuple[Step, ...], Optional[Segment]]:
    """Return the first steps, as far as they run here, and what comes behind them elsewhere."""
    found = segments(steps)
    here = found[0].steps if found and found[0].place == WORKER else ()
    return here, next((one for one in found if one.place != WORKER), None)
