"""Ask a step's @probe, in a session that is like the step's."""

from __future__ import annotations

from typing import Any, Dict, Sequence

from airflow_oracle_dag.core.crossing import given_binds
from airflow_oracle_dag.core.drafts import Unit
from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.plan import Plan, Probe, Step, StepClass
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime import codes
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError, StepFailed
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.variables import Variables


def make_settings(session: Session, plan: Plan, probe: Probe, rows: Sequence[StepRow]) -> None:
    """Give the session what the @always steps before a probe's step give it.

    It is done without the canary's lock: some settings want a session without a transaction.

    :raises StateError: one needs a variable whose value is not known.
    """
    session.rollback()
    variables = Variables(plan, rows)
    for step in plan.steps:
        if step.probe is probe:
            break
        if step.step_class is not StepClass.ALWAYS:
            continue
        variables.begin(step)
        for unit in step.units:
            for line in unit.before:
                variables.obey(line)
            binds: Dict[str, Any] = {
                name: plan.values.lookup(name) for name in given_binds(unit.piece)
            }
            try:
                binds.update(variables.binds(unit.piece))
                piece = variables.filled(unit.piece)
            except DatabaseError as error:
                session.rollback()
                raise _no_settings(plan, step, unit, probe, error) from error
            try:
                done = session.execute(piece.text, binds)
            except DatabaseError as error:
                asked = unit.piece.goes_on or error.code in unit.tolerated
                if not asked or not codes.ends_statement_only(error.code):
                    raise
            else:
                variables.take(unit.piece, done.outs)
                variables.take_rows(unit.piece, done)
    session.commit()


def _no_settings(
    plan: Plan, step: Step, unit: Unit, probe: Probe, error: DatabaseError
) -> StateError:
    piece = unit.piece
    return StateError(
        f"{piece.file or plan.script.name}:{piece.first_line}: {error.message}. So the @always "
        f"step {step.name} cannot run again, and the @probe of line {probe.line} cannot be asked. "
        "To mend it: look at the effects of the step that is open and say `oracle-dag mark-done` "
        "or `oracle-dag mark-pending`"
    )


def ask_probe(
    session: Session,
    probe: Probe,
    values: ScriptValues,
    interrupt: Interrupt,
    *,
    script: str,
    run_key: str,
    step: str,
) -> bool:
    """Run a probe and tell whether it gave a row; it reads under the lock: what it sees is settled.

    :raises StepFailed: when the probe itself fails.
    """
    binds = {name: values.lookup(name) for name in probe.binds}
    try:
        return bool(session.execute(probe.sql, binds).rows)
    except ConnectionLost:
        raise
    except DatabaseError as error:
        interrupt.check()
        session.rollback()
        raise StepFailed(
            f"{script}:{probe.line}: the @probe of step {step} of run {run_key} failed, so nobody "
            f"knows whether the step is done: {error.message}. To mend it: mend the probe in the "
            "script and run again, or look at the step's effects and say `oracle-dag mark-done` "
            "or `oracle-dag mark-pending`",
            run_key=run_key,
            step=step,
            line=probe.line,
            code=error.code,
        ) from error
